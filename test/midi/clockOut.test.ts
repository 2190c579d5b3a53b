// The clock that is sent: ticks on the beat, and where a song starts, goes on, turns and stops.
import { describe, expect, it } from 'vitest';
import { ClockOut } from '../../src/midi/clockOut.ts';

type Sent = readonly [type: string, ms: number, quarters?: number];

function rig(bpm = 120) {
  const sent: Sent[] = [];
  const clock = new ClockOut(
    (message, ms) =>
      sent.push(message.type === 'position' ? [message.type, ms, message.quarters] : [message.type, ms]),
    () => bpm,
  );
  let now = 0;
  clock.join(0);
  /** Time passes. */
  const pass = (ms: number, every = 10) => {
    for (const end = now + ms; now < end;) clock.advance((now += every));
  };
  const ticks = () => sent.filter(([type]) => type === 'clock').map(([, ms]) => ms);
  return { clock, sent, pass, ticks, now: () => now };
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
});
