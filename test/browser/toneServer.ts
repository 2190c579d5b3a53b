// Builds a page of a Tone.js program round numvox/tone, beside a tiny model and the shipped one, and serves it.
import { cpSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { buildLibrary } from '../../scripts/library.mjs';
import { servePage } from '../../scripts/start.mjs';
import { saveBundle } from '../../src/model/bundle.node.ts';
import { tinyManifest, tinyTensors } from '../helpers/bundle.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** Git ignores it. */
const outDir = `${root}runs/tone/`;
const assets = `${outDir}assets/`;

/**
 * Serves the page; its address ends in '/'. The default model has random numbers; the shipped one is at `assets/models/shipped/`. Unlike the
 * library's own build the page has the real standardized-audio-context, as a host's bundler leaves it.
 */
export async function serveTone(port: number): Promise<{ address: string; close: () => Promise<void> }> {
  await buildLibrary({ outDir, entry: 'src/indexDsp.ts', withModel: false, logLevel: 'error' });
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir: assets,
      target: 'es2022',
      emptyOutDir: false,
      minify: false,
      lib: { entry: `${root}test/browser/tonePage.ts`, formats: ['es'], fileName: () => 'tonePage.js' },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const manifest = tinyManifest();
  await saveBundle(`${assets}models/fsdd`, manifest, tinyTensors(manifest));
  cpSync(`${root}public/models/fsdd`, `${assets}models/shipped`, { recursive: true });
  writeFileSync(
    `${outDir}index.html`,
    '<!doctype html><link rel="icon" href="data:," /><script type="module" src="./assets/tonePage.js"></script>',
  );
  return servePage({ port, outDir });
}
