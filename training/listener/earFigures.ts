// How well an ear hears takes that it was not trained on: by corpus, source, side and sex, and by digit.
import { digitCount } from '../../src/contract/vocabulary.ts';
import { sexOf, type Take } from '../corpus/takes.ts';
import { calibrationError } from './strangersListener.ts';

/**
 * A table: a row for each part of the corpora and each sex that it tells, in the order of their names.
 * @param heard probabilities of the ten digits of each take
 * @param wasTrainedOn takes that do not count
 */
export function earTable(
  takes: readonly Take[],
  heard: readonly Float32Array[],
  wasTrainedOn: (take: number) => boolean,
): string {
  const groups = new Map<string, number[]>();
  takes.forEach((take, i) => {
    if (wasTrainedOn(i)) return;
    const name = [take.source ?? take.corpus, take.split, sexOf(take)].filter(Boolean).join(', ');
    groups.set(name, [...(groups.get(name) ?? []), i]);
  });
  return tableOf([...groups].sort(), takes, heard);
}

/** A clip to judge. */
export interface JudgedClip {
  readonly file: string;
  /** Name of the set that it is counted in. */
  readonly set: string;
  /** 0-9, as meant. */
  readonly digit: number;
  /** Of `earFeatures`. */
  readonly features: Float32Array;
}

/** The same table of clips: a row for each set, in the order in which they come. */
export function judgementTable(clips: readonly JudgedClip[], heard: readonly Float32Array[]): string {
  const sets = [...new Set(clips.map(({ set }) => set))];
  const rows = sets.map((set) => [set, [...clips.keys()].filter((i) => clips[i].set === set)] as const);
  return tableOf(rows, clips, heard);
}

function tableOf(
  groups: readonly (readonly [string, readonly number[]])[],
  meant: readonly { readonly digit: number }[],
  heard: readonly Float32Array[],
): string {
  const digits = Array.from({ length: digitCount }, (_, d) => d);
  const rows = groups.map(([name, own]) => [
    name,
    String(own.length),
    shareRight(meant, heard, own),
    ...digits.map((d) =>
      shareRight(
        meant,
        heard,
        own.filter((i) => meant[i].digit === d),
      ),
    ),
  ]);
  const cells = [['clips', 'number', 'right, %', ...digits.map(String)], ...rows];
  return alignedText(cells);
}

function alignedText(cells: readonly (readonly string[])[]): string {
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  return cells
    .map((row) =>
      row.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join('  '),
    )
    .join('\n');
}

function shareRight(
  meant: readonly { readonly digit: number }[],
  heard: readonly Float32Array[],
  own: readonly number[],
): string {
  if (own.length === 0) return '';
  const right = own.filter((i) => heard[i].indexOf(Math.max(...heard[i])) === meant[i].digit).length;
  return ((100 * right) / own.length).toFixed(1);
}

/**
 * How a listener hears held-out takes: share right, share taken for no digit, mean confidence and expected calibration error, a row for each part of the
 * corpora and each sex that it tells.
 * @param heard probabilities of the digits, then of "none" where the listener knows it, of each take
 */
export function strangersTable(takes: readonly Take[], heard: readonly Float32Array[]): string {
  const groups = new Map<string, number[]>();
  takes.forEach((take, i) => {
    if (take.split !== 'test') return;
    const name = [take.source ?? take.corpus, sexOf(take)].filter(Boolean).join(', ');
    groups.set(name, [...(groups.get(name) ?? []), i]);
  });
  const cells = [['held out', 'number', 'right, %', '"none", %', 'confidence', 'calibration error']];
  for (const [name, own] of [...groups].sort()) {
    const bests = own.map((i) => bestOf(heard[i]));
    const isRight = own.map((i, k) => bests[k] === takes[i].digit);
    const confidences = own.map((i, k) => heard[i][bests[k]]);
    cells.push([
      name,
      String(own.length),
      percent(isRight.filter(Boolean).length / own.length),
      percent(bests.filter((best) => best === digitCount).length / own.length),
      (confidences.reduce((a, b) => a + b, 0) / own.length).toFixed(3),
      calibrationError(confidences, isRight).toFixed(3),
    ]);
  }
  return alignedText(cells);
}

/** How much of what is no digit is taken for one, as the listener decides, and where it keeps 95 % of digits. */
export function noneLine(none: readonly Float32Array[], digits: readonly Float32Array[]): string {
  const accepted = none.filter((row) => bestOf(row) < digitCount).length / none.length;
  const doubtOf = (row: Float32Array): number =>
    row.length > digitCount ? row[digitCount] : 1 - Math.max(...row);
  const doubts = digits.map(doubtOf).sort((a, b) => a - b);
  const limit = doubts[Math.min(doubts.length - 1, Math.floor(0.95 * doubts.length))];
  const atLimit = none.filter((row) => doubtOf(row) < limit).length / none.length;
  return `${none.length} other words held out: ${percent(accepted)} % taken for digits, ${percent(atLimit)} % where 95 % of the held-out digits are kept`;
}

const bestOf = (row: Float32Array): number => row.indexOf(Math.max(...row));
const percent = (share: number): string => (100 * share).toFixed(1);
