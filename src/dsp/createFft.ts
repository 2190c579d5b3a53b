// Chooses the transform: SIMD where a module is at hand and the platform runs it, plain JavaScript otherwise.
import type { Samples } from '../contract/units.ts';
import { JsFft, type RealFft } from './fft.ts';
import { PffftFft } from './pffft.ts';

/**
 * A transform and which implementation it is.
 * @example
 * const { fft, kind }: ChosenFft = createFft(1024);
 */
export interface ChosenFft {
  readonly fft: RealFft;
  readonly kind: 'simd' | 'javascript';
}

/**
 * A real FFT of `size` samples: pffft when `module` is given and fits, fft.js otherwise.
 * @throws RangeError unless `size` is a power of two from 8 to 65536; TypeError when the module is not pffft
 * @example
 * const { fft } = createFft(1024);
 * const [re, im] = [new Float32Array(513), new Float32Array(513)];
 * fft.forward(samples, re, im); // 1024 samples
 */
export function createFft(size: Samples, module?: WebAssembly.Module): ChosenFft {
  if (module === undefined || size < 32) return { fft: new JsFft(size), kind: 'javascript' };
  return { fft: new PffftFft(module, size), kind: 'simd' };
}
