// From keys to frequencies: equal temperament, or a Scala scale with an optional keyboard mapping.
import { InputError, requireInteger, requireNumber } from '../contract/errors.ts';
import type { Hertz } from '../contract/units.ts';
import { highestHz, isPlayableHz, lowestHz } from './channels.ts';
import type { KeyboardMap, Scale } from './scalaFile.ts';

const equalCents: readonly number[] = Array.from({ length: 12 }, (_, k) => 100 * (k + 1));
const semitones = 12;
const keyA4 = 69;
const keyC4 = 60;

/** Beyond these a frequency is a number no more once it is bent and transposed. */
const [smallestHz, greatestHz] = [1e-200, 1e200];

/** Frequencies of the keys at A4 = 440 Hz, worked out once. */
export class Tuning {
  /** What a page shows of it. */
  readonly name: string;
  /** True without a scale and a map: no key is left out, those below the lowest pitch play that. */
  readonly isEqual: boolean;
  /** What the player should know of it, in a sentence or two; empty where every key plays. */
  readonly notice: string;
  readonly #hz = new Float64Array(128);

  /**
   * Without arguments twelve equal semitones. A scale without a map starts on middle C (key 60), which keeps its
   * equal-tempered frequency.
   * @throws InputError when the map leaves its own reference key, or every key, without a note, or a key has no finite frequency
   */
  constructor(scale?: Scale, map?: KeyboardMap) {
    this.name = scale?.description ?? 'equal temperament';
    this.isEqual = !scale && !map;
    const cents = scale?.cents ?? equalCents;
    const keyboard = map ?? linearMap(scale);
    const reference = centsOfKey(cents, keyboard, keyboard.referenceNote);
    if (reference === null) throw new InputError(unmappedReference(keyboard));
    const unheard: number[] = [];
    for (let key = 0; key < 128; key++) {
      const place =
        key < keyboard.firstNote || key > keyboard.lastNote ? null : centsOfKey(cents, keyboard, key);
      if (place === null) continue;
      const hz = keyboard.referenceHz * 2 ** ((place - reference) / 1200);
      if (!(hz > smallestHz && hz < greatestHz)) {
        throw new InputError(
          `key ${key} would lie ${place - reference} cents from key ${keyboard.referenceNote}, at no frequency that a number holds: the pitches of the scale are too far apart`,
        );
      }
      this.#hz[key] = hz;
      if (!isPlayableHz(hz)) unheard.push(key);
    }
    if (this.#hz.every((hz) => hz === 0)) throw new InputError(unmappedKeys(keyboard));
    this.notice = this.isEqual ? '' : noticeOf(cents, unheard);
  }

  /**
   * Frequency of a key; 0 for a key without a note.
   * @param key 0..127
   * @param tuningHz frequency of A4 that the whole keyboard follows, 400..480 Hz
   * @throws RangeError naming the argument, its range and the value
   */
  frequencyOf(key: number, tuningHz: Hertz = 440): Hertz {
    requireInteger('MIDI note', key, 0, 127);
    return (this.#hz[key] * requireNumber('tuningHz', tuningHz, 400, 480)) / 440;
  }
}

function linearMap(scale: Scale | undefined): KeyboardMap {
  const [referenceNote, referenceHz] = scale
    ? [keyC4, 440 * 2 ** ((keyC4 - keyA4) / semitones)]
    : [keyA4, 440];
  return {
    firstNote: 0,
    lastNote: 127,
    middleNote: keyC4,
    referenceNote,
    referenceHz,
    octaveDegree: 0,
    degrees: [],
  };
}

/** Cents of a key above the map's middle note; null where the map has no degree. */
function centsOfKey(cents: readonly number[], map: KeyboardMap, key: number): number | null {
  const steps = key - map.middleNote;
  const size = map.degrees.length;
  if (size === 0) return centsOfDegree(cents, steps);
  const repetition = Math.floor(steps / size);
  const degree = map.degrees[steps - repetition * size];
  if (degree === null) return null;
  // The degree "determines difference in pitch between adjacent mapping patterns" (Scala's template of a mapping).
  const pattern = centsOfDegree(cents, map.octaveDegree || cents.length);
  return centsOfDegree(cents, degree) + repetition * pattern;
}

function centsOfDegree(cents: readonly number[], degree: number): number {
  // One pitch and no octave: whatever the degree, there is no other.
  if (cents.length === 0) return 0;
  const period = Math.floor(degree / cents.length);
  const within = degree - period * cents.length;
  return period * cents[cents.length - 1] + (within === 0 ? 0 : cents[within - 1]);
}

function unmappedReference(map: KeyboardMap): string {
  const { referenceNote } = map;
  const mapped = Array.from({ length: 128 }, (_, key) => key)
    .filter((key) => centsOfKey(equalCents, map, key) !== null)
    .sort((a, b) => Math.abs(a - referenceNote) - Math.abs(b - referenceNote));
  if (mapped.length === 0) return 'the mapping has no degree for any key: give it at least one in place of x';
  return `the mapping's reference note ${referenceNote} has no degree (x), so its frequency tunes nothing: give that key a degree, or name another reference note with its frequency, such as ${mapped[0]}`;
}

function unmappedKeys({ firstNote, lastNote }: KeyboardMap): string {
  return `no key would sound: the mapping gives none of the keys 0 to 127 a note, its first and last note are ${firstNote} and ${lastNote}; let them span keys that have a degree`;
}

function noticeOf(cents: readonly number[], unheard: readonly number[]): string {
  const sentences: string[] = [];
  if (cents.length === 0) sentences.push('The scale has no pitch but its first: every key plays it.');
  if (unheard.length > 0) {
    sentences.push(
      `${unheard.length === 1 ? 'Key' : 'Keys'} ${rangesOf(unheard)} would lie outside ${lowestHz} Hz to ${highestHz / 1000} kHz, what can be played, and ${unheard.length === 1 ? 'is' : 'are'} silent.`,
    );
  }
  return sentences.join(' ');
}

/** "0-20, 127" of keys in order. */
function rangesOf(keys: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const key of keys) {
    const last = ranges.at(-1);
    if (last && last[1] === key - 1) last[1] = key;
    else ranges.push([key, key]);
  }
  const shown = ranges.slice(0, 6).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return `${shown.join(', ')}${ranges.length > 6 ? ' and others' : ''}`;
}
