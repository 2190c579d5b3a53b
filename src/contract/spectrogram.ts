// The spectrogram format: what every module means by "frames", and the map between mel magnitude and model feature.
import { printable, quoted } from './errors.ts';
import type { Frames, Hertz, Samples } from './units.ts';

/**
 * How a mel spectrogram of this project is laid out.
 *
 * A spectrogram is a `Float32Array` of `frames * frameValues(format)`, frame by frame: `melBands` features, then one value for
 * each named channel of `tracks`, if there are any. Features lie in [0, 1]: log mel magnitude over a soft `floor`, 0 for
 * silence and 1 at `ceiling`. Frame m is centred on sample `m * hopSamples` of its clip; samples before 0 count as zeros.
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
  /** Mel magnitude of the soft floor (a full-scale sinusoid reads magnitude 1: |STFT| * 2 / sum(window)). */
  readonly floor: number;
  /** Mel magnitude that maps to feature 1. */
  readonly ceiling: number;
  /** Pitch and voicing beside the bands; older bundles have none. */
  readonly tracks?: TrackFormat | undefined;
}

/** A channel that a model can have; there is one of voicing for each band between the edges, counted from 1. */
export type TrackChannel = 'f0' | `voicing${number}`;

/**
 * The channels that follow the bands of every frame. All values lie in [0, 1]. `f0`: log(f0 / f0LowHz) / log(f0HighHz / f0LowHz),
 * carried on through unvoiced frames by interpolation. `voicing1`, `voicing2`, ...: share of the power between
 * voicingEdgesHz[i - 1] and voicingEdgesHz[i] that lies in harmonics of f0; 0 is noise or silence. There are no others;
 * see `faultOfTracks`.
 */
export interface TrackFormat {
  readonly channels: readonly TrackChannel[];
  readonly f0LowHz: Hertz;
  readonly f0HighHz: Hertz;
  /** One more than there are voicing channels, rising. */
  readonly voicingEdgesHz: readonly Hertz[];
}

/**
 * What is wrong with the tracks of a format at a sample rate, naming what, and what is allowed; undefined when nothing is. A channel of
 * another name would be an output that nothing trains.
 */
export function faultOfTracks(
  { channels, f0LowHz, f0HighHz, voicingEdgesHz }: TrackFormat,
  sampleRate: Hertz,
): string | undefined {
  const nyquist = sampleRate / 2;
  if (!(f0LowHz < f0HighHz && f0HighHz <= nyquist)) {
    return `tracks.f0LowHz must be below f0HighHz, and that at most half the sample rate (${nyquist}), got ${f0LowHz} and ${f0HighHz}`;
  }
  const isRising = voicingEdgesHz.every((edge, k) => k === 0 || edge > voicingEdgesHz[k - 1]);
  if (!isRising || voicingEdgesHz.some((edge) => edge > nyquist)) {
    return `tracks.voicingEdgesHz must rise, up to half the sample rate (${nyquist}) at most, got ${printable(voicingEdgesHz.join(', '), 80)}`;
  }
  const bands = voicingEdgesHz.slice(1);
  const allowed: readonly string[] = ['f0', ...bands.map((_, band) => `voicing${band + 1}`)];
  const unknown = channels.find((name) => !allowed.includes(name));
  if (unknown !== undefined) {
    return `tracks.channels must be of ${allowed.join(', ')} with ${bands.length} bands of voicing, got ${quoted(unknown)}`;
  }
  const twice = channels.find((name, k) => channels.indexOf(name) !== k);
  return twice === undefined ? undefined : `tracks.channels must be different, got ${quoted(twice)} twice`;
}

/** Values of one frame: bands, then channels. */
export function frameValues(format: Pick<SpectrogramFormat, 'melBands' | 'tracks'>): number {
  return format.melBands + (format.tracks?.channels.length ?? 0);
}

/** Channel value in [0, 1] of a fundamental frequency; frequencies outside the range count as its ends. */
export function trackOfF0(f0Hz: Hertz, tracks: TrackFormat): number {
  const { f0LowHz, f0HighHz } = tracks;
  return Math.min(1, Math.max(0, Math.log(f0Hz / f0LowHz) / Math.log(f0HighHz / f0LowHz)));
}

/** Fundamental frequency of a channel value, the inverse of `trackOfF0`. */
export function f0OfTrack(value: number, tracks: TrackFormat): Hertz {
  const { f0LowHz, f0HighHz } = tracks;
  return f0LowHz * Math.pow(f0HighHz / f0LowHz, Math.min(1, Math.max(0, value)));
}

/**
 * Feature in [0, 1] of a mel magnitude: log(1 + magnitude / floor), scaled so that the ceiling gives 1. The floor is soft: far
 * above it the feature is a logarithm, at it the slope has halved, and silence is exactly 0.
 */
export function featureOfMagnitude(magnitude: number, format: SpectrogramFormat): number {
  const { floor, ceiling } = format;
  if (!(magnitude > 0)) return 0;
  return Math.min(1, Math.log1p(magnitude / floor) / Math.log1p(ceiling / floor));
}

/** Mel magnitude of a feature, the inverse of `featureOfMagnitude`; features outside [0, 1] count as its ends. */
export function magnitudeOfFeature(feature: number, format: SpectrogramFormat): number {
  if (!(feature > 0)) return 0;
  return format.floor * Math.expm1(Math.min(feature, 1) * Math.log1p(format.ceiling / format.floor));
}

/** Length of a clip at the model rate. */
export function clipSamples(format: SpectrogramFormat): Samples {
  return format.frames * format.hopSamples;
}

/**
 * The format that numvox trains at unless told otherwise. Of FSDD's 3,000 trimmed words 99 % last under 0.652 s and 10 (none
 * of them test takes) exceed the 0.736 s that 48 frames leave after the onset. Why the floor is low and soft: docs/training.md.
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
  floor: 2e-5,
  ceiling: 0.5,
};

/** The tracks that numvox trains with. Men's and women's speaking voices lie within 60-420 Hz. */
export const defaultTracks: TrackFormat = {
  channels: ['f0', 'voicing1', 'voicing2', 'voicing3', 'voicing4'],
  f0LowHz: 60,
  f0HighHz: 420,
  voicingEdgesHz: [0, 800, 1600, 2600, 4000],
};

/** The format of voices up to 7.9 kHz: the frames of `defaultFormat` at twice its rate. */
export const wideFormat: SpectrogramFormat = {
  ...defaultFormat,
  sampleRate: 16000,
  fftSamples: 1024,
  hopSamples: 256,
  melBands: 96,
  melHighHz: 7900,
  onsetSamples: 512,
};

/** The tracks that go with `wideFormat`. */
export const wideTracks: TrackFormat = {
  ...defaultTracks,
  channels: [...defaultTracks.channels, 'voicing5'],
  voicingEdgesHz: [...defaultTracks.voicingEdgesHz, 7900],
};
