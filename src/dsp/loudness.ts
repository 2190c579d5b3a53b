// From velocities and decibels to linear gains.
import { requireNumber } from '../contract/errors.ts';
import type { Decibels } from '../contract/units.ts';

/**
 * Linear gain of a MIDI velocity: (velocity / 127)^2, that is 40 log10(velocity / 127) dB, the concave curve of the MIDI
 * Manufacturers Association's DLS Level 1 specification (full scale 0 dB, velocity 64 about -12 dB).
 * @param velocity 0..127
 * @throws RangeError outside that range
 */
export function gainOfVelocity(velocity: number): number {
  const share = requireNumber('velocity', velocity, 0, 127) / 127;
  return share * share;
}

/** Linear gain of a level in decibels. */
export function gainOfDecibels(levelDb: Decibels): number {
  return 10 ** (levelDb / 20);
}

/** Level in decibels of a linear amplitude; silence is -Infinity. */
export function decibelsOf(amplitude: number): Decibels {
  return 20 * Math.log10(Math.abs(amplitude));
}
