// Linear-phase filters over whole signals: windowed-sinc low-passes, applied without delay, and reading between samples.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';

/**
 * Taps of a low-pass with unit gain at 0 Hz: a sinc under a Blackman window (stop band -74 dB), odd in number.
 * @param cutoffHz where the gain is a half, below half the rate
 * @param seconds length of the filter; the transition is 5.5 / seconds wide
 */
export function lowPass(cutoffHz: Hertz, sampleRate: Hertz, seconds: Seconds): Float32Array {
  const half = Math.max(1, Math.round((seconds * sampleRate) / 2));
  const taps = Float32Array.from({ length: 2 * half + 1 }, (_, i) => {
    const n = i - half;
    const x = (2 * Math.PI * cutoffHz * n) / sampleRate;
    const turn = (Math.PI * n) / (half + 1);
    const window = 0.42 + 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn);
    return window * (n === 0 ? 1 : Math.sin(x) / x);
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

/** A signal through a filter of odd length, its delay taken out; as long as the signal, which counts as 0 outside. */
export function filterCentred(samples: Float32Array, taps: Float32Array): Float32Array {
  const half = taps.length >> 1;
  const padded = new Float32Array(samples.length + 2 * half);
  padded.set(samples, half);
  const out = new Float32Array(samples.length);
  for (let n = 0; n < out.length; n++) {
    let sum = 0;
    for (let k = 0; k < taps.length; k++) sum += taps[k] * padded[n + k];
    out[n] = sum;
  }
  return out;
}

/** Reads signals at fractional positions by a Hann-windowed sinc of 16 taps, tabulated at 64 positions between samples. */
export class FractionalReader {
  static readonly #half = 8;
  static readonly #rows = 64;
  readonly #table: Float32Array;

  constructor() {
    const half = FractionalReader.#half;
    const rows = FractionalReader.#rows;
    this.#table = new Float32Array((rows + 1) * 2 * half);
    for (let row = 0; row <= rows; row++) {
      for (let tap = 0; tap < 2 * half; tap++) {
        const distance = tap - (half - 1) - row / rows;
        const x = Math.PI * distance;
        const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / half);
        this.#table[row * 2 * half + tap] = window * (x === 0 ? 1 : Math.sin(x) / x);
      }
    }
  }

  /** The signal's value at `position` (to 1/64 sample); it counts as 0 outside. */
  read(samples: Float32Array, position: Samples): number {
    const half = FractionalReader.#half;
    const whole = Math.floor(position);
    const row = Math.round((position - whole) * FractionalReader.#rows) * 2 * half;
    const first = whole - half + 1;
    let sum = 0;
    const from = Math.max(0, -first);
    const to = Math.min(2 * half, samples.length - first);
    for (let tap = from; tap < to; tap++) sum += this.#table[row + tap] * samples[first + tap];
    return sum;
  }
}
