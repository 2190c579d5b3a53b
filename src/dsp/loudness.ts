// Between decibels and linear gains.
import type { Decibels } from '../contract/units.ts';

/** Linear gain of a level in decibels. */
export function gainOfDecibels(levelDb: Decibels): number {
  return 10 ** (levelDb / 20);
}

/** Level in decibels of a linear amplitude; silence is -Infinity. */
export function decibelsOf(amplitude: number): Decibels {
  return 20 * Math.log10(Math.abs(amplitude));
}
