// Checkpoints: everything a run needs to go on from an epoch's end, written so that a crash leaves the previous one whole.
import { makeFolder } from '../../src/contract/folders.node.ts';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../src/contract/errors.ts';
import { readJson } from '../../src/contract/jsonText.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import type { MeanLosses, Trainer } from './trainer.ts';

/** Losses of one finished epoch. */
export interface EpochRecord {
  readonly epoch: number;
  readonly seconds: number;
  readonly train: MeanLosses;
  readonly validation: MeanLosses;
}

/** The state of a run at the end of an epoch. */
export interface RunState {
  readonly config: TrainingConfig;
  /** What the run was trained on: corpus name, take count and format, compared on resume. */
  readonly fingerprint: string;
  history: EpochRecord[];
  bestObjective: number;
  bestParameters: Float32Array;
  bestStatistics: Float32Array;
}

const file = 'checkpoint.bin';

/** Writes the checkpoint into `folder`: a JSON line with the lengths, then the float32 arrays. */
export async function saveCheckpoint(folder: string, state: RunState, trainer: Trainer): Promise<void> {
  const arrays = arraysOf(state, trainer);
  const { config, fingerprint, history, bestObjective } = state;
  const header = JSON.stringify({
    config,
    fingerprint,
    history,
    bestObjective,
    adamStep: trainer.adam.step,
    lengths: arrays.map((array) => array.length),
  });
  const head = Buffer.from(`${header}\n`);
  const padding = Buffer.alloc((4 - (head.length % 4)) % 4);
  const bodies = arrays.map((array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength));
  makeFolder(folder);
  const partial = join(folder, `${file}.partial`);
  await writeFile(partial, Buffer.concat([head, padding, ...bodies]));
  await rename(partial, join(folder, file));
}

/**
 * Restores a checkpoint into `trainer`; the run goes on exactly as if it had not stopped.
 * @throws InputError when there is none, it is damaged, or it belongs to another configuration or corpus
 */
export async function loadCheckpoint(
  folder: string,
  config: TrainingConfig,
  fingerprint: string,
  trainer: Trainer,
): Promise<RunState> {
  const { path, bytes, end, header } = await readFitting(folder, config, fingerprint);
  const state: RunState = {
    config,
    fingerprint,
    history: header.history,
    // JSON has no Infinity, which it is before the first epoch has ended.
    bestObjective: header.bestObjective ?? Infinity,
    bestParameters: new Float32Array(trainer.parameters.length),
    bestStatistics: new Float32Array(trainer.statistics.length),
  };
  let offset = Math.ceil((end + 1) / 4) * 4;
  const arrays = arraysOf(state, trainer);
  const wanted = offset + 4 * arrays.reduce((sum, array) => sum + array.length, 0);
  if (bytes.length !== wanted) {
    throw new InputError(
      `${path} has ${bytes.length} bytes, expected ${wanted}: it is damaged; train without --resume`,
    );
  }
  for (const array of arrays) {
    const body = new Uint8Array(bytes.subarray(offset, offset + 4 * array.length));
    const values = new Float32Array(body.buffer, body.byteOffset, array.length);
    if (!values.every(Number.isFinite)) {
      throw new InputError(
        `${path} holds numbers that are not finite: it is damaged; train without --resume`,
      );
    }
    array.set(values);
    offset += 4 * array.length;
  }
  trainer.adam.step = header.adamStep;
  return state;
}

/**
 * Says at once what `loadCheckpoint` would say once there is a trainer.
 * @throws InputError when there is no checkpoint, or it belongs to another configuration or corpus
 */
export async function requireCheckpoint(
  folder: string,
  config: TrainingConfig,
  fingerprint: string,
): Promise<void> {
  await readFitting(folder, config, fingerprint);
}

/** The bytes of a run's checkpoint, where its header ends, and the header. */
async function readFitting(
  folder: string,
  config: TrainingConfig,
  fingerprint: string,
): Promise<{ path: string; bytes: Buffer; end: number; header: Header }> {
  const path = join(folder, file);
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch {
    throw new InputError(`there is no checkpoint at ${path} to resume from; train without --resume`);
  }
  const end = bytes.indexOf('\n');
  const header = parseHeader(bytes.subarray(0, Math.max(0, end)).toString(), path);
  if (JSON.stringify(header.config) !== JSON.stringify(config) || header.fingerprint !== fingerprint) {
    throw new InputError(
      `${path} belongs to a run with another configuration or corpus; give the same ones, or train without --resume`,
    );
  }
  return { path, bytes, end, header };
}

/** The losses of every finished epoch of the run in `folder`; undefined when it has no checkpoint. */
export async function readHistory(folder: string): Promise<readonly EpochRecord[] | undefined> {
  const path = join(folder, file);
  if (!existsSync(path)) return undefined;
  const bytes = await readFile(path);
  return parseHeader(bytes.subarray(0, Math.max(0, bytes.indexOf('\n'))).toString(), path).history;
}

const lossesSchema = z.record(z.string(), z.number().nullable());

/** What is compared with the run's own is only held here; what is taken over is checked. */
const headerSchema = z.object({
  config: z.record(z.string(), z.unknown()),
  fingerprint: z.string(),
  history: z.array(
    z.object({
      epoch: z.int().nonnegative(),
      seconds: z.number().nonnegative(),
      // JSON has no NaN, which a loss is that diverged.
      train: lossesSchema,
      validation: lossesSchema,
    }),
  ),
  bestObjective: z.number().nullable(),
  adamStep: z.int().nonnegative(),
});
type Header = Omit<z.infer<typeof headerSchema>, 'config' | 'history'> & {
  config: TrainingConfig;
  history: EpochRecord[];
};
/** Some thousand epochs. */
const longestHeader = 2 ** 24;

function parseHeader(text: string, path: string): Header {
  try {
    const json = readJson(text, {
      where: path,
      wanted: 'the header of a checkpoint',
      longest: longestHeader,
    });
    return headerSchema.parse(json) as unknown as Header;
  } catch {
    throw new InputError(`${path} is damaged; train without --resume`);
  }
}

function arraysOf(state: RunState, trainer: Trainer): Float32Array[] {
  return [
    trainer.parameters,
    trainer.statistics,
    trainer.adam.first,
    trainer.adam.second,
    state.bestParameters,
    state.bestStatistics,
  ];
}
