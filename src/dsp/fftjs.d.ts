// Types of the untyped package fft.js, for the part of it that numvox calls.
declare module 'fft.js' {
  /** Complex radix-4 FFT of a power-of-two size; arrays hold interleaved real and imaginary parts. */
  export default class FFT {
    constructor(size: number);
    /** Unscaled forward transform. `out` and `data` must be different arrays. */
    transform(out: Float64Array, data: Float64Array): void;
    /** Inverse transform, scaled by 1/size. */
    inverseTransform(out: Float64Array, data: Float64Array): void;
  }
}
