// Time stamps, levels and the rate limiter.
import { describe, expect, it } from 'vitest';
import { LatestWins } from '../../src/performer/latestWins.ts';
import { decibelsOf, gainOfDecibels } from '../../src/dsp/loudness.ts';
import { EventClock } from '../../src/instrument/eventClock.ts';

describe('event time to context frame', () => {
  const sampleRate = 48_000;
  const block = 0.01;
  /** The audio clock of a device that asks for a block of 10 ms every 10 ms, 3 ms after a whole one. */
  const clocksAt = (seconds: number, behind = 0) => ({
    pageMilliseconds: 1000 * seconds,
    contextSeconds: block * Math.floor((seconds - 0.003) / block) - behind,
  });
  function watched(): EventClock {
    const clock = new EventClock(sampleRate);
    for (let n = 0; n < 80; n++) clock.observe(clocksAt(1 + 0.0257 * n));
    return clock;
  }

  it('lies the same time after every stamp, wherever in a block it falls', () => {
    const clock = watched();
    for (let n = 0; n < 200; n++) {
      const stamp = 3.06 + 0.0031 * n;
      const now = clocksAt(stamp + 0.0004);
      const frame = clock.frameOf(1000 * stamp, now) ?? NaN;
      // The steady line is 3 ms behind the page's clock.
      const delay = frame / sampleRate - (stamp - 0.003);
      expect(Math.abs(delay - 0.002)).toBeLessThan(0.001);
      // Not before what has been rendered.
      expect(frame / sampleRate).toBeGreaterThan(now.contextSeconds);
    }
  });
  it('keeps the distance of stamps that lie ahead', () => {
    const clock = watched();
    const [first, second] = [3100, 3850].map((ms) => clock.frameOf(ms, clocksAt(3.06)) ?? NaN);
    expect(second - first).toBe(0.75 * sampleRate);
  });
  it('leads back to the page: a frame is played 2 ms after the stamp of its event', () => {
    const clock = watched();
    const now = clocksAt(3.06);
    const frame = clock.frameOf(3100, now) ?? NaN;
    expect(clock.millisecondsOf(frame, now)).toBeCloseTo(3102, 1);
    // One that is over, too.
    expect(clock.millisecondsOf(frame - sampleRate, now)).toBeCloseTo(2102, 1);
  });
  it('is now without a stamp, for one that was delivered late, and for one of another clock', () => {
    const clock = watched();
    const now = clocksAt(3.06);
    for (const stamp of [undefined, NaN, 2900, 1.7e12]) expect(clock.frameOf(stamp, now)).toBeUndefined();
  });
  it('takes up again after the audio clock has stood still', () => {
    const clock = watched();
    const frame = clock.frameOf(4000, clocksAt(4, 0.5)) ?? NaN;
    expect(frame / sampleRate).toBeLessThan(4 - 0.5 + block);
    // A block that was left out shows within a second.
    for (let n = 0; n < 60; n++) clock.observe(clocksAt(4 + 0.0257 * n, 0.52));
    const later = clock.frameOf(5600, clocksAt(5.6, 0.52)) ?? NaN;
    expect(Math.abs(later / sampleRate - (5.6 - 0.52 - 0.003 + 0.002))).toBeLessThan(0.001);
  });
});

describe('loudness', () => {
  it('is 20 dB for each factor of ten, either way', () => {
    expect(gainOfDecibels(-20)).toBeCloseTo(0.1, 12);
    expect(decibelsOf(-0.1)).toBeCloseTo(-20, 12);
    expect(decibelsOf(0)).toBe(-Infinity);
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
