// The wasm backend with our kernels, in a browser: page or worker.
import { env } from '@tensorflow/tfjs-core';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm/dist/base';
import { wasmBytes } from '../../contract/wasmBytes.ts';
import type { DecoderUrls } from '../inferenceProtocol.ts';
import { registerFastKernels } from './registerKernels.ts';

/** Gives the bytes of an address. */
type ReadBytes = (url: string) => Promise<ArrayBuffer>;

const fetchBytes: ReadBytes = (url) => wasmBytes(url, (address) => fetch(address));

/**
 * Makes the 'wasm' backend ready to be chosen: where its binaries lie, no threads, and our kernels in place where the
 * browser has SIMD (with fused multiply-add where it has relaxed SIMD); without it the stock kernels serve. The current
 * backend stays what it was. No gradients: a browser decodes, Node trains.
 * @param keep gives what has been read before, or reads it
 * @throws InputError (rejection) when a binary cannot be fetched; without our kernels the backend works with its own
 */
export async function registerBrowserWasm(
  urls: DecoderUrls,
  keep: (url: string, read: () => Promise<ArrayBuffer>) => Promise<ArrayBuffer>,
): Promise<void> {
  const read: ReadBytes = (url) => keep(url, () => fetchBytes(url));
  // The backend fetches its binary through this alone.
  env().platform.fetch = async (url) => new Response(await read(url));
  setWasmPaths({
    'tfjs-backend-wasm.wasm': urls.tfjs,
    'tfjs-backend-wasm-simd.wasm': urls.tfjsSimd,
    // Never fetched, but the backend wants a name for each. The threaded binary breaks in a production build, and was no faster.
    'tfjs-backend-wasm-threaded-simd.wasm': urls.tfjsSimd,
  });
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  // Here, where its absence can be told; the backend gets the same bytes.
  await read((await env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? urls.tfjsSimd : urls.tfjs);
  const relaxed = await read(urls.gemmRelaxed);
  const bytes = WebAssembly.validate(relaxed) ? relaxed : await read(urls.gemm);
  if (WebAssembly.validate(bytes)) registerFastKernels(await WebAssembly.compile(bytes));
}
