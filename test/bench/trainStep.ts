// Benchmark: a VAE's training step and its decoder with our wasm kernels, beside the backends' own, in the same run.
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { initWasmBackend, compileKernels } from '../../src/model/kernels/node.ts';
import type { KernelExports } from '../../src/model/kernels/heap.ts';
import { registerFastKernels, unregisterFastKernels } from '../../src/model/kernels/register.ts';

/** One line of a benchmark's table. */
export interface Row {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  readonly note?: string;
}

const frames = 64;
const bands = 80;
const batch = 32;
const encoderFilters = [32, 64, 128, 192];
const decoderFilters = [192, 128, 64, 32, 16];
const latentDimensions = 24;
const digitDimensions = 8;
const leak = 0.2;

interface Network {
  readonly variables: tf.Variable[];
  readonly step: (features: tf.Tensor4D, noise: tf.Tensor2D, digits: tf.Tensor2D) => void;
  readonly decode: (code: tf.Tensor2D) => tf.Tensor4D;
}

/** A digit-conditional convolutional VAE of the size that `npm run train` trains. */
function network(): Network {
  const variables: tf.Variable[] = [];
  const weight = (shape: number[]): tf.Variable => {
    const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const variable = tf.variable(
      tf.randomNormal(shape, 0, Math.sqrt(1 / fanIn), 'float32', variables.length + 1),
    );
    variables.push(variable);
    return variable;
  };
  const map = ([frames, bands]: readonly number[], factor: number) =>
    [frames * factor, bands * factor] as const;
  const encoder = encoderFilters.map((filters, i) => ({
    kernel: weight([3, 3, i ? encoderFilters[i - 1] : 1, filters]) as tf.Variable<tf.Rank.R4>,
    bias: weight([filters]),
  }));
  const small = [frames / 16, bands / 16];
  const flat = small[0] * small[1] * encoderFilters[3];
  const posterior = weight([flat, 2 * latentDimensions]);
  const seed = weight([latentDimensions + digitDimensions, small[0] * small[1] * decoderFilters[0]]);
  const decoder = decoderFilters.slice(1).map((filters, i) => ({
    kernel: weight([4, 4, filters, decoderFilters[i]]) as tf.Variable<tf.Rank.R4>,
    bias: weight([filters]),
  }));
  const last = { kernel: weight([3, 3, 16, 1]) as tf.Variable<tf.Rank.R4>, bias: weight([1]) };

  const decode = (code: tf.Tensor2D): tf.Tensor4D => {
    const n = code.shape[0];
    let maps = tf.leakyRelu<tf.Tensor4D>(
      tf.reshape(tf.matMul(code, seed as tf.Tensor2D), [n, ...small, decoderFilters[0]] as [
        number,
        number,
        number,
        number,
      ]),
      leak,
    );
    decoder.forEach(({ kernel, bias }, i) => {
      const [height, width] = map(small, 2 ** (i + 1));
      const up = tf.conv2dTranspose(maps, kernel, [n, height, width, kernel.shape[2]], 2, 'same');
      maps = tf.leakyRelu<tf.Tensor4D>(tf.add(up, bias), leak);
    });
    return tf.sigmoid(tf.add(tf.conv2d(maps, last.kernel, 1, 'same'), last.bias));
  };
  const step: Network['step'] = (features, noise, digits) => {
    const { value, grads } = tf.variableGrads(() => {
      let maps = features;
      for (const { kernel, bias } of encoder) {
        maps = tf.leakyRelu(tf.add(tf.conv2d(maps, kernel, 2, 'same'), bias), leak);
      }
      const code = tf.matMul(tf.reshape<tf.Rank.R2>(maps, [features.shape[0], flat]), posterior);
      const [mean, logVariance] = tf.split(code, 2, 1);
      const z = tf.add(mean, tf.mul(noise, tf.exp(tf.mul(logVariance, 0.5))));
      const output = decode(tf.concat([digits, z as tf.Tensor2D], 1));
      const kl = tf.sum(tf.sub(tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), 1), logVariance));
      return tf.add(tf.sum(tf.squaredDifference(output, features)), tf.mul(kl, 0.5));
    }, variables);
    // The loss is read, as in training, so that no backend is timed with work still queued.
    value.dataSync();
    tf.dispose([value, ...Object.values(grads)]);
  };
  return { variables, step, decode };
}

/** Best of `repeats` runs after one unmeasured: on a shared machine the best is the least disturbed. */
function bestSeconds(repeats: number, run: () => void): number {
  run();
  let best = Infinity;
  for (let i = 0; i < repeats; i++) {
    const start = performance.now();
    run();
    best = Math.min(best, (performance.now() - start) / 1000);
  }
  return best;
}

function stepSeconds(net: Network, takes: number, repeats: number): number {
  const features = tf.randomUniform<tf.Rank.R4>([takes, frames, bands, 1], 0, 1, 'float32', 1);
  const noise = tf.randomNormal<tf.Rank.R2>([takes, latentDimensions], 0, 1, 'float32', 2);
  const digits = tf.randomNormal<tf.Rank.R2>([takes, digitDimensions], 0, 1, 'float32', 3);
  const seconds = bestSeconds(repeats, () => net.step(features, noise, digits));
  tf.dispose([features, noise, digits]);
  return seconds;
}

function decodeSeconds(net: Network, takes: number, repeats: number): number {
  const code = tf.randomNormal<tf.Rank.R2>([takes, latentDimensions + digitDimensions], 0, 1, 'float32', 1);
  const seconds = bestSeconds(repeats, () => {
    const out = tf.tidy(() => net.decode(code));
    out.dataSync();
    out.dispose();
  });
  code.dispose();
  return seconds;
}

/** Speed of the matrix product alone, on a size that a convolution here has. */
function productRate(module: WebAssembly.Module): number {
  const [m, n, k] = [240, 128, 576];
  const memory = new WebAssembly.Memory({ initial: 64 });
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KernelExports;
  const floats = new Float32Array(memory.buffer);
  floats.fill(0.5, 0, m * k + k * n);
  const b = 4 * m * k;
  const packed = b + 4 * k * n;
  const c = packed + 4 * exports.packedFloats(k, n);
  exports.packB(k, n, b, n, 0, packed);
  const seconds = bestSeconds(60, () => exports.product(m, n, k, 0, k, 0, packed, c, n, 0, c + 4 * m * n));
  return (2 * m * n * k) / seconds / 1e9;
}

/**
 * Times one training step (loss and all gradients) and the decoder, with our kernels and with references of the same run.
 * Leaves the wasm backend with our kernels as the current one. Takes about a minute.
 */
export async function benchTrainStep(): Promise<Row[]> {
  const rows: Row[] = [];
  const row = (name: string, value: number, digits: number, unit: string, note?: string) =>
    rows.push({ name, value: value.toFixed(digits), unit, ...(note ? { note } : {}) });
  await initWasmBackend();
  const module = await compileKernels();
  const plain = await WebAssembly.compile(
    await readFile(new URL('../../generated/gemm.wasm', import.meta.url)),
  );
  row('matrix product 240 x 128, 576 deep', productRate(module), 1, 'GFLOP/s', 'one thread');
  row('the same without fused multiply-add', productRate(plain), 1, 'GFLOP/s');

  const net = network();
  const ours = stepSeconds(net, batch, 5);
  row(`training step, batch ${batch}, our kernels`, ours, 3, 's', 'forward and gradients, one thread');
  const oursDecode = [1, 10].map((takes) => decodeSeconds(net, takes, 20));

  unregisterFastKernels();
  const stockForward = [1, 10].map((takes) => decodeSeconds(net, takes, 3));
  registerFastKernels(module);
  [1, 10].forEach((takes, i) => {
    row(`decode ${takes}, our kernels`, oursDecode[i] * 1000, 2, 'ms', 'with read-back');
    row(`decode ${takes}, stock wasm`, stockForward[i] * 1000, 1, 'ms', 'with read-back');
  });
  tf.dispose(net.variables);

  await tf.setBackend('cpu');
  const reference = network();
  const start = performance.now();
  const one = tf.randomUniform<tf.Rank.R4>([1, frames, bands, 1], 0, 1, 'float32', 1);
  reference.step(one, tf.zeros([1, latentDimensions]), tf.zeros([1, digitDimensions]));
  const cpuSeconds = (performance.now() - start) / 1000;
  tf.dispose([one, ...reference.variables]);
  row(
    `training step, batch ${batch}, cpu backend`,
    cpuSeconds * batch,
    0,
    's',
    `reference: batch 1 took ${cpuSeconds.toFixed(1)} s, scaled; stock wasm cannot (no Conv2DBackpropFilter)`,
  );
  await tf.setBackend('wasm');
  return rows;
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  for (const { name, value, unit, note } of await benchTrainStep()) {
    console.log(`${name.padEnd(44)} ${value.padStart(8)} ${unit}${note ? `  (${note})` : ''}`);
  }
}
