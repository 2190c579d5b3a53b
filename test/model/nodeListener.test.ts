// The listener in Node: what it says is a distribution, follows from the bands alone, and leaves no tensors behind.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { InputError } from '../../src/contract/errors.ts';
import { defaultTracks, featureOfMagnitude, frameValues } from '../../src/contract/spectrogram.ts';
import { Random } from '../../src/dsp/random.ts';
import { initWasmBackend } from '../../src/model/kernels/nodeWasm.ts';
import { listenerInput } from '../../src/model/listener.ts';
import { openListener, packBands } from '../../src/model/nodeListener.ts';
import { tinyBundle, tinyListener, tinyManifestVersion1 } from '../helpers/bundle.ts';

beforeAll(async () => {
  await initWasmBackend();
});

const manifest = { ...tinyManifestVersion1(), listener: tinyListener };
const { format } = manifest;

function words(count: number, seed = 1): Float32Array[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: format.frames * format.melBands }, () => random.uniform()),
  );
}

test('each head names its most likely label and gives probabilities', async () => {
  const listener = openListener(tinyBundle(manifest));
  const hearings = await listener.hear(words(60));
  expect(hearings).toHaveLength(60);
  for (const hearing of hearings) {
    expect(Object.keys(hearing)).toEqual(['digit', 'speaker', 'gender']);
    for (const { name, labels } of listener.heads) {
      const { label, confidence, probabilities } = hearing[name];
      expect(probabilities).toHaveLength(labels.length);
      expect(probabilities.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
      expect(confidence).toBe(Math.max(...probabilities));
      expect(label).toBe(labels[probabilities.indexOf(confidence)]);
    }
  }
  expect(new Set(hearings.map(({ digit }) => digit.confidence)).size).toBeGreaterThan(50);
  listener.dispose();
});

test('a word is heard alike alone and among others, and nothing is as good as an answer for no words', async () => {
  const listener = openListener(tinyBundle(manifest));
  const many = words(51);
  const among = await listener.hear(many);
  const [alone] = await listener.hear([many[50]]);
  alone.digit.probabilities.forEach((p, i) => expect(p).toBeCloseTo(among[50].digit.probabilities[i], 5));
  expect(await listener.hear([])).toEqual([]);
  listener.dispose();
});

test('tracks beside the bands change nothing', async () => {
  const bundle = tinyBundle(manifest);
  const tracked = { ...format, tracks: defaultTracks };
  const values = frameValues(tracked);
  const [plain] = words(1);
  const wide = new Float32Array(format.frames * values).fill(0.7);
  for (let m = 0; m < format.frames; m++) {
    wide.set(plain.subarray(m * format.melBands, (m + 1) * format.melBands), m * values);
  }
  expect(packBands([wide, wide], tracked)).toEqual(Float32Array.of(...plain, ...plain));
  const withTracks = openListener({ ...bundle, manifest: { ...manifest, format: tracked } });
  const without = openListener(bundle);
  expect(await withTracks.hear([wide])).toEqual(await without.hear([plain]));
  await expect(withTracks.hear([plain])).rejects.toThrow(/features must have 336 numbers, got 256/);
  withTracks.dispose();
  without.dispose();
});

test('the input averages magnitudes of neighbouring bands under the higher floor', () => {
  const magnitudes = [0.002, 0.006, 0.1, 0.3];
  const features = new Float32Array(format.frames * format.melBands);
  magnitudes.forEach((magnitude, b) => (features[b] = featureOfMagnitude(magnitude, format)));
  const input = tf.tidy(() =>
    listenerInput(
      tf.tensor3d(features, [1, format.frames, format.melBands]),
      format,
      tinyListener,
    ).dataSync(),
  );
  const high = { ...format, floor: tinyListener.floor };
  expect(input[0]).toBeCloseTo(featureOfMagnitude(0.004, high), 4);
  expect(input[1]).toBeCloseTo(featureOfMagnitude(0.2, high), 4);
  expect(input[2]).toBe(0);
});

test('no tensor is left behind', async () => {
  const before = tf.memory().numTensors;
  const listener = openListener(tinyBundle(manifest));
  const open = tf.memory().numTensors;
  await listener.hear(words(3));
  expect(tf.memory().numTensors).toBe(open);
  listener.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test('a bundle without a listener is refused with what to do', () => {
  const deaf = { ...manifest, listener: undefined };
  expect(() => openListener({ manifest: deaf, tensors: new Map() })).toThrow(InputError);
  expect(() => openListener({ manifest: deaf, tensors: new Map() })).toThrow(
    /the model tiny has no listener; train it again/,
  );
});
