// Archives unpacked a file at a time: of a tar or a zip of gigabytes, only what is wanted goes to disk, and nothing goes outside of its folder.
import { createReadStream, createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32, createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { openPromise, type Entry } from 'yauzl';
import { makeFolder } from '../../src/contract/folders.node.ts';

/** What of an archive is wanted. */
export interface Unpacking {
  /** Path below the folder that a file of the archive is written to; undefined of what is not wanted. */
  readonly placeOf: (name: string) => string | undefined;
  /** Told the number of files written. */
  readonly onFile?: (files: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Unpacks a .tar.gz.
 * @returns the number of files written
 * @throws what zlib, tar and the file system say of a damaged archive
 */
export async function unpackTarGz(archive: string, folder: string, unpacking: Unpacking): Promise<number> {
  let files = 0;
  const tar = extract();
  tar.on('entry', ({ name, type }, stream, next) => {
    const place = type === 'file' ? unpacking.placeOf(name.replace(/^\.\//, '')) : undefined;
    if (place === undefined) {
      stream.on('end', next);
      stream.resume();
      return;
    }
    write(stream, join(folder, place)).then(() => {
      unpacking.onFile?.(++files);
      next();
    }, next);
  });
  const { signal } = unpacking;
  await pipeline(createReadStream(archive), createGunzip(), tar, signal ? { signal } : {});
  return files;
}

/**
 * Unpacks a .zip, checksums checked.
 * @returns the number of files written
 * @throws what the zip reader and the file system say of a damaged archive
 */
export async function unpackZip(archive: string, folder: string, unpacking: Unpacking): Promise<number> {
  const zip = await openPromise(archive, { autoClose: false });
  let files = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      unpacking.signal?.throwIfAborted();
      const place = entry.fileName.endsWith('/') ? undefined : unpacking.placeOf(entry.fileName);
      if (place === undefined) continue;
      await write(await zip.openReadStreamPromise(entry), join(folder, place), checksumOf(entry));
      unpacking.onFile?.(++files);
    }
  } finally {
    zip.close();
  }
  return files;
}

/** What passes is that of an entry's checksum, or an error at its end. */
function checksumOf({ crc32: wanted, fileName }: Pick<Entry, 'crc32' | 'fileName'>): Transform {
  let found = 0;
  return new Transform({
    transform(chunk: Uint8Array, _, done) {
      found = crc32(chunk, found);
      done(null, chunk);
    },
    flush(done) {
      done(found === wanted ? null : new Error(`the checksum of ${fileName} is wrong`));
    },
  });
}

async function write(
  stream: AsyncIterable<unknown>,
  path: string,
  check: Transform = new PassThrough(),
): Promise<void> {
  makeFolder(dirname(path));
  await pipeline(stream as AsyncIterable<Uint8Array>, check, createWriteStream(path));
}
