// The one place that writes to the console.

/** Reports something that the user can see elsewhere too, for whoever reads the console. */
export function logWarning(message: string, detail?: unknown): void {
  if (detail === undefined) console.warn(`numvox: ${message}`);
  else console.warn(`numvox: ${message}`, detail);
}
