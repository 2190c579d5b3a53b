// The offline reference: Griffin-Lim and fast Griffin-Lim against published figures and their own theory.
import { describe, expect, test } from 'vitest';
import { createFft } from '../../src/dsp/createFft.ts';
import { CountingFft } from './countingFft.ts';
import { loadFftModule } from './fftModule.ts';
import { stft, stftMagnitudes } from '../../src/dsp/stft.ts';
import { spectralConvergenceDb } from './spectralConvergence.ts';
import { hasFsdd } from './corpus.ts';
import { griffinLim, istft } from './griffinLim.ts';
import { meanConvergenceDb, publishedSizes as sizes, publishedWords } from './publishedProtocol.ts';
import { noise, syntheticWord } from './signals.ts';

const { fft } = createFft(512, loadFftModule());

function levelDb(iterations: number, momentum: number): number {
  return meanConvergenceDb(publishedWords(), fft, (magnitudes, length) =>
    griffinLim(magnitudes, sizes, length, { iterations, momentum, seed: 1, fft }),
  );
}

describe(`convergence on ${hasFsdd ? 'FSDD take 0' : 'synthesised words (corpus absent)'}`, () => {
  const measured: Record<string, number> = {};
  // Random starting phases: the mean of the 60 words scatters by 0.3 dB from seed to seed.
  const toleranceDb = 0.6;
  test.each([
    ['Griffin-Lim 32', 32, 0, -18.9],
    ['Griffin-Lim 60', 60, 0, -22.2],
    ['fast Griffin-Lim 32', 32, 0.99, -25.8],
    ['fast Griffin-Lim 60', 60, 0.99, -29.7],
  ])('%s agrees with the published figure', (name, iterations, momentum, publishedDb) => {
    measured[name] = levelDb(iterations, momentum);
    if (hasFsdd) expect(Math.abs(measured[name] - publishedDb)).toBeLessThan(toleranceDb);
    else expect(measured[name]).toBeLessThan(-12);
  });

  test('more iterations help, and so does momentum', () => {
    expect(measured['Griffin-Lim 60']).toBeLessThan(measured['Griffin-Lim 32'] - 1);
    expect(measured['fast Griffin-Lim 32']).toBeLessThan(measured['Griffin-Lim 60'] - 1);
    expect(measured['fast Griffin-Lim 60']).toBeLessThan(measured['fast Griffin-Lim 32'] - 1);
  });
});

test('without momentum no iteration makes it worse (Griffin & Lim 1984)', () => {
  const word = syntheticWord(3, 3001);
  const { frames, magnitudes } = stftMagnitudes(word, sizes, undefined, fft);
  let beforeDb = Infinity;
  for (let iterations = 0; iterations <= 12; iterations++) {
    const options = { iterations, momentum: 0, seed: 5, fft };
    const rebuilt = griffinLim(magnitudes, sizes, word.length, options);
    const db = spectralConvergenceDb(stftMagnitudes(rebuilt, sizes, frames, fft).magnitudes, magnitudes);
    expect(db).toBeLessThan(beforeDb);
    beforeDb = db;
  }
  expect(beforeDb).toBeLessThan(-9);
});

test('the inverse STFT undoes the STFT, at the edges too', () => {
  const signal = noise(2003, 7);
  const again = istft(stft(signal, sizes, undefined, fft), sizes, signal.length, fft);
  expect(again.length).toBe(signal.length);
  signal.forEach((value, n) => expect(again[n]).toBeCloseTo(value, 4));
});

test('costs two FFTs a frame and iteration, and one at the end; the same seed gives the same samples', () => {
  const counting = new CountingFft(fft);
  const { frames, magnitudes } = stftMagnitudes(noise(3000, 2), sizes, undefined, fft);
  const options = { iterations: 5, momentum: 0.99, seed: 4, fft: counting };
  const once = griffinLim(magnitudes, sizes, 3000, options);
  expect(counting.count).toBe(11 * frames);
  expect(griffinLim(magnitudes, sizes, 3000, options)).toEqual(once);
  expect(griffinLim(magnitudes, sizes, 3000, { ...options, seed: 6 })).not.toEqual(once);
});
