// Loads the SIMD FFT's module from generated/ in Node.
import { existsSync, readFileSync } from 'node:fs';

/**
 * The compiled generated/pffft.wasm, or undefined where it was not built or the engine lacks WebAssembly SIMD (the
 * caller then gets the JavaScript transform from `createFft`).
 */
export function loadFftModule(): WebAssembly.Module | undefined {
  const file = new URL('../../generated/pffft.wasm', import.meta.url);
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
}
