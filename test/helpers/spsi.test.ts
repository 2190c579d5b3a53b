// The one-pass reference: what it is exact for, what it costs, and where it stands among the others.
import { expect, test } from 'vitest';
import { createFft } from '../../src/dsp/createFft.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { CountingFft } from './countingFft.ts';
import { loadFftModule } from './fftModule.ts';
import { griffinLim } from './griffinLim.ts';
import { meanConvergenceDb, publishedSizes as sizes, publishedWords } from './publishedProtocol.ts';
import { noise } from './signals.ts';
import { spectralConvergenceDb } from './spectralConvergence.ts';
import { spsi } from './spsi.ts';

const { fft } = createFft(512, loadFftModule());

test('a steady tone between two bins comes back', () => {
  const tone = Float32Array.from({ length: 16_000 }, (_, n) => Math.sin((2 * Math.PI * 20.3 * n) / 512));
  const { frames, magnitudes } = stftMagnitudes(tone, sizes, undefined, fft);
  const again = stftMagnitudes(spsi(magnitudes, sizes, tone.length, fft), sizes, frames, fft).magnitudes;
  expect(spectralConvergenceDb(again, magnitudes)).toBeLessThan(-15);
});

test('words come closer than random phases bring them, and not as close as 32 iterations do', () => {
  const words = publishedWords();
  const db = meanConvergenceDb(words, fft, (given, length) => spsi(given, sizes, length, fft));
  const search = (iterations: number) =>
    meanConvergenceDb(words, fft, (given, length) =>
      griffinLim(given, sizes, length, { iterations, momentum: 0, seed: 1, fft }),
    );
  expect(db).toBeLessThan(search(0) - 3);
  expect(db).toBeGreaterThan(search(32));
});

test('a frame costs one inverse FFT', () => {
  const counting = new CountingFft(fft);
  const { frames, magnitudes } = stftMagnitudes(noise(6000, 2), sizes, undefined, fft);
  spsi(magnitudes, sizes, 6000, counting);
  expect(counting.count).toBe(frames);
});
