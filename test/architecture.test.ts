// The rooms: one table says what each may import; the linter refuses what it does not say, and the documentation says the same.
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { afterEach, describe, expect, it } from 'vitest';
import { roomFaults } from '../scripts/check-rooms.mjs';
import { pageFiles, rooms } from '../scripts/rooms.mjs';

const root = resolve(import.meta.dirname, '..');
const made: string[] = [];

afterEach(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true });
});

/** A repository of these files. */
function planted(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'numvox-rooms-'));
  made.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

describe('imports', () => {
  const units = { 'src/contract/units.ts': 'export type Samples = number;\n' };

  it('pass where they point down', async () => {
    const folder = planted({
      ...units,
      'src/dsp/fft.ts':
        "import type { Samples } from '../contract/units.ts';\nexport const size: Samples = 8;\n",
    });
    expect(await roomFaults(folder)).toEqual([]);
  });

  it('fail where they point up, be it for a type alone, dynamically or with a suffix for the bundler', async () => {
    const folder = planted({
      'src/dsp/fft.ts': 'export type Size = number;\n',
      'src/contract/units.ts': "export type { Size } from '../dsp/fft.ts';\n",
      'src/contract/late.ts': "export const late = () => import('../dsp/fft.ts');\n",
      'src/contract/url.ts': "import url from '../dsp/fft.ts?worker&url';\nexport default url;\n",
      'src/contract/thread.ts': "export const start = () => new URL('../dsp/fft.ts', import.meta.url);\n",
    });
    const faults = (await roomFaults(folder)).sort();
    expect(faults).toEqual(
      ['late', 'thread', 'units', 'url'].map(
        (name) => `src/contract/${name}.ts -> src/dsp/fft.ts: what src/contract knows`,
      ),
    );
  });

  it('fail from training and model to the command line, and between rooms of the page from below', async () => {
    const folder = planted({
      'src/cli/options.ts': 'export const seed = 1;\n',
      'src/model/latent.ts': "export { seed } from '../cli/options.ts';\n",
      'training/corpus/takes.ts': "export { seed } from '../../src/cli/options.ts';\n",
      'src/ui/panels/meter.ts': 'export const peak = 1;\n',
      'src/ui/keys/digits.ts': "export { peak } from '../panels/meter.ts';\n",
    });
    expect(await roomFaults(folder)).toHaveLength(3);
  });

  it('fail in circles, even of types within a room', async () => {
    const folder = planted({
      'src/dsp/mel.ts': "import type { Hop } from './hop.ts';\nexport type Mel = Hop;\n",
      'src/dsp/hop.ts': "import type { Mel } from './mel.ts';\nexport type Hop = number | Mel;\n",
    });
    const faults = await roomFaults(folder);
    expect(faults.length).toBeGreaterThan(0);
    for (const fault of faults) expect(fault).toMatch(/no circles$/);
  });

  it('fail where a room without a page takes Node, and where nothing is found', async () => {
    const folder = planted({
      'src/dsp/wav.ts': "import { readFileSync } from 'node:fs';\nexport const read = readFileSync;\n",
      'src/dsp/engine.node.ts':
        "import { readFileSync } from 'node:fs';\nexport const load = readFileSync;\n",
      'src/dsp/lost.ts': "export * from './nowhere.ts';\n",
    });
    expect((await roomFaults(folder)).sort()).toEqual([
      'src/dsp/lost.ts -> ./nowhere.ts: everything found',
      'src/dsp/wav.ts -> fs: no Node outside *.node.ts',
    ]);
  });

  it('fail where a room without a page takes Tone or tfjs', async () => {
    const pack = (name: string) => ({
      [`node_modules/${name}/package.json`]: `{ "name": "${name}", "main": "index.js" }`,
      [`node_modules/${name}/index.js`]: 'module.exports = {};\n',
    });
    const folder = planted({
      ...pack('tone'),
      ...pack('@tensorflow/tfjs-core'),
      'src/worklet/voice.ts': "import * as tone from 'tone';\nexport default tone;\n",
      'src/performer/keys.ts': "import * as tf from '@tensorflow/tfjs-core';\nexport default tf;\n",
      'src/output/effects.ts': "import * as tone from 'tone';\nexport default tone;\n",
    });
    expect((await roomFaults(folder)).sort()).toEqual([
      'src/performer/keys.ts -> node_modules/@tensorflow/tfjs-core/index.js: no page, no tensors',
      'src/worklet/voice.ts -> node_modules/tone/index.js: no page, no tensors',
    ]);
  });

  it('fail for files outside the rooms and names used twice', async () => {
    const folder = planted({ ...units, 'src/new/units.ts': 'export {};\n' });
    expect(await roomFaults(folder)).toEqual([
      'src/new/units.ts: lies in no room of scripts/rooms.mjs',
      'src/contract/units.ts, src/new/units.ts: units.ts is the name of two files',
    ]);
  });
});

describe('a room without a page', () => {
  /** Rules broken by `text` as if it stood in `file`; rules that need types have no say. */
  async function broken(file: string, text: string): Promise<(string | null)[]> {
    const { default: tseslint } = await import('typescript-eslint');
    const eslint = new ESLint({ cwd: root, overrideConfig: tseslint.configs.disableTypeChecked });
    const [{ messages }] = await eslint.lintText(text, { filePath: join(root, file) });
    return messages.map(({ ruleId }) => ruleId);
  }

  it('may not touch the page', async () => {
    const text = 'export const title = (): string => document.title;\n';
    expect(await broken('src/dsp/mel.ts', text)).toEqual(['no-restricted-globals']);
    expect(await broken('src/session/drumPads.ts', text)).toEqual(['no-restricted-globals']);
    expect(await broken('src/ui/page/app.ts', text)).toEqual([]);
  });

  it('has no clock and no chance in dsp', async () => {
    const text = 'export const now = (): number => Date.now() + Math.random();\n';
    const rules = ['no-restricted-globals', 'no-restricted-properties'];
    expect((await broken('src/dsp/mel.ts', text)).sort()).toEqual(rules);
    expect(await broken('src/performer/keys.ts', text)).toEqual([]);
  });

  it('writes to the console nowhere', async () => {
    const text = "export const speak = (): void => console.log('one');\n";
    expect(await broken('src/session/drumPads.ts', text)).toEqual(['no-console']);
    expect(await broken('src/log.ts', text)).toEqual([]);
  });

  it('is read without the types of a page', () => {
    const path = join(root, 'types/core/tsconfig.json');
    const { config } = ts.readConfigFile(path, (file) => readFileSync(file, 'utf8')) as {
      config: { include: string[]; exclude: string[]; compilerOptions: { lib: string[] } };
    };
    expect(config.compilerOptions.lib).toEqual(['ES2023']);
    const core = rooms.filter((room) => room.core).map((room) => `../../${room.path}`);
    expect(config.include).toEqual(['*.d.ts', ...core]);
    expect(config.exclude).toEqual([
      '../../src/**/*.node.ts',
      ...Object.keys(pageFiles).map((file) => `../../${file}`),
    ]);
  });
});

describe('the table of rooms', () => {
  const paths = rooms.map((room) => room.path);

  it('lets every room know rooms above it only', () => {
    rooms.forEach((room, at) => {
      for (const path of room.knows) expect(paths.slice(0, at), room.path).toContain(path);
    });
  });

  it('has a row for every folder, and no row for nothing', () => {
    const folders = (home: string) =>
      readdirSync(join(root, home), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${home}/${entry.name}`);
    const named = [...folders('src'), ...folders('src/ui'), ...folders('training')].filter(
      // Searches hold results and judges weights, no code.
      (folder) => !['src/ui', 'training/searches', 'training/judges'].includes(folder),
    );
    expect(paths.filter((path) => !path.endsWith('.ts')).sort()).toEqual(named.sort());
  });

  it('is the table of docs/architecture.md', () => {
    const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([^`]+)` +\|([^|]*)\|([^|]*)\|$/gm)].map(
      ([, path, holds, knows]) => ({
        path,
        core: holds.includes('no DOM'),
        knows: knows.trim(),
      }),
    );
    expect(rows.map((row) => row.path)).toEqual(paths);
    rows.forEach((row, at) => {
      expect(row.core, row.path).toBe(rooms[at].core ?? false);
      expect(namesOf(row.knows, paths.slice(0, at)), row.path).toEqual([...rooms[at].knows].sort());
    });
  });
});

/** Paths that a cell of the column "knows" names: nothing, a list, or all above but a list; sorted. */
function namesOf(cell: string, above: readonly string[]): string[] {
  const listed = (list: string) =>
    list.split(', ').map((name) => (name.startsWith('training/') ? name : `src/${name}`));
  if (cell === 'nothing') return [];
  const but = /^all above(?: but (.+))?$/.exec(cell);
  if (!but) return listed(cell).sort();
  const left = but[1] ? listed(but[1]) : [];
  for (const name of left) if (!above.includes(name)) throw new Error(`${cell}: there is no ${name} above`);
  return above.filter((path) => !left.includes(path)).sort();
}
