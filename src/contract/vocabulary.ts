// The instrument's vocabulary.

/** Digits 0-9. */
export const digitCount = 10;

/** English names of the digits, in their order. */
export const digitWords: readonly string[] = [
  ...['zero', 'one', 'two', 'three', 'four'],
  ...['five', 'six', 'seven', 'eight', 'nine'],
];
