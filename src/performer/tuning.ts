// From keys to frequencies: equal temperament, or a Scala scale (.scl) with an optional keyboard mapping (.kbm).
import { InputError, requireInteger, requireNumber } from '../contract/errors.ts';
import type { Hertz } from '../contract/units.ts';

/** A scale: its pitches above the first one, in cents; the last is the interval of repetition. */
export interface Scale {
  readonly description: string;
  readonly cents: readonly number[];
}

/** Which degree of a scale each key plays. */
export interface KeyboardMap {
  /** Keys outside first..last play no note. */
  readonly firstNote: number;
  readonly lastNote: number;
  /** The key that plays the map's first entry. */
  readonly middleNote: number;
  readonly referenceNote: number;
  /** Frequency of referenceNote when A4 is 440 Hz. */
  readonly referenceHz: Hertz;
  /** Degrees from one repetition of the map to the next. */
  readonly octaveDegree: number;
  /** A degree for each key of the pattern, null for a silent key; empty for one degree after the other. */
  readonly degrees: readonly (number | null)[];
}

/** Lines of a Scala file that are no comment. */
function linesOf(text: string): string[] {
  return text.split(/\r\n|\r|\n/).filter((line) => !line.startsWith('!'));
}

function firstWord(line: string): string {
  return line.trim().split(/\s+/)[0] ?? '';
}

/**
 * One pitch of a .scl file in cents: a number with a point is cents, any other a ratio (Scala's format
 * description).
 */
function pitchCents(line: string, place: number): number {
  const word = firstWord(line);
  if (/^[-+]?(\d+\.\d*|\.\d+)$/.test(word)) return Number(word);
  const ratio = /^(\d+)(?:\/(\d+))?$/.exec(word);
  const value = ratio ? Number(ratio[1]) / Number(ratio[2] ?? 1) : NaN;
  if (!(value > 0 && Number.isFinite(value))) {
    throw new InputError(
      `pitch ${place} of the scale must be cents (100.0) or a ratio (3/2), got "${line.trim()}"`,
    );
  }
  return 1200 * Math.log2(value);
}

/**
 * Reads a Scala scale file (www.huygens-fokker.org/scala/scl_format.html).
 * @throws InputError naming the line's fault
 */
export function parseScale(text: string): Scale {
  const lines = linesOf(text);
  if (lines.length < 2) throw new InputError('a Scala scale needs a description and a number of notes');
  const [description, countLine, ...rest] = lines;
  const count = Number(firstWord(countLine));
  if (!Number.isInteger(count) || count < 1 || count > 1024 || firstWord(countLine) === '') {
    throw new InputError(`the scale's number of notes must be 1 to 1024, got "${countLine.trim()}"`);
  }
  const pitches = rest.filter((line) => line.trim() !== '');
  if (pitches.length < count) {
    throw new InputError(`the scale promises ${count} pitches and has ${pitches.length}`);
  }
  const cents = pitches.slice(0, count).map((line, k) => pitchCents(line, k + 1));
  if (cents[count - 1] <= 0) {
    throw new InputError(`the scale's last pitch repeats it and must lie above its first`);
  }
  return { description: description.trim(), cents };
}

/**
 * Reads a Scala keyboard mapping (www.huygens-fokker.org/scala/help.htm#mappings).
 * @throws InputError naming the fault
 */
export function parseKeyboardMap(text: string): KeyboardMap {
  const lines = linesOf(text).filter((line) => line.trim() !== '');
  if (lines.length < 7) throw new InputError('a keyboard mapping begins with seven numbers');
  const number = (at: number, what: string, min: number, max: number, whole = true): number => {
    const word = firstWord(lines[at]);
    const value = Number(word);
    if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
      throw new InputError(`the mapping's ${what} must be a number from ${min} to ${max}, got "${word}"`);
    }
    return value;
  };
  const size = number(0, 'size', 0, 1024);
  const degrees = lines.slice(7, 7 + size).map((line) => {
    const word = firstWord(line);
    if (word.toLowerCase() === 'x') return null;
    if (/^-?\d+$/.test(word)) return Number(word);
    throw new InputError(`an entry of the mapping must be a degree or x, got "${word}"`);
  });
  // A shorter list leaves the last keys without a note.
  while (degrees.length < size) degrees.push(null);
  return {
    firstNote: number(1, 'first note', 0, 127),
    lastNote: number(2, 'last note', 0, 127),
    middleNote: number(3, 'middle note', 0, 127),
    referenceNote: number(4, 'reference note', 0, 127),
    referenceHz: number(5, 'reference frequency', 1, 20_000, false),
    octaveDegree: number(6, 'octave degree', 0, 1024),
    degrees,
  };
}

const equalCents: readonly number[] = Array.from({ length: 12 }, (_, k) => 100 * (k + 1));
const semitones = 12;
const keyA4 = 69;
const keyC4 = 60;

/** Frequencies of the keys at A4 = 440 Hz, worked out once. */
export class Tuning {
  /** What a page shows of it. */
  readonly name: string;
  readonly #hz = new Float64Array(128);

  /**
   * Without arguments twelve equal semitones. A scale without a map starts on middle C (key 60), which keeps its
   * equal-tempered frequency.
   * @throws InputError when the map leaves its own reference key without a note
   */
  constructor(scale?: Scale, map?: KeyboardMap) {
    this.name = scale?.description ?? 'equal temperament';
    const cents = scale?.cents ?? equalCents;
    const keyboard = map ?? linearMap(scale);
    const reference = centsOfKey(cents, keyboard, keyboard.referenceNote);
    if (reference === null) {
      throw new InputError(`the mapping's reference note ${keyboard.referenceNote} has no degree`);
    }
    for (let key = 0; key < 128; key++) {
      const place =
        key < keyboard.firstNote || key > keyboard.lastNote ? null : centsOfKey(cents, keyboard, key);
      this.#hz[key] = place === null ? 0 : keyboard.referenceHz * 2 ** ((place - reference) / 1200);
    }
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
  return degree === null ? null : centsOfDegree(cents, degree + repetition * (map.octaveDegree || size));
}

function centsOfDegree(cents: readonly number[], degree: number): number {
  const period = Math.floor(degree / cents.length);
  const within = degree - period * cents.length;
  return period * cents[cents.length - 1] + (within === 0 ? 0 : cents[within - 1]);
}
