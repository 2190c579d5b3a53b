// Remembers which note each finger or key started, so that its release ends that note even after the octave moved.

/** A press that comes so long after it was made, as when the page was held up, waits for its release ... */
const staleMs = 300;
/** ... so long: with it, it is left out, since all that came late would sound at once. */
const gatherMs = 50;

/** Notes of screen and computer keys: a source (a finger, a key) and a semitone in an octave. */
export class PressedKeys {
  readonly #notes = new Map<string, number>();
  readonly #noteOn: (midiNote: number, eventMilliseconds: number) => void;
  readonly #noteOff: (midiNote: number) => void;
  /** What calls off the presses that wait. */
  readonly #late = new Map<string, ReturnType<typeof setTimeout>>();

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
    const note = octaveNote + semitone;
    this.#notes.set(name, note);
    if (performance.now() - eventMilliseconds <= staleMs) {
      this.#noteOn(note, eventMilliseconds);
      return;
    }
    const begin = () => {
      this.#late.delete(name);
      this.#noteOn(note, eventMilliseconds);
    };
    this.#late.set(name, setTimeout(begin, gatherMs));
  }

  /** Everything was silenced: keys that are down have no note any more. */
  forget(): void {
    for (const timer of this.#late.values()) clearTimeout(timer);
    this.#late.clear();
    this.#notes.clear();
  }

  /** The key is up: its note ends when nothing else holds the same note. */
  release(source: string, semitone: number): void {
    const name = `${source}:${semitone}`;
    const note = this.#notes.get(name);
    if (note === undefined) return;
    this.#notes.delete(name);
    const late = this.#late.get(name);
    if (late !== undefined) {
      clearTimeout(late);
      this.#late.delete(name);
      return;
    }
    if (![...this.#notes.values()].includes(note)) this.#noteOff(note);
  }
}
