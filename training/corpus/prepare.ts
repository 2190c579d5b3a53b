// From a corpus to training data: every take as features, with digit, speaker, split and word length; cached on disk.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeWhole } from '../../src/node/files.ts';
import { readWav } from '../../src/node/wav.ts';
import { InputError } from '../../src/contract/errors.ts';
import { frameValues, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { prepareTake } from '../../src/dsp/clip.ts';
import { JsFft } from '../../src/dsp/fft.ts';
import type { Corpus } from './corpus.ts';

/** A corpus as arrays; row i of each is `takes[i]` of the corpus. */
export interface PreparedCorpus {
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
  /** True when the features came from the cache. */
  readonly fromCache: boolean;
}

/** Raised whenever trimming, alignment or analysis change what they give for the same recording. */
const preparationVersion = 2;

/**
 * Prepares every take of a corpus.
 * @param onProgress told the number of takes done, the last time with all of them
 * @param cacheFolder where results are kept, keyed by the format and by name, size and time of every recording;
 *   nothing is kept without it
 * @throws InputError naming the recordings that cannot be read or are silent (the first few, and how many in all)
 */
export function prepareCorpus(
  corpus: Corpus,
  format: SpectrogramFormat,
  onProgress: (done: number, total: number) => void = () => {},
  cacheFolder?: string,
): PreparedCorpus {
  const { takes } = corpus;
  const labels = {
    digits: Uint8Array.from(takes, (take) => take.digit),
    speakers: Uint16Array.from(takes, (take) => corpus.speakers.indexOf(take.speaker)),
    splits: Uint8Array.from(takes, (take) => (take.split === 'test' ? 1 : 0)),
  };
  const values = format.frames * frameValues(format);
  const cacheFile = cacheFolder && join(cacheFolder, `features-${keyOf(corpus, format)}.bin`);
  const cached = cacheFile ? readCache(cacheFile, takes.length, values) : undefined;
  if (cached) {
    onProgress(takes.length, takes.length);
    return { ...cached, ...labels, fromCache: true };
  }
  const features = new Float32Array(takes.length * values);
  const durations = new Float32Array(takes.length);
  const faults: string[] = [];
  const fft = new JsFft(format.fftSamples);
  let cutTakes = 0;
  takes.forEach((take, i) => {
    try {
      const { samples, sampleRate } = readWav(take.file);
      const prepared = prepareTake(samples, sampleRate, format, fft);
      if (prepared.wordSamples === 0) throw new InputError(`${take.file} is silent`);
      features.set(prepared.features, i * values);
      durations[i] = prepared.wordSamples / format.sampleRate;
      if (prepared.cutSamples > 0) cutTakes++;
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(error.message);
    }
    onProgress(i + 1, takes.length);
  });
  if (faults.length > 0) {
    const more = faults.length > 3 ? `; and ${faults.length - 3} more` : '';
    throw new InputError(`${faults.slice(0, 3).join('; ')}${more}: remove or replace them`);
  }
  if (cacheFile) writeCache(cacheFile, features, durations, cutTakes);
  return { features, durations, cutTakes, ...labels, fromCache: false };
}

function keyOf(corpus: Corpus, format: SpectrogramFormat): string {
  const hash = createHash('sha256');
  // A fixed order of fields: two equal formats may list theirs differently.
  hash.update(JSON.stringify([preparationVersion, Object.entries(format).sort()]));
  const root = corpus.takes[0]?.file ?? '';
  for (const { file } of corpus.takes) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 24);
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
    mkdirSync(join(file, '..'), { recursive: true });
    const tail = Float32Array.of(cutTakes, durations.length);
    const bytes = [features, durations, tail].map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength));
    writeWhole(file, Buffer.concat(bytes));
  } catch {
    // A cache that cannot be kept costs time at the next run and nothing else.
  }
}
