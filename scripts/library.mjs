// `npm run build:library`: the package numvox in dist-library/. A module for each entry of package.json's `exports`, what they share,
// their types, and assets/ with everything that is loaded while it plays, under the names of `assetFiles`.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { dts } from 'rolldown-plugin-dts';
import { build, loadConfigFromFile } from 'vite';
import { buildPluginScripts } from './plugin.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const model = 'models/fsdd';

/** Scripts that run elsewhere: each is a module that needs nothing beside itself, as worklets cannot share chunks. */
const scripts = {
  kernelProcessor: 'src/worklet/kernelProcessor.ts',
  outputProcessor: 'src/output/outputProcessor.ts',
  inferenceWorker: 'src/model/inference.worker.ts',
};

/**
 * What a host has a copy of, whose objects it hands in or gets: peer dependencies. Modules of Tone's by path are not meant: effects
 * and transport have those to themselves, in contexts of their own.
 */
const peers = [/^tone$/, /^lit(\/|$)/, /^@lit\//, /^@tensorflow\//];

/**
 * Entries of the package by name, from package.json's `exports`: `.` is src/index.ts, `./dsp` src/indexDsp.ts. An entry is added by
 * its line there and its file.
 * @returns {Record<string, string>} paths from the repository's root by name of the built module
 */
export function libraryEntries() {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const names = Object.keys(exports)
    .filter((path) => typeof exports[path] === 'object')
    .map((path) => path.slice(2));
  const sourceOf = (name) => `src/index${name.slice(0, 1).toUpperCase()}${name.slice(1)}.ts`;
  return Object.fromEntries(names.map((name) => [name || 'index', sourceOf(name)]));
}

/** Names of the files in assets/, and where each is copied from. */
function assets(withModel) {
  const generated = (file) => join(root, 'generated', file);
  const tfjs = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  const shipped = join(root, 'public', model);
  return Object.fromEntries([
    ...readdirSync(join(root, 'generated')).map((file) => [file, generated(file)]),
    ...['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm'].map((file) => [file, join(tfjs, file)]),
    ...(withModel ? readdirSync(shipped).map((file) => [`${model}/${file}`, join(shipped, file)]) : []),
  ]);
}

/**
 * Modules find the package's files beside them. Vite would put files that a page's module names into the module itself, so the
 * literals that bundlers of hosts follow are written when that is past.
 */
function packagedFiles(files) {
  const mark = (file) => `numvoxFile(${JSON.stringify(file)})`;
  return {
    name: 'numvox:packaged-files',
    load(id) {
      if (!id.endsWith('/src/instrument/packagedFiles.ts')) return undefined;
      const rows = files.map((file) => `${JSON.stringify(file)}: () => ${mark(file)}`);
      return `export const packagedFiles = { ${rows.join(', ')} };`;
    },
    renderChunk(code, chunk) {
      const up = posix.relative(posix.dirname(chunk.fileName), 'assets') || '.';
      const to = up.startsWith('.') ? up : `./${up}`;
      return code
        .replace(
          /numvoxFile\("([^"]+)"\)/g,
          (_, file) => `new URL(${JSON.stringify(`${to}/${file}`)}, import.meta.url).href`,
        )
        .replace(/(?:\.\.\/)+(?:generated|public)\//g, `${to}/`);
    },
  };
}

/** Entries for Node alone. */
const nodeEntries = ['offline'];

/** Modules that register elements stand apart: they alone do something by being loaded, as package.json's `sideEffects` says. */
const isOfElements = (id) => /\/src\/ui\/(?:controls|keys|panels)\//.test(id);

/** Vite's settings that page and library have in common. */
async function sharedConfig(logLevel) {
  // The page's plugins measure and compress a page; how modules are found is the same.
  const environment = { command: 'build', mode: 'production' };
  const page = await loadConfigFromFile(environment, join(root, 'vite.config.ts'));
  return {
    root,
    configFile: false,
    resolve: page?.config.resolve,
    logLevel,
    publicDir: false,
    // Library builds leave it to their user's bundler; there need not be one.
    define: { 'process.env.NODE_ENV': '"production"' },
    target: page?.config.build?.target,
  };
}

async function buildModules(entries, { files, outDir, external, chunks }, { target, ...config }) {
  await build({
    ...config,
    plugins: [packagedFiles(files)],
    build: {
      outDir,
      target,
      emptyOutDir: false,
      // Hosts' bundlers make it small; until then errors and debuggers speak of names.
      minify: false,
      license: { fileName: `licences/${chunks}.md` },
      lib: {
        entry: Object.fromEntries(Object.entries(entries).map(([name, file]) => [name, join(root, file)])),
        formats: ['es'],
        fileName: (_, name) => `${name}.js`,
      },
      rolldownOptions: {
        external: [/^node:/, ...external],
        output: {
          chunkFileNames: ({ moduleIds }) =>
            `${moduleIds.some(isOfElements) ? 'elements' : chunks}/[name].js`,
        },
      },
    },
  });
}

/**
 * What stands over each script: the licence, which it travels with. With it no script is shorter than 4 kB, below which Vite writes
 * files into the module as data: addresses, which the policy of a careful page does not run.
 */
const banner = `/* numvox\n\n${readFileSync(join(root, 'LICENSE'), 'utf8')}*/`;

async function buildScript(name, source, outDir, { target, ...config }) {
  await build({
    ...config,
    build: {
      outDir,
      target,
      emptyOutDir: false,
      license: { fileName: `licences/${name}.md` },
      lib: { entry: join(root, source), formats: ['es'], fileName: () => `${name}.js` },
      rolldownOptions: { output: { codeSplitting: false, postBanner: banner } },
    },
  });
}

/** Types of the entries, each whole but for what they share. */
async function buildTypes(entries, outDir) {
  const bundle = await rolldown({
    cwd: root,
    input: entries,
    // Types of Tone's that its index does not name are the host's, too: others would be of another class.
    external: [/^node:/, ...peers, /^tone\//],
    checks: { pluginTimings: false },
    plugins: [dts({ emitDtsOnly: true, tsconfig: join(root, 'tsconfig.json') })],
  });
  await bundle.write({ dir: outDir, format: 'es', chunkFileNames: 'chunks/[name].js' });
  await bundle.close();
}

/**
 * Builds the package into `outDir`.
 * @param entry a module that is built in place of all entries, as `index.js` with nothing left out: a page of a test, relative to the
 * repository
 * @param withModel false leaves the shipped model out
 * @param withTypes false leaves the types out, which take the longest
 */
export async function buildLibrary({
  outDir,
  entry,
  withModel = true,
  withTypes = entry === undefined,
  logLevel = 'warn',
}) {
  rmSync(outDir, { recursive: true, force: true });
  const files = assets(withModel);
  const folder = join(outDir, 'assets');
  for (const [file, from] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(from, join(folder, file));
  }
  const config = await sharedConfig(logLevel);
  // Bundlers carry what a module names: no page reads these.
  const isForNode = (file) => /\/(?:encoder|listener|prior)\.bin$/.test(file);
  const names = [
    ...Object.keys(scripts).map((name) => `${name}.js`),
    ...Object.keys(files).filter((file) => !isForNode(file)),
  ];
  for (const [name, source] of Object.entries(scripts)) await buildScript(name, source, folder, config);
  // The plugin finds its files beside itself: those of the instrument lie there already.
  if (entry === undefined) await buildPluginScripts(folder, 'wam');
  const shape = { files: names, outDir, external: entry === undefined ? peers : [], chunks: 'chunks' };
  const entries = entry === undefined ? libraryEntries() : { index: entry };
  const isOfNode = ([name]) => nodeEntries.includes(name);
  const [ofNode, others] = [true, false].map((is) =>
    Object.fromEntries(Object.entries(entries).filter((each) => isOfNode(each) === is)),
  );
  await buildModules(others, shape, config);
  // Apart from what browsers load: Tone takes note of the classes of Web Audio while it is loaded, and in Node they come later.
  if (Object.keys(ofNode).length > 0) await buildModules(ofNode, { ...shape, chunks: 'node' }, config);
  if (withTypes) await buildTypes(entries, outDir);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const outDir = join(root, 'dist-library');
  await buildLibrary({ outDir });
  process.stdout.write(`the package numvox is in ${outDir}\n`);
}
