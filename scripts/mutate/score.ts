// What a mutation run found: counts and score of each file with its interval, and the survivors as lines to write tests for.
import type { Fate, Mutant, Outcome } from './mutant.ts';

/** Standard normal quantile of a two-sided 95 % interval. */
const z95 = 1.959964;

/** Counts of one file. Shares are in [0, 1]; `undefined` where nothing was tried. */
export interface Score {
  readonly file: string;
  /** Mutants that the file has; fewer may have been tried. */
  readonly possible: number;
  readonly counts: Readonly<Record<Fate, number>>;
  /** Killed and timed out, of all tried. */
  readonly score: number | undefined;
  readonly interval: readonly [low: number, high: number] | undefined;
}

/**
 * Wilson's 95 % interval of a share (Wilson 1927), which holds for small samples and shares near 1.
 *
 * @param hits in [0, trials]
 * @param trials at least 1
 */
export function wilson(hits: number, trials: number): [low: number, high: number] {
  const share = hits / trials;
  const square = z95 ** 2 / trials;
  const centre = share + square / 2;
  const half = z95 * Math.sqrt((share * (1 - share)) / trials + square / (4 * trials));
  return [Math.max(0, (centre - half) / (1 + square)), Math.min(1, (centre + half) / (1 + square))];
}

/** Counts a file's outcomes. */
export function scoreOf(file: string, possible: number, outcomes: readonly Outcome[]): Score {
  const counts: Record<Fate, number> = { killed: 0, survived: 0, timedOut: 0, unreached: 0 };
  for (const { fate } of outcomes) counts[fate]++;
  const hits = counts.killed + counts.timedOut;
  const tried = outcomes.length;
  return {
    file,
    possible,
    counts,
    score: tried > 0 ? hits / tried : undefined,
    interval: tried > 0 ? wilson(hits, tried) : undefined,
  };
}

/** One file's counts as a line. */
export function scoreLine({ file, possible, counts, score, interval }: Score): string {
  if (score === undefined || !interval) return `${file}: nothing to mutate`;
  const tried = counts.killed + counts.survived + counts.timedOut + counts.unreached;
  const percent = (share: number): string => (100 * share).toFixed(1);
  return (
    `${file}: ${percent(score)} % (${percent(interval[0])} to ${percent(interval[1])}) of ${tried} tried, ${possible} possible: ` +
    `${counts.killed} killed, ${counts.timedOut} timed out, ${counts.survived} survived, ${counts.unreached} without a test`
  );
}

/** A mutant as `file:line:column  operator` and the lines that it changes, before and after. */
export function describeMutant(mutant: Mutant, text: string): string {
  const { start, end, replacement, file, operator } = mutant;
  const before = text.slice(0, start).split('\n');
  const from = text.lastIndexOf('\n', start - 1) + 1;
  const newline = text.indexOf('\n', end);
  const to = newline < 0 ? text.length : newline;
  const flat = (lines: string): string => lines.trim().replace(/\s*\n\s*/g, ' ');
  const was = flat(text.slice(from, to));
  const is = flat(text.slice(from, start) + replacement + text.slice(end, to));
  return `${file}:${before.length}:${start - from + 1}  ${operator}\n  - ${was}\n  + ${is}`;
}
