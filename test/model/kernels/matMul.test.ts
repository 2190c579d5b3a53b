// Matrix products of our kernels, all transpositions and batches, against the cpu backend.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initWasmBackend } from '../../../src/model/kernels/nodeWasm.ts';
import { noise, worstDifference } from '../../helpers/backends.ts';

const tolerance = 1e-5;

beforeAll(initWasmBackend);

describe.each([
  [false, false],
  [false, true],
  [true, false],
  [true, true],
])('transposed left %s, right %s', (left, right) => {
  it.each([
    [1, 1, 1],
    [1, 40, 32],
    [5, 7, 3],
    [33, 20, 300],
    [4, 8, 512],
    [6, 131, 70],
  ])('agrees with cpu at %i x %i, %i deep, with gradients', async (m, n, k) => {
    const difference = await worstDifference(() => {
      const a = noise<tf.Rank.R2>(left ? [k, m] : [m, k], 1);
      const b = noise<tf.Rank.R2>(right ? [n, k] : [k, n], 2);
      const product = (p: tf.Tensor, q: tf.Tensor) => tf.matMul(p, q, left, right);
      return [product(a, b), ...tf.grads((p, q) => tf.sum(tf.square(product(p, q))))([a, b])];
    });
    expect(difference).toBeLessThan(tolerance);
  });

  it('agrees with cpu over batches, equal, broadcast from one, and broadcast both ways', async () => {
    for (const [batchA, batchB] of [
      [[3], [3]],
      [[1], [3]],
      [[3], [1]],
      [
        [2, 1],
        [1, 3],
      ],
    ]) {
      const difference = await worstDifference(() => [
        tf.matMul(
          noise([...batchA, ...(left ? [9, 5] : [5, 9])] as [number, number, number], 1),
          noise([...batchB, ...(right ? [6, 9] : [9, 6])] as [number, number, number], 2),
          left,
          right,
        ),
      ]);
      expect(difference, `batches ${batchA.join()} and ${batchB.join()}`).toBeLessThan(tolerance);
    }
  });
});

it('rejects inner dimensions that differ', () => {
  expect(() => tf.matMul(tf.zeros([2, 3]), tf.zeros([4, 2]))).toThrow(/inner/i);
});
