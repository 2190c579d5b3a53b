// What a key sounds: the word that mode, lyrics and parameters give it, and its pitch.
import type { ParameterValues } from '../contract/parameters.ts';
import type { Hertz } from '../contract/units.ts';
import { wordOfNote } from './keymap.ts';
import { isPlayableHz, playableHz } from './channels.ts';
import { Lyrics } from './lyrics.ts';
import type { PartPlay } from './partPlay.ts';
import {
  planStep,
  playModeNamed,
  playModeOf,
  type LyricVoice,
  type Plan,
  type PlanSources,
  type PlayMode,
} from './playModes.ts';
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

  /** The mode that a key is played in. */
  modeOf(play: PartPlay | undefined): PlayMode {
    return play?.mode ? playModeNamed(play.mode) : playModeOf(this.#values.mode);
  }

  /** Index of the speaker that sings. */
  get singer(): number {
    return Math.min(Math.round(this.#values.speaker), this.#speakers - 1);
  }

  /** True when the next key ties. */
  tieFollows(play: PartPlay | undefined): boolean {
    if (play?.step) return play.tieFollows === true;
    return this.modeOf(play).tieFollows?.(this.#sourcesOf(play)) ?? false;
  }

  get lyricsLoop(): boolean {
    return this.#values.lyricsEnd === 0;
  }

  /**
   * What a key sounds in its mode; takes a step of the lyrics.
   * @param play how its part plays
   */
  plan(midiNote: number, voice: LyricVoice, play?: PartPlay): Plan {
    const mode = this.modeOf(play);
    const sources = this.#sourcesOf(play);
    const { isPitched: pitched } = mode;
    if (play?.step && pitched) {
      const planned = planStep(play.step, sources, midiNote, voice);
      return planned && { ...planned, pitched };
    }
    const planned = mode.plan(sources, midiNote, voice);
    if (!planned) return null;
    // A digit or a voice of its own does not follow the instrument's.
    const isOwn = play?.digit !== undefined || play?.speaker !== undefined;
    return { ...planned, pitched, source: isOwn && planned.source === 'digit' ? 'key' : planned.source };
  }

  /** What a part plans from: the instrument, but for what it decides itself. */
  #sourcesOf(play: PartPlay | undefined): PlanSources {
    if (!play) return this;
    const { lyrics, digit, speaker } = play;
    const own = speaker === undefined ? undefined : Math.min(speaker, this.#speakers - 1);
    return {
      lyrics: lyrics ?? this.lyrics,
      lyricsLoop: this.lyricsLoop,
      onLyrics: () => {
        if (!lyrics) this.onLyrics();
      },
      digitWord: (sung) => this.#slots.plain(own ?? this.singer, sung),
      sungWord: () => {
        if (digit === undefined && own === undefined) return this.sungWord();
        return this.#slots.plain(own ?? this.singer, digit ?? Math.round(this.#values.digit));
      },
      spokenWord: (midiNote) => {
        const word = this.spokenWord(midiNote);
        return own === undefined ? word : this.#slots.plain(own, word.digit);
      },
      padWord: (midiNote) => this.padWord(midiNote),
      hzOf: (midiNote) => this.hzOf(midiNote),
    };
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
