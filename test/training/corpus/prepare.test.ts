// Preparing a corpus: shapes, labels, the cache, and recordings that cannot be used.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeWav } from '../../../src/node/wav.ts';
import { defaultFormat, defaultTracks } from '../../../src/contract/spectrogram.ts';
import { openCorpus } from '../../../training/corpus/corpus.ts';
import { prepareCorpus } from '../../../training/corpus/prepare.ts';
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

test('rows follow the takes of the corpus', () => {
  const corpus = openCorpus(flat);
  const told: number[] = [];
  const { frames, hopSamples, onsetSamples, sampleRate } = defaultFormat;
  const prepared = prepareCorpus(corpus, defaultFormat, (done, total) => told.push(done / total));
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

test('the same words at 48 kHz give nearly the same features as at 8 kHz', () => {
  const wide = writeSyntheticCorpus(join(home, 'wide'), {
    layout: 'audiomnist',
    speakers: 2,
    takes: 1,
    seed: 1,
  });
  // A high floor: the words are compared, not what lies 90 dB below them, where the two rates' noises differ.
  const format = { ...defaultFormat, floor: 1e-3 };
  const { features, digits } = prepareCorpus(openCorpus(wide), format);
  const narrow = prepareCorpus(openCorpus(flat), format);
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

test('the cache answers with the same values, and not for other recordings or another format', () => {
  const folder = join(home, 'cached');
  cpSync(flat, folder, { recursive: true });
  const cache = join(home, 'cache', 'below');
  const first = prepareCorpus(openCorpus(folder), defaultFormat, undefined, cache);
  const second = prepareCorpus(openCorpus(folder), defaultFormat, undefined, cache);
  expect([first.fromCache, second.fromCache]).toEqual([false, true]);
  expect(second.features).toEqual(first.features);
  expect(second.durations).toEqual(first.durations);
  expect(
    prepareCorpus(openCorpus(folder), { ...defaultFormat, floor: 2e-3 }, undefined, cache).fromCache,
  ).toBe(false);
  writeWav(
    join(folder, '0_voice01_0.wav'),
    Float32Array.from({ length: 3000 }, (_, i) => Math.sin(i)),
    8000,
  );
  expect(prepareCorpus(openCorpus(folder), defaultFormat, undefined, cache).fromCache).toBe(false);
});

test('a format with tracks gives their channels behind the bands, from a cache of its own', () => {
  const corpus = openCorpus(flat);
  const cache = join(home, 'tracks');
  const plain = prepareCorpus(corpus, defaultFormat, undefined, cache);
  const format = { ...defaultFormat, tracks: defaultTracks };
  const tracked = prepareCorpus(corpus, format, undefined, cache);
  expect(tracked.fromCache).toBe(false);
  const values = defaultFormat.melBands + defaultTracks.channels.length;
  expect(tracked.features.length).toBe(corpus.takes.length * defaultFormat.frames * values);
  expect(tracked.features.subarray(20 * values, 20 * values + 80)).toEqual(
    plain.features.subarray(20 * 80, 21 * 80),
  );
  expect(prepareCorpus(corpus, format, undefined, cache).features).toEqual(tracked.features);
  const narrower = { ...format, tracks: { ...defaultTracks, f0HighHz: 400 } };
  expect(prepareCorpus(corpus, narrower, undefined, cache).fromCache).toBe(false);
});

test('a damaged cache is made anew, an impossible one is done without', () => {
  const cache = join(home, 'damaged');
  const first = prepareCorpus(openCorpus(flat), defaultFormat, undefined, cache);
  const [name] = readdirSync(cache);
  truncateSync(join(cache, name), 1000);
  const second = prepareCorpus(openCorpus(flat), defaultFormat, undefined, cache);
  expect(second.fromCache).toBe(false);
  expect(second.features).toEqual(first.features);
  writeFileSync(join(home, 'a-file'), 'x');
  expect(prepareCorpus(openCorpus(flat), defaultFormat, undefined, join(home, 'a-file')).fromCache).toBe(
    false,
  );
});

test('unreadable and silent recordings are named together', () => {
  const folder = join(home, 'broken');
  cpSync(flat, folder, { recursive: true });
  mkdirSync(join(home, 'unused'));
  writeFileSync(join(folder, '3_voice01_0.wav'), 'no sound');
  writeWav(join(folder, '5_voice02_1.wav'), new Float32Array(4000), 8000);
  expect(() => prepareCorpus(openCorpus(folder), defaultFormat)).toThrow(
    /3_voice01_0\.wav is not a WAV.*5_voice02_1\.wav is silent: remove or replace/,
  );
});
