// What a key sounds: the word that mode, lyrics and parameters give it, and its pitch.
import type { ParameterValues } from '../contract/parameters.ts';
import type { Hertz } from '../contract/units.ts';
import { wordOfNote } from './keymap.ts';
import { isPlayableHz, playableHz } from './channels.ts';
import { Lyrics } from './lyrics.ts';
import { playModeOf, type LyricVoice, type Plan, type PlanSources, type PlayMode } from './playModes.ts';
import { Tuning } from './tuning.ts';
import { isWhole, type SlotWord, type WordSlots } from './wordSlots.ts';

const semitones = 12;

/** What the planner stands on. */
export interface WordPlannerOptions {
  /** Read when a key goes down. */
  readonly values: ParameterValues;
  readonly slots: WordSlots;
  readonly speakers: number;
  readonly random: () => number;
  readonly onLyrics: () => void;
}

/** Decides for each key as the mode does; steps through the lyrics. */
export class WordPlanner implements PlanSources {
  readonly lyrics = new Lyrics();
  readonly onLyrics: () => void;
  tuning = new Tuning();
  readonly #values: ParameterValues;
  readonly #slots: WordSlots;
  readonly #speakers: number;
  readonly #random: () => number;
  #lastDigit = 0;

  constructor({ values, slots, speakers, random, onLyrics }: WordPlannerOptions) {
    this.onLyrics = onLyrics;
    this.#values = values;
    this.#slots = slots;
    this.#speakers = speakers;
    this.#random = random;
  }

  /** The mode in use. */
  get mode(): PlayMode {
    return playModeOf(this.#values.mode);
  }

  /** Index of the speaker that sings. */
  get singer(): number {
    return Math.min(Math.round(this.#values.speaker), this.#speakers - 1);
  }

  /** True when the next key ties. */
  get tieFollows(): boolean {
    return this.mode.tieFollows?.(this) ?? false;
  }

  get lyricsLoop(): boolean {
    return this.#values.lyricsEnd === 0;
  }

  /** What a key sounds in the present mode; takes a step of the lyrics. */
  plan(midiNote: number, voice: LyricVoice): Plan {
    const { mode } = this;
    const planned = mode.plan(this, midiNote, voice);
    return planned && { ...planned, pitched: mode.isPitched };
  }

  digitWord(digit: number): SlotWord {
    return this.#slots.plain(this.singer, digit);
  }

  sungWord(): SlotWord {
    const { digit } = this.#values;
    if (isWhole(digit)) return this.digitWord(Math.round(digit));
    return this.#slots.between(this.singer, digit, true);
  }

  spokenWord(midiNote: number): SlotWord {
    const { digit, speaker } = wordOfNote(midiNote, this.#speakers, this.#lastDigit, this.#random);
    this.#lastDigit = digit;
    return this.#slots.plain(speaker, digit);
  }

  padWord(midiNote: number): SlotWord {
    return this.#slots.pad(midiNote);
  }

  /** Pitch of a key in tuning and transposition; 0 for a key that the tuning leaves out or puts out of hearing. */
  hzOf(midiNote: number): Hertz {
    const hz = this.#tunedHz(midiNote);
    return this.tuning.isEqual || isPlayableHz(hz) ? playableHz(hz) : 0;
  }

  /** The same for what still sounds of a note: the end of one that left hearing keeps a pitch. */
  soundingHzOf(midiNote: number): Hertz {
    return playableHz(this.#tunedHz(midiNote));
  }

  #tunedHz(midiNote: number): Hertz {
    const { tuningHz, transpose } = this.#values;
    return this.tuning.frequencyOf(midiNote, tuningHz) * 2 ** (Math.round(transpose) / semitones);
  }
}
