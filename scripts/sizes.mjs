// What a build makes a browser load before the default page's first note: a table of sizes with budgets.
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { init, parse } from 'es-module-lexer';
import { codings } from './precompress.mjs';

/** Vite's hash of a file's content. */
const hash = '[\\w-]{8}';
/**
 * What is loaded, found by name; test/browser/sizes.test.ts compares it with what a browser asks for. Scripts bring along
 * what they import statically. Bytes of a budget are as sent, by the better of the two codings.
 */
const partsToFirstNote = [
  { name: 'page', files: ['index\\.html', 'icon\\.svg'] },
  { name: 'page script', files: [`assets/index-${hash}\\.js`], budgetBytes: 160_000 },
  { name: 'worker script', files: [`assets/inference\\.worker-${hash}\\.js`], budgetBytes: 170_000 },
  {
    name: 'worklet processors',
    files: [`assets/kernelProcessor-${hash}\\.js`, `assets/outputProcessor-${hash}\\.js`],
  },
  {
    name: 'WebAssembly with SIMD',
    files: ['engine', 'pffft', 'gemm-relaxed', 'tfjs-backend-wasm-simd'].map(
      (name) => `assets/${name}-${hash}\\.wasm`,
    ),
  },
  {
    name: 'model',
    files: ['manifest.json', 'decoder.bin', 'prior-map.bin', 'map.bin'].map((name) => `models/fsdd/${name}`),
  },
];
const whole = { name: 'to the first note', budgetBytes: 2_000_000 };

async function measureFile(folder, file) {
  const path = join(folder, file);
  const { size: plain } = await stat(path);
  const sent = await Promise.all(
    codings.map(async ({ name, extension }) => [
      name,
      existsSync(path + extension) ? (await stat(path + extension)).size : plain,
    ]),
  );
  return { file, plain, ...Object.fromEntries(sent) };
}

/** A script and what it imports statically, from there on too. */
async function withImports(folder, file, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  const [imports] = parse(await readFile(join(folder, file), 'utf8'));
  for (const { type, specifier } of imports) {
    if (type !== 'dynamic' && specifier?.startsWith('.')) {
      await withImports(folder, posix.join(posix.dirname(file), specifier), found);
    }
  }
  return found;
}

function rowOf({ name, budgetBytes }, files) {
  const sum = (key) => files.reduce((bytes, file) => bytes + file[key], 0);
  const sizes = { plain: sum('plain'), gzip: sum('gzip'), br: sum('br') };
  const over = budgetBytes !== undefined && Math.min(sizes.gzip, sizes.br) > budgetBytes;
  return { name, files, ...sizes, budgetBytes, over };
}

/**
 * Sizes of a build by part, and last of all of it, in bytes.
 * @param folder a build with its compressed files
 * @throws Error when a part of the page is not where the table looks for it
 */
export async function measureBuild(folder) {
  await init;
  const all = (await readdir(folder, { recursive: true })).map((file) => file.replaceAll('\\', '/'));
  const counted = new Set();
  const rows = [];
  for (const part of partsToFirstNote) {
    const own = new Set();
    for (const pattern of part.files) {
      const matching = all.filter((file) => new RegExp(`^${pattern}$`).test(file));
      if (matching.length !== 1) {
        throw new Error(
          `${folder} must hold one file ${pattern}, found ${matching.length}; correct partsToFirstNote in scripts/sizes.mjs`,
        );
      }
      for (const file of pattern.endsWith('js') ? await withImports(folder, matching[0]) : matching) {
        if (!counted.has(file)) own.add(file);
        counted.add(file);
      }
    }
    const files = await Promise.all([...own].map((file) => measureFile(folder, file)));
    rows.push(rowOf(part, files));
  }
  return [
    ...rows,
    rowOf(
      whole,
      rows.flatMap(({ files }) => files),
    ),
  ];
}

/** The table as text, in kB of 1000 bytes. */
export function sizeTable(rows) {
  const kilobytes = (bytes) => (bytes === undefined ? '' : (bytes / 1000).toFixed(1)).padStart(10);
  const lines = rows.map(({ name, plain, gzip, br, budgetBytes, over }) =>
    [name.padEnd(22), ...[plain, gzip, br, budgetBytes].map(kilobytes), over ? '  over' : '']
      .join('')
      .trimEnd(),
  );
  const heads = ['plain', 'gz', 'br', 'budget'].map((head) => head.padStart(10)).join('');
  return [`${'kB'.padEnd(22)}${heads}`, ...lines].join('\n');
}

/** A Vite plugin that prints the table behind a build; it stands behind `precompress`. */
export function printSizes() {
  let logger;
  return {
    name: 'numvox:sizes',
    apply: 'build',
    configResolved(config) {
      ({ logger } = config);
    },
    writeBundle: {
      order: 'post',
      sequential: true,
      async handler({ dir }) {
        logger.info(`\n${sizeTable(await measureBuild(dir))}`);
      },
    },
  };
}
