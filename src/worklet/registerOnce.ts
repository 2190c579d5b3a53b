// Registers a processor unless its name is taken: a host may load the same module from two addresses.

/** `registerProcessor` of the worklet's scope. */
type Register<P> = (name: string, processor: P) => void;

/** Registers `processor`; a name that is taken keeps its processor, which comes from another copy of the same module. */
export function registerOnce<P>(register: Register<P>, name: string, processor: P): void {
  try {
    register(name, processor);
  } catch (error) {
    // Thrown it would end the module there, and come up in the host's reports of errors.
    if (!(error instanceof Error && error.name === 'NotSupportedError')) throw error;
  }
}
