// `npm run mutate`: changes source files in small ways, one at a time and in memory only, and says which changes no test notices.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Presets, SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { InputError, requireInteger, requireNumber } from '../../src/contract/errors.ts';
import type { Seconds } from '../../src/contract/units.ts';
import { Random } from '../../src/dsp/random.ts';
import { Hosts } from './hosts.ts';
import { findMutants } from './mutants.ts';
import type { Mutant, Outcome, TestFile } from './mutant.ts';
import { describeMutant, scoreLine, scoreOf, type Score } from './score.ts';
import { trialsOf } from './trial.ts';

/** Where the instrument's logic lies; without arguments the largest files below these are mutated. */
const folders = ['src/dsp', 'src/worklet', 'src/performer', 'src/midi', 'src/session'];
const largestCount = 10;

interface MutateOptions {
  readonly sample?: number;
  readonly seed: number;
  readonly workers: number;
  readonly tests?: readonly string[];
  readonly factor: number;
  readonly slack: Seconds;
  readonly least?: number;
  readonly out: string;
  readonly resume: boolean;
}

/** A file under mutation. */
interface Target {
  readonly file: string;
  readonly text: string;
  readonly possible: number;
  readonly chosen: readonly Mutant[];
}

/** What is kept of a run. */
interface Saved {
  readonly scores: readonly Score[];
  readonly outcomes: readonly (Outcome & { readonly change: string })[];
}

async function main(): Promise<void> {
  const program = new Command('mutate')
    .description('Changes source files in small ways and says which changes no test notices.')
    .argument(
      '[files...]',
      `TypeScript files; without any, the ${largestCount} largest below ${folders.join(', ')}`,
    )
    .option('--sample <n>', 'mutants drawn of each file; without it all', Number)
    .option('--seed <n>', 'seed of the draw', Number, 1)
    .option('--workers <n>', 'test processes at a time', Number, 2)
    .option('--tests <parts...>', 'only test files whose path contains one of these')
    .option(
      '--factor <n>',
      'a mutant is endless when a test file takes this many times its unmutated duration',
      Number,
      4,
    )
    .option('--slack <seconds>', 'and this much more', Number, 5)
    .option('--least <percent>', 'exit with 1 when the score of all files together is lower', Number)
    .option('--out <file>', 'where the result is written as JSON', 'runs/mutation.json')
    .option(
      '--resume',
      'take what was killed from the last result in --out, where the source is the same',
      false,
    )
    .parse();
  const options = program.opts<MutateOptions>();
  if (options.sample !== undefined) requireInteger('--sample', options.sample, 1, 1e6);
  requireInteger('--workers', options.workers, 1, 64);
  requireNumber('--factor', options.factor, 1, 1000);
  requireNumber('--slack', options.slack, 0, 3600);
  if (options.least !== undefined) requireNumber('--least', options.least, 0, 100);

  const files = program.args.length > 0 ? program.args.map(fromRoot) : largestFiles();
  const targets = files.map((file) => openTarget(file, options));
  const hosts = new Hosts(options.workers, await unitOptions());
  const close = (): void => hosts.close();
  process.once('exit', close);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  try {
    const testFiles = await readReach(hosts, files, options.tests);
    const outcomes = await tryAll(hosts, targets, testFiles, options);
    finish(targets, outcomes, options);
  } finally {
    close();
  }
}

/** Path from the root with `/`. */
function fromRoot(path: string): string {
  if (!existsSync(path) || !/(?<!\.d)\.ts$/.test(path)) {
    throw new InputError(
      `${path} must be a TypeScript source file that exists; give its path from this folder`,
    );
  }
  return relative(process.cwd(), resolve(path)).split(sep).join('/');
}

function largestFiles(): string[] {
  const present = folders.filter((folder) => existsSync(folder));
  const files = present.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /(?<!\.d)\.ts$/.test(name))
      .map((name) => fromRoot(join(folder, name))),
  );
  const size = new Map(files.map((file) => [file, statSync(file).size]));
  return files.sort((a, b) => (size.get(b) ?? 0) - (size.get(a) ?? 0)).slice(0, largestCount);
}

function openTarget(file: string, { sample, seed }: MutateOptions): Target {
  const text = readFileSync(file, 'utf8');
  const { mutants } = findMutants(file, text);
  const random = new Random(seed);
  const drawn = [...mutants];
  // Fisher and Yates' shuffle: a smaller sample of the same seed is the start of a larger one.
  for (let at = 0; at < drawn.length - 1; at++) {
    const other = at + random.integer(drawn.length - at);
    [drawn[at], drawn[other]] = [drawn[other] as Mutant, drawn[at] as Mutant];
  }
  return { file, text, possible: mutants.length, chosen: drawn.slice(0, sample) };
}

/** The options of the `unit` project in the folder's vitest configuration, or vitest's own where there is none. */
async function unitOptions(): Promise<object> {
  const path = resolve('vitest.config.ts');
  if (!existsSync(path)) return {};
  const { default: config } = (await import(pathToFileURL(path).href)) as {
    default: { test?: { projects?: { test?: { name?: string } }[] } };
  };
  return config.test?.projects?.find(({ test }) => test?.name === 'unit')?.test ?? {};
}

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

/** Runs every test file that imports one of the files once, unmutated, to learn what each test reaches. */
async function readReach(
  hosts: Hosts,
  files: readonly string[],
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
  const failing: string[] = [];
  try {
    await hosts.each(tests, async (test, ask) => {
      const answer = await ask({ kind: 'reach', files, test });
      if (answer?.kind === 'reach') {
        if (answer.testFile.passed) testFiles.push(answer.testFile);
        else failing.push(test);
      }
      bar.increment();
    });
  } finally {
    bar.stop();
  }
  for (const test of failing)
    process.stderr.write(`mutate: ${test} fails with nothing changed and is left out\n`);
  return testFiles;
}

/** Puts every mutant to its tests until one fails. */
async function tryAll(
  hosts: Hosts,
  targets: readonly Target[],
  testFiles: readonly TestFile[],
  options: MutateOptions,
): Promise<Outcome[]> {
  const known = options.resume ? knownOutcomes(options.out, targets) : new Map<string, Outcome>();
  const limit = { factor: options.factor, slackSeconds: options.slack };
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
      // A run of hours that is broken off can be resumed from here.
      if (outcomes.length % 20 === 0) save(targets, outcomes, options.out);
    });
  } finally {
    bar.stop();
  }
  return outcomes;
}

function keyOf({ file, start, end, replacement }: Mutant): string {
  return `${file} ${start} ${end} ${replacement}`;
}

/** What the last run killed in the same lines at the same places. What survived is tried again: tests may have come. */
function knownOutcomes(path: string, targets: readonly Target[]): Map<string, Outcome> {
  const known = new Map<string, Outcome>();
  if (!existsSync(path)) return known;
  const texts = new Map(targets.map(({ file, text }) => [file, text]));
  const { outcomes } = JSON.parse(readFileSync(path, 'utf8')) as Saved;
  for (const { change, ...outcome } of outcomes) {
    const text = texts.get(outcome.mutant.file);
    const done = outcome.fate === 'killed' || outcome.fate === 'timedOut';
    if (done && text !== undefined && describeMutant(outcome.mutant, text) === change) {
      known.set(keyOf(outcome.mutant), outcome);
    }
  }
  return known;
}

function save(targets: readonly Target[], outcomes: readonly Outcome[], path: string): Score[] {
  const texts = new Map(targets.map(({ file, text }) => [file, text]));
  const scores = targets.map(({ file, possible }) =>
    scoreOf(
      file,
      possible,
      outcomes.filter(({ mutant }) => mutant.file === file),
    ),
  );
  const saved: Saved = {
    scores,
    outcomes: outcomes.map((outcome) => ({
      ...outcome,
      change: describeMutant(outcome.mutant, texts.get(outcome.mutant.file) ?? ''),
    })),
  };
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(saved, undefined, 1));
  return scores;
}

/** Writes and prints the result. */
function finish(
  targets: readonly Target[],
  outcomes: readonly Outcome[],
  { out, least }: MutateOptions,
): void {
  const scores = save(targets, outcomes, out);
  for (const { file, text } of targets) {
    const open = outcomes
      .filter(({ mutant, fate }) => mutant.file === file && (fate === 'survived' || fate === 'unreached'))
      .sort((a, b) => a.mutant.start - b.mutant.start);
    for (const { mutant, fate } of open) {
      process.stdout.write(
        `${fate === 'survived' ? 'survived ' : 'no test  '} ${describeMutant(mutant, text)}\n`,
      );
    }
  }
  for (const score of scores) process.stdout.write(`${scoreLine(score)}\n`);
  const possible = scores.reduce((sum, score) => sum + score.possible, 0);
  const all = scoreOf('all', possible, outcomes);
  if (scores.length > 1) process.stdout.write(`${scoreLine(all)}\n`);
  process.stdout.write(`written to ${out}\n`);
  if (least !== undefined && (all.score ?? 1) * 100 < least) {
    process.stderr.write(`mutate: the score is below ${least} %\n`);
    process.exitCode = 1;
  }
}

main().catch((error: unknown) => {
  const expected = error instanceof InputError || error instanceof RangeError;
  const text =
    error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`mutate: ${text}\n`);
  process.exitCode = 1;
});
