// Tracks: pitch carried on through unvoiced frames, and voicing of tones, noises and mixtures.
import { expect, test } from 'vitest';
import {
  clipSamples,
  defaultFormat,
  defaultTracks,
  f0OfTrack,
  frameValues,
  type SpectrogramFormat,
  type TrackChannel,
} from '../../src/contract/spectrogram.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import { prepareTake } from '../../src/dsp/clip.ts';
import { Random } from '../../src/dsp/random.ts';
import { atPitchOf, interleave, trackFeatures } from '../../src/dsp/tracks.ts';
import { testWords } from '../helpers/signals.ts';
import { tone, vowel, type ToneOptions } from '../helpers/tones.ts';

const format: SpectrogramFormat = { ...defaultFormat, tracks: defaultTracks };
const { frames, sampleRate } = format;
const samples = clipSamples(format);
const count = defaultTracks.channels.length;

const clipOf = (options: Partial<ToneOptions>): Float32Array =>
  tone({ sampleRate, samples, f0: () => 120, ...options });

/** One channel over the frames that lie whole inside the clip. */
function channel(features: Float32Array, index: number): number[] {
  return Array.from({ length: frames - 4 }, (_, i) => features[(i + 2) * count + index]);
}

/** Mean of each voicing channel. */
function voicing(features: Float32Array): number[] {
  return [1, 2, 3, 4].map((b) => channel(features, b).reduce((sum, v) => sum + v, 0) / (frames - 4));
}

test.each([90, 140, 250, 390])('a pulse train of %i Hz is voiced in every band', (f0) => {
  for (const share of voicing(trackFeatures(clipOf({ f0: () => f0 }), format))) {
    expect(share).toBeGreaterThan(0.95);
  }
});

test('a glide of an octave and a half a second does not look like noise', () => {
  const glide = clipOf({ f0: (t) => 90 * 2 ** (1.5 * t), spectrum: vowel });
  for (const share of voicing(trackFeatures(glide, format))) expect(share).toBeGreaterThan(0.95);
});

test('white noise is not voiced', () => {
  const random = new Random(1);
  const noise = Float32Array.from({ length: samples }, () => 0.2 * random.normal());
  for (const share of voicing(trackFeatures(noise, format))) expect(share).toBeLessThan(0.15);
});

test('noise over a low-passed tone: voiced below, not above', () => {
  const low = clipOf({ spectrum: (hertz) => (hertz < 1400 ? 1 : 0), noiseDb: -10 });
  const shares = voicing(trackFeatures(low, format));
  expect(shares[0]).toBeGreaterThan(0.9);
  expect(shares[2]).toBeLessThan(0.2);
  expect(shares[3]).toBeLessThan(0.2);
});

test('three times as much tone as noise reads three quarters, as much a half', () => {
  // The lowest band stays clean, so that the pitch is known.
  const mixed = (noisePower: number): number[] => {
    const clean = clipOf({ spectrum: () => 1 });
    const random = new Random(2);
    let before = 0;
    // A first difference keeps the noise out of the lowest band; its power is twice the white noise's.
    const noise = clean.map(() => {
      const white = random.normal();
      const high = white - before;
      before = white;
      return high;
    });
    const top = 0.04 * noisePower;
    return voicing(
      trackFeatures(
        clean.map((v, n) => v + Math.sqrt(top / 2) * noise[n]),
        format,
      ),
    );
  };
  // The noise's power by frequency is 1 - cos(w), in the third band 1.08 on average.
  expect(Math.abs(mixed(0.31)[2] - 0.75)).toBeLessThan(0.1);
  expect(Math.abs(mixed(0.93)[2] - 0.5)).toBeLessThan(0.12);
  expect(mixed(0.93)[3]).toBeLessThan(mixed(0.31)[3]);
});

test('pitch is carried on through silence between two tones and held at the ends', () => {
  const clip = new Float32Array(samples);
  clip.set(clipOf({ f0: () => 100 }).subarray(10 * 128, 20 * 128), 10 * 128);
  clip.set(clipOf({ f0: () => 200 }).subarray(30 * 128, 40 * 128), 30 * 128);
  const features = trackFeatures(clip, format);
  const f0 = (m: number): number => f0OfTrack(features[m * count], defaultTracks);
  expect(f0(0)).toBeCloseTo(f0(11), -1);
  expect(f0(47) / 200).toBeCloseTo(1, 1);
  expect(f0(15) / 100).toBeCloseTo(1, 2);
  expect(f0(25)).toBeGreaterThan(120);
  expect(f0(25)).toBeLessThan(165);
  for (let m = 1; m < frames; m++) expect(Math.abs(Math.log2(f0(m) / f0(m - 1)))).toBeLessThan(0.2);
  for (const m of [2, 25, 46]) expect(features[m * count + 1]).toBeLessThan(0.05);
});

test('a silent clip has a middle pitch and no voicing', () => {
  const features = trackFeatures(new Float32Array(samples), format);
  for (let m = 0; m < frames; m++) {
    expect(Array.from(features.subarray(m * count, (m + 1) * count))).toEqual([0.5, 0, 0, 0, 0]);
  }
});

test('values lie in [0, 1]; channels follow their names', () => {
  const tracks = { ...defaultTracks, channels: ['voicing4', 'voicing2', 'f0', 'voicing1'] as const };
  for (const { samples: word } of testWords(20)) {
    const clip = prepareTake(word, 8000, defaultFormat).clip;
    const usual = trackFeatures(clip, format);
    expect(usual.every((v) => v >= 0 && v <= 1)).toBe(true);
    const renamed = trackFeatures(clip, { ...format, tracks });
    for (let m = 0; m < frames; m++) {
      expect(renamed[m * 4]).toBe(usual[m * count + 4]);
      expect(renamed[m * 4 + 1]).toBe(usual[m * count + 2]);
      expect(renamed[m * 4 + 2]).toBe(usual[m * count]);
      expect(renamed[m * 4 + 3]).toBe(usual[m * count + 1]);
    }
  }
});

test('a prepared take holds its bands and channels frame by frame; without tracks only the bands', () => {
  const [{ samples: word }] = testWords(60);
  const take = prepareTake(word, 8000, format);
  const bands = melFeatures(take.clip, format);
  expect(take.features).toEqual(interleave(bands, trackFeatures(take.clip, format), format));
  expect(take.features.length).toBe(frames * frameValues(format));
  expect(take.features[20 * 85 + 7]).toBe(bands[20 * 80 + 7]);
  expect(prepareTake(word, 8000, defaultFormat).features).toEqual(bands);
  expect(trackFeatures(take.clip, defaultFormat).length).toBe(0);
});

test('a channel that nobody can measure is refused, not left untrained', () => {
  const clip = new Float32Array(samples);
  const measure = (channels: readonly string[]) =>
    trackFeatures(clip, { ...format, tracks: { ...defaultTracks, channels: channels as TrackChannel[] } });
  expect(() => measure(['f0', 'loudness'])).toThrow(
    /f0, voicing1, voicing2, voicing3, voicing4 .*"loudness"/,
  );
  // Five edges make four bands.
  expect(() => measure(['voicing5'])).toThrow(/4 bands of voicing, got "voicing5"/);
  expect(() => measure(['f0', 'f0'])).toThrow(/"f0" twice/);
});

test('a word takes the pitch of another as a whole, keeps its contour and all else, and stays without one to take', () => {
  const wordOf = (options: Partial<ToneOptions>) => {
    const clip = clipOf({ spectrum: vowel, ...options });
    return interleave(melFeatures(clip, format), trackFeatures(clip, format), format);
  };
  const [low, high] = [wordOf({ f0: (t) => 110 * 2 ** (0.5 * t) }), wordOf({ f0: () => 220 })];
  const moved = atPitchOf(low, high, format);
  const values = frameValues(format);
  const f0 = format.melBands;
  const pitches = (word: Float32Array) =>
    Array.from({ length: frames }, (_, m) => f0OfTrack(word[m * values + f0], defaultTracks));
  const [before, after] = [pitches(low), pitches(moved)];
  expect([...after].sort((a, b) => a - b)[frames >> 1]).toBeCloseTo(220, -1);
  for (let m = 0; m < frames; m++) expect(after[m] / after[0]).toBeCloseTo(before[m] / before[0], 2);
  moved.forEach((value, i) => {
    if (i % values !== f0) expect(value).toBe(low[i]);
  });
  const silent = new Float32Array(low.length);
  expect(atPitchOf(low, silent, format)).toBe(low);
  expect(atPitchOf(silent, high, format)).toBe(silent);
  const bare = melFeatures(clipOf({}), defaultFormat);
  expect(atPitchOf(bare, bare, defaultFormat)).toBe(bare);
});
