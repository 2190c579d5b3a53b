// Magnitude-only copies: length, timing, figures, any rate.
import { describe, expect, test } from 'vitest';
import { invertRecording } from '../../src/dsp/invert.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { resample } from '../../src/dsp/resampler.ts';
import { windowSamplesAt } from '../../src/dsp/window.ts';
import { energyCentre, hasCorpus, rms, testWords } from '../helpers/signals.ts';

const modules = loadEngineModules();
const settings = { modules };

test('a word keeps length, level and timing; the figures are those of the engine', () => {
  for (const { samples } of testWords(15)) {
    const result = invertRecording(samples, 8000, settings);
    expect(result.samples.length).toBe(samples.length);
    expect(result.spectralConvergenceDb).toBeLessThan(hasCorpus ? -18 : -15);
    expect(result.fftsPerHop).toBe(17);
    expect(rms(result.samples) / rms(samples)).toBeCloseTo(1, 1);
    expect(Math.abs(energyCentre(samples) - energyCentre(result.samples))).toBeLessThan(8);
  }
});

test('more look-ahead and sweeps come closer, mel bands stay further off', () => {
  const { samples } = testWords(15)[2];
  const live = invertRecording(samples, 8000, settings);
  const studio = invertRecording(samples, 8000, { ...settings, preset: 'studio' });
  expect(studio.spectralConvergenceDb).toBeLessThan(live.spectralConvergenceDb);
  expect(studio.fftsPerHop).toBe(63);
  const mel = invertRecording(samples, 8000, { ...settings, mel: true });
  expect(mel.spectralConvergenceDb).toBeGreaterThan(live.spectralConvergenceDb);
  expect(mel.spectralConvergenceDb).toBeLessThan(-14);
});

describe('any rate', () => {
  test('the window is the power of two nearest to 64 ms', () => {
    expect([8000, 16000, 22050, 44100, 48000, 96000].map(windowSamplesAt)).toEqual([
      512, 1024, 1024, 2048, 4096, 8192,
    ]);
  });

  test.each([11025, 44100, 48000])('%i Hz', (rate) => {
    const samples = resample(testWords(15)[2].samples, 8000, rate);
    const result = invertRecording(samples, rate, settings);
    expect(result.samples.length).toBe(samples.length);
    expect(result.spectralConvergenceDb).toBeLessThan(-18);
    expect(Math.abs(energyCentre(samples) - energyCentre(result.samples))).toBeLessThan(rate / 1000);
  });
});

test('empty, silent and one-sample recordings work', () => {
  expect(invertRecording(new Float32Array(0), 8000).samples.length).toBe(0);
  const silent = invertRecording(new Float32Array(777), 8000);
  expect(silent.samples).toEqual(new Float32Array(777));
  expect(silent.spectralConvergenceDb).toBe(-Infinity);
  expect(silent.fftsPerHop).toBe(0);
  const click = invertRecording(Float32Array.of(0.5), 8000);
  expect(click.samples.length).toBe(1);
  expect(Number.isFinite(click.samples[0])).toBe(true);
});

test('the JavaScript transform does the same job', () => {
  const { samples } = testWords(30)[0];
  const plain = invertRecording(samples, 8000);
  expect(plain.spectralConvergenceDb).toBeCloseTo(
    invertRecording(samples, 8000, settings).spectralConvergenceDb,
    0,
  );
});

test('settings out of range are refused by name', () => {
  expect(() => invertRecording(new Float32Array(9), 8000, { hopSamples: 100 })).toThrow(/hopSamples/);
  expect(() => invertRecording(new Float32Array(9), 10)).toThrow(/sampleRate/);
});
