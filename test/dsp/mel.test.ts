// The mel filterbank and its non-negative inverse.
import { describe, expect, test } from 'vitest';
import { defaultFormat, magnitudeOfFeature } from '../../src/contract/spectrogram.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import { JsFft } from '../../src/dsp/fft.ts';
import { JavascriptLoops } from '../../src/dsp/javascriptLoops.ts';
import type { Loops } from '../../src/dsp/loops.ts';
import { MelFilterbank, hertzOfMel, melOfHertz } from '../../src/dsp/mel.ts';
import { MelInverter } from '../../src/dsp/melInverter.ts';
import { padded } from '../../src/dsp/phaseTables.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { WasmLoops } from '../../src/dsp/wasmLoops.ts';
import { clippedPseudoInverse } from '../helpers/pseudoInverse.ts';
import { noise, testWords } from '../helpers/signals.ts';

const bank = new MelFilterbank(defaultFormat);

function compiled(kind: 'simd' | 'scalar'): Loops {
  const modules = loadEngineModules(kind);
  if (modules === undefined) throw new Error(`${kind} modules are missing: run node scripts/build-wasm.mjs`);
  return new WasmLoops(modules, defaultFormat.fftSamples, 65536);
}

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

describe.each([
  ['TypeScript', () => new JavascriptLoops(new JsFft(defaultFormat.fftSamples))],
  ['SIMD', () => compiled('simd')],
  ['scalar WebAssembly', () => compiled('scalar')],
] as const)('inversion in %s', (_, makeLoops) => {
  const loops = makeLoops();
  const inverter = new MelInverter(bank, loops);
  const mel = loops.floats(bank.bands);
  const out = loops.floats(padded(bank.bins));

  test('beats a clipped pseudo-inverse by 1.7 dB on words and reproduces the mel magnitudes', () => {
    const pseudo = clippedPseudoInverse(bank);
    let gain = 0;
    const words = testWords(7);
    for (const { samples } of words) {
      const { frames, bins, magnitudes } = stftMagnitudes(samples, defaultFormat);
      const again = new Float32Array(bank.bands);
      const ours = out;
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
      expect(10 * Math.log10(melError / melTotal)).toBeLessThan(-30);
    }
    expect(gain).toBeGreaterThan(1.7);
  });

  test('silence stays silent, and bad values count as silence', () => {
    const values = out.subarray(0, bank.bins);
    out.fill(3);
    mel.fill(0);
    inverter.invert(mel, out);
    expect(values.every((value) => value === 0)).toBe(true);
    mel.fill(NaN);
    inverter.invert(mel, out);
    expect(values.every((value) => value === 0)).toBe(true);
    mel.fill(0.1);
    mel[7] = -1;
    mel[30] = Infinity;
    inverter.invert(mel, out);
    expect(values.every((value) => Number.isFinite(value))).toBe(true);
  });

  test('frames are independent, and the bands stay as they are', () => {
    mel.fill(0.2);
    inverter.invert(mel, out);
    const first = out.slice(0, bank.bins);
    const loud = loops.floats(bank.bands);
    loud.set(noise(bank.bands, 3).map(Math.abs));
    const kept = loud.slice();
    inverter.invert(loud, out);
    expect(loud).toEqual(kept);
    inverter.invert(mel, out);
    expect(out.slice(0, bank.bins)).toEqual(first);
  });

  test('equal bands are equal magnitudes', () => {
    mel.fill(0.2);
    inverter.invert(mel, out);
    // At 0 Hz an offset is taken for likely, which leaves less to the bins beside it.
    for (let k = 5; k < bank.bins - 1; k++) expect(Math.abs(out[k] - 0.2)).toBeLessThan(0.004);
    for (let k = 1; k < 5; k++) expect(Math.abs(out[k] - 0.2)).toBeLessThan(0.06);
    expect(out[0]).toBeGreaterThan(0.5);
    expect(out[0]).toBeLessThan(0.6);
    // No band covers half the rate; what it reads is the lobe of the line below it.
    expect(out[bank.bins - 1]).toBeLessThan(0.2);
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
