// Benchmark: the training step (loss and every gradient) with our wasm kernels, beside the cpu backend in the same run.
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import { frameValues } from '../../src/contract/spectrogram.ts';
import { Random } from '../../src/dsp/random.ts';
import type { KernelExports } from '../../src/model/kernels/heap.ts';
import { compileKernels, initWasmBackend } from '../../src/model/kernels/nodeWasm.ts';
import { parseConfig } from '../../training/vae/trainingConfig.ts';
import { initialise, parameterLayout } from '../../training/optimise/flatParameters.ts';
import { shapeOf } from '../../training/vae/trainingRun.ts';
import { VaeStep } from '../../training/vae/vae.ts';
import { medianSeconds, row, type Row } from './row.ts';

/** Speed of the matrix product alone, on a size that a convolution here has. */
async function productRate(module: WebAssembly.Module): Promise<number> {
  const [m, n, k] = [240, 128, 576];
  const memory = new WebAssembly.Memory({ initial: 64 });
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
  const floats = new Float32Array(memory.buffer);
  floats.fill(0.5, 0, m * k + k * n);
  const b = 4 * m * k;
  const packed = b + 4 * k * n;
  const c = packed + 4 * exports.packedFloats(k, n);
  exports.packB(k, n, b, n, 0, packed);
  const seconds = await medianSeconds(60, () =>
    exports.product(m, n, k, 0, k, 0, packed, c, n, 0, c + 4 * m * n),
  );
  return (2 * m * n * k) / seconds / 1e9;
}

/** Seconds of one step of the default configuration on the current backend. */
async function stepSeconds(takes: number, repeats: number): Promise<number> {
  const config = parseConfig({});
  const shape = shapeOf(config);
  const layout = parameterLayout(shape);
  const random = new Random(1);
  const parameters = new Float32Array(layout.length);
  const statistics = new Float32Array(layout.statisticsLength);
  initialise(layout, parameters, statistics, random);
  const share = {
    features: Float32Array.from({ length: takes * config.frames * frameValues(shape.format) }, () =>
      random.uniform(),
    ),
    digits: Uint8Array.from({ length: takes }, () => random.integer(10)),
  };
  const gradient = new Float32Array(layout.length);
  const step = new VaeStep(shape, layout, config);
  const run = () => step.gradient(share, parameters, 1, random, gradient, statistics);
  const start = performance.now();
  await run();
  const first = (performance.now() - start) / 1000;
  const seconds = repeats > 0 ? await medianSeconds(repeats, run) : first;
  step.dispose();
  return seconds;
}

/** Times one training step of a thread. Leaves the wasm backend with our kernels as the current one. */
export async function benchTrainStep(): Promise<Row[]> {
  await initWasmBackend();
  const plain = await readFile(new URL('../../generated/gemm.wasm', import.meta.url));
  const { batch } = parseConfig({});
  const ours = await stepSeconds(batch, 7);
  const rows = [
    row(
      'matrix product 240 x 128, 576 deep',
      await productRate(await compileKernels()),
      1,
      'GFLOP/s',
      'one thread',
    ),
    row(
      'the same without fused multiply-add',
      await productRate(await WebAssembly.compile(plain)),
      1,
      'GFLOP/s',
    ),
    row(`training step, batch ${batch}`, ours, 3, 's', 'one thread, our kernels; training runs two'),
  ];
  await tf.setBackend('cpu');
  const reference = await stepSeconds(1, 0);
  await tf.setBackend('wasm');
  return [
    ...rows,
    row(
      `training step, batch ${batch}, cpu backend`,
      reference * batch,
      0,
      's',
      'reference: batch 1, scaled',
    ),
    row('times as fast', (reference * batch) / ours, 0, 'x'),
  ];
}
