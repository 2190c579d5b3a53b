// Tone's nodes that the effects are made of, built so that a host's own use of Tone is left alone.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import { Delay } from 'tone/build/esm/core/context/Delay.js';
import { Gain } from 'tone/build/esm/core/context/Gain.js';
import { BiquadFilter } from 'tone/build/esm/component/filter/BiquadFilter.js';
import type { Decibels, Hertz, Seconds } from '../../contract/units.ts';
import { inToneContext } from '../toneContext.ts';

/** @param gain linear */
export function makeGain(context: BaseContext, gain: number): Gain {
  return inToneContext(context, () => new Gain({ context, gain }));
}

/** @param maxDelay longest time that it can be set to */
export function makeDelay(context: BaseContext, delayTime: Seconds, maxDelay: Seconds): Delay {
  return inToneContext(context, () => new Delay({ context, delayTime, maxDelay }));
}

/** What a filter begins with. */
export interface FilterOptions {
  readonly type: BiquadFilterType;
  readonly frequency: Hertz;
  readonly Q: number;
  readonly gain: Decibels;
}

export function makeFilter(context: BaseContext, options: FilterOptions): BiquadFilter {
  return inToneContext(context, () => new BiquadFilter({ context, ...options }));
}
