// The slow oscillator where it is aimed at a style: swings the latent point of what sounds, in step with the kernel's.
import { directionOf, reachOf } from '../contract/modulation.ts';
import { modulationTargets, type ParameterValues } from '../contract/parameters.ts';
import type { Hertz, Samples } from '../contract/units.ts';
import type { VoiceParameters } from '../contract/voiceParameters.ts';
import { SharedVoiceState } from '../worklet/sharedVoiceState.ts';
import type { DecodeScheduler } from './decodeScheduler.ts';
import type { Swing, WordSlots } from './wordSlots.ts';

/**
 * A swing that has moved by less than this part of a knob's unit moves no point: 0.2 dB of a word (median of voices, digits
 * and directions), and voices take five frames for it. Small swings go in as many steps.
 */
const leastStep = 0.15;
const stepsOfSwing = 6;
/** However small the swing. */
const smallestStep = 0.005;
/** Distances of the places between which a swing is blended, in units of the knobs. */
const spacings = [0.25, 0.5, 1];

/** What it stands on. */
export interface StyleLfoOptions {
  /** Read at every call. */
  readonly values: ParameterValues;
  readonly slots: WordSlots;
  readonly scheduler: DecodeScheduler;
  /** Directions of the bundle. */
  readonly directions: number;
  /** Of the audio context. */
  readonly sampleRate: Hertz;
  /** Context frames of a hop. */
  readonly hopFrames: Samples;
}

/** Evaluated at most once in a hop. */
export class StyleLfo {
  readonly #options: StyleLfoOptions;
  /** Counts turns as the kernel does, from the same parameters at the same frames. */
  readonly #phase: SharedVoiceState;
  #hop = -1;
  #swing: Swing | null = null;

  constructor(options: StyleLfoOptions) {
    this.#options = options;
    this.#phase = new SharedVoiceState(options.sampleRate);
  }

  /** Parameters were sent for a frame. */
  setParameters(parameters: VoiceParameters, frame: Samples): void {
    this.#phase.set(parameters, frame);
  }

  /** It is `frame` now. */
  advance(frame: Samples): void {
    const { values, directions, hopFrames } = this.#options;
    const target = modulationTargets[values.lfoTo];
    const direction = directionOf(target);
    if (direction < 0 || direction >= directions || values.lfoAmount === 0) {
      if (this.#swing) this.#move(null);
      return;
    }
    const hop = Math.floor(frame / hopFrames);
    if (hop === this.#hop) return;
    this.#hop = hop;
    const reach = reachOf(target) * values.lfoAmount;
    const amount = reach * this.#phase.lfoAt(frame);
    const least = Math.min(leastStep, Math.max(smallestStep, Math.abs(reach) / stepsOfSwing));
    const last = this.#swing;
    if (last?.direction === direction && Math.abs(amount - last.amount) < least) return;
    const spacing = spacings.find((distance) => distance >= Math.abs(reach)) ?? spacings.at(-1)!;
    const low = Math.floor(amount / spacing) * spacing;
    this.#move({ direction, amount, between: [low, low + spacing] });
  }

  #move(swing: Swing | null): void {
    const { slots, scheduler } = this.#options;
    this.#swing = swing;
    slots.setSwing(swing);
    if (swing) scheduler.moveSounding();
    else scheduler.move();
  }
}
