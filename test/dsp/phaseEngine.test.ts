// The streaming phase engine: how close it gets, what it costs, and how it behaves as a stateful unit.
import { describe, expect, test } from 'vitest';
import { JsFft } from '../../src/dsp/fft.ts';
import { CountingFft } from '../helpers/countingFft.ts';
import { JavascriptLoops } from '../../src/dsp/javascriptLoops.ts';
import type { Loops } from '../../src/dsp/loops.ts';
import {
  PhaseEngine,
  liveSetting,
  studioSetting,
  type Effort,
  type FrameSource,
  type PhaseEngineOptions,
} from '../../src/dsp/phaseEngine.ts';
import { PhaseTables } from '../../src/dsp/phaseTables.ts';
import { createFft } from '../../src/dsp/createFft.ts';
import { loadFftModule } from '../helpers/fftModule.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { WasmLoops } from '../../src/dsp/wasmLoops.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { spectralConvergenceDb } from '../helpers/spectralConvergence.ts';
import { clickiness } from '../helpers/clicks.ts';
import { ArraySource, engineConvergence, padded, streamThrough } from '../helpers/convergence.ts';
import { energyCentre, hasCorpus, noise, rms, syntheticWord, testWords } from '../helpers/signals.ts';
import { fluctuation, largestCorrelation } from '../helpers/ringing.ts';
import { tone, vowel } from '../helpers/tones.ts';

const sizes = { fftSamples: 512, hopSamples: 128 };
const bins = 257;
const { fft } = createFft(512, loadFftModule());
const loops = new JavascriptLoops(fft);
const tables = new PhaseTables(loops, 128);

/** An engine at hop 128 that reads these frames, then silence. */
function newEngine(
  magnitudes: Float32Array,
  options: Partial<PhaseEngineOptions> = {},
  first = 0,
): { engine: PhaseEngine; source: ArraySource } {
  const source = new ArraySource(magnitudes, bins);
  source.next = first;
  return { engine: new PhaseEngine(loops, tables, source, { maxLookAheadFrames: 3, ...options }), source };
}

/** A whole hop. */
function hop(engine: PhaseEngine, { lookAheadFrames, sweeps }: Effort = liveSetting): Float32Array {
  engine.plan(lookAheadFrames, sweeps);
  engine.emit();
  return engine.output;
}

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
    const counted = new JavascriptLoops(counting);
    const source = { level: 0.01, read: (magnitudes: Float32Array) => void magnitudes.fill(source.level) };
    const engine = new PhaseEngine(counted, new PhaseTables(counted, 128), source, {
      maxLookAheadFrames: setting.lookAheadFrames,
    });
    for (let m = 0; m < 20; m++) hop(engine, setting);
    const before = counting.count;
    const claimed = engine.ffts;
    hop(engine, setting);
    expect(counting.count - before).toBe(cost);
    expect(engine.ffts - claimed).toBe(cost);
    engine.reset();
    counting.count = 0;
    source.level = 0;
    for (let m = 0; m < 20; m++) hop(engine, setting);
    expect(counting.count).toBe(0);
  }
});

test.each([
  [512, 128, 3, 2],
  [512, 64, 5, 1],
  [256, 64, 0, 2],
  [1024, 256, 7, 1],
])(
  'FFT %i, hop %i, look-ahead %i, sweeps %i: an impulse comes out in its place',
  (fftSamples, hopSamples, lookAheadFrames, sweeps) => {
    const impulse = new Float32Array(6 * fftSamples);
    const position = 3 * fftSamples;
    impulse[position] = 1;
    const { magnitudes } = stftMagnitudes(impulse, { fftSamples, hopSamples });
    const { samples } = streamThrough(magnitudes, impulse.length, {
      loops: new JavascriptLoops(new JsFft(fftSamples)),
      hopSamples,
      lookAheadFrames,
      sweeps,
    });
    const loudest = samples.reduce(
      (best, value, n) => (Math.abs(value) > Math.abs(samples[best]) ? n : best),
      0,
    );
    expect(Math.abs(loudest - position)).toBeLessThanOrEqual(hopSamples / 8);
  },
);

describe('as a stateful unit', () => {
  const signal = padded(syntheticWord(5));
  const { frames, magnitudes } = stftMagnitudes(signal, sizes);
  const wanted = streamThrough(magnitudes, signal.length, { loops, hopSamples: 128 }).samples;

  /** Streams through an engine; `between` may do what it likes before the hop is completed. */
  const stream = (engine: PhaseEngine, between: (hop: number) => void = () => undefined): Float32Array => {
    const out = new Float32Array(signal.length);
    for (let h = 0, at = -256; at < out.length; h++, at += 128) {
      engine.plan(3, 2);
      between(h);
      engine.emit();
      for (let n = Math.max(0, -at); n < 128 && at + n < out.length; n++) out[at + n] = engine.output[n];
    }
    return out;
  };

  test('reset restores the first state exactly, also in the middle of a hop', () => {
    const { engine, source } = newEngine(magnitudes, {}, 20);
    hop(engine);
    engine.plan(3, 2);
    engine.step();
    engine.step();
    engine.reset();
    source.next = 0;
    expect(engine.nextCost).toBe(0);
    expect(engine.lookAheadFrames).toBe(-1);
    expect(engine.output.every((value) => value === 0)).toBe(true);
    expect(stream(engine)).toEqual(wanted);
  });

  test('steps spread in any way give the samples of whole hops, and cost what was planned', () => {
    const { engine } = newEngine(magnitudes);
    expect(stream(engine, (h) => Array.from({ length: (7 * h) % 13 }, () => engine.step()))).toEqual(wanted);
    const again = newEngine(magnitudes).engine;
    for (let h = 0; h < frames; h++) {
      const planned = again.plan(3, 2);
      let cost = 0;
      while (again.nextCost > 0) {
        cost += again.nextCost;
        again.step();
      }
      // A step after the last does nothing.
      again.step();
      expect(cost).toBe(planned);
      again.emit();
    }
  });

  test('two engines that share loops and tables do not disturb each other', () => {
    const a = newEngine(magnitudes).engine;
    const b = newEngine(magnitudes, {}, 7).engine;
    const alone = newEngine(magnitudes).engine;
    for (let m = 0; m < 20; m++) {
      for (const engine of [a, b]) engine.plan(3, 2);
      while (a.nextCost > 0) {
        a.step();
        b.step();
      }
      b.emit();
      a.emit();
      hop(alone);
    }
    expect(a.output).toEqual(alone.output);
    expect(rms(a.output)).toBeGreaterThan(0);
  });

  test('stays finite on noise, steps and single bins', () => {
    let m = 0;
    const source: FrameSource = {
      read: (frame) => {
        frame.fill(0);
        if (m % 7 === 0) frame[m] = 1;
        else if (m % 3 === 0) frame.set(noise(bins, m).map(Math.abs));
        m++;
      },
    };
    const engine = new PhaseEngine(loops, tables, source, { maxLookAheadFrames: 3 });
    for (let h = 0; h < 40; h++) {
      expect(hop(engine).every((value) => Number.isFinite(value) && Math.abs(value) < 600)).toBe(true);
    }
  });

  test('each frame is read once, in order, as it is needed, into an array that ends where bins do', () => {
    const reads: number[] = [];
    const source: FrameSource = { read: (frame) => void reads.push(frame.length) };
    const engine = new PhaseEngine(loops, tables, source, { maxLookAheadFrames: 5 });
    const counts = [0, 0, 3, 3, 5, 1, 1, 1, 0].map((lookAhead) => {
      hop(engine, { lookAheadFrames: lookAhead, sweeps: 1 });
      return reads.length;
    });
    // One frame more than is in flight is known. Having looked far ahead, the engine reads none until it needs
    // one.
    expect(counts).toEqual([2, 3, 7, 8, 11, 11, 11, 11, 11]);
    expect(Math.min(...reads)).toBeGreaterThanOrEqual(bins);
  });

  test('a tone that starts out of silence sounds at its level', () => {
    const tone = new Float32Array(8192).map((_, n) =>
      n < 3000 ? 0 : 0.5 * Math.sin((2 * Math.PI * 33.3 * n) / 512),
    );
    const spectrogram = stftMagnitudes(tone, sizes);
    const { samples } = streamThrough(spectrogram.magnitudes, tone.length, { loops, hopSamples: 128 });
    expect(rms(samples, 4000, 7000)).toBeCloseTo(0.5 * Math.SQRT1_2, 1);
    expect(rms(samples, 0, 2600)).toBeLessThan(0.01);
  });

  test('the seed settles the random phases', () => {
    const run = (seed: number): Float32Array =>
      streamThrough(magnitudes, signal.length, { loops, hopSamples: 128, seed, smoothNepers: 0.5 }).samples;
    expect(run(4)).toEqual(run(4));
    expect(run(4)).not.toEqual(run(5));
  });
});

describe('look-ahead that changes from hop to hop', () => {
  const plans: [string, (hop: number) => number][] = [
    ['up', (h) => Math.min(7, Math.floor(h / 4))],
    ['down', (h) => Math.max(0, 7 - Math.floor(h / 4))],
    ['to and fro', (h) => [3, 0, 7, 1, 5][h % 5]],
    ['none', () => 0],
  ];
  const streamed = (signal: Float32Array, plan: (hop: number) => number): Float32Array => {
    const { magnitudes } = stftMagnitudes(signal, sizes);
    const { engine } = newEngine(magnitudes, { maxLookAheadFrames: 7 });
    const out = new Float32Array(signal.length);
    for (let h = 0, at = -256; at < out.length; h++, at += 128) {
      hop(engine, { lookAheadFrames: plan(h), sweeps: 2 });
      for (let n = Math.max(0, -at); n < 128 && at + n < out.length; n++) out[at + n] = engine.output[n];
    }
    return out;
  };

  test.each(plans)('%s: words keep their time and make no click', (_, plan) => {
    for (const { samples } of testWords(13)) {
      const signal = padded(samples);
      const out = streamed(signal, plan);
      expect(Math.abs(energyCentre(out) - energyCentre(signal))).toBeLessThan(16);
      // The word begins and ends where the recording was cut.
      expect(clickiness(out, 8000, 600, signal.length - 600)).toBeLessThan(8);
    }
  });

  test.each(plans)('%s: a steady vowel makes no click', (_, plan) => {
    const signal = tone({ sampleRate: 8000, samples: 12000, f0: () => 140, spectrum: vowel });
    const out = streamed(signal, plan);
    expect(clickiness(out, 8000, 2000, 10000)).toBeLessThan(5);
    expect(Math.abs(20 * Math.log10(rms(out, 2000, 10000) / rms(signal, 2000, 10000)))).toBeLessThan(0.5);
  });
});

describe('held magnitudes with random phases', () => {
  const white = new Float32Array(300 * bins).fill(0.01);

  test('do not ring; with computed phases they do', () => {
    // A second sweep stirs the computed ones up, since it overshoots: a correlation of 0.2 instead of 0.98.
    const run = (smoothNepers: number): Float32Array =>
      streamThrough(white, 34000, { loops, hopSamples: 128, sweeps: 1, smoothNepers }).samples.slice(2000);
    const [random, computed] = [run(0.5), run(0)];
    expect(largestCorrelation(random)).toBeLessThan(0.04);
    expect(fluctuation(random)).toBeGreaterThan(0.65);
    expect(largestCorrelation(computed)).toBeGreaterThan(0.9);
    expect(fluctuation(computed)).toBeLessThan(0.01);
  });
});

describe.each(['simd', 'scalar'] as const)('with the %s loops', (kind) => {
  const modules = loadEngineModules(kind);
  if (modules === undefined) throw new Error(`${kind} modules are missing: run node scripts/build-wasm.mjs`);
  const compiled = (fftSamples: number): Loops =>
    new WasmLoops(modules, fftSamples, 512 * fftSamples + PhaseEngine.bytes(fftSamples, 7));

  test.each([
    ['live', liveSetting],
    ['studio', studioSetting],
    ['start alone', { lookAheadFrames: 0, sweeps: 0 }],
  ])('%s: words are those of the loops in TypeScript', (_, setting) => {
    for (const { samples } of testWords(13)) {
      const signal = padded(samples);
      const { magnitudes } = stftMagnitudes(signal, sizes);
      const [ours, plain] = [compiled(512), new JavascriptLoops(new JsFft(512))].map((each) =>
        streamThrough(magnitudes, signal.length, { ...setting, loops: each, hopSamples: 128 }),
      );
      const [a, b] = [ours, plain].map(({ samples: out }) =>
        spectralConvergenceDb(stftMagnitudes(out, sizes).magnitudes, magnitudes),
      );
      const difference = ours.samples.map((value, n) => value - plain.samples[n]);
      expect(ours.fftsPerHop).toBe(plain.fftsPerHop);
      // Rounding may decide which of two bins of equal loudness is settled first: 62 dB below, in one word of
      // the studio setting.
      expect(20 * Math.log10(rms(difference) / rms(plain.samples))).toBeLessThan(-55);
      expect(Math.abs(a - b)).toBeLessThan(0.01);
    }
  });
});

test('options out of range are refused by name', () => {
  const make = (options: Partial<PhaseEngineOptions>): PhaseEngine =>
    newEngine(new Float32Array(0), options).engine;
  expect(() => new PhaseTables(loops, 100)).toThrow(/hopSamples/);
  expect(() => new PhaseTables(loops, 0)).toThrow(/hopSamples/);
  expect(() => make({ maxLookAheadFrames: -1 })).toThrow(/maxLookAheadFrames/);
  expect(() => make({ maxLookAheadFrames: 33 })).toThrow(/maxLookAheadFrames/);
  expect(() => make({ momentum: 1 })).toThrow(/momentum/);
  expect(() => make({ seed: -1 })).toThrow(/seed/);
  expect(() => make({ smoothNepers: -1 })).toThrow(/smoothNepers/);
});
