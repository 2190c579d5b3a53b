// Real FFT: the interface that every transform of the project follows, and the plain JavaScript implementation.
import FFT from 'fft.js';
import type { Samples } from '../contract/units.ts';

/**
 * A real FFT of one fixed size.
 *
 * Scaling: `forward` is the plain sum, re[k] + i im[k] = sum_n time[n] exp(-2 pi i k n / size) for k = 0..size/2;
 * `inverse` undoes it exactly (it divides by `size`). `re` and `im` have size/2 + 1 elements, `time` has `size`;
 * longer arrays are allowed and their ends stay untouched. im[0] and im[size/2] are written as 0 and ignored on input.
 * Neither call allocates; `re`/`im` survive `inverse` and `time` survives `forward`.
 * @example
 * const transform: RealFft = createFft(1024).fft;
 * const { magnitudes } = stftMagnitudes(samples, { fftSamples: 1024, hopSamples: 256 }, undefined, transform);
 */
export interface RealFft {
  readonly size: Samples;
  forward(time: Float32Array, re: Float32Array, im: Float32Array): void;
  inverse(re: Float32Array, im: Float32Array, time: Float32Array): void;
}

/**
 * @throws RangeError unless `size` is a power of two from `min` to 65536.
 */
export function requireFftSize(size: number, min = 8): number {
  if (!Number.isInteger(size) || size < min || size > 65536 || (size & (size - 1)) !== 0) {
    throw new RangeError(`FFT size must be a power of two from ${min} to 65536, got ${String(size)}`);
  }
  return size;
}

/**
 * Real FFT over `fft.js`: even and odd samples form one complex signal of half the length, transformed by a complex FFT
 * and untangled (Numerical Recipes, section 12.3), which halves the work of a full complex transform.
 * Double precision inside, so it also serves as the oracle of the SIMD transform's test.
 */
export class JsFft implements RealFft {
  readonly size: Samples;
  readonly #half: number;
  readonly #fft: FFT;
  readonly #packed: Float64Array;
  readonly #spectrum: Float64Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  /** @throws RangeError unless `size` is a power of two from 8 to 65536. */
  constructor(size: Samples) {
    this.size = requireFftSize(size);
    const half = size / 2;
    this.#half = half;
    this.#fft = new FFT(half);
    this.#packed = new Float64Array(size);
    this.#spectrum = new Float64Array(size);
    this.#cos = new Float64Array(half + 1);
    this.#sin = new Float64Array(half + 1);
    for (let k = 0; k <= half; k++) {
      this.#cos[k] = Math.cos((2 * Math.PI * k) / size);
      this.#sin[k] = Math.sin((2 * Math.PI * k) / size);
    }
  }

  forward(time: Float32Array, re: Float32Array, im: Float32Array): void {
    const { size } = this;
    const half = this.#half;
    const packed = this.#packed;
    const z = this.#spectrum;
    for (let n = 0; n < size; n++) packed[n] = time[n];
    this.#fft.transform(z, packed);
    re[0] = z[0] + z[1];
    im[0] = 0;
    re[half] = z[0] - z[1];
    im[half] = 0;
    for (let k = 1; k < half; k++) {
      const mirror = half - k;
      const evenRe = 0.5 * (z[2 * k] + z[2 * mirror]);
      const evenIm = 0.5 * (z[2 * k + 1] - z[2 * mirror + 1]);
      const oddRe = 0.5 * (z[2 * k + 1] + z[2 * mirror + 1]);
      const oddIm = -0.5 * (z[2 * k] - z[2 * mirror]);
      const c = this.#cos[k];
      const s = this.#sin[k];
      re[k] = evenRe + c * oddRe + s * oddIm;
      im[k] = evenIm + c * oddIm - s * oddRe;
    }
  }

  inverse(re: Float32Array, im: Float32Array, time: Float32Array): void {
    const { size } = this;
    const half = this.#half;
    const z = this.#spectrum;
    const packed = this.#packed;
    z[0] = 0.5 * (re[0] + re[half]);
    z[1] = 0.5 * (re[0] - re[half]);
    for (let k = 1; k < half; k++) {
      const mirror = half - k;
      const evenRe = 0.5 * (re[k] + re[mirror]);
      const evenIm = 0.5 * (im[k] - im[mirror]);
      const differenceRe = 0.5 * (re[k] - re[mirror]);
      const differenceIm = 0.5 * (im[k] + im[mirror]);
      const c = this.#cos[k];
      const s = this.#sin[k];
      const oddRe = c * differenceRe - s * differenceIm;
      const oddIm = c * differenceIm + s * differenceRe;
      z[2 * k] = evenRe - oddIm;
      z[2 * k + 1] = evenIm + oddRe;
    }
    this.#fft.inverseTransform(packed, z);
    for (let n = 0; n < size; n++) time[n] = packed[n];
  }
}
