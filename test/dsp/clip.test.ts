// Finding and aligning words: silence, noise, weak onsets, clicks, over-long takes, and what trimming may never do.
import { describe, expect, test } from 'vitest';
import { clipSamples, defaultFormat, wideFormat } from '../../src/contract/spectrogram.ts';
import { bandwidthOfRate, validBands } from '../../src/dsp/bandwidth.ts';
import { alignTake, prepareTake, trimClip } from '../../src/dsp/clip.ts';
import { Random } from '../../src/dsp/random.ts';
import { findSpeech } from '../../src/dsp/speech.ts';
import { syntheticTake } from '../helpers/syntheticCorpus.ts';

const rate = 8000;

/** `word` after and before `before` and `after` seconds of white noise of the given standard deviation. */
function within(word: Float32Array, before: number, after: number, noise: number, seed = 1): Float32Array {
  const random = new Random(seed);
  const samples = new Float32Array(word.length + Math.round((before + after) * rate));
  samples.set(word, Math.round(before * rate));
  for (let i = 0; i < samples.length; i++) samples[i] += noise * random.normal();
  return samples;
}

/** A vowel-like tone of 0.2 s with an onset of weak noise, `onsetDb` below it. */
function weakOnset(onsetDb: number): Float32Array {
  const random = new Random(3);
  return Float32Array.from({ length: 2400 }, (_, i) => {
    const tone = 0.3 * (Math.sin(0.8 * i) + Math.sin(0.31 * i));
    return i < 800 ? 0.3 * 10 ** (onsetDb / 20) * random.normal() : tone;
  });
}

describe('findSpeech', () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('digit %i in silence, to 15 ms', (digit) => {
    const word = syntheticTake(digit, 0, rate, new Random(digit));
    const alone = findSpeech(word, rate);
    const { start, end } = findSpeech(within(word, 0.3, 0.4, 1e-5), rate);
    expect(Math.abs(start - 2400 - alone.start)).toBeLessThan(120);
    expect(Math.abs(end - 2400 - alone.end)).toBeLessThan(120);
  });

  test('an onset 34 dB below the vowel is kept when the room is quiet, and when the take was cut to it', () => {
    const word = weakOnset(-34);
    expect(findSpeech(within(word, 0.2, 0.2, 1e-5), rate).start).toBeLessThan(1600 + 80);
    expect(findSpeech(word, rate).start).toBeLessThan(80);
  });

  test('steady noise 20 dB below the word is trimmed off', () => {
    const word = weakOnset(-10);
    const noisy = within(word, 0.5, 0.5, 0.03);
    const { start, end } = findSpeech(noisy, rate);
    expect(start).toBeGreaterThan(4000 - 200);
    expect(start).toBeLessThan(4000 + 200);
    expect(end).toBeGreaterThan(4000 + 2400 - 200);
    expect(end).toBeLessThan(4000 + 2400 + 200);
  });

  test('a click before the word is left out, the release of a final stop is not', () => {
    const word = weakOnset(-10);
    const samples = within(word, 0.3, 0.3, 1e-5);
    samples[1000] = 0.2;
    expect(findSpeech(samples, rate).start).toBeGreaterThan(2400 - 200);
    const released = within(word, 0.3, 0.3, 1e-5);
    for (let i = 0; i < 60; i++) released[2400 + 2400 + 800 + i] = 0.1 * Math.cos(2 * i);
    expect(findSpeech(released, rate).end).toBeGreaterThan(2400 + 2400 + 800);
  });

  test('a thump half a second after the word is not a part of it', () => {
    const samples = within(weakOnset(-10), 0, 1, 1e-5);
    for (let i = 0; i < 400; i++) samples[7000 + i] = 0.2 * Math.sin(i);
    expect(findSpeech(samples, rate).end).toBeLessThan(2600);
  });

  test('silence, a single sample, nothing', () => {
    expect(findSpeech(new Float32Array(5000), rate)).toEqual({ start: 0, end: 0 });
    expect(findSpeech(new Float32Array(1).fill(1), rate)).toEqual({ start: 0, end: 0 });
    expect(findSpeech(new Float32Array(0), rate)).toEqual({ start: 0, end: 0 });
  });

  test('the span is the same in seconds at any rate and level', () => {
    const base = findSpeech(weakOnset(-20), rate);
    const quiet = findSpeech(
      weakOnset(-20).map((v) => v * 1e-3),
      rate,
    );
    expect(quiet).toEqual(base);
  });

  test('an impossible rate is refused', () => {
    expect(() => findSpeech(new Float32Array(10), 0)).toThrow(RangeError);
  });
});

describe('alignTake', () => {
  test('onset at onsetSamples, peak 0.9, wherever the word was and however loud', () => {
    const word = weakOnset(0);
    for (const [before, gain] of [
      [0, 1],
      [0.05, 0.01],
      [0.4, 3],
    ]) {
      const take = within(word, before, 0.1, 1e-6).map((v) => v * gain);
      const { clip, cutSamples } = alignTake(take, defaultFormat);
      expect(clip.length).toBe(clipSamples(defaultFormat));
      expect(Math.max(...clip.map(Math.abs))).toBeCloseTo(0.9, 5);
      expect(cutSamples).toBe(0);
      const first = clip.findIndex((v) => Math.abs(v) > 0.05);
      expect(Math.abs(first - defaultFormat.onsetSamples)).toBeLessThan(0.015 * rate);
      expect(clip.subarray(0, defaultFormat.onsetSamples - 60).every((v) => v === 0)).toBe(true);
    }
  });

  test('a word longer than the clip is cut, faded and counted', () => {
    const long = Float32Array.from({ length: 12000 }, (_, i) => Math.sin(0.7 * i));
    const { clip, wordSamples, cutSamples } = alignTake(long, defaultFormat);
    expect(wordSamples).toBe(12000);
    expect(cutSamples).toBe(12000 - (clip.length - defaultFormat.onsetSamples));
    expect(Math.abs(clip[clip.length - 1])).toBeLessThan(1e-3);
    expect(Math.max(...clip.subarray(-16).map(Math.abs))).toBeLessThan(0.1);
  });

  test('a silent take is a silent clip', () => {
    const { clip, wordSamples } = alignTake(new Float32Array(300), defaultFormat);
    expect(wordSamples).toBe(0);
    expect(clip.every((v) => v === 0)).toBe(true);
  });

  test('the given samples are not changed', () => {
    const take = weakOnset(-20);
    const before = take.slice();
    prepareTake(take, rate, defaultFormat);
    expect(take).toEqual(before);
  });
});

test('a converter offset leaves no energy below the word: features match those without it', () => {
  const word = within(weakOnset(-10), 0.2, 0.2, 1e-5);
  const plain = prepareTake(word, rate, defaultFormat);
  const offset = prepareTake(
    word.map((v) => v + 0.2),
    rate,
    defaultFormat,
  );
  const worst = plain.features.reduce((most, v, i) => Math.max(most, Math.abs(v - offset.features[i])), 0);
  expect(worst).toBeLessThan(0.05);
});

test('bands beyond what the rate of a recording carries are 0, and those below are as in a wide one', () => {
  const word = within(weakOnset(-10), 0.2, 0.2, 1e-3);
  const { frames, melBands } = wideFormat;
  const narrow = prepareTake(word, rate, wideFormat).features;
  const valid = validBands(wideFormat, bandwidthOfRate(rate, wideFormat.sampleRate));
  const upper = narrow.filter((_, i) => i % melBands >= valid);
  expect(upper).toHaveLength(frames * (melBands - valid));
  expect(upper.every((value) => value === 0)).toBe(true);
  expect(narrow.filter((_, i) => i % melBands < valid).some((value) => value > 0.3)).toBe(true);
  const own = prepareTake(word, rate, defaultFormat).features;
  expect(
    own.filter((_, i) => i % defaultFormat.melBands === defaultFormat.melBands - 1).some((v) => v > 0),
  ).toBe(true);
});

describe('trimClip', () => {
  test('20 ms of faded silence remain on each side', () => {
    for (const wide of [8000, 48000]) {
      const tone = Float32Array.from({ length: wide / 4 }, (_, i) => 0.5 * Math.sin((6000 * i) / wide));
      const clip = new Float32Array(wide);
      clip.set(tone, wide / 4);
      const trimmed = trimClip(clip, wide);
      expect(Math.abs(trimmed.length - (wide / 4 + 0.04 * wide))).toBeLessThan(0.02 * wide);
      expect(Math.abs(trimmed[0])).toBeLessThan(1e-3);
      expect(Math.max(...trimmed)).toBeCloseTo(0.5, 2);
      const energy = (a: Float32Array): number => a.reduce((sum, v) => sum + v * v, 0);
      expect(energy(trimmed)).toBeCloseTo(energy(tone), 3);
    }
  });

  test('a silent clip becomes one silent sample', () => {
    expect(Array.from(trimClip(new Float32Array(8000), 8000))).toEqual([0]);
  });
});
