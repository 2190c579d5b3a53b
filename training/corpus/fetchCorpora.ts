// Corpora by name, for a machine that has none: from their public addresses into the user's cache folder, each kept ready to be opened.
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../src/contract/folders.node.ts';
import { InputError } from '../../src/contract/errors.ts';
import { reasonOf } from '../../src/contract/fileFaults.ts';
import { removeQuietly } from '../../src/node/files.ts';
import { fetchFsdd, userCacheFolder } from './download.ts';
import { fetchArchive, type Archive, type FetchOptions } from './fetchArchive.ts';
import { digitWords } from './speechCommands.ts';
import { unpackTarGz, unpackZip } from './unpack.ts';

/** Names that `--corpus` takes. */
export const corpusNames = ['fsdd', 'speech-commands', 'audiomnist'] as const;
export type CorpusName = (typeof corpusNames)[number];

/** An archive, and what of it becomes a corpus folder. */
export interface Fetchable extends Archive {
  /** Of the folder in the cache; another version has another. */
  readonly folder: string;
  readonly kind: 'tar.gz' | 'zip';
  /** Path in the folder of a file of the archive; undefined of what the corpus does not need. */
  readonly placeOf: (name: string) => string | undefined;
  /** Of those that are wanted, how many there must be at least. */
  readonly files: number;
}

/** Options of fetchCorpora. */
export interface FetchCorporaOptions extends FetchOptions {
  /** Where downloads are kept; `numvox` below XDG_CACHE_HOME or ~/.cache unless given. */
  readonly cacheFolder?: string;
  /** Told what is being done: which corpus, which step of it, and how far it is. */
  readonly onStep?: (name: string, step: 'downloading' | 'unpacking', done: number, total?: number) => void;
  /** What is fetched by the names other than fsdd; their own unless given. */
  readonly sources?: Partial<Record<CorpusName, Fetchable>>;
}

const speechCommandsFile = new RegExp(
  `^(?:(?:${digitWords.join('|')})/[^/]+\\.wav|testing_list\\.txt|validation_list\\.txt|LICENSE)$`,
);
const audioMnistFile = /^[^/]+\/data\/(\d{2}\/\d_\d{2}_\d+\.wav|audioMNIST_meta\.txt)$/;

const own: Readonly<Record<Exclude<CorpusName, 'fsdd'>, Fetchable>> = {
  'speech-commands': {
    name: 'Speech Commands v0.02',
    url: 'http://download.tensorflow.org/data/speech_commands_v0.02.tar.gz',
    bytes: 2_428_923_189,
    sha256: 'af14739ee7dc311471de98f5f9d2c9191b18aedfe957f4a6ff791c709868ff58',
    folder: 'speech-commands-v0.02',
    kind: 'tar.gz',
    placeOf: (name) => (speechCommandsFile.test(name) ? name : undefined),
    // 3,727 to 4,052 of each digit, and what is told of them.
    files: 38_900,
  },
  audiomnist: {
    name: 'AudioMNIST',
    // GitHub makes archives on request and does not promise their bytes: it is checked by what it holds.
    url: 'https://github.com/soerenab/AudioMNIST/archive/refs/heads/master.zip',
    aboutBytes: 1e9,
    folder: 'audiomnist',
    kind: 'zip',
    placeOf: (name) => audioMnistFile.exec(name)?.[1],
    files: 30_001,
  },
};

/**
 * Names of a list such as `fsdd,audiomnist`.
 * @throws InputError for a name that is none, or given twice
 */
export function parseCorpusNames(text: string): CorpusName[] {
  const names = text.split(',').map((name) => name.trim());
  const known = names.flatMap((name) => corpusNames.find((one) => one === name) ?? []);
  const unknown = names.find((name) => !corpusNames.some((one) => one === name));
  if (unknown !== undefined) {
    throw new InputError(
      `--corpus takes ${corpusNames.join(', ')}, got "${unknown}"; give a folder with --data`,
    );
  }
  const twice = known.find((name, n) => known.indexOf(name) !== n);
  if (twice !== undefined) throw new InputError(`--corpus names ${twice} twice; name it once`);
  return known;
}

/**
 * Folders of corpora, downloaded where they are not in the cache yet. A download that was cut off goes on at the next try.
 * @throws InputError when one cannot be fetched, is not what it should be, or cannot be kept
 */
export async function fetchCorpora(
  names: readonly CorpusName[],
  options: FetchCorporaOptions = {},
): Promise<string[]> {
  const folders: string[] = [];
  for (const name of names) {
    const source = options.sources?.[name] ?? (name === 'fsdd' ? undefined : own[name]);
    folders.push(source ? await fetchOne(source, options) : await fetchTheFsdd(options));
  }
  return folders;
}

function fetchTheFsdd({ onStep, cacheFolder, signal, stallSeconds }: FetchCorporaOptions): Promise<string> {
  return fetchFsdd({
    ...(cacheFolder === undefined ? {} : { cacheFolder }),
    ...(signal ? { signal } : {}),
    ...(stallSeconds === undefined ? {} : { stallSeconds }),
    onProgress: (bytes, total) => onStep?.('FSDD', 'downloading', bytes, total),
  });
}

async function fetchOne(source: Fetchable, options: FetchCorporaOptions): Promise<string> {
  const { cacheFolder = userCacheFolder(), onStep, signal } = options;
  const folder = join(cacheFolder, source.folder);
  // Written last: a folder without it is what an interrupted unpacking left.
  const mark = join(folder, 'complete.json');
  if (existsSync(mark)) return folder;
  const archive = join(cacheFolder, `${source.folder}.${source.kind}`);
  try {
    makeFolder(cacheFolder);
  } catch (error) {
    throw cannotKeep(source, cacheFolder, error);
  }
  if (!existsSync(archive)) {
    await fetchArchive(source, archive, {
      ...options,
      onProgress: (bytes, total) => onStep?.(source.name, 'downloading', bytes, total),
    });
  }
  const part = `${folder}.${process.pid}.part`;
  removeQuietly(part);
  let files: number;
  try {
    const unpack = source.kind === 'zip' ? unpackZip : unpackTarGz;
    files = await unpack(archive, part, {
      placeOf: source.placeOf,
      onFile: (done) => onStep?.(source.name, 'unpacking', done, source.files),
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    removeQuietly(part);
    if (signal?.aborted) throw new InputError(`${source.name} was not unpacked: it was stopped; try again`);
    if (isOfDisk(error)) throw cannotKeep(source, cacheFolder, error);
    removeQuietly(archive);
    throw notIt(source, `the archive is damaged (${reasonOf(error)})`);
  }
  if (files < source.files) {
    removeQuietly(part);
    removeQuietly(archive);
    throw notIt(source, `it holds ${files} of at least ${source.files} files`);
  }
  try {
    writeFileSync(join(part, 'complete.json'), JSON.stringify({ url: source.url, files }));
    removeQuietly(folder);
    renameSync(part, folder);
  } catch (error) {
    removeQuietly(part);
    throw cannotKeep(source, cacheFolder, error);
  }
  removeQuietly(archive);
  return folder;
}

function isOfDisk(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function notIt({ url, name }: Fetchable, reason: string): InputError {
  return new InputError(
    `what ${url} gave is not ${name}: ${reason}; try again, or give a corpus folder with --data`,
  );
}

function cannotKeep({ name }: Fetchable, cacheFolder: string, error: unknown): InputError {
  return new InputError(
    `cannot keep ${name} in ${cacheFolder}: ${reasonOf(error)}; set XDG_CACHE_HOME, or give a corpus folder with --data`,
  );
}
