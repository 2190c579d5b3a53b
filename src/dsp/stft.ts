// Offline short-time Fourier transform: what the streaming engine is measured against and what features are made from.
import type { Frames, Samples } from '../contract/units.ts';
import { requireInteger, requireSamples, requireSettings } from '../contract/errors.ts';
import { JsFft, type RealFft } from './fft.ts';
import { hannWindow } from './window.ts';

/**
 * Sizes of a short-time Fourier transform; the window is a periodic Hann of `fftSamples`.
 * @example
 * const sizes: StftSizes = { fftSamples: 1024, hopSamples: 256 };
 */
export interface StftSizes {
  readonly fftSamples: Samples;
  readonly hopSamples: Samples;
}

/**
 * A complex spectrogram: `frames * bins` values frame by frame, unscaled (a full-scale cosine reads fftSamples / 4).
 * @example
 * const { bins, re, im }: ComplexSpectrogram = stft(samples, { fftSamples: 1024, hopSamples: 256 });
 * const phase = Math.atan2(im[3 * bins + 10], re[3 * bins + 10]); // frame 3, bin 10
 */
export interface ComplexSpectrogram {
  readonly frames: Frames;
  readonly bins: number;
  readonly re: Float32Array;
  readonly im: Float32Array;
}

/**
 * A magnitude spectrogram: `frames * bins` values frame by frame; a full-scale sinusoid reads 1.
 * @example
 * const { bins, magnitudes }: MagnitudeSpectrogram = stftMagnitudes(samples, { fftSamples: 1024, hopSamples: 256 });
 * const frame = magnitudes.subarray(3 * bins, 4 * bins);
 */
export interface MagnitudeSpectrogram {
  readonly frames: Frames;
  readonly bins: number;
  readonly magnitudes: Float32Array;
}

/** What |STFT| is multiplied by so that a full-scale sinusoid reads 1: 2 / sum(window) of a periodic Hann window. */
export function magnitudeScale(fftSamples: Samples): number {
  return 4 / fftSamples;
}

const sizesExample = '{ fftSamples: 1024, hopSamples: 256 }';

/**
 * Frames centred inside a signal of `length` samples, the one centred on its end included.
 * @throws RangeError on a length or hop that is none
 * @example
 * frameCount(48000, 256); // 188
 */
export function frameCount(length: Samples, hopSamples: Samples): Frames {
  requireInteger('length', length, 0, Number.MAX_SAFE_INTEGER);
  requireInteger('hopSamples', hopSamples, 1, Number.MAX_SAFE_INTEGER);
  return Math.floor(length / hopSamples) + 1;
}

/**
 * Complex STFT. Frame m is centred on sample m * hopSamples; samples outside the signal count as zeros.
 * @param givenFrames number of frames, `frameCount(samples.length, hopSamples)` when absent
 * @param givenFft a transform of `fftSamples` to use; a JavaScript one is made when absent
 * @throws RangeError on sizes out of range, TypeError on samples or sizes that are none
 * @example
 * const { frames, bins, re, im } = stft(samples, { fftSamples: 1024, hopSamples: 256 });
 */
export function stft(
  samples: Float32Array,
  sizes: StftSizes,
  givenFrames?: Frames,
  givenFft?: RealFft,
): ComplexSpectrogram {
  requireSamples('samples', samples);
  const { fftSamples, hopSamples } = requireSettings('sizes', sizes, sizesExample);
  const fft = givenFft ?? new JsFft(fftSamples);
  requireInteger('hopSamples', hopSamples, 1, fftSamples);
  const frames = givenFrames ?? frameCount(samples.length, hopSamples);
  requireInteger('frames', frames, 0, 1e7);
  requireInteger('fft.size', fft.size, fftSamples, fftSamples);
  const bins = fftSamples / 2 + 1;
  const window = hannWindow(fftSamples);
  const time = new Float32Array(fftSamples);
  const re = new Float32Array(frames * bins);
  const im = new Float32Array(frames * bins);
  for (let m = 0; m < frames; m++) {
    const first = m * hopSamples - fftSamples / 2;
    for (let n = 0; n < fftSamples; n++) {
      const at = first + n;
      time[n] = at >= 0 && at < samples.length ? samples[at] * window[n] : 0;
    }
    fft.forward(time, re.subarray(m * bins, (m + 1) * bins), im.subarray(m * bins, (m + 1) * bins));
  }
  return { frames, bins, re, im };
}

/**
 * Magnitudes of `stft`, scaled by `magnitudeScale`. Arguments and errors are those of `stft`.
 * @example
 * const { magnitudes } = stftMagnitudes(samples, { fftSamples: 1024, hopSamples: 256 });
 * const inverter = new StreamingInverter({ sampleRate: 16000, fftSamples: 1024, hopSamples: 256 });
 * inverter.process(magnitudes, out);
 */
export function stftMagnitudes(
  samples: Float32Array,
  sizes: StftSizes,
  frames?: Frames,
  fft?: RealFft,
): MagnitudeSpectrogram {
  const complex = stft(samples, sizes, frames, fft);
  const scale = magnitudeScale(sizes.fftSamples);
  const magnitudes = new Float32Array(complex.re.length);
  for (let i = 0; i < magnitudes.length; i++) {
    magnitudes[i] = scale * Math.sqrt(complex.re[i] * complex.re[i] + complex.im[i] * complex.im[i]);
  }
  return { frames: complex.frames, bins: complex.bins, magnitudes };
}
