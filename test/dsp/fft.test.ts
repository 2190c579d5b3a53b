// The JavaScript FFT against the definition of the transform.
import { describe, expect, test } from 'vitest';
import { JsFft } from '../../src/dsp/fft.ts';
import { CountingFft } from '../helpers/countingFft.ts';
import { noise } from '../helpers/signals.ts';

describe.each([8, 16, 64, 512])('JsFft of %i samples', (size) => {
  const fft = new JsFft(size);
  const bins = size / 2 + 1;
  const time = noise(size, size);
  const re = new Float32Array(bins);
  const im = new Float32Array(bins);

  test('forward is the sum of the definition', () => {
    fft.forward(time, re, im);
    for (let k = 0; k < bins; k++) {
      let sumRe = 0;
      let sumIm = 0;
      for (let n = 0; n < size; n++) {
        sumRe += time[n] * Math.cos((2 * Math.PI * k * n) / size);
        sumIm -= time[n] * Math.sin((2 * Math.PI * k * n) / size);
      }
      expect(Math.abs(re[k] - sumRe)).toBeLessThan(1e-5 * size);
      expect(Math.abs(im[k] - sumIm)).toBeLessThan(1e-5 * size);
    }
  });

  test('inverse undoes forward and leaves its inputs and the ends of longer arrays alone', () => {
    const longRe = new Float32Array(bins + 2).fill(7);
    const longIm = new Float32Array(bins + 2).fill(7);
    const back = new Float32Array(size + 2).fill(7);
    fft.forward(time, longRe, longIm);
    const kept = longRe.slice();
    fft.inverse(longRe, longIm, back);
    for (let n = 0; n < size; n++) expect(Math.abs(back[n] - time[n])).toBeLessThan(1e-6);
    expect(longRe).toEqual(kept);
    expect(Array.from(longRe.subarray(bins))).toEqual([7, 7]);
    expect(Array.from(longIm.subarray(bins))).toEqual([7, 7]);
    expect(Array.from(back.subarray(size))).toEqual([7, 7]);
    expect(longIm[0]).toBe(0);
    expect(longIm[bins - 1]).toBe(0);
  });
});

test('a size that is no power of two is refused by name and value', () => {
  expect(() => new JsFft(500)).toThrow(/FFT size must be a power of two from 8 to 65536, got 500/);
  expect(() => new JsFft(NaN)).toThrow(RangeError);
});

test('CountingFft counts both directions', () => {
  const fft = new CountingFft(new JsFft(8));
  const time = new Float32Array(8);
  const re = new Float32Array(5);
  fft.forward(time, re, new Float32Array(5));
  fft.inverse(re, new Float32Array(5), time);
  expect(fft.count).toBe(2);
  expect(fft.size).toBe(8);
});
