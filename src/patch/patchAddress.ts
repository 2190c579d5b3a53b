// A patch in an address: what follows the # when a link shares a sound. Readable text, so that it can be
// edited by hand.
import { fewNotices, InputError, quoted } from '../contract/errors.ts';
import { parameters, type ParameterId } from '../contract/parameters.ts';
import { changedValues, checkedValue, completeValues, namedValue, type Patch } from './preset.ts';

/** Key of the format's version, and the version that is written; an address without it carries no patch. */
const versionKey = 'patch';
const version = '1';
const lyricsKey = 'lyrics';
/** Every parameter changed and the longest lyrics, percent-encoded, stay below this. */
const longestAddress = 16_384;
/** Steps of a long song; more does not fit an address. */
const longestAddressLyrics = 2000;
/** Nobody hears the sixth digit of a number, and links are shorter without it. */
const significantDigits = 5;

/** A patch read from an address, with one sentence for each thing that had to be changed. */
export interface ReadPatch {
  readonly patch: Patch;
  readonly notices: readonly string[];
}

/**
 * The text for an address: `patch=1&mode=sing&attack=0.25&lyrics=3+1+4`. Values at their defaults are left
 * out, choices are written by name, numbers with five digits. Scenes and gestures do not travel in links; a
 * preset file carries them.
 */
export function encodePatch({ values, lyrics }: Patch): string {
  const fields = new URLSearchParams({ [versionKey]: version });
  const shortened: Partial<Record<ParameterId, number>> = {};
  for (const { id, min, max } of parameters) {
    const short = Number(values[id].toPrecision(significantDigits));
    shortened[id] = Math.min(max, Math.max(min, short));
  }
  for (const [id, value] of Object.entries(changedValues(shortened))) {
    fields.set(id, String(namedValue(id as ParameterId, value)));
  }
  if (lyrics) fields.set(lyricsKey, lyrics);
  return fields.toString();
}

/**
 * Reads what `encodePatch` wrote.
 * @param text an address's part after the #, with or without it
 * @returns null when the text carries no patch
 * @throws InputError when the patch is too long or of a newer version
 */
export function decodePatch(text: string): ReadPatch | null {
  if (text.length > longestAddress) {
    throw new InputError(
      `the address is too long for a patch: ${text.length} characters, at most ${longestAddress}`,
    );
  }
  const fields = new URLSearchParams(text.replace(/^#/, ''));
  const found = fields.get(versionKey);
  if (found === null) return null;
  if (found !== version) {
    throw new InputError(`the address has a patch of version ${quoted(found)}; this numvox reads ${version}`);
  }
  const notices: string[] = [];
  const values: Partial<Record<ParameterId, number>> = {};
  let lyrics = '';
  for (const [key, given] of fields) {
    if (key === versionKey) continue;
    if (key === lyricsKey) {
      lyrics = given.slice(0, longestAddressLyrics);
      if (lyrics !== given) notices.push(`the lyrics were cut to ${longestAddressLyrics} characters`);
      continue;
    }
    const value = checkedValue(key, numberOr(given), (notice) => notices.push(notice));
    if (value !== undefined) values[key as ParameterId] = value;
  }
  return { patch: { values: completeValues(values), lyrics }, notices: fewNotices(notices) };
}

/** The number that a text is, or the text. */
function numberOr(text: string): number | string {
  const number = text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(number) ? number : text;
}
