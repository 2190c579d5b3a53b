// The usual mel inverse to beat: Moore-Penrose pseudo-inverse with negative magnitudes clipped.
import type { MelFilterbank } from '../../src/dsp/mel.ts';

function invertMatrix(matrix: number[][]): number[][] {
  const n = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let r = i; r < n; r++) if (Math.abs(rows[r][i]) > Math.abs(rows[pivot][i])) pivot = r;
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    const divisor = rows[i][i];
    for (let j = 0; j < 2 * n; j++) rows[i][j] /= divisor;
    for (let r = 0; r < n; r++) {
      const factor = rows[r][i];
      if (r === i || factor === 0) continue;
      for (let j = 0; j < 2 * n; j++) rows[r][j] -= factor * rows[i][j];
    }
  }
  return rows.map((row) => row.slice(n));
}

/** Returns a function that writes the clipped pseudo-inverse of a mel frame: max(0, W' (W W')^-1 mel). */
export function clippedPseudoInverse(bank: MelFilterbank): (mel: Float32Array, out: Float32Array) => void {
  const dense = Array.from({ length: bank.bands }, (_, band) => {
    const row = new Float64Array(bank.bins);
    for (let i = bank.offsets[band], bin = bank.starts[band]; i < bank.offsets[band + 1]; i++, bin++) {
      row[bin] = bank.weights[i];
    }
    return row;
  });
  const gram = invertMatrix(dense.map((a) => dense.map((b) => a.reduce((sum, v, k) => sum + v * b[k], 0))));
  return (mel, out) => {
    const solved = gram.map((row) => row.reduce((sum, v, b) => sum + v * mel[b], 0));
    for (let k = 0; k < bank.bins; k++) {
      out[k] = Math.max(
        0,
        dense.reduce((sum, row, b) => sum + row[k] * solved[b], 0),
      );
    }
  };
}
