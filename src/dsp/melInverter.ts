// Mel inversion: non-negative linear magnitudes whose mel magnitudes are the given ones.
import type { Loops, MelTables } from './loops.ts';
import type { MelFilterbank } from './mel.ts';
import { createMelTables } from './melTables.ts';

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
  readonly #loops: Loops;
  readonly #tables: MelTables;

  constructor(bank: MelFilterbank, loops: Loops) {
    this.#loops = loops;
    this.#tables = createMelTables(loops, bank);
  }

  /**
   * Writes `bins` linear magnitudes into `magnitudes` from the `bands` mel magnitudes in `mel`; both arrays are of the loops'
   * memory. Bins that no band covers get 0. Negative and non-finite mel magnitudes count as 0.
   */
  invert(mel: Float32Array, magnitudes: Float32Array): void {
    this.#loops.invertMel(this.#tables, UPDATES, mel, magnitudes);
  }
}
