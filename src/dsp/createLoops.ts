// Chooses the hot loops: WebAssembly where its modules are at hand, TypeScript otherwise.
import type { Samples } from '../contract/units.ts';
import { JsFft } from './fft.ts';
import { JavascriptLoops } from './javascriptLoops.ts';
import type { Loops } from './loops.ts';
import { WasmLoops, type EngineModules } from './wasmLoops.ts';

/**
 * Loops round a transform of `fftSamples` samples, with room for arrays of `reserveBytes` (which TypeScript does
 * not need).
 * @throws RangeError on sizes that the transform lacks: powers of two from 8 on without modules, see WasmLoops
 * with them; TypeError when the modules are of something else
 */
export function createLoops(
  fftSamples: Samples,
  modules: EngineModules | undefined,
  reserveBytes: number,
): Loops {
  if (modules === undefined) return new JavascriptLoops(new JsFft(fftSamples));
  return new WasmLoops(modules, fftSamples, reserveBytes);
}
