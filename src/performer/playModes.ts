// The ways of playing, one entry for each mode of the table: what a key plans, how keys and voices behave, what the page shows.
import { playModes, type PlayModeName } from '../contract/parameters.ts';
import type { Hertz } from '../contract/units.ts';
import type { Lyrics, LyricStep } from './lyrics.ts';
import type { SlotWord } from './wordSlots.ts';

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

/** What a mode plans from: the word planner. */
export interface PlanSources {
  readonly lyrics: Lyrics;
  /** True where the lyrics begin again after their last word. */
  readonly lyricsLoop: boolean;
  /** The lyrics have moved. */
  readonly onLyrics: () => void;
  /** A digit of the speaker that sings. */
  digitWord(digit: number): SlotWord;
  /** The word of the parameters `digit` and `speaker`. */
  sungWord(): SlotWord;
  /** What a key says: its place in the octave is the digit, the octave the speaker. */
  spokenWord(midiNote: number): SlotWord;
  /** What is stored on a key. */
  padWord(midiNote: number): SlotWord;
  /** Pitch of a key; 0 for a key that the tuning leaves out. */
  hzOf(midiNote: number): Hertz;
}

/** What a mode decides of a plan; whether it is pitched is the mode's for all keys. */
type PlannedWord = Omit<NonNullable<Plan>, 'pitched'> | null;

/** What the page shows where a mode is chosen. */
export interface ModePage {
  /** Digits whose octave is a voice, or a piano. */
  readonly keys: 'digits' | 'piano';
  /** What stands above the keys. */
  readonly panel: 'digits' | 'lyrics' | 'pads' | null;
  /** What the number row of a computer keyboard does: twelve keys, those of the ten digits, or what `digit` is. */
  readonly numberRow: 'twelve keys' | 'ten keys' | 'digit' | null;
}

/** All of a mode. */
export interface PlayMode {
  /** What a key sounds; may take a step of the lyrics. */
  readonly plan: (sources: PlanSources, midiNote: number, voice: LyricVoice) => PlannedWord;
  /** True when the next key goes on with the word before. */
  readonly tieFollows?: (sources: PlanSources) => boolean;
  /** True where keys give the pitch: the others keep the word's own. */
  readonly isPitched: boolean;
  /** True where what a key strikes sounds to its end, however long the key is down. */
  readonly isStruck: boolean;
  /** False where every key has a note of its own whatever the parameter `voiceMode` says. */
  readonly allowsMono: boolean;
  /** True where the lowest octaves choose what the others sing. */
  readonly hasKeyswitches: boolean;
  readonly page: ModePage;
}

const planSung: PlayMode['plan'] = (sources, midiNote) =>
  sources.hzOf(midiNote) === 0 ? null : { word: sources.sungWord(), source: 'digit', tie: false };

const table: Readonly<Record<PlayModeName, PlayMode>> = {
  words: {
    plan: (sources, midiNote) => ({ word: sources.spokenWord(midiNote), source: 'key', tie: false }),
    isPitched: false,
    isStruck: false,
    allowsMono: true,
    hasKeyswitches: false,
    page: { keys: 'digits', panel: null, numberRow: 'twelve keys' },
  },
  sing: {
    plan: planSung,
    isPitched: true,
    isStruck: false,
    allowsMono: true,
    hasKeyswitches: true,
    page: { keys: 'piano', panel: 'digits', numberRow: 'digit' },
  },
  lyrics: {
    plan: (sources, midiNote, voice) => {
      // Without a text it is the digit that is sung.
      if (sources.lyrics.steps.length === 0) return planSung(sources, midiNote, voice);
      const step = sources.lyrics.next(sources.lyricsLoop);
      sources.onLyrics();
      return step ? planStep(step, sources, midiNote, voice) : null;
    },
    tieFollows: ({ lyrics, lyricsLoop }) => lyrics.peek(lyricsLoop)?.kind === 'tie',
    isPitched: true,
    isStruck: false,
    allowsMono: true,
    hasKeyswitches: false,
    page: { keys: 'piano', panel: 'lyrics', numberRow: null },
  },
  drum: {
    plan: (sources, midiNote) => ({ word: sources.padWord(midiNote), source: 'key', tie: false }),
    isPitched: false,
    isStruck: true,
    allowsMono: false,
    hasKeyswitches: false,
    page: { keys: 'piano', panel: 'pads', numberRow: 'ten keys' },
  },
};

/** What a step of lyrics sounds on a key. */
export function planStep(
  step: LyricStep,
  sources: PlanSources,
  midiNote: number,
  voice: LyricVoice,
): PlannedWord {
  if (step.kind === 'rest' || sources.hzOf(midiNote) === 0) return null;
  if (step.kind === 'digit') voice.lyricWord = sources.digitWord(step.digit);
  return { word: voice.lyricWord ?? sources.sungWord(), source: 'lyrics', tie: step.kind === 'tie' };
}

/** The mode that the parameter `mode` chooses; what lies beyond the last one is the first. */
export function playModeOf(value: number): PlayMode {
  return playModeNamed(playModes[Math.round(value)] ?? playModes[0]);
}

/** The mode of a name. */
export function playModeNamed(name: PlayModeName): PlayMode {
  return table[name];
}
