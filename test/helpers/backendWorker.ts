// A worker thread that starts the wasm backend with our kernels and answers with a gradient.
import { parentPort } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs';
import { initWasmBackend } from '../../src/model/kernels/nodeWasm.ts';

await initWasmBackend();
const filter = tf.ones<tf.Rank.R4>([3, 3, 1, 2]);
const x = tf.ones<tf.Rank.R4>([1, 4, 4, 1]);
const gradient = tf.grad((f) => tf.sum(tf.conv2d(x, f as tf.Tensor4D, 1, 'valid')))(filter);
parentPort?.postMessage({ backend: tf.getBackend(), gradient: [...gradient.dataSync()] });
