// What a program of Tone's asks for, as keys of the performer: pitches between the keys, spoken and sung digits, phrases.
import { quoted } from '../contract/errors.ts';
import type { Hertz } from '../contract/units.ts';
import { digitOf, parseLyrics } from '../performer/lyrics.ts';
import type { PartPlay } from '../performer/partPlay.ts';

/** A key to strike. */
export interface ToneNote {
  /** Tells it from other notes that may be held: what is released has the same. */
  readonly name: string;
  /** 0..127 */
  readonly midiNote: number;
  readonly play: PartPlay;
}

/** A digit of a phrase, in steps of the phrase. */
export interface PhraseStep {
  readonly digit: number;
  /** Steps before it. */
  readonly start: number;
  /** Steps that it lasts: one, and one more for each tie. */
  readonly length: number;
}

const keyA4 = 69;
const hzA4: Hertz = 440;
const semitones = 12;
/** Key of the digit 0 in an octave in which every digit has one; which octave is of no account. */
const firstDigitKey = 60;
/** Keyswitches would swallow the lowest two octaves. */
const plain: PartPlay = { hasKeyswitches: false };

/**
 * The nearest key and what is missing to the frequency, exactly.
 * @throws RangeError naming what was given
 */
export function noteOfFrequency(hz: Hertz, given: unknown = hz): ToneNote {
  if (!(hz > 0 && hz < Infinity)) {
    throw new RangeError(
      `note must be a name such as 'C4', a frequency above 0 Hz or Tone.Midi(60), got ${quoted(given)}`,
    );
  }
  const place = keyA4 + semitones * Math.log2(hz / hzA4);
  const midiNote = Math.min(127, Math.max(0, Math.round(place)));
  const cents = 100 * (place - midiNote);
  // Names and numbers of the same note differ by rounding.
  const isOfKey = Math.abs(cents) < 1e-6;
  return {
    name: `hz ${Math.round(1000 * 100 * place)}`,
    midiNote,
    play: isOfKey ? plain : { ...plain, cents },
  };
}

/**
 * A digit, sung on a pitch or spoken.
 * @param digit 0..9, '7' or 'seven'
 * @param speaker index of the voice that speaks
 * @throws RangeError naming what was given
 */
export function noteOfDigit(digit: number | string, speaker: number, sung?: ToneNote): ToneNote {
  const number = digitOf(String(digit).trim());
  if (number === undefined) {
    throw new RangeError(`digit must be a whole number from 0 to 9 or its name, got ${quoted(digit)}`);
  }
  const name = `digit ${number}`;
  if (sung) {
    const play: PartPlay = { ...sung.play, mode: 'sing', digit: number };
    return { name: `${name} ${sung.name}`, midiNote: sung.midiNote, play };
  }
  return { name, midiNote: firstDigitKey + number, play: { ...plain, mode: 'words', speaker } };
}

/**
 * Digits in a row: `3 1 4`, `314`, `three one four`; `-` makes a digit a step longer, `.` is a step of silence.
 * @throws InputError naming the first word that is none of these
 */
export function phraseOf(text: string): PhraseStep[] {
  const phrase: { digit: number; start: number; length: number }[] = [];
  parseLyrics(text).forEach((step, start) => {
    const last = phrase.at(-1);
    if (step.kind === 'digit') phrase.push({ digit: step.digit, start, length: 1 });
    else if (step.kind === 'tie' && last && last.start + last.length === start) last.length++;
  });
  return phrase;
}
