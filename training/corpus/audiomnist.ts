// AudioMNIST: its folders, its speakers' metadata, and a split that never has a speaker on both sides.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../src/contract/errors.ts';
import { fileText } from '../../src/contract/fileText.ts';
import { refuseNames, type CorpusSource, type Take } from './takes.ts';
import { parseTakeName } from './fsdd.ts';

const metaFile = 'audioMNIST_meta.txt';

/**
 * Test speakers of the first fold of the authors' digit experiment (soerenab/AudioMNIST, `splits.py`, "digit", fold 0);
 * the fold's validation speakers are on the training side here. Becker et al. 2018, arXiv 1807.03418.
 */
const officialTestSpeakers = new Set([
  '05',
  '13',
  '18',
  '22',
  '26',
  '32',
  '33',
  '42',
  '45',
  '51',
  '52',
  '60',
]);

/** What is null is not known. */
const metaSchema = z.record(
  z.string(),
  z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).nullable(),
);

/**
 * Takes of the folders NN. The split is by speaker: the official test speakers of fold 0 where the corpus has speakers
 * on both sides of that list, and otherwise (a part of the corpus) the last fifth of the speakers in name order.
 * Without the metadata file speakers have no attributes.
 * @throws InputError for misnamed files, malformed metadata, or a single speaker
 */
export function listAudioMnist(root: string, folders: { name: string; files: string[] }[]): Take[] {
  const attributes = readMeta(root);
  const isOf = (name: string, file: string) => {
    const speaker = parseTakeName(file)?.speaker ?? '';
    return isSpeakerFolder(speaker) && Number(speaker) === Number(name);
  };
  const misnamed = folders.flatMap(({ name, files }) =>
    files.filter((file) => !isOf(name, file)).map((file) => `${name}/${file}`),
  );
  refuseNames(root, misnamed, '{digit}_{NN}_{take}.wav or .flac after the folder NN they are in');
  const filled = folders.filter(({ files }) => files.length > 0);
  const testSpeakers = chooseTestSpeakers(
    root,
    filled.map(({ name }) => name),
  );
  return filled.flatMap(({ name, files }) =>
    files.flatMap((file) => {
      const parsed = parseTakeName(file);
      if (!parsed) return [];
      const split = testSpeakers.has(name) ? 'test' : 'train';
      return [
        {
          file: join(root, name, file),
          ...parsed,
          speaker: name,
          split,
          attributes: attributes[numberOf(name)] ?? {},
        } as const,
      ];
    }),
  );
}

/** AudioMNIST's own source. */
export function describeAudioMnist(): CorpusSource {
  return {
    name: 'AudioMNIST',
    licence: 'MIT',
    attribution:
      'AudioMNIST by Sören Becker, Marcel Ackermann, Sebastian Lapuschkin, Klaus-Robert Müller and Wojciech Samek, arXiv 1807.03418',
    url: 'https://github.com/soerenab/AudioMNIST',
  };
}

/** Who an AudioMNIST speaker is, by their number. */
export function personOfAudioMnist(number: string): string {
  return `audiomnist ${numberOf(number)}`;
}

/** A speaker's folder: a number, with or without leading zeros. */
export function isSpeakerFolder(name: string): boolean {
  return /^\d{1,4}$/.test(name);
}

/** A speaker's number as the metadata and the official split write it. */
function numberOf(folder: string): string {
  return String(Number(folder)).padStart(2, '0');
}

function chooseTestSpeakers(root: string, speakers: readonly string[]): ReadonlySet<string> {
  if (speakers.length === 0)
    throw new InputError(`${root} holds no WAV or FLAC recordings in its folders NN`);
  if (speakers.length === 1) {
    throw new InputError(
      `${root} has one speaker (${speakers[0]}); at least two are needed, because a speaker is either on the training or on the test side`,
    );
  }
  const official = speakers.filter((speaker) => officialTestSpeakers.has(numberOf(speaker)));
  if (official.length > 0 && official.length < speakers.length) return new Set(official);
  const held = Math.max(1, Math.floor(speakers.length / 5));
  return new Set([...speakers].sort().slice(-held));
}

function readMeta(root: string): Record<string, Record<string, string>> {
  const file = [join(root, metaFile), join(dirname(root), metaFile)].find((path) => existsSync(path));
  if (file === undefined) return {};
  let json: unknown;
  try {
    json = JSON.parse(fileText(readFileSync(file)));
  } catch {
    throw new InputError(`${file} is not JSON; fetch it again from the AudioMNIST repository`);
  }
  const parsed = metaSchema.safeParse(json);
  if (!parsed.success) {
    throw new InputError(`${file} does not map speakers to their attributes; fetch it again`);
  }
  return Object.fromEntries(
    Object.entries(parsed.data).map(([speaker, values]) => [
      /^\d+$/.test(speaker) ? numberOf(speaker) : speaker,
      Object.fromEntries(
        Object.entries(values ?? {}).flatMap(([key, value]) =>
          value === null ? [] : [[key, String(value)] as const],
        ),
      ),
    ]),
  );
}
