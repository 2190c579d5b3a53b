// From a corpus to training data: every take as features, with digit, speaker, split and word length; cached on disk.
import { makeFolder } from '../../src/contract/folders.node.ts';
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeWhole } from '../../src/node/files.ts';
import { decodeWav, recordingBytes, type Recording } from '../../src/node/wav.ts';
import { WebAudioMissing } from '../../src/node/webAudio.ts';
import { InputError } from '../../src/contract/errors.ts';
import { frameValues, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { prepareTake } from '../../src/dsp/clip.ts';
import { JsFft } from '../../src/dsp/fft.ts';
import { bandwidthOfRate, validBands } from './bandwidth.ts';
import type { Corpus } from './corpus.ts';
import { decodeFlac, isFlac } from './flac.ts';
import type { Take } from './takes.ts';

/** A corpus as arrays; row i of each is `takes[i]`. */
export interface PreparedCorpus {
  /** Those of the corpus that can be used, in its order, each with its bandwidth. */
  readonly takes: readonly Take[];
  /** [takes][format.frames][frameValues(format)], values in [0, 1]: bands, then channels. */
  readonly features: Float32Array;
  /** 0-9. */
  readonly digits: Uint8Array;
  /** Index into the corpus's `speakers`. */
  readonly speakers: Uint16Array;
  /** 0 for training takes, 1 for test takes. */
  readonly splits: Uint8Array;
  /** Length of each word after trimming. */
  readonly durations: Float32Array;
  /** How many of the lowest bands of each take lie below its bandwidth; what the bands above hold says nothing. */
  readonly validBands: Uint16Array;
  /** Takes whose word was longer than a clip and was cut. */
  readonly cutTakes: number;
  /** What was done to the corpus when it was opened that whoever trains on it should know. */
  readonly notes: readonly string[];
  /** What is wrong with each recording that was left out. */
  readonly leftOut: readonly string[];
  /** What was mended of recordings that were read; nothing is known of those from the cache. */
  readonly mended: readonly string[];
  /** True when the features came from the cache. */
  readonly fromCache: boolean;
}

/** A corpus of which more cannot be used is none that somebody should train on unawares; one recording is always forgiven. */
const mostLeftOutShare = 0.05;
/** So many sentences of a kind are told. */
const toldSentences = 10;
/** Stands for the duration of a take that was left out. */
const leftOutMark = -1;

/** Raised whenever trimming, alignment or analysis change what they give for the same recording. */
const preparationVersion = 3;

/**
 * Prepares every take of a corpus. What cannot be read or is silent is left out.
 * @param onProgress told the number of takes done, the last time with all of them
 * @param cacheFolder where results are kept, each part of the corpus by itself, keyed by the format and by name, size and time of every
 *   recording; nothing is kept without it
 * @throws InputError listing the recordings that cannot be used where they are more than one and more than 5 % of a part, or all that there
 *   were of a digit on one side of the split; WebAudioMissing when there is FLAC among them that nothing here can decode
 */
export async function prepareCorpus(
  corpus: Corpus,
  format: SpectrogramFormat,
  onProgress: (done: number, total: number) => void = () => {},
  cacheFolder?: string,
): Promise<PreparedCorpus> {
  const { parts, takes, notes } = corpus;
  const values = format.frames * frameValues(format);
  const rows: Rows = {
    features: new Float32Array(takes.length * values),
    durations: new Float32Array(takes.length),
    rates: new Float32Array(takes.length),
  };
  const told = { leftOut: [] as string[], mended: [] as string[], notes, fromCache: true };
  let [start, cutTakes] = [0, 0];
  for (const part of parts) {
    const end = start + part.takes.length;
    const own = {
      features: rows.features.subarray(start * values, end * values),
      durations: rows.durations.subarray(start, end),
      rates: rows.rates.subarray(start, end),
    };
    const before = start;
    const done = await preparePart(part.takes, format, own, cacheFolder, (count) =>
      onProgress(before + count, takes.length),
    );
    told.leftOut.push(...done.leftOut);
    told.mended.push(...done.mended);
    told.fromCache &&= done.fromCache;
    cutTakes += done.cutTakes;
    start = end;
  }
  return usable(corpus, format, rows, { ...told, cutTakes });
}

/** What is known of each take; as many rows as takes. */
interface Rows {
  readonly features: Float32Array;
  readonly durations: Float32Array;
  /** Of the recording. */
  readonly rates: Float32Array;
}

type Told = Pick<PreparedCorpus, 'leftOut' | 'mended' | 'fromCache' | 'cutTakes'>;

/** Fills the rows of a part's takes, from the cache or from the recordings. */
async function preparePart(
  takes: readonly Take[],
  format: SpectrogramFormat,
  rows: Rows,
  cacheFolder: string | undefined,
  onProgress: (done: number) => void,
): Promise<Told> {
  const { features, durations, rates } = rows;
  const values = features.length / Math.max(1, takes.length);
  const cacheFile = cacheFolder && join(cacheFolder, `features-${keyOf(takes, format)}.bin`);
  const cachedCut = cacheFile ? readCache(cacheFile, rows) : undefined;
  if (cachedCut !== undefined) {
    onProgress(takes.length);
    const leftOut = await faultsOf(takes.filter((_, i) => durations[i] === leftOutMark));
    return { leftOut, mended: [], fromCache: true, cutTakes: cachedCut };
  }
  const [leftOut, mended]: [string[], string[]] = [[], []];
  const fft = new JsFft(format.fftSamples);
  let cutTakes = 0;
  for (const [i, take] of takes.entries()) {
    try {
      const { samples, sampleRate, mended: mending } = await readTake(take);
      const prepared = prepareTake(samples, sampleRate, format, fft);
      if (prepared.wordSamples === 0) throw silent(take);
      if (mending !== undefined) mended.push(mending);
      features.set(prepared.features, i * values);
      durations[i] = prepared.wordSamples / format.sampleRate;
      rates[i] = sampleRate;
      if (prepared.cutSamples > 0) cutTakes++;
    } catch (error) {
      // What a package's absence leaves out would stay out of the cache for good.
      if (!(error instanceof InputError) || error instanceof WebAudioMissing) throw error;
      leftOut.push(error.message);
      durations[i] = leftOutMark;
    }
    onProgress(i + 1);
  }
  refuseTooMany(leftOut, takes.length);
  if (cacheFile) writeCache(cacheFile, rows, cutTakes);
  return { leftOut, mended, fromCache: false, cutTakes };
}

/** What a player of the trainer should know of a prepared corpus, a line each. */
export function newsOf({ cutTakes, leftOut, mended, notes }: PreparedCorpus): string[] {
  const lines = [...notes];
  if (leftOut.length > 0) lines.push(`left out: ${listed(leftOut)}`);
  lines.push(...mended.slice(0, toldSentences));
  if (mended.length > toldSentences)
    lines.push(`${mended.length - toldSentences} more recordings were mended`);
  if (cutTakes > 0) lines.push(`${cutTakes} takes are longer than a clip and were cut`);
  return lines;
}

/** By what it holds: names lie. */
async function readTake({ file, path }: Take): Promise<Recording> {
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

function listed(sentences: readonly string[]): string {
  const more = sentences.length - toldSentences;
  return `${sentences.slice(0, toldSentences).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

function refuseTooMany(faults: readonly string[], takes: number): void {
  if (faults.length <= Math.max(1, Math.floor(mostLeftOutShare * takes))) return;
  throw new InputError(
    `${faults.length} of ${takes} recordings cannot be used, which is more than ${100 * mostLeftOutShare} %: ${listed(faults)}: remove or replace them`,
  );
}

/** The rows of the takes that were not left out. */
function usable(
  { takes: all, speakers }: Corpus,
  format: SpectrogramFormat,
  { features, durations, rates }: Rows,
  told: Told & Pick<PreparedCorpus, 'notes'>,
): PreparedCorpus {
  const values = features.length / all.length;
  const rows = [...all.keys()].filter((i) => durations[i] !== leftOutMark);
  const takes = rows.map((i) => {
    const { bandwidthHz = bandwidthOfRate(rates[i], format.sampleRate) } = all[i];
    return { ...all[i], bandwidthHz: Math.min(bandwidthHz, rates[i] / 2) };
  });
  const left = new Set(takes.map(({ digit, split }) => `${split} ${digit}`));
  const lost = all.find(({ digit, split }) => !left.has(`${split} ${digit}`));
  if (lost) {
    const side = lost.split === 'train' ? 'training' : 'test';
    throw new InputError(`no ${side} take of digit ${lost.digit} can be used: ${listed(told.leftOut)}`);
  }
  const isWhole = rows.length === all.length;
  if (!isWhole) rows.forEach((i, row) => features.copyWithin(row * values, i * values, (i + 1) * values));
  const places = new Map(speakers.map((name, s) => [name, s]));
  return {
    takes,
    features: isWhole ? features : features.slice(0, rows.length * values),
    digits: Uint8Array.from(takes, (take) => take.digit),
    speakers: Uint16Array.from(takes, (take) => places.get(take.speaker) ?? 0),
    splits: Uint8Array.from(takes, (take) => (take.split === 'test' ? 1 : 0)),
    durations: isWhole ? durations : Float32Array.from(rows, (i) => durations[i]),
    validBands: Uint16Array.from(takes, ({ bandwidthHz }) => validBands(format, bandwidthHz)),
    ...told,
  };
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

/**
 * Layout: features, durations, rates, the count of cut takes and the takes' count, all float32 in the machine's byte order.
 * @returns the count of cut takes; undefined when there is no such cache
 */
function readCache(file: string, { features, durations, rates }: Rows): number | undefined {
  const takes = durations.length;
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    return undefined;
  }
  if (bytes.length !== 4 * (features.length + 2 * takes + 2)) return undefined;
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  if (all[all.length - 1] !== takes) return undefined;
  features.set(all.subarray(0, features.length));
  durations.set(all.subarray(features.length, features.length + takes));
  rates.set(all.subarray(features.length + takes, features.length + 2 * takes));
  return all[all.length - 2];
}

function writeCache(file: string, { features, durations, rates }: Rows, cutTakes: number): void {
  try {
    makeFolder(join(file, '..'));
    const tail = Float32Array.of(cutTakes, durations.length);
    const parts = [features, durations, rates, tail];
    writeWhole(file, Buffer.concat(parts.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength))));
  } catch {
    // A cache that cannot be kept costs time at the next run and nothing else.
  }
}
