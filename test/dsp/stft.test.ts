// The offline STFT: scaling, centring, edges.
import { expect, test } from 'vitest';
import { frameCount, stft, stftMagnitudes } from '../../src/dsp/stft.ts';
import { spectralConvergenceDb } from '../helpers/spectralConvergence.ts';
import { noise } from '../helpers/signals.ts';

const sizes = { fftSamples: 512, hopSamples: 128 };

test('a full-scale sinusoid reads magnitude 1 at its bin', () => {
  const tone = Float32Array.from({ length: 4000 }, (_, n) => Math.cos((2 * Math.PI * 40 * n) / 512 + 0.3));
  const { bins, magnitudes } = stftMagnitudes(tone, sizes);
  expect(magnitudes[10 * bins + 40]).toBeCloseTo(1, 5);
  expect(magnitudes[10 * bins + 60]).toBeLessThan(1e-5);
});

test('frame m is centred on sample m * hop: an impulse there has zero phase and the full window weight', () => {
  const impulse = new Float32Array(1000);
  impulse[3 * 128] = 1;
  const { bins, re, im } = stft(impulse, sizes);
  for (let k = 0; k < bins; k++) {
    expect(re[3 * bins + k]).toBeCloseTo(k % 2 === 0 ? 1 : -1, 5);
    expect(im[3 * bins + k]).toBeCloseTo(0, 5);
  }
});

test('frames asked for past the end are silent, and odd lengths and empty signals work', () => {
  const { frames, bins, magnitudes } = stftMagnitudes(noise(333, 1), sizes, 9);
  expect(frames).toBe(9);
  expect(magnitudes.subarray(8 * bins).every((value) => value === 0)).toBe(true);
  expect(stftMagnitudes(new Float32Array(0), sizes).frames).toBe(frameCount(0, 128));
});

test('spectral convergence: equal is -Infinity, silence against sound is 0 dB, a tenth off is -20 dB', () => {
  const target = noise(100, 2);
  expect(spectralConvergenceDb(target, target)).toBe(-Infinity);
  expect(spectralConvergenceDb(new Float32Array(100), target)).toBe(0);
  expect(
    spectralConvergenceDb(
      target.map((value) => value * 0.9),
      target,
    ),
  ).toBeCloseTo(-20, 4);
});

test('wrong sizes are refused by name', () => {
  expect(() => stft(new Float32Array(8), { fftSamples: 512, hopSamples: 0 })).toThrow(/hopSamples/);
});
