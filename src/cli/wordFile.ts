// From features to a written clip: the kernel's sound, cut to the word.
import type { Playing } from '../contract/playing.ts';
import type { SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Hertz } from '../contract/units.ts';
import { trimClip } from '../dsp/clip.ts';
import { renderClip } from '../worklet/renderClip.ts';
import { writeWav } from '../node/wav.ts';
import type { EngineModules } from '../dsp/wasmLoops.ts';

/** How clips are rendered. */
export interface ClipWriterOptions {
  readonly format: SpectrogramFormat;
  /** Rate of the files; the model rate when absent. */
  readonly rate?: Hertz | undefined;
  /** How voiced sounds are played; the default way when absent. */
  readonly playing?: Playing | undefined;
  readonly modules: EngineModules | undefined;
}

/**
 * Renders features through the kernel (at its studio setting: time is no matter here), keeps 20 ms of silence on each
 * side of the word, and writes it as 32-bit float.
 * @returns false when the clip is silent (one silent sample was written)
 */
export function writeClip(path: string, features: Float32Array, options: ClipWriterOptions): boolean {
  const rate = options.rate ?? options.format.sampleRate;
  const { modules, playing } = options;
  const samples = renderClip(features, options.format, {
    rate,
    playing,
    modules,
  });
  const word = trimClip(samples, rate);
  writeWav(path, word, rate);
  return word.length > 1;
}
