// The slow oscillator's waves, and numbers that are left to chance but can be found again.
import type { LfoShape } from '../contract/choices.ts';

/** A number in [0, 1) that belongs to a whole number and a seed (the finaliser of MurmurHash3, Appleby 2011). */
export function chance(number: number, seed: number): number {
  let x = (Math.imul(number | 0, 0x9e3779b1) ^ Math.imul(seed | 0, 0x85ebca6b)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 4294967296;
}

/** Value in [-1, 1] of a slow oscillator at a number of turns. */
export function waveOf(shape: LfoShape, turns: number): number {
  const whole = Math.floor(turns);
  const x = turns - whole;
  switch (shape) {
    case 'sine':
      return Math.sin(2 * Math.PI * x);
    case 'triangle':
      return x < 0.25 ? 4 * x : x < 0.75 ? 2 - 4 * x : 4 * x - 4;
    case 'square':
      return x < 0.5 ? 1 : -1;
    case 'random':
      return 2 * chance(whole, 77) - 1;
  }
}
