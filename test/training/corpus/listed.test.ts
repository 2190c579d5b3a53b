// Corpora with a manifest: what its rows say of the takes, the split by speakers and by takes, and rows that are refused.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { openCorpus } from '../../../training/corpus/corpus.ts';
import { holdOut } from '../../../training/corpus/heldOut.ts';
import {
  isHeldOutOfSpeechCommands,
  personOfSpeechCommands,
} from '../../../training/corpus/speechCommands.ts';
import { sexOf, type Take } from '../../../training/corpus/takes.ts';
import { listedRows, writeListedCorpus } from '../../helpers/listedCorpus.ts';

let home = '';
let folder = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'numvox-listed-'));
  folder = writeListedCorpus(join(home, 'wide'), listedRows(48));
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

/** A folder with this manifest alone: files are listed, not read. */
function written(name: string, text: string): string {
  const place = join(home, name);
  mkdirSync(place);
  writeFileSync(join(place, 'manifest.csv'), text);
  return place;
}

test('rows tell speaker, sex, kind, source and licence of every take', () => {
  const { takes, speakers, name, licence, attribution } = openCorpus(folder);
  expect(takes).toHaveLength(2 * 100 + 20 + 96);
  expect(speakers).toHaveLength(51);
  expect([name, licence]).toEqual(['wide', 'MIT, BSD-like, CC BY 4.0']);
  expect(attribution).toBe('studio (MIT); robot 1.0 (BSD-like); street (CC BY 4.0)');
  const of = (speaker: string) => takes.find((take) => take.speaker === speaker);
  expect(of('st-anna')).toMatchObject({
    file: join(folder, 'recordings/st-anna/0_st-anna_0.wav'),
    corpus: 'wide',
    source: 'studio',
    kind: 'recording',
    licence: 'MIT',
    attributes: { gender: 'female' },
  });
  expect(of('machine')).toMatchObject({
    kind: 'synthetic',
    source: 'robot 1.0',
    attributes: { gender: 'male' },
  });
  expect(['st-anna', 'st-bert', 'crowd-007'].map((speaker) => sexOf(of(speaker)!))).toEqual([
    'female',
    'male',
    null,
  ]);
});

test('of many speakers an eighth is held out whole, of few every eighth take, and always the same', () => {
  const { takes } = openCorpus(folder);
  const sidesOf = (speaker: string) =>
    takes.filter((take) => take.speaker === speaker).map(({ split }) => split);
  const strangers = [
    ...new Set(takes.filter(({ source }) => source === 'street').map(({ speaker }) => speaker)),
  ];
  const held = strangers.filter((speaker) => sidesOf(speaker).includes('test'));
  expect(held).toHaveLength(6);
  for (const speaker of held) expect(sidesOf(speaker)).toEqual(['test', 'test']);
  const studio = takes.filter(({ source }) => source === 'studio');
  expect(studio.every(({ take, split }) => (split === 'test') === (take === 7))).toBe(true);
  expect(sidesOf('machine')).not.toContain('test');
  const again = holdOut([...takes].reverse());
  const sides = (of: readonly Take[]) => of.map(({ file, split }) => `${file} ${split}`).sort();
  expect(sides(again)).toEqual(sides(takes));
});

test('both sexes are held out in their share', () => {
  const takes = Array.from({ length: 144 }, (_, s): Take => {
    const gender = s < 96 ? 'male' : 'female';
    return { file: '', digit: 0, speaker: `p${s}`, take: 0, split: 'train', attributes: { gender } };
  });
  const held = holdOut(takes).filter(({ split }) => split === 'test');
  expect(held.map(sexOf).filter((sex) => sex === 'male')).toHaveLength(12);
  expect(held.map(sexOf).filter((sex) => sex === 'female')).toHaveLength(6);
});

test("Speech Commands' official test speakers are known by their hashes", () => {
  const isHeldOut = (hash: string) => isHeldOutOfSpeechCommands(personOfSpeechCommands(hash));
  // Of its testing_list.txt.
  expect(['bb05582b', '0c40e715'].map(isHeldOut)).toEqual([true, true]);
  const hashes = Array.from({ length: 4000 }, (_, n) => n.toString(16).padStart(8, '0'));
  const share = hashes.filter(isHeldOut).length / hashes.length;
  expect(share).toBeGreaterThan(0.08);
  expect(share).toBeLessThan(0.12);
  expect(isHeldOutOfSpeechCommands('audiomnist 05')).toBe(false);
});

test('semicolons, quotes, a byte order mark, other names of columns and a split of its own', () => {
  const digits = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const rows = digits.map((d) => `"a, b/${d}.wav";${d};Zo\u00e9;Female;train;3400`).join('\r\n');
  const text = `\uFEFF"Path";"Digit";"Speaker";"Gender";"Split";"Bandwidth Hz"\r\n${rows}\r\n\r\nc/x.flac;3;Max;?;TEST;\r\n`;
  const { takes } = openCorpus(written('other', text));
  expect(takes).toHaveLength(11);
  expect(takes.find(({ speaker }) => speaker === 'Zo\u00e9')).toMatchObject({
    file: join(home, 'other', 'a, b', '0.wav'),
    split: 'train',
    bandwidthHz: 3400,
  });
  const max = takes.find(({ speaker }) => speaker === 'Max')!;
  expect([max.split, max.digit, sexOf(max), max.bandwidthHz]).toEqual(['test', 3, null, undefined]);
});

describe('rows that are refused', () => {
  const head = 'file,digit,speaker,kind,split,bandwidth_hz';
  test.each([
    ['0.wav,10,anna,,,', /row 1: digit must be 0-9, got "10"; correct the row or remove it/],
    ['0.wav,1,,,,', /speaker must be a name/],
    ['../0.wav,1,anna,,,', /file must be a path below the folder, got "\.\.\/0\.wav"/],
    ['/etc/0.wav,1,anna,,,', /file must be a path below the folder/],
    ['3_anna_0.wav,1,anna,,,', /3_anna_0\.wav is named digit 3 and listed as 1/],
    ['0.wav,1,anna,sung,,', /kind must be recording or synthetic, got "sung"/],
    ['0.wav,1,anna,,dev,', /split must be train or test, got "dev"/],
    ['0.wav,1,anna,,,12', /bandwidth_hz must be 500 or more, got "12"/],
    ['0.wav,1', /manifest\.csv is not CSV/],
    ['0.wav,"1', /manifest\.csv is not CSV/],
    ['', /lists no recordings/],
  ])('%s', (row, message) => {
    const place = written(`row ${row.replace(/\W/g, '-')}`, `${head}\n${row}\n`);
    expect(() => openCorpus(place)).toThrow(InputError);
    expect(() => openCorpus(place)).toThrow(message);
  });

  test('one take twice', () => {
    const text = readFileSync(join(folder, 'manifest.csv'), 'utf8');
    const [, first] = text.split('\n');
    expect(() => openCorpus(written('double', `${text}${first}\n`))).toThrow(/are both take 0 of digit/);
  });
});

test('a manifest.csv that lists something else is none of ours', () => {
  expect(() => openCorpus(written('stocks', 'name,price\na,1\n'))).toThrow(
    /or a manifest\.csv that lists file, digit and speaker/,
  );
});
