// `npm run build:library`: numvox as one module with everything that it loads beside it, under the names of `assetFiles`.
import { copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, loadConfigFromFile } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Scripts that run elsewhere: each is a module that needs nothing beside itself, as worklets cannot share chunks. */
const scripts = {
  kernelProcessor: 'src/worklet/kernelProcessor.ts',
  outputProcessor: 'src/output/outputProcessor.ts',
  inferenceWorker: 'src/model/inference.worker.ts',
};

async function bundle(entry, name, outDir, logLevel) {
  // The page's plugins measure and compress a page; how modules are found is the same.
  const environment = { command: 'build', mode: 'production' };
  const page = await loadConfigFromFile(environment, join(root, 'vite.config.ts'));
  await build({
    root,
    configFile: false,
    resolve: page?.config.resolve,
    logLevel,
    publicDir: false,
    // Library builds leave it to their user's bundler; there need not be one.
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir,
      target: page?.config.build?.target,
      emptyOutDir: false,
      lib: { entry: join(root, entry), formats: ['es'], fileName: () => `${name}.js` },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
}

/**
 * Builds the library into `outDir`.
 * @param entry another module than the library's own to be `numvox.js`, relative to the repository
 * @param withModel false leaves the shipped model out
 */
export async function buildLibrary({ outDir, entry = 'src/index.ts', withModel = true, logLevel = 'warn' }) {
  mkdirSync(outDir, { recursive: true });
  await bundle(entry, 'numvox', outDir, logLevel);
  for (const [name, source] of Object.entries(scripts)) await bundle(source, name, outDir, logLevel);
  const generated = (file) => join(root, 'generated', file);
  const tfjs = join(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'), '..');
  for (const from of [
    ...['engine.wasm', 'engine-scalar.wasm', 'pffft.wasm', 'pffft-scalar.wasm'].map(generated),
    ...['gemm.wasm', 'gemm-relaxed.wasm'].map(generated),
    ...['tfjs-backend-wasm.wasm', 'tfjs-backend-wasm-simd.wasm'].map((file) => join(tfjs, file)),
  ]) {
    copyFileSync(from, join(outDir, from.split(/[\\/]/).at(-1)));
  }
  if (withModel) {
    cpSync(join(root, 'public', 'models', 'fsdd'), join(outDir, 'models', 'fsdd'), { recursive: true });
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const outDir = join(root, 'dist-library');
  await buildLibrary({ outDir });
  process.stdout.write(`numvox.js and what it loads are in ${outDir}\n`);
}
