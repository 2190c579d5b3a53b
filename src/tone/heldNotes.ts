// Which keys of the performer are down for which notes: Tone's programs name notes, and may strike one again before it is released.

import type { Samples } from '../contract/units.ts';

/** A note that was struck and not released. */
export interface HeldNote {
  /** What the program calls it. */
  readonly name: string;
  /** Key 0..127 of the performer. */
  readonly midiNote: number;
  /** Channel 1..`mostHeld` that the key is down on. */
  readonly channel: number;
  /** When it was struck. */
  readonly frame: Samples;
}

/** As many as the kernel has voices: of more that stand on one key the oldest is let go. */
export const mostHeld = 64;

/**
 * Gives each note a key of its own, on the lowest channel where that is up, so that notes which overlap are released one by one, the
 * oldest first, and pitches that lie beside the same key can be held together.
 */
export class HeldNotes {
  readonly #held: HeldNote[] = [];

  /**
   * @param isMono true where one voice plays all keys: they stay on one channel, and the same key strikes anew
   * @returns the note, and the one that has to be released for it
   */
  attack(
    name: string,
    midiNote: number,
    isMono: boolean,
    frame: Samples,
  ): { readonly note: HeldNote; readonly ended: HeldNote | undefined } {
    const onKey = this.#held.filter((note) => note.midiNote === midiNote);
    const taken = new Set(onKey.map(({ channel }) => channel));
    let channel = 1;
    while (!isMono && taken.has(channel)) channel++;
    const isFull = channel > mostHeld;
    const ended =
      isFull || (isMono && taken.has(1)) ? onKey.find((note) => isFull || note.channel === 1) : undefined;
    if (ended) this.#remove(ended);
    const note = { name, midiNote, channel: ended?.channel ?? channel, frame };
    this.#held.push(note);
    return { note, ended };
  }

  /** The oldest note of a name that is held at a frame, and is held no longer; undefined where none is. */
  release(name: string, frame: Samples): HeldNote | undefined {
    const note = this.#held.find((held) => held.name === name && held.frame <= frame);
    if (note) this.#remove(note);
    return note;
  }

  /** All notes that are held at a frame, and are held no longer: what was struck ahead of it stays. */
  releaseAll(frame: Samples): readonly HeldNote[] {
    const released = this.#held.filter((held) => held.frame <= frame);
    for (const note of released) this.#remove(note);
    return released;
  }

  #remove(note: HeldNote): void {
    this.#held.splice(this.#held.indexOf(note), 1);
  }
}
