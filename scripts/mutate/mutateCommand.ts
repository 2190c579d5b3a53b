// `npm run mutate`: changes source files in small ways, one at a time and in memory only, and says which changes no test notices.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { InputError, requireInteger, requireNumber } from '../../src/contract/errors.ts';
import type { Seconds } from '../../src/contract/units.ts';
import { Random } from '../../src/dsp/random.ts';
import { Hosts } from './hosts.ts';
import type { Outcome } from './mutant.ts';
import { findMutants } from './mutants.ts';
import { readReach, tryAll } from './passes.ts';
import { knownOutcomes, save, type Target } from './result.ts';
import { describeMutant, scoreLine, scoreOf } from './score.ts';

/** Where the instrument's logic lies; without arguments the largest files below these are mutated. */
const folders = ['src/dsp', 'src/worklet', 'src/performer', 'src/midi', 'src/session'];
const largestCount = 10;

interface MutateOptions {
  readonly sample?: number;
  readonly seed: number;
  readonly workers: number;
  readonly tests?: readonly string[];
  readonly longest?: Seconds;
  readonly factor: number;
  readonly slack: Seconds;
  readonly least?: number;
  readonly out: string;
  readonly resume: boolean;
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
    .option('--longest <seconds>', 'leave out test files that take longer unmutated', Number)
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
  if (options.longest !== undefined) requireNumber('--longest', options.longest, 1, 86_400);
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
    const start = performance.now();
    const testFiles = await readReach(hosts, files, options.longest, options.tests);
    const reached = performance.now();
    const known = options.resume ? knownOutcomes(options.out, targets) : new Map<string, Outcome>();
    const limit = { factor: options.factor, slackSeconds: options.slack };
    const outcomes = await tryAll(hosts, targets, known, testFiles, limit, (soFar) => {
      save(targets, soFar, options.out);
    });
    finish(targets, outcomes, options);
    const minutes = (from: number, to: number): string => ((to - from) / 60_000).toFixed(1);
    process.stdout.write(
      `${minutes(start, reached)} min for ${testFiles.length} test files unmutated, ` +
        `${minutes(reached, performance.now())} min for ${outcomes.length} mutants\n`,
    );
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
    [drawn[at], drawn[other]] = [drawn[other], drawn[at]];
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
