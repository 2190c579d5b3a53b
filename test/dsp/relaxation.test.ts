// Over-relaxed sweeps of the phase engine: what they gain, and that nothing builds up.
import { describe, expect, test } from 'vitest';
import { createLoops } from '../../src/dsp/createLoops.ts';
import { PhaseEngine, liveSetting, studioSetting, type FrameSource } from '../../src/dsp/phaseEngine.ts';
import { PhaseTables } from '../../src/dsp/phaseTables.ts';
import { Random } from '../../src/dsp/random.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { spectralConvergenceDb } from '../helpers/spectralConvergence.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { ArraySource, padded } from '../helpers/convergence.ts';
import { hasCorpus, noise, testWords } from '../helpers/signals.ts';
import { tone, vowel } from '../helpers/tones.ts';

const bins = 257;
const sizes = { fftSamples: 512, hopSamples: 128 };
const settings = { live: liveSetting, studio: studioSetting };
const modules = loadEngineModules('simd');

function newEngine(source: FrameSource, hopSamples: number, relaxation?: number): PhaseEngine {
  const loops = createLoops(512, modules, 1 << 18);
  const tables = new PhaseTables(loops, hopSamples);
  return new PhaseEngine(loops, tables, source, {
    maxLookAheadFrames: studioSetting.lookAheadFrames,
    ...(relaxation === undefined ? {} : { relaxation }),
  });
}

test.each(['live', 'studio'] as const)('%s: words come nearer than without', (name) => {
  const level = (relaxation?: number): number => {
    const words = testWords(7);
    let sum = 0;
    for (const { samples } of words) {
      const signal = padded(samples);
      const { frames, magnitudes } = stftMagnitudes(signal, sizes);
      const engine = newEngine(new ArraySource(magnitudes, bins), 128, relaxation);
      const out = new Float32Array(signal.length + 512);
      for (let at = 0; at + 128 <= out.length; at += 128) {
        engine.plan(settings[name].lookAheadFrames, settings[name].sweeps);
        engine.emit();
        out.set(engine.output, at);
      }
      const rebuilt = out.subarray(256, 256 + signal.length);
      sum += spectralConvergenceDb(stftMagnitudes(rebuilt, sizes, frames).magnitudes, magnitudes);
    }
    return sum / words.length;
  };
  expect(level()).toBeLessThan(level(0) - (hasCorpus ? 0.5 : 0.2));
});

const heldVowel = stftMagnitudes(
  tone({ sampleRate: 8000, samples: 8000, f0: () => 140, spectrum: vowel }),
  sizes,
).magnitudes.subarray(30 * bins, 31 * bins);
const hiss = stftMagnitudes(noise(10000, 3), sizes).magnitudes;

/** Writes the magnitudes of frame m. */
type Fill = (magnitudes: Float32Array, m: number, random: Random) => void;

const courses: readonly (readonly [string, Fill])[] = [
  ['noise', (magnitudes, m) => magnitudes.set(hiss.subarray((m % 70) * bins, ((m % 70) + 1) * bins))],
  [
    'magnitudes at random',
    (magnitudes, _, random) => magnitudes.forEach((_, k) => (magnitudes[k] = random.uniform(0, 0.02))),
  ],
  ['constant magnitudes', (magnitudes) => magnitudes.fill(0.01)],
  ['a steady tone', (magnitudes) => magnitudes.fill(0).fill(1, 37, 38)],
  ['a frozen vowel', (magnitudes) => magnitudes.set(heldVowel)],
  ['frozen noise', (magnitudes) => magnitudes.set(hiss.subarray(30 * bins, 31 * bins))],
  ['silence and full level by turns', (magnitudes, m) => magnitudes.fill(m % 9 < 4 ? 0 : 1)],
  ['every other frame', (magnitudes, m) => magnitudes.fill(m % 2 === 0 ? 1 : 1e-6)],
  [
    'jumps of level',
    (magnitudes, _, random) => {
      const level = random.uniform(0, 1) < 0.3 ? 1 : 1e-4;
      magnitudes.forEach((_, k) => (magnitudes[k] = level * 10 ** random.uniform(-3, 0)));
    },
  ],
];

describe.each([
  ['live', 128],
  ['live', 64],
  ['live', 256],
  ['studio', 128],
] as const)('%s, hop %i', (name, hopSamples) => {
  const { lookAheadFrames, sweeps } = settings[name];

  /** Largest sample of a thousand hops and more. */
  const peak = (fill: Fill, relaxation: number): number => {
    const random = new Random(1);
    let m = 0;
    const source = { read: (magnitudes: Float32Array) => fill(magnitudes, m++, random) };
    const engine = newEngine(source, hopSamples, relaxation);
    let most = 0;
    for (let hop = 0; hop < 1200; hop++) {
      engine.plan(lookAheadFrames, sweeps);
      engine.emit();
      for (const value of engine.output) if (!(Math.abs(value) <= most)) most = Math.abs(value);
    }
    return most;
  };

  test.each(courses)('%s: nothing builds up', (_, fill) => {
    const plain = peak(fill, 0);
    const [usual, most] = [peak(fill, 0.4), peak(fill, 0.7)];
    expect(usual).toBeLessThan(1.25 * plain);
    expect(most).toBeLessThan(3 * plain);
  });
});

test('what breaks down is refused by name', () => {
  const source = { read: (magnitudes: Float32Array) => void magnitudes.fill(0) };
  expect(() => newEngine(source, 128, 0.71)).toThrow(/relaxation.*0\.7/);
  expect(() => newEngine(source, 128, -0.1)).toThrow(/relaxation/);
  expect(() => newEngine(source, 128, NaN)).toThrow(/relaxation/);
});
