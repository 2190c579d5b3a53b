// Builds the page once and serves it for all browser tests with the code behind `npm start`.
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { buildPage, servePage } from '../../scripts/start.mjs';
import { writeModules } from './ownModules.ts';
import { probeModule } from './probe.ts';

/** Where the tests' own build lies; git ignores it. */
const outDir = fileURLToPath(new URL('../../runs/page/', import.meta.url));

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the production build, ending in '/'. */
    address: string;
    /** Folder of the production build. */
    outDir: string;
  }
}

/** Vitest calls this before the first browser test; what it returns runs after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildPage({ outDir });
  writeModules(outDir, { probe: probeModule });
  const { address, close } = await servePage({ port: 4310, outDir });
  project.provide('address', address);
  project.provide('outDir', outDir);
  return close;
}
