// Mel inversion: non-negative linear magnitudes whose mel magnitudes are the given ones.
import type { Samples } from '../contract/units.ts';
import type { Loops, MelTables } from './loops.ts';
import type { MelFilterbank } from './mel.ts';
import { createMelTables } from './melTables.ts';

/**
 * Updates a frame after the first pass. Distance to the true magnitudes (mean of 60 FSDD words, 80 bands): 4
 * -16.40 dB, 6 -16.84, 8 -17.00, 12 -17.08. With 8 the mel magnitudes come back to -37 dB, in the worst word to
 * -31 dB.
 */
const UPDATES = 8;

/**
 * Inverts a mel filterbank frame by frame under m >= 0. The system has a third as many equations as unknowns, so
 * the residual vanishes for any method and what matters is which of the solutions is chosen. Two things settle
 * that:
 *
 * The spectrum is made of lines, each of which also shows in the bins beside its own: under a Hann window nothing
 * is narrower. Lines x are what is looked for, m[k] = x[k] + 0.22 (x[k - 1] + x[k + 1]), with a filterbank that
 * hears both.
 *
 * The rule is multiplicative, for the alpha-divergence with alpha = 1/2 (Cichocki, Cruces & Amari 2011), which is
 * Hellinger's distance: a line is multiplied by the square of the weighted mean of sqrt(wanted / present) over its
 * bands, over-relaxed by squaring that again between the first and the last pass. Started from a flat spectrum it
 * stays close, in ratio, to the envelope that interpolates the bands, while least squares spreads energy into
 * quiet bins.
 *
 * The constructor allocates, `invert` does not; frames are independent, so there is no state to reset and no
 * latency.
 */
export class MelInverter {
  readonly #loops: Loops;
  readonly #tables: MelTables;

  constructor(bank: MelFilterbank, loops: Loops) {
    this.#loops = loops;
    this.#tables = createMelTables(loops, bank);
  }

  /** Bytes that an inverter takes of its loops' memory, at most. */
  static bytes(fftSamples: Samples, bands: number): number {
    return 72 * fftSamples + 128 * bands + 1024;
  }

  /**
   * Writes `bins` linear magnitudes into `magnitudes` from the `bands` mel magnitudes in `mel`; both arrays are of
   * the loops' memory. Bins two or more away from all bands get 0. Negative and non-finite mel magnitudes count as
   * 0.
   */
  invert(mel: Float32Array, magnitudes: Float32Array): void {
    this.#loops.invertMel(this.#tables, UPDATES, mel, magnitudes);
  }
}
