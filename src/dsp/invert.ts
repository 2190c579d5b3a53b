// A magnitude-only copy of a recording: its phases are thrown away and found again by the streaming engine.
import { requireInteger } from '../contract/errors.ts';
import type { Decibels, Frames, Hertz, Samples, Seconds } from '../contract/units.ts';
import { createFft } from './createFft.ts';
import { createLoops } from './createLoops.ts';
import type { RealFft } from './fft.ts';
import type { Loops } from './loops.ts';
import { MelFilterbank } from './mel.ts';
import { MelInverter } from './melInverter.ts';
import { PhaseEngine, liveSetting, type FrameSource } from './phaseEngine.ts';
import { PhaseTables, padded as paddedBins } from './phaseTables.ts';
import { frameCount, magnitudeScale } from './stft.ts';
import type { EngineModules } from './wasmLoops.ts';
import { hannWindow } from './window.ts';

/** Window length that a recording of any rate is analysed with, before rounding to a power of two: 512 at 8 kHz. */
const WINDOW: Seconds = 0.064;
/** Bands of the `mel` option, from 0 Hz to half the rate. */
const MEL_BANDS = 80;
/** Room for tables and filterbank, in bytes for each sample of the transform. */
const SHARED_BYTES_PER_SAMPLE = 128;

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
  /** The compiled WebAssembly; without it the loops run in JavaScript. */
  readonly modules?: EngineModules | undefined;
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
  /** The same against the recording's own magnitudes; differs with `mel` only. */
  readonly trueConvergenceDb: Decibels;
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
  const { fft } = createFft(fftSamples, settings.modules?.fft);
  const lookAheadFrames = settings.lookAheadFrames ?? liveSetting.lookAheadFrames;
  const sweeps = requireInteger('sweeps', settings.sweeps ?? liveSetting.sweeps, 0, 16);
  requireInteger('lookAheadFrames', lookAheadFrames, 0, 32);
  const loops = createLoops(
    fftSamples,
    settings.modules,
    PhaseEngine.bytes(fftSamples, lookAheadFrames) + SHARED_BYTES_PER_SAMPLE * fftSamples,
  );
  const tables = new PhaseTables(loops, hopSamples);
  const through = settings.mel ? new MelPassage(sampleRate, loops) : undefined;
  const frames = frameCount(samples.length + 2 * fftSamples, hopSamples);
  const reader = new FrameReader(samples, fft, hopSamples);
  const source = new PassedFrames(reader, frames, through);
  const engine = new PhaseEngine(loops, tables, source, {
    maxLookAheadFrames: lookAheadFrames,
    seed: settings.seed ?? 1,
  });
  const padded = new Float32Array(samples.length + 2 * fftSamples);
  let fftsPerHop = 0;
  for (let at = -fftSamples / 2; at < padded.length; at += hopSamples) {
    const before = engine.ffts;
    engine.plan(lookAheadFrames, sweeps);
    engine.emit();
    // The first hop starts all frames in flight at once, which no later one does.
    if (at > -fftSamples / 2) fftsPerHop = Math.max(fftsPerHop, engine.ffts - before);
    const end = Math.min(hopSamples, padded.length - at);
    for (let n = Math.max(0, -at); n < end; n++) padded[at + n] = engine.output[n];
  }
  const copy = padded.slice(fftSamples, fftSamples + samples.length);
  const rebuilt = new FrameReader(copy, fft, hopSamples);
  const magnitudes = loops.floats(paddedBins(tables.bins));
  const actual = loops.floats(paddedBins(tables.bins));
  const given = new Distance();
  const own = new Distance();
  for (let m = 0; m < frames; m++) {
    rebuilt.read(m, actual);
    reader.read(m, magnitudes);
    own.add(actual, magnitudes, tables.bins);
    through?.pass(magnitudes);
    given.add(actual, magnitudes, tables.bins);
  }
  return {
    samples: copy,
    spectralConvergenceDb: given.decibels,
    trueConvergenceDb: own.decibels,
    fftsPerHop,
  };
}

/** Spectral convergence, summed up frame by frame. */
class Distance {
  #difference = 0;
  #total = 0;

  add(actual: Float32Array, wanted: Float32Array, bins: number): void {
    for (let k = 0; k < bins; k++) {
      this.#difference += (actual[k] - wanted[k]) ** 2;
      this.#total += wanted[k] ** 2;
    }
  }

  get decibels(): Decibels {
    return this.#total > 0 ? 10 * Math.log10(this.#difference / this.#total) : -Infinity;
  }
}

/** Frames of a recording, through mel bands where asked, then silence. */
class PassedFrames implements FrameSource {
  next = 0;
  readonly #reader: FrameReader;
  readonly #frames: Frames;
  readonly #through: MelPassage | undefined;

  constructor(reader: FrameReader, frames: Frames, through: MelPassage | undefined) {
    this.#reader = reader;
    this.#frames = frames;
    this.#through = through;
  }

  read(magnitudes: Float32Array): void {
    if (this.next < this.#frames) this.#reader.read(this.next, magnitudes);
    else magnitudes.fill(0);
    this.next++;
    this.#through?.pass(magnitudes);
  }
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
    for (let k = 0; k < im.length; k++) {
      magnitudes[k] = scale * Math.sqrt(magnitudes[k] * magnitudes[k] + im[k] * im[k]);
    }
  }
}

/** Linear magnitudes to mel bands and back. */
class MelPassage {
  readonly #bank: MelFilterbank;
  readonly #inverter: MelInverter;
  readonly #mel: Float32Array;

  constructor(sampleRate: Hertz, loops: Loops) {
    this.#bank = new MelFilterbank({
      sampleRate,
      fftSamples: loops.fftSamples,
      melBands: MEL_BANDS,
      melLowHz: 0,
      melHighHz: sampleRate / 2,
    });
    this.#inverter = new MelInverter(this.#bank, loops);
    this.#mel = loops.floats(MEL_BANDS);
  }

  pass(magnitudes: Float32Array): void {
    this.#bank.forward(magnitudes, this.#mel);
    this.#inverter.invert(this.#mel, magnitudes);
  }
}
