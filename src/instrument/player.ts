// The player's state: which notes are held, where the latent point is, and what to tell kernel and decoder about it.
import { requireInteger, requireNumber } from '../contract/errors.ts';
import { clipSamples } from '../contract/spectrogram.ts';
import type { Samples, Seconds } from '../contract/units.ts';
import { styleAt } from '../model/latent.ts';
import { digitCount, type Manifest } from '../model/manifest.ts';
import type { ToInference } from '../model/protocol.ts';
import type { ToKernel } from '../worklet/protocol.ts';
import { decodeTargets } from './decodeAhead.ts';
import { wordOfNote, type Word } from './keymap.ts';
import { LatestWins, type StartTimer } from './latestWins.ts';
import { gainOfVelocity } from './loudness.ts';

/** A knob that moves asks for a new decode at most this often; a decode takes a few milliseconds. */
const retargetIntervalMs = 10;
const recentSlots = digitCount;

/** A key went down or up. */
export interface NoteEvent extends Word {
  readonly midiNote: number;
  readonly down: boolean;
}

/** What the player stands on; everything outside is handed in, so that it runs in Node. */
export interface PlayerOptions {
  readonly manifest: Manifest;
  readonly sendKernel: (message: ToKernel) => void;
  readonly sendInference: (message: ToInference) => void;
  /** The audio clock. */
  readonly now: () => Seconds;
  /** Context frame of an event's time stamp, or undefined for now. */
  readonly frameOf: (eventMilliseconds: number | undefined) => Samples | undefined;
  /** Uniform numbers in [0, 1) for the random key. */
  readonly random?: () => number;
  readonly onNote?: (event: NoteEvent) => void;
  readonly startTimer?: StartTimer;
}

interface HeldNote extends Word {
  readonly noteId: number;
}

/** Notes in, messages to the kernel and the decoder out. */
export class Player {
  readonly #options: PlayerOptions;
  readonly #knobs: number[];
  readonly #held = new Map<number, HeldNote[]>();
  readonly #clipSeconds: Seconds;
  readonly #retarget: LatestWins;
  #sounding: { slot: number; until: Seconds }[] = [];
  #recent: number[] = [];
  #speaker = 0;
  #lastDigit = 0;
  #nextNoteId = 1;
  #revision = 0;
  #settledRevision = -1;

  constructor(options: PlayerOptions) {
    this.#options = options;
    this.#knobs = options.manifest.directions.map(() => 0);
    const { format } = options.manifest;
    this.#clipSeconds = clipSamples(format) / format.sampleRate;
    this.#retarget = new LatestWins(() => this.#postTargets(), retargetIntervalMs, options.startTimer);
  }

  /** Counts moves of the latent point. */
  get revision(): number {
    return this.#revision;
  }

  /** True when every word has been decoded at the current latent point. */
  get settled(): boolean {
    return this.#settledRevision === this.#revision;
  }

  /** Index of the speaker in use: the last one chosen or played. */
  get speaker(): number {
    return this.#speaker;
  }

  /** Asks for the first decodes; call once kernel and decoder are connected. */
  begin(): void {
    this.#retarget.request();
  }

  /**
   * Starts a word at once, or on the frame of a time stamp that lies ahead. Velocity 0 is a note-off, as in MIDI.
   * @param midiNote 0..127
   * @param velocity 0..127; loudness follows gainOfVelocity
   * @param eventMilliseconds time stamp on the page's clock
   * @throws RangeError naming the argument, its range and the value
   */
  noteOn(midiNote: number, velocity: number, eventMilliseconds?: number): void {
    requireInteger('MIDI note', midiNote, 0, 127);
    const gain = gainOfVelocity(velocity);
    if (gain === 0) return this.noteOff(midiNote, eventMilliseconds);
    const { manifest, sendKernel, frameOf, random = Math.random, onNote } = this.#options;
    const word = wordOfNote(midiNote, manifest.speakers.length, this.#lastDigit, random);
    const slot = word.speaker * digitCount + word.digit;
    const noteId = this.#nextNoteId++;
    const style = styleAt(manifest, word.speaker, word.digit, this.#knobs);
    const frame = frameOf(eventMilliseconds);
    sendKernel({
      type: 'noteOn',
      noteId,
      slot,
      revision: this.#revision,
      style,
      gain,
      ...(frame === undefined ? {} : { frame }),
    });
    this.#lastDigit = word.digit;
    this.#speaker = word.speaker;
    this.#remember(slot);
    this.#held.set(midiNote, [...(this.#held.get(midiNote) ?? []), { noteId, ...word }]);
    // Every word is decoded ahead at a settled point: only a point on the move needs a new order.
    if (!this.settled) this.#retarget.request();
    onNote?.({ midiNote, ...word, down: true });
  }

  /** The key went up: releases every note that this key holds. Unknown keys are ignored. */
  noteOff(midiNote: number, eventMilliseconds?: number): void {
    requireInteger('MIDI note', midiNote, 0, 127);
    const frame = this.#options.frameOf(eventMilliseconds);
    const notes = this.#held.get(midiNote) ?? [];
    this.#held.delete(midiNote);
    for (const { noteId } of notes) {
      this.#options.sendKernel({ type: 'noteOff', noteId, ...(frame === undefined ? {} : { frame }) });
    }
    const last = notes.at(-1);
    if (last) this.#options.onNote?.({ midiNote, digit: last.digit, speaker: last.speaker, down: false });
  }

  /** Releases every held key; sounding words play on to their end. */
  allNotesOff(): void {
    for (const midiNote of [...this.#held.keys()]) this.noteOff(midiNote);
  }

  /** Silences everything at once (a 5 ms fade). */
  allSoundOff(): void {
    this.allNotesOff();
    this.#sounding = [];
    this.#options.sendKernel({ type: 'silence' });
  }

  /**
   * Moves the latent point along one of the bundle's directions.
   * @throws RangeError when the bundle has no such direction or the amount is no finite number
   */
  setKnob(direction: number, amount: number): void {
    requireInteger('direction', direction, 0, this.#knobs.length - 1);
    requireNumber('amount', amount, -100, 100);
    if (this.#knobs[direction] === amount) return;
    this.#knobs[direction] = amount;
    this.#revision++;
    this.#retarget.request();
  }

  /**
   * Chooses the speaker whose words are decoded first.
   * @throws RangeError when the bundle has no such speaker
   */
  setSpeaker(speaker: number): void {
    this.#speaker = requireInteger('speaker', speaker, 0, this.#options.manifest.speakers.length - 1);
    if (!this.settled) this.#retarget.request();
  }

  /** The decoder has sent every word of a revision. */
  settledAt(revision: number): void {
    this.#settledRevision = Math.max(this.#settledRevision, revision);
  }

  /** Drops what is still to be sent. */
  dispose(): void {
    this.#retarget.cancel();
  }

  #remember(slot: number): void {
    const until = this.#options.now() + this.#clipSeconds;
    this.#sounding = [{ slot, until }, ...this.#sounding.filter((note) => note.slot !== slot)];
    this.#recent = [slot, ...this.#recent.filter((other) => other !== slot)].slice(0, recentSlots);
  }

  #postTargets(): void {
    const now = this.#options.now();
    this.#sounding = this.#sounding.filter((note) => note.until > now);
    const targets = decodeTargets(this.#options.manifest, this.#knobs, {
      sounding: this.#sounding.map((note) => note.slot),
      recent: this.#recent,
      speaker: this.#speaker,
    });
    this.#options.sendInference({ type: 'targets', revision: this.#revision, targets });
  }
}
