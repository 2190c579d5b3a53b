// The least-squares mel inverse to compare with.
import { expect, test } from 'vitest';
import { defaultFormat } from '../../src/contract/spectrogram.ts';
import { MelFilterbank } from '../../src/dsp/mel.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { spectralConvergenceDb } from './spectralConvergence.ts';
import { nonNegativeLeastSquares } from './nonNegativeLeastSquares.ts';
import { clippedPseudoInverse } from './pseudoInverse.ts';
import { testWords } from './signals.ts';

const bank = new MelFilterbank(defaultFormat);

test('fits the bands 60 dB closer than the clipped pseudo-inverse and lies nearer to the true magnitudes', () => {
  const solve = nonNegativeLeastSquares(bank);
  const pseudoInverse = clippedPseudoInverse(bank);
  const mel = new Float32Array(bank.bands);
  const again = new Float32Array(bank.bands);
  const distances = { ours: 0, theirs: 0 };
  for (const { samples } of testWords(13)) {
    const { bins, frames, magnitudes } = stftMagnitudes(samples, defaultFormat);
    for (const [name, invert] of [
      ['ours', solve],
      ['theirs', pseudoInverse],
    ] as const) {
      const back = new Float32Array(magnitudes.length);
      let residual = 0;
      let total = 0;
      for (let m = 0; m < frames; m++) {
        const frame = back.subarray(m * bins, (m + 1) * bins);
        bank.forward(magnitudes, mel, m * bins);
        invert(mel, frame);
        bank.forward(frame, again);
        for (let b = 0; b < bank.bands; b++) {
          residual += (again[b] - mel[b]) ** 2;
          total += mel[b] ** 2;
        }
      }
      expect(back.every((value) => value >= 0)).toBe(true);
      if (name === 'ours') expect(10 * Math.log10(residual / total)).toBeLessThan(-90);
      else expect(10 * Math.log10(residual / total)).toBeGreaterThan(-50);
      distances[name] += spectralConvergenceDb(back, magnitudes);
    }
  }
  expect(distances.ours).toBeLessThan(distances.theirs);
});

test('silence stays silent', () => {
  const out = new Float32Array(bank.bins).fill(1);
  nonNegativeLeastSquares(bank)(new Float32Array(bank.bands), out);
  expect(out.every((value) => value === 0)).toBe(true);
});
