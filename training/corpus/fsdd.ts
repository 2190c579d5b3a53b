// The Free Spoken Digit Dataset: its file names, its official split, its licence.
import { join } from 'node:path';
import { refuseNames, type CorpusSource, type Take } from './takes.ts';

/** The dataset's six speakers (version 1.0.10). */
export const fsddSpeakers = ['george', 'jackson', 'lucas', 'nicolas', 'theo', 'yweweler'] as const;
/** Takes of each digit by each speaker. */
export const fsddTakesPerDigit = 50;
/** Takes below this one are the official test side (the dataset's README: "0-4 inclusive are in the test"). */
const firstTrainingTake = 5;

/** All six are men, as the dataset's metadata.py says. */
const attributes = { gender: 'male' } as const;

const source: CorpusSource = {
  name: 'Free Spoken Digit Dataset (FSDD)',
  licence: 'CC BY-SA 4.0',
  attribution:
    'Free Spoken Digit Dataset by Zohar Jackson, César Souza, Jason Flaks, Yuxin Pan, Hereman Nicolas and Adhish Thite, DOI 10.5281/zenodo.1342401',
  url: 'https://github.com/Jakobovski/free-spoken-digit-dataset',
};

const namePattern = /^0*([0-9])_(.+)_([0-9]{1,9})\.(?:wav|flac)$/i;

/**
 * Digit, speaker and take of a file name `{digit}_{speaker}_{take}.wav` or `.flac`; undefined when it is not of that form. Numbers may
 * have leading zeros. Speakers' names may hold anything, also dots, underscores and accents, which are one however a
 * file system writes them (Unicode's form C).
 */
export function parseTakeName(name: string): { digit: number; speaker: string; take: number } | undefined {
  const match = namePattern.exec(name);
  if (!match) return undefined;
  return { digit: Number(match[1]), speaker: match[2].normalize('NFC'), take: Number(match[3]) };
}

/**
 * Takes of a flat folder; takes 0-4 are the test side.
 * @throws InputError listing misnamed files
 */
export function listFsdd(root: string, files: readonly string[]): Take[] {
  refuseNames(
    root,
    files.filter((name) => !parseTakeName(name)),
    '{digit}_{speaker}_{take}.wav or .flac',
  );
  const isFsdd = files.every((name) => isKnown(parseTakeName(name)?.speaker ?? ''));
  return files.flatMap((name) => {
    const parsed = parseTakeName(name);
    if (!parsed) return [];
    const split = parsed.take < firstTrainingTake ? 'test' : 'train';
    const take = { file: join(root, name), ...parsed, split } as const;
    return [isFsdd ? { ...take, attributes } : take];
  });
}

/** FSDD's own source where every speaker is one of its six; otherwise somebody's recordings in its layout. */
export function describeFsdd(speakers: readonly string[]): CorpusSource {
  if (speakers.every(isKnown)) return source;
  return {
    name: 'recordings in the layout of FSDD',
    licence: 'unknown',
    attribution: 'unknown: a corpus.json beside the recordings can say',
    url: '',
  };
}

function isKnown(speaker: string): boolean {
  const known: readonly string[] = fsddSpeakers;
  return known.includes(speaker);
}
