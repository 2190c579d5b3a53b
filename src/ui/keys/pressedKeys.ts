// Remembers which note each finger or key started, so that its release ends that note even after the octave moved.

/** Notes of screen and computer keys: a source (a finger, a key) and a semitone in an octave. */
export class PressedKeys {
  readonly #notes = new Map<string, number>();
  readonly #noteOn: (midiNote: number, eventMilliseconds: number) => void;
  readonly #noteOff: (midiNote: number) => void;

  constructor(
    noteOn: (midiNote: number, eventMilliseconds: number) => void,
    noteOff: (midiNote: number) => void,
  ) {
    this.#noteOn = noteOn;
    this.#noteOff = noteOff;
  }

  /** A key of the octave that starts at `octaveNote` went down. */
  press(source: string, octaveNote: number, semitone: number, eventMilliseconds: number): void {
    const name = `${source}:${semitone}`;
    if (this.#notes.has(name)) return;
    this.#notes.set(name, octaveNote + semitone);
    this.#noteOn(octaveNote + semitone, eventMilliseconds);
  }

  /** Everything was silenced: keys that are down have no note any more. */
  forget(): void {
    this.#notes.clear();
  }

  /** The key is up: its note ends when nothing else holds the same note. */
  release(source: string, semitone: number): void {
    const name = `${source}:${semitone}`;
    const note = this.#notes.get(name);
    if (note === undefined) return;
    this.#notes.delete(name);
    if (![...this.#notes.values()].includes(note)) this.#noteOff(note);
  }
}
