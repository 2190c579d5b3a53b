// Which points of latent space to decode, in which order, so that the next note finds its word ready.
import { digitAnchor, styleAt } from '../model/latent.ts';
import { digitCount, type Manifest } from '../model/manifest.ts';
import type { DecodeTarget } from '../model/protocol.ts';

/** What the player is doing, as far as it decides the order. Slots are speaker * 10 + digit. */
export interface Situation {
  /** Slots of sounding notes, the latest first. */
  readonly sounding: readonly number[];
  /** Slots played before, the latest first. */
  readonly recent: readonly number[];
  /** Index of the speaker in use. */
  readonly speaker: number;
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

/**
 * The decode targets of a latent point, most urgent first.
 * @param knobs position along each of the bundle's directions
 */
export function decodeTargets(
  manifest: Manifest,
  knobs: readonly number[],
  situation: Situation,
): DecodeTarget[] {
  return decodeOrder(manifest.speakers.length, situation).map((slot) => {
    const digit = slot % digitCount;
    const speaker = Math.floor(slot / digitCount);
    return {
      slot,
      digitPoint: digitAnchor(manifest, digit),
      style: styleAt(manifest, speaker, digit, knobs),
    };
  });
}
