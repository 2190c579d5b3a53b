// The slow oscillator where it is aimed at a style: swings the latent point of what sounds, in step with the kernel's.
import { directionOf, reachOf } from '../contract/modulation.ts';
import { modulationTargets, type ParameterValues } from '../contract/parameters.ts';
import type { Hertz, Samples } from '../contract/units.ts';
import type { VoiceParameters } from '../contract/voiceParameters.ts';
import { SharedVoiceState } from '../worklet/sharedVoiceState.ts';
import type { DecodeScheduler } from './decodeScheduler.ts';
import type { WordSlots } from './wordSlots.ts';

/** A swing that has moved by less than this part of a knob's unit is not decoded anew: nobody would hear it. */
const leastStep = 0.005;

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
  #lfoOffset: number | null = null;
  #direction = -1;

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
    const { values, slots, scheduler, directions, hopFrames } = this.#options;
    const target = modulationTargets[values.lfoTo];
    const direction = directionOf(target);
    if (direction < 0 || direction >= directions || values.lfoAmount === 0) {
      if (this.#lfoOffset === null) return;
      this.#lfoOffset = null;
      slots.setLfoOffset(null);
      scheduler.move();
      return;
    }
    const hop = Math.floor(frame / hopFrames);
    if (hop === this.#hop) return;
    this.#hop = hop;
    const wave = this.#phase.lfoAt(frame);
    const swing = reachOf(target) * values.lfoAmount * wave;
    const isStill = this.#lfoOffset !== null && Math.abs(swing - this.#lfoOffset) < leastStep;
    if (isStill && direction === this.#direction) return;
    this.#lfoOffset = swing;
    this.#direction = direction;
    slots.setLfoOffset(Array.from({ length: directions }, (_, k) => (k === direction ? swing : 0)));
    scheduler.moveSounding();
  }
}
