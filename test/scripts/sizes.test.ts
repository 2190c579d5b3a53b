// The table of sizes, on a build made of small files.
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { measureBuild, sizeTable, type SizeRow } from '../../scripts/sizes.mjs';

const sizes: Record<string, number> = {
  'index.html': 100,
  'index.html.br': 40,
  'index.html.gz': 50,
  'icon.svg': 10,
  'assets/inference.worker-abcd-_78.js': 1000,
  'assets/kernelProcessor-12345678.js': 10,
  'assets/outputProcessor-12345678.js': 10,
  'assets/engine-12345678.wasm': 10,
  'assets/engine-scalar-12345678.wasm': 100_000,
  'assets/pffft-12345678.wasm': 10,
  'assets/gemm-relaxed-12345678.wasm': 10,
  'assets/tfjs-backend-wasm-simd-12345678.wasm': 10,
  'models/fsdd/manifest.json': 10,
  'models/fsdd/decoder.bin': 2_000_000,
  'models/fsdd/decoder.bin.br': 1_990_000,
  'models/fsdd/encoder.bin': 100_000,
  'models/fsdd/prior-map.bin': 10,
  'models/fsdd/map.bin': 10,
};
const scripts: Record<string, string> = {
  'assets/index-12345678.js': `import{a}from"./shared-1.js";import"./shared-2.js";export{b}from"./shared-3.js";export*from"./shared-4.js";const t='import "./no.js"';import("./later-1.js")`,
  'assets/shared-1.js': 'import"./shared-2.js";import "./index-12345678.js"',
  'assets/shared-2.js': '',
  'assets/shared-3.js': 'export const b=1',
  'assets/shared-4.js': 'export const c=1',
  'assets/later-1.js': '1',
};

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'numvox-sizes-'));
  const zeros = Object.entries(sizes).map(([file, bytes]) => [file, ' '.repeat(bytes)] as const);
  for (const [file, content] of [...zeros, ...Object.entries(scripts)]) {
    await mkdir(join(folder, file, '..'), { recursive: true });
    await writeFile(join(folder, file), content);
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

const rowNamed = (rows: readonly SizeRow[], name: string) => rows.find((row) => row.name === name);

describe('measureBuild', () => {
  it('counts a script with what it imports statically, each file once', async () => {
    const files = rowNamed(await measureBuild(folder), 'page script')?.files.map(({ file }) => file);
    expect(files).toEqual(['assets/index-12345678.js', ...[1, 2, 3, 4].map((k) => `assets/shared-${k}.js`)]);
  });

  it('takes compressed sizes where such files lie, else the plain one', async () => {
    const rows = await measureBuild(folder);
    expect(rowNamed(rows, 'page')).toMatchObject({ plain: 110, gzip: 60, br: 50 });
  });

  it('adds up what is loaded, and no other variants and parts', async () => {
    const whole = (await measureBuild(folder)).at(-1);
    const scriptBytes = Object.entries(scripts).reduce(
      (sum, [file, { length }]) => sum + (file.includes('later') ? 0 : length),
      0,
    );
    expect(whole?.plain).toBe(110 + 1000 + 6 * 10 + 2_000_000 + 3 * 10 + scriptBytes);
    expect(whole?.files).toHaveLength(18);
  });

  it('marks what is over its budget by the better coding', async () => {
    expect((await measureBuild(folder)).filter(({ over }) => over)).toEqual([]);
    await writeFile(join(folder, 'assets/inference.worker-abcd-_78.js'), ' '.repeat(170_001));
    const overNames = async () =>
      (await measureBuild(folder)).filter(({ over }) => over).map(({ name }) => name);
    expect(await overNames()).toEqual(['worker script', 'to the first note']);
    await writeFile(join(folder, 'assets/inference.worker-abcd-_78.js.br'), ' ');
    expect(await overNames()).toEqual([]);
  });

  it('says which part is missing or there twice', async () => {
    rmSync(join(folder, 'assets/pffft-12345678.wasm'));
    await expect(measureBuild(folder)).rejects.toThrow(/pffft.*found 0/);
    await writeFile(join(folder, 'assets/pffft-12345678.wasm'), '');
    await writeFile(join(folder, 'assets/pffft-87654321.wasm'), '');
    await expect(measureBuild(folder)).rejects.toThrow(/pffft.*found 2/);
  });
});

describe('sizeTable', () => {
  it('shows kB by coding, budgets, and what is over', () => {
    const row = { files: [], plain: 300_000, gzip: 110_000 };
    const text = sizeTable([
      { ...row, name: 'one', br: 100_000, budgetBytes: undefined, over: false },
      { ...row, name: 'two', br: 100_149, budgetBytes: 100_000, over: true },
    ]);
    expect(text.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['kB', 'plain', 'gz', 'br', 'budget'],
      ['one', '300.0', '110.0', '100.0'],
      ['two', '300.0', '110.0', '100.1', '100.0', 'over'],
    ]);
  });
});
