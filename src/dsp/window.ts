// Windows: the periodic Hann window of every STFT and its length, and the Kaiser window of the resampler's filter.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';

/** Window length that a recording of any rate is analysed with, before rounding to a power of two: 512 at 8 kHz. */
const WINDOW: Seconds = 0.064;

/** Hann window length at a rate: the power of two nearest to 64 ms, 512 at 8 kHz. */
export function windowSamplesAt(sampleRate: Hertz): Samples {
  return 2 ** Math.round(Math.log2(WINDOW * sampleRate));
}

/** Periodic Hann window of `length` samples: 0.5 - 0.5 cos(2 pi n / length). Its sum is length / 2. */
export function hannWindow(length: Samples): Float32Array {
  const window = new Float32Array(length);
  for (let n = 0; n < length; n++) window[n] = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length);
  return window;
}

/** Modified Bessel function of the first kind, order 0, by its power series (converges fast for the arguments used here). */
function besselI0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x * x) / (4 * k * k);
    sum += term;
  }
  return sum;
}

/** Kaiser window at `position` in [-1, 1] (0 outside): I0(beta sqrt(1 - position^2)) / I0(beta). */
export function kaiser(position: number, beta: number): number {
  const inside = 1 - position * position;
  return inside < 0 ? 0 : besselI0(beta * Math.sqrt(inside)) / besselI0(beta);
}

/** Kaiser's beta for a stop band of `attenuationDb` (above 50 dB): Kaiser & Schafer 1980. */
export function kaiserBeta(attenuationDb: number): number {
  return 0.1102 * (attenuationDb - 8.7);
}
