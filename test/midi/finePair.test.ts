// Halves of 14 bits and plain knobs 33..63: what is a pair, and what is not, by what was heard and what is learned.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ControlReader, dataOf14, type ControlEvent } from '../../src/midi/controlReader.ts';
import type { Freedom } from '../../src/midi/finePair.ts';

/** Controller, data and milliseconds since the message before. */
type Change = readonly [controller: number, data: number, afterMs?: number];

function rig({ freedom = 'free', isWaiting = false }: { freedom?: Freedom; isWaiting?: boolean } = {}) {
  const hints = { freedom, isWaiting };
  const reader = new ControlReader({
    freedomOf: () => hints.freedom,
    isWaiting: () => hints.isWaiting,
  });
  let ms = 0;
  const read = (...changes: readonly Change[]) =>
    changes.flatMap(([controller, data, afterMs = 1]) => {
      const event = reader.read(1, controller, data, (ms += afterMs));
      return event ? [event] : [];
    });
  return { hints, read };
}

/** Controller numbers and data of events. */
const said = (events: readonly ControlEvent[]) =>
  events.flatMap((event) => (event.type === 'control' ? [[event.controller, event.data] as const] : []));

const fine = (raw: number) => dataOf14(raw);
const coarseFirst = (raws: readonly number[], gapMs = 1): Change[] =>
  raws.flatMap((raw): Change[] => [
    [16, raw >> 7, gapMs],
    [48, raw & 127, 1],
  ]);
const fineFirst = (raws: readonly number[], gapMs = 1): Change[] =>
  raws.flatMap((raw): Change[] => [
    [48, raw & 127, gapMs],
    [16, raw >> 7, 1],
  ]);
const ramp = (from: number, to: number, step: number) =>
  Array.from(
    { length: Math.floor(Math.abs(to - from) / step) },
    (_, k) => from + Math.sign(to - from) * k * step,
  );

describe('knobs on 32..63', () => {
  it('stay knobs of their own behind one that was touched before', () => {
    const { read } = rig();
    expect(said(read([16, 64], [16, 65], [48, 20, 300], [48, 21, 30], [16, 66, 500], [48, 22, 500]))).toEqual(
      [
        [16, 64],
        [16, 65],
        [48, 20],
        [48, 21],
        [16, 66],
        [48, 22],
      ],
    );
  });

  it('are free for whoever waits for a control, however near the other was', () => {
    const { read, hints } = rig();
    read([16, 64]);
    hints.isWaiting = true;
    expect(said(read([48, 20, 0]))).toEqual([[48, 20]]);
  });

  it('are never halves once they are learned', () => {
    const { read } = rig({ freedom: 'bound' });
    for (const raws of [ramp(0, 3000, 37), ramp(9000, 4000, 150)]) {
      for (const changes of [coarseFirst(raws), fineFirst(raws)]) {
        expect(said(read(...changes))).toEqual(changes.map(([controller, data]) => [controller, data]));
      }
    }
  });

  it('are not halves for two hands that move both knobs at once', () => {
    const { read } = rig();
    const both = Array.from({ length: 60 }, (_, k): Change[] => [
      [16, 20 + k, 5],
      [48, 60 + (k >> 1), 0],
    ]).flat();
    const last = said(read(...both)).slice(-20);
    expect(last.filter(([controller]) => controller === 48)).toHaveLength(10);
  });

  it('leave seven bits whose fine half is always 0 as they are, up to the top', () => {
    const { read } = rig();
    const events = said(read(...coarseFirst([0, 20, 40, 60, 80, 100, 120, 127].map((data) => data * 128))));
    expect(events.filter(([controller]) => controller === 16).at(-1)).toEqual([16, 127]);
  });
});

describe('halves of 14 bits', () => {
  /** Data of the coarse number, in order. */
  const values = (events: readonly ControlEvent[]) =>
    events.flatMap((event) => (event.type === 'control' && event.controller === 16 ? [event.data] : []));
  const isMonotone = (course: readonly number[], sign: number) =>
    course.every((value, k) => k === 0 || sign * (value - course[k - 1]) >= 0);

  it.each([1, 7, 37, 100, 128, 140, 257, 700])(
    'run forward in either order, up and down, in steps of %d',
    (step) => {
      for (const order of [coarseFirst, fineFirst]) {
        for (const gapMs of [0, 1, 20]) {
          for (const [from, to] of [
            [2000, 14_000],
            [14_000, 2000],
          ]) {
            const raws = ramp(from, to, step).slice(0, 400);
            const { read } = rig();
            // The first half of all comes before anything is known of the pair.
            read(...order(raws.slice(0, 2), gapMs));
            const course = values(read(...order(raws.slice(2), gapMs)));
            expect(isMonotone(course, Math.sign(to - from))).toBe(true);
            expect(Math.abs(course.at(-1)! - fine(raws.at(-1)!))).toBeLessThan(1.01);
          }
        }
      }
    },
  );

  it('reach the exact value in either order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 16_383 }), { minLength: 2, maxLength: 30 }),
        fc.boolean(),
        (raws, isFineFirst) => {
          fc.pre(raws.some((raw) => (raw & 127) > 0));
          const { read } = rig();
          const order = isFineFirst ? fineFirst : coarseFirst;
          // Enough to know the order.
          read(...order([5000, 5050, 5100, 5150]));
          expect(values(read(...order(raws, 20))).at(-1)).toBe(fine(raws.at(-1)!));
        },
      ),
    );
  });

  it('may leave the coarse half out while it stays', () => {
    const { read } = rig();
    const course = values(read([16, 64], [48, 100], [48, 110, 20], [48, 120, 20], [16, 65, 20], [48, 3]));
    expect(course.at(-1)).toBe(fine(65 * 128 + 3));
    expect(isMonotone(course, 1)).toBe(true);
    expect(course).toContain(fine(64 * 128 + 120));
  });

  it('are a pair after three couples, or a wrap, where the coarse half came alone before', () => {
    const { read } = rig();
    read([16, 10], [16, 11, 100]);
    expect(said(read([48, 20, 300], [16, 12, 300], [48, 90]))).toEqual([
      [48, 20],
      [16, 12],
      [48, 90],
    ]);
    expect(said(read([16, 13, 30], [48, 2]))).toEqual([
      [16, 13],
      [16, fine(13 * 128 + 2)],
    ]);
  });

  it('replace the number that was just learned only as its trial says, and never later', () => {
    const { read, hints } = rig({ isWaiting: true });
    const raws = ramp(5000, 5300, 5);
    read([48, raws[0] & 127, 20]);
    Object.assign(hints, { isWaiting: false, freedom: 'fresh' });
    read([16, raws[0] >> 7, 1]);
    expect(values(read(...fineFirst(raws.slice(1), 20))).at(-1)).toBe(fine(5295));
    const later = rig({ freedom: 'fresh' });
    const events = said(later.read(...fineFirst(raws, 20)));
    expect(events.filter(([controller]) => controller === 48)).toHaveLength(raws.length);
  });
});
