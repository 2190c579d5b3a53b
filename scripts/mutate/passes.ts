// The two passes of a mutation run: what each test reaches while nothing is changed, then every mutant against its tests.
import { Presets, SingleBar } from 'cli-progress';
import type { Seconds } from '../../src/contract/units.ts';
import type { Hosts } from './hosts.ts';
import type { Outcome, TestFile } from './mutant.ts';
import { keyOf, type Target } from './result.ts';
import { trialsOf, type TimeLimit } from './trial.ts';

function openBar(what: string, total: number): SingleBar {
  const bar = new SingleBar(
    {
      format: `${what} {bar} {value}/{total}, {eta_formatted} left`,
      stream: process.stderr,
      clearOnComplete: true,
      etaBuffer: 50,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return bar;
}

/**
 * Runs every test file that imports one of the files once, unmutated, to learn what each test reaches. Those that fail or
 * take too long are left out, and named on stderr.
 *
 * @param longest for a test file, its process included; without it none is too long
 * @param parts only test files whose path contains one of these
 */
export async function readReach(
  hosts: Hosts,
  files: readonly string[],
  longest?: Seconds,
  parts?: readonly string[],
): Promise<TestFile[]> {
  let tests: readonly string[] = [];
  await hosts.each([files], async (all, ask) => {
    const answer = await ask({ kind: 'related', files: all });
    if (answer?.kind === 'related') ({ tests } = answer);
  });
  if (parts) tests = tests.filter((test) => parts.some((part) => test.includes(part)));
  const bar = openBar('tests', tests.length);
  const testFiles: TestFile[] = [];
  const leftOut: string[] = [];
  try {
    await hosts.each(tests, async (test, ask) => {
      const answer = await ask(
        { kind: 'reach', files, test },
        longest === undefined ? undefined : 1000 * longest,
      );
      if (answer === undefined) leftOut.push(`${test} takes longer than ${longest} s`);
      else if (answer.kind === 'reach') {
        if (answer.testFile.passed) testFiles.push(answer.testFile);
        else leftOut.push(`${test} fails with nothing changed`);
      }
      bar.increment();
    });
  } finally {
    bar.stop();
  }
  for (const why of leftOut) process.stderr.write(`mutate: ${why} and is left out\n`);
  return testFiles;
}

/**
 * Puts every mutant to its tests until one fails.
 *
 * @param known outcomes that are taken over, by `keyOf` their mutant
 * @param grown is told all outcomes so far now and then: a run of hours may be broken off
 */
export async function tryAll(
  hosts: Hosts,
  targets: readonly Target[],
  known: ReadonlyMap<string, Outcome>,
  testFiles: readonly TestFile[],
  limit: TimeLimit,
  grown: (outcomes: readonly Outcome[]) => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const kills = new Map(targets.map(({ file }) => [file, new Map<string, number>()]));
  const mutants = targets.flatMap(({ chosen }) => chosen);
  const bar = openBar('mutants', mutants.length);
  try {
    await hosts.each(mutants, async (mutant, ask) => {
      const killsHere = kills.get(mutant.file) ?? new Map<string, number>();
      const trials = trialsOf(mutant, testFiles, limit, killsHere);
      let outcome: Outcome = known.get(keyOf(mutant)) ?? {
        mutant,
        fate: trials.length > 0 ? 'survived' : 'unreached',
      };
      for (const { test, only, limitMs } of trials) {
        if (outcome.fate !== 'survived') break;
        const answer = await ask({ kind: 'try', mutant, test, only }, limitMs);
        if (answer?.kind === 'try' && answer.passed) continue;
        outcome = { mutant, fate: answer ? 'killed' : 'timedOut', by: test };
        killsHere.set(test, (killsHere.get(test) ?? 0) + 1);
      }
      outcomes.push(outcome);
      bar.increment();
      if (outcomes.length % 20 === 0) grown(outcomes);
    });
  } finally {
    bar.stop();
  }
  return outcomes;
}
