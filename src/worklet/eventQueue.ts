// Events that wait for their frame: a small sorted list in memory that is allocated once.
import type { Frames, Hertz, Samples, Seconds } from '../contract/units.ts';
import { plainVoiceParameters, type VoiceParameters } from '../contract/voiceParameters.ts';
import { OFFSETS } from './voiceModulation.ts';

/** Most notes that can wait; further ones are refused. */
const NOTES = 256;
/** Most events of all kinds. */
const CAPACITY = 2048;

export type EventKind = 'noteOn' | 'noteOff' | 'control' | 'word' | 'parameters';

/**
 * An event that waits. Fields are overwritten when the entry is used again; numbers that a control leaves alone
 * are NaN.
 */
export class QueuedEvent {
  kind: EventKind = 'noteOn';
  frame: Samples = 0;
  /** NaN for every sounding note. */
  noteId = 0;
  slot = 0;
  revision = 0;
  /** What the word says, 0..9. */
  digit = 0;
  /** Of a note its own gain, of a control the factor on it. */
  gain = 0;
  /** Factor on a waiting note's gain. */
  expression = 1;
  velocity = 1;
  pan = 0;
  fromStart = false;
  /** Of a note: it sounds to its end, however long its key is down. */
  isStruck = false;
  /** Of a word: it goes on where its note stands instead of at its onset. */
  atPlace = false;
  /** Of a word: it is the note's own at another point. */
  isSameWord = false;
  speed = 1;
  pitchHz: Hertz = 0;
  /** Where a waiting note's pitch goes to once it has begun; NaN for nowhere. */
  glideHz: Hertz = NaN;
  glideSeconds: Seconds = 0;
  pitchRatio = 1;
  /** Place in the clip to read from, in frames; -1 for where notes start. */
  position: Frames = -1;
  /** Of a note whose key is up already: how long it was down, from the frame that it was meant for; -1 while it is down. */
  heldFrames: Samples = -1;
  /** Of a note: the frame that it was meant for, however long it waits. */
  meantFrame: Samples = 0;
  /** True for a note that has waited beyond its frame. */
  deferred = false;
  parameters: VoiceParameters = plainVoiceParameters;
  /** Of a note its distances from what all notes share, in the order of `soundTargets`; of a control new ones. */
  readonly offsets = new Float32Array(OFFSETS);
  /** False for a control that leaves them alone. */
  hasOffsets = false;
  readonly style: Float32Array;

  constructor(styleDimensions: number) {
    this.style = new Float32Array(styleDimensions);
  }
}

/**
 * Written by `receive`, read by `process`, both on the audio thread. The constructor allocates, nothing else
 * does.
 */
export class EventQueue {
  readonly #events: QueuedEvent[];
  #length = 0;
  #notes = 0;
  #deferred = 0;

  constructor(styleDimensions: number) {
    this.#events = Array.from({ length: CAPACITY }, () => new QueuedEvent(styleDimensions));
  }

  get length(): number {
    return this.#length;
  }

  /** Frame of the first waiting event; Infinity when none waits. */
  get nextFrame(): Samples {
    return this.#length > 0 ? this.#events[0].frame : Infinity;
  }

  /** A place for an event of `frame`, behind the events of the same frame; undefined when there is no room. */
  insert(kind: EventKind, frame: Samples): QueuedEvent | undefined {
    const events = this.#events;
    if (this.#length === CAPACITY || (kind === 'noteOn' && this.#notes === NOTES)) return undefined;
    if (kind === 'noteOn') this.#notes++;
    const event = events[this.#length];
    let at = this.#length++;
    while (at > 0 && events[at - 1].frame > frame) {
      events[at] = events[at - 1];
      at--;
    }
    events[at] = event;
    event.kind = kind;
    event.frame = frame;
    event.expression = 1;
    event.glideHz = NaN;
    event.glideSeconds = 0;
    event.pitchRatio = 1;
    event.position = -1;
    event.heldFrames = -1;
    event.meantFrame = frame;
    event.deferred = false;
    return event;
  }

  /** The waiting note of an id; undefined when none waits. */
  find(noteId: number): QueuedEvent | undefined {
    for (let i = 0; i < this.#length; i++) {
      const event = this.#events[i];
      if (event.kind === 'noteOn' && event.noteId === noteId) return event;
    }
    return undefined;
  }

  /** Notes down that the key of waiting notes is up from a frame on. */
  release(noteId: number, frame: Samples): void {
    for (let i = 0; i < this.#length; i++) {
      const event = this.#events[i];
      if (event.kind !== 'noteOn' || event.noteId !== noteId || event.heldFrames >= 0) continue;
      event.heldFrames = Math.max(0, frame - event.meantFrame);
    }
  }

  /** True when the first waiting event is a note. */
  get isNextNote(): boolean {
    return this.#length > 0 && this.#events[0].kind === 'noteOn';
  }

  /** True when the first waiting event is a note that has been deferred. */
  get isNextDeferred(): boolean {
    return this.isNextNote && this.#events[0].deferred;
  }

  /** Notes that wait beyond their frame. */
  get deferredNotes(): number {
    return this.#deferred;
  }

  /** Lets the first waiting note wait until `frame`, behind the events of that frame that wait already. */
  defer(frame: Samples): void {
    const events = this.#events;
    const first = events[0];
    first.frame = frame;
    if (!first.deferred) this.#deferred++;
    first.deferred = true;
    let at = 0;
    while (at + 1 < this.#length && events[at + 1].frame <= frame) {
      events[at] = events[at + 1];
      at++;
    }
    events[at] = first;
  }

  /** Removes the first event and returns it; its fields stay valid until the next `insert`. */
  shift(): QueuedEvent {
    return this.#removeAt(0);
  }

  /** Removes the note that has been deferred for longest, if there is one. */
  dropDeferred(): void {
    for (let i = 0; i < this.#length; i++) {
      if (this.#events[i].kind === 'noteOn' && this.#events[i].deferred) {
        this.#removeAt(i);
        return;
      }
    }
  }

  #removeAt(place: number): QueuedEvent {
    const events = this.#events;
    const removed = events[place];
    const last = --this.#length;
    if (removed.kind === 'noteOn') {
      this.#notes--;
      if (removed.deferred) this.#deferred--;
    }
    for (let i = place; i < last; i++) events[i] = events[i + 1];
    events[last] = removed;
    return removed;
  }

  /** Drops the waiting notes and what was meant for them; parameters stay. */
  clear(): void {
    const events = this.#events;
    let kept = 0;
    for (let i = 0; i < this.#length; i++) {
      const event = events[i];
      if (event.kind !== 'parameters') continue;
      events[i] = events[kept];
      events[kept++] = event;
    }
    this.#length = kept;
    this.#notes = 0;
    this.#deferred = 0;
  }
}
