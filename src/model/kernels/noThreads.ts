// Stands in for the threaded program of TensorFlow.js' wasm backend when the worker is built (vite.config.ts): browserWasm.ts
// never asks for threads, and the backend imports their 65 kB all the same.

/** What makes the threaded backend: never called. */
export default function createThreads(): never {
  throw new Error('the wasm backend was built without threads; leave WASM_HAS_MULTITHREAD_SUPPORT false');
}

/** The program of its threads. */
export const wasmWorkerContents = '';
