// The wasm backend with our kernels, in Node: the main thread and worker threads.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { env, ready, setBackend } from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import './gradients.ts';
import { registerFastKernels } from './registerKernels.ts';

function read(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(new URL(/* @vite-ignore */ `../../../generated/${name}`, import.meta.url));
}

/** Compiles our kernels, with fused multiply-add (relaxed SIMD) where this Node can: 1.35 times as fast. */
export async function compileKernels(): Promise<WebAssembly.Module> {
  const relaxed = await read('gemm-relaxed.wasm');
  // Node 20 hides relaxed SIMD behind a flag; later versions have it, and have dropped the flag.
  if (!WebAssembly.validate(relaxed)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.compile(WebAssembly.validate(relaxed) ? relaxed : await read('gemm.wasm'));
}

/** Names of the process events that the backend's Emscripten glue listens to. */
const guardedEvents = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Runs `start` and takes away the process-wide error listeners that it added: the backend's glue rethrows every error of the
 * program from inside its one-line source, of which Node then prints 30 KB.
 */
async function withoutErrorListeners<T>(start: () => Promise<T>): Promise<T> {
  const before = guardedEvents.map((event) => new Set(process.listeners(event as 'uncaughtException')));
  try {
    return await start();
  } finally {
    guardedEvents.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (!before[i].has(listener)) process.removeListener(event, listener);
      }
    });
  }
}

/**
 * Makes 'wasm' the current backend, with our kernels in place and every gradient registered. Calling it again is cheap.
 * @throws Error when the backend cannot start.
 */
export async function initWasmBackend(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(join(dirname(entry), '/'));
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const isStarted = await withoutErrorListeners(async () => {
    const isSet = await setBackend('wasm');
    await ready();
    return isSet;
  });
  if (!isStarted) throw new Error("TensorFlow.js' wasm backend does not start; run npm ci again");
  registerFastKernels(await compileKernels());
}
