// The instrument's vocabulary.

/** Digits 0-9. */
export const digitCount = 10;
