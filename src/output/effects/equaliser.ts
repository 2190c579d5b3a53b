// Three-band equaliser: a shelf below, a bell between and a shelf above; flat to the bit where all are 0 dB.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import type { BiquadFilter } from 'tone/build/esm/component/filter/BiquadFilter.js';
import type { Decibels } from '../../contract/units.ts';
import { glide } from './glide.ts';
import type { Unit } from './effectStage.ts';
import { makeFilter } from './toneNodes.ts';

/** Gains of the bands in decibels: low, mid, high. */
export type BandGains = readonly [Decibels, Decibels, Decibels];

/** Between the fundamentals and the first formant, the second formant, and sibilants with all of the air. */
const bands = [
  { type: 'lowshelf', frequency: 250, Q: 1 },
  { type: 'peaking', frequency: 1000, Q: 0.8 },
  { type: 'highshelf', frequency: 4000, Q: 1 },
] as const;

/**
 * Filters in series. Tone's EQ3 splits the sound into bands and adds them up again, which is not flat where all
 * gains are equal.
 */
export class Equaliser implements Unit {
  readonly input: BiquadFilter;
  readonly output: BiquadFilter;
  /** The low shelf has forgotten all but -80 dB by then. */
  readonly tailSeconds = 0.05;
  readonly #filters: readonly BiquadFilter[];

  constructor(context: BaseContext, gains: BandGains) {
    // A file at a low rate has nothing above half of it, and Tone refuses to filter there.
    const highestHz = context.sampleRate / 2;
    this.#filters = bands.map(({ frequency, ...band }, k) =>
      makeFilter(context, { ...band, frequency: Math.min(frequency, highestHz), gain: gains[k] }),
    );
    const [low, mid, high] = this.#filters;
    low.chain(mid, high);
    this.input = low;
    this.output = high;
  }

  set(gains: BandGains): void {
    this.#filters.forEach(({ gain }, k) => {
      if (gain.value !== gains[k]) glide(gain, gains[k]);
    });
  }

  dispose(): void {
    for (const filter of this.#filters) filter.dispose();
  }
}
