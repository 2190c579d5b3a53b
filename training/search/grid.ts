// Grid files of a hyperparameter search: from base, lists of values and an optional count to whole configurations.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { InputError } from '../../src/contract/errors.ts';
import { fileKinds } from '../../src/contract/fileSizes.ts';
import { readJson } from '../../src/contract/jsonText.ts';
import { Random } from '../../src/dsp/random.ts';
import { parseConfig, type TrainingConfig } from '../vae/trainingConfig.ts';

const gridSchema = z.strictObject({
  /** Fields of every configuration that differ from the defaults. */
  base: z.record(z.string(), z.unknown()).default({}),
  /** Values to try by field; `listener.units` means a field inside a field. */
  grid: z.record(z.string().min(1), z.array(z.unknown()).min(1, 'must list a value or more')),
  /** Draws this many combinations instead of trying all. */
  random: z.int().positive().optional(),
  /** Seed of that draw. */
  seed: z.int().nonnegative().default(1),
});

/** More combinations than this are surely a mistake: with 2 cores they would take months. */
const mostRuns = 10_000;

/**
 * The configurations that a grid file asks for, all different, in the order of the file (the last field changes fastest) or
 * of the draw.
 * @param text the file's content
 * @param where its path, for messages
 * @throws InputError when it is not JSON, names an unknown field, lists no or a wrong value, or asks for too many runs
 */
export function readGrid(text: string, where: string): TrainingConfig[] {
  const { base, grid, random, seed } = parseGrid(text, where);
  const fields = Object.entries(grid);
  for (const [path] of fields) {
    const outer = fields.find(([other]) => path.startsWith(`${other}.`));
    if (outer) throw new InputError(`${where}: ${outer[0]} and ${path} overlap; give one of them`);
  }
  const whole = configOf(base, `${where}: base`);
  // Every value by itself first: a wrong one is named before the first run, not after hours.
  for (const [path, values] of fields) {
    for (const value of values) {
      configOf(withField(whole, path, value, where), `${where}: ${path} = ${JSON.stringify(value)}`);
    }
  }
  const total = fields.reduce((product, [, values]) => product * values.length, 1);
  const count = Math.min(random ?? total, total);
  if (count > mostRuns) {
    throw new InputError(
      `${where} asks for ${count} runs, at most ${mostRuns} are possible; list fewer values, or give "random": a count to draw`,
    );
  }
  const choices = count < total ? drawn(fields, count, new Random(seed)) : all(fields);
  const configs = choices.map((choice) => {
    const json = fields.reduce<unknown>((config, [path, values], f) => {
      return withField(config, path, values[choice[f]], where);
    }, whole);
    return configOf(json, where);
  });
  return [...new Map(configs.map((config) => [canonical(config), config])).values()];
}

/** Twelve hex digits that name a run: a hash of its whole configuration and its corpus. */
export function runId(config: TrainingConfig, corpus: string): string {
  const text = `${corpus}\n${canonical(config)}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

function parseGrid(text: string, where: string): z.infer<typeof gridSchema> {
  const json = readJson(text, { where, wanted: 'a grid file', longest: fileKinds.settings.mostBytes });
  const result = gridSchema.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues
    .slice(0, 4)
    .map((issue) => `${issue.path.join('.') || 'the file'}: ${issue.message}`);
  throw new InputError(
    `${where} is not a grid file (${faults.join('; ')}); expected {"base": {field: value}, "grid": {field: [values]}, "random": count, "seed": number}, of which only "grid" must be there`,
  );
}

function configOf(json: unknown, where: string): TrainingConfig {
  try {
    return parseConfig(json);
  } catch (error) {
    if (error instanceof InputError) throw new InputError(`${where}: ${error.message}`);
    throw error;
  }
}

/** A copy of `config` with the field at `path` set. */
function withField(config: unknown, path: string, value: unknown, where: string): unknown {
  const copy = structuredClone(config) as Record<string, unknown>;
  const names = path.split('.');
  const last = names.pop() ?? path;
  let record = copy;
  for (const name of names) {
    const inner = Object.hasOwn(record, name) ? record[name] : undefined;
    if (typeof inner !== 'object' || inner === null) {
      throw new InputError(`${where}: ${path} is no field of the training configuration`);
    }
    record = inner as Record<string, unknown>;
  }
  record[last] = value;
  return copy;
}

type Fields = readonly (readonly [string, readonly unknown[]])[];

/** Indices of the values of every combination. */
function all(fields: Fields): number[][] {
  return fields.reduce<number[][]>(
    (choices, [, values]) => choices.flatMap((choice) => values.map((_, v) => [...choice, v])),
    [[]],
  );
}

/** The same of `count` different combinations, drawn; `count` is below the number of all. */
function drawn(fields: Fields, count: number, random: Random): number[][] {
  const choices = new Map<string, number[]>();
  while (choices.size < count) {
    const choice = fields.map(([, values]) => random.integer(values.length));
    choices.set(choice.join(), choice);
  }
  return [...choices.values()];
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
