// Corpora on disk: which recordings there are, who says what, and which side of the split each take is on.
import { existsSync, readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { join, sep } from 'node:path';
import { z } from 'zod';
import { InputError } from '../../src/contract/errors.ts';
import { fileText } from '../../src/contract/fileText.ts';
import { reasonOf } from '../../src/contract/fileFaults.ts';
import { describeAudioMnist, isSpeakerFolder, listAudioMnist } from './audiomnist.ts';
import { describeFsdd, listFsdd, parseTakeName } from './fsdd.ts';
import { refuseTwins, type CorpusSource, type Take } from './takes.ts';

export type { CorpusSource } from './takes.ts';

/** A corpus of spoken digits: every digit is among the training takes, and there is at least one test take. */
export interface Corpus extends CorpusSource {
  /** Sorted by digit, then speaker, then take. */
  readonly takes: readonly Take[];
  /** Sorted names. */
  readonly speakers: readonly string[];
}

const sourceSchema = z.strictObject({
  name: z.string().min(1),
  licence: z.string().min(1),
  attribution: z.string().min(1),
  url: z.string(),
});

const layouts =
  'expected {digit}_{speaker}_{take}.wav or .flac files (FSDD), or folders NN of {digit}_NN_{take}.wav or .flac (AudioMNIST)';

/**
 * Opens a corpus folder, in the layout of FSDD (`{digit}_{speaker}_{take}.wav`, flat) or of AudioMNIST
 * (`NN/{digit}_NN_{take}.wav`), WAV or FLAC. The recordings may lie in the folder itself or in `recordings/` or `data/` below it, as
 * in the two corpora's repositories. A `corpus.json` of {name, licence, attribution, url} beside them says where
 * recordings of one's own come from.
 *
 * The files are listed, not read. Links count as what they lead to; a link to nothing and a folder named like a recording are takes that
 * cannot be read, so that whoever reads them tells. Names that are no UTF-8 are read as Latin-1.
 * @throws InputError when the folder is missing, empty, mixed or misnamed, when a digit or one side of the split is missing
 */
export function openCorpus(folder: string): Corpus {
  const root = [folder, join(folder, 'recordings'), join(folder, 'data')].find(holdsRecordings);
  if (root === undefined) {
    list(folder);
    throw new InputError(`${folder} holds no WAV or FLAC recordings: ${layouts}`);
  }
  const entries = list(root);
  const files = recordingsOf(entries);
  const folders = entries.filter(isSpeaker);
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
  const listed =
    files.length > 0
      ? listFsdd(root, files)
      : listAudioMnist(
          root,
          inFolders.map(({ name, entries: inside }) => ({ name, files: recordingsOf(inside) })),
        );
  const paths = new Map(
    [{ name: '', entries }, ...inFolders].flatMap(({ name: at, entries: inside }) =>
      inside.flatMap(({ name, path }) => (path ? [[join(root, at, name), path] as const] : [])),
    ),
  );
  const takes = listed
    .map((take) => {
      const path = paths.get(take.file);
      return path ? { ...take, path } : take;
    })
    .sort((a, b) => a.digit - b.digit || compare(a.speaker, b.speaker) || a.take - b.take);
  const speakers = [...new Set(takes.map((take) => take.speaker))].sort(compare);
  refuseTwins(takes);
  requireBothSides(root, takes);
  const source = ownSource(root) ?? (files.length > 0 ? describeFsdd(speakers) : describeAudioMnist());
  return { ...source, takes, speakers };
}

/** Order of code units: the same on every machine, unlike localeCompare. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isRecording(name: string): boolean {
  return !name.startsWith('.') && /\.(wav|flac)$/i.test(name);
}

/** Names of what should be recordings, whether they can be read or not. */
function recordingsOf(entries: readonly Entry[]): string[] {
  return entries
    .filter(({ kind, name }) => isRecording(name) && (kind !== 'folder' || parseTakeName(name)))
    .map(({ name }) => name);
}

function holdsRecordings(folder: string): boolean {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return false;
  return list(folder).some(
    (entry) => isSpeaker(entry) || (entry.kind !== 'folder' && isRecording(entry.name)),
  );
}

/** A link to nothing under a speaker's name was one's folder. */
function isSpeaker({ kind, name }: Entry): boolean {
  return kind !== 'file' && isSpeakerFolder(name);
}

/** What a folder holds under a name. */
interface Entry {
  /** Of UTF-8, or else of Latin-1. */
  readonly name: string;
  /** The whole path where the name is no UTF-8. */
  readonly path: Buffer | undefined;
  /** Of a link what it leads to. */
  readonly kind: 'file' | 'folder' | 'nothing';
}

function list(folder: string): Entry[] {
  if (!existsSync(folder)) throw new InputError(`there is no folder ${folder}; --data takes a corpus folder`);
  if (!statSync(folder).isDirectory())
    throw new InputError(`${folder} is a file; --data takes a corpus folder`);
  try {
    return readdirSync(folder, { withFileTypes: true, encoding: 'buffer' }).flatMap((entry) => {
      const path = Buffer.concat([Buffer.from(folder + sep), entry.name]);
      const kind = kindOf(entry.isSymbolicLink() ? targetOf(path) : entry);
      const isUtf8 = Buffer.from(entry.name.toString()).equals(entry.name);
      return kind
        ? [
            {
              name: isUtf8 ? entry.name.toString() : fileText(entry.name),
              path: isUtf8 ? undefined : path,
              kind,
            },
          ]
        : [];
    });
  } catch (error) {
    throw new InputError(`cannot read the folder ${folder}: ${reasonOf(error)}`);
  }
}

/** Undefined of pipes, sockets and devices, which no corpus has. */
function kindOf(found: Pick<Stats, 'isFile' | 'isDirectory'> | undefined): Entry['kind'] | undefined {
  if (!found) return 'nothing';
  return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : undefined;
}

function targetOf(link: Buffer): Stats | undefined {
  try {
    return statSync(link);
  } catch {
    return undefined;
  }
}

function ownSource(root: string): CorpusSource | undefined {
  const file = join(root, 'corpus.json');
  if (!existsSync(file)) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(fileText(readFileSync(file)));
  } catch {
    throw new InputError(`${file} is not JSON; correct or remove it`);
  }
  const parsed = sourceSchema.safeParse(json);
  if (!parsed.success) {
    throw new InputError(`${file} must hold the texts name, licence, attribution and url, and nothing else`);
  }
  return parsed.data;
}

function requireBothSides(root: string, takes: readonly Take[]): void {
  const missing = Array.from({ length: 10 }, (_, digit) => digit).filter(
    (digit) => !takes.some((take) => take.digit === digit && take.split === 'train'),
  );
  if (missing.length > 0) {
    throw new InputError(
      `${root} has no training take of digit ${missing.join(', ')}: every digit from 0 to 9 is needed (in FSDD's layout takes 0-4 are the test side)`,
    );
  }
  if (!takes.some((take) => take.split === 'test')) {
    throw new InputError(`${root} has no test takes: in FSDD's layout takes 0-4 are the test side`);
  }
}
