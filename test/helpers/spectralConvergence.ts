// The measure of phase reconstruction: how far magnitudes are off.

/**
 * Spectral convergence in decibels, 20 log10(|| A - B ||_F / || B ||_F), of magnitudes `actual` against `target`.
 * -Infinity when they are equal; 0 when `target` is silent and `actual` is not.
 */
export function spectralConvergenceDb(actual: Float32Array, target: Float32Array): number {
  let difference = 0;
  let total = 0;
  for (let i = 0; i < target.length; i++) {
    const d = actual[i] - target[i];
    difference += d * d;
    total += target[i] * target[i];
  }
  if (difference === 0) return -Infinity;
  return total === 0 ? 0 : 10 * Math.log10(difference / total);
}
