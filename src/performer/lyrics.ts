// Lyrics: a typed text of digits, ties and rests, and the place in it that the next note sings.
import { InputError, quoted } from '../contract/errors.ts';
import { digitWords } from '../contract/vocabulary.ts';

/** What one note of a melody does with the text. */
export type LyricStep =
  { readonly kind: 'digit'; readonly digit: number } | { readonly kind: 'tie' } | { readonly kind: 'rest' };

/** What a text is made of: names, single digits, ties and rests; whatever separates is left over. */
const token = /[a-z]+|\d|[-\u2013\u2014]|[._]|[\s,;|/]+|./gisu;

/** The digit that a word names: a figure, a name or `oh`, in small letters or large; undefined for other words. */
export function digitOf(word: string): number | undefined {
  if (/^\d$/.test(word)) return Number(word);
  const name = word.toLowerCase();
  const digit = name === 'oh' ? 0 : digitWords.indexOf(name);
  return digit < 0 ? undefined : digit;
}

/**
 * Reads a text: `3 1 4`, `314`, `three one four`, `-` or a dash for a tie, `.` or `_` for a rest. Spaces, commas,
 * semicolons, bars and line ends separate.
 * @throws InputError naming the first word that is none of these
 */
export function parseLyrics(text: string): LyricStep[] {
  const steps: LyricStep[] = [];
  for (const [part] of text.matchAll(token)) {
    if (/^[\s,;|/]+$/.test(part)) continue;
    if (/^[-\u2013\u2014]$/.test(part)) steps.push({ kind: 'tie' });
    else if (/^[._]$/.test(part)) steps.push({ kind: 'rest' });
    else {
      const digit = digitOf(part);
      if (digit === undefined) {
        throw new InputError(
          `lyrics are digits (3 or three), "-" for a tie and "." for a rest; ${quoted(part)} is none of them`,
        );
      }
      steps.push({ kind: 'digit', digit });
    }
  }
  return steps;
}

/** Steps through lyrics, one note at a time. */
export class Lyrics {
  #steps: readonly LyricStep[] = [];
  #position = 0;
  #current = -1;

  /** The text's steps; empty without a text. */
  get steps(): readonly LyricStep[] {
    return this.#steps;
  }

  /** Index of the step that the next note sings; `steps.length` when the text has ended. */
  get position(): number {
    return this.#position;
  }

  /** Index of the step that was taken last; -1 before the first. */
  get current(): number {
    return this.#current;
  }

  /**
   * Takes a new text and goes to its front.
   * @throws InputError where the text cannot be read; the old one stays
   */
  setText(text: string): void {
    this.#steps = parseLyrics(text);
    this.reset();
  }

  /** Goes back to the front. */
  reset(): void {
    this.#position = 0;
    this.#current = -1;
  }

  /** The step that the next note will sing, or undefined at the end of a text that does not loop. */
  peek(loop: boolean): LyricStep | undefined {
    if (this.#position < this.#steps.length) return this.#steps[this.#position];
    return loop ? this.#steps[0] : undefined;
  }

  /** Takes the next step: at the end the first one again, or undefined when the text does not loop. */
  next(loop: boolean): LyricStep | undefined {
    if (this.#position >= this.#steps.length) {
      if (!loop || this.#steps.length === 0) return undefined;
      this.#position = 0;
    }
    this.#current = this.#position;
    return this.#steps[this.#position++];
  }
}
