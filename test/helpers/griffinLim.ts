// Reference: offline Griffin-Lim and fast Griffin-Lim by librosa's rule, to compare the streaming engine with.
import type { RealFft } from '../../src/dsp/fft.ts';
import { hannWindow } from '../../src/dsp/window.ts';
import { Random } from '../../src/dsp/random.ts';
import { magnitudeScale, stft, type ComplexSpectrogram, type StftSizes } from '../../src/dsp/stft.ts';

/** Least-squares inverse STFT (Griffin & Lim 1984, equation 6); frame m is centred on sample m * hop. */
export function istft(
  spectrogram: ComplexSpectrogram,
  sizes: StftSizes,
  length: number,
  fft: RealFft,
): Float32Array {
  const { fftSamples, hopSamples } = sizes;
  const { frames, bins, re, im } = spectrogram;
  const window = hannWindow(fftSamples);
  const time = new Float32Array(fftSamples);
  const sum = new Float64Array(length);
  const energy = new Float64Array(length);
  for (let m = 0; m < frames; m++) {
    fft.inverse(re.subarray(m * bins, (m + 1) * bins), im.subarray(m * bins, (m + 1) * bins), time);
    const first = m * hopSamples - fftSamples / 2;
    for (let n = Math.max(0, -first); n < fftSamples && first + n < length; n++) {
      sum[first + n] += window[n] * time[n];
      energy[first + n] += window[n] * window[n];
    }
  }
  return Float32Array.from(sum, (value, n) => (energy[n] > 1e-8 ? value / energy[n] : 0));
}

/**
 * Griffin-Lim over a whole recording, as `librosa.griffinlim` runs it: random starting phases, and after every rebuilt
 * spectrogram angles = rebuilt - momentum / (1 + momentum) * rebuilt before (Perraudin, Balazs & Sondergaard 2013), brought
 * to length 1. Momentum 0 is plain Griffin-Lim (1984), 0.99 librosa's default.
 * @param magnitudes scaled as by `stftMagnitudes`
 * @param length samples of the result
 */
export function griffinLim(
  magnitudes: Float32Array,
  sizes: StftSizes,
  length: number,
  options: {
    readonly iterations: number;
    readonly momentum: number;
    readonly seed: number;
    readonly fft: RealFft;
  },
): Float32Array {
  const { iterations, momentum, seed, fft } = options;
  const bins = sizes.fftSamples / 2 + 1;
  const frames = magnitudes.length / bins;
  const scale = 1 / magnitudeScale(sizes.fftSamples);
  const random = new Random(seed);
  const re = new Float32Array(magnitudes.length);
  const im = new Float32Array(magnitudes.length);
  for (let i = 0; i < re.length; i++) {
    const phase = random.uniform(0, 2 * Math.PI);
    re[i] = magnitudes[i] * scale * Math.cos(phase);
    im[i] = magnitudes[i] * scale * Math.sin(phase);
  }
  const factor = momentum / (1 + momentum);
  let before: ComplexSpectrogram | undefined;
  for (let iteration = 0; iteration < iterations; iteration++) {
    const signal = istft({ frames, bins, re, im }, sizes, length, fft);
    const rebuilt = stft(signal, sizes, frames, fft);
    for (let i = 0; i < re.length; i++) {
      const ur = rebuilt.re[i] - factor * (before?.re[i] ?? 0);
      const ui = rebuilt.im[i] - factor * (before?.im[i] ?? 0);
      const length2 = Math.hypot(ur, ui) + 1e-16;
      re[i] = (magnitudes[i] * scale * ur) / length2;
      im[i] = (magnitudes[i] * scale * ui) / length2;
    }
    before = rebuilt;
  }
  return istft({ frames, bins, re, im }, sizes, length, fft);
}
