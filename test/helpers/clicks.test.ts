// The discontinuity detector: what it finds, and what it leaves alone.
import { describe, expect, test } from 'vitest';
import { resample } from '../../src/dsp/resampler.ts';
import { CLICK, clickiness, worstClick } from './clicks.ts';
import { noise, testWords } from './signals.ts';
import { tone, vowel } from './tones.ts';

const samples = 8000;

/** A vowel that sets in and dies away over 0.2 s, so that its ends are no clicks. */
function fading(f0: (seconds: number) => number): Float32Array {
  return tone({ sampleRate: 8000, samples, f0, spectrum: vowel }).map(
    (value, n) => value * Math.sin(0.5 * Math.PI * Math.min(1, n / 1600, (samples - n) / 1600)) ** 2,
  );
}

function peakOf(signal: Float32Array): number {
  return signal.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

describe.each([8000, 48000])('at %i Hz', (rate) => {
  const atRate = (signal: Float32Array): Float32Array => resample(signal, 8000, rate);

  test.each([110, 220, 440, 880])('a step and a pulse at -40 dB are found in a vowel of %i Hz', (f0) => {
    const clean = atRate(fading(() => f0));
    expect(clickiness(clean, rate)).toBeLessThan(8);
    const height = 0.01 * peakOf(clean);
    for (const share of [0.4, 0.5121, 0.63]) {
      const at = Math.round(share * clean.length);
      const step = clean.map((value, n) => value + (n >= at ? height : 0));
      const pulse = clean.map((value, n) => value + (n === at ? height : 0));
      for (const clicked of [step, pulse]) {
        // The step lasts to the end, where it would count again.
        const found = worstClick(clicked, rate, 0, 0.9 * rate);
        expect(found.ratio).toBeGreaterThan(CLICK);
        expect(Math.abs(found.at - at)).toBeLessThan(0.001 * rate);
        // Outside of the stretch that is judged it does not count.
        expect(clickiness(clicked, rate, 0, at - 0.02 * rate)).toBeLessThan(8);
      }
    }
  });

  test('a step of the model is found behind its resampler, too', () => {
    const clean = fading(() => 165);
    const clicked = clean.map((value, n) => value + (n >= 4001 ? 0.01 * peakOf(clean) : 0));
    expect(clickiness(atRate(clicked), rate, 0, 0.9 * rate)).toBeGreaterThan(CLICK);
  });

  test('a sound that sets in at full level is found, unless its onset is not judged', () => {
    const sudden = atRate(fading(() => 220).map((value, n) => (n < 3000 ? 0 : value)));
    expect(clickiness(sudden, rate)).toBeGreaterThan(CLICK);
    expect(clickiness(sudden, rate, 0.4 * rate)).toBeLessThan(8);
  });

  test('glides, vibrato and noise are quiet', () => {
    expect(clickiness(atRate(fading((t) => 110 * 2 ** t)), rate)).toBeLessThan(8);
    expect(
      clickiness(atRate(fading((t) => 220 * 2 ** (Math.sin(2 * Math.PI * 6 * t) / 24))), rate),
    ).toBeLessThan(8);
    expect(clickiness(noise(rate, 3), rate)).toBeLessThan(8);
    expect(clickiness(new Float32Array(rate), rate)).toBe(0);
  });

  test('natural words are quiet, their ends left out', () => {
    const ratios = testWords(rate === 8000 ? 1 : 7).map(({ samples: word }) => {
      const clip = atRate(word);
      return clickiness(clip, rate, 0.01 * rate, clip.length - 0.01 * rate);
    });
    expect(Math.max(...ratios)).toBeLessThan(CLICK);
    expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).toBeLessThan(10);
  });
});
