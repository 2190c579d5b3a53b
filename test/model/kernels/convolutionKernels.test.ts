// Convolutions, their gradients and transposed convolutions of our kernels against the cpu backend.
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { initWasmBackend } from '../../../src/model/kernels/nodeWasm.ts';
import { noise, worstDifference } from '../../helpers/backends.ts';

const tolerance = 1e-5;

beforeAll(initWasmBackend);

type Padding = 'same' | 'valid' | number;

/** Output, input gradient and filter gradient of a convolution of noise. */
function convolve(x: tf.Tensor4D, filter: tf.Tensor4D, strides: number, pad: Padding): tf.Tensor[] {
  const y = tf.conv2d(x, filter, strides, pad);
  const dy = noise<tf.Rank.R4>(y.shape, 3);
  const loss = (a: tf.Tensor, b: tf.Tensor): tf.Tensor =>
    tf.sum(tf.mul(dy, tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad)));
  return [y, ...tf.grads(loss)([x, filter])];
}

function convolveTransposed(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  shape: [number, number, number, number],
  strides: number,
  pad: Padding,
): tf.Tensor[] {
  const run = (a: tf.Tensor, b: tf.Tensor) =>
    tf.conv2dTranspose(a as tf.Tensor4D, b as tf.Tensor4D, shape, strides, pad);
  const y = run(x, filter);
  const dy = noise<tf.Rank.R4>(shape, 3);
  return [y, ...tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.mul(dy, run(a, b))))([x, filter])];
}

describe.each([1, 3, 4, 5])('a %i x %i kernel', (k) => {
  describe.each([1, 2])('at stride %i', (strides) => {
    it.each([
      ['odd, not square', 3, 9, 7, 3, 5],
      ['whole tiles', 2, 8, 12, 16, 8],
      ['one channel in', 2, 5, 6, 1, 17],
      ['one channel out', 2, 7, 10, 6, 1],
    ])('agrees with cpu: %s', async (_name, n, height, width, channels, filters) => {
      for (const pad of ['same', 'valid', ...(k > 1 ? [1] : [])] as Padding[]) {
        const difference = await worstDifference(() =>
          convolve(noise([n, height, width, channels], 1), noise([k, k, channels, filters], 2), strides, pad),
        );
        expect(difference, `padding ${pad}`).toBeLessThan(tolerance);
      }
    });

    it('agrees with cpu transposed', async () => {
      for (const [channels, filters] of [
        [5, 3],
        [8, 16],
        [1, 4],
      ]) {
        const [height, width] = [5, 7];
        for (const pad of ['same', 'valid'] as const) {
          const size = (side: number) => (pad === 'same' ? side * strides : (side - 1) * strides + k);
          const difference = await worstDifference(() =>
            convolveTransposed(
              noise([2, height, width, channels], 1),
              noise([k, k, filters, channels], 2),
              [2, size(height), size(width), filters],
              strides,
              pad,
            ),
          );
          expect(difference, `padding ${pad}, ${channels} -> ${filters}`).toBeLessThan(tolerance);
        }
      }
    });
  });
});

describe('sizes past one cache block', () => {
  it('agrees with cpu for deep filters and many rows', async () => {
    // 3 * 3 * 68 = 612 deep (three blocks of depth), 101 columns (two blocks), 10 * 9 rows (two blocks).
    const difference = await worstDifference(() =>
      convolve(noise([1, 10, 9, 68], 1), noise([3, 3, 68, 101], 2), 1, 'same'),
    );
    expect(difference).toBeLessThan(tolerance);
  });
});

it('takes uneven padding', async () => {
  const pad: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [2, 0],
    [1, 3],
    [0, 0],
  ];
  const difference = await worstDifference(() => [
    tf.conv2d(noise<tf.Rank.R4>([1, 6, 5, 2], 1), noise<tf.Rank.R4>([3, 3, 2, 4], 2), 1, pad),
  ]);
  expect(difference).toBeLessThan(tolerance);
});

it('leaves dilated convolutions to the stock kernel', async () => {
  const difference = await worstDifference(() => [
    tf.conv2d(noise<tf.Rank.R4>([1, 9, 9, 2], 1), noise<tf.Rank.R4>([3, 3, 2, 4], 2), 1, 'valid', 'NHWC', 2),
  ]);
  expect(difference).toBeLessThan(tolerance);
});

it('keeps no tensors and does not grow the heap over 50 steps', () => {
  const backend = tf.backend() as BackendWasm;
  const x = noise<tf.Rank.R4>([4, 16, 20, 8], 1);
  const filter = noise<tf.Rank.R4>([4, 4, 8, 24], 2);
  const step = (): void => tf.dispose(tf.tidy(() => convolve(x, filter, 2, 'same')));
  for (let i = 0; i < 3; i++) step();
  const tensors = tf.memory().numTensors;
  const dataIds = backend.numDataIds();
  const heap = backend.wasm as unknown as { readonly HEAPU8: Uint8Array };
  const bytes = heap.HEAPU8.length;
  for (let i = 0; i < 50; i++) step();
  expect(tf.memory().numTensors).toBe(tensors);
  expect(backend.numDataIds()).toBe(dataIds);
  expect(heap.HEAPU8.length).toBe(bytes);
  tf.dispose([x, filter]);
});
