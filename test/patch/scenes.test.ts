// Scenes: weights of pad and knob, how each kind of parameter blends, storing and recalling.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultValues,
  parameterIds,
  parameters,
  positionOf,
  type ParameterValues,
} from '../../src/contract/parameters.ts';
import {
  blend,
  knobBlend,
  knobWeights,
  padBlend,
  padWeights,
  SceneBank,
  type Scenes,
} from '../../src/patch/scenes.ts';
import { anyValues } from '../helpers/anyValues.ts';

const none: Scenes = [null, null, null, null];
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const anyScenes = fc.array(fc.option(anyValues), { minLength: 4, maxLength: 4 });
const at = (changes: Partial<ParameterValues>): ParameterValues => ({ ...defaultValues(), ...changes });

describe('weights', () => {
  it('sum to 1 and are pure in the corners and on the marks', () => {
    fc.assert(
      fc.property(unit, unit, (x, y) => {
        const sum = (weights: readonly number[]) => weights.reduce((total, weight) => total + weight, 0);
        expect(sum(padWeights(x, y))).toBeCloseTo(1, 12);
        expect(sum(knobWeights(3 * x))).toBeCloseTo(1, 12);
      }),
    );
    expect(padWeights(0, 0)).toEqual([1, 0, 0, 0]);
    expect(padWeights(1, 0)).toEqual([0, 1, 0, 0]);
    expect(padWeights(0, 1)).toEqual([0, 0, 1, 0]);
    expect(padWeights(1, 1)).toEqual([0, 0, 0, 1]);
    expect([0, 1, 2, 3].map(knobWeights)).toEqual([
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ]);
    expect(knobWeights(1.25)).toEqual([0, 0.75, 0.25, 0]);
    expect(() => padWeights(1.1, 0)).toThrow(/x must be a number from 0 to 1, got 1.1/);
    expect(() => knobWeights(-1)).toThrow(/position must be a number from 0 to 3/);
  });
});

describe('blend', () => {
  it('leaves the live values alone at amount 0, without scenes, and where all agree', () => {
    fc.assert(
      fc.property(anyValues, anyScenes, unit, unit, (values, scenes, x, y) => {
        const weights = padWeights(x, y);
        expect(blend({ ...values, sceneAmount: 0 }, scenes, weights)).toEqual({ ...values, sceneAmount: 0 });
        expect(blend(values, none, weights)).toEqual(values);
        expect(blend(values, [values, values, null, values], weights)).toEqual(values);
      }),
    );
  });

  it('is exactly a scene that is fully reached, except for its own controls and the volume', () => {
    fc.assert(
      fc.property(anyValues, anyValues, fc.integer({ min: 0, max: 3 }), (live, scene, index) => {
        const scenes = none.map((_, k) => (k === index ? scene : null));
        const values = { ...live, sceneAmount: 1 };
        const reached = knobBlend({ ...values, sceneKnob: index }, scenes);
        for (const row of parameters) {
          const own = row.id === 'sceneKnob' ? index : values[row.id];
          expect(reached[row.id], row.id).toBe(row.blend === 'never' ? own : scene[row.id]);
        }
      }),
    );
  });

  it('stays between the states that it blends, inside every range', () => {
    fc.assert(
      fc.property(anyValues, anyScenes, unit, unit, (values, scenes, x, y) => {
        const blended = blend(values, scenes, padWeights(x, y));
        const states = [values, ...scenes.filter((scene) => scene !== null)];
        expect(Object.keys(blended)).toEqual(parameterIds);
        for (const row of parameters) {
          const all = states.map((state) => state[row.id]);
          // Whole numbers may round past a state that lies between two of them.
          const slack = row.decimals === 0 ? 0.5 : 1e-9;
          expect(blended[row.id], row.id).toBeGreaterThanOrEqual(Math.min(...all) - slack);
          expect(blended[row.id], row.id).toBeLessThanOrEqual(Math.max(...all) + slack);
          expect(blended[row.id]).toBeGreaterThanOrEqual(row.min);
          expect(blended[row.id]).toBeLessThanOrEqual(row.max);
        }
      }),
    );
  });

  it('moves smooth parameters without a jump', () => {
    fc.assert(
      fc.property(anyValues, anyScenes, unit, unit, (values, scenes, x, y) => {
        const here = blend(values, scenes, padWeights(x, y));
        const near = blend(values, scenes, padWeights(Math.min(1, x + 1e-6), y));
        for (const row of parameters) {
          if (row.blend !== 'smooth') continue;
          const jump = Math.abs(positionOf(row, here[row.id]) - positionOf(row, near[row.id]));
          expect(jump, row.id).toBeLessThan(1e-5);
        }
      }),
    );
  });

  it('blends ratios as ratios, choices at half-way, whole numbers whole, tempo and modes not at all', () => {
    const scenes = [
      at({ attack: 0.01, lfoShape: 0, transpose: 0, tempo: 60, mode: 1, digit: 2, speaker: 0 }),
      at({ attack: 1, lfoShape: 2, transpose: 7, tempo: 180, mode: 2, digit: 3, speaker: 4 }),
      null,
      null,
    ];
    const live = at({ sceneAmount: 1, tempo: 100 });
    const half = knobBlend({ ...live, sceneKnob: 0.5 }, scenes);
    expect(half.attack).toBeCloseTo(0.1, 9);
    expect(half.digit).toBeCloseTo(2.5, 9);
    expect(half.transpose).toBe(4);
    expect([half.tempo, half.mode]).toEqual([100, 0]);
    const before = knobBlend({ ...live, sceneKnob: 0.49 }, scenes);
    const after = knobBlend({ ...live, sceneKnob: 0.51 }, scenes);
    expect([before.lfoShape, after.lfoShape]).toEqual([0, 2]);
    expect([before.speaker, after.speaker]).toEqual([0, 4]);
    expect(knobBlend({ ...live, sceneKnob: 1 }, scenes)).toMatchObject({ tempo: 180, mode: 2 });
  });

  it('mixes with the live values by the amount, and counts an empty scene as live', () => {
    const scenes = [at({ pan: 1, lfoTo: 3 }), null, null, null];
    const live = at({ pan: -1, lfoTo: 1 });
    expect(padBlend({ ...live, sceneAmount: 0.25 }, scenes)).toMatchObject({ pan: -0.5, lfoTo: 1 });
    expect(padBlend({ ...live, sceneAmount: 0.75 }, scenes)).toMatchObject({ pan: 0.5, lfoTo: 3 });
    expect(padBlend({ ...live, sceneAmount: 1, sceneX: 0.5 }, scenes).pan).toBeCloseTo(0, 12);
    expect(padBlend({ ...live, sceneAmount: 1, sceneX: 1 }, scenes).pan).toBe(-1);
  });
});

const store = (bank: SceneBank, index: number, values: ParameterValues | null) =>
  bank.restore({ scenes: bank.with(index, values) });

describe('SceneBank', () => {
  it('stores copies and recalls all but pad, knob, amount and volume', () => {
    const bank = new SceneBank();
    const values = at({ drive: 0.5, tempo: 90, sceneX: 0.1, outputGainDb: -9 });
    store(bank, 2, values);
    Object.assign(values, { drive: 0 });
    const live = at({ sceneX: 0.7, outputGainDb: -20, chorus: 1 });
    expect(bank.recall(2, live)).toEqual(at({ drive: 0.5, tempo: 90, sceneX: 0.7, outputGainDb: -20 }));
    expect(bank.recall(1, live)).toBeNull();
    store(bank, 2, null);
    expect(bank.recall(2, live)).toBeNull();
    expect(() => bank.with(4, values)).toThrow(/scene must be a whole number from 0 to 3, got 4/);
  });

  it('follows whichever of pad and knob was moved last', () => {
    const bank = new SceneBank();
    store(bank, 0, at({ pan: -1 }));
    store(bank, 3, at({ pan: 1 }));
    const live = at({ sceneAmount: 1, sceneX: 1, sceneY: 1, sceneKnob: 0 });
    expect(bank.blend(live).pan).toBe(1);
    bank.parameterMoved('sceneKnob');
    expect(bank.blend(live).pan).toBe(-1);
    bank.parameterMoved('drive');
    expect(bank.mover).toBe('knob');
    bank.parameterMoved('sceneY');
    expect(bank.blend(live).pan).toBe(1);
  });

  it('goes into a preset and comes back', () => {
    fc.assert(
      fc.property(anyScenes, (scenes) => {
        const bank = new SceneBank();
        scenes.forEach((scene, k) => scene && store(bank, k, scene));
        const other = new SceneBank();
        store(other, 0, defaultValues());
        other.load(bank.toPreset());
        expect(other.scenes).toEqual(scenes);
      }),
    );
    expect(new SceneBank().toPreset()).toBeUndefined();
  });
});
