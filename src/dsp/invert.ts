// A magnitude-only copy of a recording: its phases are thrown away and found again by the streaming engine.
import { requireInteger, requireSamples } from '../contract/errors.ts';
import type { Decibels, Frames, Hertz, Samples } from '../contract/units.ts';
import { createFft } from './createFft.ts';
import type { RealFft } from './fft.ts';
import { MelFilterbank } from './mel.ts';
import { frameCount, magnitudeScale } from './stft.ts';
import { StreamingInverter, type InverterPreset } from './streamingInverter.ts';
import type { EngineModules } from './wasmLoops.ts';
import { hannWindow } from './window.ts';

/** Bands of the `mel` option, from 0 Hz to half the rate. */
const MEL_BANDS = 80;

/**
 * Settings of `invertRecording`.
 * @example
 * const settings: InvertSettings = { preset: 'studio', mel: true };
 */
export interface InvertSettings {
  /** Default 'live'. */
  readonly preset?: InverterPreset | undefined;
  /** In place of the preset's: 0..32 and 0..16. */
  readonly lookAheadFrames?: Frames | undefined;
  readonly sweeps?: number | undefined;
  /** At the recording's rate, a divisor of half the window. Default: a quarter of the window. */
  readonly hopSamples?: Samples | undefined;
  /** Pass the magnitudes through 80 mel bands and back first. Default false. */
  readonly mel?: boolean | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
  /** The compiled WebAssembly; without it the loops run in JavaScript. */
  readonly modules?: EngineModules | undefined;
}

/**
 * What `invertRecording` returns.
 * @example
 * const { samples, spectralConvergenceDb }: Inversion = invertRecording(recording, 16000);
 */
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

/**
 * Inverts a recording from its magnitudes alone. Frame by frame, so that minutes of sound need little memory.
 * @param samples mono
 * @param sampleRate 1 to 768 kHz
 * @throws RangeError on settings out of range, naming them; TypeError on samples that are none
 * @example
 * const { samples, spectralConvergenceDb } = invertRecording(recording, 16000, { preset: 'studio' });
 */
export function invertRecording(
  samples: Float32Array,
  sampleRate: Hertz,
  settings: InvertSettings = {},
): Inversion {
  requireSamples('samples', samples);
  requireInteger('sampleRate', sampleRate, 1000, 768000, 'whole hertz');
  const { mel, ...rest } = settings;
  const bands = mel ? { melBands: MEL_BANDS } : {};
  const inverter = new StreamingInverter({ sampleRate, ...bands, ...rest });
  const { fftSamples, hopSamples, inputLatencyFrames } = inverter;
  const bins = fftSamples / 2 + 1;
  const { fft } = createFft(fftSamples, settings.modules?.fft);
  const bank = mel
    ? new MelFilterbank({
        sampleRate,
        fftSamples,
        melBands: MEL_BANDS,
        melLowHz: 0,
        melHighHz: sampleRate / 2,
      })
    : undefined;
  const length = samples.length + 2 * fftSamples;
  const frames = frameCount(length, hopSamples);
  const reader = new FrameReader(samples, fft, hopSamples);
  const magnitudes = new Float32Array(bins);
  const frame = bank ? new Float32Array(MEL_BANDS) : magnitudes;
  const readFrame = (m: Frames): void => {
    if (m < frames) reader.read(m, magnitudes);
    else magnitudes.fill(0);
    bank?.forward(magnitudes, frame);
  };
  const padded = new Float32Array(length);
  let fftsPerHop = 0;
  for (let m = 0, written = 0; written < length; m++) {
    const before = inverter.ffts;
    readFrame(m);
    written += inverter.process(frame, padded.subarray(written)).produced;
    // The first hop starts all frames in flight at once, which no later one does.
    if (m > inputLatencyFrames) fftsPerHop = Math.max(fftsPerHop, inverter.ffts - before);
  }
  const copy = padded.slice(fftSamples, fftSamples + samples.length);
  const rebuilt = new FrameReader(copy, fft, hopSamples);
  const wanted = new Float32Array(bins);
  const actual = new Float32Array(bins);
  const given = new Distance();
  const own = new Distance();
  for (let m = 0; m < frames; m++) {
    rebuilt.read(m, actual);
    readFrame(m);
    own.add(actual, magnitudes);
    inverter.linearOf(frame, wanted);
    given.add(actual, wanted);
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

  add(actual: Float32Array, wanted: Float32Array): void {
    for (let k = 0; k < wanted.length; k++) {
      this.#difference += (actual[k] - wanted[k]) ** 2;
      this.#total += wanted[k] ** 2;
    }
  }

  get decibels(): Decibels {
    return this.#total > 0 ? 10 * Math.log10(this.#difference / this.#total) : -Infinity;
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
