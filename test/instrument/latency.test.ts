// The choice of latency: when *auto* moves, and how much time messages are given.
import { describe, expect, it } from 'vitest';
import { EventClock } from '../../src/instrument/eventClock.ts';
import {
  LatencyGovernor,
  latencyChoiceOf,
  contextOptionsOf,
  firstLevelOf,
} from '../../src/instrument/latency.ts';
import { MessageMargin } from '../../src/instrument/messageMargin.ts';

describe('auto', () => {
  /** Looks once a second; `breaksAt` says how often the sound broke off in each. */
  function run(governor: LatencyGovernor, from: number, to: number, breaksAt: (second: number) => number) {
    const moves: string[] = [];
    let breaks = 0;
    for (let second = from; second < to; second++) {
      breaks += breaksAt(second);
      const level = governor.look(breaks, second);
      if (!level) continue;
      moves.push(`${second}: ${level}`);
      governor.begin(level, second);
      breaks = 0;
    }
    return moves;
  }

  it('begins with the lowest, goes up when the sound breaks off again and again, and down after a quiet minute', () => {
    const governor = new LatencyGovernor();
    governor.begin('lowest', 0);
    expect(run(governor, 0, 20, () => 0)).toEqual([]);
    expect(run(governor, 20, 30, () => 1)).toEqual(['22: balanced', '27: safe']);
    expect(run(governor, 30, 160, () => 0)).toEqual(['87: balanced', '147: lowest']);
  });

  it('takes neither a single break nor those of a context that has just begun for a reason', () => {
    const governor = new LatencyGovernor();
    governor.begin('lowest', 0);
    expect(run(governor, 0, 60, (second) => (second < 2 || second % 6 === 0 ? 2 : 0))).toEqual([]);
  });

  it('waits twice as long where a step down was too early', () => {
    const governor = new LatencyGovernor();
    governor.begin('balanced', 0);
    const busyAtLowest = (second: number) => (governor.level === 'lowest' && second > 60 ? 1 : 0);
    const moves = run(governor, 0, 400, busyAtLowest);
    expect(moves.slice(0, 3)).toEqual(['60: lowest', '65: balanced', '185: lowest']);
  });

  it('knows what was kept, and what a context is made for', () => {
    expect(latencyChoiceOf('lowest')).toBe('lowest');
    for (const kept of [null, '', 'toString', 'fast']) expect(latencyChoiceOf(kept)).toBe('balanced');
    expect(firstLevelOf('auto')).toBe('lowest');
    expect(contextOptionsOf('lowest').latencyHint).toBe(0);
    expect(contextOptionsOf('balanced')).toEqual({ latencyHint: 'interactive' });
  });
});

describe('the margin', () => {
  it('shrinks from 2 ms to what messages take, and no further than half a millisecond', () => {
    const margin = new MessageMargin();
    for (let n = 0; n < 5; n++) margin.arrived(0.0001);
    expect(margin.seconds).toBe(0.002);
    for (let n = 0; n < 60; n++) margin.arrived(n % 3 === 0 ? 0.0006 : 0.0001);
    expect(margin.seconds).toBeCloseTo(0.0008, 9);
    for (let n = 0; n < 60; n++) margin.arrived(-0.002);
    expect(margin.seconds).toBe(0.0005);
  });

  it('grows at once with what comes late, but for a single one and for what nobody could wait for', () => {
    const margin = new MessageMargin();
    for (let n = 0; n < 60; n++) margin.arrived(0.0001);
    margin.delivered(0.003);
    margin.delivered(4);
    margin.delivered(NaN);
    expect(margin.seconds).toBeLessThan(0.001);
    margin.delivered(0.003);
    expect(margin.seconds).toBeCloseTo(0.0033, 9);
    for (let n = 0; n < 3; n++) margin.arrived(0.0045);
    expect(margin.seconds).toBe(0.005);
  });
});

describe('the line between the clocks', () => {
  const block = 0.01;
  /** A device that asks every 10 ms, but `early` by a block for a while. */
  const clocks = (seconds: number, early: (seconds: number) => boolean) => ({
    pageMilliseconds: 1000 * seconds,
    contextSeconds: block * Math.floor(seconds / block) + (early(seconds) ? block : 0),
  });

  it('does not move where a device asks for a block too early for an eighth of a second', () => {
    const clock = new EventClock(48_000);
    const early = (seconds: number) => seconds > 2.4 && seconds < 2.52;
    for (let n = 0; n < 600; n++) {
      const seconds = 1 + 0.0037 * n;
      clock.observe(clocks(seconds, early));
      if (seconds > 1.5) expect(Math.abs(clock.leadSeconds)).toBeLessThan(0.0015);
    }
  });

  it('follows one that asks for a block more from now on', () => {
    const clock = new EventClock(48_000);
    for (let n = 0; n < 600; n++) clock.observe(clocks(1 + 0.0037 * n, (seconds) => seconds > 2));
    expect(clock.leadSeconds).toBeGreaterThan(block - 0.0015);
  });
});
