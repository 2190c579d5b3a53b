// The mel filterbank and its non-negative inverse.
import { describe, expect, test } from 'vitest';
import { defaultFormat, magnitudeOfFeature } from '../../src/contract/spectrogram.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import { MelFilterbank, hertzOfMel, melOfHertz } from '../../src/dsp/mel.ts';
import { MelInverter } from '../../src/dsp/melInverter.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { clippedPseudoInverse } from '../helpers/pseudoInverse.ts';
import { testWords } from '../helpers/signals.ts';

const bank = new MelFilterbank(defaultFormat);

describe('filterbank', () => {
  test("follows Slaney's scale and its inverse", () => {
    expect(melOfHertz(500)).toBeCloseTo(7.5, 9);
    expect(melOfHertz(1000)).toBeCloseTo(15, 9);
    expect(melOfHertz(6400)).toBeCloseTo(42, 9);
    for (const hertz of [0, 20, 999, 1001, 3999]) expect(hertzOfMel(melOfHertz(hertz))).toBeCloseTo(hertz, 6);
  });

  test('the weights of each band sum to 1', () => {
    for (let band = 0; band < bank.bands; band++) {
      const weights = bank.weights.subarray(bank.offsets[band], bank.offsets[band + 1]);
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
    }
  });

  test('a band too narrow for a bin still hears the bin nearest to its peak', () => {
    const narrow = new MelFilterbank({ ...defaultFormat, fftSamples: 64, melBands: 30 });
    const mel = new Float32Array(30);
    narrow.forward(new Float32Array(33).fill(1), mel);
    for (const value of mel) expect(value).toBeCloseTo(1, 5);
  });

  test('impossible edges are refused by name', () => {
    expect(() => new MelFilterbank({ ...defaultFormat, melHighHz: 5000 })).toThrow(/melHighHz.*4000/);
    expect(() => new MelFilterbank({ ...defaultFormat, melLowHz: 4000 })).toThrow(/melLowHz/);
  });
});

describe('inversion', () => {
  const inverter = new MelInverter(bank);

  test('beats a clipped pseudo-inverse by 1.7 dB on words and reproduces the mel magnitudes', () => {
    const pseudo = clippedPseudoInverse(bank);
    let gain = 0;
    const words = testWords(7);
    for (const { samples } of words) {
      const { frames, bins, magnitudes } = stftMagnitudes(samples, defaultFormat);
      const mel = new Float32Array(bank.bands);
      const again = new Float32Array(bank.bands);
      const ours = new Float32Array(bins);
      const theirs = new Float32Array(bins);
      let ourError = 0;
      let theirError = 0;
      let melError = 0;
      let melTotal = 0;
      for (let m = 0; m < frames; m += 3) {
        bank.forward(magnitudes, mel, m * bins);
        inverter.invert(mel, ours);
        pseudo(mel, theirs);
        bank.forward(ours, again);
        for (let k = 0; k < bins; k++) {
          const truth = magnitudes[m * bins + k];
          ourError += (ours[k] - truth) ** 2;
          theirError += (theirs[k] - truth) ** 2;
          expect(ours[k]).toBeGreaterThanOrEqual(0);
        }
        for (let b = 0; b < bank.bands; b++) {
          melError += (again[b] - mel[b]) ** 2;
          melTotal += mel[b] ** 2;
        }
      }
      gain += (10 * Math.log10(theirError / ourError)) / words.length;
      expect(10 * Math.log10(melError / melTotal)).toBeLessThan(-35);
    }
    expect(gain).toBeGreaterThan(1.7);
  });

  test('silence stays silent, and bad values count as silence', () => {
    const out = new Float32Array(bank.bins).fill(3);
    inverter.invert(new Float32Array(bank.bands), out);
    expect(out.every((value) => value === 0)).toBe(true);
    inverter.invert(new Float32Array(bank.bands).fill(NaN), out);
    expect(out.every((value) => value === 0)).toBe(true);
    const mixed = new Float32Array(bank.bands).fill(0.1);
    mixed[7] = -1;
    mixed[30] = Infinity;
    inverter.invert(mixed, out);
    expect(out.every((value) => Number.isFinite(value))).toBe(true);
  });

  test('writes its bins and nothing else, from any offset', () => {
    const mel = new Float32Array(bank.bands + 5).fill(0.2);
    const out = new Float32Array(bank.bins + 3).fill(9);
    const plain = new Float32Array(bank.bins);
    inverter.invert(mel, out, 5);
    inverter.invert(mel, plain);
    expect(Array.from(out.subarray(bank.bins))).toEqual([9, 9, 9]);
    expect(out.subarray(0, bank.bins)).toEqual(plain);
  });
});

test('features: frames x bands in [0, 1], silence is 0, and they map back to the mel magnitudes', () => {
  const word = testWords(20)[0].samples;
  const features = melFeatures(word, defaultFormat);
  expect(features.length).toBe(defaultFormat.frames * 80);
  expect(Math.min(...features)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...features)).toBeLessThanOrEqual(1);
  expect(Math.max(...features)).toBeGreaterThan(0.7);
  expect(melFeatures(new Float32Array(0), defaultFormat).every((value) => value === 0)).toBe(true);
  const { bins, magnitudes } = stftMagnitudes(word, defaultFormat);
  const mel = new Float32Array(80);
  bank.forward(magnitudes, mel, 10 * bins);
  for (let b = 0; b < 80; b++) {
    if (mel[b] > defaultFormat.floor && mel[b] < defaultFormat.ceiling) {
      expect(magnitudeOfFeature(features[10 * 80 + b], defaultFormat) / mel[b]).toBeCloseTo(1, 4);
    }
  }
});
