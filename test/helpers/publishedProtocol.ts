// Repeats the measurement behind the published reference figures: take 0 of every FSDD digit and speaker, 8 kHz.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readWav } from '../../src/node/wav.ts';
import type { Decibels, Samples } from '../../src/contract/units.ts';
import type { RealFft } from '../../src/dsp/fft.ts';
import { stftMagnitudes, type StftSizes } from '../../src/dsp/stft.ts';
import { spectralConvergenceDb } from './spectralConvergence.ts';
import { padded } from './convergence.ts';
import { hasFsdd, testCorpus } from './corpus.ts';
import { syntheticWord } from './signals.ts';

/** Hann window of 512 samples, hop 128. */
export const publishedSizes: StftSizes = { fftSamples: 512, hopSamples: 128 };

/** The 60 recordings of take 0; 6 synthesised words when the corpus is absent, to which no published figure applies. */
export function publishedWords(): Float32Array[] {
  if (!hasFsdd) return Array.from({ length: 6 }, (_, i) => syntheticWord(i + 1));
  const { folder } = testCorpus();
  return readdirSync(folder)
    .filter((name) => name.endsWith('_0.wav'))
    .sort()
    .map((name) => readWav(join(folder, name)).samples);
}

/** Spectral convergence of `rebuild` given a word's true magnitudes, 512 zeros each side; the mean of the words' decibels. */
export function meanConvergenceDb(
  words: readonly Float32Array[],
  fft: RealFft,
  rebuild: (magnitudes: Float32Array, length: Samples) => Float32Array,
  sizes = publishedSizes,
): Decibels {
  let sum = 0;
  for (const word of words) {
    const signal = padded(word);
    const { frames, magnitudes } = stftMagnitudes(signal, sizes, undefined, fft);
    const again = stftMagnitudes(rebuild(magnitudes, signal.length), sizes, frames, fft).magnitudes;
    sum += spectralConvergenceDb(again, magnitudes);
  }
  return sum / words.length;
}
