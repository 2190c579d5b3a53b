// The streaming phase engine: how close it gets, what it costs, and how it behaves as a stateful unit.
import { describe, expect, test } from 'vitest';
import { CountingFft, JsFft } from '../../src/dsp/fft.ts';
import { PhaseEngine, liveSetting, studioSetting } from '../../src/dsp/phaseEngine.ts';
import { createFft } from '../../src/dsp/createFft.ts';
import { loadFftModule } from '../../src/dsp/pffft.node.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { engineConvergence, padded, streamThrough } from '../helpers/convergence.ts';
import { hasCorpus, noise, rms, syntheticWord, testWords } from '../helpers/signals.ts';

const sizes = { fftSamples: 512, hopSamples: 128 };
const bins = 257;
const { fft } = createFft(512, loadFftModule());

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

describe(`convergence on ${hasCorpus ? 'FSDD take 3' : 'synthesised words (corpus absent)'}`, () => {
  test('live: <= -28.7 dB at <= 17 FFTs a hop, mean of 60 words', () => {
    const results = testWords().map(({ samples }) => engineConvergence(samples, sizes, liveSetting, fft));
    expect(mean(results.map((result) => result.convergenceDb))).toBeLessThan(hasCorpus ? -28.7 : -27);
    expect(Math.max(...results.map((result) => result.fftsPerHop))).toBeLessThanOrEqual(17);
  });

  test('studio: <= -32.8 dB at <= 63 FFTs a hop, mean of 60 words', () => {
    const results = testWords().map(({ samples }) => engineConvergence(samples, sizes, studioSetting, fft));
    expect(mean(results.map((result) => result.convergenceDb))).toBeLessThan(hasCorpus ? -32.8 : -29);
    expect(Math.max(...results.map((result) => result.fftsPerHop))).toBeLessThanOrEqual(63);
  });

  test('more look-ahead and more sweeps each help', () => {
    const words = testWords(13);
    const level = (lookAheadFrames: number, sweeps: number): number =>
      mean(
        words.map(
          ({ samples }) => engineConvergence(samples, sizes, { lookAheadFrames, sweeps }, fft).convergenceDb,
        ),
      );
    const start = level(3, 0);
    const live = level(3, 2);
    expect(level(0, 2)).toBeLessThan(start);
    expect(live).toBeLessThan(start - 5);
    expect(level(7, 2)).toBeLessThan(live - 1);
    expect(level(3, 4)).toBeLessThan(live - 0.5);
  });
});

test('a sounding frame costs exactly 17 FFTs live and 63 in the studio, a silent one none', () => {
  for (const [setting, cost] of [
    [liveSetting, 17],
    [studioSetting, 63],
  ] as const) {
    const counting = new CountingFft(fft);
    const engine = new PhaseEngine(counting, { hopSamples: 128, ...setting });
    const loud = new Float32Array(bins).fill(0.01);
    for (let m = 0; m < 20; m++) engine.hop(loud);
    const before = counting.count;
    engine.hop(loud);
    expect(counting.count - before).toBe(cost);
    engine.reset();
    counting.count = 0;
    for (let m = 0; m < 20; m++) engine.hop(new Float32Array(bins));
    expect(counting.count).toBe(0);
  }
});

test.each([
  [512, 128, 3, 2],
  [512, 64, 5, 1],
  [256, 64, 0, 2],
  [1024, 256, 7, 1],
])(
  'FFT %i, hop %i, look-ahead %i, sweeps %i: an impulse comes out latencySamples later',
  (fftSamples, hopSamples, lookAheadFrames, sweeps) => {
    const engine = new PhaseEngine(new JsFft(fftSamples), { hopSamples, lookAheadFrames, sweeps });
    const impulse = new Float32Array(6 * fftSamples);
    const position = 3 * fftSamples;
    impulse[position] = 1;
    const { frames, magnitudes } = stftMagnitudes(impulse, { fftSamples, hopSamples });
    const stream: number[] = [];
    for (let m = 0; m < frames; m++) {
      engine.hop(magnitudes, m * (fftSamples / 2 + 1));
      stream.push(...engine.output);
    }
    const loudest = stream.reduce(
      (best, value, n) => (Math.abs(value) > Math.abs(stream[best]) ? n : best),
      0,
    );
    expect(Math.abs(loudest - position - engine.latencySamples)).toBeLessThanOrEqual(hopSamples / 8);
  },
);

describe('as a stateful unit', () => {
  const signal = padded(syntheticWord(5));
  const { frames, magnitudes } = stftMagnitudes(signal, sizes);
  const wanted = streamThrough(new PhaseEngine(fft, { hopSamples: 128 }), magnitudes, frames, signal.length);

  test('reset restores the first state exactly, also in the middle of a hop', () => {
    const engine = new PhaseEngine(fft, { hopSamples: 128 });
    engine.hop(magnitudes, 20 * bins);
    engine.beginHop(magnitudes, 21 * bins);
    engine.step();
    engine.reset();
    expect(engine.step()).toBe(false);
    expect(engine.output.every((value) => value === 0)).toBe(true);
    expect(streamThrough(engine, magnitudes, frames, signal.length)).toEqual(wanted);
  });

  test('steps spread in any way give the samples of whole hops', () => {
    const engine = new PhaseEngine(fft, { hopSamples: 128 });
    const out = new Float32Array(signal.length);
    for (let m = 0, at = -engine.latencySamples; at < signal.length; m++, at += 128) {
      engine.beginHop(m < frames ? magnitudes : new Float32Array(bins), m < frames ? m * bins : 0);
      let steps = 1;
      while (engine.step()) steps++;
      expect(steps - 1).toBe(engine.stepsPerHop);
      for (let n = 0; n < 128; n++) if (at + n >= 0 && at + n < out.length) out[at + n] = engine.output[n];
    }
    expect(out).toEqual(wanted);
    engine.reset();
    const lazy = new PhaseEngine(fft, { hopSamples: 128 });
    for (let m = 0; m < 30; m++) {
      engine.hop(magnitudes, m * bins);
      lazy.beginHop(magnitudes, m * bins);
      for (let s = 0; s < m % 5; s++) lazy.step();
    }
    while (lazy.step());
    expect(lazy.output).toEqual(engine.output);
  });

  test('two engines that share a transform do not disturb each other', () => {
    const a = new PhaseEngine(fft, { hopSamples: 128 });
    const b = new PhaseEngine(fft, { hopSamples: 128 });
    const alone = new PhaseEngine(fft, { hopSamples: 128 });
    for (let m = 0; m < 20; m++) {
      a.beginHop(magnitudes, m * bins);
      b.beginHop(magnitudes, (m + 7) * bins);
      while (a.step()) b.step();
      while (b.step());
    }
    for (let m = 0; m < 20; m++) alone.hop(magnitudes, m * bins);
    expect(a.output).toEqual(alone.output);
  });

  test('leaves its input alone and stays finite on noise, steps and single bins', () => {
    const engine = new PhaseEngine(fft, { hopSamples: 128 });
    const frame = new Float32Array(bins + 4).fill(3);
    const kept = frame.slice();
    engine.hop(frame, 2);
    expect(frame).toEqual(kept);
    for (let m = 0; m < 40; m++) {
      frame.fill(0);
      if (m % 7 === 0) frame[m] = 1;
      else if (m % 3 === 0) frame.set(noise(bins, m).map(Math.abs));
      engine.hop(frame, m % 4);
      expect(engine.output.every((value) => Number.isFinite(value) && Math.abs(value) < 600)).toBe(true);
    }
  });

  test('a tone that starts out of silence sounds at its level', () => {
    const tone = new Float32Array(8192).map((_, n) =>
      n < 3000 ? 0 : 0.5 * Math.sin((2 * Math.PI * 33.3 * n) / 512),
    );
    const spectrogram = stftMagnitudes(tone, sizes);
    const engine = new PhaseEngine(fft, { hopSamples: 128 });
    const out = streamThrough(engine, spectrogram.magnitudes, spectrogram.frames, tone.length);
    expect(rms(out, 4000, 7000)).toBeCloseTo(0.5 * Math.SQRT1_2, 1);
    expect(rms(out, 0, 2600)).toBeLessThan(0.01);
  });
});

test('options out of range are refused by name', () => {
  expect(() => new PhaseEngine(fft, { hopSamples: 100 })).toThrow(/hopSamples/);
  expect(() => new PhaseEngine(fft, { hopSamples: 128, lookAheadFrames: -1 })).toThrow(/lookAheadFrames/);
  expect(() => new PhaseEngine(fft, { hopSamples: 128, sweeps: 1.5 })).toThrow(/sweeps/);
  expect(() => new PhaseEngine(fft, { hopSamples: 128, momentum: 1 })).toThrow(/momentum/);
});
