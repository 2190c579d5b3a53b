// Runs the phase engine over a whole recording and measures its spectral convergence.
import type { RealFft } from '../../src/dsp/fft.ts';
import { JavascriptLoops } from '../../src/dsp/javascriptLoops.ts';
import type { Loops } from '../../src/dsp/loops.ts';
import { PhaseEngine, liveSetting, type Effort, type FrameSource } from '../../src/dsp/phaseEngine.ts';
import { PhaseTables } from '../../src/dsp/phaseTables.ts';
import { stftMagnitudes, type StftSizes } from '../../src/dsp/stft.ts';
import { spectralConvergenceDb } from './spectralConvergence.ts';

/** Samples with 512 zeros each side, as the reference figures are measured. */
export function padded(samples: Float32Array): Float32Array {
  const signal = new Float32Array(samples.length + 1024);
  signal.set(samples, 512);
  return signal;
}

/** Frames out of an array, then silence. */
export class ArraySource implements FrameSource {
  next = 0;
  readonly #magnitudes: Float32Array;
  readonly #bins: number;

  constructor(magnitudes: Float32Array, bins: number) {
    this.#magnitudes = magnitudes;
    this.#bins = bins;
  }

  read(magnitudes: Float32Array): void {
    const at = this.next++ * this.#bins;
    for (let k = 0; k < this.#bins; k++) magnitudes[k] = this.#magnitudes[at + k] ?? 0;
  }
}

/** How `streamThrough` runs an engine. */
export interface StreamOptions extends Partial<Effort> {
  readonly loops: Loops;
  readonly hopSamples: number;
  readonly momentum?: number;
  readonly seed?: number;
  readonly smoothNepers?: number;
}

/** Streams `magnitudes` through an engine; the result has `length` samples in time with the frames. */
export function streamThrough(
  magnitudes: Float32Array,
  length: number,
  options: StreamOptions,
): { samples: Float32Array; ffts: number; fftsPerHop: number } {
  const { loops, hopSamples, lookAheadFrames, sweeps, ...rest } = { ...liveSetting, ...options };
  const tables = new PhaseTables(loops, hopSamples);
  const source = new ArraySource(magnitudes, tables.bins);
  const engine = new PhaseEngine(loops, tables, source, { maxLookAheadFrames: lookAheadFrames, ...rest });
  const out = new Float32Array(length);
  let hops = 0;
  for (let at = -engine.fftSamples / 2; at < length; at += hopSamples, hops++) {
    engine.plan(lookAheadFrames, sweeps);
    engine.emit();
    for (let n = Math.max(0, -at); n < hopSamples && at + n < length; n++) out[at + n] = engine.output[n];
  }
  return { samples: out, ffts: engine.ffts, fftsPerHop: engine.ffts / hops };
}

/** Spectral convergence in decibels of the streaming engine on a recording's true magnitudes, and its FFTs per hop. */
export function engineConvergence(
  samples: Float32Array,
  sizes: StftSizes,
  options: Partial<Effort> & { readonly momentum?: number; readonly seed?: number },
  transform: RealFft,
): { convergenceDb: number; fftsPerHop: number; rebuilt: Float32Array } {
  const signal = padded(samples);
  const target = stftMagnitudes(signal, sizes, undefined, transform);
  const loops = new JavascriptLoops(transform);
  const { samples: rebuilt, fftsPerHop } = streamThrough(target.magnitudes, signal.length, {
    ...options,
    loops,
    hopSamples: sizes.hopSamples,
  });
  const actual = stftMagnitudes(rebuilt, sizes, undefined, transform);
  return {
    convergenceDb: spectralConvergenceDb(actual.magnitudes, target.magnitudes),
    fftsPerHop,
    rebuilt,
  };
}
