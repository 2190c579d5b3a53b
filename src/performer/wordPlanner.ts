// What a key sounds: the word that mode, lyrics and parameters give it, and its pitch.
import { playModes, type ParameterValues } from '../contract/parameters.ts';
import type { Hertz } from '../contract/units.ts';
import { wordOfNote } from './keymap.ts';
import { playableHz } from './channels.ts';
import { Lyrics } from './lyrics.ts';
import { Tuning } from './tuning.ts';
import { isWhole, type SlotWord, type WordSlots } from './wordSlots.ts';

const semitones = 12;

/** What a key sounds; null for silence. */
export type Plan = {
  readonly word: SlotWord;
  /** True when it sings the key's pitch instead of the word's own. */
  readonly pitched: boolean;
  readonly source: 'key' | 'digit' | 'lyrics';
  /** True when the word before goes on. */
  readonly tie: boolean;
} | null;

/** Who sings lyrics: remembers the word that a tie goes on with. */
export interface LyricVoice {
  lyricWord: SlotWord | null;
}

/** What the planner stands on. */
export interface WordPlannerOptions {
  /** Read when a key goes down. */
  readonly values: ParameterValues;
  readonly slots: WordSlots;
  readonly speakers: number;
  readonly random: () => number;
  readonly onLyrics: () => void;
}

/** Decides for each key; steps through the lyrics. */
export class WordPlanner {
  readonly lyrics = new Lyrics();
  tuning = new Tuning();
  readonly #values: ParameterValues;
  readonly #slots: WordSlots;
  readonly #speakers: number;
  readonly #random: () => number;
  readonly #onLyrics: () => void;
  #lastDigit = 0;

  constructor({ values, slots, speakers, random, onLyrics }: WordPlannerOptions) {
    this.#values = values;
    this.#slots = slots;
    this.#speakers = speakers;
    this.#random = random;
    this.#onLyrics = onLyrics;
  }

  get mode(): (typeof playModes)[number] {
    return playModes[this.#values.mode];
  }

  /** Index of the speaker that sings. */
  get singer(): number {
    return Math.min(Math.round(this.#values.speaker), this.#speakers - 1);
  }

  /** True when the next key ties. */
  get tieFollows(): boolean {
    return this.mode === 'lyrics' && this.lyrics.peek(this.#loops)?.kind === 'tie';
  }

  /** What a key sounds in the present mode; takes a step of the lyrics. */
  plan(midiNote: number, voice: LyricVoice): Plan {
    const slots = this.#slots;
    const mode = this.mode;
    if (mode === 'words') {
      const { digit, speaker } = wordOfNote(midiNote, this.#speakers, this.#lastDigit, this.#random);
      this.#lastDigit = digit;
      return { word: slots.plain(speaker, digit), pitched: false, source: 'key', tie: false };
    }
    if (mode === 'drum') return { word: slots.pad(midiNote), pitched: false, source: 'key', tie: false };
    if (mode === 'lyrics' && this.lyrics.steps.length > 0) {
      const step = this.lyrics.next(this.#loops);
      this.#onLyrics();
      if (!step || step.kind === 'rest' || this.hzOf(midiNote) === 0) return null;
      if (step.kind === 'digit') voice.lyricWord = slots.plain(this.singer, step.digit);
      const word = voice.lyricWord ?? this.#sungWord();
      return { word, pitched: true, source: 'lyrics', tie: step.kind === 'tie' };
    }
    if (this.hzOf(midiNote) === 0) return null;
    return { word: this.#sungWord(), pitched: true, source: 'digit', tie: false };
  }

  /** The word of the parameters `digit` and `speaker`. */
  #sungWord(): SlotWord {
    const { digit } = this.#values;
    if (isWhole(digit)) return this.#slots.plain(this.singer, Math.round(digit));
    return this.#slots.between(this.singer, digit, true);
  }

  /** Pitch of a key in tuning and transposition; 0 for a key that the tuning leaves out. */
  hzOf(midiNote: number): Hertz {
    const { tuningHz, transpose } = this.#values;
    return playableHz(this.tuning.frequencyOf(midiNote, tuningHz) * 2 ** (Math.round(transpose) / semitones));
  }

  get #loops(): boolean {
    return this.#values.lyricsEnd === 0;
  }
}
