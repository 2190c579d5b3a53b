// How the notes of one part of an arrangement are played, where that is not as the instrument is set.
import type { PlayModeName } from '../contract/parameters.ts';
import type { Lyrics, LyricStep } from './lyrics.ts';

/** What a part decides for itself; what is absent is as the instrument is set. */
export interface PartPlay {
  readonly mode?: PlayModeName;
  /** Digit 0..9 that it sings. */
  readonly digit?: number;
  /** Index of the bundle's speaker whose voice it has, in every mode but drum mode. */
  readonly speaker?: number;
  /** A text of its own that its notes step through in lyrics mode. */
  readonly lyrics?: Lyrics;
  /** What this very note sings, where the mode sings at all. */
  readonly step?: LyricStep;
  /** True where the note after this one ties. */
  readonly tieFollows?: boolean;
  /** How far its pitched notes, or words at their own pitch, stand above the key's pitch, in cents. */
  readonly cents?: number;
  /** False where the lowest octaves sing too, instead of choosing what the others sing. */
  readonly hasKeyswitches?: boolean;
}
