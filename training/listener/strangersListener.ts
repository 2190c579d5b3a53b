// A bundle's listener for people whom nobody trained on: it says "none" to what is no digit, and its confidence is calibrated.
import { createHash } from 'node:crypto';
import { Float16Array } from '@petamoriken/float16';
import type { SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import { listen, listenerInput } from '../../src/model/listener.ts';
import type { ListenerShape } from '../../src/model/manifest.ts';
import { noDigit } from '../../src/model/nodeListener.ts';
import { listenerShapes } from '../../src/model/shapes.ts';
import type { Take } from '../corpus/takes.ts';
import type { Recogniser } from './trainEar.ts';

/** One in so many speakers, or takes of those who say much, is kept back to calibrate by. */
const validationShare = 8;
/** Speakers with more takes than this are split by take. */
const manyTakes = 40;
/** Of the digits kept back, so many are to be kept by the choice of how readily it says "none". */
const keptShare = 0.965;

/** The digit head of a listener that knows what is none. */
export const digitHead = {
  name: 'digit',
  labels: [...Array.from({ length: digitCount }, (_, d) => String(d)), noDigit],
};

/** The listener as something to train. */
export function recogniserOfListener(format: SpectrogramFormat, shape: ListenerShape): Recogniser {
  return {
    format,
    shapes: listenerShapes(format, shape),
    lastConvolution: `listener.conv${shape.filters.length - 1}`,
    labels: shape.heads.map(({ labels }) => labels.length),
    input: (features) => listenerInput(features, format, shape),
    logits: (weights, input, after) => [...listen(shape, weights, input, after).logits.values()],
  };
}

/** Whether a training take is kept back: whole speakers of those who say little, by the SHA-1 of their names, else every eighth take. */
export function isKeptBack(takes: readonly Take[]): boolean[] {
  const counts = new Map<string, number>();
  for (const { speaker } of takes) counts.set(speaker, (counts.get(speaker) ?? 0) + 1);
  return takes.map(({ speaker, take }) => {
    if ((counts.get(speaker) ?? 0) > manyTakes) return take % validationShare === validationShare - 1;
    return createHash('sha1').update(speaker).digest()[0] % validationShare === 0;
  });
}

/** How logits become probabilities: divided by a temperature, with something added to that of "none". */
export interface Calibration {
  readonly temperature: number;
  readonly noneBias: number;
}

/**
 * The calibration by which the likelihood of what was said is greatest (Guo et al. 2017), "none" being as ready as lets 96.5 % of the
 * digits pass.
 * @param logits rows of 11
 * @param said 0-9, 10 for what is no digit
 */
export function calibrate(logits: readonly Float32Array[], said: readonly number[]): Calibration {
  const margins = logits
    .flatMap((row, i) =>
      said[i] < digitCount ? [Math.max(...row.subarray(0, digitCount)) - row[digitCount]] : [],
    )
    .sort((a, b) => a - b);
  const noneBias = margins[Math.floor((1 - keptShare) * margins.length)] ?? 0;
  let best = { temperature: 1, cost: Infinity };
  for (let step = -30; step <= 30; step++) {
    const temperature = Math.exp(step / 20);
    const cost = logits.reduce((sum, row, i) => {
      const scores = Array.from(row, (value, k) => (value + (k === digitCount ? noneBias : 0)) / temperature);
      const most = Math.max(...scores);
      return sum + most + Math.log(scores.reduce((a, b) => a + Math.exp(b - most), 0)) - scores[said[i]];
    }, 0);
    if (cost < best.cost) best = { temperature, cost };
  }
  return { temperature: best.temperature, noneBias };
}

/** The tensors of a listener whose digit head has the calibration in it: nobody who hears with it needs to know of it. */
export function calibrated(
  tensors: ReadonlyMap<string, Float32Array>,
  { temperature, noneBias }: Calibration,
): Map<string, Float32Array> {
  const scaled = (name: string, change: (value: number, i: number) => number): [string, Float32Array] => {
    const values = tensors.get(name);
    if (!values) throw new Error(`a listener has no tensor ${name}`);
    return [name, Float32Array.from(Float16Array.from(values, change))];
  };
  return new Map([
    ...tensors,
    scaled('listener.digit.kernel', (value) => value / temperature),
    scaled(
      'listener.digit.bias',
      (value, i) => (value + (i % (digitCount + 1) === digitCount ? noneBias : 0)) / temperature,
    ),
  ]);
}

/**
 * Expected calibration error: the distance between confidence and share heard right, over ten bins of confidence weighed by their words.
 * @param confidences 0..1
 */
export function calibrationError(confidences: readonly number[], isRight: readonly boolean[]): number {
  const bins = Array.from({ length: 10 }, () => ({ right: 0, confidence: 0 }));
  confidences.forEach((confidence, i) => {
    const bin = bins[Math.min(9, Math.floor(10 * confidence))];
    bin.confidence += confidence;
    if (isRight[i]) bin.right++;
  });
  return (
    bins.reduce((sum, { right, confidence }) => sum + Math.abs(right - confidence), 0) /
    Math.max(1, confidences.length)
  );
}
