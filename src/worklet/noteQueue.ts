// Notes that wait for their frame: a small sorted list in memory that is allocated once.
import type { Frames, Hertz, Samples } from '../contract/units.ts';

/** Most notes that can wait; further ones are refused. */
const CAPACITY = 256;

/** A note that waits. Fields are overwritten when the entry is reused. */
export class QueuedNote {
  frame: Samples = 0;
  noteId = 0;
  slot = 0;
  revision = 0;
  gain = 0;
  fromStart = false;
  speed = 1;
  pitchHz: Hertz = 0;
  pitchRatio = 1;
  /** Place in the clip to read from, in frames; -1 for where notes start. */
  position: Frames = -1;
  /** Frame at which its key goes up; Infinity while that is unknown. */
  releaseFrame: Samples = Infinity;
  /** True for a note that has waited beyond its frame. */
  deferred = false;
  readonly style: Float32Array;

  constructor(styleDimensions: number) {
    this.style = new Float32Array(styleDimensions);
  }
}

/** Written by `receive`, read by `process`, both on the audio thread. The constructor allocates, nothing else does. */
export class NoteQueue {
  readonly #notes: QueuedNote[];
  #length = 0;

  constructor(styleDimensions: number) {
    this.#notes = Array.from({ length: CAPACITY }, () => new QueuedNote(styleDimensions));
  }

  get length(): number {
    return this.#length;
  }

  /** Frame of the first waiting note; Infinity when none waits. */
  get nextFrame(): Samples {
    return this.#length > 0 ? this.#notes[0].frame : Infinity;
  }

  /** A place for a note of `frame`, behind the notes of the same frame; undefined when the queue is full. */
  insert(frame: Samples): QueuedNote | undefined {
    const notes = this.#notes;
    if (this.#length === CAPACITY) return undefined;
    const note = notes[this.#length];
    let at = this.#length++;
    while (at > 0 && notes[at - 1].frame > frame) {
      notes[at] = notes[at - 1];
      at--;
    }
    notes[at] = note;
    note.frame = frame;
    note.releaseFrame = Infinity;
    note.deferred = false;
    note.pitchRatio = 1;
    note.position = -1;
    return note;
  }

  /** The waiting note of an id; undefined when none waits. */
  find(noteId: number): QueuedNote | undefined {
    for (let i = 0; i < this.#length; i++) if (this.#notes[i].noteId === noteId) return this.#notes[i];
    return undefined;
  }

  /** Notes down at which frame the key of a waiting note goes up. */
  release(noteId: number, frame: Samples): void {
    for (let i = 0; i < this.#length; i++) {
      if (this.#notes[i].noteId === noteId) this.#notes[i].releaseFrame = frame;
    }
  }

  /** True when the first waiting note has been deferred before. */
  get isNextDeferred(): boolean {
    return this.#length > 0 && this.#notes[0].deferred;
  }

  /** Lets the first waiting note wait until `frame`, behind the notes of that frame that wait already. */
  defer(frame: Samples): void {
    const notes = this.#notes;
    const first = notes[0];
    first.frame = frame;
    first.deferred = true;
    let at = 0;
    while (at + 1 < this.#length && notes[at + 1].frame <= frame) {
      notes[at] = notes[at + 1];
      at++;
    }
    notes[at] = first;
  }

  /** Removes the first note and returns it; its fields stay valid until the next `insert`. */
  shift(): QueuedNote {
    const notes = this.#notes;
    const first = notes[0];
    const last = --this.#length;
    for (let i = 0; i < last; i++) notes[i] = notes[i + 1];
    notes[last] = first;
    return first;
  }

  clear(): void {
    this.#length = 0;
  }
}
