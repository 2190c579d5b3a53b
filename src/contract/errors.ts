// Argument checks shared by every public method: the message names the argument, the range, the value and what to do.

/**
 * Returns `value` when it is a finite number in [min, max].
 * @throws RangeError naming the argument, the allowed range and the value given.
 */
export function requireNumber(name: string, value: number, min: number, max: number, hint = ''): number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new RangeError(
      `${name} must be a number from ${min} to ${max}, got ${String(value)}${hint ? `; ${hint}` : ''}`,
    );
  }
  return value;
}

/** Like requireNumber, and whole. */
export function requireInteger(name: string, value: number, min: number, max: number, hint = ''): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(
      `${name} must be a whole number from ${min} to ${max}, got ${String(value)}${hint ? `; ${hint}` : ''}`,
    );
  }
  return value;
}

/**
 * An error caused by the user's input (a file, an option): the command line prints its message as one line, without
 * a stack, and exits with 1.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The message of anything that was thrown. */
export function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
