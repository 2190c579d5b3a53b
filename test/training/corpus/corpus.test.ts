// Corpora: both layouts, their splits, and every way in which a folder can be none.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { openCorpus } from '../../../training/corpus/corpus.ts';
import { headsOf } from '../../../training/corpus/labels.ts';
import { writeSyntheticCorpus } from '../../helpers/syntheticCorpus.ts';
import { hasFsdd, testCorpus } from '../../helpers/corpus.ts';

let home = '';
let flat = '';
let nested = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'numvox-corpora-'));
  flat = writeSyntheticCorpus(join(home, 'flat'), { layout: 'fsdd', speakers: 2, takes: 6, seed: 1 });
  nested = writeSyntheticCorpus(join(home, 'nested'), {
    layout: 'audiomnist',
    speakers: 6,
    takes: 1,
    seed: 1,
  });
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});

function copyOf(folder: string, name: string): string {
  const copy = join(home, name);
  cpSync(folder, copy, { recursive: true });
  return copy;
}

describe("FSDD's layout", () => {
  test('takes 0-4 are the test side and nothing else', () => {
    const { takes, speakers } = openCorpus(flat);
    expect(speakers).toEqual(['voice01', 'voice02']);
    expect(takes.length).toBe(120);
    for (const { take, split } of takes) expect(split).toBe(take < 5 ? 'test' : 'train');
  });

  test('names may hold dots, underscores, accents in either form, and leading zeros', () => {
    const folder = copyOf(flat, 'names');
    const composed = 'Zo\u00e9_de.la-Cruz';
    const names: Readonly<Record<string, readonly [number, string, number]>> = {
      [`0_${composed}_5.wav`]: [0, composed, 5],
      [`1_${composed.normalize('NFD')}_006.WAV`]: [1, composed, 6],
      '02_J. S._07.flac': [2, 'J. S.', 7],
      '3_4_5_010.wav': [3, '4_5', 10],
      '4_007_8.wav': [4, '007', 8],
    };
    for (const name of Object.keys(names)) writeFileSync(join(folder, name), 'x');
    const { takes, speakers } = openCorpus(folder);
    expect(takes).toHaveLength(125);
    expect(speakers).toEqual(['007', '4_5', 'J. S.', composed, 'voice01', 'voice02']);
    for (const [name, [digit, speaker, take]] of Object.entries(names)) {
      expect(takes.find(({ file }) => file === join(folder, name))).toMatchObject({ digit, speaker, take });
    }
  });

  test('one take in two files is refused', () => {
    const folder = copyOf(flat, 'twins');
    writeFileSync(join(folder, '3_voice01_2.flac'), 'x');
    expect(() => openCorpus(folder)).toThrow(
      /3_voice01_2\.(wav|flac) and .*3_voice01_2\.(wav|flac) are both take 2 of digit 3; remove or renumber one/,
    );
  });

  test('the order does not depend on the file system', () => {
    const names = openCorpus(flat).takes.map(({ digit, speaker, take }) => `${digit}${speaker}${take}`);
    expect(names).toEqual([...names].sort());
  });

  test('recordings/ below the folder is found', () => {
    const repository = join(home, 'repository');
    mkdirSync(repository);
    renameSync(copyOf(flat, 'moved'), join(repository, 'recordings'));
    expect(openCorpus(repository).takes.length).toBe(120);
  });

  test('the corpus beside the repository is FSDD with 2700 and 300 takes, or a synthesised one', () => {
    const { folder } = testCorpus();
    const corpus = openCorpus(folder);
    const held = corpus.takes.filter((take) => take.split === 'test').length;
    expect([corpus.name, corpus.takes.length - held, held]).toEqual(
      hasFsdd ? ['Free Spoken Digit Dataset (FSDD)', 2700, 300] : ['synthetic digits', 60, 150],
    );
    if (hasFsdd) expect(corpus.licence).toBe('CC BY-SA 4.0');
  });

  test("somebody's own recordings are not called FSDD", () => {
    const own = copyOf(flat, 'own');
    rmSync(join(own, 'corpus.json'));
    expect(openCorpus(own)).toMatchObject({ name: 'recordings in the layout of FSDD', licence: 'unknown' });
  });
});

describe("AudioMNIST's layout", () => {
  test('no speaker is on both sides, and the official test speaker among 01-06 is the test side', () => {
    const { takes } = openCorpus(nested);
    expect(takes.length).toBe(60);
    const side = (split: string) =>
      [...new Set(takes.filter((take) => take.split === split).map((take) => take.speaker))].sort();
    expect(side('test')).toEqual(['05']);
    expect(side('train')).toEqual(['01', '02', '03', '04', '06']);
  });

  test('attributes come from the metadata', () => {
    const take = openCorpus(nested).takes.find(({ speaker }) => speaker === '02');
    expect(take?.attributes).toEqual({ accent: 'none', age: '42', gender: 'female' });
  });

  test('a part of the corpus without official test speakers holds out the last fifth', () => {
    const part = copyOf(nested, 'part');
    rmSync(join(part, '05'), { recursive: true });
    const held = new Set(
      openCorpus(part)
        .takes.filter((t) => t.split === 'test')
        .map((t) => t.speaker),
    );
    expect([...held]).toEqual(['06']);
  });

  test('metadata may lie in the parent folder; without it speakers have no attributes', () => {
    const outer = copyOf(nested, 'outer');
    mkdirSync(join(outer, 'data'));
    for (let n = 1; n <= 6; n++) renameSync(join(outer, `0${n}`), join(outer, 'data', `0${n}`));
    expect(openCorpus(outer).takes.length).toBe(60);
    rmSync(join(outer, 'audioMNIST_meta.txt'));
    const bare = openCorpus(outer);
    expect(bare.takes.every(({ attributes }) => Object.keys(attributes ?? {}).length === 0)).toBe(true);
    expect(bare.takes.map(({ speaker, split }) => `${speaker} ${split}`)).toEqual(
      openCorpus(nested).takes.map(({ speaker, split }) => `${speaker} ${split}`),
    );
    expect(headsOf(bare.takes).map(({ name }) => name)).toEqual(['digit', 'speaker']);
    writeFileSync(join(outer, 'audioMNIST_meta.txt'), '{');
    expect(() => openCorpus(outer)).toThrow(/audioMNIST_meta\.txt is not JSON/);
  });

  test('the metadata may have a byte order mark, and what is null in it is unknown', () => {
    const marked = copyOf(nested, 'marked');
    const meta = { '02': { gender: null, age: 42, 'native speaker': false }, '03': null };
    writeFileSync(join(marked, 'audioMNIST_meta.txt'), `\uFEFF${JSON.stringify(meta)}`);
    const { takes } = openCorpus(marked);
    const attributesOf = (name: string) => takes.find(({ speaker }) => speaker === name)?.attributes;
    expect(['02', '03', '04'].map(attributesOf)).toEqual([{ age: '42', 'native speaker': 'false' }, {}, {}]);
  });

  test('folders and files may have more or fewer leading zeros', () => {
    const short = copyOf(nested, 'short');
    renameSync(join(short, '05'), join(short, '5'));
    renameSync(join(short, '02', '3_02_0.wav'), join(short, '02', '03_002_000.wav'));
    const { takes, speakers } = openCorpus(short);
    expect(speakers).toEqual(['01', '02', '03', '04', '06', '5']);
    expect(takes.filter(({ split }) => split === 'test').every(({ speaker }) => speaker === '5')).toBe(true);
    expect(takes.find(({ speaker }) => speaker === '5')?.attributes).toMatchObject({ gender: 'male' });
    expect(takes.filter(({ speaker, digit }) => speaker === '02' && digit === 3)).toHaveLength(1);
  });

  test('a single speaker cannot be split', () => {
    const single = copyOf(nested, 'single');
    for (let n = 2; n <= 6; n++) rmSync(join(single, `0${n}`), { recursive: true });
    expect(() => openCorpus(single)).toThrow(/one speaker \(01\)/);
  });

  test("a file in another speaker's folder is named", () => {
    const mixedUp = copyOf(nested, 'mixed-up');
    renameSync(join(mixedUp, '01', '0_01_0.wav'), join(mixedUp, '02', '0_01_0.wav'));
    expect(() => openCorpus(mixedUp)).toThrow(/02\/0_01_0\.wav is not named \{digit\}_\{NN\}_\{take\}\.wav/);
  });
});

describe('links', () => {
  const linksTo = (folder: string, name: string): string => {
    const linked = join(home, name);
    mkdirSync(linked);
    for (const entry of readdirSync(folder)) symlinkSync(join(folder, entry), join(linked, entry));
    return linked;
  };
  const names = (folder: string) =>
    openCorpus(folder).takes.map(({ digit, speaker, take, split }) => `${digit} ${speaker} ${take} ${split}`);

  test('to recordings and to folders of speakers are followed', () => {
    expect(names(linksTo(flat, 'flat-links'))).toEqual(names(flat));
    expect(names(linksTo(nested, 'nested-links'))).toEqual(names(nested));
  });

  test('among recordings, working or not, are takes', () => {
    const folder = copyOf(flat, 'some-links');
    symlinkSync(join(flat, '3_voice01_5.wav'), join(folder, '3_voice03_5.wav'));
    symlinkSync('nothing', join(folder, '3_voice03_6.wav'));
    symlinkSync('3_voice03_7.wav', join(folder, '3_voice03_7.wav'));
    symlinkSync('nothing', join(folder, 'README.md'));
    const linked = openCorpus(folder).takes.filter(({ speaker }) => speaker === 'voice03');
    expect(linked.map(({ take }) => take)).toEqual([5, 6, 7]);
  });

  test("to nothing under a speaker's name are refused", () => {
    const folder = copyOf(nested, 'lost-speaker');
    symlinkSync('nothing', join(folder, '07'));
    expect(() => openCorpus(folder)).toThrow(/07 is a link to nothing that can be read: mend or remove it/);
  });
});

test('names of Latin-1 are read, and keep the bytes by which they can be opened', () => {
  const folder = copyOf(flat, 'latin1-names');
  const names = ['3_Zo\u00e9_5.wav', '4_Zo\u00e8_5.wav'];
  const paths = names.map((name) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]));
  for (const path of paths) writeFileSync(path, 'x');
  const takes = openCorpus(folder).takes.filter(({ speaker }) => speaker.startsWith('Zo'));
  expect(takes.map(({ speaker }) => speaker)).toEqual(['Zo\u00e9', 'Zo\u00e8']);
  expect(takes.map(({ path, file }) => readFileSync(path ?? file, 'utf8'))).toEqual(['x', 'x']);
  expect(takes.map(({ path }) => path?.equals(paths[0]))).toEqual([true, false]);
});

describe('folders that are no corpus', () => {
  const expectError = (folder: string, message: RegExp): void => {
    expect(() => openCorpus(folder)).toThrow(InputError);
    expect(() => openCorpus(folder)).toThrow(message);
  };

  test('missing, a file, empty', () => {
    expectError(join(home, 'nowhere'), /there is no folder .*nowhere/);
    writeFileSync(join(home, 'file'), 'x');
    expectError(join(home, 'file'), /file is a file/);
    mkdirSync(join(home, 'empty'));
    expectError(join(home, 'empty'), /empty holds no WAV or FLAC recordings: expected \{digit\}/);
  });

  test('misnamed files are listed, hidden and other files are not', () => {
    const folder = copyOf(flat, 'misnamed');
    for (const name of ['._0_a_1.wav', 'README.md']) writeFileSync(join(folder, name), 'x');
    expect(openCorpus(folder).takes.length).toBe(120);
    for (const name of ['zero.wav', '12_a_1.wav', '1__1.wav', '1_a.wav', '1_a_x.flac'])
      writeFileSync(join(folder, name), 'x');
    expectError(
      folder,
      /: 12_a_1\.wav, 1__1\.wav, 1_a\.wav and 2 more are not named \{digit\}_\{speaker\}_\{take\}\.wav or \.flac/,
    );
  });

  test('both layouts at once', () => {
    const folder = copyOf(flat, 'both');
    mkdirSync(join(folder, '01'));
    expectError(folder, /mixes two layouts/);
  });

  test('no takes of a digit, no training side, no test side', () => {
    const noSeven = copyOf(flat, 'no-seven');
    for (const speaker of ['voice01', 'voice02']) rmSync(join(noSeven, `7_${speaker}_5.wav`));
    expectError(noSeven, /no training take of digit 7/);
    const onlyTraining = copyOf(flat, 'only-training');
    for (const { file } of openCorpus(onlyTraining).takes.filter((t) => t.split === 'test')) rmSync(file);
    expectError(onlyTraining, /no test takes/);
  });

  test('a corpus.json that says something else', () => {
    const folder = copyOf(flat, 'bad-source');
    writeFileSync(join(folder, 'corpus.json'), '{"name": 3}');
    expectError(folder, /corpus\.json must hold the texts/);
  });
});
