// Where recordings are placed: encoder and listener decide together, the encoder alone where there is no listener.
import { expect, test } from 'vitest';
import type { Listener } from '../../src/model/nodeListener.ts';
import type { NodeModel } from '../../src/model/nodeModel.ts';
import { placeRecordings } from '../../src/model/recordings.ts';
import { smallManifest } from '../helpers/manifest.ts';

/** Ten probabilities: those given, and the rest evenly. */
function shares(given: Readonly<Record<number, number>>): Float32Array {
  const rest = 1 - Object.values(given).reduce((a, b) => a + b, 0);
  const others = 10 - Object.keys(given).length;
  return Float32Array.from({ length: 10 }, (_, d) => given[d] ?? rest / others);
}

/** A model whose encoder says the same of every word, and whose player's style is the latent one and the digit's sum. */
function modelSaying(digitProbabilities: Float32Array): NodeModel {
  const encoding = { latent: Float32Array.of(1, 2), logVariance: new Float32Array(2), digitProbabilities };
  return {
    bundle: {
      manifest: smallManifest(),
      identity: { name: 'small', weightsHash: null },
      tensors: new Map(),
    },
    priorMap: {
      toLatent: (_, u) => Float32Array.from(u),
      toPlayer: (point, z) => Float32Array.from(z, (value) => value + point[0]),
    },
    encode: (features) => Promise.resolve(features.map(() => encoding)),
    decode: () => Promise.reject(new Error('nothing is decoded')),
    dispose: () => undefined,
  };
}

function listenerSaying(probabilities: Float32Array): Listener {
  const confidence = Math.max(...probabilities);
  const digit = { label: String(probabilities.indexOf(confidence)), confidence, probabilities };
  return {
    heads: [{ name: 'digit', labels: Array.from({ length: 10 }, (_, d) => String(d)) }],
    hear: (features) => Promise.resolve(features.map(() => ({ digit }))),
    dispose: () => undefined,
  };
}

const word = new Float32Array(4);

test("the listener decides a tie of the encoder's, and the style is that of the digit decided on", async () => {
  const model = modelSaying(shares({ 3: 0.45, 8: 0.45 }));
  const listener = listenerSaying(shares({ 8: 0.6, 3: 0.2 }));
  const [first, second] = await placeRecordings(model, listener, [word, word]);
  expect(first.digit).toBe(8);
  expect(first.confidence).toBeGreaterThan(0.7);
  expect(Array.from(first.point.digit)).toEqual([8]);
  expect(Array.from(first.point.style)).toEqual([9, 10]);
  expect(second).toEqual(first);
});

test('a sure encoder outweighs an unsure listener, and the other way round', async () => {
  const doubt = shares({ 1: 0.55, 9: 0.4 });
  const sure = shares({ 9: 0.98 });
  expect((await placeRecordings(modelSaying(sure), listenerSaying(doubt), [word]))[0].digit).toBe(9);
  expect((await placeRecordings(modelSaying(doubt), listenerSaying(sure), [word]))[0].digit).toBe(9);
});

test('without a listener the encoder decides alone, by its own probability', async () => {
  const [place] = await placeRecordings(modelSaying(shares({ 3: 0.5, 8: 0.4 })), undefined, [word]);
  expect(place.digit).toBe(3);
  expect(place.confidence).toBeCloseTo(0.5, 5);
});

test('two that exclude each other leave no confidence, and no number that is none', async () => {
  const only = (digit: number) => Float32Array.from({ length: 10 }, (_, d) => (d === digit ? 1 : 0));
  const [place] = await placeRecordings(modelSaying(only(1)), listenerSaying(only(2)), [word]);
  expect(place.confidence).toBe(0);
  expect(await placeRecordings(modelSaying(only(1)), undefined, [])).toEqual([]);
});

test('two that differ say so, each with what it heard and how surely; the digit can be told', async () => {
  const model = modelSaying(shares({ 3: 0.7 }));
  const listener = listenerSaying(shares({ 8: 0.6, 3: 0.3 }));
  const [place] = await placeRecordings(model, listener, [word]);
  expect(place.digit).toBe(3);
  expect(place.doubt?.encoder.digit).toBe(3);
  expect(place.doubt?.encoder.confidence).toBeCloseTo(0.7, 5);
  expect(place.doubt?.listener.digit).toBe(8);
  expect(place.doubt?.listener.confidence).toBeCloseTo(0.6, 5);
  const [told] = await placeRecordings(model, listener, [word], 8);
  expect(told.digit).toBe(8);
  expect(Array.from(told.point.digit)).toEqual([8]);
  expect(told.confidence).toBeLessThan(place.confidence);
  const [agreed] = await placeRecordings(model, listenerSaying(shares({ 3: 0.4 })), [word]);
  expect(agreed.doubt).toBeUndefined();
});
