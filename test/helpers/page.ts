// What the production build is made of.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DecoderUrls } from '../../src/model/inferenceProtocol.ts';

/** Path of a file of the build, relative to the page. */
function builtFile(outDir: string, pattern: RegExp): string {
  const name = readdirSync(join(outDir, 'assets')).find((file) => pattern.test(file));
  if (!name) throw new Error(`${outDir}/assets holds no file like ${String(pattern)}; build the page first`);
  return `assets/${name}`;
}

/** Path of the inference worker's script, relative to the page. */
export function inferenceWorkerFile(outDir: string): string {
  return builtFile(outDir, /^inference\.worker-.*\.js$/);
}

/** Addresses of what the inference worker loads. @param address of the page, ending in '/' */
export function decoderUrls(outDir: string, address: string): DecoderUrls {
  const urlOf = (pattern: RegExp) => new URL(builtFile(outDir, pattern), address).href;
  return {
    gemm: urlOf(/^gemm-(?!relaxed-).*\.wasm$/),
    gemmRelaxed: urlOf(/^gemm-relaxed-.*\.wasm$/),
    tfjs: urlOf(/^tfjs-backend-wasm-(?!simd-).*\.wasm$/),
    tfjsSimd: urlOf(/^tfjs-backend-wasm-simd-.*\.wasm$/),
  };
}
