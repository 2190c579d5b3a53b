// A place in the chain of effects: a dry path that is always there, and an effect beside it only while it sounds.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import type { Gain } from 'tone/build/esm/core/context/Gain.js';
import type { ToneAudioNode } from 'tone/build/esm/core/context/ToneAudioNode.js';
import type { Seconds } from '../../contract/units.ts';
import { glide, settledSeconds } from './glide.ts';
import type { Later } from './later.ts';
import { makeGain } from './toneNodes.ts';

/** The nodes of an effect, wet only. */
export interface Unit {
  readonly input: ToneAudioNode;
  readonly output: ToneAudioNode;
  /** How long it sounds on after its input has gone silent. */
  readonly tailSeconds: Seconds;
  /** Takes its nodes apart. */
  dispose(): void;
}

/**
 * output = dry x + unit(send x). The share of the effect sits on what goes into it, so that turning it down
 * leaves what already rings alone. The dry path is never rewired: the audio thread may render between two
 * changes of the graph. A gain of 1 copies its input bit by bit.
 */
export class Stage<U extends Unit> {
  readonly input: Gain;
  readonly output: Gain;
  readonly #context: BaseContext;
  readonly #later: Later;
  readonly #build: () => U;
  readonly #onSilent: () => void;
  readonly #dry: Gain;
  #dryShare = 1;
  #sendShare = 0;
  #wet: { readonly unit: U; readonly send: Gain } | null = null;
  #callOffClosing: (() => void) | null = null;

  /**
   * @param build makes the effect when it is first heard, and anew after it was taken away
   * @param onSilent called when it has rung out and was taken away
   */
  constructor(context: BaseContext, later: Later, build: () => U, onSilent: () => void) {
    this.#onSilent = onSilent;
    this.#context = context;
    this.#later = later;
    this.#build = build;
    this.input = makeGain(context, 1);
    this.#dry = makeGain(context, 1);
    this.output = makeGain(context, 1);
    this.input.connect(this.#dry);
    this.#dry.connect(this.output);
  }

  /** True while the effect is part of the graph, ringing out or not. */
  get connected(): boolean {
    return this.#wet !== null;
  }

  /** Of the effect, where it is part of the graph; else 0. */
  get tailSeconds(): Seconds {
    return this.#wet?.unit.tailSeconds ?? 0;
  }

  /**
   * Sets how much goes past the effect and how much into it (linear gains). With a send of 0 the effect rings
   * out and is taken away. Gives the effect while something goes into it, else null: one that rings out is let
   * be.
   */
  mix(dry: number, send: number): U | null {
    if (dry !== this.#dryShare) glide(this.#dry.gain, dry);
    this.#dryShare = dry;
    if (send > 0) this.#open();
    if (send !== this.#sendShare && this.#wet) glide(this.#wet.send.gain, send);
    this.#sendShare = send;
    if (send > 0) return this.#wet?.unit ?? null;
    if (this.#wet && !this.#callOffClosing) {
      this.#callOffClosing = this.#later(settledSeconds + this.#wet.unit.tailSeconds, () => {
        this.#close();
        this.#onSilent();
      });
    }
    return null;
  }

  /** Takes everything apart at once. */
  dispose(): void {
    this.#close();
    for (const node of [this.input, this.#dry, this.output]) node.dispose();
  }

  #open(): void {
    this.#callOffClosing?.();
    this.#callOffClosing = null;
    if (this.#wet) return;
    const unit = this.#build();
    const send = makeGain(this.#context, 0);
    send.connect(unit.input);
    unit.output.connect(this.output);
    this.input.connect(send);
    this.#wet = { unit, send };
  }

  #close(): void {
    this.#callOffClosing?.();
    this.#callOffClosing = null;
    if (!this.#wet) return;
    const { unit, send } = this.#wet;
    this.#wet = null;
    this.input.disconnect(send);
    send.dispose();
    unit.dispose();
  }
}
