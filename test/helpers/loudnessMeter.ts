// Integrated loudness of a mono sound (ITU-R BS.1770-4), filtered sample by sample: nothing of the instrument's own measure.

/** Numerator and denominator of both K-weighting filters at 48 kHz. */
const filters = [
  { b: [1.53512485958697, -2.69169618940638, 1.19839281085285], a: [-1.69065929318241, 0.73248077421585] },
  { b: [1, -2, 1], a: [-1.99004745483398, 0.99007225036621] },
];

/** @param rate 48000: the coefficients are that rate's */
export function integratedLoudness(samples: Float32Array, rate: 48000): number {
  let sound = Float64Array.from(samples);
  for (const { b, a } of filters) {
    const out = new Float64Array(sound.length);
    for (let n = 0; n < sound.length; n++) {
      const x = (k: number): number => (n >= k ? sound[n - k] : 0);
      const y = (k: number): number => (n >= k ? out[n - k] : 0);
      out[n] = b[0] * x(0) + b[1] * x(1) + b[2] * x(2) - a[0] * y(1) - a[1] * y(2);
    }
    sound = out;
  }
  const block = Math.round(0.4 * rate);
  const powers: number[] = [];
  for (let from = 0; from + block <= sound.length; from += block / 4) {
    powers.push(sound.subarray(from, from + block).reduce((sum, v) => sum + v * v, 0) / block);
  }
  const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
  const lufs = (power: number): number => -0.691 + 10 * Math.log10(power);
  const above = powers.filter((power) => lufs(power) > -70);
  if (above.length === 0) return -Infinity;
  const gate = lufs(mean(above)) - 10;
  return lufs(mean(above.filter((power) => lufs(power) > gate)));
}
