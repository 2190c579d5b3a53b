// What parameters, aftertouch, the soft pedal and variation make of the kernel's patch and of the latent point.
import {
  parameterById,
  parameters,
  type ParameterId,
  type ParameterValues,
} from '../../contract/parameters.ts';
import type { Samples } from '../../contract/units.ts';
import { voicePatchOf, type VoicePatch } from '../../contract/voicePatch.ts';
import type { ToKernel } from '../../worklet/protocol.ts';
import type { BeatLine } from './beatClock.ts';
import type { Channels } from './channels.ts';
import type { DecodeWishes } from './decodeWishes.ts';
import { softBrightness } from './expression.ts';
import type { SoundingNotes } from './soundingNotes.ts';
import type { WordSlots } from './wordSlots.ts';

/** What the live patch stands on. */
export interface LivePatchOptions {
  /** Read at every call. */
  readonly values: ParameterValues;
  readonly channels: Channels;
  readonly notes: SoundingNotes;
  readonly slots: WordSlots;
  readonly wishes: DecodeWishes;
  /** Directions of the bundle. */
  readonly directions: number;
  readonly send: (message: ToKernel) => void;
  readonly random: () => number;
  /** True while keys strike instead of holding. */
  readonly isStruck: () => boolean;
  readonly nowFrame: () => Samples;
  /** How the beat goes on that those follow who follow the tempo; undefined where there is none. */
  readonly lineAt: (time: Samples | undefined) => BeatLine | undefined;
}

/** Sends what has changed, and nothing else. */
export class LivePatch {
  readonly #options: LivePatchOptions;
  #pressureTo: { readonly id: ParameterId; readonly amount: number } | null = {
    id: 'vibratoDepth',
    amount: 60,
  };
  #patch: VoicePatch | null = null;
  /** Latest frame that a patch was sent for. */
  #aheadFrame: Samples = 0;
  #wander: readonly number[];
  #knobs: readonly number[];

  constructor(options: LivePatchOptions) {
    this.#options = options;
    this.#wander = new Array<number>(options.directions).fill(0);
    this.#knobs = this.#wander;
  }

  /** What aftertouch moves, and how far at full pressure; null for nothing. */
  setPressureTarget(target: { readonly id: ParameterId; readonly amount: number } | null): void {
    this.#pressureTo = target;
  }

  /** Something that counts here has changed. */
  update(time: Samples | undefined): void {
    if (this.#options.values.variation === 0) this.#wander = this.#wander.map(() => 0);
    if (this.#placePoint()) this.#options.wishes.move();
    this.#sendPatch(time);
  }

  /** With variation, each note sets out from another point near the common one. Call before a note starts. */
  wander(): void {
    const { values, random, wishes } = this.#options;
    if (values.variation === 0) return;
    this.#wander = this.#wander.map(() => values.variation * (2 * random() - 1));
    // The note that starts asks, so that it comes first in the order.
    if (this.#placePoint()) wishes.count();
  }

  /** Puts the knobs where parameters, pressure and variation want them. Returns whether they have moved. */
  #placePoint(): boolean {
    const values = this.#effective();
    const knobs = [...this.#wander];
    for (const { id, knob } of parameters) {
      if (knob !== undefined && knob < knobs.length) knobs[knob] += values[id];
    }
    if (knobs.every((amount, k) => amount === this.#knobs[k])) return false;
    this.#knobs = knobs;
    this.#options.slots.setKnobs(knobs);
    return true;
  }

  #sendPatch(time: Samples | undefined): void {
    const patch = this.#patchAt(time);
    const before = this.#patch;
    const names = Object.keys(patch) as (keyof VoicePatch)[];
    if (before && names.every((name) => patch[name] === before[name])) return;
    this.#patch = patch;
    const { send, nowFrame } = this.#options;
    if (time !== undefined) {
      this.#aheadFrame = Math.max(this.#aheadFrame, time);
      send({ type: 'patch', patch, frame: time });
      return;
    }
    send({ type: 'patch', patch });
    // A patch that waits in the kernel is from before this change, and would undo it.
    const frame = this.#aheadFrame;
    if (frame > nowFrame()) send({ type: 'patch', patch: this.#patchAt(frame), frame });
  }

  #patchAt(time: Samples | undefined): VoicePatch {
    const { values, lineAt } = this.#options;
    const line = lineAt(time);
    return voicePatchOf(this.#effective(), 60 / (line?.bpm ?? values.tempo), line);
  }

  /** The values with what pressure and pedals add. */
  #effective(): ParameterValues {
    const { channels, notes, isStruck } = this.#options;
    const values = { ...this.#options.values };
    const add = (id: ParameterId, amount: number) => {
      const { min, max } = parameterById(id);
      values[id] = Math.min(max, Math.max(min, values[id] + amount));
    };
    const pressure = notes.all.reduce((most, note) => Math.max(most, note.polyPressure), channels.pressure);
    if (this.#pressureTo && pressure > 0) add(this.#pressureTo.id, this.#pressureTo.amount * pressure);
    if (channels.anySoft) add('brightness', softBrightness);
    if (isStruck()) values.hold = 0;
    return values;
  }
}
