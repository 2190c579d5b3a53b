// A place in the chain of effects: a dry path that is always there, and an effect beside it only while it sounds.
import type { BaseContext } from 'tone/build/esm/core/context/BaseContext.js';
import type { Gain } from 'tone/build/esm/core/context/Gain.js';
import type { ToneAudioNode } from 'tone/build/esm/core/context/ToneAudioNode.js';
import type { Seconds } from '../../contract/units.ts';
import { glide, settledSeconds } from './glide.ts';
import type { Later } from './later.ts';
import { makeGain } from './toneNodes.ts';

/** What rings no longer than this is left to itself when everything is to be silent: a filter's state, a chorus. */
const shortTail: Seconds = 0.1;
/** Voices that are silenced fade in 5 ms, from a block on that may be some way off: nothing of that goes into an effect made anew. */
const voiceFade: Seconds = 0.03;
/** A reverb costs the page tens of milliseconds, and who asks for silence again and again has it already. */
const rebuildSeconds: Seconds = 1;

/** The nodes of an effect, wet only. */
export interface Unit {
  readonly input: ToneAudioNode;
  readonly output: ToneAudioNode;
  /** How long it sounds on after its input has gone silent. */
  readonly tailSeconds: Seconds;
  /** Takes its nodes apart. */
  dispose(): void;
}

interface Wet<U extends Unit> {
  readonly unit: U;
  readonly send: Gain;
  /** 1, until the effect is silenced. */
  readonly back: Gain;
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
  #wet: Wet<U> | null = null;
  #callOffClosing: (() => void) | null = null;
  /** Those that were silenced, until they are taken apart. */
  readonly #faded = new Map<Wet<U>, () => void>();
  /** Puts a silenced effect back, when the last one is not long ago. */
  #callOffRebuild: (() => void) | null = null;
  #silencedAt: Seconds = -Infinity;

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

  /** True while the effect is part of the graph, ringing out or not, or is about to be again. */
  get connected(): boolean {
    return this.#wet !== null || this.#callOffRebuild !== null;
  }

  /** Of the effect, where it is part of the graph; else 0. */
  get tailSeconds(): Seconds {
    return this.#wet?.unit.tailSeconds ?? 0;
  }

  /**
   * Ends what rings, in 25 ms and without a click. What is played from then on finds the effect as it was set; one that is
   * silenced again within a second comes back when that has passed.
   */
  silence(): void {
    const wet = this.#wet;
    if (!wet || wet.unit.tailSeconds < shortTail) return;
    this.#callOffClosing?.();
    this.#callOffClosing = null;
    this.#wet = null;
    glide(wet.send.gain, 0);
    glide(wet.back.gain, 0);
    this.#faded.set(
      wet,
      this.#later(settledSeconds, () => this.#takeApart(wet)),
    );
    const now = this.#context.now();
    const wait = this.#silencedAt + rebuildSeconds - now;
    this.#silencedAt = now;
    if (this.#sendShare === 0) this.#onSilent();
    else if (wait <= 0) this.#reopen();
    else this.#callOffRebuild = this.#later(wait, () => this.#reopen());
  }

  /**
   * Sets how much goes past the effect and how much into it (linear gains). With a send of 0 the effect rings
   * out and is taken away. Gives the effect while something goes into it, else null: one that rings out is let
   * be.
   */
  mix(dry: number, send: number): U | null {
    if (dry !== this.#dryShare) glide(this.#dry.gain, dry);
    this.#dryShare = dry;
    if (send > 0 && !this.#callOffRebuild) this.#open();
    if (send !== this.#sendShare && this.#wet) glide(this.#wet.send.gain, send);
    this.#sendShare = send;
    if (send > 0) return this.#wet?.unit ?? null;
    this.#callOffRebuild?.();
    this.#callOffRebuild = null;
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
    for (const wet of [...this.#faded.keys()]) this.#takeApart(wet);
    for (const node of [this.input, this.#dry, this.output]) node.dispose();
  }

  #open(): void {
    this.#callOffClosing?.();
    this.#callOffClosing = null;
    if (this.#wet) return;
    const unit = this.#build();
    const send = makeGain(this.#context, 0);
    const back = makeGain(this.#context, 1);
    send.connect(unit.input);
    unit.output.connect(back);
    back.connect(this.output);
    this.input.connect(send);
    this.#wet = { unit, send, back };
  }

  /** A silenced effect, made anew. */
  #reopen(): void {
    this.#callOffRebuild = null;
    this.#open();
    if (this.#wet) glide(this.#wet.send.gain, this.#sendShare, voiceFade);
  }

  #close(): void {
    this.#callOffClosing?.();
    this.#callOffClosing = null;
    this.#callOffRebuild?.();
    this.#callOffRebuild = null;
    const wet = this.#wet;
    this.#wet = null;
    if (wet) this.#takeApart(wet);
  }

  #takeApart(wet: Wet<U>): void {
    this.#faded.get(wet)?.();
    this.#faded.delete(wet);
    this.input.disconnect(wet.send);
    wet.send.dispose();
    wet.unit.dispose();
    wet.back.dispose();
  }
}
