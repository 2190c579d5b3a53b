// Normal equations of least squares, solved by Cholesky's method.

/** A pinch on the diagonal, against the largest entry, keeps what is almost singular solvable. */
const PINCH = 1e-12;

/**
 * Solves gram * x = right.
 * @param gram square, symmetric, row by row; only its lower half is read
 */
export function solve(gram: Float64Array, right: Float64Array, pinch = PINCH): Float64Array {
  const size = right.length;
  let most = 0;
  for (let i = 0; i < size; i++) most = Math.max(most, gram[i * size + i]);
  const least = pinch * most + 1e-30;
  const factor = new Float64Array(size * size);
  const out = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = gram[i * size + j] + (i === j ? least : 0);
      for (let k = 0; k < j; k++) sum -= factor[i * size + k] * factor[j * size + k];
      factor[i * size + j] = i === j ? Math.sqrt(Math.max(least, sum)) : sum / factor[j * size + j];
    }
    let sum = right[i];
    for (let k = 0; k < i; k++) sum -= factor[i * size + k] * out[k];
    out[i] = sum / factor[i * size + i];
  }
  for (let i = size - 1; i >= 0; i--) {
    for (let k = i + 1; k < size; k++) out[i] -= factor[k * size + i] * out[k];
    out[i] /= factor[i * size + i];
  }
  return out;
}
