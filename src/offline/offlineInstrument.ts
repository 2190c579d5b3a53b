// The instrument without a page: performer, decoder and kernel in one thread, on a clock that waits for each of them.
import { setImmediate as nextTask } from 'node:timers/promises';
import { quoted, requireInteger, requireNumber, requireSettings } from '../contract/errors.ts';
import type { ParameterId } from '../contract/parameters.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { Random } from '../dsp/random.ts';
import type { EngineModules } from '../dsp/wasmLoops.ts';
import { Performer, slotCount } from '../performer/performer.ts';
import { mapOf } from '../model/voiceMap.ts';
import type { PartialValues, Preset } from '../patch/preset.ts';
import { memoryStore } from '../session/keyValueStore.ts';
import { Session } from '../session/session.ts';
import { clipOf } from '../model/clipOf.ts';
import { LatentPaths } from '../model/latentPaths.ts';
import type { NodeModel } from '../model/nodeModel.ts';
import type { DecodeTarget, ToInference } from '../model/inferenceProtocol.ts';
import { Kernel } from '../worklet/kernel.ts';
import type { ToKernel } from '../worklet/kernelProtocol.ts';
import { OfflineOutput, type BlockSink, type OpenEffects } from './offlineOutput.ts';

/** The performer is asked for what arpeggio and ties do in steps of this grid, whatever the blocks. */
const gridFrames: Samples = 128;
/** A gesture moves once in so many frames, about as often as on the page. */
const gestureFrames: Samples = 512;
/**
 * Effects move at the borders of blocks, 21 ms apart at 48 kHz. In a song of ten minutes each border costs the context as much as
 * the block itself, and twice as many would cost four times as much.
 */
const effectsBlockFrames: Samples = 1024;

/**
 * How to build it.
 * @example
 * const options: OfflineOptions = { model: await openModel(shippedModel()), sampleRate: 48000, modules: loadEngineModules() };
 */
export interface OfflineOptions {
  readonly model: NodeModel;
  readonly sampleRate: Hertz;
  /** Of the kernel's noise and the performer's chances, from 1. Default 1. */
  readonly seed?: number;
  readonly modules?: EngineModules | undefined;
  /** Frames handed out at a time; any number gives the same samples. Default 4096; not to be given with effects. */
  readonly blockFrames?: Samples;
  /** Opens the page's effects, when they are first heard; without it there are the voices alone. */
  readonly openEffects?: OpenEffects | undefined;
  /** Takes program changes; true when that has been dealt with. */
  readonly onProgram?: (program: number, time: Samples | undefined) => boolean;
}

/**
 * A point that moves on and on, with a gesture or a controller, is decoded at most this often while it has moved by less than
 * `leastMove` in units of the knobs: 0.2 dB of a word (median of voices, digits and directions), and a voice takes five
 * frames, 80 ms, to go there.
 */
const movingSeconds: Seconds = 0.2;
const leastMove = 0.15;

interface Decoded extends DecodeTarget {
  readonly features: Float32Array;
  readonly frame: Samples;
}

/** A note of the kernel, as far as it says what has to be decoded. */
interface HeardNote {
  slot: number;
  /** True until its first clip has been decoded. */
  isNew: boolean;
  /** Factor on its gain: what is at nothing is not heard moving. */
  gain: number;
}

/**
 * Plays like the page, with one difference: the decoder is waited for, so that every word is decoded at the latent
 * point of its very frame. The same calls give the same samples. Call `close` in any case.
 * @example
 * const model = await openModel(shippedModel());
 * const instrument = await OfflineInstrument.open({ model, sampleRate: 48000, modules: loadEngineModules() });
 * const heard: number[] = [];
 * const keep: BlockSink = (left) => heard.push(...left);
 * instrument.performer.noteOn(1, 60, 100, 0); // channel, key, velocity, frame
 * await instrument.renderTo(48000, keep);
 * await instrument.finish(keep);
 * await instrument.close();
 */
export class OfflineInstrument {
  readonly performer: Performer;
  readonly sampleRate: Hertz;
  readonly #kernel: Kernel;
  readonly #output: OfflineOutput;
  readonly #left: Float32Array<ArrayBuffer>;
  readonly #right: Float32Array<ArrayBuffer>;
  readonly #decoded = new Map<number, Decoded>();
  readonly #paths: LatentPaths;
  readonly #heard = new Map<number, HeardNote>();
  readonly #faults: string[] = [];
  #timers: (() => void)[] = [];
  #outbox: ToKernel[] = [];
  #asked: Extract<ToInference, { type: 'targets' }> = {
    type: 'targets',
    revision: -1,
    held: 0,
    targets: [],
  };
  #frame: Samples = 0;
  #fill: Samples = 0;
  readonly #ticks = new Set<() => void>();
  #session: Session | null = null;

  /**
   * Builds the instrument with a session on it.
   * @throws TypeError or RangeError (rejection) naming an option that is missing or out of range
   */
  static async open(options: OfflineOptions): Promise<OfflineInstrument> {
    const instrument = new OfflineInstrument(options);
    const { bundle } = options.model;
    instrument.#session = await Session.open({
      performer: instrument.performer,
      manifest: bundle.manifest,
      bundle: bundle.identity,
      map: bundle.manifest.map ? mapOf(bundle) : null,
      applyOutput: (changed) => instrument.#applyOutput(changed),
      now: () => instrument.#frame / instrument.sampleRate,
      startTicks: (tick) => {
        instrument.#ticks.add(tick);
        return () => void instrument.#ticks.delete(tick);
      },
      store: memoryStore(),
    });
    instrument.performer.begin();
    return instrument;
  }

  private constructor(options: OfflineOptions) {
    const example = '{ model: await openModel(shippedModel()), sampleRate: 48000 }';
    const {
      model,
      sampleRate,
      seed = 1,
      modules,
      onProgram,
      openEffects,
    } = requireSettings('options', options, example);
    if (typeof (model as Partial<NodeModel> | undefined)?.decode !== 'function') {
      throw new TypeError(
        `model must be what openModel resolves with, got ${quoted(model)}; such as ${example}`,
      );
    }
    requireInteger('sampleRate', sampleRate, 1000, 768_000, 'whole hertz');
    const { manifest } = model.bundle;
    const blockFrames = openEffects
      ? effectsBlockFrames
      : requireInteger('blockFrames', options.blockFrames ?? 4096, 1, 2 ** 20);
    this.sampleRate = sampleRate;
    this.#paths = new LatentPaths(manifest.format, (points) => model.decode(points));
    this.#left = new Float32Array(blockFrames);
    this.#right = new Float32Array(blockFrames);
    this.#output = new OfflineOutput(sampleRate, blockFrames, openEffects);
    this.#kernel = new Kernel(
      {
        format: manifest.format,
        contextRate: sampleRate,
        slots: slotCount(manifest),
        styleDimensions: manifest.latent.styleDimensions,
        seed,
        modules,
      },
      (message) => {
        if (message.type === 'error') this.#faults.push(message.message);
      },
    );
    const random = new Random(seed);
    this.performer = new Performer({
      manifest,
      sampleRate,
      sendKernel: (message) => this.#outbox.push(message),
      sendInference: (message) => {
        if (message.type === 'targets') this.#asked = message;
      },
      now: () => this.#frame / sampleRate,
      random: () => random.uniform(),
      decodesAhead: false,
      onMove: (id, value, time) => this.session.takeOver(id, value, time),
      startTimer: (callback) => {
        this.#timers.push(callback);
        return () => void (this.#timers = this.#timers.filter((other) => other !== callback));
      },
      ...(onProgram ? { onProgram: (program, _channel, _bank, time) => onProgram(program, time) } : {}),
    });
  }

  /** What is played: the very session of the page. */
  get session(): Session {
    if (!this.#session) throw new Error('the instrument is not open; wait for OfflineInstrument.open');
    return this.#session;
  }

  /**
   * Loads a preset; its gesture starts from its front.
   * @returns a sentence for each reason why something of it is not played
   */
  load(preset: Preset, time?: Samples): string[] {
    const notices = this.session.load(preset, time);
    this.session.gesture.play();
    return notices;
  }

  /** Frames that the voices have played: the frame of now. */
  get frame(): Samples {
    return this.#frame;
  }

  /** Notes that sound. */
  get activeVoices(): number {
    return this.#kernel.status().activeVoices;
  }

  /** Notes that found no clip or no room: 0 unless something is wrong. */
  get missedNotes(): number {
    return this.#kernel.status().missedNotes;
  }

  /** Largest magnitude that went into the limiter so far, linear. */
  get peak(): number {
    return this.#output.peak;
  }

  /** Spectrograms decoded so far. */
  get decodes(): number {
    return this.#paths.decodes;
  }

  /**
   * Renders up to a frame. Blocks of `blockFrames` go to the sink as they fill; `finish` hands out the rest.
   * @param to whole frames; one that is over renders nothing
   * @throws RangeError (rejection) for a frame that is none, TypeError for a sink that is no function
   * @throws InputError when effects are to be heard and cannot be
   * @throws Error when the kernel refuses what the performer says: a defect
   */
  async renderTo(to: Samples, sink: BlockSink): Promise<void> {
    const frame = Math.round(requireNumber('frame', to, 0, Number.MAX_SAFE_INTEGER, 'seconds x sampleRate'));
    if (typeof sink !== 'function') {
      throw new TypeError(
        `sink must be a function such as (left, right) => keep(left, right), got ${quoted(sink)}`,
      );
    }
    while (this.#frame < frame) {
      const onGrid = this.#frame % gestureFrames === 0;
      if (onGrid) for (const tick of [...this.#ticks]) tick();
      const nextGrid = (Math.floor(this.#frame / gridFrames) + 1) * gridFrames;
      const end = Math.min(frame, nextGrid);
      this.performer.advance(end);
      await this.#deliver();
      while (this.#frame < end) {
        const count = Math.min(end - this.#frame, this.#left.length - this.#fill);
        this.#process(count);
        if (this.#fill === this.#left.length) {
          await this.#output.process([this.#left, this.#right]);
          sink(this.#left, this.#right);
          this.#fill = 0;
          // Ctrl-C is heard between two tasks only.
          await nextTask();
        }
      }
    }
  }

  /** Hands out what is rendered and not handed out yet, and what the effects still ring with. */
  async finish(sink: BlockSink): Promise<void> {
    const { length } = this.#left;
    const fill = this.#fill;
    if (fill > 0) {
      this.#left.fill(0, fill);
      this.#right.fill(0, fill);
      this.#output.step(fill, length - fill);
      await this.#output.process([this.#left, this.#right]);
      const frames = this.#output.hasEffects ? length : fill;
      sink(this.#left.subarray(0, frames), this.#right.subarray(0, frames));
      this.#fill = 0;
    }
    await this.#output.ring(sink);
  }

  /** Ends the effects. */
  close(): Promise<void> {
    return this.#output.close();
  }

  #process(count: Samples): void {
    const left = this.#left.subarray(this.#fill, this.#fill + count);
    const right = this.#right.subarray(this.#fill, this.#fill + count);
    this.#kernel.process([left, right], this.#frame);
    this.#output.step(this.#fill, count);
    this.#frame += count;
    this.#fill += count;
  }

  #applyOutput(changed: PartialValues): void {
    for (const [id, value] of Object.entries(changed)) this.#output.heard(id as ParameterId, value);
  }

  /** Decodes what the messages to come need, and hands both to the kernel: clips first. */
  async #deliver(): Promise<void> {
    // The performer asks the decoder at most once in a while; here nothing is gained by waiting.
    while (this.#timers.length > 0) for (const callback of this.#timers.splice(0)) callback();
    const messages = this.#outbox;
    this.#outbox = [];
    this.#forgetEnded();
    for (const message of messages) this.#note(message);
    await this.#decode();
    for (const message of messages) this.#kernel.receive(message);
    if (this.#faults.length > 0) throw new Error(this.#faults.join('; '));
  }

  /** Keeps account of what the kernel is told to sound. */
  #note(message: ToKernel): void {
    if (message.type === 'noteOn') {
      this.#heard.set(message.noteId, { slot: message.slot, isNew: true, gain: 1 });
    } else if (message.type === 'word') {
      const note = this.#heard.get(message.noteId);
      if (note) Object.assign(note, { slot: message.slot, isNew: true });
    } else if (message.type === 'control' && message.gain !== undefined) {
      const note = message.noteId === undefined ? undefined : this.#heard.get(message.noteId);
      if (note) note.gain = message.gain;
    }
  }

  /** Decodes what is heard and has moved. What a note begins with is decoded at its very point. */
  async #decode(): Promise<void> {
    const begun = new Set<number>();
    const moving = new Set<number>();
    for (const { slot, isNew, gain } of this.#heard.values()) {
      if (isNew) begun.add(slot);
      else if (gain > 0) moving.add(slot);
    }
    const wanted = this.#asked.targets.filter((target) => {
      const { slot, revision } = target;
      if (!begun.has(slot) && !moving.has(slot)) return false;
      const before = this.#decoded.get(slot);
      return before?.revision !== revision && (begun.has(slot) || !this.#canWait(target, before));
    });
    for (const note of this.#heard.values()) note.isNew = false;
    if (wanted.length === 0) return;
    const moved = wanted.filter((target) => !isSamePoint(target, this.#decoded.get(target.slot)));
    const features = await this.#paths.features(moved);
    moved.forEach((target, k) => {
      this.#decoded.set(target.slot, { ...target, features: features[k], frame: this.#frame });
    });
    for (const target of wanted) {
      const { features, frame } = this.#decoded.get(target.slot)!;
      this.#decoded.set(target.slot, { ...target, features, frame });
      this.#kernel.receive(clipOf(target, features));
    }
  }

  /** True for a small move soon after another. */
  #canWait(target: DecodeTarget, before: Decoded | undefined): boolean {
    if (!before || before.noteId !== target.noteId) return false;
    // Counted in steps of the grid, so that it does not depend on when `renderTo` is called.
    const steps = Math.floor(this.#frame / gridFrames) - Math.floor(before.frame / gridFrames);
    if (steps * gridFrames >= movingSeconds * this.sampleRate) return false;
    let distance = 0;
    for (let k = 0; k < target.style.length; k++) distance += (target.style[k] - before.style[k]) ** 2;
    return distance < leastMove ** 2 && isSame(target.digitPoint, before.digitPoint);
  }

  /** Lets go of notes that have ended in the kernel. */
  #forgetEnded(): void {
    for (const noteId of this.#heard.keys()) if (!this.#kernel.sounds(noteId)) this.#heard.delete(noteId);
  }
}

function isSamePoint(a: DecodeTarget, b: DecodeTarget | undefined): boolean {
  return b !== undefined && isSame(a.style, b.style) && isSame(a.digitPoint, b.digitPoint);
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}
