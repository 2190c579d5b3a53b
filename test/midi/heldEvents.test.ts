// Events that wait on the page: their order, their times, and what a note does not let wait.
import { describe, expect, it } from 'vitest';
import { earlyMs, HeldEvents } from '../../src/midi/heldEvents.ts';
import { fakeWaits } from '../helpers/fakeWaits.ts';

function rig() {
  const clock = { ms: 1000 };
  const waits = fakeWaits(() => clock.ms);
  const held = new HeldEvents({ now: () => clock.ms, startWait: waits.startWait });
  const done: [string, number][] = [];
  const add = (name: string, ms: number, shapesNotes = false) =>
    held.add(ms, () => done.push([name, clock.ms]), shapesNotes);
  const passTo = (ms: number) => {
    for (; clock.ms < ms; clock.ms++) waits.pass();
    waits.pass();
  };
  return { clock, waits, held, done, add, passTo, names: () => done.map(([name]) => name) };
}

describe('held events', () => {
  it('come at once when their time has come, else a little before it, in the order of their times', () => {
    const { done, add, passTo, waits } = rig();
    add('c', 1100);
    add('a', 900);
    add('b', 1050);
    add('d', 1100);
    // Another clock's.
    add('e', 7000);
    expect(done.splice(1)).toEqual([['e', 1000]]);
    expect(done).toEqual([['a', 1000]]);
    passTo(1200);
    expect(done.slice(1)).toEqual([
      ['b', 1050 - earlyMs],
      ['c', 1100 - earlyMs],
      ['d', 1100 - earlyMs],
    ]);
    expect(waits.size).toBe(0);
  });

  it('do not wait where a note depends on them, nor does what came before those', () => {
    const { held, add, names, passTo } = rig();
    add('knob', 1050);
    add('digit', 1060, true);
    add('other knob', 1070);
    add('next digit', 1090, true);
    held.beforeNotes(1055);
    expect(names()).toEqual([]);
    held.beforeNotes(1080);
    expect(names()).toEqual(['knob', 'digit']);
    passTo(1100);
    expect(names()).toEqual(['knob', 'digit', 'other knob', 'next digit']);
  });

  it('keep their order where timers come late, and are dropped when asked', () => {
    const { clock, held, add, names, passTo } = rig();
    add('a', 1010);
    clock.ms = 1500;
    add('b', 1499);
    expect(names()).toEqual(['a', 'b']);
    let clears = 0;
    held.onClear(() => clears++);
    add('c', 1600);
    held.clear();
    passTo(1700);
    expect([names(), clears]).toEqual([['a', 'b'], 1]);
  });
});
