// Gestures: recording and thinning, playing and looping, tempo, editing, and the control changes of a MIDI
// file.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  parameterById,
  parameters,
  positionOf,
  valueAt,
  valueOfController,
} from '../../src/contract/parameters.ts';
import type { Gesture, GesturePoint } from '../../src/patch/preset.ts';
import { controllerOfValue, gestureToControllers } from '../../src/patch/gestureControllers.ts';
import {
  GestureRecorder,
  idsOf,
  inBeats,
  inSeconds,
  isOver,
  pointAdded,
  pointDeleted,
  pointMoved,
  stretched,
  thinned,
  thinningTolerance,
  trimmed,
  valuesAlong,
  valuesAt,
} from '../../src/patch/gestures.ts';

const sweep: Gesture = {
  name: 'sweep',
  unit: 'seconds',
  length: 4,
  loop: false,
  points: [
    { at: 1, id: 'sceneX', value: 0 },
    { at: 1, id: 'attack', value: 0.01 },
    { at: 2, id: 'lfoShape', value: 1 },
    { at: 3, id: 'sceneX', value: 1 },
    { at: 3, id: 'attack', value: 1 },
    { at: 3, id: 'lfoShape', value: 3 },
  ],
};

/** A path of few parameters over 10 seconds, in order of time. */
const anyGesture: fc.Arbitrary<Gesture> = fc
  .array(
    fc.record({
      at: fc.double({ min: 0, max: 10, noNaN: true }),
      id: fc.constantFrom('style1' as const, 'vibratoDepth' as const, 'attack' as const, 'lfoShape' as const),
      position: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((points) => ({
    name: 'any',
    unit: 'seconds',
    length: 10,
    loop: false,
    points: points
      .map(({ at, id, position }): GesturePoint => ({ at, id, value: valueAt(parameterById(id), position) }))
      .sort((a, b) => a.at - b.at),
  }));

describe('recording', () => {
  it('keeps moves by the time since the begin', () => {
    const recorder = new GestureRecorder(10);
    recorder.record('sceneX', 0, 10);
    recorder.record('sceneX', 1, 11);
    recorder.record('sceneY', 0.5, 10.5);
    expect(recorder.ids).toEqual(new Set(['sceneX', 'sceneY']));
    expect(recorder.finish('g', 12.5)).toEqual({
      name: 'g',
      unit: 'seconds',
      length: 2.5,
      loop: false,
      points: [
        { at: 0, id: 'sceneX', value: 0 },
        { at: 1, id: 'sceneX', value: 1 },
        { at: 1, id: 'sceneY', value: 0.5 },
      ],
    });
    expect(() => new GestureRecorder(0).finish('g', 1)).toThrow(/gesture is empty; move a control/);
  });

  it('thins a smooth turn to few points', () => {
    const recorder = new GestureRecorder(0);
    for (let k = 0; k <= 400; k++) recorder.record('mapX', 0.5 + 0.5 * Math.sin(k / 60), k / 100);
    const { points } = recorder.finish('g', 4);
    expect(points.length).toBeLessThan(40);
    expect(points.length).toBeGreaterThan(5);
  });

  it('thins no further than the tolerance, and not at all where choices change', () => {
    fc.assert(
      fc.property(anyGesture, (gesture) => {
        const thin = thinned(gesture);
        expect(idsOf(thin).sort()).toEqual(idsOf(gesture).sort());
        for (const { at, id } of gesture.points) {
          const row = parameterById(id);
          const here = gesture.points.filter((point) => point.id === id && point.at === at);
          // At a jump several values stand at one moment; the path passes all of them.
          if (here.length > 1) continue;
          const wanted = positionOf(row, here[0].value);
          const got = positionOf(row, valuesAt(thin, at)[id] ?? NaN);
          expect(Math.abs(got - wanted), id).toBeLessThanOrEqual(row.choices ? 0 : thinningTolerance + 1e-9);
        }
      }),
    );
  });
});

describe('playing', () => {
  it('joins points along the travel, holds choices, and stands still outside', () => {
    const start = { sceneX: 0, attack: 0.01, lfoShape: 1 };
    expect(valuesAt(sweep, 0)).toEqual(start);
    expect(valuesAt(sweep, 1)).toEqual(start);
    const middle = valuesAt(sweep, 2);
    expect(middle.sceneX).toBe(0.5);
    expect(middle.attack).toBeCloseTo(0.1, 9);
    expect(valuesAt(sweep, 2.99).lfoShape).toBe(1);
    expect(valuesAt(sweep, 3)).toEqual({ sceneX: 1, attack: 1, lfoShape: 3 });
    expect(valuesAt(sweep, 100)).toEqual({ sceneX: 1, attack: 1, lfoShape: 3 });
    expect([isOver(sweep, 3.9), isOver(sweep, 4)]).toEqual([false, true]);
  });

  it('starts over when it loops', () => {
    const loop = { ...sweep, loop: true };
    expect(valuesAt(loop, 4)).toEqual(valuesAt(sweep, 0));
    expect(valuesAt(loop, 10)).toEqual(valuesAt(sweep, 2));
    expect(isOver(loop, 1000)).toBe(false);
  });

  it('passes every point, and never leaves a range', () => {
    fc.assert(
      fc.property(anyGesture, fc.double({ min: 0, max: 20, noNaN: true }), (gesture, at) => {
        const last = new Map(gesture.points.map((point) => [`${point.id} ${point.at}`, point]));
        for (const point of last.values()) expect(valuesAt(gesture, point.at)[point.id]).toBe(point.value);
        for (const id of idsOf(gesture)) {
          const row = parameterById(id);
          const value = valuesAt(gesture, at)[id] ?? NaN;
          expect(value >= row.min && value <= row.max).toBe(true);
        }
      }),
    );
  });
});

describe('tempo', () => {
  it('ties a gesture to whole beats and frees it again', () => {
    const tied = inBeats(sweep, 118);
    expect([tied.unit, tied.length]).toEqual(['beats', 8]);
    expect(tied.points[3].at).toBeCloseTo(6, 9);
    expect(inBeats(tied, 60, 4).length).toBe(4);
    const free = inSeconds(tied, 60);
    expect([free.unit, free.length]).toEqual(['seconds', 8]);
    expect(inSeconds(sweep, 60)).toBe(sweep);
    expect(stretched(sweep, 2).points[5].at).toBe(1.5);
    expect(() => stretched(sweep, 0)).toThrow(/length must be/);
    expect(() => inBeats(sweep, 0)).toThrow(/tempo must be/);
  });
});

describe('editing', () => {
  it('cuts a part out without changing it', () => {
    fc.assert(
      fc.property(
        anyGesture,
        fc.double({ min: 0, max: 4, noNaN: true }),
        fc.double({ min: 5, max: 10, noNaN: true }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (gesture, from, to, share) => {
          const part = trimmed(gesture, from, to);
          expect(part.length).toBe(to - from);
          const at = share * (to - from);
          // A jump a rounding error away could fall to either side.
          if (gesture.points.some((point) => Math.abs(point.at - from - at) < 1e-6)) return;
          const before = valuesAt(gesture, from + at);
          const after = valuesAt(part, at);
          for (const id of idsOf(gesture)) {
            const row = parameterById(id);
            expect(positionOf(row, after[id]!), id).toBeCloseTo(positionOf(row, before[id]!), 4);
          }
        },
      ),
    );
    expect(trimmed(sweep, 1.5, 2.5).points).toContainEqual({ at: 1, id: 'sceneX', value: 0.75 });
    expect(() => trimmed(sweep, 2, 2)).toThrow(/to must be/);
    expect(() => trimmed(sweep, 0, 5)).toThrow(/to must be.*got 5/);
  });

  it('tells the values of one parameter along many times', () => {
    fc.assert(
      fc.property(anyGesture, fc.array(fc.double({ min: 0, max: 10, noNaN: true })), (gesture, times) => {
        for (const id of idsOf(gesture)) {
          expect(valuesAlong(gesture, id, times)).toEqual(times.map((at) => valuesAt(gesture, at)[id]));
        }
      }),
    );
    expect(() => valuesAlong(sweep, 'pan', [])).toThrow(/got pan/);
  });

  it('gains points that leave the path as it is', () => {
    fc.assert(
      fc.property(anyGesture, fc.double({ min: 0, max: 10, noNaN: true }), (gesture, at) => {
        const [id] = idsOf(gesture);
        const more = pointAdded(gesture, id, at);
        expect(more.points).toHaveLength(gesture.points.length + 1);
        for (let k = 0; k <= 20; k++) {
          const place = (gesture.length * k) / 20;
          const row = parameterById(id);
          const [before, after] = [valuesAt(gesture, place)[id]!, valuesAt(more, place)[id]!];
          expect(positionOf(row, after)).toBeCloseTo(positionOf(row, before), 6);
        }
      }),
    );
    expect(pointAdded(sweep, 'sceneX', 9).points.at(-1)?.at).toBe(sweep.length);
    expect(() => pointAdded(sweep, 'pan', 1)).toThrow(
      /id must be a parameter that the gesture moves, got pan/,
    );
  });

  it('moves and deletes points', () => {
    const moved = pointMoved(sweep, 0, 9, 3);
    expect(moved.points.at(-1)).toEqual({ at: 4, id: 'sceneX', value: 1 });
    expect(moved.points).toHaveLength(6);
    expect(pointDeleted(sweep, 0)?.points).toEqual(sweep.points.slice(1));
    expect(pointDeleted({ ...sweep, points: sweep.points.slice(0, 1) }, 0)).toBeNull();
    expect(() => pointMoved(sweep, 6, 0, 0)).toThrow(/index must be a whole number from 0 to 5, got 6/);
    expect(sweep.points[0]).toEqual({ at: 1, id: 'sceneX', value: 0 });
  });
});

describe('control changes', () => {
  it('invert what controllers mean', () => {
    for (const row of parameters) {
      if (row.choices) continue;
      for (let data = 0; data <= 127; data++) {
        expect(controllerOfValue(row, valueOfController(row, data)), row.id).toBeCloseTo(data, 6);
      }
    }
  });

  it('are one per step, at the moment of the step', () => {
    const gesture: Gesture = {
      ...sweep,
      points: [
        { at: 0, id: 'vibratoDepth', value: 0 },
        { at: 1.27, id: 'vibratoDepth', value: 200 },
      ],
    };
    const { events, leftOut } = gestureToControllers(gesture, 120);
    expect(leftOut).toEqual([]);
    expect(events).toHaveLength(128);
    expect(events[0]).toEqual({ seconds: 0, controller: 1, value: 0 });
    expect(events[1].seconds).toBeCloseTo(0.005, 9);
    expect(events[127]).toMatchObject({ value: 127 });
    expect(gestureToControllers(sweep, 120).leftOut).toEqual(['sceneX', 'attack', 'lfoShape']);
  });

  it('follow any path within half a step, and never say the same twice', () => {
    fc.assert(
      fc.property(anyGesture, fc.double({ min: 0, max: 10, noNaN: true }), (gesture, at) => {
        const numbers: Record<string, number> = { style1: 1, vibratoDepth: 2, attack: 3, lfoShape: 4 };
        const { events } = gestureToControllers(gesture, 120, (id) => numbers[id]);
        for (let k = 1; k < events.length; k++) {
          expect(events[k].seconds).toBeGreaterThanOrEqual(events[k - 1].seconds);
        }
        for (const id of idsOf(gesture)) {
          const own = events.filter(({ controller }) => controller === numbers[id]);
          for (let k = 1; k < own.length; k++) expect(own[k].value).not.toBe(own[k - 1].value);
          if (gesture.points.some((point) => Math.abs(point.at - at) < 1e-6)) continue;
          const told = own.filter(({ seconds }) => seconds <= at).at(-1)?.value ?? NaN;
          const row = parameterById(id);
          const exact = controllerOfValue(row, valuesAt(gesture, at)[id]!);
          expect(Math.abs(told - exact), id).toBeLessThanOrEqual(0.5 + 1e-4);
        }
      }),
    );
  });

  it('write a loop as often as asked, at its tempo', () => {
    const gesture: Gesture = {
      name: 'two beats',
      unit: 'beats',
      length: 2,
      loop: true,
      points: [
        { at: 0, id: 'pan', value: -1 },
        { at: 1, id: 'pan', value: -1 },
        { at: 1, id: 'pan', value: 1 },
      ],
    };
    const { events } = gestureToControllers(gesture, 60, undefined, 2);
    expect(events).toEqual([
      { seconds: 0, controller: 10, value: 0 },
      { seconds: 1, controller: 10, value: 127 },
      { seconds: 2, controller: 10, value: 0 },
      { seconds: 3, controller: 10, value: 127 },
    ]);
  });
});
