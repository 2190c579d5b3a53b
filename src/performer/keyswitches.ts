// The lowest octaves in sing mode: keys that choose what the others sing instead of sounding.
import { digitCount } from '../contract/vocabulary.ts';

const semitones = 12;
/** C2, the first key that sings; C1 to B1 (24..35) and what lies below choose. */
const firstSungNote = 36;

/** What a keyswitch does. */
export type Keyswitch =
  | { readonly kind: 'digit'; readonly digit: number }
  /** The speaker before or after the present one. */
  | { readonly kind: 'speaker'; readonly step: 1 | -1 };

/** C..A choose the digit 0..9, A# the speaker before, B the next; undefined for keys that sing. */
export function keyswitchOf(midiNote: number): Keyswitch | undefined {
  if (midiNote >= firstSungNote) return undefined;
  const semitone = midiNote % semitones;
  if (semitone < digitCount) return { kind: 'digit', digit: semitone };
  return { kind: 'speaker', step: semitone === digitCount ? -1 : 1 };
}
