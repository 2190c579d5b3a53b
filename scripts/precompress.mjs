// Brotli and gzip files beside the files of a build, for servers that send them as they lie (`npm start`, nginx, Caddy).
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Best first, each at its greatest effort. */
export const codings = [
  {
    name: 'br',
    extension: '.br',
    compress: (bytes) =>
      promisify(brotliCompress)(bytes, {
        params: {
          [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      }),
  },
  {
    name: 'gzip',
    extension: '.gz',
    compress: (bytes) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
  },
];

/** A coding that saves less than this share of a file is not worth a second file. */
const leastSaving = 0.03;

const isSource = (name) => name !== '_headers' && !codings.some(({ extension }) => name.endsWith(extension));

/** Weights and WebAssembly are the same in the next build, and take seconds; scripts change with every edit. */
const isKept = (name) => !name.endsWith('.js');
const keptIn = fileURLToPath(new URL('../node_modules/.cache/numvox/', import.meta.url));

/** What `coding` makes of a file, from an earlier build where it did. */
async function packedOnce(bytes, { extension, compress }) {
  // The text of the compressor holds its settings: others make other files.
  const key = createHash('sha256').update(bytes).update(String(compress)).digest('hex');
  const kept = join(keptIn, key + extension);
  try {
    return await readFile(kept);
  } catch {
    const packed = await compress(bytes);
    // Another build may be reading: a file appears under its name when it is whole.
    const fresh = join(keptIn, randomUUID());
    await mkdir(keptIn, { recursive: true });
    await writeFile(fresh, packed);
    await rename(fresh, kept);
    return packed;
  }
}

/** Writes the compressed files of a folder and all below it, where they pay. */
export async function compressFolder(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  await Promise.all(
    entries
      .filter((entry) => entry.isFile() && isSource(entry.name))
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const bytes = await readFile(path);
        for (const coding of codings) {
          const packed = await (isKept(entry.name) ? packedOnce(bytes, coding) : coding.compress(bytes));
          if (packed.length <= (1 - leastSaving) * bytes.length) {
            await writeFile(path + coding.extension, packed);
          }
        }
      }),
  );
}

/** A Vite plugin that compresses what a build wrote and what it copied from public/. */
export function precompress() {
  return {
    name: 'numvox:precompress',
    apply: 'build',
    writeBundle: { order: 'post', sequential: true, handler: ({ dir }) => compressFolder(dir) },
  };
}
