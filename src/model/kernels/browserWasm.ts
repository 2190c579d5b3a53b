// The wasm backend with our kernels, in a browser: page or worker, bundled by Vite.
import { env } from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm/dist/base';
import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import kernelsUrl from '../../../generated/gemm.wasm?url';
import relaxedUrl from '../../../generated/gemm-relaxed.wasm?url';
import { registerFastKernels } from './registerKernels.ts';

async function fetchBytes(url: string): Promise<ArrayBuffer> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}; is the build complete?`);
  return response.arrayBuffer();
}

/**
 * Makes the 'wasm' backend ready to be chosen: where its binaries lie, no threads, and our kernels in place where the
 * browser has SIMD (with fused multiply-add where it has relaxed SIMD); without it the stock kernels serve. The current
 * backend stays what it was. No gradients: a browser decodes, Node trains.
 * @throws Error when our kernels cannot be fetched; the backend then works with its own.
 */
export async function registerBrowserWasm(): Promise<void> {
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plainUrl,
    'tfjs-backend-wasm-simd.wasm': simdUrl,
    // All three must be named, and this one is never fetched.
    'tfjs-backend-wasm-threaded-simd.wasm': simdUrl,
  });
  // The threaded binary breaks in a production build, and was no faster.
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  const relaxed = await fetchBytes(relaxedUrl);
  const bytes = WebAssembly.validate(relaxed) ? relaxed : await fetchBytes(kernelsUrl);
  if (WebAssembly.validate(bytes)) registerFastKernels(await WebAssembly.compile(bytes));
}
