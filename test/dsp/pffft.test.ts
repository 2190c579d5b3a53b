// The SIMD transform against the JavaScript one.
import { describe, expect, test } from 'vitest';
import { createFft } from '../../src/dsp/createFft.ts';
import { JsFft } from '../../src/dsp/fft.ts';
import { PffftFft } from '../../src/dsp/pffft.ts';
import { loadFftModule } from '../helpers/fftModule.ts';
import { JavascriptLoops } from '../../src/dsp/javascriptLoops.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { padded, streamThrough } from '../helpers/convergence.ts';
import { noise, rms, testWords } from '../helpers/signals.ts';

const module = loadFftModule();
if (module === undefined) throw new Error('generated/pffft.wasm is missing: run node scripts/build-wasm.mjs');

test.each([32, 64, 256, 512, 1024, 4096])('agrees with the JavaScript transform at %i samples', (size) => {
  const simd = new PffftFft(module, size);
  const plain = new JsFft(size);
  const bins = size / 2 + 1;
  const time = noise(size, size);
  const spectra = [simd, plain].map((fft) => {
    const re = new Float32Array(bins + 2).fill(7);
    const im = new Float32Array(bins + 2).fill(7);
    fft.forward(time, re, im);
    expect([re[bins], re[bins + 1], im[bins], im[bins + 1]]).toEqual([7, 7, 7, 7]);
    return { re, im };
  });
  for (let k = 0; k < bins; k++) {
    expect(Math.abs(spectra[0].re[k] - spectra[1].re[k])).toBeLessThan(2e-6 * size);
    expect(Math.abs(spectra[0].im[k] - spectra[1].im[k])).toBeLessThan(2e-6 * size);
  }
  const back = new Float32Array(size);
  simd.inverse(spectra[0].re, spectra[0].im, back);
  for (let n = 0; n < size; n++) expect(Math.abs(back[n] - time[n])).toBeLessThan(1e-6);
});

test('two transforms of one module do not disturb each other', () => {
  const a = new PffftFft(module, 64);
  const b = new PffftFft(module, 64);
  const re = new Float32Array(33);
  const im = new Float32Array(33);
  const kept = new Float32Array(33);
  a.forward(noise(64, 1), kept, im);
  b.forward(noise(64, 2), re, im);
  a.forward(noise(64, 1), re, im);
  expect(re).toEqual(kept);
});

describe('choice', () => {
  test('SIMD with a module, JavaScript without one or for sizes that pffft lacks', () => {
    expect(createFft(512, module).kind).toBe('simd');
    expect(createFft(512).kind).toBe('javascript');
    expect(createFft(16, module).kind).toBe('javascript');
    expect(() => createFft(500, module)).toThrow(/power of two/);
  });

  test('a module that is no pffft is refused', () => {
    const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    expect(() => new PffftFft(empty, 512)).toThrow(/pffft/);
  });
});

test('the phase engine sounds the same with both', () => {
  const sizes = { fftSamples: 512, hopSamples: 128 };
  for (const { samples } of testWords(20)) {
    const signal = padded(samples);
    const { magnitudes } = stftMagnitudes(signal, sizes);
    const [simd, plain] = [new PffftFft(module, 512), new JsFft(512)].map(
      (fft) =>
        streamThrough(magnitudes, signal.length, { loops: new JavascriptLoops(fft), hopSamples: 128 })
          .samples,
    );
    const difference = simd.map((value, n) => value - plain[n]);
    expect(20 * Math.log10(rms(difference) / rms(plain))).toBeLessThan(-55);
  }
});
