// The harmonic part: pitch, energy, timing, smoothness, and the noise part that it leaves.
import { describe, expect, test } from 'vitest';
import { defaultTracks, trackOfF0 } from '../../src/contract/spectrogram.ts';
import { hasHarmonics, HarmonicPart } from '../../src/dsp/harmonics.ts';
import { Random } from '../../src/dsp/random.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { energyCentre, rms } from '../helpers/signals.ts';
import { largestJump } from '../helpers/kernelRun.ts';
import { tone, vowel } from '../helpers/tones.ts';

const sampleRate = 8000;
const hopSamples = 128;
const fftSamples = 512;
const bins = 257;
const latencySamples = 768;
const latencyHops = 6;
const frames = 48;
const samples = frames * hopSamples;
const options = { sampleRate, fftSamples, hopSamples, latencySamples, tracks: defaultTracks };

/** Plays a clip's magnitudes; sample n of the result is at time n of the clip. */
function play(
  magnitudes: Float32Array,
  f0: (m: number) => number,
  voicing: (m: number) => number = () => 1,
  part = new HarmonicPart(options),
): Float32Array {
  const out = new Float32Array(samples + latencySamples + hopSamples);
  for (let m = 0; m < frames + latencyHops; m++) {
    const frame = new Float32Array(bins);
    if (m < frames) frame.set(magnitudes.subarray(m * bins, (m + 1) * bins));
    const v = voicing(m);
    part.beginHop(frame, Float32Array.of(trackOfF0(f0(m), defaultTracks), v, v, v, v));
    while (part.step());
    out.set(part.output, m * hopSamples);
  }
  return out.slice(latencySamples, latencySamples + samples);
}

const magnitudesOf = (signal: Float32Array): Float32Array =>
  stftMagnitudes(signal, { fftSamples, hopSamples }, frames).magnitudes;
const steady = (f0: number): Float32Array =>
  magnitudesOf(tone({ sampleRate, samples, f0: () => f0, spectrum: vowel }));

/** Phase of the sinusoid of `hertz` in a Hann-windowed stretch, in turns. */
function phaseAt(signal: Float32Array, hertz: number, from: number, length: number): number {
  let re = 0;
  let im = 0;
  for (let n = 0; n < length; n++) {
    const value = signal[from + n] * (1 - Math.cos((2 * Math.PI * n) / length));
    const angle = (2 * Math.PI * hertz * (from + n)) / sampleRate;
    re += value * Math.cos(angle);
    im -= value * Math.sin(angle);
  }
  return Math.atan2(im, re) / (2 * Math.PI);
}

test.each([75, 130, 240, 400])('a pitch of %i Hz is held to a tenth of a cent', (f0) => {
  const out = play(steady(f0), () => f0);
  for (const k of [1, 3]) {
    const turned = phaseAt(out, k * f0, 3600, 1600) - phaseAt(out, k * f0, 900, 1600);
    const hertz = ((turned - Math.round(turned)) * sampleRate) / 2700;
    expect(Math.abs(1200 * Math.log2(1 + hertz / (k * f0)))).toBeLessThan(0.1);
  }
});

test.each([80, 120, 200, 310])('a steady vowel at %i Hz keeps its energy to 1 dB and its spectrum', (f0) => {
  const original = tone({ sampleRate, samples, f0: () => f0, spectrum: vowel });
  const wanted = magnitudesOf(original);
  const out = play(wanted, () => f0);
  expect(Math.abs(20 * Math.log10(rms(out, 1024, 5120) / rms(original, 1024, 5120)))).toBeLessThan(1);
  const got = magnitudesOf(out);
  for (let k = 1; k * f0 < 3600; k++) {
    const at = 24 * bins + Math.round((k * f0 * fftSamples) / sampleRate);
    expect(Math.abs(20 * Math.log10(got[at] / wanted[at]))).toBeLessThan(1.5);
  }
});

test('the sound lies where its frames say', () => {
  const original = tone({ sampleRate, samples, f0: () => 140, spectrum: vowel });
  original.forEach((_, n) => (original[n] *= Math.exp(-(((n - 2500) / 500) ** 2))));
  const out = play(magnitudesOf(original), () => 140);
  expect(Math.abs(energyCentre(out) - energyCentre(original))).toBeLessThan(16);
});

describe('smoothness', () => {
  const jump = (f0: (m: number) => number, voicing?: (m: number) => number): number =>
    largestJump(play(steady(150), f0, voicing));
  // The largest step of the steady tone is what its own spectrum asks for.
  const usual = jump(() => 150);

  test.each([
    ['a glide', (m: number) => 120 * 2 ** (m / 96), undefined],
    ['an octave jump', (m: number) => (m < 24 ? 120 : 240), undefined],
    ['voicing that switches', () => 150, (m: number) => (m % 8 < 4 ? 1 : 0)],
    ['harmonics passing the top', (m: number) => 300 + 2 * m, undefined],
  ])('%s makes no step', (_, f0, voicing) => {
    expect(jump(f0, voicing)).toBeLessThan(1.6 * usual);
  });

  test('a glide shorter than a hop does not click: no energy where the tone has none', () => {
    const low = (hertz: number): number => (hertz < 1000 ? 1 : 0);
    const magnitudes = magnitudesOf(tone({ sampleRate, samples, f0: () => 150, spectrum: low }));
    const got = magnitudesOf(play(magnitudes, (m) => (m % 4 < 2 ? 150 : 165)));
    for (let m = 6; m < 42; m++) {
      for (let k = 160; k < bins; k++) expect(got[m * bins + k]).toBeLessThan(2e-4);
    }
  });
});

test('what is not voiced is left in the magnitudes, so that the powers add up', () => {
  const part = new HarmonicPart(options);
  const magnitudes = new Float32Array(bins).fill(0.1);
  part.beginHop(magnitudes, Float32Array.of(0.5, 1, 0.5, 0.25, 0));
  const at = (hertz: number): number => magnitudes[Math.round((hertz * fftSamples) / sampleRate)];
  expect(at(300)).toBe(0);
  expect(at(1200)).toBeCloseTo(0.1 * Math.sqrt(0.5), 3);
  expect(at(2100)).toBeCloseTo(0.1 * Math.sqrt(0.75), 3);
  expect(at(3900)).toBeCloseTo(0.1, 6);
  for (let k = 1; k < bins; k++) expect(magnitudes[k]).toBeGreaterThanOrEqual(magnitudes[k - 1] - 1e-7);
});

test('unvoiced frames are silent, frames of noise stay finite and in bounds', () => {
  expect(
    play(
      steady(150),
      () => 150,
      () => 0,
    ).every((v) => v === 0),
  ).toBe(true);
  const random = new Random(1);
  const wild = Float32Array.from({ length: frames * bins }, () => random.uniform());
  const out = play(
    wild,
    () => random.uniform(20, 900),
    () => random.uniform(-1, 2),
  );
  expect(out.every((v) => Number.isFinite(v) && Math.abs(v) < 60)).toBe(true);
});

test('reset restores the state after construction', () => {
  const part = new HarmonicPart(options);
  const first = play(steady(180), () => 180, undefined, part);
  part.reset();
  expect(play(steady(180), () => 180, undefined, part)).toEqual(first);
});

test('samples do not depend on when the steps are run', () => {
  const late = new HarmonicPart(options);
  const prompt = new HarmonicPart(options);
  const frame = steady(170).subarray(20 * bins, 21 * bins);
  for (let m = 0; m < 12; m++) {
    late.beginHop(frame.slice(), Float32Array.of(0.5, 1, 1, 1, 1));
    prompt.beginHop(frame.slice(), Float32Array.of(0.5, 1, 1, 1, 1));
    let steps = 0;
    while (prompt.step()) steps++;
    expect(steps).toBe(prompt.stepsPerHop);
    if (m === 11) while (late.step());
  }
  expect(late.output).toEqual(prompt.output);
  expect(rms(prompt.output)).toBeGreaterThan(0);
});

test('options out of range are named; tracks without pitch or voicing have no harmonics', () => {
  expect(() => new HarmonicPart({ ...options, latencySamples: 100 })).toThrow(/latencySamples/);
  expect(() => new HarmonicPart({ ...options, hopSamples: 0 })).toThrow(/hopSamples/);
  expect(hasHarmonics(undefined)).toBe(false);
  expect(hasHarmonics({ ...defaultTracks, channels: ['voicing1'] })).toBe(false);
  expect(hasHarmonics(defaultTracks)).toBe(true);
});
