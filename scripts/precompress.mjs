// Brotli and gzip files beside the files of a build, for servers that send them as they lie (`npm start`, nginx, Caddy).
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

/** Best first; sizes of a build at each code's greatest effort, which costs seconds once. */
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

/** Writes the compressed files of a folder and all below it, where they pay. */
export async function compressFolder(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  await Promise.all(
    entries
      .filter((entry) => entry.isFile() && isSource(entry.name))
      .map(async (entry) => {
        const path = join(entry.parentPath, entry.name);
        const bytes = await readFile(path);
        for (const { extension, compress } of codings) {
          const packed = await compress(bytes);
          if (packed.length <= (1 - leastSaving) * bytes.length) await writeFile(path + extension, packed);
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
