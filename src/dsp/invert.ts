// A magnitude-only copy of a recording: its phases are thrown away and found again by the streaming engine.
import { requireInteger } from '../contract/errors.ts';
import type { Decibels, Frames, Hertz, Samples, Seconds } from '../contract/units.ts';
import { createFft } from './createFft.ts';
import { CountingFft, type RealFft } from './fft.ts';
import { MelFilterbank } from './mel.ts';
import { MelInverter } from './melInverter.ts';
import { PhaseEngine, liveSetting } from './phaseEngine.ts';
import { frameCount, magnitudeScale } from './stft.ts';
import { hannWindow } from './window.ts';

/** Window length that a recording of any rate is analysed with, before rounding to a power of two: 512 at 8 kHz. */
const WINDOW: Seconds = 0.064;
/** Bands of the `mel` option, from 0 Hz to half the rate. */
const MEL_BANDS = 80;

/** Settings of `invertRecording`. */
export interface InvertSettings {
  /** Default 3. */
  readonly lookAheadFrames?: Frames;
  /** Default 2. */
  readonly sweeps?: number;
  /** At the recording's rate, a divisor of half the window. Default: a quarter of the window. */
  readonly hopSamples?: Samples;
  /** Pass the magnitudes through 80 mel bands and back first. Default false. */
  readonly mel?: boolean;
  /** Default 1. */
  readonly seed?: number;
  readonly fftModule?: WebAssembly.Module;
}

/** What `invertRecording` returns. */
export interface Inversion {
  /** As long as the recording and in time with it. */
  readonly samples: Float32Array;
  /**
   * 20 log10(|| |STFT(y)| - M ||_F / || M ||_F) over the recording with a window of zeros each side, M being the magnitudes
   * that the engine was given (with `mel`: those that came back from the bands). -Infinity for a silent recording.
   */
  readonly spectralConvergenceDb: Decibels;
  /** Most FFTs, inverse ones included, that any hop cost, as counted by running it. */
  readonly fftsPerHop: number;
}

/** Hann window length at a rate: the power of two nearest to 64 ms, 512 at 8 kHz. */
export function windowSamplesAt(sampleRate: Hertz): Samples {
  return 2 ** Math.round(Math.log2(WINDOW * sampleRate));
}

/**
 * Inverts a recording from its magnitudes alone. Frame by frame, so that minutes of sound need little memory.
 * @param samples mono
 * @param sampleRate 1 to 768 kHz
 * @throws RangeError on settings out of range, naming them
 */
export function invertRecording(
  samples: Float32Array,
  sampleRate: Hertz,
  settings: InvertSettings = {},
): Inversion {
  requireInteger('sampleRate', sampleRate, 1000, 768000, 'whole hertz');
  const fftSamples = windowSamplesAt(sampleRate);
  const hopSamples = settings.hopSamples ?? fftSamples / 4;
  const { fft } = createFft(fftSamples, settings.fftModule);
  const counting = new CountingFft(fft);
  const engine = new PhaseEngine(counting, {
    hopSamples,
    lookAheadFrames: settings.lookAheadFrames ?? liveSetting.lookAheadFrames,
    sweeps: settings.sweeps ?? liveSetting.sweeps,
    seed: settings.seed ?? 1,
  });
  const through = settings.mel ? new MelPassage(sampleRate, fftSamples) : undefined;
  const source = new FrameReader(samples, fft, hopSamples);
  const frames = frameCount(samples.length + 2 * fftSamples, hopSamples);
  const magnitudes = new Float32Array(fftSamples / 2 + 1);
  const padded = new Float32Array(samples.length + 2 * fftSamples);
  let fftsPerHop = 0;
  let at = -engine.latencySamples;
  for (let m = 0; at < padded.length; m++, at += hopSamples) {
    if (m < frames) source.read(m, magnitudes);
    else magnitudes.fill(0);
    through?.pass(magnitudes);
    const before = counting.count;
    engine.hop(magnitudes);
    fftsPerHop = Math.max(fftsPerHop, counting.count - before);
    const end = Math.min(hopSamples, padded.length - at);
    for (let n = Math.max(0, -at); n < end; n++) padded[at + n] = engine.output[n];
  }
  const copy = padded.slice(fftSamples, fftSamples + samples.length);
  const rebuilt = new FrameReader(copy, fft, hopSamples);
  const actual = new Float32Array(magnitudes.length);
  let difference = 0;
  let total = 0;
  for (let m = 0; m < frames; m++) {
    source.read(m, magnitudes);
    through?.pass(magnitudes);
    rebuilt.read(m, actual);
    for (let k = 0; k < actual.length; k++) {
      difference += (actual[k] - magnitudes[k]) ** 2;
      total += magnitudes[k] ** 2;
    }
  }
  return {
    samples: copy,
    spectralConvergenceDb: total > 0 ? 10 * Math.log10(difference / total) : -Infinity,
    fftsPerHop,
  };
}

/** Reads single frames of a signal that counts as having a window of zeros before it. */
class FrameReader {
  readonly #samples: Float32Array;
  readonly #fft: RealFft;
  readonly #hop: Samples;
  readonly #window: Float32Array;
  readonly #time: Float32Array;
  readonly #im: Float32Array;

  constructor(samples: Float32Array, fft: RealFft, hopSamples: Samples) {
    this.#samples = samples;
    this.#fft = fft;
    this.#hop = hopSamples;
    this.#window = hannWindow(fft.size);
    this.#time = new Float32Array(fft.size);
    this.#im = new Float32Array(fft.size / 2 + 1);
  }

  /** Writes the scaled magnitudes of frame m, which is centred on sample m * hop of the padded signal. */
  read(m: number, magnitudes: Float32Array): void {
    const size = this.#fft.size;
    const samples = this.#samples;
    const im = this.#im;
    const first = m * this.#hop - size / 2 - size;
    for (let n = 0; n < size; n++) {
      const at = first + n;
      this.#time[n] = at >= 0 && at < samples.length ? samples[at] * this.#window[n] : 0;
    }
    this.#fft.forward(this.#time, magnitudes, im);
    const scale = magnitudeScale(size);
    for (let k = 0; k < magnitudes.length; k++) {
      magnitudes[k] = scale * Math.sqrt(magnitudes[k] * magnitudes[k] + im[k] * im[k]);
    }
  }
}

/** Linear magnitudes to mel bands and back. */
class MelPassage {
  readonly #bank: MelFilterbank;
  readonly #inverter: MelInverter;
  readonly #mel: Float32Array;

  constructor(sampleRate: Hertz, fftSamples: Samples) {
    this.#bank = new MelFilterbank({
      sampleRate,
      fftSamples,
      melBands: MEL_BANDS,
      melLowHz: 0,
      melHighHz: sampleRate / 2,
    });
    this.#inverter = new MelInverter(this.#bank);
    this.#mel = new Float32Array(MEL_BANDS);
  }

  pass(magnitudes: Float32Array): void {
    this.#bank.forward(magnitudes, this.#mel);
    this.#inverter.invert(this.#mel, magnitudes);
  }
}
