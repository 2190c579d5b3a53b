// The front door of this room: frames of magnitudes in, samples of any rate out, as a stream.
//
// A facade over mel inversion, phase engine and resampler for files, tools and hosts. A kernel's voice
// (src/worklet/voice.ts) is put together from the same parts and does not come in here: sixty of them share one
// memory and one set of tables, add their harmonics between engine and resampler, let go of frames that are not heard
// yet, and spread the steps of a hop over its quanta, while `process` does a hop's work in the call that needs it.
import { requireInteger, requireSamples, requireSettings } from '../contract/errors.ts';
import type { Frames, Hertz, Samples, Seconds } from '../contract/units.ts';
import { createLoops } from './createLoops.ts';
import type { Loops } from './loops.ts';
import { MelFilterbank } from './mel.ts';
import { MelInverter } from './melInverter.ts';
import { PhaseEngine, liveSetting, studioSetting, type Effort, type FrameSource } from './phaseEngine.ts';
import { padded, PhaseTables } from './phaseTables.ts';
import { Resampler, ResamplerFilter } from './resampler.ts';
import type { EngineModules } from './wasmLoops.ts';
import { windowSamplesAt } from './window.ts';

/**
 * Efforts by name: what the kernel's voices play with, and what `numvox invert --studio` does.
 * @example
 * const { lookAheadFrames, sweeps } = inverterPresets.studio; // 7 and 4
 */
export const inverterPresets = { live: liveSetting, studio: studioSetting } as const satisfies Readonly<
  Record<string, Effort>
>;
/**
 * Name of an effort: 'live' follows after four hops, 'studio' after eight and is closer to the magnitudes.
 * @example
 * const preset: InverterPreset = 'studio';
 */
export type InverterPreset = keyof typeof inverterPresets;

/**
 * Settings of a StreamingInverter; a SpectrogramFormat has those of its mel frames.
 * @example
 * // 80 mel bands of a signal at 22.05 kHz, a frame every 256 samples, played at 48 kHz:
 * const options: StreamingInverterOptions = {
 *   sampleRate: 22050, outputRate: 48000, fftSamples: 1024, hopSamples: 256, melBands: 80, melHighHz: 8000,
 * };
 */
export interface StreamingInverterOptions {
  /** Rate of the signal that the frames are of, whole hertz, 1 to 768 kHz. */
  readonly sampleRate: Hertz;
  /** Rate of the samples given out, likewise. Default: `sampleRate`. */
  readonly outputRate?: Hertz | undefined;
  /** Length of the Hann window that the frames were made with, a power of two. Default: that nearest to 64 ms. */
  readonly fftSamples?: Samples | undefined;
  /** Distance between frames, fftSamples / 2 or a power of two below. Default: fftSamples / 4. */
  readonly hopSamples?: Samples | undefined;
  /** Frames hold this many mel magnitudes (see MelFilterbank), 1..fftSamples / 2. Without it they are linear. */
  readonly melBands?: number | undefined;
  /** Edges of the lowest and of the highest band. Default: 0 and half the rate. */
  readonly melLowHz?: Hertz | undefined;
  readonly melHighHz?: Hertz | undefined;
  /** Default 'live'. */
  readonly preset?: InverterPreset | undefined;
  /** In place of the preset's: 0..32 and 0..16. */
  readonly lookAheadFrames?: Frames | undefined;
  readonly sweeps?: number | undefined;
  /** Of the random phases, a whole number of 32 bits. Default 1. */
  readonly seed?: number | undefined;
  /** The compiled WebAssembly; without it the loops run in JavaScript. */
  readonly modules?: EngineModules | undefined;
}

/**
 * What a call did. One object for all calls of an inverter, overwritten by each.
 * @example
 * const { consumed, produced } = inverter.process(frames, out);
 * play(out.subarray(0, produced));
 * rest = frames.subarray(consumed * inverter.frameValues);
 */
export interface InverterProgress {
  /** Frames taken from the beginning of `frames`. */
  readonly consumed: Frames;
  /** Samples written to the beginning of `out`. */
  readonly produced: Samples;
}

/** Output samples that are computed at a time; only an inner size. */
const BLOCK_SAMPLES = 256;
/** Most that a magnitude counts as: its square in the FFT's scale is still far from infinity in single precision. */
const MOST_MAGNITUDE = 1e6;
const NO_FRAMES = new Float32Array(0);

/**
 * Streaming spectrogram inversion. Frame i is centred on time i * hopSamples / sampleRate, output sample n lies at
 * n / outputRate: sound is in time with its frames, and latency is how far the frames must be ahead of it, in two
 * halves that add up. After K frames the samples before K hops less `inputLatencySeconds` less
 * `outputLatencySamples` can be had.
 *
 * However the frames are split into calls, the samples are the same. Memory is the inverter's own and is taken by the
 * constructor; nothing else allocates. A call costs the hops that it completes, each all at once.
 * @example
 * const inverter = new StreamingInverter({ ...format, outputRate: 48000, preset: 'studio' });
 * const { consumed, produced } = inverter.process(melFrames, out);
 */
export class StreamingInverter {
  readonly sampleRate: Hertz;
  readonly outputRate: Hertz;
  readonly fftSamples: Samples;
  readonly hopSamples: Samples;
  /** Values of a frame: mel bands, or fftSamples / 2 + 1 bins. */
  readonly frameValues: number;
  /** Frames past a hop's newest one that its phases are found with. */
  readonly inputLatencyFrames: Frames;
  readonly inputLatencySeconds: Seconds;
  /** Half a window, since its frames overlap, and what the resampler looks ahead; at the output's rate, rounded up. */
  readonly outputLatencySamples: Samples;

  readonly #effort: Effort;
  readonly #feed: FrameFeed;
  readonly #engine: PhaseEngine;
  readonly #resampler: Resampler;
  readonly #filter: ResamplerFilter;
  readonly #block: Float32Array;
  readonly #progress: { -readonly [K in keyof InverterProgress]: InverterProgress[K] };
  /** Hops still to be emitted that lie before the first frame's middle. */
  #early = 0;
  #taken: Frames = 0;
  #given: Samples = 0;
  #isFlushing = false;

  /**
   * @throws RangeError on options out of range, naming them; TypeError on a preset that there is not, and when the
   * modules are of something else
   */
  constructor(options: StreamingInverterOptions) {
    requireSettings('options', options, '{ sampleRate: 16000, fftSamples: 1024, hopSamples: 256 }');
    const { sampleRate, melBands, preset = 'live', seed = 1, modules } = options;
    requireInteger('sampleRate', sampleRate, 1000, 768000, 'whole hertz');
    const outputRate = options.outputRate ?? sampleRate;
    requireInteger('outputRate', outputRate, 1000, 768000, 'whole hertz');
    const fftSamples = options.fftSamples ?? windowSamplesAt(sampleRate);
    const hopSamples = options.hopSamples ?? fftSamples / 4;
    if (!Object.hasOwn(inverterPresets, preset)) {
      const names = Object.keys(inverterPresets).join(' or ');
      throw new TypeError(`preset must be ${names}, got ${String(preset)}`);
    }
    const effort = inverterPresets[preset];
    const lookAheadFrames = options.lookAheadFrames ?? effort.lookAheadFrames;
    const sweeps = options.sweeps ?? effort.sweeps;
    requireInteger('lookAheadFrames', lookAheadFrames, 0, 32);
    requireInteger('sweeps', sweeps, 0, 16);
    requireInteger('fftSamples', fftSamples, 8, 65536, 'a power of two');
    requireInteger('hopSamples', hopSamples, 1, fftSamples / 2);
    const loops = createLoops(
      fftSamples,
      modules,
      PhaseTables.bytes(fftSamples, hopSamples) +
        MelInverter.bytes(fftSamples, melBands ?? 0) +
        PhaseEngine.bytes(fftSamples, lookAheadFrames) +
        ResamplerFilter.bytes(sampleRate, outputRate) +
        Resampler.bytes(sampleRate, outputRate, 2 * hopSamples) +
        4 * (2 * fftSamples + BLOCK_SAMPLES),
    );
    const tables = new PhaseTables(loops, hopSamples);
    const bank =
      melBands === undefined
        ? undefined
        : new MelFilterbank({
            sampleRate,
            fftSamples,
            melBands,
            melLowHz: options.melLowHz ?? 0,
            melHighHz: options.melHighHz ?? sampleRate / 2,
          });
    this.sampleRate = sampleRate;
    this.outputRate = outputRate;
    this.fftSamples = fftSamples;
    this.hopSamples = hopSamples;
    this.frameValues = melBands ?? tables.bins;
    this.#effort = { lookAheadFrames, sweeps };
    this.#feed = new FrameFeed(loops, tables.bins, bank);
    this.#engine = new PhaseEngine(loops, tables, this.#feed, { maxLookAheadFrames: lookAheadFrames, seed });
    this.#filter = new ResamplerFilter(sampleRate, outputRate, loops);
    this.#resampler = new Resampler(this.#filter, 2 * hopSamples);
    this.#block = loops.floats(BLOCK_SAMPLES);
    this.#progress = { consumed: 0, produced: 0 };
    // Phases start with the magnitudes of one frame more than those that are refined.
    this.inputLatencyFrames = lookAheadFrames + 1;
    this.inputLatencySeconds = (this.inputLatencyFrames * hopSamples) / sampleRate;
    this.outputLatencySamples = Math.ceil(
      ((fftSamples / 2 + this.#resampler.latencySamples) * outputRate) / sampleRate,
    );
    this.reset();
  }

  /** FFTs run since construction, inverse ones included. */
  get ffts(): number {
    return this.#engine.ffts;
  }

  /** Exactly the state after construction, but for the count of FFTs. */
  reset(): void {
    const { lookAheadFrames, sweeps } = this.#effort;
    this.#feed.isEnded = false;
    this.#engine.reset();
    this.#engine.plan(lookAheadFrames, sweeps);
    this.#resampler.reset();
    this.#early = this.fftSamples / 2 / this.hopSamples;
    this.#taken = 0;
    this.#given = 0;
    this.#isFlushing = false;
  }

  /**
   * Takes frames and gives samples, until all frames are taken or `out` is full; what is left of the frames is to be
   * given again. What was computed and found no room comes first next time.
   * @param frames any number of frames of `frameValues` magnitudes one after the other, scaled as in
   * `stftMagnitudes`. Negative and non-finite ones count as 0, those above 1e6 as 1e6.
   * @param out of any length; what is not written to is left as it is
   * @throws RangeError when `frames` is no whole number of frames; TypeError when one of both is no Float32Array; Error after `flush`
   */
  process(frames: Float32Array, out: Float32Array): InverterProgress {
    if (this.#isFlushing) throw new Error('process was called after flush: call reset first');
    requireSamples('frames', frames);
    requireSamples('out', out);
    const values = this.frameValues;
    if (frames.length % values !== 0) {
      throw new RangeError(
        `frames must hold a multiple of ${values} values (one frame), got ${frames.length}`,
      );
    }
    this.#feed.take(frames);
    this.#progress.produced = this.#fill(out, out.length);
    this.#progress.consumed = this.#feed.at / values;
    this.#taken += this.#progress.consumed;
    this.#feed.take(NO_FRAMES);
    return this.#progress;
  }

  /**
   * Gives what is left of the sound: as if the frames went on in silence, up to the end of the last one's window. To
   * be called until less than `out` is filled; then, or before, `reset` makes ready for other frames.
   */
  flush(out: Float32Array): InverterProgress {
    requireSamples('out', out);
    this.#isFlushing = true;
    this.#feed.isEnded = true;
    const { outputStep, inputStep } = this.#filter;
    const samples = this.#taken === 0 ? 0 : (this.#taken - 1) * this.hopSamples + this.fftSamples / 2;
    const left = Math.ceil((samples * outputStep) / inputStep) - this.#given;
    this.#progress.consumed = 0;
    this.#progress.produced = left > 0 ? this.#fill(out, Math.min(left, out.length)) : 0;
    return this.#progress;
  }

  /**
   * Writes the fftSamples / 2 + 1 linear magnitudes that the engine is given for a frame, for whoever measures how
   * close the sound came to them.
   * @throws RangeError when `frame` is not one frame or `magnitudes` too short
   */
  linearOf(frame: Float32Array, magnitudes: Float32Array): void {
    requireInteger('frame.length', frame.length, this.frameValues, this.frameValues);
    const bins = this.fftSamples / 2 + 1;
    requireInteger('magnitudes.length', magnitudes.length, bins, 2 ** 32);
    this.#feed.linearOf(frame, 0, magnitudes);
  }

  /** Fills the first `room` samples of `out` as far as the frames reach; returns how many. */
  #fill(out: Float32Array, room: Samples): Samples {
    const resampler = this.#resampler;
    let written = 0;
    do {
      for (;;) {
        const count = Math.min(room - written, resampler.available, BLOCK_SAMPLES);
        if (count === 0) break;
        resampler.pull(this.#block, count);
        for (let n = 0; n < count; n++) out[written + n] = this.#block[n];
        written += count;
      }
    } while (resampler.available === 0 && this.#nextHop());
    this.#given += written;
    return written;
  }

  /** Completes a hop and hands it to the resampler; false when a frame is missing. */
  #nextHop(): boolean {
    const engine = this.#engine;
    const { lookAheadFrames, sweeps } = this.#effort;
    while (engine.nextCost > 0) {
      if (engine.readsNext && !this.#feed.hasNext) return false;
      engine.step();
    }
    engine.emit();
    engine.plan(lookAheadFrames, sweeps);
    if (this.#early > 0) this.#early--;
    else this.#resampler.push(engine.output, this.hopSamples);
    return true;
  }
}

/** Hands the caller's frames on to the engine as linear magnitudes; silence once they have ended. */
class FrameFeed implements FrameSource {
  /** Where the next frame begins. */
  at = 0;
  isEnded = false;
  #frames: Float32Array = NO_FRAMES;
  readonly #bins: number;
  readonly #values: number;
  readonly #inverter: MelInverter | undefined;
  readonly #mel: Float32Array;
  /** In the loops' memory, which the caller's array need not be in. */
  readonly #linear: Float32Array;

  constructor(loops: Loops, bins: number, bank: MelFilterbank | undefined) {
    this.#bins = bins;
    this.#values = bank?.bands ?? bins;
    this.#inverter = bank && new MelInverter(bank, loops);
    this.#mel = loops.floats(padded(bank?.bands ?? 0));
    this.#linear = loops.floats(padded(bins));
  }

  get hasNext(): boolean {
    return this.isEnded || this.at < this.#frames.length;
  }

  take(frames: Float32Array): void {
    this.#frames = frames;
    this.at = 0;
  }

  read(magnitudes: Float32Array): void {
    if (this.isEnded) magnitudes.fill(0);
    else {
      this.linearOf(this.#frames, this.at, magnitudes);
      this.at += this.#values;
    }
  }

  linearOf(frames: Float32Array, at: number, magnitudes: Float32Array): void {
    const given = this.#inverter ? this.#mel : this.#linear;
    for (let k = 0; k < this.#values; k++) {
      const value = frames[at + k];
      given[k] = value > 0 && value < Infinity ? Math.min(value, MOST_MAGNITUDE) : 0;
    }
    if (this.#inverter) this.#inverter.invert(this.#mel, this.#linear);
    for (let k = 0; k < this.#bins; k++) magnitudes[k] = this.#linear[k];
  }
}
