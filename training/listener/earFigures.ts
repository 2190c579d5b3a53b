// How well an ear hears takes that it was not trained on: by corpus, source, side and sex, and by digit.
import { digitCount } from '../../src/contract/vocabulary.ts';
import { sexOf, type Take } from '../corpus/takes.ts';

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
