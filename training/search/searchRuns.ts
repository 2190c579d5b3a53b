// The runs of a hyperparameter search: one after another, each result kept at once, none repeated.
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { reasonOf } from '../../src/contract/fileFaults.ts';
import { writeWhole } from '../../src/node/files.ts';
import { InputError, quoted } from '../../src/contract/errors.ts';
import { makeFolder } from '../../src/contract/folders.node.ts';
import type { TrainingConfig } from '../vae/trainingConfig.ts';
import { runId } from './grid.ts';

const resultSchema = z.strictObject({
  id: z.string().min(1),
  corpus: z.string(),
  config: z.record(z.string(), z.unknown()),
  /** Time of the run's last sitting. */
  seconds: z.number().nonnegative(),
  /** Figures by name; empty when the run failed. */
  figures: z.record(z.string(), z.number()),
  /** Why it failed. */
  failed: z.string().optional(),
});

/** One line of `results.jsonl`. */
export type SearchResult = Readonly<z.infer<typeof resultSchema>>;

/**
 * Trains one configuration in `folder`, from that folder's checkpoint if there is one.
 * @returns figures by name, or null when it was stopped (its checkpoint is kept)
 */
export type SearchTrainer = (
  config: TrainingConfig,
  folder: string,
) => Promise<Readonly<Record<string, number>> | null>;

/** What a search needs. */
export interface SearchOptions {
  readonly configs: readonly TrainingConfig[];
  /** Names the corpus: runs on another one are other runs. */
  readonly corpus: string;
  /** Gets `results.jsonl`, and a folder in `runs/` for every run. */
  readonly out: string;
  readonly train: SearchTrainer;
  /** Repeats runs that failed. */
  readonly retry?: boolean;
  /** Does this share of the runs alone; others do the rest, in the same folder or in one that is merged later. */
  readonly shard?: Shard | undefined;
  readonly signal?: AbortSignal;
  readonly say?: (line: string) => void;
  /** Called with all results so far, at the start and after every run. */
  readonly onResults?: (results: readonly SearchResult[]) => void;
}

/** One of several equal shares of a search: number `index`, from 1 on, of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

const mostShards = 10_000;
/** A shard keeps its results in a file of its own: no two machines append to one. */
const fileOf = (shard: Shard | undefined): string =>
  shard ? `results-${shard.index}-of-${shard.count}.jsonl` : 'results.jsonl';
const resultFile = /^results(-\d+-of-\d+)?\.jsonl$/;

/**
 * Reads `i/n`, i from 1 to n.
 * @throws InputError for anything else
 */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text.trim());
  const [index, count] = match ? [Number(match[1]), Number(match[2])] : [0, 0];
  if (index >= 1 && index <= count && count <= mostShards) return { index, count };
  throw new InputError(
    `--shard must be i/n with i from 1 to n and n up to ${mostShards}, such as 2/8, got ${quoted(text)}`,
  );
}

/**
 * Runs what has not been run. A run that fails is recorded with its message and the search goes on.
 * @returns false when it was stopped before the end
 * @throws InputError when `results.jsonl` cannot be read or is damaged
 */
export async function runSearch(options: SearchOptions): Promise<boolean> {
  const { corpus, out, shard } = options;
  const configs = options.configs.filter((_, k) => !shard || k % shard.count === shard.index - 1);
  const file = fileOf(shard);
  mendLastLine(join(out, file));
  const isStopped = () => options.signal?.aborted === true;
  const say = options.say ?? (() => undefined);
  const results = new Map(readResults(out).map((result) => [result.id, result]));
  const isDone = (id: string) => {
    const result = results.get(id);
    return result !== undefined && !(options.retry === true && result.failed !== undefined);
  };
  options.onResults?.([...results.values()]);
  const waiting = configs
    .map((config) => ({ config, id: runId(config, corpus) }))
    .filter(({ id }) => !isDone(id));
  if (shard)
    say(`shard ${shard.index} of ${shard.count}: ${configs.length} of ${options.configs.length} runs`);
  if (waiting.length < configs.length) {
    say(`${configs.length - waiting.length} of ${configs.length} runs are done already`);
  }
  for (const [k, { config, id }] of waiting.entries()) {
    if (isStopped()) {
      say(`stopped before run ${k + 1}/${waiting.length}; the same command goes on from there`);
      return false;
    }
    say(`run ${k + 1}/${waiting.length}, ${id}: ${timeLeft([...results.values()], waiting.length - k)}`);
    const started = performance.now();
    const outcome = await attempt(() => options.train(config, join(out, 'runs', id)));
    const seconds = Math.round(performance.now() - started) / 1000;
    if (outcome === null || (outcome.failed !== undefined && isStopped())) {
      say(`stopped in run ${k + 1}/${waiting.length}; the same command goes on from there`);
      return false;
    }
    const result: SearchResult = { id, corpus, config: { ...config }, seconds, ...outcome };
    results.set(id, result);
    appendFileSync(join(out, file), `${JSON.stringify(result)}\n`);
    if (outcome.failed !== undefined) say(`run ${id} failed: ${outcome.failed}`);
    // Other shards have gone on meanwhile.
    for (const other of readResults(out)) results.set(other.id, other);
    options.onResults?.([...results.values()]);
  }
  return true;
}

async function attempt(
  train: () => ReturnType<SearchTrainer>,
): Promise<Pick<SearchResult, 'figures' | 'failed'> | null> {
  try {
    const figures = await train();
    // JSON has no NaN: a figure that a diverged run lacks is left out.
    const finite = Object.entries(figures ?? {}).filter(([, value]) => Number.isFinite(value));
    return figures && { figures: Object.fromEntries(finite) };
  } catch (error) {
    // A worker thread's message carries its stack; the first line says what is wrong.
    return { figures: {}, failed: reasonOf(error).split('\n')[0] };
  }
}

/** From the mean time of the runs that finished: a failed one says nothing about the rest. */
function timeLeft(results: readonly SearchResult[], runs: number): string {
  const finished = results.filter((result) => result.failed === undefined);
  if (finished.length === 0) return 'time left unknown before the first has finished';
  const mean = finished.reduce((sum, { seconds }) => sum + seconds, 0) / finished.length;
  const minutes = Math.ceil((mean * runs) / 60);
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
}

/**
 * The results of the search in `out`, of all its shards; none when there is no file. Of two lines with one id in a file the later counts, of two
 * files one that did not fail. A last line that is not whole is passed over: a crash left it, or a shard is just writing it.
 * @throws InputError when another line is damaged
 */
export function readResults(out: string): SearchResult[] {
  if (!existsSync(out)) return [];
  const files = readdirSync(out)
    .filter((name) => resultFile.test(name))
    .sort();
  const results = new Map<string, SearchResult>();
  for (const name of files) {
    for (const [id, result] of resultsOf(join(out, name))) {
      const known = results.get(id);
      if (known?.failed === undefined && known !== undefined && result.failed !== undefined) continue;
      results.set(id, result);
    }
  }
  return [...results.values()];
}

/**
 * Adds the results of searches in other folders, as machines without a common disk left them, to those in `out`.
 * @returns the number of results in `out` now
 * @throws InputError when a folder has no results, or a line of them is damaged
 */
export function mergeResults(folders: readonly string[], out: string): number {
  const results = new Map(readResults(out).map((result) => [result.id, result]));
  for (const folder of folders) {
    const found = readResults(folder);
    if (found.length === 0)
      throw new InputError(`${folder} has no results of a search; give the --out folder of one`);
    for (const result of found) {
      const known = results.get(result.id);
      if (known === undefined || known.failed !== undefined) results.set(result.id, result);
    }
  }
  const lines = [...results.values()].map((result) => `${JSON.stringify(result)}\n`);
  makeFolder(out);
  writeWhole(join(out, fileOf(undefined)), lines.join(''));
  return results.size;
}

function resultsOf(path: string): Map<string, SearchResult> {
  const text = readFileSync(path, 'utf8');
  const results = new Map<string, SearchResult>();
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .forEach((line, k) => {
      if (line === '') return;
      const result = parseResult(line, `${path}, line ${k + 1}`);
      results.set(result.id, result);
    });
  return results;
}

/** Drops a last line that a crash left unfinished, of a file that nobody else writes: its run is done again. */
function mendLastLine(path: string): void {
  if (!existsSync(path)) return;
  const text = readFileSync(path, 'utf8');
  const end = text.lastIndexOf('\n') + 1;
  if (end < text.length) writeWhole(path, text.slice(0, end));
}

function parseResult(line: string, where: string): SearchResult {
  try {
    return resultSchema.parse(JSON.parse(line));
  } catch {
    throw new InputError(`${where} is not a result of a search; remove the line, and its run is done again`);
  }
}
