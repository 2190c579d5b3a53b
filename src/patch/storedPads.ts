// Sounds that are stored on the keys of drum mode: the present latent point as something to keep, and kept points as pads of a
// performer.
import { InputError, requireInteger } from '../contract/errors.ts';
import type { ParameterValues } from '../contract/parameters.ts';
import type { StoredPad } from './preset.ts';
import { between, digitAnchor } from '../model/latent.ts';
import { digitCount } from '../contract/vocabulary.ts';
import type { Manifest } from '../model/manifest.ts';
import { noteName } from '../performer/keymap.ts';
import type { Performer } from '../performer/performer.ts';
import { isWhole, padSlots } from '../performer/wordSlots.ts';

/** Stored sounds in order of their keys, one for each key. */
export type Pads = readonly StoredPad[];

/** No key has a stored sound. */
export const noPads: Pads = [];

/** Places of a latent number that are kept: nobody hears the rest, and files are half as long. */
const decimals = 4;

/** The part of a performer that pads need. */
export type PadPlayer = Pick<Performer, 'pads' | 'setPad' | 'styleOf'>;

/**
 * What sounds now, as a sound for a key: the digit or the place between two, in the voice, where knobs, map and scenes are.
 * @param values those that sound
 */
export function presentPad(
  player: PadPlayer,
  manifest: Manifest,
  values: ParameterValues,
  note: number,
): StoredPad {
  requireInteger('MIDI note', note, 0, 127);
  const speaker = Math.min(manifest.speakers.length - 1, Math.round(values.speaker));
  const digit = Math.round(values.digit);
  if (isWhole(values.digit)) return { note, digit, speaker, style: rounded(player.styleOf(speaker, digit)) };
  const low = Math.floor(values.digit);
  const high = Math.min(digitCount - 1, low + 1);
  const share = values.digit - low;
  return {
    note,
    digit,
    speaker,
    style: rounded(between(player.styleOf(speaker, low), player.styleOf(speaker, high), share)),
    digitPoint: rounded(between(digitAnchor(manifest, low), digitAnchor(manifest, high), share)),
  };
}

function rounded(vector: Float32Array): number[] {
  return Array.from(vector, (value) => Number(value.toFixed(decimals)));
}

/**
 * The pads with one more, in place of what its key had.
 * @throws InputError when every place is taken
 */
export function padStored(pads: Pads, pad: StoredPad): Pads {
  const others = pads.filter(({ note }) => note !== pad.note);
  if (others.length >= padSlots) {
    throw new InputError(
      `all ${padSlots} places for sounds are taken; clear a key before storing on ${noteName(pad.note)}`,
    );
  }
  return [...others, pad].sort((a, b) => a.note - b.note);
}

/** The pads without the one of a key; the same list when it has none. */
export function padCleared(pads: Pads, note: number): Pads {
  return pads.some((pad) => pad.note === note) ? pads.filter((pad) => pad.note !== note) : pads;
}

/**
 * Makes a performer play exactly these pads. Pads of another model, or more than there is room for, are left out.
 * @returns a sentence for each reason why keys were left out
 */
export function loadPads(player: PadPlayer, { latent, speakers }: Manifest, pads: Pads): string[] {
  const fitting = pads.filter(
    ({ style, digitPoint }) =>
      style.length === latent.styleDimensions &&
      (digitPoint === undefined || digitPoint.length === latent.digitDimensions),
  );
  const played = fitting.slice(0, padSlots);
  const byNote = new Map(played.map((pad) => [pad.note, pad]));
  for (const [note, { digit }] of [...player.pads]) {
    // A slot names a digit that notes start from until the sound is decoded: another digit needs another slot.
    if (byNote.get(note)?.digit !== digit) player.setPad(note, null);
  }
  for (const pad of played) {
    const speaker = Math.min(speakers.length - 1, pad.speaker);
    const { note, digit, style, digitPoint } = pad;
    const old = player.pads.get(note);
    if (old?.style === style && old.digitPoint === digitPoint && old.speaker === speaker) continue;
    player.setPad(note, { digit, style, speaker, ...(digitPoint ? { digitPoint } : {}) });
  }
  const names = (list: Pads) => list.map(({ note }) => noteName(note)).join(', ');
  const foreign = pads.filter((pad) => !fitting.includes(pad));
  return [
    ...(foreign.length > 0
      ? [`the sounds of ${names(foreign)} are of another model and are not played`]
      : []),
    ...(fitting.length > padSlots
      ? [`only ${padSlots} sounds fit; those of ${names(fitting.slice(padSlots))} are not played`]
      : []),
  ];
}
