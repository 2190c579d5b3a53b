// The clock that is sent: ticks on the beat, and where a song starts, goes on, turns and stops.
import { describe, expect, it } from 'vitest';
import { ClockOut } from '../../src/midi/clockOut.ts';

type Sent = readonly [type: string, ms: number, quarters?: number];

function rig(bpm = 120) {
  const sent: Sent[] = [];
  /** With the times at which ports send: what is late at once. */
  const left: Sent[] = [];
  let now = 0;
  const clock = new ClockOut(
    (message, ms) => {
      const rest: [quarters?: number] = message.type === 'position' ? [message.quarters] : [];
      sent.push([message.type, ms, ...rest]);
      left.push([message.type, Math.max(ms, now), ...rest]);
    },
    () => bpm,
  );
  clock.join(0);
  /** Time passes. */
  const pass = (ms: number, every = 10) => {
    for (const end = now + ms; now < end;) clock.advance((now += every));
  };
  const ticks = () => sent.filter(([type]) => type === 'clock').map(([, ms]) => ms);
  /** Time leaps, and nobody calls the clock. */
  const leap = (to: number) => (now = to);
  return { clock, sent, left, pass, leap, ticks, now: () => now };
}

const tickMs = 60_000 / 120 / 24;

describe('the clock at rest', () => {
  it('ticks in the tempo, however late it is called', () => {
    for (const every of [10, 35, 300]) {
      const { pass, ticks } = rig();
      pass(3000, every);
      const gaps = ticks().map((ms, k) => (k === 0 ? tickMs : ms - ticks()[k - 1]));
      for (const gap of gaps) expect(gap).toBeCloseTo(tickMs, 6);
      expect(ticks().length).toBeGreaterThanOrEqual(143);
    }
  });

  it('does not make up for what was missed by far', () => {
    const { clock, ticks } = rig();
    clock.advance(10);
    clock.advance(60_000);
    expect(ticks().length).toBeLessThan(200);
  });
});

describe('a song', () => {
  /** Sent since an index, ticks numbered from the start. */
  it('starts with its first tick, and ticks to its beats', () => {
    const { clock, sent, pass, now } = rig();
    pass(1000);
    const from = now() + 20;
    clock.transport('start', from);
    clock.beat(0, 100, from, false);
    pass(1000);
    const at = sent.findIndex(([type]) => type === 'start');
    expect(sent[at][1]).toBeCloseTo(from - 1, 6);
    sent.slice(at + 1).forEach(([type, ms], k) => {
      expect(type).toBe('clock');
      expect(ms).toBeCloseTo(from + (k * 60_000) / 100 / 24, 6);
    });
    // In order, as ports send them.
    sent.forEach(([, ms], k) => k === 0 || expect(ms).toBeGreaterThanOrEqual(sent[k - 1][1] - 1e-6));
  });

  it('starts from the middle on a sixteenth, with its position before', () => {
    const { clock, sent, pass, now } = rig();
    pass(500);
    const from = now() + 20;
    clock.transport('continue', from);
    clock.beat(2.1, 120, from, false);
    pass(1000);
    const position = sent.findIndex(([type]) => type === 'position');
    const at = sent.findIndex(([type]) => type === 'continue');
    expect(sent[position][2]).toBe(2.25);
    expect(at).toBeGreaterThan(position);
    expect(sent[at + 1][0]).toBe('clock');
    expect(sent[at + 1][1]).toBeCloseTo(from + 0.15 * 500, 6);
  });

  it('stops at once, says where it stands, and ticks on', () => {
    const { clock, sent, pass, now, ticks } = rig();
    clock.transport('start', 20);
    clock.beat(0, 120, 20, false);
    pass(1000);
    clock.transport('stop', now());
    clock.songPosition(0, now());
    expect(sent.slice(-2)).toEqual([
      ['stop', 1000],
      ['position', 1000, 0],
    ]);
    const before = ticks().length;
    pass(1000);
    expect(ticks().length - before).toBeGreaterThan(40);
    // While it runs its position is not told.
    clock.transport('start', now() + 20);
    clock.beat(0, 120, now() + 20, false);
    const count = sent.length;
    clock.songPosition(3, now());
    expect(sent).toHaveLength(count);
  });

  it('starts anew where its loop turns, a tick behind the last', () => {
    const { clock, sent, pass } = rig();
    clock.transport('start', 20);
    clock.beat(0, 120, 20, false);
    pass(900);
    // Two quarters, told ahead.
    clock.transport('start', 1020);
    clock.beat(0, 120, 1020, false);
    pass(1000);
    const starts = sent.flatMap(([type], k) => (type === 'start' ? [k] : []));
    expect(starts).toHaveLength(2);
    expect(starts[1] - starts[0] - 1).toBe(48);
    expect(sent[starts[1] + 1][1]).toBeCloseTo(1020, 6);
  });

  it('starts where its last turn lies, in a loop so short that turns are told together', () => {
    const { clock, sent, pass } = rig();
    for (const turn of [20, 70, 120]) {
      clock.transport('start', turn);
      clock.beat(0, 120, turn, false);
    }
    pass(300);
    const starts = sent.filter(([type]) => type === 'start');
    expect(starts.map(([, ms]) => Math.round(ms))).toEqual([119]);
  });

  it('changes its tempo on the beat, and loses no tick', () => {
    const { clock, pass, ticks } = rig();
    clock.transport('start', 20);
    clock.beat(0, 120, 20, false);
    clock.beat(4, 90, 2020, false);
    pass(6000);
    const slowTickMs = 60_000 / 90 / 24;
    const running = ticks().filter((ms) => ms > 19);
    expect(running.length).toBeGreaterThan(200);
    running.forEach((ms, k) =>
      expect(ms).toBeCloseTo(k < 96 ? 20 + k * tickMs : 2020 + (k - 96) * slowTickMs, 6),
    );
  });

  it('is joined at its next sixteenth, and left with a stop', () => {
    const { clock, sent, pass, now } = rig();
    clock.transport('start', 20);
    clock.beat(0, 120, 20, false);
    pass(1030);
    const count = sent.length;
    clock.join(now());
    pass(200);
    const joined = sent.slice(count);
    expect(joined.find(([type]) => type === 'position')?.[2]).toBe(2.25);
    const at = joined.findIndex(([type]) => type === 'continue');
    expect(joined[at + 1][1]).toBeCloseTo(20 + 2.25 * 500, 6);
    clock.leave(now());
    expect(sent.at(-1)).toEqual(['stop', now()]);
  });

  it('of an outer clock is followed, started by a tick that is heard late', () => {
    const { clock, sent, pass, now } = rig();
    pass(1000);
    const from = now() - 3;
    clock.transport('start', from - 10);
    for (let k = 0; k < 96; k++) {
      // A sixteenth a time.
      if (k % 6 === 0) clock.beat(k / 24, 120, from + k * tickMs, k > 0);
      pass(20);
    }
    const at = sent.findIndex(([type]) => type === 'start');
    expect(sent[at + 1][0]).toBe('clock');
    expect(sent[at + 1][1]).toBeCloseTo(from, 6);
    const ticks = sent.slice(at + 1).filter(([type]) => type === 'clock');
    expect(ticks[48][1]).toBeCloseTo(from + 48 * tickMs, -1);
  });

  /** What follows the clock: how many ticks it is from the front at a time, and whether it runs. */
  const follow = (left: readonly Sent[], until: number) => {
    let tick = 0;
    let runs = false;
    for (const [type, ms, quarters] of left.toSorted(([, a], [, b]) => a - b)) {
      if (ms > until) break;
      if (type === 'start') tick = -1;
      if (type === 'position') tick = 24 * quarters! - 1;
      if (type === 'start' || type === 'continue') runs = true;
      if (type === 'stop') runs = false;
      if (type === 'clock' && runs) tick++;
    }
    return { tick, runs };
  };

  it.each([2072, 2085, 2100, 2119])('that stops just before its loop turns stays so: told at %i', (told) => {
    const { clock, left, pass, leap, now } = rig();
    pass(100);
    clock.transport('start', 120);
    clock.beat(0, 120, 120, false);
    pass(told - now(), 1);
    clock.transport('start', 2120);
    clock.beat(0, 120, 2120, false);
    clock.advance(leap(told + 5));
    clock.transport('stop', told + 5);
    pass(1000);
    expect(follow(left, now()).runs).toBe(false);
  });

  it('goes on at once from elsewhere, though a start was on its way', () => {
    const { clock, left, pass, leap, now } = rig();
    clock.transport('start', 120);
    clock.beat(0, 120, 120, false);
    pass(2072, 8);
    clock.transport('start', 2120);
    clock.beat(0, 120, 2120, false);
    clock.advance(leap(2080));
    clock.transport('stop', 2080);
    clock.transport('continue', 2100);
    clock.beat(8, 120, 2100, false);
    pass(1000);
    expect(follow(left, now())).toEqual({ tick: 8 * 24 + Math.floor((now() - 2100) / tickMs), runs: true });
  });

  it.each([
    ['continue', 4],
    ['start', 0],
  ] as const)('that goes elsewhere leads nobody astray by ticks told ahead: %s', (action, quarters) => {
    for (const bpm of [120, 97, 240]) {
      for (const every of [4, 10, 35, 150]) {
        const { clock, left, pass, now } = rig();
        pass(100);
        clock.transport('start', 120);
        clock.beat(0, 120, 120, false);
        pass(900, every);
        const stopped = now();
        clock.transport('stop', stopped);
        clock.transport(action, stopped + 20);
        clock.beat(quarters, bpm, stopped + 20, false);
        pass(2000, every);
        const passed = ((now() - stopped - 20) * bpm * 24) / 60_000;
        expect(follow(left, now()).tick).toBe(24 * quarters + Math.floor(passed + 1e-6));
      }
    }
  });

  it('is joined where its beginning was missed', () => {
    const { clock, left, pass, leap, now } = rig();
    clock.transport('start', 20);
    clock.beat(0, 120, 20, false);
    clock.leave(10);
    leap(1000);
    clock.join(1000);
    pass(1500);
    expect(follow(left, now())).toEqual({ tick: Math.floor((now() - 20) / tickMs), runs: true });
  });

  it('is not counted twice where the same output is left and joined', () => {
    const { clock, left, pass, now } = rig();
    clock.transport('start', 20);
    clock.beat(0, 120, 20, false);
    pass(1000);
    clock.leave(now());
    clock.join(now(), false);
    pass(1000);
    expect(follow(left, now()).tick).toBe(Math.floor((now() - 20) / tickMs));
  });
});
