// From a MIDI note to what is said: the note in its octave picks the digit, the octave picks the speaker.
import { requireInteger } from '../contract/errors.ts';
import { digitCount } from '../contract/vocabulary.ts';

/** C3 in the convention where middle C, note 60, is C4: its octave speaks with the bundle's first speaker. */
const firstSpeakerNote = 48;
const semitones = 12;
/** A#: says the last digit again. */
export const repeatSemitone = 10;
/** B: says a random digit. */
export const randomSemitone = 11;

/** What a note says. */
export interface Word {
  /** 0..9 */
  readonly digit: number;
  /** Index into the bundle's speakers. */
  readonly speaker: number;
}

/** Speaker of the octave that a MIDI note lies in, wrapping both ways over `speakers`. */
export function speakerOfNote(midiNote: number, speakers: number): number {
  const octave = Math.floor((midiNote - firstSpeakerNote) / semitones);
  return ((octave % speakers) + speakers) % speakers;
}

/**
 * What a MIDI note says: in every octave C..A are the digits 0..9, A# the last digit again, B a random one.
 * @param midiNote 0..127
 * @param speakers number of speakers in the bundle, 1 or more
 * @param lastDigit the digit said last (0 before any)
 * @param random uniform numbers in [0, 1), called once for a B
 * @throws RangeError when midiNote is outside 0..127
 */
export function wordOfNote(
  midiNote: number,
  speakers: number,
  lastDigit: number,
  random: () => number,
): Word {
  requireInteger('MIDI note', midiNote, 0, 127);
  const speaker = speakerOfNote(midiNote, speakers);
  const semitone = midiNote % semitones;
  if (semitone === repeatSemitone) return { digit: lastDigit, speaker };
  if (semitone === randomSemitone) {
    return { digit: Math.min(digitCount - 1, Math.floor(random() * digitCount)), speaker };
  }
  return { digit: semitone, speaker };
}

/**
 * Lowest note of a whole octave that speaks with a speaker, for screen and computer keys; undefined when the bundle has more
 * speakers than the keyboard has octaves and this one is out of reach.
 */
export function octaveOfSpeaker(speaker: number, speakers: number): number | undefined {
  const up = firstSpeakerNote + speaker * semitones;
  return [up, up - speakers * semitones].find((note) => note >= 0 && note + semitones - 1 <= 127);
}

const names = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'];

/** Name of a MIDI note with its octave, middle C (60) being C4. */
export function noteName(midiNote: number): string {
  return `${names[midiNote % semitones]}${Math.floor(midiNote / semitones) - 1}`;
}
