// Analysis: from a clip's samples to the log-mel features that the model sees.
import { featureOfMagnitude, type SpectrogramFormat } from '../contract/spectrogram.ts';
import type { RealFft } from './fft.ts';
import { MelFilterbank } from './mel.ts';
import { stftMagnitudes } from './stft.ts';

/**
 * Features of a clip: `format.frames * format.melBands` values in [0, 1], frame by frame. Frame m is centred on sample
 * m * hopSamples; what lies past the clip's end counts as silence.
 * @param samples mono samples at format.sampleRate, full scale 1
 * @param fft a transform of format.fftSamples to use; a JavaScript one is made when absent
 * @throws RangeError when the format's sizes are out of range
 */
export function melFeatures(samples: Float32Array, format: SpectrogramFormat, fft?: RealFft): Float32Array {
  const bank = new MelFilterbank(format);
  const { frames, bins, magnitudes } = stftMagnitudes(samples, format, format.frames, fft);
  const features = new Float32Array(frames * bank.bands);
  for (let m = 0; m < frames; m++) bank.forward(magnitudes, features, m * bins, m * bank.bands);
  for (let i = 0; i < features.length; i++) features[i] = featureOfMagnitude(features[i], format);
  return features;
}
