// Ears end to end on synthesised words: they learn, are written and read back alike, and a loss can follow them to the features.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wideFormat } from '../../../src/contract/spectrogram.ts';
import { Random } from '../../../src/dsp/random.ts';
import { ears, earScheduleSchema, judges } from '../../../training/listener/earConfig.ts';
import { earShapes } from '../../../training/listener/earNetwork.ts';
import { openEar, readEar, recogniserOf, writeEar } from '../../../training/listener/openEar.ts';
import { trainRecogniser, type EarTake } from '../../../training/listener/trainEar.ts';
import { initTrainingBackend } from '../../../training/optimise/backend.ts';

const { frames, melBands } = wideFormat;
const folder = mkdtempSync(join(tmpdir(), 'numvox-ears-'));
beforeAll(async () => {
  await initTrainingBackend();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Ten "words": a band of energy of its own that rises or falls. */
function word(digit: number, random: Random): Float32Array {
  const features = new Float32Array(frames * melBands);
  for (let m = 2; m < 30; m++) {
    const centre = 6 + 6 * digit + (digit % 2 ? m / 8 : -m / 8);
    for (let b = 0; b < melBands; b++) {
      features[m * melBands + b] = 0.8 * Math.exp(-(((b - centre) / 3) ** 2)) + 0.02 * random.uniform();
    }
  }
  return features;
}

function words(count: number, seed: number): EarTake[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => ({
    features: word(i % 10, random),
    validBands: melBands,
    labels: [i % 10],
    isSynthetic: i % 3 === 0,
  }));
}

test('an ear learns words, hears others of their kind, and is the same read back', async () => {
  const shape = { ...ears['lossNarrow'].shape, units: 16, reach: 96 };
  const tensors = tf.memory().numTensors;
  const training = {
    recogniser: recogniserOf(shape),
    schedule: earScheduleSchema.parse({ epochs: 4, draws: 200, batch: 20, strength: 0.2 }),
    takes: words(60, 1),
    seed: 1,
  };
  const trained = { shape, tensors: await trainRecogniser(training) };
  expect(tf.memory().numTensors).toBe(tensors);
  const file = join(folder, 'ear.json.gz');
  writeEar(file, trained, { name: 'ear' });
  const [ear, again] = [openEar(trained), openEar(readEar(file))];
  const unseen = words(40, 2);
  const heard = await ear.hear(unseen.map(({ features }) => features));
  const right = heard.filter((row, i) => row.indexOf(Math.max(...row)) === unseen[i].labels[0]).length;
  expect(right).toBeGreaterThan(35);
  expect(await again.hear([unseen[3].features])).toEqual([heard[3]]);
  ear.dispose();
  again.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
});

test.each(Object.entries(ears))('a loss follows the ear %s to the features', async (_, { shape }) => {
  const random = new Random(3);
  const tensors = new Map(
    [...earShapes(shape)].map(([name, dims]) => [
      name,
      Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => 0.1 * random.normal()),
    ]),
  );
  // Half precision and base64: what a judge weighs in the repository.
  const weight = [...tensors.values()].reduce((sum, { length }) => sum + 2 * length, 0);
  expect(weight).toBeLessThan(400_000);
  const ear = openEar({ shape, tensors });
  const features = tf.tensor3d(word(4, random), [1, frames, melBands]);
  const slope = tf.grad((x: tf.Tensor) => tf.sum(ear.listen(x as tf.Tensor3D).logits.square()))(features);
  const values = await slope.data();
  expect(values.every(Number.isFinite)).toBe(true);
  const at = (band: number): number => Math.abs(values[10 * melBands + band]);
  expect(at(30)).toBeGreaterThan(0);
  // What lies above its reach does not concern it.
  expect(at(95) > 0).toBe(shape.reach === 96);
  tf.dispose([features, slope]);
  ear.dispose();
});

test('no judge hears a corpus that the other learns from', () => {
  const [own, strangers] = judges.map((name) => ears[name].corpora);
  expect(own.filter((corpus) => strangers.includes(corpus))).toEqual([]);
});

test('a damaged file and a missing one are refused by name', () => {
  const file = join(folder, 'damaged.json.gz');
  writeFileSync(file, gzipSync('{"shape": {}}'));
  expect(() => readEar(file)).toThrow(/damaged\.json\.gz holds no ear.*npm run train:ears/s);
  expect(() => readEar(join(folder, 'none.json.gz'))).toThrow(/none\.json\.gz holds no ear/);
});
