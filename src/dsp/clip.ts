// Clips: a take aligned to a clip's onset, its features, and rendered clips cut to their word for writing.
import { clipSamples, type SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { melFeatures } from './analysis.ts';
import { bandwidthOfRate, validBands } from './bandwidth.ts';
import type { RealFft } from './fft.ts';
import { resample } from './resampler.ts';
import { findSpeech } from './speech.ts';
import { interleave, trackFeatures } from './tracks.ts';

/** A take laid out as a clip of the model. */
export interface AlignedTake {
  /** clipSamples(format) samples; the word's onset lies at format.onsetSamples, the loudest sample is at 0.9. */
  readonly clip: Float32Array;
  /** Length of the word as found, before anything was cut. */
  readonly wordSamples: Samples;
  /** Samples of the word that did not fit the clip. */
  readonly cutSamples: Samples;
}

/** Peak of an aligned clip, which leaves the instrument headroom for crossing over between clips. */
const clipPeak = 0.9;
const clipFadeSeconds: Seconds = 0.016;
/** Kept before the onset and after the end, so that no attack starts inside a word. */
const alignMarginSeconds: Seconds = 0.005;

/**
 * Finds the word in a take and puts it into a clip: onset at format.onsetSamples, peak 0.9, silence round it. A word
 * longer than the clip is cut with a fade.
 * @param samples mono, at format.sampleRate
 * @returns a silent clip and wordSamples 0 for a silent take
 */
export function alignTake(samples: Float32Array, format: SpectrogramFormat): AlignedTake {
  const clip = new Float32Array(clipSamples(format));
  const span = findSpeech(samples, format.sampleRate);
  const wordSamples = span.end - span.start;
  if (wordSamples === 0) return { clip, wordSamples: 0, cutSamples: 0 };
  const margin = Math.min(format.onsetSamples, Math.round(alignMarginSeconds * format.sampleRate));
  const from = span.start - margin;
  const at = format.onsetSamples - margin;
  const length = Math.min(wordSamples + 2 * margin, clip.length - at);
  for (let i = 0; i < length; i++) clip[at + i] = samples[from + i] ?? 0;
  const cutSamples = Math.max(0, wordSamples + margin - length);
  fadeIn(clip, at, margin);
  const fade = cutSamples > 0 ? Math.round(clipFadeSeconds * format.sampleRate) : margin;
  fadeOut(clip, at + length, fade);
  scaleToPeak(clip, clipPeak);
  return { clip, wordSamples, cutSamples };
}

/** A take as the model sees it. */
export interface PreparedTake extends AlignedTake {
  /** format.frames x frameValues(format) values of the clip: bands, then the format's channels. */
  readonly features: Float32Array;
}

/**
 * From a recording at any rate to features: resampled to the model rate, freed of its mean, aligned, analysed. Bands beyond what its rate can
 * carry are 0: filters leak into them what was never there.
 * @param samples mono, full scale 1
 * @param fft a transform of format.fftSamples to use
 */
export function prepareTake(
  samples: Float32Array,
  sampleRate: Hertz,
  format: SpectrogramFormat,
  fft?: RealFft,
): PreparedTake {
  const aligned = alignTake(withoutMean(resample(samples, sampleRate, format.sampleRate)), format);
  const valid = validBands(format, bandwidthOfRate(sampleRate, format.sampleRate));
  const bands = melFeatures(aligned.clip, format, fft).map((value, i) =>
    i % format.melBands < valid ? value : 0,
  );
  if (!format.tracks) return { ...aligned, features: bands };
  return { ...aligned, features: interleave(bands, trackFeatures(aligned.clip, format), format) };
}

/** How much silence a written clip keeps on each side of its word, and the fades inside that silence. */
const keptSilenceSeconds: Seconds = 0.02;
const silenceFadeSeconds: Seconds = 0.01;

/**
 * Cuts a rendered clip to its word and 20 ms on each side, faded in and out over the outer 10 ms.
 * @returns a new array; a single silent sample when nothing can be heard, because a WAV cannot be empty
 */
export function trimClip(samples: Float32Array, sampleRate: Hertz): Float32Array {
  const span = findSpeech(samples, sampleRate);
  if (span.end === span.start) return new Float32Array(1);
  const margin = Math.round(keptSilenceSeconds * sampleRate);
  const trimmed = new Float32Array(span.end - span.start + 2 * margin);
  for (let i = 0; i < trimmed.length; i++) trimmed[i] = samples[span.start - margin + i] ?? 0;
  const fade = Math.round(silenceFadeSeconds * sampleRate);
  fadeIn(trimmed, 0, fade);
  fadeOut(trimmed, trimmed.length, fade);
  return trimmed;
}

/** Half a raised cosine: no corner at either end, so no click. */
function fadeGain(position: number): number {
  return 0.5 - 0.5 * Math.cos(Math.PI * position);
}

function fadeIn(samples: Float32Array, from: Samples, length: Samples): void {
  for (let i = 0; i < length; i++) samples[from + i] *= fadeGain((i + 0.5) / length);
}

function fadeOut(samples: Float32Array, to: Samples, length: Samples): void {
  for (let i = 0; i < length; i++) samples[to - 1 - i] *= fadeGain((i + 0.5) / length);
}

/** Converters with an offset would put it into the lowest mel band, and into the peak. */
function withoutMean(samples: Float32Array): Float32Array {
  const mean = samples.reduce((sum, value) => sum + value, 0) / samples.length;
  return samples.map((value) => value - mean);
}

function scaleToPeak(samples: Float32Array, peak: number): void {
  const loudest = samples.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (loudest === 0) return;
  for (let i = 0; i < samples.length; i++) samples[i] *= peak / loudest;
}
