// The streaming reference: RTISI-LA against published figures, its cost, and what look-ahead and iterations bring.
import { describe, expect, test } from 'vitest';
import { createFft } from '../../src/dsp/createFft.ts';
import { CountingFft } from './countingFft.ts';
import { loadFftModule } from './fftModule.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { hasFsdd } from './corpus.ts';
import { meanConvergenceDb, publishedSizes as sizes, publishedWords } from './publishedProtocol.ts';
import { rtisiLa } from './rtisiLa.ts';
import { energyCentre, noise, syntheticWord } from './signals.ts';

const { fft } = createFft(512, loadFftModule());

function levelDb(
  lookAheadFrames: number,
  iterations: number,
  hopSamples = 128,
  words = publishedWords(),
): number {
  const hopped = { ...sizes, hopSamples };
  return meanConvergenceDb(
    words,
    fft,
    (magnitudes, length) => rtisiLa(magnitudes, hopped, length, { lookAheadFrames, iterations, fft }),
    hopped,
  );
}

describe(`convergence on ${hasFsdd ? 'FSDD take 0' : 'synthesised words (corpus absent)'}`, () => {
  // The paper leaves open how a frame starts and ends; no random phases are involved.
  test.each([
    [2, 128, -19.8],
    [8, 128, -24.2],
    [2, 64, -18.9],
    [8, 64, -21.9],
  ])('%i iterations at hop %i: within 0.5 dB of the published %f dB', (iterations, hop, publishedDb) => {
    const db = levelDb(3, iterations, hop);
    if (hasFsdd) expect(Math.abs(db - publishedDb)).toBeLessThan(0.5);
    else expect(db).toBeLessThan(-12);
  });

  test('iterations help, and so does look-ahead', () => {
    const words = publishedWords().filter((_, i) => i % (hasFsdd ? 7 : 1) === 0);
    const twoDb = levelDb(3, 2, 128, words);
    expect(twoDb).toBeLessThan(levelDb(3, 0, 128, words) - 3);
    expect(levelDb(3, 8, 128, words)).toBeLessThan(twoDb - 2);
    expect(twoDb).toBeLessThan(levelDb(0, 2, 128, words) - 1);
  });
});

test('a sounding frame costs 2 + 2 x iterations x (look-ahead + 1) FFTs, a silent one none', () => {
  const counting = new CountingFft(fft);
  const { frames, magnitudes } = stftMagnitudes(noise(6000, 2), sizes, undefined, fft);
  const run = (lookAheadFrames: number, iterations: number): number => {
    counting.count = 0;
    rtisiLa(magnitudes, sizes, 6000, { lookAheadFrames, iterations, fft: counting });
    return counting.count / frames;
  };
  expect(run(3, 2)).toBe(18);
  expect(run(3, 8)).toBe(66);
  expect(run(0, 1)).toBe(4);
  magnitudes.fill(0, 10 * 257, 20 * 257);
  expect(run(3, 2)).toBeCloseTo((18 * (frames - 10)) / frames, 9);
});

test('the result lies in time with the recording and has its level, whatever its length', () => {
  const word = syntheticWord(2, 3333);
  const { magnitudes } = stftMagnitudes(word, sizes, undefined, fft);
  const rebuilt = rtisiLa(magnitudes, sizes, word.length, { lookAheadFrames: 3, iterations: 8, fft });
  expect(rebuilt.length).toBe(3333);
  expect(Math.abs(energyCentre(rebuilt) - energyCentre(word))).toBeLessThan(20);
  const energy = (samples: Float32Array): number => samples.reduce((sum, value) => sum + value * value, 0);
  expect(10 * Math.log10(energy(rebuilt) / energy(word))).toBeCloseTo(0, 0);
});

test('silence stays silent, and impossible settings are refused by name', () => {
  const silent = rtisiLa(new Float32Array(20 * 257), sizes, 2000, { lookAheadFrames: 3, iterations: 2, fft });
  expect(silent.every((value) => value === 0)).toBe(true);
  const options = { lookAheadFrames: 3, iterations: 2, fft };
  expect(() => rtisiLa(silent, sizes, 1, { ...options, lookAheadFrames: -1 })).toThrow(/lookAheadFrames/);
  expect(() => rtisiLa(silent, sizes, 1, { ...options, iterations: 1.5 })).toThrow(/iterations/);
  expect(() => rtisiLa(silent, { ...sizes, hopSamples: 256 }, 1, options)).toThrow(/hopSamples/);
});
