// Preparing a corpus: shapes, labels, the cache, and recordings that cannot be used.
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { readWav, writeWav } from '../../../src/node/wav.ts';
import { defaultFormat, defaultTracks } from '../../../src/contract/spectrogram.ts';
import { openCorpus } from '../../../training/corpus/corpus.ts';
import { newsOf, prepareCorpus } from '../../../training/corpus/prepare.ts';
import { flacBytes } from '../../helpers/flacBytes.ts';
import { webAudioLoads } from '../../helpers/webAudio.ts';
import { writeSyntheticCorpus } from '../../helpers/syntheticCorpus.ts';

let home = '';
let flat = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'numvox-prepare-'));
  flat = writeSyntheticCorpus(join(home, 'flat'), { layout: 'fsdd', speakers: 2, takes: 6, seed: 1 });
});
afterAll(() => {
  rmSync(home, { recursive: true, force: true });
});
const size = defaultFormat.frames * defaultFormat.melBands;

test('rows follow the takes of the corpus', async () => {
  const corpus = openCorpus(flat);
  const told: number[] = [];
  const { frames, hopSamples, onsetSamples, sampleRate } = defaultFormat;
  const prepared = await prepareCorpus(corpus, defaultFormat, (done, total) => told.push(done / total));
  expect(prepared.features.length).toBe(corpus.takes.length * size);
  corpus.takes.forEach((take, i) => {
    expect(prepared.digits[i]).toBe(take.digit);
    expect(corpus.speakers[prepared.speakers[i]]).toBe(take.speaker);
    expect(prepared.splits[i]).toBe(take.split === 'test' ? 1 : 0);
    expect(prepared.durations[i]).toBeGreaterThan(0.15);
    expect(prepared.durations[i]).toBeLessThan((frames * hopSamples - onsetSamples) / sampleRate);
    const features = prepared.features.subarray(i * size, (i + 1) * size);
    expect(features.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(Math.max(...features)).toBeGreaterThan(0.5);
  });
  expect(told.at(-1)).toBe(1);
  expect(told.length).toBe(corpus.takes.length);
  expect(prepared.cutTakes).toBe(0);
});

test('the same words at 48 kHz give nearly the same features as at 8 kHz', async () => {
  const wide = writeSyntheticCorpus(join(home, 'wide'), {
    layout: 'audiomnist',
    speakers: 2,
    takes: 1,
    seed: 1,
  });
  // A high floor: the words are compared, not what lies 90 dB below them, where the two rates' noises differ.
  const format = { ...defaultFormat, floor: 1e-3 };
  const { features, digits } = await prepareCorpus(openCorpus(wide), format);
  const narrow = await prepareCorpus(openCorpus(flat), format);
  // Each take is nearer to a narrow-band take of its own digit than to the mean of all others.
  const centre = (digit: number): Float32Array => {
    const mean = new Float32Array(size);
    narrow.digits.forEach((d, i) => {
      if (d === digit) for (let k = 0; k < size; k++) mean[k] += narrow.features[i * size + k] / 12;
    });
    return mean;
  };
  const centres = Array.from({ length: 10 }, (_, digit) => centre(digit));
  digits.forEach((digit, i) => {
    const distances = centres.map((c) => c.reduce((sum, v, k) => sum + (v - features[i * size + k]) ** 2, 0));
    expect(distances.indexOf(Math.min(...distances))).toBe(digit);
  });
});

test('the cache answers with the same values, and not for other recordings or another format', async () => {
  const folder = join(home, 'cached');
  cpSync(flat, folder, { recursive: true });
  const cache = join(home, 'cache', 'below');
  const first = await prepareCorpus(openCorpus(folder), defaultFormat, undefined, cache);
  const second = await prepareCorpus(openCorpus(folder), defaultFormat, undefined, cache);
  expect([first.fromCache, second.fromCache]).toEqual([false, true]);
  expect(second.features).toEqual(first.features);
  expect(second.durations).toEqual(first.durations);
  expect(
    (await prepareCorpus(openCorpus(folder), { ...defaultFormat, floor: 2e-3 }, undefined, cache)).fromCache,
  ).toBe(false);
  writeWav(
    join(folder, '0_voice01_0.wav'),
    Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i)),
    8000,
  );
  expect((await prepareCorpus(openCorpus(folder), defaultFormat, undefined, cache)).fromCache).toBe(false);
});

test('a format with tracks gives their channels behind the bands, from a cache of its own', async () => {
  const corpus = openCorpus(flat);
  const cache = join(home, 'tracks');
  const plain = await prepareCorpus(corpus, defaultFormat, undefined, cache);
  const format = { ...defaultFormat, tracks: defaultTracks };
  const tracked = await prepareCorpus(corpus, format, undefined, cache);
  expect(tracked.fromCache).toBe(false);
  const values = defaultFormat.melBands + defaultTracks.channels.length;
  expect(tracked.features.length).toBe(corpus.takes.length * defaultFormat.frames * values);
  expect(tracked.features.subarray(20 * values, 20 * values + 80)).toEqual(
    plain.features.subarray(20 * 80, 21 * 80),
  );
  expect((await prepareCorpus(corpus, format, undefined, cache)).features).toEqual(tracked.features);
  const narrower = { ...format, tracks: { ...defaultTracks, f0HighHz: 400 } };
  expect((await prepareCorpus(corpus, narrower, undefined, cache)).fromCache).toBe(false);
});

test('a damaged cache is made anew, an impossible one is done without', async () => {
  const cache = join(home, 'damaged');
  const first = await prepareCorpus(openCorpus(flat), defaultFormat, undefined, cache);
  const [name] = readdirSync(cache);
  truncateSync(join(cache, name), 1000);
  const second = await prepareCorpus(openCorpus(flat), defaultFormat, undefined, cache);
  expect(second.fromCache).toBe(false);
  expect(second.features).toEqual(first.features);
  writeFileSync(join(home, 'a-file'), 'x');
  expect(
    (await prepareCorpus(openCorpus(flat), defaultFormat, undefined, join(home, 'a-file'))).fromCache,
  ).toBe(false);
});

describe('recordings that cannot be used', () => {
  /** 120 takes, of which files are spoilt. */
  const spoilt = (name: string, files: readonly string[], content = 'no sound') => {
    const folder = join(home, name);
    cpSync(flat, folder, { recursive: true });
    for (const file of files) writeFileSync(join(folder, file), content);
    return folder;
  };

  test('are left out and told, the rows of the others close up, also from the cache', async () => {
    const folder = spoilt('broken', ['3_voice01_0.wav']);
    writeWav(join(folder, '5_voice02_1.wav'), new Float32Array(4000), 8000);
    const corpus = openCorpus(folder);
    const cache = join(home, 'broken-cache');
    const whole = await prepareCorpus(openCorpus(flat), defaultFormat);
    for (const fromCache of [false, true]) {
      const prepared = await prepareCorpus(corpus, defaultFormat, undefined, cache);
      expect(prepared.fromCache).toBe(fromCache);
      expect(prepared.leftOut).toEqual([
        expect.stringMatching(/3_voice01_0\.wav is not a WAV file but a text file/),
        expect.stringMatching(/5_voice02_1\.wav is silent/),
      ]);
      expect(newsOf(prepared)).toEqual([expect.stringMatching(/^left out: .*3_voice01_0.*; .*5_voice02_1/)]);
      expect(prepared.takes).toHaveLength(118);
      expect(prepared.features).toHaveLength(118 * size);
      prepared.takes.forEach((take, row) => {
        const i = corpus.takes.findIndex(({ file }) => file === take.file);
        expect([prepared.digits[row], prepared.splits[row], prepared.speakers[row]]).toEqual([
          whole.digits[i],
          whole.splits[i],
          whole.speakers[i],
        ]);
        expect(prepared.durations[row]).toBe(whole.durations[i]);
        const features = prepared.features.subarray(row * size, (row + 1) * size);
        expect(features).toEqual(whole.features.subarray(i * size, (i + 1) * size));
      });
    }
  });

  test('are links to nothing and folders too, told by their names, and a name of Latin-1 is none', async () => {
    const folder = join(home, 'links');
    cpSync(flat, folder, { recursive: true });
    symlinkSync('nowhere', join(folder, '3_ann_5.wav'));
    mkdirSync(join(folder, '4_ann_5.wav'));
    renameSync(join(folder, '5_voice01_5.wav'), Buffer.from(`${folder}/5_Zo\u00e9_5.wav`, 'latin1'));
    const cache = join(home, 'links-cache');
    for (const fromCache of [false, true]) {
      const prepared = await prepareCorpus(openCorpus(folder), defaultFormat, undefined, cache);
      expect([prepared.fromCache, prepared.takes.length]).toEqual([fromCache, 120]);
      expect(prepared.leftOut).toEqual([
        expect.stringMatching(/^cannot read .*3_ann_5\.wav: there is no such file/),
        expect.stringMatching(/^cannot read .*4_ann_5\.wav: it is a folder, not a file$/),
      ]);
      expect(prepared.takes.filter(({ speaker }) => speaker === 'Zo\u00e9')).toHaveLength(1);
    }
  });

  test('stop when they are more than 5 %, and are listed', async () => {
    const six = [0, 1, 2, 3, 4, 5].map((take) => `${take}_voice01_${take}.wav`);
    const most = await prepareCorpus(openCorpus(spoilt('six', six)), defaultFormat);
    expect(most.leftOut).toHaveLength(6);
    const folder = spoilt('seven', [...six, '6_voice02_0.wav'], '');
    const refused = await prepareCorpus(openCorpus(folder), defaultFormat).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InputError);
    expect(String(refused)).toMatch(
      /^InputError: 7 of 120 recordings cannot be used, which is more than 5 %: .*0_voice01_0\.wav is empty.*6_voice02_0\.wav is empty.*: remove or replace them$/,
    );
  });

  test('may be one of a small corpus, but not the only training take of a digit', async () => {
    const folder = join(home, 'small');
    writeSyntheticCorpus(folder, { layout: 'audiomnist', speakers: 2, takes: 1, seed: 1 });
    writeFileSync(join(folder, '02', '4_02_0.wav'), 'no sound');
    const refused = await prepareCorpus(openCorpus(folder), defaultFormat).catch((error: unknown) => error);
    expect(String(refused)).toMatch(/no test take of digit 4 can be used: .*4_02_0\.wav is not a WAV/);
    writeSyntheticCorpus(folder, { layout: 'audiomnist', speakers: 3, takes: 1, seed: 1 });
    writeFileSync(join(folder, '02', '4_02_0.wav'), 'no sound');
    expect((await prepareCorpus(openCorpus(folder), defaultFormat)).takes).toHaveLength(29);
  });
});

test('recordings that were mended are told', async () => {
  const folder = join(home, 'streamed');
  cpSync(flat, folder, { recursive: true });
  const file = join(folder, '1_voice01_0.wav');
  const bytes = readFileSync(file);
  bytes.writeUInt32LE(0xffffffff, 54);
  writeFileSync(file, bytes);
  const prepared = await prepareCorpus(openCorpus(folder), defaultFormat);
  expect(prepared.leftOut).toEqual([]);
  expect(newsOf(prepared)).toEqual([expect.stringMatching(/1_voice01_0\.wav was mended: its header leaves/)]);
});

test.runIf(await webAudioLoads())(
  'FLAC gives the features of the same WAV, whatever the files are called',
  async () => {
    const folder = join(home, 'flac');
    cpSync(flat, folder, { recursive: true });
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.wav'))) {
      const { samples, sampleRate } = readWav(join(folder, name));
      rmSync(join(folder, name));
      // Two of them under a WAV's name.
      const flac = name.startsWith('7') ? name : name.replace('.wav', '.FLAC');
      writeFileSync(join(folder, flac), flacBytes(samples, sampleRate));
    }
    const prepared = await prepareCorpus(openCorpus(folder), defaultFormat);
    const plain = await prepareCorpus(openCorpus(flat), defaultFormat);
    expect(prepared.leftOut).toEqual([]);
    expect(prepared.digits).toEqual(plain.digits);
    const farthest = prepared.features.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - plain.features[i])),
      0,
    );
    // 16 bits.
    expect(farthest).toBeLessThan(0.1);
    const mean = prepared.features.reduce((sum, value, i) => sum + Math.abs(value - plain.features[i]), 0);
    expect(mean / plain.features.length).toBeLessThan(1e-3);
  },
);
