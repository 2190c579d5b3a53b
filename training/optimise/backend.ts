// Chooses what training computes on: the native library when the user has installed it, else wasm with our kernels.
import * as tf from '@tensorflow/tfjs';
import { initWasmBackend } from '../../src/model/kernels/nodeWasm.ts';

/** The optional package; named by a variable so that its absence is no type error. */
const nativePackage = '@tensorflow/tfjs-node';

/** True when the user has installed `@tensorflow/tfjs-node` and it loads. */
export async function hasNativeBackend(): Promise<boolean> {
  try {
    await import(nativePackage);
    return true;
  } catch {
    return false;
  }
}

/** Makes the fastest backend that is installed ready, and returns tfjs. */
export async function initTrainingBackend(): Promise<typeof tf> {
  if (await hasNativeBackend()) {
    await tf.setBackend('tensorflow');
    await tf.ready();
  } else {
    await initWasmBackend();
  }
  return tf;
}
