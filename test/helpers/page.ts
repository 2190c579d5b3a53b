// What the production build is made of.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Path of the inference worker's script, relative to the page. */
export function inferenceWorkerFile(outDir: string): string {
  const name = readdirSync(join(outDir, 'assets')).find((file) => /^inference\.worker-.*\.js$/.test(file));
  if (!name) throw new Error(`${outDir} holds no inference worker; build the page first`);
  return `assets/${name}`;
}
