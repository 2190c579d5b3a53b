// Builds the page once and serves it for all browser tests with the code behind `npm start`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    /** A folder outside the repository for the packed package; see installedPackage.ts. */
    packageHome: string;
  }
}

/** Vitest calls this before the first browser test; what it returns runs after the last. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await buildPage({ outDir });
  writeModules(outDir, { probe: probeModule });
  const { address, close } = await servePage({ port: 4310, outDir });
  project.provide('address', address);
  project.provide('outDir', outDir);
  const packageHome = mkdtempSync(join(tmpdir(), 'numvox-package-'));
  project.provide('packageHome', packageHome);
  return async () => {
    rmSync(packageHome, { recursive: true });
    await close();
  };
}
