// The instrument without a page: performer, decoder and kernel in one thread, on a clock that waits for each of them.
import { requireInteger } from '../contract/errors.ts';
import type { ParameterId } from '../contract/parameters.ts';
import { clipSamples } from '../contract/spectrogram.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { Random } from '../dsp/random.ts';
import type { EngineModules } from '../dsp/wasmLoops.ts';
import { isEffectParameter, type EffectParameterId } from '../instrument/effects/effectParameters.ts';
import { Limiter } from '../instrument/limiter.ts';
import { gainOfDecibels } from '../instrument/loudness.ts';
import { Performer, slotCount } from '../instrument/performer.ts';
import { mapOf } from '../model/map.ts';
import type { NodeModel } from '../model/nodeModel.ts';
import type { DecodeTarget, ToInference } from '../model/protocol.ts';
import { Kernel } from '../worklet/kernel.ts';
import type { ToKernel } from '../worklet/protocol.ts';
import type { OfflineEffects, OfflineEffectsOptions } from './offlineEffects.ts';
import { PlayedPatch } from './playedPatch.ts';

/** The performer is asked for what arpeggio and ties do in steps of this grid, whatever the blocks. */
const gridFrames: Samples = 128;
/** A gesture moves once in so many frames, about as often as on the page. */
const gestureFrames: Samples = 512;
/** The page's volume reaches a new level in this time. */
const volumeRampSeconds: Seconds = 0.02;
const slowestSpeed = 0.1;
/**
 * Effects move at the borders of blocks, 21 ms apart at 48 kHz. In a song of ten minutes each border costs the context as much as
 * the block itself, and twice as many would cost four times as much.
 */
const effectsBlockFrames: Samples = 1024;
/** Effects that ring longer than this after the voices are faded. */
export const longestRingSeconds: Seconds = 30;
/** What is quieter than this at the end is left away: -90 dB. */
const silence = 10 ** (-90 / 20);

/** What the instrument says of the effects that it asks for. */
export type EffectsBegin = Pick<OfflineEffectsOptions, 'blockFrames' | 'values' | 'areSettled'>;

/** How to build it. */
export interface OfflineOptions {
  readonly model: NodeModel;
  readonly sampleRate: Hertz;
  /** Of the kernel's noise and the performer's chances, from 1. Default 1. */
  readonly seed?: number;
  readonly modules?: EngineModules | undefined;
  /** Frames handed out at a time; any number gives the same samples. Default 4096; not to be given with effects. */
  readonly blockFrames?: Samples;
  /** Opens the page's effects, when they are first heard; without it there are the voices alone. */
  readonly openEffects?: ((options: EffectsBegin) => Promise<OfflineEffects>) | undefined;
  /** Takes program changes; true when that has been dealt with. */
  readonly onProgram?: (program: number) => boolean;
}

/** Takes a block of left and right samples; the arrays are used again. */
export type BlockSink = (left: Float32Array, right: Float32Array) => void;

interface Decoded extends DecodeTarget {
  readonly features: Float32Array;
  revision: number;
}

/** An effect is heard while one of these is not 0. */
export const heardEffects: readonly EffectParameterId[] = [
  'drive',
  'chorus',
  'delay',
  'reverb',
  'eqLow',
  'eqMid',
  'eqHigh',
];

/**
 * Plays like the page, with one difference: the decoder is waited for, so that every word is decoded at the latent
 * point of its very frame. The same calls give the same samples. Call `close` in any case.
 */
export class OfflineInstrument {
  readonly performer: Performer;
  readonly patch: PlayedPatch;
  readonly sampleRate: Hertz;
  readonly #model: NodeModel;
  readonly #kernel: Kernel;
  readonly #limiter: Limiter;
  readonly #left: Float32Array<ArrayBuffer>;
  readonly #right: Float32Array<ArrayBuffer>;
  /** The volume at each frame of the block. */
  readonly #volumes: Float32Array;
  readonly #openEffects: OfflineOptions['openEffects'];
  readonly #effectValues: Partial<Record<EffectParameterId, number>> = {};
  #effects: OfflineEffects | null = null;
  readonly #clipSeconds: Seconds;
  readonly #decoded = new Map<number, Decoded>();
  /** Words that notes sound with: by note, until when at the most. */
  readonly #sounding = new Map<number, { slot: number; until: Samples }>();
  readonly #faults: string[] = [];
  #timers: (() => void)[] = [];
  #outbox: ToKernel[] = [];
  #wish: Extract<ToInference, { type: 'targets' }> = { type: 'targets', revision: -1, targets: [] };
  #frame: Samples = 0;
  #fill: Samples = 0;
  #volume = 1;
  #volumeGoal = 1;
  #volumeStep = 0;
  #speed = 1;
  #releaseSeconds: Seconds = 0;
  #peak = 0;
  #decodes = 0;

  /** @throws RangeError on options out of range */
  constructor(options: OfflineOptions) {
    const { model, sampleRate, seed = 1, modules, onProgram, openEffects } = options;
    const { manifest } = model.bundle;
    const blockFrames = openEffects
      ? effectsBlockFrames
      : requireInteger('blockFrames', options.blockFrames ?? 4096, 1, 2 ** 20);
    this.sampleRate = sampleRate;
    this.#model = model;
    this.#left = new Float32Array(blockFrames);
    this.#right = new Float32Array(blockFrames);
    this.#volumes = new Float32Array(blockFrames);
    this.#openEffects = openEffects;
    this.#clipSeconds = clipSamples(manifest.format) / manifest.format.sampleRate;
    this.#limiter = new Limiter(sampleRate);
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
        if (message.type === 'targets') this.#wish = message;
      },
      now: () => this.#frame / sampleRate,
      random: () => random.uniform(),
      onParameter: (id, value) => this.#heard(id, value),
      startTimer: (callback) => {
        this.#timers.push(callback);
        return () => void (this.#timers = this.#timers.filter((other) => other !== callback));
      },
      ...(onProgram ? { onProgram } : {}),
    });
    this.patch = new PlayedPatch(this.performer, manifest.map ? mapOf(model.bundle) : null);
    this.performer.begin();
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
    return this.#peak;
  }

  /** Spectrograms decoded so far. */
  get decodes(): number {
    return this.#decodes;
  }

  /**
   * Renders up to a frame. Blocks of `blockFrames` go to the sink as they fill; `finish` hands out the rest.
   * @throws InputError when effects are to be heard and cannot be
   * @throws Error when the kernel refuses what the performer says: a defect
   */
  async renderTo(frame: Samples, sink: BlockSink): Promise<void> {
    while (this.#frame < frame) {
      const onGrid = this.#frame % gestureFrames === 0;
      if (onGrid) this.patch.passed(gestureFrames / this.sampleRate);
      const nextGrid = (Math.floor(this.#frame / gridFrames) + 1) * gridFrames;
      const end = Math.min(frame, nextGrid);
      this.performer.advance(end);
      await this.#deliver();
      while (this.#frame < end) {
        const count = Math.min(end - this.#frame, this.#left.length - this.#fill);
        this.#process(count);
        if (this.#fill === this.#left.length) sink(...(await this.#block()));
      }
    }
  }

  /**
   * Hands out what is rendered and not handed out yet, and what the effects still ring with: until it is 90 dB down, 30 s at
   * most.
   */
  async finish(sink: BlockSink): Promise<void> {
    const rest = this.#fill;
    const { length } = this.#left;
    if (rest > 0) {
      this.#silence(length - rest);
      const [left, right] = await this.#block();
      const frames = this.#effects ? length : rest;
      sink(left.subarray(0, frames), right.subarray(0, frames));
    }
    if (!this.#effects) return;
    const blocks = Math.ceil(
      (Math.min(this.#effects.tailSeconds, longestRingSeconds) * this.sampleRate) / length,
    );
    // Echoes have silence between them, so only what comes after tells whether it was the end.
    let quiet: [Float32Array, Float32Array][] = [];
    for (let k = 0; k < blocks; k++) {
      this.#silence(length);
      const [left, right] = await this.#block();
      quiet.push([left.slice(), right.slice()]);
      if (!left.some(isHeard) && !right.some(isHeard)) continue;
      if (k === blocks - 1) for (const side of quiet[quiet.length - 1]) fadeOut(side);
      for (const sides of quiet) sink(...sides);
      quiet = [];
    }
  }

  /** Ends the effects. */
  async close(): Promise<void> {
    await this.#effects?.close();
    this.#effects = null;
  }

  /** Fills the block up without the voices, which are silent. */
  #silence(count: Samples): void {
    for (let n = this.#fill; n < this.#fill + count; n++) {
      this.#left[n] = this.#right[n] = 0;
      this.#stepVolume();
      this.#volumes[n] = this.#volume;
    }
    this.#fill += count;
  }

  #process(count: Samples): void {
    const left = this.#left.subarray(this.#fill, this.#fill + count);
    const right = this.#right.subarray(this.#fill, this.#fill + count);
    this.#kernel.process([left, right], this.#frame);
    for (let n = this.#fill; n < this.#fill + count; n++) {
      this.#stepVolume();
      this.#volumes[n] = this.#volume;
    }
    this.#frame += count;
    this.#fill += count;
  }

  /** What becomes of the voices' block: effects, volume, limiter, as on the page. */
  async #block(): Promise<[Float32Array, Float32Array]> {
    if (this.#openEffects && !this.#effects && heardEffects.some((id) => this.#effectValues[id])) {
      this.#effects = await this.#openEffects({
        blockFrames: this.#left.length,
        values: this.#effectValues,
        areSettled: this.#frame <= this.#left.length,
      });
    }
    if (this.#effects) await this.#effects.process(this.#left, this.#right);
    const block: [Float32Array, Float32Array] = [
      this.#left.subarray(0, this.#fill),
      this.#right.subarray(0, this.#fill),
    ];
    for (const side of block) {
      for (let n = 0; n < side.length; n++) {
        side[n] *= this.#volumes[n];
        this.#peak = Math.max(this.#peak, Math.abs(side[n]));
      }
    }
    this.#limiter.process(block, block);
    this.#fill = 0;
    return block;
  }

  #stepVolume(): void {
    if (this.#volume === this.#volumeGoal) return;
    const next = this.#volume + this.#volumeStep;
    const isThere = this.#volumeStep > 0 ? next >= this.#volumeGoal : next <= this.#volumeGoal;
    this.#volume = isThere ? this.#volumeGoal : next;
  }

  #heard(id: ParameterId, value: number): void {
    if (id === 'outputGainDb') {
      this.#volumeGoal = gainOfDecibels(value);
      // What is set before the first sample is there from the first sample.
      if (this.#frame === 0) this.#volume = this.#volumeGoal;
      this.#volumeStep = (this.#volumeGoal - this.#volume) / (volumeRampSeconds * this.sampleRate);
    }
    if (isEffectParameter(id)) {
      this.#effectValues[id] = value;
      this.#effects?.set(id, value);
    }
    this.patch.heard(id, value);
  }

  /** Decodes what the messages to come need, and hands both to the kernel: clips first. */
  async #deliver(): Promise<void> {
    // The performer asks the decoder at most once in a while; here nothing is gained by waiting.
    while (this.#timers.length > 0) for (const callback of this.#timers.splice(0)) callback();
    const messages = this.#outbox;
    this.#outbox = [];
    for (const message of messages) this.#note(message);
    await this.#decode();
    for (const message of messages) this.#kernel.receive(message);
    if (this.#faults.length > 0) throw new Error(this.#faults.join('; '));
  }

  /** Keeps account of which words sound. */
  #note(message: ToKernel): void {
    if (message.type === 'noteOn' || message.type === 'word') {
      const until = this.#sounding.get(message.noteId)?.until ?? Infinity;
      this.#sounding.set(message.noteId, { slot: message.slot, until });
    } else if (message.type === 'noteOff') {
      const note = this.#sounding.get(message.noteId);
      const seconds = this.#clipSeconds / this.#speed + this.#releaseSeconds;
      if (note) note.until = Math.max(message.frame ?? 0, this.#frame) + seconds * this.sampleRate;
    } else if (message.type === 'patch') {
      this.#speed = Math.max(slowestSpeed, Math.abs(message.patch.speed));
      this.#releaseSeconds = message.patch.releaseSeconds;
    }
  }

  async #decode(): Promise<void> {
    const { revision, targets } = this.#wish;
    const slots = new Set<number>();
    for (const [noteId, { slot, until }] of this.#sounding) {
      if (until < this.#frame) this.#sounding.delete(noteId);
      else if (this.#decoded.get(slot)?.revision !== revision) slots.add(slot);
    }
    if (slots.size === 0) return;
    const wanted = targets.filter(({ slot }) => slots.has(slot));
    const moved = wanted.filter((target) => !isSamePoint(target, this.#decoded.get(target.slot)));
    const points = moved.map(({ digitPoint, style }) => ({ digit: digitPoint, style }));
    const features = points.length > 0 ? await this.#model.decode(points) : [];
    this.#decodes += points.length;
    moved.forEach((target, k) => {
      this.#decoded.set(target.slot, { ...target, features: features[k], revision });
    });
    for (const { slot } of wanted) {
      const clip = this.#decoded.get(slot)!;
      clip.revision = revision;
      const { style } = clip;
      this.#kernel.receive({ type: 'clip', slot, revision, style, features: clip.features });
    }
  }
}

function isHeard(sample: number): boolean {
  return Math.abs(sample) > silence;
}

/** In place, over its whole length. */
function fadeOut(samples: Float32Array): void {
  for (let n = 0; n < samples.length; n++) samples[n] *= 1 - (n + 1) / samples.length;
}

function isSamePoint(a: DecodeTarget, b: DecodeTarget | undefined): boolean {
  if (!b) return false;
  return (
    a.style.every((value, k) => value === b.style[k]) &&
    a.digitPoint.every((value, k) => value === b.digitPoint[k])
  );
}
