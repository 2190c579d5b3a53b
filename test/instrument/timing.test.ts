// Time stamps, velocities and the rate limiter.
import { describe, expect, it } from 'vitest';
import { LatestWins } from '../../src/instrument/latestWins.ts';
import { decibelsOf, gainOfDecibels, gainOfVelocity } from '../../src/instrument/loudness.ts';
import { frameOfEvent } from '../../src/instrument/timing.ts';

describe('event time to context frame', () => {
  const clocks = { pageMilliseconds: 1000, contextSeconds: 2, sampleRate: 48_000 };
  it('schedules what lies ahead and plays the rest now', () => {
    expect(frameOfEvent(1010, clocks)).toBe(96_480);
    expect(frameOfEvent(1000, clocks)).toBeUndefined();
    expect(frameOfEvent(900, clocks)).toBeUndefined();
    expect(frameOfEvent(undefined, clocks)).toBeUndefined();
    expect(frameOfEvent(NaN, clocks)).toBeUndefined();
  });
  it('takes a stamp of another clock as now', () => {
    expect(frameOfEvent(1.7e12, clocks)).toBeUndefined();
  });
});

describe('loudness', () => {
  it('follows 40 log10(v / 127)', () => {
    expect(gainOfVelocity(127)).toBe(1);
    expect(gainOfVelocity(0)).toBe(0);
    expect(decibelsOf(gainOfVelocity(64))).toBeCloseTo(-11.9, 1);
    expect(gainOfDecibels(-20)).toBeCloseTo(0.1, 12);
    expect(() => gainOfVelocity(200)).toThrow(/velocity must be a number from 0 to 127, got 200/);
  });
});

describe('latest wins', () => {
  function fake() {
    const timers: (() => void)[] = [];
    const calls: number[] = [];
    let wish = 0;
    const limiter = new LatestWins(
      () => calls.push(wish),
      10,
      (callback) => {
        timers.push(callback);
        return () => void timers.splice(timers.indexOf(callback), 1);
      },
    );
    const ask = (value: number) => {
      wish = value;
      limiter.request();
    };
    return { timers, calls, ask, limiter };
  }

  it('acts at once, then once per interval with the last wish', () => {
    const { timers, calls, ask } = fake();
    ask(1);
    expect(calls).toEqual([1]);
    ask(2);
    ask(3);
    expect(calls).toEqual([1]);
    timers.shift()?.();
    expect(calls).toEqual([1, 3]);
    timers.shift()?.();
    expect(calls).toEqual([1, 3]);
    ask(4);
    expect(calls).toEqual([1, 3, 4]);
  });

  it('forgets a cancelled wish', () => {
    const { timers, calls, ask, limiter } = fake();
    ask(1);
    ask(2);
    limiter.cancel();
    expect(timers).toHaveLength(0);
    expect(calls).toEqual([1]);
  });
});
