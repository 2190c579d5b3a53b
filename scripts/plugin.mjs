// Builds the Web Audio Modules plugin beside a built page: one folder that can be copied anywhere. What the page has built already,
// worklets, worker, WebAssembly and the model, is copied from there.
import {
  cpSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, loadConfigFromFile } from 'vite';
import { codings, compressFolder } from './precompress.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Vite's hash of a file's content. */
const hash = '[\\w-]{8}';
/** Names in the plugin's folder, those of `assetFiles`, by what they are called in the page's `assets`. */
const copied = [
  ...['kernelProcessor', 'outputProcessor'].map((name) => [`${name}.js`, `${name}-${hash}\\.js`]),
  ['inferenceWorker.js', `inference\\.worker-${hash}\\.js`],
  ...[
    'engine',
    'engine-scalar',
    'pffft',
    'pffft-scalar',
    'gemm',
    'gemm-relaxed',
    'tfjs-backend-wasm',
    'tfjs-backend-wasm-simd',
  ].map((name) => [`${name}.wasm`, `${name}-${hash}\\.wasm`]),
];

/** What is asked for before the first note of the default patch; the rest of the folder is for other browsers and for the screen. */
const toFirstNote = [
  'index.js',
  'wamProcessor.js',
  'kernelProcessor.js',
  'outputProcessor.js',
  'inferenceWorker.js',
  'engine.wasm',
  'pffft.wasm',
  'gemm-relaxed.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'firstWords.bin',
  'models/fsdd/manifest.json',
  'models/fsdd/decoder.bin',
  'models/fsdd/prior-map.bin',
  'models/fsdd/map.bin',
];

/** The file of a folder that a pattern names. */
function fileLike(folder, pattern) {
  const found = readdirSync(folder).filter((name) => new RegExp(`^${pattern}$`).test(name));
  if (found.length !== 1) {
    throw new Error(
      `${folder} must hold one file ${pattern}, found ${found.length}; build the page first, or correct scripts/plugin.mjs`,
    );
  }
  return join(folder, found[0]);
}

async function bundle(name, entry, outDir, options) {
  const page = await loadConfigFromFile(
    { command: 'build', mode: 'production' },
    join(root, 'vite.config.ts'),
  );
  await build({
    root,
    configFile: false,
    base: './',
    publicDir: false,
    logLevel: 'warn',
    resolve: page?.config.resolve,
    plugins: [elementsInHosts()],
    build: {
      outDir,
      emptyOutDir: false,
      // Of what is built in.
      license: { fileName: `licences/${name}.md` },
      target: page?.config.build?.target,
      assetsInlineLimit: 0,
      modulePreload: false,
      copyPublicDir: false,
      rolldownOptions: {
        input: { [name]: join(root, entry) },
        preserveEntrySignatures: 'strict',
        checks: { pluginTimings: false },
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', ...options },
      },
    },
  });
}

/**
 * What the page's elements are to be in a host: defined unless the page has them already, from the plugin at another address, and laid
 * out by the width of the plugin's screen instead of the window's.
 */
function elementsInHosts() {
  return {
    name: 'numvox:elements-in-hosts',
    transform(code, id) {
      if (!id.includes('/src/ui/') && !id.includes('/src/wam/')) return undefined;
      return code
        .replaceAll(
          /customElements\.define\((\s*(['"])([\w-]+)\2)/g,
          "customElements.get('$3') ?? customElements.define($1",
        )
        .replaceAll(/@media \((max|min)-width/g, '@container ($1-width');
    },
  };
}

/**
 * Builds the plugin's own files into a folder. What else it loads belongs beside them, under the names of `assetFiles`.
 * @param name of its module
 */
export async function buildPluginScripts(outDir, name = 'index') {
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    await bundle(name, 'src/wam/plugin.ts', outDir, {});
    await bundle('wamProcessor', 'src/wam/wamProcessor.ts', outDir, { codeSplitting: false });
  } finally {
    if (NODE_ENV === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = NODE_ENV;
  }
  copyFileSync(join(root, 'src', 'wam', 'firstWords.bin'), join(outDir, 'firstWords.bin'));
}

/**
 * Builds the plugin into a folder, which is emptied before.
 * @param pageDir a built page
 */
export async function buildPlugin({ pageDir, outDir = join(pageDir, 'plugin') }) {
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  await buildPluginScripts(outDir);
  for (const [name, pattern] of copied)
    copyFileSync(fileLike(join(pageDir, 'assets'), pattern), join(outDir, name));
  cpSync(join(pageDir, 'models', 'fsdd'), join(outDir, 'models', 'fsdd'), { recursive: true });
  await compressFolder(outDir);
}

/** Sizes of the plugin as text, in kB of 1000 bytes: its own scripts one by one, and what is loaded to the first note. */
export function pluginTable(outDir) {
  const sizeOf = (file, extension) => {
    const packed = join(outDir, file + extension);
    return statSync(existsSync(packed) ? packed : join(outDir, file)).size;
  };
  const scripts = readdirSync(outDir).filter((name) => name.endsWith('.js'));
  // What the entry shares with the screen is a file of its own.
  const shared = scripts.filter((name) => /-[\w-]{8}\.js$/.test(name) && !name.startsWith('pluginGui'));
  const rows = [...scripts.map((file) => [file, [file]]), ['to the first note', [...toFirstNote, ...shared]]];
  const number = (bytes) => (bytes / 1000).toFixed(1).padStart(10);
  const lines = rows.map(([name, files]) => {
    const sums = [
      '',
      ...['gzip', 'br'].map((coding) => codings.find((each) => each.name === coding).extension),
    ];
    return (
      name.padEnd(30) +
      sums.map((extension) => number(files.reduce((sum, file) => sum + sizeOf(file, extension), 0))).join('')
    );
  });
  return [
    'plugin, kB'.padEnd(30) + ['plain', 'gz', 'br'].map((head) => head.padStart(10)).join(''),
    ...lines,
  ].join('\n');
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const pageDir = join(root, 'dist');
  if (!readFileSync(join(pageDir, 'index.html')))
    throw new Error('there is no page in dist/; run npm run build');
  await buildPlugin({ pageDir });
  process.stdout.write(`\n${pluginTable(join(pageDir, 'plugin'))}\n`);
}
