// What follows the voices offline, block by block as on the page: effects, volume and limiter.
import type { ParameterId } from '../contract/parameters.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import {
  effectAmountIds,
  isEffectParameter,
  type EffectParameterId,
} from '../output/effects/effectParameters.ts';
import { Limiter } from '../output/limiter.ts';
import { gainOfDecibels } from '../dsp/loudness.ts';
import type { OfflineEffects, OfflineEffectsOptions } from './offlineEffects.ts';

/** The page's volume reaches a new level in this time. */
const volumeRampSeconds: Seconds = 0.02;
/** Effects that ring longer than this after the voices are faded. */
export const longestRingSeconds: Seconds = 30;
/** What is quieter than this at the end is left away: -90 dB. */
const silence = 10 ** (-90 / 20);

/**
 * Takes a block of left and right samples; the arrays are used again.
 * @example
 * const keep: BlockSink = (left, right) => void blocks.push([left.slice(), right.slice()]);
 */
export type BlockSink = (left: Float32Array, right: Float32Array) => void;

/**
 * Opens the page's effects for what is known here.
 * @example
 * const openEffects: OpenEffects = (begin) =>
 *   OfflineEffects.open({ ...begin, sampleRate: 48000, longestFrames: 10 * 48000 });
 */
export type OpenEffects = (
  options: Pick<OfflineEffectsOptions, 'blockFrames' | 'values' | 'areSettled'>,
) => Promise<OfflineEffects>;

/** Left and right, changed in place. */
type Block = readonly [Float32Array<ArrayBuffer>, Float32Array<ArrayBuffer>];

/** The chain for blocks of one length. Call `close` in any case. */
export class OfflineOutput {
  readonly #sampleRate: Hertz;
  readonly #limiter: Limiter;
  readonly #openEffects: OpenEffects | undefined;
  readonly #effectValues: Partial<Record<EffectParameterId, number>> = {};
  /** The volume at each frame of the block. */
  readonly #volumes: Float32Array;
  #effects: OfflineEffects | null = null;
  #hasStepped = false;
  #hasProcessed = false;
  #volume = 1;
  #volumeGoal = 1;
  #volumeStep = 0;
  #peak = 0;

  /** @param openEffects called when an effect is first heard; without it there are none */
  constructor(sampleRate: Hertz, blockFrames: Samples, openEffects: OpenEffects | undefined) {
    this.#sampleRate = sampleRate;
    this.#limiter = new Limiter(sampleRate);
    this.#openEffects = openEffects;
    this.#volumes = new Float32Array(blockFrames);
  }

  /** Largest magnitude that went into the limiter so far, linear. */
  get peak(): number {
    return this.#peak;
  }

  /** Takes the parameters that concern it, and no others. */
  heard(id: ParameterId, value: number): void {
    if (id === 'outputGainDb') {
      this.#volumeGoal = gainOfDecibels(value);
      // What is set before the first sample is there from the first sample.
      if (!this.#hasStepped) this.#volume = this.#volumeGoal;
      this.#volumeStep = (this.#volumeGoal - this.#volume) / (volumeRampSeconds * this.#sampleRate);
    }
    if (!isEffectParameter(id)) return;
    this.#effectValues[id] = value;
    this.#effects?.set(id, value);
  }

  /** Lets the volume go on for `count` frames of the block from frame `from` of it. */
  step(from: Samples, count: Samples): void {
    this.#hasStepped = true;
    for (let n = from; n < from + count; n++) {
      if (this.#volume !== this.#volumeGoal) {
        const next = this.#volume + this.#volumeStep;
        const isThere = this.#volumeStep > 0 ? next >= this.#volumeGoal : next <= this.#volumeGoal;
        this.#volume = isThere ? this.#volumeGoal : next;
      }
      this.#volumes[n] = this.#volume;
    }
  }

  /**
   * A whole block, through which the volume has been stepped.
   * @throws InputError when effects are to be heard and cannot be
   */
  async process(block: Block): Promise<void> {
    const [left, right] = block;
    if (this.#openEffects && !this.#effects && effectAmountIds.some((id) => this.#effectValues[id])) {
      this.#effects = await this.#openEffects({
        blockFrames: left.length,
        values: this.#effectValues,
        areSettled: !this.#hasProcessed,
      });
    }
    this.#hasProcessed = true;
    await this.#effects?.process(left, right);
    for (const side of block) {
      for (let n = 0; n < side.length; n++) {
        side[n] *= this.#volumes[n];
        this.#peak = Math.max(this.#peak, Math.abs(side[n]));
      }
    }
    this.#limiter.process(block, block);
  }

  /** What the effects still ring with after the last block: until it is 90 dB down, 30 s at most. */
  async ring(sink: BlockSink): Promise<void> {
    const { length } = this.#volumes;
    const seconds = Math.min(this.#effects?.tailSeconds ?? 0, longestRingSeconds);
    const blocks = Math.ceil((seconds * this.#sampleRate) / length);
    // Echoes have silence between them, so only what comes after tells whether it was the end.
    let quiet: Block[] = [];
    for (let k = 0; k < blocks; k++) {
      const block: Block = [new Float32Array(length), new Float32Array(length)];
      this.step(0, length);
      await this.process(block);
      quiet.push(block);
      if (!block.some((side) => side.some(isHeard))) continue;
      if (k === blocks - 1) block.forEach(fadeOut);
      for (const sides of quiet) sink(...sides);
      quiet = [];
    }
  }

  /** Ends the effects. */
  async close(): Promise<void> {
    await this.#effects?.close();
    this.#effects = null;
  }

  /** True while effects are part of the sound. */
  get hasEffects(): boolean {
    return this.#effects !== null;
  }
}

function isHeard(sample: number): boolean {
  return Math.abs(sample) > silence;
}

/** In place, over its whole length. */
function fadeOut(samples: Float32Array): void {
  for (let n = 0; n < samples.length; n++) samples[n] *= 1 - (n + 1) / samples.length;
}
