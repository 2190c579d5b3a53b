// Undo and redo: turns of knobs join, states do not, and any walk through the history ends where it should.
// A/B comparison.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultValues, parameters, type ParameterValues } from '../../src/contract/parameters.ts';
import type { Patch } from '../../src/patch/preset.ts';
import {
  changeBetween,
  coalesceMilliseconds,
  Comparison,
  History,
  type Change,
} from '../../src/patch/history.ts';
import { noScenes } from '../../src/patch/scenes.ts';
import { anyValues } from '../helpers/anyValues.ts';

const values = (changes: Partial<ParameterValues>): Change => ({ values: changes });

describe('History', () => {
  it('undoes and redoes, newest first', () => {
    const history = new History();
    history.record('Drive', values({ drive: 0 }), values({ drive: 0.5 }), 0);
    history.record('Pan', values({ pan: 0 }), values({ pan: 1 }), 10);
    expect([history.undoLabel, history.redoLabel]).toEqual(['Pan', null]);
    expect(history.undo()).toEqual(values({ pan: 0 }));
    expect([history.undoLabel, history.redoLabel]).toEqual(['Drive', 'Pan']);
    expect(history.undo()).toEqual(values({ drive: 0 }));
    expect(history.undo()).toBeNull();
    expect(history.redo()).toEqual(values({ drive: 0.5 }));
    expect(history.redo()).toEqual(values({ pan: 1 }));
    expect(history.redo()).toBeNull();
  });

  it('joins the turn of a knob, as long as the hand rests no longer than half a second', () => {
    const history = new History();
    for (let k = 0; k < 10; k++) {
      const time = k * coalesceMilliseconds;
      history.record('Drive', values({ drive: k / 10 }), values({ drive: (k + 1) / 10 }), time);
    }
    const later = 10 * coalesceMilliseconds;
    history.record('Drive', values({ drive: 1 }), values({ drive: 0.2 }), later + 1);
    expect(history.undo()).toEqual(values({ drive: 1 }));
    expect(history.undo()).toEqual(values({ drive: 0 }));
    expect(history.undo()).toBeNull();
    expect(history.redo()).toEqual(values({ drive: 1 }));
  });

  it('joins both ways of a pad, and keeps no turn that ends where it began', () => {
    const history = new History();
    history.record('Scenes', values({ sceneX: 0 }), values({ sceneX: 0.5 }), 0);
    history.record('Scenes', values({ sceneY: 0 }), values({ sceneY: 0.7 }), 10);
    history.record('Scenes', values({ sceneX: 0.5 }), values({ sceneX: 0.6 }), 20);
    expect(history.undo()).toEqual(values({ sceneX: 0, sceneY: 0 }));
    expect(history.redo()).toEqual(values({ sceneX: 0.6, sceneY: 0.7 }));
    history.record('Drive', values({ drive: 0 }), values({ drive: 1 }), 30);
    history.record('Drive', values({ drive: 1 }), values({ drive: 0 }), 40);
    expect(history.undoLabel).toBe('Scenes');
  });

  it('begins a new step after a release, an undo, or another control', () => {
    const history = new History();
    history.record('Drive', values({ drive: 0 }), values({ drive: 0.1 }), 0);
    history.settle();
    history.record('Drive', values({ drive: 0.1 }), values({ drive: 0.2 }), 1);
    expect(history.undo()).toEqual(values({ drive: 0.1 }));
    history.record('Drive', values({ drive: 0.1 }), values({ drive: 0.3 }), 2);
    expect(history.redoLabel).toBeNull();
    history.record('Pan', values({ pan: 0 }), values({ pan: 0.3 }), 3);
    history.record('Drive', values({ drive: 0.3 }), values({ drive: 0.4 }), 4);
    expect(history.undo()).toEqual(values({ drive: 0.3 }));
    expect(history.undo()).toEqual(values({ pan: 0 }));
    expect(history.undo()).toEqual(values({ drive: 0.1 }));
  });

  it('keeps no change that changes nothing, and lyrics with the rest', () => {
    const history = new History();
    history.record('Drive', values({ drive: 0.5 }), values({ drive: 0.5 }), 0);
    expect(history.undo()).toBeNull();
    const before: Patch = { values: defaultValues(), lyrics: '' };
    const after: Patch = { values: { ...defaultValues(), mode: 2, drive: 1, pan: 1 }, lyrics: '3 1 4' };
    const change = changeBetween(before, after);
    history.record('Preset', change.before, change.after, 1);
    expect(history.undo()).toEqual({ values: { mode: 0, drive: 0, pan: 0 }, lyrics: '' });
    expect(history.redo()).toEqual({ values: { mode: 2, drive: 1, pan: 1 }, lyrics: '3 1 4' });
  });

  it('keeps scenes, gestures and sounds of keys as the objects that they were, also when there was none', () => {
    const history = new History();
    const scenes = [null, { ...defaultValues(), drive: 1 }, null, null];
    const gesture = { name: 'g', unit: 'seconds' as const, length: 1, loop: true, points: [] };
    const trimmed = { ...gesture, length: 0.5 };
    history.record('Scene B', { values: {}, scenes: noScenes }, { values: {}, scenes }, 0);
    history.settle();
    history.record('Gesture', { values: {}, gesture: null }, { values: {}, gesture }, 1);
    // The drag of a point is one step, like the turn of a knob.
    history.record('Gesture', { values: {}, gesture }, { values: {}, gesture: trimmed }, 2);
    history.record('Pads', { values: {}, pads: [] }, { values: {} }, 3);
    expect(history.undoLabel).toBe('Gesture');
    expect(history.undo()).toEqual({ values: {}, gesture: null });
    expect(history.undo()?.scenes).toBe(noScenes);
    expect(history.redo()?.scenes).toBe(scenes);
    expect(history.redo()?.gesture).toBe(trimmed);
  });

  it('leads back to every state it was in, after any moves', () => {
    const moves = fc.array(
      fc.record({
        row: fc.constantFrom(...parameters),
        share: fc.double({ min: 0, max: 1, noNaN: true }),
        pause: fc.integer({ min: 0, max: 1000 }),
        act: fc.constantFrom('move', 'move', 'move', 'undo', 'redo'),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(moves, (list) => {
        const history = new History();
        const state: Record<string, number> = defaultValues();
        let time = 0;
        for (const { row, share, pause, act } of list) {
          time += pause;
          if (act === 'move') {
            const next = row.min + share * (row.max - row.min);
            const before = values({ [row.id]: state[row.id] });
            history.record(row.label, before, values({ [row.id]: next }), time);
            state[row.id] = next;
          } else Object.assign(state, history[act]()?.values);
        }
        const end = { ...state };
        let steps = 0;
        for (let change = history.undo(); change; change = history.undo(), steps++) {
          Object.assign(state, change.values);
        }
        expect(state).toEqual(defaultValues());
        for (; steps > 0; steps--) Object.assign(state, history.redo()?.values);
        expect(state).toEqual(end);
      }),
    );
  });

  it('forgets the oldest steps rather than grow without bound', () => {
    const history = new History();
    for (let k = 0; k < 2000; k++) {
      history.record(`step ${k}`, values({ drive: k }), values({ drive: k + 1 }), k);
    }
    let steps = 0;
    while (history.undo()) steps++;
    expect(steps).toBe(500);
  });
});

describe('Comparison', () => {
  it('switches between two states, keeping what was changed on either side', () => {
    fc.assert(
      fc.property(anyValues, anyValues, anyValues, (first, second, third) => {
        const patch = (state: ParameterValues): Patch => ({ values: state, lyrics: '' });
        const comparison = new Comparison(patch(first));
        expect(comparison.side).toBe('A');
        expect(comparison.switch(patch(second))).toEqual(patch(first));
        expect(comparison.side).toBe('B');
        expect(comparison.switch(patch(third))).toEqual(patch(second));
        comparison.setOther(patch(second));
        expect(comparison.switch(patch(first))).toEqual(patch(second));
      }),
    );
  });
});
