// Scala files: scales (.scl) and keyboard mappings (.kbm), read as their descriptions say, and refused with line and reason.
import { InputError } from '../contract/errors.ts';
import type { Hertz } from '../contract/units.ts';

/** A scale: its pitches above the first one, in cents; the last is the interval of repetition. Any order, any sign. */
export interface Scale {
  readonly description: string;
  /** Empty for the scale that is its first pitch alone. */
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
  /** The degree whose pitch lies between one repetition of the map and the next; 0 for the highest of the scale. */
  readonly octaveDegree: number;
  /** A degree for each key of the pattern, null for a silent key; empty for one degree after the other. */
  readonly degrees: readonly (number | null)[];
}

/** Of a scale, and of the pattern of a mapping. */
const mostNotes = 10_000;
/** Ten thousand octaves: as a distance of pitches nonsense, and every sum of it is a number. */
const farthestCents = 12_000_000;
/** Farther away no key of 0..127 is reached. */
const farthestKey = 1000;
const farthestDegree = 1_000_000;

/** A line that says something, and where it stands in the file. */
interface Line {
  readonly text: string;
  readonly number: number;
}

/** Of every system; a file that was converted twice has two carriage returns before its line feed. */
const lineEnd = /\r*\n|\r/;

function faultAt({ text, number }: Line, reason: string): InputError {
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return new InputError(`line ${number}, "${shown}": ${reason}`);
}

/** ASCII in units of 16 bits, a few characters of it; zeros that only fill a file up are none. */
const zerosBetween = /(?:[^\0]\0){3}/;

/** @throws InputError where the text was read in units that are not its own */
function readableLines(text: string): string[] {
  if (zerosBetween.test(text)) {
    throw new InputError(
      'its characters have zero bytes between them, as in UTF-16 without a byte order mark: save it as UTF-8',
    );
  }
  return linesOf(text);
}

function linesOf(text: string): string[] {
  return text.replace(/^\uFEFF/, '').split(lineEnd);
}

/** Lines that are neither comments nor empty, without the blanks round them. */
function meant(lines: readonly string[], before: number): Line[] {
  return lines
    .map((text, k) => ({ text: text.trim(), number: before + k + 1 }))
    .filter(({ text }) => text !== '' && !text.startsWith('!'));
}

/**
 * What follows a number is ignored, as the format has it, but for what makes another number of it: read as far as it is valid,
 * `203,91` would be the ratio 203 and `7e2` the ratio 7.
 */
function refuseLonger(line: Line, rest: string, what: 'cents' | 'ratio' | 'whole'): void {
  if (what !== 'ratio' && /^e[-+]?\d/i.test(rest)) {
    throw faultAt(line, 'exponents are no part of the format; write the number out');
  }
  if (/^,\d/.test(rest)) throw faultAt(line, 'a decimal comma; write a period');
  if (/^\.\d/.test(rest)) throw faultAt(line, 'a period too many');
  // Behind a blank only a slash that has another behind it, or what a bare whole number would be taken up by, can belong to the number.
  const apart =
    what === 'whole' ? /^\s*([/:\\^*×÷⁄∕])\s*[-+(]?\d/ : /^(?:(\/)\s*|\s+(\/)\s+|([:\\^*×÷⁄∕]))[-+(]?\d/;
  const operator = apart.exec(rest);
  if (operator) {
    const sign = operator.slice(1).find(Boolean);
    throw faultAt(line, `${sign} is understood only as the one slash of a ratio, 3/2`);
  }
}

/**
 * A whole number that goes on behind a blank: `1 000.0` and `100 .0` would be the ratios 1 and 100. Groups of three digits are meant; any
 * other number behind a blank is a remark.
 */
function refuseBlankWithin(line: Line, number: string, rest: string): void {
  if (!/^\+?\s*\d+$/.test(number)) return;
  const isGrouped = /^\+?\s*[1-9]\d{0,2}$/.test(number) && /^\s\d{3}(?!\d)/.test(rest);
  if (isGrouped || /^\s+[.,]\d/.test(rest)) throw faultAt(line, 'a blank within a number; write it without');
}

/** The number as digits of any length; divided where doubles hold both, else by their logarithms. */
function centsOfRatio(numerator: string, denominator: string): number {
  const value = Number(numerator) / Number(denominator);
  if (value > 0 && Number.isFinite(value)) return 1200 * Math.log2(value);
  return 1200 * (log2Of(numerator) - log2Of(denominator));
}

function log2Of(digits: string): number {
  const plain = digits.replace(/^0+/, '');
  const head = plain.slice(0, 17);
  return Math.log2(Number(head)) + (plain.length - head.length) * Math.log2(10);
}

/** A pitch that sums and repetitions of it cannot carry beyond all numbers. */
function reachable(line: Line, cents: number): number {
  if (Math.abs(cents) <= farthestCents) return cents;
  if (!Number.isFinite(cents)) throw faultAt(line, 'no finite number');
  throw faultAt(line, `a pitch must lie within ${farthestCents} cents`);
}

/** One pitch in cents: a number with a period is cents, any other a ratio; the longest valid beginning of the line counts. */
function pitchCents(line: Line): number {
  const { text } = line;
  const cents = /^([-+]?)\s*(\d+\.\d*|\.\d+)/.exec(text);
  if (cents) {
    refuseLonger(line, text.slice(cents[0].length), 'cents');
    const value = Number(cents[1] + cents[2]);
    return reachable(line, value);
  }
  if (/^-\s*\d/.test(text)) {
    throw faultAt(line, 'a ratio is never negative; negative cents have a period (-50.0)');
  }
  const ratio = /^\+?\s*(\d+)(?:\s*\/\s*(\d+))?/.exec(text);
  if (!ratio) throw faultAt(line, 'a pitch must be cents (100.0) or a ratio (3/2)');
  const rest = text.slice(ratio[0].length);
  const [, numerator, denominator = '1'] = ratio as unknown as [string, string, string?];
  refuseBlankWithin(line, ratio[0], rest);
  if (ratio[2] === undefined && /^\s*\//.test(rest)) {
    throw faultAt(line, 'behind the slash of a ratio stands a whole number above 0 (3/2)');
  }
  refuseLonger(line, rest, ratio[2] === undefined ? 'whole' : 'ratio');
  if (/^0+$/.test(numerator) || /^0+$/.test(denominator)) {
    throw faultAt(line, 'both numbers of a ratio must be above 0');
  }
  return reachable(line, centsOfRatio(numerator, denominator));
}

/** The whole number that a line begins with. */
function wholeNumber(line: Line, what: string, min: number, max: number): number {
  const match = /^[-+]?\d+(?:\.0*(?!\d))?/.exec(line.text);
  const value = match ? Number(match[0]) : NaN;
  if (match) refuseLonger(line, line.text.slice(match[0].length), 'whole');
  if (!(value >= min && value <= max)) {
    throw faultAt(line, `${what} must be a whole number from ${min} to ${max}`);
  }
  return value;
}

/**
 * Reads a Scala scale file (www.huygens-fokker.org/scala/scl_format.html): lines end as on any system, comments begin with an
 * exclamation mark, pitches after the promised number are ignored.
 * @param text of the file
 * @returns 0 to 10,000 finite pitches
 * @throws InputError naming the line and its fault
 */
export function parseScale(text: string): Scale {
  const lines = readableLines(text);
  const first = lines.findIndex((line) => !line.startsWith('!'));
  const [countLine, ...pitches] = first < 0 ? [] : meant(lines.slice(first + 1), first + 1);
  if (!(countLine as Line | undefined)) {
    throw new InputError('a Scala scale needs a description and a number of notes');
  }
  const { text: counted } = countLine;
  const digits = counted.replace(/\D.*$/s, '');
  refuseBlankWithin(countLine, digits, counted.slice(digits.length));
  const count = wholeNumber(countLine, "the scale's number of notes", 0, mostNotes);
  if (pitches.length < count) {
    throw faultAt(countLine, `the scale promises ${count} pitches and has ${pitches.length}`);
  }
  return { description: lines[first].trim(), cents: pitches.slice(0, count).map(pitchCents) };
}

/** Whether a text is a keyboard mapping: where a scale has its description and its pitches, it has seven numbers. */
export function isKeyboardMap(text: string): boolean {
  const head = meant(linesOf(text), 0).slice(0, 7);
  const isNumber = ({ text: line }: Line, k: number) =>
    (k === 5 ? /^\d+(\.\d*)?(?![\d/.])/ : /^[-+]?\d+(?![\d/.])/).test(line);
  return head.length === 7 && head.every(isNumber);
}

/**
 * Reads a Scala keyboard mapping (www.huygens-fokker.org/scala/help.htm#mappings).
 * @param text of the file
 * @throws InputError naming the line and its fault
 */
export function parseKeyboardMap(text: string): KeyboardMap {
  const lines = meant(readableLines(text), 0);
  if (lines.length < 7) {
    throw new InputError(
      'a keyboard mapping begins with seven numbers: size, first, last, middle and reference note, its frequency, octave degree',
    );
  }
  const key = (at: number, what: string) =>
    wholeNumber(lines[at], `the mapping's ${what}`, -farthestKey, farthestKey);
  const size = wholeNumber(lines[0], "the mapping's size", 0, mostNotes);
  const degrees: (number | null)[] = lines.slice(7, 7 + size).map((line) => {
    if (/^x(?![a-z\d])/i.test(line.text)) return null;
    if (!/^[-+]?\d/.test(line.text)) throw faultAt(line, 'an entry of the mapping must be a degree or x');
    return wholeNumber(line, 'a degree', -farthestDegree, farthestDegree);
  });
  // A shorter list leaves the last keys without a note.
  while (degrees.length < size) degrees.push(null);
  const [firstNote, lastNote] = [key(1, 'first note'), key(2, 'last note')];
  if (firstNote > lastNote) {
    throw faultAt(lines[2], `the last note lies below the first, ${firstNote}: no key would sound`);
  }
  return {
    firstNote,
    lastNote,
    middleNote: key(3, 'middle note'),
    referenceNote: key(4, 'reference note'),
    referenceHz: referenceHzOf(lines[5]),
    octaveDegree: wholeNumber(lines[6], "the mapping's octave degree", -farthestDegree, farthestDegree),
    degrees,
  };
}

function referenceHzOf(line: Line): Hertz {
  const match = /^\+?(?:\d+\.?\d*|\.\d+)/.exec(line.text);
  if (match) {
    const rest = line.text.slice(match[0].length);
    refuseLonger(line, rest, 'cents');
    refuseBlankWithin(line, match[0], rest);
  }
  const value = match ? Number(match[0]) : NaN;
  if (!(value >= 1 && value <= 20_000)) {
    throw faultAt(line, "the mapping's reference frequency must be a number from 1 to 20000");
  }
  return value;
}
