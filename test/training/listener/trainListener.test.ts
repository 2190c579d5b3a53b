// Training a listener, end to end on a small synthesised corpus: it learns, from labelled takes alone, and repeats itself.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { defaultFormat } from '../../../src/contract/spectrogram.ts';
import { Random } from '../../../src/dsp/random.ts';
import { listenerShapes } from '../../../src/model/shapes.ts';
import { initTrainingBackend } from '../../../training/optimise/backend.ts';
import type { LabelledFeatures } from '../../../training/listener/confusion.ts';
import { openCorpus } from '../../../training/corpus/corpus.ts';
import { listenerConfigSchema } from '../../../training/listener/listenerConfig.ts';
import { trainListener, type ListenerOptions } from '../../../training/listener/trainListener.ts';
import { ListenerStep, listenerLayout } from '../../../training/listener/listenerStep.ts';
import { initialise } from '../../../training/optimise/flatParameters.ts';
import { prepareCorpus } from '../../../training/corpus/prepare.ts';
import { writeSyntheticCorpus } from '../../helpers/syntheticCorpus.ts';

const format = { ...defaultFormat, melBands: 40, frames: 32 };
const small = { bands: 20, filters: [8, 16, 24], units: 24, peakRate: 5, headWeight: 0.7 };
let folder = '';
let train: LabelledFeatures;
let held: LabelledFeatures;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'numvox-listener-'));
  // Of AudioMNIST's official test speakers, three are among 18: two men and a woman.
  writeSyntheticCorpus(folder, { layout: 'audiomnist', speakers: 18, takes: 1, seed: 1 });
  const corpus = openCorpus(folder);
  const prepared = await prepareCorpus(corpus, format);
  const size = format.frames * format.melBands;
  const side = (split: string): LabelledFeatures => {
    const indices = [...corpus.takes.keys()].filter((i) => corpus.takes[i].split === split);
    return {
      features: indices.map((i) => prepared.features.subarray(i * size, (i + 1) * size)),
      takes: indices.map((i) => corpus.takes[i]),
    };
  };
  train = side('train');
  held = side('test');
  await initTrainingBackend();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function options(more: object, rest: Partial<ListenerOptions> = {}): ListenerOptions {
  const config = listenerConfigSchema.parse({ ...small, ...more });
  return { format, train, test: held, config, seed: 1, ...rest };
}

test('it learns digits, speakers, gender and age, and hears them of speakers it never met', async () => {
  const tensors = tf.memory().numTensors;
  const lines: string[] = [];
  const trained = await trainListener(options({ epochs: 40 }, { say: (line) => lines.push(line) }));
  expect(tf.memory().numTensors).toBe(tensors);
  if (!trained) throw new Error('training stopped by itself');
  const { shape, figures } = trained;
  expect(shape.heads.map(({ name }) => name)).toEqual(['digit', 'speaker', 'gender', 'age']);
  expect(shape.heads[3].labels).toEqual(['20s', '40s', '60s']);
  expect(figures.train.digit).toBeGreaterThan(0.97);
  // 15 speakers who differ in little else than pitch and tract.
  expect(figures.train.speaker).toBeGreaterThan(0.25);
  expect(figures.test.digit).toBeGreaterThan(0.9);
  // Two thirds of the held-out takes are of men: naming one gender always gives no more than that.
  expect(figures.test.gender).toBeGreaterThan(0.85);
  expect(figures.test.age).toBeGreaterThan(0.45);
  // Every held-out speaker is unknown to the speaker head.
  expect(Object.keys(figures.test)).toEqual(['digit', 'gender', 'age']);
  expect(lines[0]).toMatch(/^listener: 150 takes and \d+ of them through the vocoder; names digit \(10\)/);
  expect(lines).toHaveLength(41);
  for (const [name, dims] of listenerShapes(format, shape)) {
    const values = trained.tensors.get(name);
    expect(values).toHaveLength(dims.reduce((a, b) => a * b, 1));
    expect(values?.every(Number.isFinite)).toBe(true);
  }
});

test('the same seed gives the same listener, another seed another', async () => {
  const short = { epochs: 1, vocoderShare: 0.1 };
  const weights = async (seed: number): Promise<Float32Array | undefined> =>
    (await trainListener(options(short, { seed })))?.tensors.get('listener.dense.kernel');
  const first = await weights(1);
  expect(first).toBeDefined();
  expect(await weights(1)).toEqual(first);
  expect(await weights(2)).not.toEqual(first);
});

test('an unknown label pulls at nothing', async () => {
  const { config } = options({ dropout: 0 });
  const heads = [
    { name: 'digit', labels: Array.from({ length: 10 }, (_, d) => String(d)) },
    { name: 'gender', labels: ['female', 'male'] },
  ];
  const listener = { ...small, floor: 1e-3, leak: 0.2, heads };
  const layout = listenerLayout(format, listener);
  const parameters = new Float32Array(layout.length);
  const statistics = new Float32Array(layout.statisticsLength);
  initialise(layout, parameters, statistics, new Random(1));
  const step = new ListenerStep(format, listener, layout, config);
  const features = Float32Array.of(...train.features[0], ...train.features[40]);
  const gradientOf = async (gender: number[]): Promise<{ loss: number; gender: Float32Array }> => {
    const gradient = new Float32Array(layout.length);
    const labels = [Int16Array.of(3, 7), Int16Array.from(gender)];
    const loss = await step.gradient({ features, labels }, parameters, new Random(1), gradient, statistics);
    const slot = layout.slots.find(({ name }) => name === 'listener.gender.kernel');
    const { offset, length } = slot ?? { offset: 0, length: 0 };
    return { loss, gender: gradient.slice(offset, offset + length) };
  };
  const none = await gradientOf([-1, -1]);
  const both = await gradientOf([0, 1]);
  expect(none.gender.every((value) => value === 0)).toBe(true);
  expect(both.gender.some((value) => value !== 0)).toBe(true);
  expect(both.loss).toBeGreaterThan(none.loss);
  step.dispose();
});

test('it stops when asked and leaves nothing behind', async () => {
  const tensors = tf.memory().numTensors;
  const abort = new AbortController();
  abort.abort();
  const stopped = await trainListener(options({ vocoderShare: 0 }, { signal: abort.signal }));
  expect(stopped).toBeNull();
  expect(tf.memory().numTensors).toBe(tensors);
});

test('bands that do not divide the format are refused by name', async () => {
  await expect(trainListener(options({ bands: 24 }))).rejects.toThrow(InputError);
  await expect(trainListener(options({ bands: 24 }))).rejects.toThrow(
    /listener\.bands must divide melBands; 24 does not divide 40/,
  );
});
