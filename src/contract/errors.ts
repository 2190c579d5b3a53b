// Argument checks shared by every public method: the message names the argument, the range, the value and what to do.

/** What a message quotes of a value is cut to this: enough to know it by. */
const longestQuoted = 60;
/** Longer messages are cut in their middle: who is addressed stands in front, what to do at the end. */
const longestMessage = 800;
const keptBehind = 240;
/** Of a list of sentences about one file. */
const mostNotices = 12;

/** What steers a terminal or turns the direction of a line: control characters but for tabs and line ends, and bidirectional ones. */
const steering = /(?![\t\n\r])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** A text of anybody's for a message: without control characters, and cut where it is long. */
export function printable(text: string, longest = longestMessage): string {
  const behind = longest >= 2 * keptBehind ? keptBehind : 0;
  const cut =
    text.length <= longest
      ? text
      : `${text.slice(0, longest - behind)}…${behind > 0 ? text.slice(-behind) : ''}`;
  return cut.replace(steering, '\ufffd');
}

/** A value as messages quote it: numbers as they are, texts in quotation marks, all of it short. */
export function quoted(value: unknown): string {
  if (typeof value === 'string') return `"${printable(value, longestQuoted)}"`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return printable(String(value), longestQuoted);
}

/** The first of many sentences, each cut, and how many more there were. */
export function fewNotices(notices: readonly string[]): readonly string[] {
  const shown = notices.slice(0, mostNotices).map((notice) => printable(notice));
  const more = notices.length - shown.length;
  return more > 0 ? [...shown, `${more} more of this kind.`] : shown;
}

/**
 * Returns `value` when it is a finite number in [min, max].
 * @throws RangeError naming the argument, the allowed range and the value given.
 */
export function requireNumber(name: string, value: number, min: number, max: number, hint = ''): number {
  if (typeof value !== 'number' || !(value >= min && value <= max)) {
    throw new RangeError(
      `${name} must be a number from ${min} to ${max}, got ${quoted(value)}${hint ? `; ${hint}` : ''}`,
    );
  }
  return value;
}

/** Like requireNumber, and whole. */
export function requireInteger(name: string, value: number, min: number, max: number, hint = ''): number {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(
      `${name} must be a whole number from ${min} to ${max}, got ${quoted(value)}${hint ? `; ${hint}` : ''}`,
    );
  }
  return value;
}

/**
 * Returns `value` when it is a Float32Array, of whichever page or worker.
 * @throws TypeError naming the argument and what was given
 */
export function requireSamples(name: string, value: Float32Array): Float32Array {
  // Of another page it is no instance of this one's.
  if ((value as Float32Array | null | undefined)?.[Symbol.toStringTag] !== 'Float32Array') {
    throw new TypeError(
      `${name} must be a Float32Array, got ${quoted(value)}; convert it by Float32Array.from`,
    );
  }
  return value;
}

/**
 * Returns `value` when it is an object that holds settings.
 * @throws TypeError naming the argument, what it looks like and what was given
 */
export function requireSettings<T extends object>(name: string, value: T, example: string): T {
  if (typeof value !== 'object' || (value as T | null) === null || Array.isArray(value)) {
    throw new TypeError(`${name} must be an object such as ${example}, got ${quoted(value)}`);
  }
  return value;
}

/**
 * An error caused by the user's input (a file, an option): the command line prints its message as one line, without
 * a stack, and exits with 1.
 */
export class InputError extends Error {
  override readonly name = 'InputError';

  /** @param message cut where what it quotes makes it long */
  constructor(message: string, options?: ErrorOptions) {
    super(printable(message), options);
  }
}

/** The message of anything that was thrown. */
export function messageOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason);
}
