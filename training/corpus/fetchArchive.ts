// An archive from its public address into a file: resumed where it was cut off, and checked by its length and hash where they are known.
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { InputError } from '../../src/contract/errors.ts';
import { reasonOf } from '../../src/contract/fileFaults.ts';
import type { Seconds } from '../../src/contract/units.ts';
import { removeQuietly } from '../../src/node/files.ts';
import { watchStalls } from './stalls.ts';

/** What is to be fetched. */
export interface Archive {
  /** What messages call it. */
  readonly name: string;
  readonly url: string;
  /** Where they are known. */
  readonly bytes?: number | undefined;
  /** About how many, for the time left where the server does not say it. */
  readonly aboutBytes?: number | undefined;
  /** Lower-case hexadecimal. */
  readonly sha256?: string | undefined;
}

/** How it is fetched. */
export interface FetchOptions {
  /** Told the bytes that are there, and the whole size where it is known. */
  readonly onProgress?: (bytes: number, total: number | undefined) => void;
  /** Aborts; what has arrived is kept for the next try. */
  readonly signal?: AbortSignal;
  /** Gives up when nothing arrives for this long. */
  readonly stallSeconds?: Seconds;
}

/** What the server said of the file that a part is of: the part is of use only while that is so. */
interface PartState {
  readonly url: string;
  readonly validator: string | null;
}

/**
 * Fetches an archive into `path`. What had arrived when an earlier try was cut off is asked for no second time, where the server can
 * give the rest and says that it is the rest of the same file.
 * @throws InputError when it cannot be fetched (what has arrived stays for the next try), or is not the archive that it should be
 *   (nothing stays)
 */
export async function fetchArchive(
  archive: Archive,
  path: string,
  options: FetchOptions = {},
): Promise<void> {
  const part = `${path}.part`;
  try {
    await receive(archive, part, options);
  } catch (error) {
    throw new InputError(
      `cannot download ${archive.name} from ${archive.url}: ${networkReason(error)}; try again, or give a corpus folder with --data`,
    );
  }
  const fault = await faultOf(archive, part);
  if (fault !== undefined) {
    removeQuietly(part);
    removeQuietly(stateFile(part));
    throw new InputError(
      `what ${archive.url} gave is not ${archive.name}: ${fault}; try again, or give a corpus folder with --data`,
    );
  }
  renameSync(part, path);
  removeQuietly(stateFile(part));
}

async function receive(archive: Archive, part: string, options: FetchOptions): Promise<void> {
  const { url } = archive;
  const state = stateOf(part);
  const have = state?.url === url && state.validator !== null ? sizeOf(part) : 0;
  if (have > 0 && have === archive.bytes) return;
  const { signal, alive, end } = watchStalls(options.stallSeconds ?? 60, options.signal);
  try {
    alive();
    // Encodings on the way would make lengths and ranges those of something else.
    const headers = new Headers({ 'accept-encoding': 'identity' });
    if (have > 0) {
      headers.set('range', `bytes=${have}-`);
      headers.set('if-range', state?.validator ?? '');
    }
    const response = await fetch(url, { signal, headers });
    if (!response.ok || !response.body) {
      // A part that the server has no rest of: the next try begins anew.
      if (response.status === 416) removeQuietly(part);
      throw new Error(`the server answered ${response.status}`);
    }
    const start = response.status === 206 ? startOf(response.headers.get('content-range')) : 0;
    if (start !== 0 && start !== have)
      throw new Error(`it sent what begins at byte ${start}, not at ${have}`);
    const length = Number(response.headers.get('content-length') ?? NaN);
    const total = Number.isFinite(length) ? start + length : undefined;
    if (archive.bytes !== undefined && total !== undefined && total !== archive.bytes) {
      throw new Error(`it has ${total} bytes, not ${archive.bytes}`);
    }
    const validator = response.headers.get('etag') ?? response.headers.get('last-modified');
    writeFileSync(stateFile(part), JSON.stringify({ url, validator } satisfies PartState));
    let bytes = start;
    const file = openSync(part, start > 0 ? 'a' : 'w');
    try {
      const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        alive();
        // At once: what a stream still holds when the connection breaks would be lost.
        writeSync(file, next.value);
        bytes += next.value.length;
        options.onProgress?.(bytes, total ?? archive.bytes ?? archive.aboutBytes);
      }
    } finally {
      closeSync(file);
    }
    if (total !== undefined && bytes < total) throw new Error(`${bytes} of ${total} bytes arrived`);
  } catch (error) {
    throw signal.aborted && options.signal?.aborted !== true ? signal.reason : error;
  } finally {
    end();
  }
}

async function faultOf({ bytes, sha256 }: Archive, part: string): Promise<string | undefined> {
  const size = sizeOf(part);
  if (bytes !== undefined && size !== bytes) return `it has ${size} bytes, not ${bytes}`;
  if (sha256 === undefined) return undefined;
  const hash = createHash('sha256');
  await pipeline(createReadStream(part), hash);
  const found = hash.digest('hex');
  return found === sha256 ? undefined : `its SHA-256 is ${found}, not ${sha256}`;
}

function stateFile(part: string): string {
  return `${part}.json`;
}

function stateOf(part: string): PartState | undefined {
  try {
    return JSON.parse(readFileSync(stateFile(part), 'utf8')) as PartState;
  } catch {
    return undefined;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** First byte of `bytes first-last/total`. */
function startOf(range: string | null): number {
  return Number(/^bytes (\d+)-/.exec(range ?? '')?.[1] ?? 0);
}

/** fetch says "fetch failed" and hides the reason in the cause. */
export function networkReason(error: unknown): string {
  if (error instanceof Error && error.cause instanceof Error) {
    return reasonOf(error.cause) || error.message;
  }
  return reasonOf(error);
}
