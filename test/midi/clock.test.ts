// Tempo of a clock: exact ticks, jitter, bunches, lost ticks, pauses, sudden changes.
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/dsp/random.ts';
import { ClockFollower } from '../../src/midi/clock.ts';

const tickMs = (bpm: number) => 60_000 / bpm / 24;

/** Stamps of `count` ticks at a tempo. */
const stamps = (bpm: number, count: number, startMs = 1000) =>
  Array.from({ length: count }, (_, k) => startMs + k * tickMs(bpm));

/** Every tempo told. */
const tempos = (clock: ClockFollower, ticks: readonly number[]) =>
  ticks.map((ms) => clock.tick(ms)).filter((bpm) => bpm !== undefined);

describe('clock', () => {
  it.each([30, 60, 120, 174.5, 300])('tells %f bpm once, after half a quarter', (bpm) => {
    const clock = new ClockFollower();
    expect(tempos(clock, stamps(bpm, 12))).toEqual([]);
    const told = tempos(clock, stamps(bpm, 500, 1000 + 12 * tickMs(bpm)));
    expect(told).toHaveLength(1);
    expect(told[0]).toBeCloseTo(bpm, 6);
  });

  it('stays within 0.3 % in spite of 2 ms of jitter, once a bar is known', () => {
    const random = new Random(5);
    for (const bpm of [60, 120, 240]) {
      const clock = new ClockFollower();
      const ticks = stamps(bpm, 960).map((ms) => ms + random.uniform(-2, 2));
      tempos(clock, ticks.slice(0, 96));
      for (const told of tempos(clock, ticks.slice(96))) expect(Math.abs(told / bpm - 1)).toBeLessThan(0.003);
    }
  });

  it('hears the tempo of ticks that arrive in bunches of three', () => {
    const bunched = stamps(120, 480).map((_, k, all) => all[k - (k % 3)]);
    const told = tempos(new ClockFollower(), bunched);
    expect(told.length).toBeGreaterThan(0);
    expect(Math.abs((told.at(-1) ?? 0) / 120 - 1)).toBeLessThan(0.005);
  });

  it('counts lost ticks in', () => {
    const random = new Random(9);
    const clock = new ClockFollower();
    const ticks = stamps(120, 600).filter((_, k) => k < 20 || k % 17 > 1);
    const told = tempos(
      clock,
      ticks.map((ms) => ms + random.uniform()),
    );
    for (const bpm of told.slice(1)) expect(Math.abs(bpm / 120 - 1)).toBeLessThan(0.01);
  });

  it('keeps the tempo over a pause, and tells a new one after it', () => {
    const clock = new ClockFollower();
    tempos(clock, stamps(120, 100));
    expect(tempos(clock, stamps(120, 100, 60_000))).toEqual([]);
    const told = tempos(clock, stamps(90, 100, 120_000));
    expect(told.at(-1)).toBeCloseTo(90, 6);
  });

  it.each([
    [120, 60],
    [120, 240],
    [100, 110],
    [174, 87],
    [60, 55],
    [120, 122],
  ])('follows a jump from %f to %f bpm within a quarter', (from, to) => {
    const clock = new ClockFollower();
    const before = stamps(from, 96);
    tempos(clock, before);
    const told = tempos(clock, stamps(to, 24, before[95] + tickMs(to)));
    expect(Math.abs((told.at(-1) ?? 0) / to - 1)).toBeLessThan(0.01);
  });

  it('outlives stamps that stand still, turn back or make no sense', () => {
    const clock = new ClockFollower();
    for (let k = 0; k < 200; k++)
      for (const bpm of tempos(clock, [500])) expect(Number.isFinite(bpm)).toBe(true);
    tempos(clock, [1e9, 3, 2, 1, 5000]);
    expect(tempos(clock, stamps(140, 100, 9000)).at(-1)).toBeCloseTo(140, 3);
  });

  it('recovers from a whole bar of ticks with one stamp', () => {
    const clock = new ClockFollower();
    clock.run(0);
    for (let k = 0; k < 30; k++) clock.tick(1000);
    const told = tempos(clock, stamps(120, 200, 1020));
    expect(told.at(-1)).toBeCloseTo(120, 3);
    expect(Number.isInteger(24 * clock.beat!.quarters)).toBe(true);
  });

  describe('of a song that runs', () => {
    it.each([130, 200, 333])(
      'begins with the first tick, though the clock stood still %d ms before',
      (gap) => {
        const clock = new ClockFollower();
        const before = stamps(120, 48);
        for (const ms of before) clock.tick(ms);
        clock.run(2);
        const after = stamps(120, 30, before[47] + gap);
        clock.tick(after[0]);
        expect(clock.beat).toEqual({ quarters: 2, ms: after[0], bpm: expect.closeTo(120, 6) as number });
        for (const ms of after.slice(1)) expect(clock.tick(ms)).toBeUndefined();
        expect(clock.beat?.quarters).toBeCloseTo(2 + 29 / 24, 9);
        expect(clock.beat?.ms).toBeCloseTo(after[29], 6);
      },
    );

    it('knows the beat within half a millisecond in spite of 3 ms of jitter', () => {
      const random = new Random(3);
      const clock = new ClockFollower();
      const all = stamps(120, 480);
      all.forEach((ms, k) => {
        if (k === 24) clock.run(0);
        clock.tick(ms + random.uniform(-3, 3));
        if (k < 24 + 96) return;
        const { quarters, ms: at, bpm } = clock.beat!;
        expect(quarters).toBe((k - 24) / 24);
        expect(Math.abs(at - ms)).toBeLessThan(1.2);
        expect(Math.abs(bpm! / 120 - 1)).toBeLessThan(0.003);
      });
    });

    it('counts lost ticks in, and none where the tempo halves or a pause ends', () => {
      const clock = new ClockFollower();
      clock.run(4);
      expect(clock.beat).toBeUndefined();
      const before = stamps(120, 49);
      for (const [k, ms] of before.entries()) if (k < 20 || k % 10 !== 9) clock.tick(ms);
      expect(clock.beat?.quarters).toBe(6);
      for (const ms of stamps(60, 24, before[48] + tickMs(60))) clock.tick(ms);
      expect(clock.beat?.quarters).toBe(7);
      for (const ms of stamps(60, 24, 60_000)) clock.tick(ms);
      expect(clock.beat?.quarters).toBe(8);
      expect(clock.halt()).toBe(8 + 1 / 24);
      expect([clock.beat, clock.halt()]).toEqual([undefined, undefined]);
    });
  });
});
