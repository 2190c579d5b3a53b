// The takes of one corpus as rows of features: from the cache, from where an earlier preparation was stopped, or from the recordings.
import { makeFolder } from '../../src/contract/folders.node.ts';
import { createHash } from 'node:crypto';
import { renameSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { removeQuietly } from '../../src/node/files.ts';
import { decodeWav, recordingBytes, type Recording } from '../../src/node/wav.ts';
import { WebAudioMissing } from '../../src/node/webAudio.ts';
import { InputError } from '../../src/contract/errors.ts';
import { frameValues, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { prepareTake } from '../../src/dsp/clip.ts';
import { JsFft } from '../../src/dsp/fft.ts';
import { FileClaim } from './fileClaim.ts';
import { decodeFlac, isFlac } from './flac.ts';
import type { RowsSource } from './featureRows.ts';
import { FeatureStore, type StoreShape, type TakeFacts } from './featureStore.ts';
import type { Take } from './takes.ts';

/** What became of the takes of a part. */
export interface PreparedTakes {
  /** Of each take. */
  readonly facts: readonly TakeFacts[];
  /** Rows of those that can be used. */
  readonly source: RowsSource;
  /** What is wrong with each of the others. */
  readonly leftOut: readonly string[];
  /** What was mended of recordings that were read. */
  readonly mended: readonly string[];
  readonly fromCache: boolean;
}

/** Stands for the length of a take that was left out. */
const leftOutSeconds = -1;
const leftOut: TakeFacts = { seconds: leftOutSeconds, rate: 0, isCut: false };

/** Raised whenever trimming, alignment or analysis change what they give for the same recording. */
const preparationVersion = 4;
/** A part of more bytes as float32 is kept in 16 bits: half a gigabyte is read again in every epoch. */
const mostWholeBytes = 2 ** 28;

/** Whether a take could be used. */
export function isUsable({ seconds }: TakeFacts): boolean {
  return seconds !== leftOutSeconds;
}

/**
 * Prepares the takes of a part. With a cache folder a row is written as soon as it is made, so that memory holds one take at a time and a
 * preparation that was stopped goes on where it was.
 * @param onProgress told the number of takes done
 */
export async function preparePart(
  takes: readonly Take[],
  format: SpectrogramFormat,
  cacheFolder: string | undefined,
  onProgress: (done: number) => void,
): Promise<PreparedTakes> {
  const values = format.frames * frameValues(format);
  const bits = 4 * takes.length * values > mostWholeBytes ? 16 : 32;
  const shape: StoreShape = { takes: takes.length, values, bits };
  const path = cacheFolder && join(cacheFolder, `features-${keyOf(takes, format)}.rows`);
  const whole = path ? FeatureStore.openWhole(path, shape) : undefined;
  if (path && whole) {
    whole.close();
    onProgress(takes.length);
    const faults = await faultsOf(takes.filter((_, i) => !isUsable(whole.facts[i])));
    const source = storeSource(path, shape, whole.facts);
    return { facts: whole.facts, source, leftOut: faults, mended: [], fromCache: true };
  }
  const keeper = path ? RowKeeper.begin(path, shape) : undefined;
  try {
    return await prepareRows(takes, format, shape, keeper, onProgress);
  } finally {
    keeper?.end();
  }
}

async function prepareRows(
  takes: readonly Take[],
  format: SpectrogramFormat,
  shape: StoreShape,
  keeper: RowKeeper | undefined,
  onProgress: (done: number) => void,
): Promise<PreparedTakes> {
  const { values } = shape;
  const facts: TakeFacts[] = keeper ? [...keeper.facts] : [];
  const faults = await faultsOf(takes.filter((_, i) => i < facts.length && !isUsable(facts[i])));
  const mended: string[] = [];
  const fft = new JsFft(format.fftSamples);
  const nothing = new Float32Array(values);
  let memory: Float32Array | undefined = keeper ? undefined : new Float32Array(takes.length * values);
  for (let i = facts.length; i < takes.length; i++) {
    let row: Float32Array = nothing;
    let fact = leftOut;
    try {
      const { samples, sampleRate, mended: mending } = await readTake(takes[i]);
      const { features, wordSamples, cutSamples } = prepareTake(samples, sampleRate, format, fft);
      if (wordSamples === 0) throw silent(takes[i]);
      if (mending !== undefined) mended.push(mending);
      row = features;
      fact = {
        seconds: Math.fround(wordSamples / format.sampleRate),
        rate: sampleRate,
        isCut: cutSamples > 0,
      };
    } catch (error) {
      // What a package's absence leaves out would stay out of the cache for good.
      if (!(error instanceof InputError) || error instanceof WebAudioMissing) throw error;
      faults.push(error.message);
    }
    facts.push(fact);
    if (!memory && !keeper?.keep(row, fact)) memory = keeper?.rowsInMemory(takes.length);
    memory?.set(row, i * values);
    onProgress(i + 1);
  }
  const path = memory ? undefined : keeper?.finish();
  const source: RowsSource =
    path === undefined
      ? { kind: 'memory', features: memory ?? new Float32Array(0), rows: usableRows(facts) }
      : storeSource(path, shape, facts);
  return { facts, source, leftOut: faults, mended, fromCache: false };
}

/** Writes rows aside of where the cache is read from, so that nobody reads half of them; whoever is second at it writes a file of its own. */
class RowKeeper {
  readonly #path: string;
  readonly #part: string;
  readonly #claim: FileClaim | undefined;
  #store: FeatureStore | undefined;

  private constructor(path: string, part: string, claim: FileClaim | undefined, store: FeatureStore) {
    this.#path = path;
    this.#part = part;
    this.#claim = claim;
    this.#store = store;
  }

  /** Undefined where nothing can be kept: that costs time at the next run and nothing else. */
  static begin(path: string, shape: StoreShape): RowKeeper | undefined {
    let claim: FileClaim | undefined;
    try {
      makeFolder(dirname(path));
      const shared = `${path}.part`;
      claim = FileClaim.take(`${path}.lock`, shared);
      const part = claim ? shared : `${path}.${process.pid}.part`;
      return new RowKeeper(path, part, claim, FeatureStore.openToAppend(part, shape));
    } catch {
      claim?.release();
      return undefined;
    }
  }

  /** Of the rows that are kept. */
  get facts(): readonly TakeFacts[] {
    return this.#store?.facts ?? [];
  }

  /** Keeps a row; false when it cannot, for one because the disk is full. */
  keep(row: Float32Array, facts: TakeFacts): boolean {
    try {
      this.#store?.append(row, facts);
      return this.#store !== undefined;
    } catch {
      return false;
    }
  }

  /** The rows that are kept, with place for all. */
  rowsInMemory(takes: number): Float32Array {
    const store = this.#store;
    if (!store) return new Float32Array(0);
    const { values } = store.shape;
    const memory = new Float32Array(takes * values);
    for (let i = 0; i < store.facts.length; i++) store.read(i, memory.subarray(i * values, (i + 1) * values));
    return memory;
  }

  /** Puts the rows where the cache is read from, and says where. */
  finish(): string {
    this.#store?.close();
    this.#store = undefined;
    renameSync(this.#part, this.#path);
    return this.#path;
  }

  /** Lets go of the file; rows that nobody else can go on from are removed. */
  end(): void {
    this.#store?.close();
    this.#store = undefined;
    if (!this.#claim) removeQuietly(this.#part);
    this.#claim?.release();
  }
}

function storeSource(path: string, shape: StoreShape, facts: readonly TakeFacts[]): RowsSource {
  return { kind: 'store', path, shape, rows: usableRows(facts) };
}

function usableRows(facts: readonly TakeFacts[]): Uint32Array {
  return Uint32Array.from([...facts.keys()].filter((i) => isUsable(facts[i])));
}

/** By what it holds: names lie. */
export async function readTake({ file, path }: Take): Promise<Recording> {
  const bytes = recordingBytes(path ?? file, file);
  return isFlac(bytes) ? decodeFlac(bytes, file) : decodeWav(bytes, file);
}

function silent({ file }: Take): InputError {
  return new InputError(`${file} is silent`);
}

/** The faults of takes that were left out before. */
async function faultsOf(takes: readonly Take[]): Promise<string[]> {
  const faults: string[] = [];
  for (const take of takes) {
    try {
      await readTake(take);
      faults.push(silent(take).message);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(error.message);
    }
  }
  return faults;
}

function keyOf(takes: readonly Take[], format: SpectrogramFormat): string {
  const hash = createHash('sha256');
  // A fixed order of fields: two equal formats may list theirs differently.
  hash.update(JSON.stringify([preparationVersion, Object.entries(format).sort()]));
  const root = takes[0]?.file ?? '';
  for (const { file, path = file } of takes) {
    hash.update(`${relative(root, file)} ${stateOf(path)}\n`);
  }
  return hash.digest('hex').slice(0, 24);
}

/** Size and time; of what cannot be looked at, such as a link to nothing, that it cannot. */
function stateOf(path: string | Buffer): string {
  try {
    const { size, mtimeMs } = statSync(path);
    return `${size} ${mtimeMs}`;
  } catch {
    return 'unreadable';
  }
}
