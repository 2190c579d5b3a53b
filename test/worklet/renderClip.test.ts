// Offline rendering: length, timing, level, rates.
import { expect, test } from 'vitest';
import { clipSamples, defaultFormat } from '../../src/contract/spectrogram.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { resample } from '../../src/dsp/resampler.ts';
import { renderClip } from '../../src/worklet/renderClip.ts';
import { clipOf, wordFeatures } from '../helpers/kernelRun.ts';
import { energyCentre, rms, testWords } from '../helpers/signals.ts';

const module = loadEngineModules();
const fft = module ? { modules: module } : {};

test('a word comes back at its time and level, and its features come back from its sound', () => {
  for (const { samples } of testWords(15)) {
    const clip = clipOf(samples);
    const features = melFeatures(clip, defaultFormat);
    const out = renderClip(features, defaultFormat, fft);
    expect(out.length).toBe(clipSamples(defaultFormat));
    expect(Math.abs(energyCentre(out) - energyCentre(clip))).toBeLessThan(64);
    expect(Math.abs(20 * Math.log10(rms(out) / rms(clip)))).toBeLessThan(2);
    const again = melFeatures(out, defaultFormat);
    let error = 0;
    for (let i = 0; i < features.length; i++) error += (again[i] - features[i]) ** 2 / features.length;
    expect(Math.sqrt(error)).toBeLessThan(0.08);
  }
});

test.each([8000, 16000, 44100, 48000])('at %i Hz it is the same sound', (rate) => {
  const [features] = wordFeatures(1);
  const out = renderClip(features, defaultFormat, { ...fft, rate });
  expect(out.length).toBe(Math.ceil((clipSamples(defaultFormat) * rate) / 8000));
  const wanted = resample(renderClip(features, defaultFormat, fft), 8000, rate);
  const difference = out.map((value, n) => value - wanted[n]);
  expect(rms(difference) / rms(wanted)).toBeLessThan(1e-4);
});

test('gain is linear, the same call gives the same samples, silence is silence', () => {
  const [features] = wordFeatures(1);
  const out = renderClip(features, defaultFormat, fft);
  expect(renderClip(features, defaultFormat, fft)).toEqual(out);
  expect(rms(renderClip(features, defaultFormat, { ...fft, gain: 0.5 })) / rms(out)).toBeCloseTo(0.5, 6);
  const silent = renderClip(new Float32Array(features.length), defaultFormat, fft);
  expect(silent.every((value) => value === 0)).toBe(true);
});

test('arguments out of range are refused by name', () => {
  expect(() => renderClip(new Float32Array(3), defaultFormat)).toThrow(/features\.length/);
  expect(() => renderClip(wordFeatures(1)[0], defaultFormat, { gain: 2 })).toThrow(/gain/);
});
