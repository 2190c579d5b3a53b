// Several corpora as one: names, people that two of them have, bandwidths, and features beside those of each alone.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultFormat, type SpectrogramFormat } from '../../../src/contract/spectrogram.ts';
import { bandwidthOfRate, validBands } from '../../../src/dsp/bandwidth.ts';
import { openCorpus } from '../../../training/corpus/corpus.ts';
import { newsOf, prepareCorpus } from '../../../training/corpus/prepare.ts';
import { listedRows, writeListedCorpus, type ListedRow } from '../../helpers/listedCorpus.ts';
import { writeSyntheticCorpus } from '../../helpers/syntheticCorpus.ts';

const wide: SpectrogramFormat = {
  ...defaultFormat,
  sampleRate: 16_000,
  fftSamples: 1024,
  hopSamples: 256,
  melBands: 96,
  melHighHz: 7900,
  onsetSamples: 512,
};

let home = '';
let narrow = '';
let listed = '';
let folders = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'numvox-several-'));
  narrow = writeSyntheticCorpus(join(home, 'narrow'), { layout: 'fsdd', speakers: 2, takes: 6, seed: 1 });
  listed = writeListedCorpus(
    join(home, 'listed'),
    listedRows(0).filter(({ take }) => take < 1),
  );
  folders = writeSyntheticCorpus(join(home, 'folders'), {
    layout: 'audiomnist',
    speakers: 2,
    takes: 1,
    seed: 1,
  });
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

test('takes follow each other corpus by corpus, each with the name of its own', () => {
  const both = openCorpus([narrow, listed]);
  const [a, b] = [openCorpus(narrow), both.parts[1]];
  expect(both.takes.slice(0, 120)).toEqual(a.takes);
  expect(both.takes.slice(120)).toEqual(b.takes);
  expect(both.takes.map(({ corpus }) => corpus)).toEqual([
    ...a.takes.map(() => 'narrow'),
    ...b.takes.map(() => 'listed'),
  ]);
  expect(both.speakers).toEqual(['machine', 'st-anna', 'st-bert', 'voice01', 'voice02']);
  expect(both).toMatchObject({
    name: 'synthetic digits + listed',
    licence: 'MIT, BSD-like',
    attribution: 'synthesised by numvox; studio (MIT); robot 1.0 (BSD-like)',
  });
});

test('what one corpus lacks another may have: only all of them together must be whole', () => {
  const half = join(home, 'half');
  cpSync(narrow, half, { recursive: true });
  for (const { file } of openCorpus(half).takes.filter(({ digit }) => digit > 3)) rmSync(file);
  expect(() => openCorpus(half)).toThrow(/half has no training take of digit 4, 5, 6, 7, 8, 9/);
  expect(openCorpus([half, listed]).takes.length).toBe(48 + 30);
  // Nothing of the listed corpus is held out: one take of each digit by each speaker.
  expect(() => openCorpus(listed)).toThrow(/no test takes/);
});

test('the same folder twice, and none', () => {
  expect(() => openCorpus([narrow, listed, join(narrow, '..', 'narrow')])).toThrow(
    /narrow is given twice with --data/,
  );
  expect(() => openCorpus([])).toThrow(/there must be a corpus folder/);
});

test('speakers of one name in two corpora are two, and so are two folders of one name', () => {
  const copy = join(home, 'elsewhere', 'narrow');
  cpSync(narrow, copy, { recursive: true });
  const { speakers, notes, parts } = openCorpus([narrow, copy]);
  expect(parts.map(({ id }) => id)).toEqual(['narrow', 'narrow-2']);
  expect(speakers).toEqual(['narrow-2-voice01', 'narrow-2-voice02', 'voice01', 'voice02']);
  expect(notes).toEqual([
    '2 speakers of narrow-2 are called as others are before: voice01 of it is narrow-2-voice01 here',
  ]);
});

test('a person in two corpora counts where there are more takes of them', () => {
  // AudioMNIST's own speaker 02, and three of her takes in a listed corpus.
  const own = join(home, 'own');
  cpSync(folders, own, { recursive: true });
  rmSync(join(own, 'corpus.json'));
  const row = (digit: number): ListedRow => ({
    digit,
    speaker: 'am-02',
    take: 0,
    sex: 'f',
    kind: 'recording',
    source: 'audiomnist',
    licence: 'MIT',
    voice: 1,
  });
  const part = writeListedCorpus(join(home, 'part'), [0, 1, 2].map(row));
  const { takes, notes, speakers } = openCorpus([part, own]);
  expect(speakers).toEqual(['01', '02']);
  expect(takes).toHaveLength(20);
  expect(notes).toEqual([
    '3 takes of part are left out: 1 of its speakers are in another corpus with more takes',
  ]);
  // With a corpus.json they are recordings of somebody's own, whoever is called 02 there.
  expect(openCorpus([part, folders]).speakers).toEqual(['01', '02', 'am-02']);
});

test('features of each corpus are those it has alone, each part from a cache of its own', async () => {
  const cache = join(home, 'cache');
  const alone = await prepareCorpus(openCorpus(narrow), wide, undefined, cache);
  const told: string[] = [];
  const both = await prepareCorpus(
    openCorpus([listed, narrow]),
    wide,
    (done, total) => told.push(`${done}/${total}`),
    cache,
  );
  expect(told.at(-1)).toBe('150/150');
  const size = wide.frames * wide.melBands;
  expect(both.features.subarray(30 * size)).toEqual(alone.features);
  expect(both.fromCache).toBe(false);
  const again = await prepareCorpus(openCorpus([narrow, listed]), wide, undefined, cache);
  expect(again.fromCache).toBe(true);
  expect(again.features.subarray(120 * size)).toEqual(both.features.subarray(0, 30 * size));
  expect([...again.validBands]).toEqual([
    ...both.validBands.subarray(30),
    ...both.validBands.subarray(0, 30),
  ]);
});

test('every take has its bandwidth, by its rate or as its corpus says, and the number of bands below it', async () => {
  const both = await prepareCorpus(openCorpus([narrow, listed]), wide);
  const of = (corpus: string) => both.takes.findIndex((take) => take.corpus === corpus);
  expect(both.takes[of('narrow')].bandwidthHz).toBe(3700);
  expect(both.takes[of('listed')].bandwidthHz).toBe(8000);
  expect(both.validBands[of('narrow')]).toBe(validBands(wide, 3700));
  expect(both.validBands[of('listed')]).toBe(96);
  // At the model rate of 8 kHz, recordings of 8 kHz are whole.
  const same = await prepareCorpus(openCorpus(narrow), defaultFormat);
  expect([...new Set(same.validBands)]).toEqual([80]);
  const telephone = join(home, 'telephone');
  cpSync(narrow, telephone, { recursive: true });
  writeFileSync(join(telephone, 'corpus.json'), '{"bandwidthHz": 3400}');
  const said = await prepareCorpus(openCorpus(telephone), defaultFormat);
  expect([...new Set(said.takes.map(({ bandwidthHz }) => bandwidthHz))]).toEqual([3400]);
  expect([...new Set(said.validBands)]).toEqual([validBands(defaultFormat, 3400)]);
  expect(newsOf(said)).toEqual([]);
});

test('bands are valid up to the one whose upper edge is the bandwidth', () => {
  expect(bandwidthOfRate(8000, 16_000)).toBe(3700);
  expect(bandwidthOfRate(8000, 8000)).toBe(4000);
  expect(bandwidthOfRate(48_000, 16_000)).toBe(24_000);
  expect(validBands(defaultFormat, 4000)).toBe(80);
  expect(validBands(defaultFormat, 3999)).toBe(79);
  expect(validBands(wide, 3700)).toBe(72);
  expect(validBands(wide, 500)).toBe(15);
  expect(validBands({ ...wide, melLowHz: 600 }, 500)).toBe(0);
});

test('a corpus.json of a wrong bandwidth', () => {
  const folder = join(home, 'wrong');
  cpSync(narrow, folder, { recursive: true });
  for (const text of [
    '{"bandwidthHz": 3}',
    '{"bandwidthHz": "4000"}',
    '{}',
    '{"bandwidthHz": 4000, "name": "x"}',
  ]) {
    writeFileSync(join(folder, 'corpus.json'), text);
    expect(() => openCorpus(folder)).toThrow(
      /corpus\.json must hold the texts .* or bandwidthHz, a number from 500 to 192000/,
    );
  }
});
