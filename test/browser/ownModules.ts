// The tests' own modules for worklets, laid beside the built page: its policy lets nothing into worklets that comes from elsewhere.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Puts each where pages find it: /tests/NAME.js. */
export function writeModules(outDir: string, modules: Readonly<Record<string, string>>): void {
  const folder = join(outDir, 'tests');
  mkdirSync(folder, { recursive: true });
  for (const [name, source] of Object.entries(modules)) writeFileSync(join(folder, `${name}.js`), source);
}
