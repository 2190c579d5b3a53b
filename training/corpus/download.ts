// FSDD for a machine that has none: downloaded from its GitHub archive, checked file by file, kept in the user's cache folder.
import { makeFolder } from '../../src/contract/folders.node.ts';
import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { reasonOf } from '../../src/contract/fileFaults.ts';
import { removeQuietly } from '../../src/node/files.ts';
import { decodeWav } from '../../src/node/wav.ts';
import { InputError } from '../../src/contract/errors.ts';
import type { Seconds } from '../../src/contract/units.ts';
import { networkReason } from './fetchArchive.ts';
import { fsddSpeakers, fsddTakesPerDigit } from './fsdd.ts';
import { watchStalls } from './stalls.ts';

/** The version that is downloaded: the first with all six speakers. */
const version = 'v1.0.10';
const archiveUrl = `https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/${version}.zip`;
/** The archive is about 16 MB; anything much larger is not it. */
const largestArchiveBytes = 256 * 2 ** 20;

/** Options of fetchFsdd; the defaults are FSDD's own. */
export interface FetchFsddOptions {
  /** Where downloads are kept; `numvox` below XDG_CACHE_HOME or ~/.cache unless given. */
  readonly cacheFolder?: string;
  readonly url?: string;
  /** Told the bytes received, and the whole size where the server says it. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void;
  /** Aborts the download; nothing half-done stays behind. */
  readonly signal?: AbortSignal;
  /** Gives up when nothing arrives for this long. */
  readonly stallSeconds?: Seconds;
  readonly speakers?: readonly string[];
  readonly takesPerDigit?: number;
}

/** The user's cache folder for numvox (XDG Base Directory Specification). */
export function userCacheFolder(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base && base.startsWith('/') ? base : join(homedir(), '.cache'), 'numvox');
}

/**
 * The folder of FSDD's recordings, downloaded when it is not in the cache yet.
 *
 * What arrives is checked by content, not by a checksum of the archive: GitHub makes archives on request and does not
 * promise their bytes. Every one of the 3000 names must be there, each a sound WAV; anything else is left out.
 * @throws InputError when the download fails, is not FSDD, or cannot be kept; the cache is then as it was before
 */
export async function fetchFsdd(options: FetchFsddOptions = {}): Promise<string> {
  const { cacheFolder = userCacheFolder(), url = archiveUrl } = options;
  const wanted = expectedNames(options.speakers ?? fsddSpeakers, options.takesPerDigit ?? fsddTakesPerDigit);
  const folder = join(cacheFolder, `fsdd-${version}`);
  if (isComplete(folder, wanted)) return folder;
  const archive = await download(url, options);
  const files = unpack(archive, url, wanted);
  const part = `${folder}.${process.pid}.part`;
  try {
    removeQuietly(part);
    makeFolder(part);
    for (const [name, bytes] of files) writeFileSync(join(part, name), bytes);
    removeQuietly(folder);
    renameSync(part, folder);
  } catch (error) {
    removeQuietly(part);
    throw new InputError(
      `cannot keep FSDD in ${cacheFolder}: ${reasonOf(error)}; set XDG_CACHE_HOME, or give a corpus folder with --data`,
    );
  }
  return folder;
}

function expectedNames(speakers: readonly string[], takes: number): Set<string> {
  const names = new Set<string>();
  for (let digit = 0; digit < 10; digit++) {
    for (const speaker of speakers) {
      for (let take = 0; take < takes; take++) names.add(`${digit}_${speaker}_${take}.wav`);
    }
  }
  return names;
}

function isComplete(folder: string, wanted: ReadonlySet<string>): boolean {
  if (!existsSync(folder)) return false;
  const found = readdirSync(folder);
  return found.length === wanted.size && found.every((name) => wanted.has(name));
}

async function download(url: string, options: FetchFsddOptions): Promise<Uint8Array> {
  const { signal, alive, end } = watchStalls(options.stallSeconds ?? 60, options.signal);
  try {
    alive();
    const response = await fetch(url, { signal });
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
    const length = Number(response.headers.get('content-length') ?? NaN);
    const total = Number.isFinite(length) ? length : undefined;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      alive();
      chunks.push(next.value);
      bytes += next.value.length;
      if (bytes > largestArchiveBytes) throw new Error('it is far larger than FSDD');
      options.onProgress?.(bytes, total);
    }
    if (total !== undefined && bytes < total) throw new Error(`${bytes} of ${total} bytes arrived`);
    return Buffer.concat(chunks);
  } catch (error) {
    throw new InputError(
      `cannot download FSDD from ${url}: ${networkReason(error)}; try again, or give a corpus folder with --data`,
    );
  } finally {
    end();
  }
}

function unpack(archive: Uint8Array, url: string, wanted: ReadonlySet<string>): Map<string, Uint8Array> {
  const refuse = (reason: string): InputError =>
    new InputError(
      `what ${url} gave is not FSDD ${version}: ${reason}; try again, or give a folder with --data`,
    );
  let entries: Record<string, Uint8Array>;
  try {
    entries = unzipSync(archive, { filter: ({ name }) => /\/recordings\/[^/]+\.wav$/.test(name) });
  } catch (error) {
    throw refuse(`the archive is damaged (${reasonOf(error)})`);
  }
  const files = new Map<string, Uint8Array>();
  for (const [path, bytes] of Object.entries(entries)) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (!wanted.has(name)) continue;
    let mended: string | undefined;
    try {
      ({ mended } = decodeWav(bytes, name));
    } catch (error) {
      throw refuse(reasonOf(error));
    }
    // What arrived cut off is fetched again, not mended.
    if (mended !== undefined) throw refuse(mended);
    files.set(name, bytes);
  }
  if (files.size !== wanted.size) throw refuse(`it holds ${files.size} of ${wanted.size} recordings`);
  return files;
}
