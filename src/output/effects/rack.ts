// The way round all effects at once: while none sounds, one gain of 1 is all that the sound passes.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import type { Gain } from 'tone/build/esm/core/context/Gain.js';
import {
  connect,
  disconnect,
  type InputNode,
  type OutputNode,
} from 'tone/build/esm/core/context/ToneAudioNode.js';
import { glide, settledSeconds } from './glide.ts';
import type { Later } from './later.ts';
import { makeGain } from './toneNodes.ts';

/**
 * Cross-fades from `input` -> `output` to `input` -> `first` ... `last` -> `output`. Both ways carry the same
 * sound at the same time while the effects between are dry, and their gains always add up to 1, so the change is
 * not heard.
 */
export class Rack {
  readonly #later: Later;
  readonly #input: OutputNode;
  readonly #output: InputNode;
  readonly #first: Gain;
  readonly #past: Gain;
  readonly #through: Gain;
  #entered = false;
  #connected = false;
  #callOffRemoval: (() => void) | null = null;

  constructor(
    context: BaseContext,
    later: Later,
    ends: { readonly input: OutputNode; readonly output: InputNode },
    effects: { readonly first: Gain; readonly last: Gain },
  ) {
    this.#later = later;
    this.#input = ends.input;
    this.#output = ends.output;
    this.#first = effects.first;
    this.#past = makeGain(context, 1);
    this.#through = makeGain(context, 0);
    connect(ends.input, this.#past);
    connect(this.#past, ends.output);
    effects.last.connect(this.#through);
  }

  /** Leads the sound through the effects, or past them. */
  lead(through: boolean): void {
    if (through === this.#entered) return;
    this.#entered = through;
    this.#callOffRemoval?.();
    this.#callOffRemoval = null;
    if (through && !this.#connected) {
      connect(this.#input, this.#first);
      connect(this.#through, this.#output);
      this.#connected = true;
    }
    glide(this.#past.gain, through ? 0 : 1);
    glide(this.#through.gain, through ? 1 : 0);
    if (!through) this.#callOffRemoval = this.#later(settledSeconds, () => this.#remove());
  }

  dispose(): void {
    this.#remove();
    disconnect(this.#input, this.#past);
    this.#past.dispose();
    this.#through.dispose();
  }

  #remove(): void {
    this.#callOffRemoval?.();
    this.#callOffRemoval = null;
    if (!this.#connected) return;
    this.#connected = false;
    disconnect(this.#input, this.#first);
    disconnect(this.#through, this.#output);
  }
}
