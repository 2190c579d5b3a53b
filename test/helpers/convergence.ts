// Runs the phase engine over a whole recording and measures its spectral convergence.
import { CountingFft, type RealFft } from '../../src/dsp/fft.ts';
import { PhaseEngine, type PhaseEngineOptions } from '../../src/dsp/phaseEngine.ts';
import { spectralConvergenceDb, stftMagnitudes, type StftSizes } from '../../src/dsp/stft.ts';

/** Samples with 512 zeros each side, as the reference figures are measured. */
export function padded(samples: Float32Array): Float32Array {
  const signal = new Float32Array(samples.length + 1024);
  signal.set(samples, 512);
  return signal;
}

/** Streams `frames` of magnitudes through an engine; the result has `length` samples with the latency taken out. */
export function streamThrough(
  engine: PhaseEngine,
  magnitudes: Float32Array,
  frames: number,
  length: number,
): Float32Array {
  const bins = engine.fftSamples / 2 + 1;
  const silence = new Float32Array(bins);
  const out = new Float32Array(length);
  let at = -engine.latencySamples;
  for (let m = 0; at < length; m++, at += engine.hopSamples) {
    if (m < frames) engine.hop(magnitudes, m * bins);
    else engine.hop(silence);
    for (let n = 0; n < engine.hopSamples; n++) {
      if (at + n >= 0 && at + n < length) out[at + n] = engine.output[n];
    }
  }
  return out;
}

/** Spectral convergence in decibels of the streaming engine on a recording's true magnitudes, and its FFTs per hop. */
export function engineConvergence(
  samples: Float32Array,
  sizes: StftSizes,
  options: Omit<PhaseEngineOptions, 'hopSamples'>,
  transform: RealFft,
): { convergenceDb: number; fftsPerHop: number } {
  const signal = padded(samples);
  const target = stftMagnitudes(signal, sizes, undefined, transform);
  const fft = new CountingFft(transform);
  const engine = new PhaseEngine(fft, { ...options, hopSamples: sizes.hopSamples });
  const rebuilt = streamThrough(engine, target.magnitudes, target.frames, signal.length);
  const fftsPerHop = fft.count / target.frames;
  const actual = stftMagnitudes(rebuilt, sizes, undefined, transform);
  return { convergenceDb: spectralConvergenceDb(actual.magnitudes, target.magnitudes), fftsPerHop };
}
