// The order and extent of the tests that a mutant is put to: only those that reach it, the likeliest to notice soonest first.
import type { Seconds } from '../../src/contract/units.ts';
import type { Mutant, TestFile } from './mutant.ts';

/** A test file to run against a mutant. */
export interface Trial {
  readonly test: string;
  /** Full names of its tests that reach the mutant; `null` when loading the file does, so that any may notice. */
  readonly only: readonly string[] | null;
  /** After this time the tests do not end. */
  readonly limitMs: number;
}

/** How long a test file may run before it counts as endless. */
export interface TimeLimit {
  /** Times its unmutated duration. */
  readonly factor: number;
  /** Added to that: starting a process on a busy machine can take seconds. */
  readonly slackSeconds: Seconds;
}

/**
 * The test files that reach a mutant, best first: by past kills among the mutants of the same file per time of the tests
 * that would run.
 *
 * @param kills mutants of this file killed so far, by test file
 */
export function trialsOf(
  mutant: Mutant,
  testFiles: readonly TestFile[],
  { factor, slackSeconds }: TimeLimit,
  kills: ReadonlyMap<string, number>,
): Trial[] {
  const enters = (regions: readonly number[] | undefined): boolean =>
    regions?.includes(mutant.region) === true;
  const trials: { trial: Trial; promise: number }[] = [];
  for (const { path, milliseconds, loading, tests } of testFiles) {
    const all = Object.entries(tests);
    const chosen = enters(loading[mutant.file])
      ? all
      : all.filter(([, test]) => enters(test.reach[mutant.file]));
    if (chosen.length === 0) continue;
    const sum = (entries: typeof all): number =>
      entries.reduce((total, [, test]) => total + test.milliseconds, 0);
    const cost = Math.max(1, milliseconds - sum(all) + sum(chosen));
    const only = chosen === all ? null : chosen.map(([name]) => name);
    trials.push({
      trial: { test: path, only, limitMs: 1000 * slackSeconds + factor * milliseconds },
      promise: (1 + (kills.get(path) ?? 0)) / cost,
    });
  }
  return trials.sort((a, b) => b.promise - a.promise).map(({ trial }) => trial);
}
