// Reference: mel inversion by non-negative least squares, as `librosa.feature.inverse.mel_to_stft` poses it.
import type { MelFilterbank } from '../../src/dsp/mel.ts';
import { clippedPseudoInverse } from './pseudoInverse.ts';

/** The residual is 140 dB under the mel magnitudes by then (80 bands, FSDD). */
const ITERATIONS = 100;

/**
 * Returns a function that writes magnitudes m >= 0 with least |W m - mel|^2 by projected gradient with Nesterov's momentum
 * (Beck & Teboulle 2009), started from the clipped pseudo-inverse, which is where librosa starts too. The start matters:
 * with fewer bands than bins many spectra fit the bands exactly.
 */
export function nonNegativeLeastSquares(bank: MelFilterbank): (mel: Float32Array, out: Float32Array) => void {
  const { bands, bins, starts, offsets, weights } = bank;
  const pseudoInverse = clippedPseudoInverse(bank);
  const sums = new Float64Array(bins);
  const bandSums = Array.from(starts, (_, b) =>
    weights.subarray(offsets[b], offsets[b + 1]).reduce((total, weight) => total + weight, 0),
  );
  for (let b = 0; b < bands; b++) {
    for (let i = offsets[b]; i < offsets[b + 1]; i++) sums[starts[b] + i - offsets[b]] += weights[i];
  }
  // Largest row sum times largest column sum bounds the largest eigenvalue of W'W.
  const step = 1 / (Math.max(...bandSums) * Math.max(...sums));
  const at = new Float64Array(bins);
  const gradient = new Float64Array(bins);
  return (mel, out) => {
    pseudoInverse(mel, out);
    at.set(out);
    let weight = 1;
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      gradient.fill(0);
      for (let b = 0; b < bands; b++) {
        const shift = starts[b] - offsets[b];
        let residual = -mel[b];
        for (let i = offsets[b]; i < offsets[b + 1]; i++) residual += weights[i] * at[shift + i];
        for (let i = offsets[b]; i < offsets[b + 1]; i++) gradient[shift + i] += weights[i] * residual;
      }
      const next = (1 + Math.sqrt(1 + 4 * weight * weight)) / 2;
      const momentum = (weight - 1) / next;
      weight = next;
      for (let k = 0; k < bins; k++) {
        const moved = Math.max(0, at[k] - step * gradient[k]);
        at[k] = moved + momentum * (moved - out[k]);
        out[k] = moved;
      }
    }
  };
}
