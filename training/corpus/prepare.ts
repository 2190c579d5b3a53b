// From a corpus to training data: every take as features, with digit, speaker, split and word length; cached on disk.
import { InputError } from '../../src/contract/errors.ts';
import { frameValues, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { bandwidthOfRate, validBands } from '../../src/dsp/bandwidth.ts';
import type { Corpus } from './corpus.ts';
import { FeatureRows, type RowsSource } from './featureRows.ts';
import type { TakeFacts } from './featureStore.ts';
import { isUsable, preparePart } from './prepareTakes.ts';
import type { Take } from './takes.ts';

/** A corpus as arrays; row i of each is `takes[i]`. */
export interface PreparedRows {
  /** Those of the corpus that can be used, in its order, each with its bandwidth. */
  readonly takes: readonly Take[];
  /** Features of each, a row at a time. */
  readonly rows: FeatureRows;
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

/** The same with all features in memory. */
export interface PreparedCorpus extends PreparedRows {
  /** [takes][format.frames][frameValues(format)], values in [0, 1]: bands, then channels. Threads can share it. */
  readonly features: Float32Array;
}

/** A corpus of which more cannot be used is none that somebody should train on unawares; one recording is always forgiven. */
const mostLeftOutShare = 0.05;
/** So many sentences of a kind are told. */
const toldSentences = 10;

/**
 * Prepares every take of a corpus, and leaves the features on disk where a cache folder is given. What cannot be read or is silent is
 * left out. A preparation that was stopped, or killed, goes on where it was.
 * @param onProgress told the number of takes done, the last time with all of them
 * @param cacheFolder where results are kept, each part of the corpus by itself, keyed by the format and by name, size and time of every
 *   recording; nothing is kept without it
 * @throws InputError listing the recordings that cannot be used where they are more than one and more than 5 % of a part, or all that there
 *   were of a digit on one side of the split; WebAudioMissing when there is FLAC among them that nothing here can decode
 */
export async function prepareRows(
  corpus: Corpus,
  format: SpectrogramFormat,
  onProgress: (done: number, total: number) => void = () => {},
  cacheFolder?: string,
): Promise<PreparedRows> {
  const total = corpus.takes.length;
  const sources: RowsSource[] = [];
  const facts: TakeFacts[] = [];
  const [leftOut, mended]: [string[], string[]] = [[], []];
  let fromCache = true;
  for (const { takes } of corpus.parts) {
    const before = facts.length;
    const part = await preparePart(takes, format, cacheFolder, (done) => onProgress(before + done, total));
    refuseTooMany(part.leftOut, takes.length);
    sources.push(part.source);
    for (const fact of part.facts) facts.push(fact);
    leftOut.push(...part.leftOut);
    mended.push(...part.mended);
    fromCache &&= part.fromCache;
  }
  const rows = new FeatureRows(sources, format.frames * frameValues(format));
  return {
    ...labelled(corpus, format, facts, leftOut),
    rows,
    notes: corpus.notes,
    leftOut,
    mended,
    fromCache,
  };
}

/** Prepares a corpus as `prepareRows` does, and loads all features. */
export async function prepareCorpus(
  corpus: Corpus,
  format: SpectrogramFormat,
  onProgress?: (done: number, total: number) => void,
  cacheFolder?: string,
): Promise<PreparedCorpus> {
  const prepared = await prepareRows(corpus, format, onProgress, cacheFolder);
  const features = prepared.rows.load();
  prepared.rows.close();
  return { ...prepared, features };
}

/** What a player of the trainer should know of a prepared corpus, a line each. */
export function newsOf({
  cutTakes,
  leftOut,
  mended,
  notes,
}: Pick<PreparedRows, 'cutTakes' | 'leftOut' | 'mended' | 'notes'>): string[] {
  const lines = [...notes];
  if (leftOut.length > 0) lines.push(`left out: ${listed(leftOut)}`);
  lines.push(...mended.slice(0, toldSentences));
  if (mended.length > toldSentences)
    lines.push(`${mended.length - toldSentences} more recordings were mended`);
  if (cutTakes > 0) lines.push(`${cutTakes} takes are longer than a clip and were cut`);
  return lines;
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

/** What is known of the takes that were not left out. */
function labelled(
  { takes: all, speakers }: Corpus,
  format: SpectrogramFormat,
  facts: readonly TakeFacts[],
  leftOut: readonly string[],
): Pick<PreparedRows, 'takes' | 'digits' | 'speakers' | 'splits' | 'durations' | 'validBands' | 'cutTakes'> {
  const used = [...all.keys()].filter((i) => isUsable(facts[i]));
  const takes = used.map((i) => {
    const { bandwidthHz = bandwidthOfRate(facts[i].rate, format.sampleRate) } = all[i];
    return { ...all[i], bandwidthHz: Math.min(bandwidthHz, facts[i].rate / 2) };
  });
  const left = new Set(takes.map(({ digit, split }) => `${split} ${digit}`));
  const lost = all.find(({ digit, split }) => !left.has(`${split} ${digit}`));
  if (lost) {
    const side = lost.split === 'train' ? 'training' : 'test';
    throw new InputError(`no ${side} take of digit ${lost.digit} can be used: ${listed(leftOut)}`);
  }
  const places = new Map(speakers.map((name, s) => [name, s]));
  return {
    takes,
    digits: Uint8Array.from(takes, (take) => take.digit),
    speakers: Uint16Array.from(takes, (take) => places.get(take.speaker) ?? 0),
    splits: Uint8Array.from(takes, (take) => (take.split === 'test' ? 1 : 0)),
    durations: Float32Array.from(used, (i) => facts[i].seconds),
    validBands: Uint16Array.from(takes, ({ bandwidthHz }) => validBands(format, bandwidthHz)),
    cutTakes: facts.filter(({ isCut }) => isCut).length,
  };
}
