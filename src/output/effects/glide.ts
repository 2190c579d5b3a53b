// Changes of gains without clicks.
import type { Param } from 'tone/build/esm/core/context/Param.js';
import type { Seconds } from '../../contract/units.ts';

/** Long enough to hide a step, short enough to feel direct. */
const glideSeconds: Seconds = 0.02;
/**
 * A ramp that starts at the page's idea of now has begun before the audio thread hears of it, and steps; this much
 * later it has not.
 */
const leadSeconds: Seconds = 0.005;
/** From the call of `glide` until its value is reached. */
export const settledSeconds: Seconds = leadSeconds + glideSeconds;

/**
 * Moves a parameter in a straight line to `value`, from wherever it is.
 * @param wait before it begins to
 */
export function glide(
  param: Param<'gain'> | Param<'decibels'>,
  value: number,
  wait: Seconds = leadSeconds,
): void {
  param.linearRampTo(value, glideSeconds, param.now() + wait);
}
