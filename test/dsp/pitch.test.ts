// Pitch tracking: gross and fine errors on tones of known pitch, and what must stay unvoiced.
import { describe, expect, test } from 'vitest';
import { Random } from '../../src/dsp/random.ts';
import { trackPitch } from '../../src/dsp/pitch.ts';
import { tone, vowel } from '../helpers/tones.ts';

const sampleRate = 8000;
const samples = 6144;
const options = { sampleRate, hopSamples: 128, frames: 48, f0LowHz: 60, f0HighHz: 420 };

const courses: readonly [string, (seconds: number) => number][] = [
  ...[80, 110, 150, 200, 270, 330, 400].map((f): [string, () => number] => [`${f} Hz`, () => f]),
  ['rising 1.5 octaves a second', (t) => 90 * 2 ** (1.5 * t)],
  ['falling 1.3 octaves a second', (t) => 300 * 2 ** (-1.3 * t)],
  ['vibrato of 5 % at 5.5 Hz', (t) => 180 * (1 + 0.05 * Math.sin(2 * Math.PI * 5.5 * t))],
];

/** Relative errors of the frames that were called voiced, the first and last two left out. */
function errors(signal: Float32Array, f0: (seconds: number) => number): number[] {
  const track = trackPitch(signal, options);
  const inner = Array.from({ length: 44 }, (_, i) => i + 2).filter((m) => track[m] > 0);
  expect(inner.length).toBeGreaterThan(42);
  return inner.map((m) => Math.abs(track[m] / f0((m * 128) / sampleRate) - 1));
}

describe.each([
  ['pulse train', undefined, undefined],
  ['pulse train in noise', undefined, -20],
  ['vowel', vowel, undefined],
  ['vowel in noise', vowel, -20],
])('%s', (_, spectrum, noiseDb) => {
  test('gross errors below 1 % of the frames, median fine error below 0.1 %', () => {
    const all = courses.flatMap(([, f0]) =>
      errors(
        tone({ sampleRate, samples, f0, ...(spectrum && { spectrum }), ...(noiseDb && { noiseDb }) }),
        f0,
      ),
    );
    expect(all.filter((error) => error > 0.2).length).toBeLessThan(0.01 * all.length);
    all.sort((a, b) => a - b);
    expect(all[all.length >> 1]).toBeLessThan(0.001);
    expect(all[Math.floor(0.95 * all.length)]).toBeLessThan(0.005);
  });
});

test.each(courses)('%s keeps its octave without its fundamental, as on a telephone', (_, f0) => {
  const spectrum = (hertz: number): number => (hertz < 300 ? 0 : vowel(hertz));
  const all = errors(tone({ sampleRate, samples, f0, spectrum }), f0);
  expect(all.filter((error) => error > 0.2).length).toBeLessThan(0.02 * all.length);
});

test('white noise is unvoiced, whatever its level', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const random = new Random(seed);
    const noise = Float32Array.from({ length: samples }, () => 10 ** (-seed / 3) * random.normal());
    expect(trackPitch(noise, options).filter((f0) => f0 > 0).length).toBeLessThan(2);
  }
});

test('silence and an offset are unvoiced', () => {
  expect(trackPitch(new Float32Array(samples), options).every((f0) => f0 === 0)).toBe(true);
  const inside = trackPitch(new Float32Array(samples).fill(0.1), options).subarray(4, 44);
  expect(inside.every((f0) => f0 === 0)).toBe(true);
});

test('voicing begins and ends with the tone, to a frame', () => {
  const signal = tone({ sampleRate, samples, f0: () => 130, spectrum: vowel });
  signal.fill(0, 0, 15 * 128);
  signal.fill(0, 33 * 128);
  const track = trackPitch(signal, options);
  const voiced = Array.from(track.keys()).filter((m) => track[m] > 0);
  expect(Math.abs(voiced[0] - 15)).toBeLessThanOrEqual(1);
  expect(Math.abs(voiced[voiced.length - 1] - 33)).toBeLessThanOrEqual(1);
});

test('the track does not depend on the level, and not on the rate', () => {
  const f0 = (t: number): number => 120 + 40 * t;
  const narrow = trackPitch(tone({ sampleRate, samples, f0, spectrum: vowel }), options);
  const quiet = tone({ sampleRate, samples, f0, spectrum: vowel }).map((v) => v / 1000);
  const wide = { ...options, sampleRate: 16000, hopSamples: 256 };
  const doubled = trackPitch(tone({ sampleRate: 16000, samples: 12288, f0, spectrum: vowel }), wide);
  const again = trackPitch(quiet, options);
  for (let m = 2; m < 46; m++) {
    expect(again[m]).toBeCloseTo(narrow[m], 2);
    expect(doubled[m] / narrow[m]).toBeCloseTo(1, 2);
  }
});

test('options out of range are named', () => {
  expect(() => trackPitch(new Float32Array(9), { ...options, f0HighHz: 4000 })).toThrow(/f0HighHz/);
  expect(() => trackPitch(new Float32Array(9), { ...options, f0LowHz: 420 })).toThrow(/f0LowHz/);
  expect(() => trackPitch(new Float32Array(9), { ...options, frames: 0 })).toThrow(/frames/);
});
