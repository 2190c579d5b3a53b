// What all phase engines of one transform, hop and window share: windows, their energies, and the phase start's constants.
import { requireInteger } from '../contract/errors.ts';
import type { Samples } from '../contract/units.ts';
import { START_BUCKETS, type Loops, type StartTables } from './loops.ts';
import { hannWindow } from './window.ts';

/** Gamma of a Hann window of L samples is this times L squared (Prusa & Sondergaard 2016). */
const HANN_GAMMA = 0.25645;
/** Bins this far under the frame's maximum get a random phase (Prusa & Sondergaard 2016, section 3). */
const RELATIVE_TOLERANCE = 1e-6;
/** Keeps the newest frame's last samples, where the window is almost 0, from being divided by it. */
const ENERGY_FLOOR = 1e-3;

/** Immutable after construction, but for the scratch of the phase start; engines that share it take turns. */
export class PhaseTables {
  readonly fftSamples: Samples;
  readonly hopSamples: Samples;
  readonly bins: number;
  /** Frames that lie over a sample. */
  readonly overlap: number;
  readonly window: Float32Array;
  /** By the number of younger frames in flight, up to overlap - 1: window divided by the window energy that lies under it. */
  readonly analysis: readonly Float32Array[];
  /** One over the window energy of a sample that all its frames have reached. */
  readonly outputGain: Float32Array;
  readonly start: StartTables;

  /**
   * @param hopSamples a divisor of half the transform's length
   * @throws RangeError on other hops
   */
  constructor(loops: Loops, hopSamples: Samples) {
    const { fftSamples } = loops;
    requireInteger('hopSamples', hopSamples, 1, fftSamples / 2);
    requireInteger(
      'fftSamples / hopSamples',
      fftSamples / hopSamples,
      2,
      fftSamples,
      'choose a hop that divides it',
    );
    this.fftSamples = fftSamples;
    this.hopSamples = hopSamples;
    this.bins = fftSamples / 2 + 1;
    this.overlap = fftSamples / hopSamples;
    this.window = loops.floats(fftSamples);
    this.window.set(hannWindow(fftSamples));
    this.analysis = Array.from({ length: this.overlap }, (_, younger) => {
      const analysis = loops.floats(fftSamples);
      for (let n = 0; n < fftSamples; n++) {
        analysis[n] = this.window[n] / (this.#energy(n, younger) + ENERGY_FLOOR);
      }
      return analysis;
    });
    this.outputGain = loops.floats(hopSamples);
    for (let n = 0; n < hopSamples; n++) this.outputGain[n] = 1 / this.#energy(n, 0);
    const gamma = HANN_GAMMA * fftSamples * fftSamples;
    const bins = this.bins;
    this.start = {
      bins,
      hopTurns: loops.floats(padded(bins)),
      timeFactor: (hopSamples * fftSamples) / gamma / (2 * Math.PI),
      frequencyFactor: -gamma / (hopSamples * fftSamples) / (2 * Math.PI),
      tolerance: RELATIVE_TOLERANCE,
      alongTime: loops.floats(2 * padded(bins)),
      alongFrequency: loops.floats(2 * padded(bins)),
      heads: loops.integers(START_BUCKETS),
      links: loops.integers(2 * bins),
      settled: loops.integers(padded(bins)),
    };
    for (let k = 0; k < bins; k++) this.start.hopTurns[k] = ((k * hopSamples) % fftSamples) / fftSamples;
  }

  /** Bytes that the tables take of their loops' memory, at most. */
  static bytes(fftSamples: Samples, hopSamples: Samples): number {
    return 4 * ((fftSamples / hopSamples + 8) * fftSamples + START_BUCKETS + 64);
  }

  /** Window energy over sample n of a frame, all older frames and `younger` younger ones included. */
  #energy(n: Samples, younger: number): number {
    let energy = 0;
    for (let frame = -this.overlap; frame <= younger; frame++) {
      const at = n - frame * this.hopSamples;
      if (at >= 0 && at < this.fftSamples) energy += this.window[at] * this.window[at];
    }
    return energy;
  }
}

/** A number of bins as arrays are allocated by: a multiple of four. */
export function padded(bins: number): number {
  return 4 * Math.ceil(bins / 4);
}
