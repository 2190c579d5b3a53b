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
import type { Corpus } from './corpus.ts';
import { decodeFlac, isFlac } from './flac.ts';
import type { Take } from './takes.ts';

/** A corpus as arrays; row i of each is `takes[i]`. */
export interface PreparedCorpus {
  /** Those of the corpus that can be used, in its order. */
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
  /** Takes whose word was longer than a clip and was cut. */
  readonly cutTakes: number;
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
const preparationVersion = 2;

/**
 * Prepares every take of a corpus. What cannot be read or is silent is left out.
 * @param onProgress told the number of takes done, the last time with all of them
 * @param cacheFolder where results are kept, keyed by the format and by name, size and time of every recording;
 *   nothing is kept without it
 * @throws InputError listing the recordings that cannot be used where they are more than one and more than 5 %, or all that there
 *   were of a digit on one side of the split; WebAudioMissing when there is FLAC among them that nothing here can decode
 */
export async function prepareCorpus(
  corpus: Corpus,
  format: SpectrogramFormat,
  onProgress: (done: number, total: number) => void = () => {},
  cacheFolder?: string,
): Promise<PreparedCorpus> {
  const { takes } = corpus;
  const values = format.frames * frameValues(format);
  const cacheFile = cacheFolder && join(cacheFolder, `features-${keyOf(corpus, format)}.bin`);
  const cached = cacheFile ? readCache(cacheFile, takes.length, values) : undefined;
  if (cached) {
    onProgress(takes.length, takes.length);
    const leftOut = await faultsOf(takes.filter((_, i) => cached.durations[i] === leftOutMark));
    return rowsOf(corpus, cached, { leftOut, mended: [], fromCache: true });
  }
  const features = new Float32Array(takes.length * values);
  const durations = new Float32Array(takes.length);
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
      if (prepared.cutSamples > 0) cutTakes++;
    } catch (error) {
      // What a package's absence leaves out would stay out of the cache for good.
      if (!(error instanceof InputError) || error instanceof WebAudioMissing) throw error;
      leftOut.push(error.message);
      durations[i] = leftOutMark;
    }
    onProgress(i + 1, takes.length);
  }
  refuseTooMany(leftOut, takes.length);
  if (cacheFile) writeCache(cacheFile, features, durations, cutTakes);
  return rowsOf(corpus, { features, durations, cutTakes }, { leftOut, mended, fromCache: false });
}

/** What a player of the trainer should know of a prepared corpus, a line each. */
export function newsOf({ cutTakes, leftOut, mended }: PreparedCorpus): string[] {
  const lines = leftOut.length > 0 ? [`left out: ${listed(leftOut)}`] : [];
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
function rowsOf(
  { takes: all, speakers }: Corpus,
  { features, durations, cutTakes }: CachedPart,
  told: Pick<PreparedCorpus, 'leftOut' | 'mended' | 'fromCache'>,
): PreparedCorpus {
  const values = features.length / all.length;
  const rows = [...all.keys()].filter((i) => durations[i] !== leftOutMark);
  const takes = rows.map((i) => all[i]);
  const left = new Set(takes.map(({ digit, split }) => `${split} ${digit}`));
  const lost = all.find(({ digit, split }) => !left.has(`${split} ${digit}`));
  if (lost) {
    const side = lost.split === 'train' ? 'training' : 'test';
    throw new InputError(`no ${side} take of digit ${lost.digit} can be used: ${listed(told.leftOut)}`);
  }
  const isWhole = rows.length === all.length;
  if (!isWhole) rows.forEach((i, row) => features.copyWithin(row * values, i * values, (i + 1) * values));
  return {
    takes,
    features: isWhole ? features : features.slice(0, rows.length * values),
    digits: Uint8Array.from(takes, (take) => take.digit),
    speakers: Uint16Array.from(takes, (take) => speakers.indexOf(take.speaker)),
    splits: Uint8Array.from(takes, (take) => (take.split === 'test' ? 1 : 0)),
    durations: isWhole ? durations : Float32Array.from(rows, (i) => durations[i]),
    cutTakes,
    ...told,
  };
}

function keyOf(corpus: Corpus, format: SpectrogramFormat): string {
  const hash = createHash('sha256');
  // A fixed order of fields: two equal formats may list theirs differently.
  hash.update(JSON.stringify([preparationVersion, Object.entries(format).sort()]));
  const root = corpus.takes[0]?.file ?? '';
  for (const { file, path = file } of corpus.takes) {
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

interface CachedPart {
  features: Float32Array;
  durations: Float32Array;
  cutTakes: number;
}

/** Layout: features, durations, the count of cut takes and the takes' count, all float32 in the machine's byte order. */
function readCache(file: string, takes: number, values: number): CachedPart | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch {
    return undefined;
  }
  if (bytes.length !== 4 * (takes * values + takes + 2)) return undefined;
  const all = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  if (all[all.length - 1] !== takes) return undefined;
  return {
    features: all.slice(0, takes * values),
    durations: all.slice(takes * values, takes * values + takes),
    cutTakes: all[all.length - 2],
  };
}

function writeCache(file: string, features: Float32Array, durations: Float32Array, cutTakes: number): void {
  try {
    makeFolder(join(file, '..'));
    const tail = Float32Array.of(cutTakes, durations.length);
    const bytes = [features, durations, tail].map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength));
    writeWhole(file, Buffer.concat(bytes));
  } catch {
    // A cache that cannot be kept costs time at the next run and nothing else.
  }
}
