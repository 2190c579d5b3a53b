// Runs the same tensor code on the cpu backend and on the wasm backend with our kernels, and compares the results.
import * as tf from '@tensorflow/tfjs';

/** Seeded normal noise of a shape. */
export function noise<R extends tf.Rank>(shape: tf.ShapeMap[R], seed: number): tf.Tensor<R> {
  return tf.randomNormal(shape, 0, 1, 'float32', seed);
}

/**
 * Largest difference between the two backends over all tensors that `compute` returns, relative to the largest magnitude
 * of each. Leaves 'wasm' as the current backend.
 */
export async function worstDifference(compute: () => tf.Tensor[]): Promise<number> {
  const results: { shape: number[]; values: Float32Array }[][] = [];
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const tensors = tf.tidy(compute);
    results.push(tensors.map((t) => ({ shape: t.shape, values: Float32Array.from(t.dataSync()) })));
    tf.dispose(tensors);
  }
  const [expected, actual] = results;
  let worst = expected.length === actual.length ? 0 : Infinity;
  expected.forEach(({ shape, values }, i) => {
    if (shape.join() !== actual[i].shape.join()) worst = Infinity;
    const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 1e-30);
    values.forEach((value, j) => {
      const difference = Math.abs(value - actual[i].values[j]) / largest;
      if (!(difference <= worst)) worst = difference;
    });
  });
  return worst;
}
