// Corpora on disk: which recordings there are, who says what, and which side of the split each take is on.
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../src/contract/errors.ts';
import { fileText } from '../../src/contract/fileText.ts';
import type { Hertz } from '../../src/contract/units.ts';
import { describeAudioMnist, isSpeakerFolder, listAudioMnist, personOfAudioMnist } from './audiomnist.ts';
import { isRecording, list, recordingsOf, type Entry } from './folderEntries.ts';
import { describeFsdd, listFsdd } from './fsdd.ts';
import { describeListed, isListed, listListed } from './listed.ts';
import { joinParts } from './severalCorpora.ts';
import { describeSpeechCommands, isDigitFolder, listSpeechCommands } from './speechCommands.ts';
import { refuseTwins, type Corpus, type CorpusPart, type CorpusSource, type Take } from './takes.ts';

export type { Corpus } from './takes.ts';

const bandwidthSchema = z.number().min(500).max(192_000);
const ownSchema = z.union([
  z.strictObject({
    name: z.string().min(1),
    licence: z.string().min(1),
    attribution: z.string().min(1),
    url: z.string(),
    bandwidthHz: bandwidthSchema.optional(),
  }),
  z.strictObject({ bandwidthHz: bandwidthSchema }),
]);

const layouts =
  'expected {digit}_{speaker}_{take}.wav or .flac files (FSDD), folders NN of {digit}_NN_{take}.wav or .flac (AudioMNIST), folders zero to nine of {speaker}_nohash_{take}.wav (Speech Commands), or a manifest.csv that lists file, digit and speaker';

/**
 * Opens a corpus folder, in the layout of FSDD (`{digit}_{speaker}_{take}.wav`, flat), of AudioMNIST
 * (`NN/{digit}_NN_{take}.wav`), of Speech Commands (`zero/{speaker}_nohash_{take}.wav`), or with a `manifest.csv` that lists its
 * recordings. The recordings of the first three may lie in the folder itself or in `recordings/` or `data/` below it, as in the two corpora's repositories. A `corpus.json` of {name, licence,
 * attribution, url} beside them says where recordings of one's own come from, its bandwidthHz up to which frequency they tell what sounds.
 *
 * Several folders are opened as one corpus. A person whom two of them have counts in the one that has more takes of theirs; two
 * speakers of one name are told apart by the names of their corpora.
 *
 * The files are listed, not read. Links count as what they lead to; a link to nothing and a folder named like a recording are takes that
 * cannot be read, so that whoever reads them tells. Names that are no UTF-8 are read as Latin-1.
 * @throws InputError when a folder is missing, given twice, empty, mixed or misnamed, when a digit or one side of the split is missing in
 *   all of them
 */
export function openCorpus(data: string | readonly string[]): Corpus {
  const folders = typeof data === 'string' ? [data] : data;
  if (folders.length === 0) throw new InputError('there must be a corpus folder; give one with --data');
  const places = folders.map((folder) => (existsSync(folder) ? realpathSync(folder) : resolve(folder)));
  const twice = folders.find((_, i) => places.indexOf(places[i]) !== i);
  if (twice !== undefined) throw new InputError(`${twice} is given twice with --data; give it once`);
  const corpus = joinParts(folders.map(listPart));
  requireBothSides(folders.join(', '), corpus.takes);
  return corpus;
}

function listPart(folder: string): CorpusPart {
  const { root, id, takes: listed, ...source } = isListed(folder) ? listedIn(folder) : foundIn(folder);
  refuseTwins(listed);
  const own = ownWords([root, folder]);
  const bandwidthHz = own?.bandwidthHz;
  const takes = listed
    .map((take) => ({ ...take, ...(bandwidthHz === undefined ? {} : { bandwidthHz }) }))
    .sort((a, b) => a.digit - b.digit || compare(a.speaker, b.speaker) || a.take - b.take);
  if (!own || !('name' in own)) return { ...source, id: id ?? nameOf(folder), takes };
  const { name, licence, attribution, url } = own;
  // Somebody's own recordings: whoever is called 05 in them is not AudioMNIST's speaker 05.
  const strangers = takes.map(({ person: _, ...take }) => take);
  return { name, licence, attribution, url, id: nameOf(folder), takes: strangers };
}

type Found = CorpusSource & {
  readonly root: string;
  /** Of a known corpus. */
  readonly id?: string;
  readonly takes: readonly Take[];
};

function listedIn(folder: string): Found {
  const takes = listListed(folder);
  return { ...describeListed(nameOf(folder), takes), root: folder, takes };
}

function foundIn(folder: string): Found {
  const root = [folder, join(folder, 'recordings'), join(folder, 'data')].find(holdsRecordings);
  if (root === undefined) {
    list(folder);
    throw new InputError(`${folder} holds no WAV or FLAC recordings: ${layouts}`);
  }
  const entries = list(root);
  const files = recordingsOf(entries);
  const isWords = files.length === 0 && entries.some(isDigit);
  const folders = entries.filter(isWords ? isDigit : isSpeaker);
  const lost = folders.find(({ kind }) => kind === 'nothing');
  if (lost && files.length === 0) {
    throw new InputError(`${join(root, lost.name)} is a link to nothing that can be read: mend or remove it`);
  }
  if (files.length > 0 && folders.some(({ kind }) => kind === 'folder')) {
    throw new InputError(
      `${root} mixes two layouts: ${files.length} recordings such as ${files[0]} beside folders such as ${folders[0].name}; ${layouts}`,
    );
  }
  const inFolders = (files.length > 0 ? [] : folders).map(({ name }) => ({
    name,
    entries: list(join(root, name)),
  }));
  const paths = new Map(
    [{ name: '', entries }, ...inFolders].flatMap(({ name: at, entries: inside }) =>
      inside.flatMap(({ name, path }) => (path ? [[join(root, at, name), path] as const] : [])),
    ),
  );
  const withPath = (take: Take): Take => {
    const path = paths.get(take.file);
    return path ? { ...take, path } : take;
  };
  if (files.length > 0) {
    const takes = listFsdd(root, files).map(withPath);
    const source = describeFsdd(takes.map(({ speaker }) => speaker));
    return { ...source, ...(source.url === '' ? {} : { id: 'fsdd' }), root, takes };
  }
  const named = inFolders.map(({ name, entries: inside }) => ({ name, files: recordingsOf(inside) }));
  if (isWords) {
    const takes = listSpeechCommands(root, named).map(withPath);
    return { ...describeSpeechCommands(), id: 'speech-commands', root, takes };
  }
  const takes = listAudioMnist(root, named).map(withPath);
  const people = takes.map((take) => ({ ...take, person: personOfAudioMnist(take.speaker) }));
  return { ...describeAudioMnist(), id: 'audiomnist', root, takes: people };
}

/** Order of code units: the same on every machine, unlike localeCompare. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A folder's own name; that of the folder above where it is one of those that corpora keep recordings in. */
function nameOf(folder: string): string {
  const path = resolve(folder);
  const own = basename(path);
  return (['recordings', 'data'].includes(own) ? basename(join(path, '..')) : own) || 'corpus';
}

function holdsRecordings(folder: string): boolean {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return false;
  return list(folder).some(
    (entry) => isSpeaker(entry) || isDigit(entry) || (entry.kind !== 'folder' && isRecording(entry.name)),
  );
}

/** A link to nothing under a speaker's name was one's folder. */
function isSpeaker({ kind, name }: Entry): boolean {
  return kind !== 'file' && isSpeakerFolder(name);
}

/** A folder of Speech Commands. */
function isDigit({ kind, name }: Entry): boolean {
  return kind === 'folder' && isDigitFolder(name);
}

function ownWords(
  folders: readonly string[],
): (CorpusSource & { bandwidthHz?: Hertz | undefined }) | { bandwidthHz: Hertz } | undefined {
  const file = folders.map((folder) => join(folder, 'corpus.json')).find((path) => existsSync(path));
  if (file === undefined) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(fileText(readFileSync(file)));
  } catch {
    throw new InputError(`${file} is not JSON; correct or remove it`);
  }
  const parsed = ownSchema.safeParse(json);
  if (!parsed.success) {
    throw new InputError(
      `${file} must hold the texts name, licence, attribution and url, or bandwidthHz, a number from 500 to 192000, or all five, and nothing else`,
    );
  }
  return parsed.data;
}

function requireBothSides(where: string, takes: readonly Take[]): void {
  const missing = Array.from({ length: 10 }, (_, digit) => digit).filter(
    (digit) => !takes.some((take) => take.digit === digit && take.split === 'train'),
  );
  if (missing.length > 0) {
    throw new InputError(
      `${where} has no training take of digit ${missing.join(', ')}: every digit from 0 to 9 is needed (in FSDD's layout takes 0-4 are the test side)`,
    );
  }
  if (!takes.some((take) => take.split === 'test')) {
    throw new InputError(`${where} has no test takes: in FSDD's layout takes 0-4 are the test side`);
  }
}
