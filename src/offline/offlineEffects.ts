// The page's own effects in Node: the same graph in an offline context that stands still between blocks.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Context as ToneContext } from 'tone/build/esm/core/context/Context.js';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import type { EffectParameterId } from '../output/effects/effectParameters.ts';
import type { createEffects, Effects } from '../output/effects/effects.ts';
import type { measureLoopLag } from '../output/effects/loopLag.ts';
import type { allAtOnce } from '../output/effects/slices.ts';
import { loadWebAudio, type WebAudio } from '../node/webAudio.ts';

/** What is loaded only for files with effects. */
interface Parts {
  readonly webAudio: WebAudio;
  readonly Context: typeof ToneContext;
  readonly createEffects: typeof createEffects;
  readonly measureLoopLag: typeof measureLoopLag;
  readonly allAtOnce: typeof allAtOnce;
}

/** Web Audio's own. */
const quantumFrames: Samples = 128;
/** Effects that are there from the start have faded in before the first block. */
const warmUpSeconds: Seconds = 0.1;

/** JavaScript does not know how much memory lies behind the sources, one for each block, and would let 1 MB a second grow. */
const blocksBetweenCollections = 256;

let loading: Promise<Parts> | undefined;

/** @throws InputError saying what to do when Web Audio cannot be loaded */
function load(): Promise<Parts> {
  return (loading ??= loadParts());
}

async function loadParts(): Promise<Parts> {
  const webAudio = await loadWebAudio('the effects need', 'give --dry for the voices alone');
  // Tone knows nodes by the classes of the window that is there while it is loaded, and never asks again. Other libraries
  // take a window for a browser, so it does not stay.
  Object.assign(globalThis, { window: { ...webAudio } });
  try {
    const [{ Context }, { createEffects }, { measureLoopLag }, { allAtOnce }] = await Promise.all([
      import('tone/build/esm/core/context/Context.js'),
      import('../output/effects/effects.ts'),
      import('../output/effects/loopLag.ts'),
      import('../output/effects/slices.ts'),
    ]);
    return { webAudio, Context, createEffects, measureLoopLag, allAtOnce };
  } finally {
    Reflect.deleteProperty(globalThis, 'window');
  }
}

/**
 * Nodes and their memory last until their JavaScript halves are collected: without this a long file takes much memory, and its
 * end several seconds, as rooms are rendered that nobody hears. Where it does not work it does no harm.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('globalThis.gc') as (() => void) | undefined)?.();
}

/**
 * How to open the effects.
 * @example
 * const options: OfflineEffectsOptions = {
 *   sampleRate: 48000, blockFrames: 1024, longestFrames: 480000, values: { reverb: 0.4 }, areSettled: true,
 * };
 */
export interface OfflineEffectsOptions {
  readonly sampleRate: Hertz;
  /** Frames of every block: a power of 2 from 128 to 32768. */
  readonly blockFrames: Samples;
  /** Most frames that will come; the context takes 4 bytes for each as they come. */
  readonly longestFrames: Samples;
  /** What is set from the start. */
  readonly values: Partial<Record<EffectParameterId, number>>;
  /** True where that has been so for a while; else it fades in with the first block. */
  readonly areSettled: boolean;
}

/**
 * Effects for blocks of samples. What is set between two blocks takes effect with the second, and timers run between blocks, so
 * that the same blocks give the same samples.
 *
 * The context stands still at the start of every block. A source then brings the block, and analysers keep the last
 * samples of each side until they are read.
 * @example
 * const instrument = await OfflineInstrument.open({
 *   model, sampleRate: 48000,
 *   openEffects: (begin) => OfflineEffects.open({ ...begin, sampleRate: 48000, longestFrames: 480000 }),
 * });
 */
export class OfflineEffects {
  readonly #context: OfflineAudioContext;
  readonly #effects: Effects;
  readonly #source: GainNode;
  readonly #analysers: readonly AnalyserNode[];
  readonly #blockFrames: Samples;
  /** One for each block: it stands still before it. */
  readonly #halts: readonly Promise<void>[];
  readonly #rendering: Promise<unknown>;
  #timers: { readonly due: Seconds; readonly action: () => void }[] = [];
  /** Blocks done. */
  #done = 0;

  /** @throws InputError when Web Audio cannot be loaded */
  static async open(options: OfflineEffectsOptions): Promise<OfflineEffects> {
    const parts = await load();
    const { sampleRate, blockFrames, longestFrames, values, areSettled } = options;
    const { OfflineAudioContext } = parts.webAudio;
    const loopLag = await parts.measureLoopLag(sampleRate, OfflineAudioContext);
    const warmUp = areSettled ? Math.ceil((warmUpSeconds * sampleRate) / blockFrames) : 0;
    const blocks = warmUp + Math.ceil(longestFrames / blockFrames);
    const opened = new OfflineEffects(parts, sampleRate, blockFrames, blocks, loopLag);
    for (const [id, value] of Object.entries(values)) opened.set(id as EffectParameterId, value);
    const [left, right] = [new Float32Array(blockFrames), new Float32Array(blockFrames)];
    for (let block = 0; block < warmUp; block++) await opened.process(left, right);
    return opened;
  }

  private constructor(
    parts: Parts,
    sampleRate: Hertz,
    blockFrames: Samples,
    blocks: number,
    loopLag: Seconds,
  ) {
    // What the context itself gives is silence: the analysers hold the sound.
    const context = new parts.webAudio.OfflineAudioContext(1, (blocks + 1) * blockFrames, sampleRate);
    this.#context = context;
    this.#blockFrames = blockFrames;
    this.#source = context.createGain();
    const result = context.createChannelSplitter(2);
    this.#analysers = [0, 1].map((side) => {
      const analyser = context.createAnalyser();
      analyser.fftSize = blockFrames;
      result.connect(analyser, side);
      return analyser;
    });
    const end = context.createGain();
    end.channelCount = 2;
    end.channelCountMode = 'explicit';
    end.connect(result);
    const tone = new parts.Context({
      context: context as unknown as AudioContext,
      lookAhead: 0,
      clockSource: 'offline',
    });
    this.#effects = parts.createEffects(tone, this.#source, end, {
      later: (seconds, action) => this.#later(seconds, action),
      slices: parts.allAtOnce,
      loopLag,
    });
    // It stops at the next quantum; half of one less than the frame is no matter of rounding.
    this.#halts = Array.from({ length: blocks + 1 }, (_, k) =>
      context.suspend(Math.max(0, k * blockFrames - quantumFrames / 2) / sampleRate),
    );
    this.#rendering = context.startRendering();
    // What fails is told where it is awaited.
    for (const promise of [...this.#halts, this.#rendering]) promise.catch(() => undefined);
  }

  /** As `Effects.set`. */
  set(id: EffectParameterId, value: number): void {
    this.#effects.set(id, value);
  }

  /** As `Effects.silence`. */
  silence(): void {
    this.#effects.silence();
  }

  /** How long they sound on, at the most, after what goes in has gone silent. */
  get tailSeconds(): Seconds {
    return this.#effects.tailSeconds;
  }

  /**
   * Puts a block through the effects, in place; `blockFrames` samples each.
   * @throws Error when more than `longestFrames` have come: a defect
   */
  async process(left: Float32Array<ArrayBuffer>, right: Float32Array<ArrayBuffer>): Promise<void> {
    if (this.#done + 1 >= this.#halts.length) throw new Error('more frames than the effects were opened for');
    await this.#halts[this.#done];
    this.#runTimers();
    // What was set takes effect with the end of the task.
    await Promise.resolve();
    const context = this.#context;
    const buffer = context.createBuffer(2, this.#blockFrames, context.sampleRate);
    buffer.copyToChannel(left, 0);
    buffer.copyToChannel(right, 1);
    const block = context.createBufferSource();
    block.buffer = buffer;
    block.connect(this.#source);
    block.start();
    this.#done++;
    await Promise.all([context.resume(), this.#halts[this.#done]]);
    const [leftEnd, rightEnd] = this.#analysers;
    if (this.#done % blocksBetweenCollections === 0) collectGarbage();
    leftEnd.getFloatTimeDomainData(left);
    rightEnd.getFloatTimeDomainData(right);
  }

  /** Takes all apart and lets the context come to its end. Call in any case: it keeps the process alive. */
  async close(): Promise<void> {
    this.#effects.dispose();
    collectGarbage();
    await new Promise(setImmediate);
    for (; this.#done < this.#halts.length; this.#done++) {
      await this.#halts[this.#done];
      await this.#context.resume();
    }
    await this.#rendering;
  }

  #later(seconds: Seconds, action: () => void): () => void {
    const timer = { due: this.#context.currentTime + seconds, action };
    this.#timers.push(timer);
    return () => void (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  #runTimers(): void {
    const now = this.#context.currentTime;
    for (const timer of this.#timers.filter(({ due }) => due <= now)) {
      // One may call another off.
      if (!this.#timers.includes(timer)) continue;
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.action();
    }
  }
}
