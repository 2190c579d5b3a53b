// A transform that counts: how many FFTs a method takes.
import type { Samples } from '../../src/contract/units.ts';
import type { RealFft } from '../../src/dsp/fft.ts';

/** Passes every call on to another transform and counts the calls, so that "FFTs per hop" is a count, not a claim. */
export class CountingFft implements RealFft {
  /** Forward and inverse transforms run so far. */
  count = 0;

  constructor(readonly inner: RealFft) {}

  get size(): Samples {
    return this.inner.size;
  }

  forward(time: Float32Array, re: Float32Array, im: Float32Array): void {
    this.count++;
    this.inner.forward(time, re, im);
  }

  inverse(re: Float32Array, im: Float32Array, time: Float32Array): void {
    this.count++;
    this.inner.inverse(re, im, time);
  }
}
