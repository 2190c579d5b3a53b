// The spectrogram format: what every module means by "frames", and the map between mel magnitude and model feature.
import type { Frames, Hertz, Samples } from './units.ts';

/**
 * How a mel spectrogram of this project is laid out.
 *
 * A spectrogram is a `Float32Array` of `frames * melBands`, frame by frame (band index fastest). Its values are
 * *features* in [0, 1]: log mel magnitude between `floor` (0) and `ceiling` (1). Frame m is centred on sample
 * `m * hopSamples` of its clip; samples before 0 count as zeros.
 */
export interface SpectrogramFormat {
  /** Model rate. */
  readonly sampleRate: Hertz;
  /** FFT length; also the length of the periodic Hann window. */
  readonly fftSamples: Samples;
  /** Distance between frames. */
  readonly hopSamples: Samples;
  /** Number of mel bands (Slaney scale, each triangle's weights summing to 1). */
  readonly melBands: number;
  /** Lower edge of the lowest band. */
  readonly melLowHz: Hertz;
  /** Upper edge of the highest band. */
  readonly melHighHz: Hertz;
  /** Frames of one clip. */
  readonly frames: Frames;
  /** Sample (at the model rate) of a clip at which the spoken onset lies; corpus takes are shifted to it. */
  readonly onsetSamples: Samples;
  /** Mel magnitude that maps to feature 0 (a full-scale sinusoid reads magnitude 1: |STFT| * 2 / sum(window)). */
  readonly floor: number;
  /** Mel magnitude that maps to feature 1. */
  readonly ceiling: number;
}

/** Feature in [0, 1] of a mel magnitude (clamped to the format's floor and ceiling). */
export function featureOfMagnitude(magnitude: number, format: SpectrogramFormat): number {
  const { floor, ceiling } = format;
  if (!(magnitude > floor)) return 0;
  if (magnitude >= ceiling) return 1;
  return Math.log(magnitude / floor) / Math.log(ceiling / floor);
}

/** Mel magnitude of a feature; features at or below 0 are silence (exactly 0), so that a floor never hums. */
export function magnitudeOfFeature(feature: number, format: SpectrogramFormat): number {
  if (!(feature > 0)) return 0;
  return format.floor * Math.pow(format.ceiling / format.floor, Math.min(feature, 1));
}

/** Length of a clip at the model rate. */
export function clipSamples(format: SpectrogramFormat): Samples {
  return format.frames * format.hopSamples;
}

/**
 * The format that numvox trains at unless told otherwise. Of FSDD's 3,000 trimmed words 99 % last under 0.652 s and 10 (none
 * of them test takes) exceed the 0.736 s that 48 frames leave after the onset. Below a floor of 1e-3 the narrow low bands
 * hold the rooms' noise, whose texture no latent vector can carry; much above it weak onsets ("three", "four") go missing.
 */
export const defaultFormat: SpectrogramFormat = {
  sampleRate: 8000,
  fftSamples: 512,
  hopSamples: 128,
  melBands: 80,
  melLowHz: 0,
  melHighHz: 4000,
  frames: 48,
  onsetSamples: 256,
  floor: 1e-3,
  ceiling: 0.5,
};
