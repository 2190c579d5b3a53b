// Reference: single pass spectrogram inversion, to compare the streaming engine with.
import type { Samples } from '../../src/contract/units.ts';
import type { RealFft } from '../../src/dsp/fft.ts';
import { magnitudeScale, type StftSizes } from '../../src/dsp/stft.ts';
import { istft } from './griffinLim.ts';

/**
 * Single pass spectrogram inversion (Beauregard, Harish & Wyse 2015): each peak of a frame goes on from its bin's phase at the
 * frequency that a parabola through three magnitudes tells, and the bins down to the troughs beside it are locked to its phase. No
 * frame is visited twice, and none is known ahead: one inverse FFT a frame.
 * @param magnitudes scaled as by `stftMagnitudes`; frame m is centred on sample m * hop
 * @param length samples of the result
 */
export function spsi(
  magnitudes: Float32Array,
  sizes: StftSizes,
  length: Samples,
  fft: RealFft,
): Float32Array {
  const { fftSamples, hopSamples } = sizes;
  const bins = fftSamples / 2 + 1;
  const frames = magnitudes.length / bins;
  const scale = 1 / magnitudeScale(fftSamples);
  const phase = new Float64Array(bins);
  const re = new Float32Array(magnitudes.length);
  const im = new Float32Array(magnitudes.length);
  for (let m = 0; m < frames; m++) {
    const frame = magnitudes.subarray(m * bins, (m + 1) * bins);
    for (let k = 1; k < bins - 1; k++) {
      if (frame[k] > frame[k - 1] && frame[k] > frame[k + 1])
        lockToPeak(frame, phase, k, fftSamples, hopSamples);
    }
    // Neither the lowest bin nor the highest can be a peak: they have no phase, and the paper's authors leave them out.
    for (let k = 1; k < bins - 1; k++) {
      re[m * bins + k] = scale * frame[k] * Math.cos(phase[k]);
      im[m * bins + k] = scale * frame[k] * Math.sin(phase[k]);
    }
  }
  return istft({ frames, bins, re, im }, sizes, length, fft);
}

/** The phases of peak k and of the bins that belong to it; a window that begins at the frame's first sample turns every other one. */
function lockToPeak(
  frame: Float32Array,
  phase: Float64Array,
  k: number,
  fftSamples: Samples,
  hopSamples: Samples,
): void {
  const [left, top, right] = [frame[k - 1], frame[k], frame[k + 1]];
  const offset = (0.5 * (left - right)) / (left - 2 * top + right);
  const peak = (phase[k] + (2 * Math.PI * hopSamples * (k + offset)) / fftSamples) % (2 * Math.PI);
  phase[k] = peak;
  // The bin on the peak's own side is turned, the rest of that side is not; the whole other side is turned.
  const side = offset < 0 ? -1 : 1;
  const own = k + side;
  const other = k - side;
  phase[own] = peak + Math.PI;
  phase[other] = peak + Math.PI;
  const goesDown = (bin: number, from: number) =>
    bin > 0 && bin < frame.length - 1 && frame[bin] < frame[from];
  for (let bin = own + side; goesDown(bin, bin - side); bin += side) phase[bin] = peak;
  for (let bin = other - side; goesDown(bin, bin + side); bin -= side) phase[bin] = peak + Math.PI;
}
