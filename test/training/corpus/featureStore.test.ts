// The feature cache: what is kept, what a kill leaves, damage, and rows read one at a time.
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { defaultFormat } from '../../../src/contract/spectrogram.ts';
import { Random } from '../../../src/dsp/random.ts';
import { openCorpus } from '../../../training/corpus/corpus.ts';
import { FeatureRows } from '../../../training/corpus/featureRows.ts';
import { FeatureStore, type StoreShape, type TakeFacts } from '../../../training/corpus/featureStore.ts';
import { FileClaim } from '../../../training/corpus/fileClaim.ts';
import { prepareCorpus, prepareRows } from '../../../training/corpus/prepare.ts';
import { writeSyntheticCorpus } from '../../helpers/syntheticCorpus.ts';

let home = '';
let flat = '';
let path = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'numvox-store-'));
  flat = writeSyntheticCorpus(join(home, 'flat'), { layout: 'fsdd', speakers: 1, takes: 6, seed: 1 });
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});
let files = 0;
beforeEach(() => {
  path = join(home, `store-${files++}`);
});

const random = new Random(1);
const rowOf = (values: number) => Float32Array.from({ length: values }, () => random.uniform());
const factsOf = (take: number): TakeFacts => ({ seconds: 0.25 * take, rate: 44_100, isCut: take % 2 === 1 });

/** A store of this many rows of the shape. */
function written(shape: StoreShape, rows = shape.takes): Float32Array[] {
  const store = FeatureStore.openToAppend(path, shape);
  const all = Array.from({ length: rows }, () => rowOf(shape.values));
  all.forEach((row, take) => store.append(row, factsOf(take)));
  store.close();
  return all;
}

function read(shape: StoreShape): Float32Array[] | undefined {
  const store = FeatureStore.openWhole(path, shape);
  if (!store) return undefined;
  const rows = store.facts.map((_, take) => {
    const row = new Float32Array(shape.values);
    store.read(take, row);
    return row;
  });
  store.close();
  return rows;
}

describe('a store', () => {
  test.each([1, 7, 8, 101])('of %i float32 values a row gives back what was put in', (values) => {
    const shape: StoreShape = { takes: 5, values, bits: 32 };
    const rows = written(shape);
    expect(read(shape)).toEqual(rows);
    const store = FeatureStore.openWhole(path, shape)!;
    expect(store.facts).toEqual([0, 1, 2, 3, 4].map(factsOf));
    store.close();
  });

  test.each([7, 8])('of 16 bits is off by half a step at most, ends included', (values) => {
    const shape: StoreShape = { takes: 3, values, bits: 16 };
    const store = FeatureStore.openToAppend(path, shape);
    const rows = [rowOf(values), new Float32Array(values), new Float32Array(values).fill(1)];
    rows.forEach((row, take) => store.append(row, factsOf(take)));
    store.close();
    read(shape)!.forEach((row, take) => {
      row.forEach((value, k) => expect(Math.abs(value - rows[take][k])).toBeLessThanOrEqual(0.5001 / 65_535));
    });
    expect(read(shape)![1]).toEqual(rows[1]);
    expect(read(shape)![2]).toEqual(rows[2]);
    expect(statSync(path).size).toBe(64 + 3 * (16 + 16));
  });

  test('that is not whole is none to read, and goes on from its last sound row', () => {
    const shape: StoreShape = { takes: 6, values: 10, bits: 32 };
    const rows = written(shape, 4);
    expect(read(shape)).toBeUndefined();
    // The kill came in the middle of the fourth row.
    truncateSync(path, statSync(path).size - 7);
    const store = FeatureStore.openToAppend(path, shape);
    expect(store.facts).toEqual([0, 1, 2].map(factsOf));
    const rest = [rowOf(10), rowOf(10), rowOf(10)];
    rest.forEach((row, k) => store.append(row, factsOf(3 + k)));
    store.close();
    expect(read(shape)).toEqual([...rows.slice(0, 3), ...rest]);
  });

  test('with a damaged row is none to read, and is kept up to it', () => {
    const shape: StoreShape = { takes: 6, values: 10, bits: 32 };
    written(shape);
    const bytes = readFileSync(path);
    bytes[64 + 2 * 56 + 30] ^= 1;
    writeFileSync(path, bytes);
    expect(read(shape)).toBeUndefined();
    const store = FeatureStore.openToAppend(path, shape);
    expect(store.facts).toHaveLength(2);
    store.close();
    // A row that is damaged after the store was looked through is noticed as well.
    writeFileSync(path, bytes);
    const late = FeatureStore.openToRead(path, shape)!;
    expect(() => late.read(2, new Float32Array(10))).toThrow(InputError);
    expect(() => late.read(6, new Float32Array(10))).toThrow(/is damaged; remove it/);
    late.close();
  });

  test('of another shape, or something else, is written anew', () => {
    const shape: StoreShape = { takes: 3, values: 10, bits: 32 };
    written(shape);
    expect(FeatureStore.openWhole(path, { ...shape, values: 11 })).toBeUndefined();
    expect(FeatureStore.openWhole(path, { ...shape, bits: 16 })).toBeUndefined();
    expect(FeatureStore.openWhole(`${path}-nowhere`, shape)).toBeUndefined();
    const store = FeatureStore.openToAppend(path, { ...shape, takes: 4 });
    expect(store.facts).toHaveLength(0);
    store.close();
  });

  test('of more rows than it should have is read without them', () => {
    const shape: StoreShape = { takes: 3, values: 10, bits: 32 };
    const rows = written(shape);
    appendFileSync(path, new Uint8Array(500));
    expect(read(shape)).toEqual(rows);
  });
});

test('rows from memory and from stores are one list, and reach a thread as a description', () => {
  const shape: StoreShape = { takes: 4, values: 3, bits: 32 };
  const kept = written(shape);
  const features = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const sources = structuredClone([
    { kind: 'memory', features, rows: Uint32Array.of(2, 0) },
    { kind: 'store', path, shape, rows: Uint32Array.of(3, 1) },
  ] as const);
  const rows = new FeatureRows(sources, 3);
  expect(rows.length).toBe(4);
  const all = rows.load();
  expect(all.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect([...all]).toEqual([7, 8, 9, 1, 2, 3, ...kept[3], ...kept[1]]);
  rows.close();
  rmSync(path);
  expect(() => rows.read(2, new Float32Array(3))).toThrow(/has vanished; run the command again/);
});

describe('a preparation', () => {
  test('that was stopped goes on where it was, and gives what one in a single go gives', async () => {
    const cache = join(home, 'stopped');
    const corpus = openCorpus(flat);
    const whole = await prepareCorpus(corpus, defaultFormat);
    const stop = new Error('stop');
    await expect(
      prepareRows(
        corpus,
        defaultFormat,
        (done) => {
          if (done === 25) throw stop;
        },
        cache,
      ),
    ).rejects.toBe(stop);
    const told: number[] = [];
    const rest = await prepareCorpus(corpus, defaultFormat, (done) => told.push(done), cache);
    expect(told[0]).toBe(26);
    expect(rest.fromCache).toBe(false);
    expect(rest.features).toEqual(whole.features);
    expect(rest.durations).toEqual(whole.durations);
    expect(readdirSync(cache)).toHaveLength(1);
    expect((await prepareCorpus(corpus, defaultFormat, undefined, cache)).fromCache).toBe(true);
  });

  test('that was killed goes on where it was', async () => {
    const cache = join(home, 'killed');
    const program = fileURLToPath(new URL('../../helpers/corpusRun.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', program, flat, cache, 'tracks']);
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (!existsSync(cache)) return;
        const part = readdirSync(cache).find((name) => name.endsWith('.part'));
        if (part === undefined || statSync(join(cache, part)).size < 60_000) return;
        clearInterval(timer);
        child.kill('SIGKILL');
      }, 2);
      child.once('exit', () => resolve());
    });
    const left = readdirSync(cache).find((name) => name.endsWith('.rows.part'));
    expect(left).toBeDefined();
    const size = statSync(join(cache, left!)).size;
    await new Promise<void>((resolve) => {
      spawn(process.execPath, ['--import', 'tsx', program, flat, cache, 'tracks']).once('exit', () =>
        resolve(),
      );
    });
    const names = readdirSync(cache);
    expect(names).toEqual([left!.replace('.part', '')]);
    expect(statSync(join(cache, names[0])).size).toBeGreaterThan(size);
  });

  test('beside another one writes a file of its own', async () => {
    const cache = join(home, 'beside');
    const corpus = openCorpus(flat);
    const first = await prepareCorpus(corpus, defaultFormat, undefined, cache);
    const [name] = readdirSync(cache);
    rmSync(join(cache, name));
    // Somebody who is alive holds the claim: this very process.
    const claim = FileClaim.take(join(cache, `${name}.lock`), join(cache, `${name}.part`))!;
    const second = await prepareCorpus(corpus, defaultFormat, undefined, cache);
    expect(second.features).toEqual(first.features);
    claim.release();
    expect(readdirSync(cache)).toEqual([name]);
  });
});

describe('a claim', () => {
  test('is had by one at a time, and over when its process is dead', () => {
    const claim = FileClaim.take(path, `${path}.file`)!;
    expect(FileClaim.take(path, `${path}.file`)).toBeUndefined();
    claim.release();
    // No process has this number.
    writeFileSync(path, `${hostname()} 4194305`);
    expect(FileClaim.take(path, `${path}.file`)).toBeDefined();
    writeFileSync(path, 'nonsense');
    expect(FileClaim.take(path, `${path}.file`)).toBeUndefined();
  });

  test('of another machine lasts as long as its file is written', () => {
    writeFileSync(path, 'elsewhere 1');
    writeFileSync(`${path}.file`, '');
    expect(FileClaim.take(path, `${path}.file`)).toBeUndefined();
    const hourAgo = new Date(Date.now() - 3_600_000);
    utimesSync(path, hourAgo, hourAgo);
    expect(FileClaim.take(path, `${path}.file`)).toBeUndefined();
    utimesSync(`${path}.file`, hourAgo, hourAgo);
    expect(FileClaim.take(path, `${path}.file`)).toBeDefined();
  });
});
