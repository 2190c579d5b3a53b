// Where the word lies in a recording: block energies against a threshold that knows noise from weak fricatives.
import { requireNumber } from '../contract/errors.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';

/** A half-open stretch of samples, [start, end). */
export interface Span {
  readonly start: Samples;
  readonly end: Samples;
}

/** Length and spacing of the energy measurements. */
const blockSeconds: Seconds = 0.01;
const strideSeconds: Seconds = 0.0025;
/** Bounds of the speech threshold below the loudest block, where the take's noise cannot be told from its speech. */
const lowestThresholdDb = -40;
const highestThresholdDb = -32;
/** The same where an edge of the take is steady noise: then the threshold follows the noise this far up. */
const noisyThresholdDb = -8;
/**
 * How far over the noise speech must be. The level of a 10 ms block of white noise at 8 kHz strays by 0.7 dB (standard
 * deviation), at most about 3 dB in a take; rooms are less steady.
 */
const aboveNoiseDb = 6;
/** An edge is steady noise when this much of it is: no sound of a digit stays level as long. */
const edgeSeconds: Seconds = 0.25;
const steadyDb = 5;
/** Sounds apart from the loudest by a longer pause than this are no part of the word: breath, the next word, a thump. */
const pauseSeconds: Seconds = 0.3;
/**
 * A sound shorter than `clickSeconds` and apart from the word is a click, not a part of it. No digit starts with a burst
 * that a pause follows, but "eight" and "six" end with one: the closure before it lasts up to 0.12 s.
 */
const clickSeconds: Seconds = 0.02;
const headGapSeconds: Seconds = 0.04;
const tailGapSeconds: Seconds = 0.15;

/**
 * The stretch of a recording that holds speech.
 *
 * Energy is measured in 10 ms blocks of the first difference of the samples, which takes out hum and lifts the weak
 * fricatives of "four", "three" and "six" towards the vowels. A block is speech when it is over a threshold that
 * lies 6 dB over the noise (the take's quietest twentieth), but between 40 and 32 dB below the loudest block: a take
 * that was cut tightly has no noise to measure, and its weak fricatives must not be taken for it. Where an edge
 * is steady for long and as quiet as anything in the take, it is noise whatever its level, and the threshold follows it.
 * @returns an empty span when the recording is silent
 */
export function findSpeech(samples: Float32Array, sampleRate: Hertz): Span {
  requireNumber('sampleRate', sampleRate, 1000, 768000);
  const block = Math.max(1, Math.round(blockSeconds * sampleRate));
  const stride = Math.max(1, Math.round(strideSeconds * sampleRate));
  const levels = blockLevelsDb(samples, block, stride);
  const loudest = levels.reduce((a, b) => Math.max(a, b), -Infinity);
  if (loudest === -Infinity) return { start: 0, end: 0 };
  const threshold = loudest + thresholdDb(levels.map((level) => level - loudest));
  const runs = withoutClicks(oneWord(speechRuns(levels, threshold), levels));
  const first = runs[0].start;
  const last = runs[runs.length - 1].end - 1;
  return { start: first * stride, end: Math.min(samples.length, last * stride + block) };
}

/** Level of each block's first difference in dB; -Infinity for exact silence. */
function blockLevelsDb(samples: Float32Array, block: Samples, stride: Samples): Float64Array {
  const count = Math.max(1, Math.ceil((samples.length - block) / stride) + 1);
  const levels = new Float64Array(count);
  for (let b = 0; b < count; b++) {
    let energy = 0;
    for (let i = Math.max(1, b * stride); i < Math.min(samples.length, b * stride + block); i++) {
      const difference = samples[i] - samples[i - 1];
      energy += difference * difference;
    }
    levels[b] = 10 * Math.log10(energy);
  }
  return levels;
}

/** Threshold in dB below the loudest block, from levels relative to it. */
function thresholdDb(levels: Float64Array): number {
  const floor = quantile(levels, 0.05);
  const edge = Math.round(edgeSeconds / strideSeconds);
  const head = levels.slice(0, edge);
  const tail = levels.slice(-edge);
  const isNoise = (part: Float64Array): boolean =>
    levels.length > 2 * edge &&
    quantile(part, 0.95) - quantile(part, 0.05) < steadyDb &&
    quantile(part, 0.5) - floor < steadyDb / 2;
  const highest = isNoise(head) || isNoise(tail) ? noisyThresholdDb : highestThresholdDb;
  return Math.min(highest, Math.max(lowestThresholdDb, floor + aboveNoiseDb));
}

function quantile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  return sorted[Math.floor(share * (sorted.length - 1))];
}

/** Runs of blocks over the threshold, as spans of block indices. */
function speechRuns(levels: Float64Array, threshold: number): Span[] {
  const runs: Span[] = [];
  let start = -1;
  for (let b = 0; b <= levels.length; b++) {
    const isSpeech = b < levels.length && levels[b] >= threshold;
    if (isSpeech && start < 0) start = b;
    if (!isSpeech && start >= 0) {
      runs.push({ start, end: b });
      start = -1;
    }
  }
  return runs;
}

/** The run of the loudest block and what follows or precedes it without a long pause. */
function oneWord(runs: readonly Span[], levels: Float64Array): readonly Span[] {
  const pause = pauseSeconds / strideSeconds;
  const loudest = levels.reduce((best, level, b) => (level > levels[best] ? b : best), 0);
  let from = runs.findIndex((run) => loudest < run.end);
  let to = from + 1;
  while (from > 0 && runs[from].start - runs[from - 1].end < pause) from--;
  while (to < runs.length && runs[to].start - runs[to - 1].end < pause) to++;
  return runs.slice(from, to);
}

/** Drops clicks from both ends, never the last run that is left. */
function withoutClicks(runs: readonly Span[]): readonly Span[] {
  // A click of no length at all fills every block that touches it.
  const click = (blockSeconds + clickSeconds) / strideSeconds;
  const headGap = (headGapSeconds - blockSeconds) / strideSeconds;
  const tailGap = (tailGapSeconds - blockSeconds) / strideSeconds;
  let from = 0;
  let to = runs.length;
  const isClick = (run: Span): boolean => run.end - run.start <= click;
  while (to - from > 1 && isClick(runs[from]) && runs[from + 1].start - runs[from].end >= headGap) from++;
  while (to - from > 1 && isClick(runs[to - 1]) && runs[to - 1].start - runs[to - 2].end >= tailGap) to--;
  return runs.slice(from, to);
}
