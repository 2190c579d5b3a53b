// Mel filterbank: the Slaney scale and the sparse forward map from linear to mel magnitudes.
import type { Hertz, Samples } from '../contract/units.ts';
import { requireInteger, requireNumber, requireSettings } from '../contract/errors.ts';
import { requireFftSize } from './fft.ts';

/**
 * What a filterbank depends on; a SpectrogramFormat has all of it.
 * @example
 * const sizes: MelSizes = { sampleRate: 16000, fftSamples: 1024, melBands: 80, melLowHz: 0, melHighHz: 8000 };
 */
export interface MelSizes {
  readonly sampleRate: Hertz;
  readonly fftSamples: Samples;
  readonly melBands: number;
  readonly melLowHz: Hertz;
  readonly melHighHz: Hertz;
}

const LINEAR_HZ_PER_MEL = 200 / 3;
const BREAK_HZ = 1000;
const BREAK_MEL = BREAK_HZ / LINEAR_HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

/**
 * Slaney's mel scale (Auditory Toolbox, 1998): linear below 1 kHz, logarithmic above.
 * @example
 * melOfHertz(1000); // 15
 */
export function melOfHertz(hertz: Hertz): number {
  return hertz < BREAK_HZ ? hertz / LINEAR_HZ_PER_MEL : BREAK_MEL + Math.log(hertz / BREAK_HZ) / LOG_STEP;
}

/**
 * Inverse of `melOfHertz`.
 * @example
 * hertzOfMel(15); // 1000
 */
export function hertzOfMel(mel: number): Hertz {
  return mel < BREAK_MEL ? mel * LINEAR_HZ_PER_MEL : BREAK_HZ * Math.exp((mel - BREAK_MEL) * LOG_STEP);
}

/**
 * Triangular filters, evenly spaced on the Slaney scale, each band's weights summing to 1 (so a flat spectrum of
 * magnitude 1 reads 1 in every band). Band b holds offsets[b + 1] - offsets[b] bins from starts[b] on, with
 * weights from offsets[b] on. A triangle too narrow to hold a bin takes the bin nearest to its peak.
 * @example
 * const bank = new MelFilterbank({ sampleRate: 16000, fftSamples: 1024, melBands: 80, melLowHz: 0, melHighHz: 8000 });
 * const mel = new Float32Array(bank.bands);
 * bank.forward(magnitudes, mel); // one frame of 513 bins
 */
export class MelFilterbank {
  readonly bands: number;
  readonly bins: number;
  readonly starts: Int32Array;
  readonly offsets: Int32Array;
  readonly weights: Float32Array;

  /** @throws RangeError on sizes out of range, TypeError where there are none. */
  constructor(sizes: MelSizes) {
    const { sampleRate, fftSamples, melBands, melLowHz, melHighHz } = requireSettings(
      'sizes',
      sizes,
      '{ sampleRate: 16000, fftSamples: 1024, melBands: 80, melLowHz: 0, melHighHz: 8000 }',
    );
    requireFftSize(fftSamples);
    requireNumber('sampleRate', sampleRate, 1000, 768000);
    requireInteger('melBands', melBands, 1, fftSamples / 2);
    requireNumber('melHighHz', melHighHz, 1, sampleRate / 2, 'at most half the sample rate');
    requireNumber('melLowHz', melLowHz, 0, melHighHz - 1, 'below melHighHz');
    this.bands = melBands;
    this.bins = fftSamples / 2 + 1;
    this.starts = new Int32Array(melBands);
    this.offsets = new Int32Array(melBands + 1);
    const low = melOfHertz(melLowHz);
    const step = (melOfHertz(melHighHz) - low) / (melBands + 1);
    const binHz = sampleRate / fftSamples;
    const weights: number[] = [];
    for (let band = 0; band < melBands; band++) {
      const left = hertzOfMel(low + band * step);
      const peak = hertzOfMel(low + (band + 1) * step);
      const right = hertzOfMel(low + (band + 2) * step);
      const triangle: number[] = [];
      let first = -1;
      for (let bin = 0; bin < this.bins; bin++) {
        const hertz = bin * binHz;
        const weight = Math.min((hertz - left) / (peak - left), (right - hertz) / (right - peak));
        if (weight <= 0) continue;
        if (first < 0) first = bin;
        triangle.push(weight);
      }
      if (first < 0) {
        first = Math.min(Math.round(peak / binHz), this.bins - 1);
        triangle.push(1);
      }
      const sum = triangle.reduce((total, weight) => total + weight, 0);
      this.starts[band] = first;
      this.offsets[band] = weights.length;
      for (const weight of triangle) weights.push(weight / sum);
    }
    this.offsets[melBands] = weights.length;
    this.weights = Float32Array.from(weights);
  }

  /**
   * Mel magnitudes of one frame: reads `bins` values of `magnitudes` from `magnitudesAt` on, writes `bands` values
   * into `mel` from `melAt` on. Allocates nothing.
   */
  forward(magnitudes: Float32Array, mel: Float32Array, magnitudesAt = 0, melAt = 0): void {
    const { starts, offsets, weights } = this;
    for (let band = 0; band < this.bands; band++) {
      const end = offsets[band + 1];
      let bin = magnitudesAt + starts[band];
      let sum = 0;
      for (let i = offsets[band]; i < end; i++) sum += weights[i] * magnitudes[bin++];
      mel[melAt + band] = sum;
    }
  }
}
