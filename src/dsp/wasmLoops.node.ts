// Loads the modules of the hot loops from generated/ in Node.
import { existsSync, readFileSync } from 'node:fs';
import type { EngineModules } from './wasmLoops.ts';

const FILES = {
  simd: { fft: 'pffft.wasm', loops: 'engine.wasm' },
  scalar: { fft: 'pffft-scalar.wasm', loops: 'engine-scalar.wasm' },
} as const;

function load(name: string): WebAssembly.Module | undefined {
  const file = new URL(/* @vite-ignore */ `../../generated/${name}`, import.meta.url);
  if (!existsSync(file)) return undefined;
  const bytes = readFileSync(file);
  return WebAssembly.validate(bytes) ? new WebAssembly.Module(bytes) : undefined;
}

/**
 * The compiled modules, or undefined where they were not built or the engine cannot run them (`createLoops` then
 * returns the loops in TypeScript).
 * @example
 * const inverter = new StreamingInverter({ sampleRate: 16000, modules: loadEngineModules() });
 */
export function loadEngineModules(kind: 'simd' | 'scalar' = 'simd'): EngineModules | undefined {
  const fft = load(FILES[kind].fft);
  const loops = load(FILES[kind].loops);
  return fft !== undefined && loops !== undefined ? { fft, loops } : undefined;
}
