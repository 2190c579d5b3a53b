// Notes of their own through performer, decoder and kernel: one finger's timbre, velocities, variation, the slow
// oscillator on a style.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OfflineInstrument } from '../../src/offline/offlineInstrument.ts';
import {
  holdModes,
  modulationTargets,
  playModes,
  type ModulationTarget,
} from '../../src/contract/parameters.ts';
import type { PartialValues } from '../../src/patch/preset.ts';
import { defaultFormat } from '../../src/contract/spectrogram.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import type { Performer } from '../../src/performer/performer.ts';
import { openModel, type NodeModel } from '../../src/model/nodeModel.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';

const shipped = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));
const modules = loadEngineModules();
const rate = 8000;
let model: NodeModel;

beforeAll(async () => {
  model = await openModel(shipped);
});
afterAll(() => model.dispose());

const to = (target: ModulationTarget) => modulationTargets.indexOf(target);
const sung: PartialValues = {
  mode: playModes.indexOf('sing'),
  hold: holdModes.indexOf('hold'),
  intonation: 0,
  digit: 1,
  outputGainDb: -12,
};

/** What is played at which time. */
type Script = readonly (readonly [seconds: number, act: (performer: Performer) => void])[];

async function played(values: PartialValues, seconds: number, script: Script) {
  const instrument = await OfflineInstrument.open({ model, sampleRate: rate, modules });
  instrument.session.state.putAll({ ...sung, ...values });
  const left = new Float32Array(seconds * rate);
  const right = new Float32Array(seconds * rate);
  let at = 0;
  const sink = (a: Float32Array, b: Float32Array) => {
    left.set(a, at);
    right.set(b, at);
    at += a.length;
  };
  for (const [time, act] of script) {
    await instrument.renderTo(Math.round(time * rate), sink);
    act(instrument.performer);
  }
  await instrument.renderTo(seconds * rate, sink);
  await instrument.finish(sink);
  expect(instrument.missedNotes).toBe(0);
  return { left, right, decodes: instrument.decodes };
}

const power = (samples: Float32Array) =>
  samples.reduce((sum, value) => sum + value * value, 0) / samples.length;
/** Level of what two sounds differ by, in dB of the first, between two times. */
function difference(a: Float32Array, b: Float32Array, from: number, to: number): number {
  const [x, y] = [a, b].map((samples) => samples.subarray(from * rate, to * rate));
  return 10 * Math.log10(power(x.map((value, n) => value - y[n])) / power(x) + 1e-20);
}

describe('an MPE finger', () => {
  const fingers = (moves: Script, values: PartialValues = {}) =>
    played(values, 2, [
      [
        0,
        (performer) => {
          performer.setZone('lower', 3);
          performer.controlChange(2, 10, 0);
          performer.controlChange(3, 10, 127);
          performer.noteOn(2, 45, 100);
          performer.noteOn(3, 57, 100);
        },
      ],
      ...moves,
    ]);
  let still: Awaited<ReturnType<typeof played>>;
  beforeAll(async () => {
    still = await fingers([]);
  });

  test.each(['style 1', 'formant', 'vibrato'] as const)(
    'moves the %s of its note by controller 74 and leaves the other note as it was',
    async (target) => {
      const timbre = { timbreTo: to(target) };
      const moved = await fingers([[1, (performer) => performer.controlChange(2, 74, 127)]], timbre);
      const { left, right } = still;
      // A voice that stands at one side leaves a rounding's worth on the other.
      const worst = right.reduce((most, value, n) => Math.max(most, Math.abs(value - moved.right[n])), 0);
      expect(worst).toBeLessThan(1e-8);
      expect(moved.left.subarray(0, rate)).toEqual(left.subarray(0, rate));
      expect(difference(left, moved.left, 1.3, 1.9)).toBeGreaterThan(-20);
      expect(clickiness(moved.left, rate, 0.6 * rate, 1.9 * rate)).toBeLessThan(CLICK);
      expect(moved.decodes).toBe(target === 'style 1' ? 2 : 1);
    },
  );

  test('crosses many points on its way without a click', async () => {
    const moves: Script = Array.from({ length: 60 }, (_, k) => [
      0.6 + k / 60,
      (performer: Performer) => performer.controlChange(2, 74, 64 + 63 * Math.sin(k / 6)),
    ]);
    const moved = await fingers(moves);
    // Where the finger turns it moves by less than is decoded anew at once.
    expect(moved.decodes).toBeGreaterThan(40);
    expect(clickiness(moved.left, rate, 0.6 * rate, 1.9 * rate)).toBeLessThan(CLICK);
    expect(difference(still.left, moved.left, 1.6, 1.9)).toBeGreaterThan(-20);
  });
});

describe('notes of their own', () => {
  test('sound as velocity and variation place them, each by one decode', async () => {
    const struck = (velocity: number, values: PartialValues) =>
      // As they were said: the loudness of two points is a part of how they differ.
      played({ velocityAmount: 0, evenness: 0, ...values }, 1, [
        [0, (performer) => performer.noteOn(1, 57, velocity)],
      ]);
    const aimed = { velocityTo: to('style 2'), velocityToAmount: 1 };
    const [soft, hard, plain] = [await struck(20, aimed), await struck(127, aimed), await struck(127, {})];
    expect(difference(hard.left, soft.left, 0.4, 0.9)).toBeGreaterThan(-10);
    // The knob at its end is the same point.
    const knob = await struck(127, { style2: 2 });
    expect(knob.left).toEqual(hard.left);
    const varied = await struck(127, { variation: 1 });
    expect(difference(plain.left, varied.left, 0.4, 0.9)).toBeGreaterThan(-20);
    expect([hard.decodes, varied.decodes]).toEqual([1, 1]);
  });

  test('are the same twice', async () => {
    const run = () =>
      played({ variation: 0.5, lfoTo: to('style 1'), lfoAmount: 0.5 }, 1, [
        [0, (performer) => performer.noteOn(1, 57, 100)],
        [0.31, (performer) => performer.noteOn(1, 61, 100)],
        [0.5, (performer) => performer.noteOff(1, 57)],
      ]);
    expect((await run()).left).toEqual((await run()).left);
  });
});

describe('the slow oscillator on a style', () => {
  test('changes a held note from turn to turn, without clicks, at the frames of the kernel', async () => {
    const note: Script = [[0, (performer) => performer.noteOn(1, 57, 100)]];
    const swung = await played({ lfoTo: to('style 1'), lfoAmount: 0.6, lfoRate: 1 / 0.512 }, 4, note);
    const still = await played({}, 4, note);
    expect(clickiness(swung.left, rate, 0.6 * rate, 3.9 * rate)).toBeLessThan(CLICK);
    // The course of every band about its mean, from 0.6 s on: 32 hops are a turn.
    const bands = defaultFormat.melBands;
    const courseOf = (samples: Float32Array): number[][] => {
      const features = melFeatures(samples.subarray(0.6 * rate), { ...defaultFormat, frames: 192 });
      return Array.from({ length: bands }, (_, band) => {
        const row = Array.from({ length: 180 }, (_, m) => features[(m + 6) * bands + band]);
        const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
        return row.map((value) => value - mean);
      });
    };
    const course = courseOf(swung.left);
    const energy = (rows: readonly number[][]) => rows.flat().reduce((sum, value) => sum + value ** 2, 0);
    expect(energy(course)).toBeGreaterThan(4 * energy(courseOf(still.left)));
    // Likeness with itself: a turn later alike, half a turn later the opposite.
    const likeness = (lag: number) => {
      const [a, b] = [course.map((row) => row.slice(0, -lag)), course.map((row) => row.slice(lag))];
      const later = b.flat();
      const product = a.flat().reduce((sum, value, k) => sum + value * later[k], 0);
      return product / Math.sqrt(energy(a) * energy(b));
    };
    expect(likeness(32)).toBeGreaterThan(0.7);
    expect(likeness(16)).toBeLessThan(-0.3);
    // The ends of the swing, its middle and what lies between them where these are far apart: not one a hop.
    expect(swung.decodes).toBeLessThan(10);
    expect(swung.decodes).toBeLessThanOrEqual(4 / 0.016 + 2);
  });
});

test('a key that goes up fast releases its note quickly, one that goes up slowly slowly', async () => {
  const released = (velocity: number) =>
    played({ ...sung, hold: holdModes.indexOf('loop'), release: 0.2 }, 2, [
      [0.1, (performer) => performer.noteOn(1, 57, 100)],
      [1, (performer) => performer.noteOff(1, 57, velocity)],
    ]);
  const [fast, usual, unsensed, slow] = await Promise.all([127, 64, 0, 1].map(released));
  expect(unsensed.left).toEqual(usual.left);
  const level = ({ left }: { left: Float32Array }, from: number, to: number) =>
    10 * Math.log10(power(left.slice(from * rate, to * rate)) + 1e-12);
  const before = level(usual, 0.8, 1);
  // An exponential of 60 dB in the release time: a quarter of it, once and four times.
  expect(level(fast, 1.06, 1.1)).toBeLessThan(-110);
  expect(level(usual, 1.08, 1.12) - before).toBeGreaterThan(-45);
  expect(level(usual, 1.08, 1.12) - before).toBeLessThan(-20);
  expect(level(slow, 1.08, 1.12) - before).toBeGreaterThan(-12);
});
