// The wasm backend with our kernels starts where training and the command line need it.
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import * as core from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { compileKernels, initWasmBackend } from '../../../src/model/kernels/nodeWasm.ts';
import { registerFastKernels } from '../../../src/model/kernels/registerKernels.ts';

it('starts twice without harm and leaves no error listener of the backend behind', async () => {
  const listeners = process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
  await initWasmBackend();
  await initWasmBackend();
  expect(tf.getBackend()).toBe('wasm');
  expect(process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection')).toBe(
    listeners,
  );
});

it('is one engine for what imports @tensorflow/tfjs and for what imports its core, with every gradient', () => {
  expect(tf.engine()).toBe(core.engine());
  expect(core.getKernelsForBackend('wasm')).toEqual(tf.getKernelsForBackend('wasm'));
  for (const name of ['Conv2D', 'BatchMatMul', 'LeakyRelu'])
    expect(core.getGradient(name), name).toBeDefined();
});

it('gives the stock kernels back, and takes their place again', async () => {
  await initWasmBackend();
  const putBack = registerFastKernels(await compileKernels());
  putBack();
  expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBeUndefined();
  expect(tf.sum(tf.leakyRelu(tf.tensor1d([-1, 2]), 0.5)).dataSync()[0]).toBe(1.5);
  registerFastKernels(await compileKernels());
  expect(tf.getKernel('Conv2DBackpropFilter', 'wasm')).toBeDefined();
  expect(tf.sum(tf.leakyRelu(tf.tensor1d([-1, 2]), 0.5)).dataSync()[0]).toBe(1.5);
});

it('computes gradients in a worker thread', async () => {
  // Node 20 does not apply `--import tsx` in a worker whose parent runs without it, as under Vitest.
  const script = new URL('../../helpers/backendWorker.ts', import.meta.url).href;
  const worker = new Worker(
    `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(script)}); });`,
    { eval: true },
  );
  try {
    const answer = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    expect(answer).toEqual({ backend: 'wasm', gradient: new Array(18).fill(4) });
  } finally {
    await worker.terminate();
  }
});
