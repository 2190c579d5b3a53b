// The harmonic part: pitch, energy, timing, smoothness, and the noise part that it leaves.
import { describe, expect, test } from 'vitest';
import { defaultTracks, trackOfF0 } from '../../src/contract/spectrogram.ts';
import { createLoops } from '../../src/dsp/createLoops.ts';
import { HarmonicPart } from '../../src/dsp/harmonics.ts';
import {
  hasHarmonics,
  HarmonicTables,
  LOWEST_F0,
  PIECES,
  type HarmonicOptions,
} from '../../src/dsp/harmonicTables.ts';
import { Random } from '../../src/dsp/random.ts';
import { padded } from '../../src/dsp/phaseTables.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { WasmLoops } from '../../src/dsp/wasmLoops.ts';
import { energyCentre, rms } from '../helpers/signals.ts';
import { largestJump } from '../helpers/kernelRun.ts';
import { clickiness } from '../helpers/clicks.ts';
import { fitTone } from '../helpers/toneFit.ts';
import { tone, vowel } from '../helpers/tones.ts';

const sampleRate = 8000;
const hopSamples = 128;
const fftSamples = 512;
const bins = 257;
const frames = 48;
const samples = frames * hopSamples;
const options = { sampleRate, fftSamples, hopSamples, maxLookAheadFrames: 3, tracks: defaultTracks };
const loops = createLoops(fftSamples, undefined, 0);
const newPart = (): HarmonicPart => new HarmonicPart(new HarmonicTables(loops, options));

/** Channels of a frame. */
const channelsOf = (f0: number, voicing: number): Float32Array =>
  Float32Array.of(trackOfF0(f0, defaultTracks), voicing, voicing, voicing, voicing);

/** How a clip is played. */
interface Course {
  readonly voicing?: (m: number) => number;
  /** Pitch at a sample of the clip, 0 for the clip's own; asked for at the beginning of each piece. */
  readonly pitchHz?: (n: number) => number;
  readonly part?: HarmonicPart;
  /** Frames that are taken ahead of what is played. */
  readonly ahead?: number;
}

/** Plays a clip's magnitudes; sample n of the result is at time n of the clip. */
function play(magnitudes: Float32Array, f0: (m: number) => number, course: Course = {}): Float32Array {
  const { voicing = () => 1, pitchHz = () => 0, part = newPart(), ahead = 1 } = course;
  const out = new Float32Array(samples);
  const heard = new Float32Array(hopSamples);
  let taken = 0;
  for (let at = -fftSamples / 2; at < samples; at += hopSamples) {
    // The hop that begins at a frame's middle needs this frame and the next.
    for (; taken * hopSamples <= at + ahead * hopSamples; taken++) {
      const frame = new Float32Array(bins);
      if (taken < frames) frame.set(magnitudes.subarray(taken * bins, (taken + 1) * bins));
      part.take(frame, channelsOf(f0(taken), voicing(taken)));
    }
    heard.fill(0);
    part.nextHop();
    for (let piece = 0; piece < PIECES; piece++) {
      const begin = (piece * hopSamples) / PIECES;
      part.piece(piece, pitchHz(at + begin), 1, heard, begin);
    }
    for (let n = Math.max(0, -at); n < hopSamples; n++) out[at + n] = heard[n];
  }
  return out;
}

const magnitudesOf = (signal: Float32Array): Float32Array =>
  stftMagnitudes(signal, { fftSamples, hopSamples }, frames).magnitudes;
const steady = (f0: number): Float32Array =>
  magnitudesOf(tone({ sampleRate, samples, f0: () => f0, spectrum: vowel }));

test.each([75, 130, 240, 400])('a pitch of %i Hz is held to a hundredth of a cent', (f0) => {
  const out = play(steady(f0), () => f0);
  const fit = fitTone(out.slice(1500, 4700), sampleRate, f0);
  expect(Math.abs(1200 * Math.log2(fit.hertz / f0))).toBeLessThan(0.01);
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
    largestJump(play(steady(150), f0, voicing === undefined ? {} : { voicing }));
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

test('a harmonic that crosses the top of the spectrum fades there, and none takes its place at once', () => {
  // Only the top of the spectrum sounds: each harmonic comes and goes within 160 Hz.
  const top = new Float32Array(frames * bins).fill(0.01);
  for (let m = 0; m < frames; m++) top.fill(0, m * bins, m * bins + 215);
  const out = play(top, () => 150, { pitchHz: (n) => 300 * 2 ** Math.max(0, (n - 1000) / 8000) });
  expect(rms(out, 1000, 5000)).toBeGreaterThan(0.005);
  // Faded by where its energy lies instead of by its own place: 31.
  expect(clickiness(out, sampleRate, 800, 5000)).toBeLessThan(16);
});

test('what is not voiced is left in the magnitudes, so that the powers add up', () => {
  const part = newPart();
  const magnitudes = new Float32Array(bins).fill(0.1);
  part.take(magnitudes, Float32Array.of(0.5, 1, 0.5, 0.25, 0));
  const at = (hertz: number): number => magnitudes[Math.round((hertz * fftSamples) / sampleRate)];
  expect(at(300)).toBe(0);
  expect(at(1200)).toBeCloseTo(0.1 * Math.sqrt(0.5), 3);
  expect(at(2100)).toBeCloseTo(0.1 * Math.sqrt(0.75), 3);
  expect(at(3900)).toBeCloseTo(0.1, 6);
  for (let k = 1; k < bins; k++) expect(magnitudes[k]).toBeGreaterThanOrEqual(magnitudes[k - 1] - 1e-7);
});

test('noise that measured voicing leaves of a pure vowel counts as none, more of it as it is', () => {
  const noiseOf = (voicing: number): number => {
    const magnitudes = new Float32Array(bins).fill(0.1);
    newPart().take(magnitudes, channelsOf(150, voicing));
    return (magnitudes[100] / 0.1) ** 2;
  };
  expect(noiseOf(0.9935)).toBe(0);
  for (const noise of [0.03, 0.1, 0.5, 1]) expect(noiseOf(1 - noise) / noise).toBeCloseTo(1, 0.9);
  for (let voicing = 0; voicing < 1; voicing += 0.001) {
    expect(noiseOf(voicing)).toBeGreaterThanOrEqual(noiseOf(voicing + 0.001));
  }
});

test('a pitch asked for is reached at the end of the piece, whatever the look-ahead; others are bounded', () => {
  const glide = (n: number): number => 120 * 2 ** (n / 8000);
  const near = play(steady(150), () => 150, { pitchHz: glide });
  expect(play(steady(150), () => 150, { pitchHz: glide, ahead: 4 })).toEqual(near);
  // 32 samples late: at sample n the pitch is that of n - 32.
  const fit = fitTone(near.slice(2900, 3100), sampleRate, glide(3000 - 32));
  expect(Math.abs(1200 * Math.log2(fit.hertz / glide(3000 - 32)))).toBeLessThan(3);
  for (const pitch of [1, 1e6]) {
    const out = play(steady(150), () => 150, { pitchHz: () => pitch });
    expect(out.every((v) => Number.isFinite(v) && Math.abs(v) < 10)).toBe(true);
  }
  const lowest = play(steady(150), () => 150, { pitchHz: () => 1 });
  const held = fitTone(lowest.slice(1500, 4700), sampleRate, LOWEST_F0);
  expect(Math.abs(1200 * Math.log2(held.hertz / LOWEST_F0))).toBeLessThan(0.05);
});

test('unvoiced frames are silent, frames of noise stay finite and in bounds', () => {
  const silent = play(steady(150), () => 150, { voicing: () => 0 });
  expect(silent.every((v) => v === 0)).toBe(true);
  const random = new Random(1);
  const wild = Float32Array.from({ length: frames * bins }, () => random.uniform());
  const out = play(wild, () => random.uniform(20, 900), { voicing: () => random.uniform(-1, 2) });
  expect(out.every((v) => Number.isFinite(v) && Math.abs(v) < 60)).toBe(true);
});

test('reset restores the state after construction', () => {
  const part = newPart();
  const first = play(steady(180), () => 180, { part });
  part.reset();
  expect(play(steady(180), () => 180, { part })).toEqual(first);
});

test('two parts that share their tables do not disturb each other', () => {
  const tables = new HarmonicTables(loops, options);
  const [a, b, alone] = [tables, tables, new HarmonicTables(loops, options)].map((t) => new HarmonicPart(t));
  const frame = steady(170).subarray(20 * bins, 21 * bins);
  const heard = [0, 1, 2].map(() => new Float32Array(hopSamples));
  for (let hop = 0; hop < 12; hop++) {
    a.take(frame.slice(), channelsOf(170, 1));
    b.take(frame.slice(), channelsOf(210, 0.7));
    alone.take(frame.slice(), channelsOf(170, 1));
    if (hop < 4) continue;
    for (const part of [a, b, alone]) part.nextHop();
    heard.forEach((out) => out.fill(0));
    for (let piece = 0; piece < PIECES; piece++) {
      [b, a, alone].forEach((part, i) => part.piece(piece, 0, 1, heard[i], (piece * hopSamples) / PIECES));
    }
    expect(heard[1]).toEqual(heard[2]);
  }
  expect(rms(heard[1])).toBeGreaterThan(0);
});

describe.each(['simd', 'scalar'] as const)('with the %s loops', (kind) => {
  const modules = loadEngineModules(kind);
  if (modules === undefined) throw new Error(`${kind} modules are missing: run node scripts/build-wasm.mjs`);
  const reserve = 65536 + HarmonicPart.bytes(options) + 64 * fftSamples;

  test('sounds as with those in TypeScript, to 110 dB below the signal', () => {
    const compiled = new WasmLoops(modules, fftSamples, reserve);
    const tables = new HarmonicTables(compiled, options);
    const part = new HarmonicPart(tables);
    const plain = newPart();
    const magnitudes = compiled.floats(padded(bins));
    const channels = channelsOf(140, 0.8);
    const out = compiled.floats(hopSamples);
    const wanted = new Float32Array(hopSamples);
    const sound = steady(140);
    let error = 0;
    let energy = 0;
    for (let m = 0; m < 40; m++) {
      const frame = sound.slice(m * bins, (m + 1) * bins);
      magnitudes.set(frame);
      part.take(magnitudes, channels);
      plain.take(frame, channels);
      for (let k = 0; k < bins; k++) expect(Math.abs(magnitudes[k] - frame[k])).toBeLessThan(1e-6);
      if (m < 3) continue;
      for (const each of [part, plain]) each.nextHop();
      for (const each of [out, wanted]) each.fill(0);
      for (let piece = 0; piece < PIECES; piece++) {
        const at = (piece * hopSamples) / PIECES;
        const pitchHz = 140 * 2 ** (m / 40);
        expect(part.piece(piece, pitchHz, 1, out, at)).toBe(plain.piece(piece, pitchHz, 1, wanted, at));
      }
      wanted.forEach((value, n) => {
        error += (out[n] - value) ** 2;
        energy += value ** 2;
      });
    }
    expect(energy).toBeGreaterThan(1);
    expect(10 * Math.log10(error / energy)).toBeLessThan(-110);
  });
});

test('options out of range are named; tracks without pitch or voicing have no harmonics', () => {
  const make = (change: Partial<HarmonicOptions>): HarmonicTables =>
    new HarmonicTables(loops, { ...options, ...change });
  expect(() => make({ hopSamples: 0 })).toThrow(/hopSamples/);
  expect(() => make({ hopSamples: 130 })).toThrow(/hopSamples.*multiple of 4/);
  expect(() => make({ sampleRate: NaN })).toThrow(/sampleRate/);
  expect(() => make({ tracks: { ...defaultTracks, f0LowHz: 3000 } })).toThrow(/f0LowHz/);
  expect(hasHarmonics(undefined)).toBe(false);
  expect(hasHarmonics({ ...defaultTracks, channels: ['voicing1'] })).toBe(false);
  expect(hasHarmonics(defaultTracks)).toBe(true);
});
