// What every corpus layout yields: takes, their source, and the refusal of misnamed files.
import { InputError } from '../../src/contract/errors.ts';
import type { Hertz } from '../../src/contract/units.ts';

/** What a corpus says of a speaker's sex. */
export type Sex = 'female' | 'male';

/** One recording of one digit. */
export interface Take {
  /** Path of the WAV or FLAC file. */
  readonly file: string;
  /** The same in bytes where its name is no UTF-8: only so can it be opened then. */
  readonly path?: Buffer;
  /** 0-9. */
  readonly digit: number;
  readonly speaker: string;
  readonly take: number;
  readonly split: 'train' | 'test';
  /** What the corpus says of the speaker (gender, age, accent, ...), where it says anything. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Name of the corpus among those that are open together; every take of an open corpus has one. */
  readonly corpus?: string;
  /** Part of the corpus that it is from, where the corpus has parts of different origin. */
  readonly source?: string;
  /** Absent of a recording. */
  readonly kind?: 'recording' | 'synthetic';
  /** Where it is not the corpus's own. */
  readonly licence?: string;
  /** The person behind the name, where the same one may be in another corpus under another name. */
  readonly person?: string;
  /** Frequency up to which it tells what sounds. Before a take is prepared, only what the corpus itself says. */
  readonly bandwidthHz?: Hertz;
}

/** Where a corpus comes from: a model trained on it carries this in its manifest. */
export interface CorpusSource {
  readonly name: string;
  readonly licence: string;
  readonly attribution: string;
  readonly url: string;
}

/** One of the corpora that are open together. */
export interface CorpusPart extends CorpusSource {
  /** What tables call it; no other part has the same. */
  readonly id: string;
  /** Sorted by digit, then speaker, then take. */
  readonly takes: readonly Take[];
}

/** Corpora of spoken digits: every digit is among the training takes, and there is at least one test take. */
export interface Corpus extends CorpusSource {
  /** Those of the parts, one part after the other. */
  readonly takes: readonly Take[];
  /** Sorted names. */
  readonly speakers: readonly string[];
  readonly parts: readonly CorpusPart[];
  /** What was done that whoever trains on it should know, a sentence each. */
  readonly notes: readonly string[];
}

/** Sex of a take's speaker; null where the corpus does not say it, or says something else. */
export function sexOf({ attributes }: Pick<Take, 'attributes'>): Sex | null {
  const text = attributes?.['gender']?.trim().toLowerCase();
  return text === 'female' || text === 'male' ? text : null;
}

/** Throws the InputError that lists names which do not follow the layout. */
export function refuseNames(where: string, names: readonly string[], pattern: string): void {
  if (names.length === 0) return;
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  throw new InputError(
    `${where}: ${names.slice(0, 3).join(', ')}${more} ${names.length === 1 ? 'is' : 'are'} not named ${pattern}; rename or remove ${names.length === 1 ? 'it' : 'them'}`,
  );
}

/** Throws the InputError that names two files which are one take: in two formats, or with its number written in two ways. */
export function refuseTwins(takes: readonly Take[]): void {
  const seen = new Map<string, string>();
  for (const { file, digit, speaker, take } of takes) {
    const key = `${digit} ${take} ${speaker}`;
    const other = seen.get(key);
    if (other !== undefined) {
      throw new InputError(
        `${other} and ${file} are both take ${take} of digit ${digit}; remove or renumber one`,
      );
    }
    seen.set(key, file);
  }
}
