// Notes with latent points of their own: which slots of the clip bank they have, and when a slot is free again.
import type { Samples, Seconds } from '../contract/units.ts';
import type { DecodeScheduler } from './decodeScheduler.ts';
import type { NoteModulation } from './noteModulation.ts';
import type { SoundingNote, SoundingNotes, WordPoint } from './soundingNotes.ts';
import type { WordSlots } from './wordSlots.ts';

/** What own points stand on. */
export interface NoteLatentsOptions {
  readonly slots: WordSlots;
  readonly scheduler: DecodeScheduler;
  readonly notes: SoundingNotes;
  readonly modulation: NoteModulation;
  readonly now: () => Seconds;
}

interface Taken {
  readonly note: SoundingNote;
  /** When it has ended; Infinity until its release. */
  until: Seconds;
}

/**
 * Gives a note that stands apart from the common point a slot that no other note is decoded into. A note that does
 * not keeps to its word's slot, which costs no decode.
 */
export class NoteLatents {
  readonly #options: NoteLatentsOptions;
  readonly #taken = new Map<number, Taken>();

  constructor(options: NoteLatentsOptions) {
    this.#options = options;
  }

  /** Places a note that is about to start; `DecodeScheduler.use` then asks. */
  begin(note: SoundingNote): void {
    const { slots, scheduler, modulation } = this.#options;
    note.styleOffset = modulation.styleOffsetOf(note);
    if (note.styleOffset.some((amount) => amount !== 0)) this.#give(note);
    // The word's clip is from another moment of the oscillator.
    else if (slots.isSwinging) scheduler.touch([note.word.slot]);
  }

  /** Moves a note that sounds to where it belongs now. Returns whether the decoder has to be asked. */
  refresh(note: SoundingNote, time: Samples | undefined): boolean {
    const { scheduler, notes, modulation } = this.#options;
    if (note.lostSlot) return false;
    const along = modulation.styleOffsetOf(note);
    if (along.every((amount, k) => amount === note.styleOffset[k])) return false;
    note.styleOffset = along;
    if (note.noteSlot === null) {
      this.#give(note);
      notes.changeWord(note, this.pointOf(note), 'same', time);
    } else scheduler.touch([note.noteSlot]);
    return true;
  }

  /** The word of a note is another one; `DecodeScheduler.use` then asks. */
  reword(note: SoundingNote): void {
    const { slots, scheduler } = this.#options;
    // The new word's clip is from another moment of the oscillator.
    if (note.noteSlot !== null || slots.isSwinging) scheduler.touch([slotOfNote(note)]);
  }

  /** A note is released and heard until a time. */
  end(note: SoundingNote, until: Seconds): void {
    const { scheduler } = this.#options;
    scheduler.linger(slotOfNote(note), until);
    const taken = note.noteSlot === null ? undefined : this.#taken.get(note.noteSlot);
    if (taken) taken.until = until;
  }

  /** What the kernel is told of a note's latent point. */
  pointOf(note: SoundingNote): WordPoint {
    const { slots, scheduler } = this.#options;
    const slot = slotOfNote(note);
    return { revision: scheduler.revisionOf(slot), ...slots.soundingPoint(slot) };
  }

  #give(note: SoundingNote): void {
    const { slots, scheduler } = this.#options;
    const slot = this.#free();
    note.noteSlot = slot;
    this.#taken.set(slot, { note, until: Infinity });
    slots.setNoteLatent(slot, note);
    scheduler.touch([slot]);
  }

  /**
   * A slot that was never used, or else the one whose note ends or has ended first; where all notes are held that
   * of the earliest, which goes back to its word's point.
   */
  #free(): number {
    const { slots, notes, scheduler } = this.#options;
    if (this.#taken.size < slots.noteSlots) return slots.firstNoteSlot + this.#taken.size;
    let first: [number, Taken] | undefined;
    for (const entry of this.#taken) {
      const [, { note, until }] = entry;
      const isEarlier =
        !first || until < first[1].until || (until === first[1].until && note.noteId < first[1].note.noteId);
      if (isEarlier) first = entry;
    }
    const [slot, { note }] = first!;
    note.noteSlot = null;
    if (notes.has(note)) {
      note.lostSlot = true;
      if (slots.isSwinging) scheduler.touch([note.word.slot]);
      notes.changeWord(note, this.pointOf(note), 'same', undefined);
    }
    return slot;
  }
}

/** The slot whose clips a note plays. */
export function slotOfNote(note: SoundingNote): number {
  return note.noteSlot ?? note.word.slot;
}
