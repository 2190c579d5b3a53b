// How near the mel inversion comes to the magnitudes that the bands were made of.
import { expect, test } from 'vitest';
import { defaultFormat } from '../../src/contract/spectrogram.ts';
import { JsFft } from '../../src/dsp/fft.ts';
import { JavascriptLoops } from '../../src/dsp/javascriptLoops.ts';
import { MelFilterbank } from '../../src/dsp/mel.ts';
import { MelInverter } from '../../src/dsp/melInverter.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { spectralConvergenceDb } from '../helpers/spectralConvergence.ts';
import { padded } from '../helpers/convergence.ts';
import { nonNegativeLeastSquares } from '../helpers/nonNegativeLeastSquares.ts';
import { hasCorpus, testWords } from '../helpers/signals.ts';

const bank = new MelFilterbank(defaultFormat);
const { bands, bins } = bank;
const inverter = new MelInverter(bank, new JavascriptLoops(new JsFft(defaultFormat.fftSamples)));
const mel = new Float32Array(bands);

type Invert = (mel: Float32Array, magnitudes: Float32Array) => void;
const invert: Invert = (from, to) => inverter.invert(from, to);

/** Distances in decibels to the true magnitudes, and to the mel magnitudes in the bands; means over words. */
function distances(method: Invert, every: number): { trueDb: number; bandsDb: number } {
  const words = testWords(every);
  let trueDb = 0;
  let bandsDb = 0;
  for (const { samples } of words) {
    const { frames, magnitudes } = stftMagnitudes(padded(samples), defaultFormat);
    const back = new Float32Array(magnitudes.length);
    const [wanted, again] = [0, 1].map(() => new Float32Array(frames * bands));
    const out = new Float32Array(bins);
    for (let m = 0; m < frames; m++) {
      bank.forward(magnitudes, mel, m * bins);
      method(mel, out);
      back.set(out, m * bins);
      wanted.set(mel, m * bands);
      bank.forward(out, again, 0, m * bands);
    }
    trueDb += spectralConvergenceDb(back, magnitudes) / words.length;
    bandsDb += spectralConvergenceDb(again, wanted) / words.length;
  }
  return { trueDb, bandsDb };
}

test(`60 ${hasCorpus ? 'FSDD' : 'synthesised'} words come back, and their bands all but exactly`, () => {
  const { trueDb, bandsDb } = distances(invert, 1);
  expect(trueDb).toBeLessThan(hasCorpus ? -16.8 : -13.5);
  expect(bandsDb).toBeLessThan(-34);
});

test('nearer to the true magnitudes than non-negative least squares by 2 dB', () => {
  const rival = distances(nonNegativeLeastSquares(bank), 7);
  expect(distances(invert, 7).trueDb).toBeLessThan(rival.trueDb - 2);
});

test('a sinusoid comes back as wide as its main lobe', () => {
  const sinusoid = Float32Array.from({ length: 1024 }, (_, n) => Math.sin((2 * Math.PI * 100 * n) / 512));
  const { magnitudes } = stftMagnitudes(sinusoid, defaultFormat);
  const frame = magnitudes.subarray(4 * bins, 5 * bins);
  const out = new Float32Array(bins);
  bank.forward(frame, mel);
  inverter.invert(mel, out);
  expect(spectralConvergenceDb(out, frame)).toBeLessThan(-15);
});
