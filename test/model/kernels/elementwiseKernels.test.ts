// Rectifier, sums, means, clones and casts of our kernels against the cpu backend.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initWasmBackend } from '../../../src/model/kernels/nodeWasm.ts';
import { noise, worstDifference } from '../../helpers/backends.ts';

const tolerance = 1e-5;

beforeAll(initWasmBackend);

describe('leakyRelu', () => {
  it.each([1, 3, 4, 1027])('agrees with cpu over %i values, with its gradient', async (length) => {
    const difference = await worstDifference(() => {
      const x = noise<tf.Rank.R1>([length], 1);
      const weights = noise<tf.Rank.R1>([length], 2);
      const gradient = tf.grad((v) => tf.sum(tf.mul(weights, tf.leakyRelu(v, 0.3))))(x);
      return [tf.leakyRelu(x, 0.3), gradient];
    });
    expect(difference).toBeLessThan(tolerance);
  });

  it('passes slope times the gradient at exactly zero', () => {
    const gradient = tf.grad((v) => tf.sum(tf.leakyRelu(v, 0.25)))(tf.zeros([5]));
    expect([...gradient.dataSync()]).toEqual([0.25, 0.25, 0.25, 0.25, 0.25]);
  });
});

describe.each([
  ['sum', tf.sum],
  ['mean', tf.mean],
])('%s', (_name, reduce) => {
  it.each([
    ['all', undefined],
    ['the leading three', [0, 1, 2]],
    ['the last', [3]],
    ['the last from behind', [-1]],
    ['the trailing two', [2, 3]],
    ['the middle, left to the stock kernel', [1, 2]],
    ['none', []],
  ])('agrees with cpu over %s axes', async (_axes, axes) => {
    for (const keepDims of [false, true]) {
      for (const channels of [1, 5, 16, 37]) {
        const difference = await worstDifference(() => [
          reduce(noise([3, 6, 5, channels], 1), axes, keepDims),
        ]);
        expect(difference, `${channels} channels`).toBeLessThan(tolerance);
      }
    }
  });

  it('keeps float32 accuracy over a million values', () => {
    const value = 0.1;
    const x = tf.fill([1_000_000], value);
    const expected = reduce === tf.sum ? 1e6 * Math.fround(value) : Math.fround(value);
    expect(Math.abs(reduce(x).dataSync()[0] / expected - 1)).toBeLessThan(1e-5);
    expect(
      Math.abs(
        (reduce(tf.reshape(x, [62_500, 16]), 0).dataSync()[3] * (reduce === tf.sum ? 16 : 1)) / expected - 1,
      ),
    ).toBeLessThan(1e-5);
    x.dispose();
  });
});

it('sums whole numbers by the stock kernel', () => {
  expect([...tf.sum(tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32'), 0).dataSync()]).toEqual([4, 6]);
});

it('keeps the data of a clone when the original goes, and the other way round', () => {
  const original = tf.tensor1d([1, 2, 3]);
  const copy = original.clone();
  original.dispose();
  expect([...copy.dataSync()]).toEqual([1, 2, 3]);
  const cast = tf.cast(copy, 'float32');
  copy.dispose();
  expect([...cast.dataSync()]).toEqual([1, 2, 3]);
  cast.dispose();
});

it('does not change a kept clone when its variable is assigned anew', () => {
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const before = variable.clone();
  variable.assign(tf.tensor1d([5, 6]));
  expect([...before.dataSync()]).toEqual([1, 2]);
  expect([...variable.dataSync()]).toEqual([5, 6]);
  tf.dispose([variable, before]);
});
