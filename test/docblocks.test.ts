// The check of docblocks on an entry made for it: what is documented passes, wherever it is declared.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { undocumented } from '../scripts/check-docs.mjs';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'numvox-docs-'));
  const compilerOptions = { module: 'ESNext', moduleResolution: 'bundler', allowImportingTsExtensions: true };
  const files = {
    'tsconfig.json': JSON.stringify({ compilerOptions: { ...compilerOptions, noEmit: true, types: [] } }),
    'tone.ts': `
      /**
       * A tone.
       * @example
       * play(440)
       */
      export function play(hertz: number): number { return hertz; }
      /** Says what it is, and shows nothing. */
      export const level = 1;
      export interface Bare { readonly hertz: number }
      /** @example const a: Shown = 1 */
      export type Shown = number;
      export const hidden = 2;
      /**
       * An example without text is none.
       * @example
       */
      export class Empty {}
    `,
    'entry.ts': `
      export { play, play as sound, level, type Bare, type Shown, Empty } from './tone.ts';
    `,
    'star.ts': `
      export * from './tone.ts';
    `,
    'space.ts': `
      export * as tone from './tone.ts';
    `,
    'good.ts': `
      export { play } from './tone.ts';
    `,
    'script.ts': 'void 0;',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Faults of an entry without their places. */
const faultsOf = (entry: string): string[] =>
  undocumented(join(folder, entry)).map((fault) => fault.replace(/^.*:\d+ /, ''));

it('passes what has a docblock with an example', () => {
  expect(faultsOf('good.ts')).toEqual([]);
});

it('follows exports to where they are declared, and names what they lack', () => {
  expect(faultsOf('entry.ts').sort()).toEqual([
    'Bare has no @example',
    'Bare has no docblock',
    'Empty has no @example',
    'Shown has no docblock',
    'level has no @example',
  ]);
  expect(undocumented(join(folder, 'entry.ts'))[0]).toMatch(/tone\.ts:9 level has no @example$/);
});

it('sees through stars and namespaces', () => {
  expect(faultsOf('star.ts')).toContain('hidden has no docblock');
  expect(faultsOf('space.ts')).toContain('tone.hidden has no docblock');
});

it('refuses an entry that is no module', () => {
  expect(() => undocumented(join(folder, 'script.ts'))).toThrow(/script\.ts exports nothing/);
  expect(() => undocumented(join(folder, 'missing.ts'))).toThrow(/missing\.ts exports nothing/);
});
