// Streaming spectrogram inversion: magnitudes in, samples out, a hop at a time, in bounded steps.
import { requireInteger, requireNumber } from '../contract/errors.ts';
import type { Frames, Samples } from '../contract/units.ts';
import { LOG_FLOOR, type Loops, type StartFrame } from './loops.ts';
import { padded, type PhaseTables } from './phaseTables.ts';

/** How much a hop is worked on. */
export interface Effort {
  /** Frames refined ahead of the one that becomes final. */
  readonly lookAheadFrames: Frames;
  /** Sweeps over those frames a hop. */
  readonly sweeps: number;
}

/** The setting of a played voice: 17 FFTs a hop. */
export const liveSetting: Effort = { lookAheadFrames: 3, sweeps: 2 };
/** The setting for files, where time is no matter: 63 FFTs a hop. */
export const studioSetting: Effort = { lookAheadFrames: 7, sweeps: 4 };

/** Settings of a PhaseEngine. */
export interface PhaseEngineOptions {
  /** Most frames of look-ahead that will be asked for, 0..32. */
  readonly maxLookAheadFrames: Frames;
  /**
   * 0..0.99. Default 0.7; at hop = window/4 0.65 to 0.75 are alike within half a decibel, 0.8 is worse by four
   * with many sweeps.
   */
  readonly momentum?: number;
  /**
   * Share of the way to its magnitudes by which a sweep overshoots them, 0..0.7. Default 0.4; 0.3 to 0.5 are
   * alike, 0.7 is worse, 0.8 breaks down.
   */
  readonly relaxation?: number;
  /** Seed of the random phases, any 32 bits. Default 1. */
  readonly seed?: number;
  /**
   * Bins whose level changes by less than this many nepers over two hops get a random phase: where nothing in the
   * magnitudes tells of a phase, a computed one is that of a tone. 0 turns it off. Default 0.
   */
  readonly smoothNepers?: number;
}

/** Stands for the seed 0. */
const ZERO_SEED = 0x5eed;

/** Where an engine gets its frames. */
export interface FrameSource {
  /**
   * Writes the next frame's magnitudes: fftSamples / 2 + 1 values, scaled as in `stftMagnitudes`, finite and >= 0.
   */
  read(magnitudes: Float32Array): void;
}

/**
 * Costs of the steps in units of one FFT, for spreading them evenly: medians of sounding frames with the SIMD
 * loops, a kernel's features and harmonics included. `npm run bench -- loops` prints the parts.
 */
export const stepCosts = { read: 9, start: 12, visit: 3 } as const;

/**
 * Streaming phase reconstruction from STFT magnitudes.
 *
 * A frame enters with phases by RTPGHI (Prusa & Sondergaard 2016), with one more frame of magnitudes known. It is
 * then refined by sweeps of Griffin & Lim's projection (1984) over the frames in flight, each update seeing the
 * ones before it at once (Gauss-Seidel, as in RTISI-LA: Zhu, Beauregard & Wyse 2007), with the momentum of fast
 * Griffin-Lim (Perraudin, Balazs & Sondergaard 2013) kept per frame, and overshoots its magnitudes (Luke 2005
 * relaxes reflections so). Four choices were settled by measurement (mean spectral convergence of 60 FSDD words,
 * hop = window/4, look-ahead 3, 2 sweeps, -29.88 dB): sweeps overshoot (-29.09 without); the overlap-add of the
 * frames in flight is divided by the window energy present so far, not by that of all frames to come (-28.18);
 * sweeps run from the newest frame to the oldest (-29.01 the other way); a new frame's phases continue the
 * refined, not the starting phases of the frame before (-29.11).
 *
 * Each hop: `plan` says how much to do, `step` does a bounded piece of it, `emit` what is left and gives the
 * samples. The look-ahead may change from hop to hop, since a frame is read when it is needed. Frame i that is
 * read is centred on sample i * hopSamples; hop h that is emitted begins at sample h * hopSamples - fftSamples /
 * 2. Frames before the first count as silence. The constructor allocates, nothing else does; frames of silence
 * cost no FFT.
 */
export class PhaseEngine {
  readonly fftSamples: Samples;
  readonly hopSamples: Samples;
  readonly maxLookAheadFrames: Frames;
  /** The samples of the hop emitted last. */
  readonly output: Float32Array;
  /** FFTs run since construction, inverse ones included. */
  ffts = 0;

  readonly #loops: Loops;
  readonly #tables: PhaseTables;
  readonly #source: FrameSource;
  readonly #momentum: number;
  readonly #relaxation: number;
  readonly #smooth: number;
  readonly #seed: number;
  readonly #scale: number;
  readonly #sum: Float32Array;
  readonly #random: Int32Array;
  /**
   * A ring: the frame emitted last, those in flight from the oldest on, the one read but not started, the one
   * being read.
   */
  readonly #frames: readonly FlyingFrame[];
  #base = 0;
  #active: Frames = 0;
  #hasPending = false;
  /**
   * Of this hop: frames to start, whether the one to come is read, visits to make and made, and the first sweep's.
   */
  #starts = 0;
  #isRead = false;
  #visits = 0;
  #visited = 0;
  #skipped = 0;

  /**
   * @param tables may be shared by engines of the same loops
   * @throws RangeError on options out of range
   */
  constructor(loops: Loops, tables: PhaseTables, source: FrameSource, options: PhaseEngineOptions) {
    const { maxLookAheadFrames, momentum = 0.7, relaxation = 0.4, seed = 1, smoothNepers = 0 } = options;
    requireInteger('maxLookAheadFrames', maxLookAheadFrames, 0, 32);
    requireNumber('momentum', momentum, 0, 0.99);
    requireNumber('relaxation', relaxation, 0, 0.7);
    requireInteger('seed', seed, 0, 4294967295);
    requireNumber('smoothNepers', smoothNepers, 0, 100);
    const { fftSamples, hopSamples, bins } = tables;
    this.fftSamples = fftSamples;
    this.hopSamples = hopSamples;
    this.maxLookAheadFrames = maxLookAheadFrames;
    this.output = loops.floats(hopSamples);
    this.#loops = loops;
    this.#tables = tables;
    this.#source = source;
    this.#momentum = momentum;
    this.#relaxation = relaxation;
    this.#smooth = smoothNepers;
    this.#seed = seed;
    this.#scale = fftSamples / 4;
    this.#sum = loops.floats(maxLookAheadFrames * hopSamples + fftSamples);
    this.#random = loops.integers(4);
    this.#frames = Array.from(
      { length: maxLookAheadFrames + 4 },
      () => new FlyingFrame(loops, fftSamples, padded(bins)),
    );
    this.reset();
  }

  /** Bytes that an engine takes of its loops' memory, at most. */
  static bytes(fftSamples: Samples, maxLookAheadFrames: Frames): number {
    return 4 * ((maxLookAheadFrames + 4) * (4 * fftSamples + 64) + (maxLookAheadFrames + 4) * fftSamples);
  }

  /** Exactly the state after construction. */
  reset(): void {
    this.#sum.fill(0);
    this.output.fill(0);
    for (let i = 0; i < this.#frames.length; i++) this.#frames[i].reset();
    // The generator stands still at 0.
    this.#random[0] = this.#seed | 0 || ZERO_SEED;
    this.#base = 0;
    this.#active = 0;
    this.#hasPending = false;
    this.#starts = 0;
    this.#isRead = false;
    this.#visits = 0;
    this.#visited = 0;
  }

  /** Frames ahead of the oldest one in flight; -1 when none is. */
  get lookAheadFrames(): Frames {
    return this.#active - 1;
  }

  /**
   * Plans the next hop. Frames are read until `lookAheadFrames` (0..maxLookAheadFrames) lie ahead of the oldest;
   * with more in flight none is. Must follow a reset or an `emit`.
   * @returns cost of the steps, in units of one FFT
   */
  plan(lookAheadFrames: Frames, sweeps: number): number {
    const wanted = Math.min(this.maxLookAheadFrames, Math.max(0, lookAheadFrames)) + 1;
    this.#starts = Math.max(0, wanted - this.#active);
    this.#isRead = false;
    const active = this.#active + this.#starts;
    // With many sweeps the first one leaves the oldest frame out: 0.02 dB for two FFTs.
    this.#skipped = sweeps > 2 && active > 1 ? 1 : 0;
    this.#visits = sweeps * active - this.#skipped;
    this.#visited = 0;
    const reads = this.#starts + (this.#hasPending || this.#starts === 0 ? 0 : 1);
    return reads * stepCosts.read + this.#starts * stepCosts.start + this.#visits * stepCosts.visit;
  }

  /** Frames that have been read and are not heard yet: those in flight and those read ahead of them. */
  get unheardFrames(): Frames {
    return this.#active + (this.#hasPending ? 1 : 0) + (this.#isRead ? 1 : 0);
  }

  /**
   * Lets go of all `unheardFrames`, which the source must then give anew. Their look-ahead is lost and grows again. Must be
   * followed by `plan`.
   */
  dropUnheard(): void {
    const sum = this.#sum;
    for (let age = 0; age < this.#active; age++) {
      const { share } = this.#frame(age);
      const at = age * this.hopSamples;
      for (let n = 0; n < share.length; n++) sum[at + n] -= share[n];
    }
    this.#active = 0;
    this.#hasPending = false;
    this.#isRead = false;
    this.#starts = 0;
    this.#visits = 0;
    this.#visited = 0;
  }

  /** Cost of the step that comes next, in units of one FFT; 0 when the hop waits for `emit`. */
  get nextCost(): number {
    if (this.#starts > 0) return this.#isRead ? stepCosts.start : stepCosts.read;
    return this.#visited < this.#visits ? stepCosts.visit : 0;
  }

  /** True when the next step reads a frame from the source. */
  get readsNext(): boolean {
    return this.#starts > 0 && !this.#isRead;
  }

  /** Does the next step of the hop; does nothing when all are done. */
  step(): void {
    if (this.#starts > 0) {
      if (!this.#hasPending) this.#read(this.#frame(this.#active));
      else if (!this.#isRead) this.#read(this.#frame(this.#active + 1));
      else this.#start();
    } else if (this.#visited < this.#visits) {
      const active = this.#active;
      const visit = this.#visited++;
      const first = active - this.#skipped;
      this.#refine(visit < first ? active - 1 - visit : active - 1 - ((visit + this.#skipped) % active));
    }
  }

  /** Completes the hop: runs what is left of its steps, writes `output` and lets go of the oldest frame. */
  emit(): void {
    while (this.nextCost > 0) this.step();
    const sum = this.#sum;
    this.#loops.emit(sum, sum.length, this.#tables.outputGain, this.hopSamples, this.output);
    this.#base = (this.#base + 1) % this.#frames.length;
    this.#active--;
  }

  /** Frame of an age: 0 is the oldest in flight, -1 the one before it. */
  #frame(age: number): FlyingFrame {
    return this.#frames[(this.#base + 1 + age) % this.#frames.length];
  }

  #read(frame: FlyingFrame): void {
    const { bins } = this.#tables;
    const { magnitudes } = frame;
    this.#source.read(magnitudes);
    const scale = this.#scale;
    for (let k = 0; k < bins; k++) magnitudes[k] *= scale;
    frame.silent = !(this.#loops.logarithms(magnitudes, frame.logs, bins) > 0);
    frame.visited = false;
    if (this.#hasPending) this.#isRead = true;
    else this.#hasPending = true;
  }

  /** Gives the pending frame its phases and its place in the overlap-add. */
  #start(): void {
    const age = this.#active;
    const frame = this.#frame(age);
    frame.share.fill(0);
    if (frame.silent) frame.spectrum.fill(0);
    else {
      this.#loops.startPhases(
        this.#tables.start,
        this.#frame(age - 1),
        frame,
        this.#frame(age + 1),
        this.#smooth,
        this.#random,
      );
      this.#synthesise(frame, age);
    }
    this.#active++;
    this.#starts--;
    this.#isRead = false;
  }

  #refine(age: number): void {
    const frame = this.#frame(age);
    if (frame.silent) return;
    const younger = Math.min(this.#active - 1 - age, this.#tables.overlap - 1);
    this.#loops.project(
      this.#sum,
      age * this.hopSamples,
      this.#tables.analysis[younger],
      frame.magnitudes,
      frame.visited ? this.#momentum : 0,
      this.#relaxation,
      frame.rebuilt,
      frame.spectrum,
    );
    this.ffts++;
    frame.visited = true;
    this.#synthesise(frame, age);
  }

  #synthesise(frame: FlyingFrame, age: number): void {
    this.#loops.synthesise(
      frame.spectrum,
      this.#tables.window,
      frame.share,
      this.#sum,
      age * this.hopSamples,
    );
    this.ffts++;
  }
}

/** Logarithm of a silent bin. */
const SILENT_LOG = Math.log(LOG_FLOOR);

/** A frame in flight; its magnitudes and spectra are in the FFT's scale. */
class FlyingFrame implements StartFrame {
  readonly magnitudes: Float32Array;
  readonly logs: Float32Array;
  readonly spectrum: Float32Array;
  readonly rebuilt: Float32Array;
  readonly share: Float32Array;
  silent = true;
  visited = false;

  constructor(loops: Loops, fftSamples: Samples, bins: number) {
    this.magnitudes = loops.floats(bins);
    this.logs = loops.floats(bins);
    this.spectrum = loops.floats(fftSamples);
    this.rebuilt = loops.floats(fftSamples);
    this.share = loops.floats(fftSamples);
    this.reset();
  }

  reset(): void {
    this.magnitudes.fill(0);
    this.logs.fill(SILENT_LOG);
    this.spectrum.fill(0);
    this.rebuilt.fill(0);
    this.silent = true;
    this.visited = false;
  }
}
