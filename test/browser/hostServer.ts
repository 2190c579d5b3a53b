// Builds the library with a host's page round it, beside a tiny model, and serves them.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildLibrary } from '../../scripts/library.mjs';
import { servePage } from '../../scripts/start.mjs';
import { saveBundle } from '../../src/model/bundle.node.ts';
import { tinyManifest, tinyTensors } from '../helpers/bundle.ts';

/** Git ignores it. */
const outDir = fileURLToPath(new URL('../../runs/library/', import.meta.url));

/** Serves the page; its address ends in '/'. Everything is where `defaultAssets` looks for it, with a model of random numbers. */
export async function serveHost(port: number): Promise<{ address: string; close: () => Promise<void> }> {
  await buildLibrary({ outDir, entry: 'test/browser/hostPage.ts', withModel: false, logLevel: 'error' });
  const manifest = tinyManifest();
  await saveBundle(`${outDir}models/fsdd`, manifest, tinyTensors(manifest));
  writeFileSync(
    `${outDir}index.html`,
    '<!doctype html><link rel="icon" href="data:," /><script type="module" src="./index.js"></script>',
  );
  return servePage({ port, outDir });
}
