// Where the word lies in a recording: trimming, alignment to a clip's onset, and the silence round written clips.
import { requireNumber } from '../contract/errors.ts';
import { clipSamples, type SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';

/** A half-open stretch of samples, [start, end). */
export interface Span {
  readonly start: Samples;
  readonly end: Samples;
}

/** Length and spacing of the energy measurements. */
const blockSeconds: Seconds = 0.01;
const strideSeconds: Seconds = 0.0025;
/** Silence may lie this far below the loudest block, or nearer when the recording is noisy. */
const quietestDb = -44;
const noisiestDb = -26;
const aboveNoiseDb = 8;
/** Blocks at the start and the end of the take among which its noise is looked for. */
const edgeSeconds: Seconds = 0.05;
/** A sound shorter than this, apart from the word by a longer gap than `gapSeconds`, is a click, not a part of it. */
const clickSeconds: Seconds = 0.03;
const gapSeconds: Seconds = 0.12;

/**
 * The stretch of a recording that holds speech.
 *
 * Energy is measured in 10 ms blocks of the first difference of the samples, which takes out hum and lifts the weak
 * fricatives of "four", "three" and "six" towards the vowels (pre-emphasis, as in Rabiner & Sambur 1975). A block is
 * speech when it is over a threshold between 44 and 26 dB below the loudest block: 8 dB over the quieter of the take's two
 * edges, which are noise where the take has any silence.
 * @returns the whole recording when all of it is equally loud, an empty span when it is silent
 */
export function findSpeech(samples: Float32Array, sampleRate: Hertz): Span {
  requireNumber('sampleRate', sampleRate, 1000, 768000);
  const block = Math.max(1, Math.round(blockSeconds * sampleRate));
  const stride = Math.max(1, Math.round(strideSeconds * sampleRate));
  const levels = blockLevelsDb(samples, block, stride);
  let loudest = -Infinity;
  for (const level of levels) loudest = Math.max(loudest, level);
  if (loudest === -Infinity) return { start: 0, end: 0 };
  const edge = Math.max(1, Math.round(edgeSeconds / strideSeconds));
  const noise = Math.min(median(levels.slice(0, edge)), median(levels.slice(-edge)));
  const threshold = loudest + Math.min(noisiestDb, Math.max(quietestDb, noise - loudest + aboveNoiseDb));
  const { first, last } = outline(levels, threshold);
  return { start: first * stride, end: Math.min(samples.length, last * stride + block) };
}
