// Which points of latent space to decode, in which order, so that the next note finds its word ready.
import { digitCount } from '../contract/vocabulary.ts';

/** What the player is doing, as far as it decides the order. Slots are speaker * 10 + digit. */
export interface Situation {
  /** Slots of sounding notes, the latest first. */
  readonly sounding: readonly number[];
  /** Slots played before, the latest first. */
  readonly recent: readonly number[];
  /** Index of the speaker in use. */
  readonly speaker: number;
  /** True when what does not sound is decoded already. */
  readonly soundingOnly?: boolean;
}

/**
 * Every slot of the bundle once, most urgent first: sounding notes (they are heard moving), recently played words, the ten
 * digits of the speaker in use, then the other speakers, the neighbours of the speaker in use (one octave away) first.
 * @param speakers number of speakers in the bundle
 */
export function decodeOrder(speakers: number, situation: Situation): number[] {
  const order = new Set<number>();
  const add = (slot: number) => {
    if (slot >= 0 && slot < speakers * digitCount) order.add(slot);
  };
  situation.sounding.forEach(add);
  situation.recent.forEach(add);
  for (let distance = 0; distance < speakers; distance++) {
    for (const speaker of [situation.speaker + distance, situation.speaker - distance]) {
      for (let digit = 0; digit < digitCount; digit++) add(speaker * digitCount + digit);
    }
  }
  return [...order];
}
