// The arpeggiator: patterns, exact frames, swing, and that every note it starts ends.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arpModes } from '../../src/contract/parameters.ts';
import { Arpeggiator, type ArpSettings } from '../../src/performer/arpeggiator.ts';

interface Event {
  readonly on: boolean;
  readonly note: number;
  readonly frame: number;
}

function rig(random: () => number = () => 0.5) {
  const events: Event[] = [];
  const put =
    (on: boolean) =>
    ({ note }: { note: number }, frame: number) =>
      void events.push({ on, note, frame });
  const arp = new Arpeggiator({ noteOn: put(true), noteOff: put(false) }, random);
  const press = (note: number, frame = 0) => arp.press({ channel: 1, note, velocity: 100 }, frame);
  const started = () => events.filter((event) => event.on).map((event) => event.note);
  return { arp, events, press, started };
}

const plain: ArpSettings = { mode: 'up', stepSamples: 100, gate: 0.5, octaves: 1, swing: 0 };

describe('arpeggiator', () => {
  it.each([
    ['up', [50, 60, 70, 50, 60]],
    ['down', [70, 60, 50, 70, 60]],
    ['up-down', [50, 60, 70, 60, 50]],
    ['played', [60, 70, 50, 60, 70]],
  ] as const)('plays %s', (mode, expected) => {
    const { arp, press, started } = rig();
    [60, 70, 50].forEach((note) => press(note));
    arp.advance(400, { ...plain, mode });
    expect(started()).toEqual(expected);
  });

  it('leaves out what would be over, and goes on where the row would be', () => {
    const { arp, events, press } = rig();
    [50, 60, 70].forEach((note) => press(note));
    arp.advance(0, plain);
    // Nobody called for a while: the note of 400 is over at 450, that of 500 still sounds.
    arp.advance(600, plain, 520);
    expect(events).toEqual([
      { on: true, note: 50, frame: 0 },
      { on: false, note: 50, frame: 50 },
      { on: true, note: 70, frame: 500 },
      { on: false, note: 70, frame: 550 },
      { on: true, note: 50, frame: 600 },
    ]);
  });

  it('plays random keys, each in reach of the random numbers', () => {
    const numbers = [0, 0.99999, 0.4];
    const { arp, press, started } = rig(() => numbers.shift() ?? 0);
    [50, 60, 70].forEach((note) => press(note));
    arp.advance(200, { ...plain, mode: 'random' });
    expect(started()).toEqual([50, 70, 60]);
  });

  it('repeats the keys octaves up, but not beyond the keyboard', () => {
    const { arp, press, started } = rig();
    press(60);
    press(110);
    arp.advance(600, { ...plain, octaves: 3 });
    expect(started()).toEqual([60, 110, 72, 122, 84, 60, 110]);
  });

  it('starts at the frame of the first key and keeps time whatever the calls are', () => {
    const whole = rig();
    const pieces = rig();
    for (const { press } of [whole, pieces]) press(60, 1000);
    const settings = { ...plain, stepSamples: 333.25, gate: 0.8 };
    whole.arp.advance(20_000, settings);
    for (let frame = 0; frame <= 20_000; frame += 50) pieces.arp.advance(frame, settings);
    expect(pieces.events).toEqual(whole.events);
    const ons = whole.events.filter((event) => event.on);
    expect(ons.map((event) => event.frame).slice(0, 3)).toEqual([1000, 1333, 1667]);
    expect(ons.at(-1)?.frame).toBe(Math.round(1000 + (ons.length - 1) * 333.25));
  });

  it('ends notes at the gate and delays every second note by the swing', () => {
    const { arp, press, events } = rig();
    press(60);
    arp.advance(250, { ...plain, swing: 0.5, gate: 0.5 });
    expect(events.map(({ on, frame }) => [on, frame])).toEqual([
      [true, 0],
      [false, 75],
      [true, 150],
      [false, 175],
      [true, 200],
    ]);
  });

  it('stops when the last key goes up, and lets the last note keep its gate', () => {
    const { arp, press, events } = rig();
    press(60);
    arp.advance(10, plain);
    arp.lift(1, 60, false);
    arp.advance(1000, plain);
    expect(events).toEqual([
      { on: true, note: 60, frame: 0 },
      { on: false, note: 60, frame: 50 },
    ]);
  });

  it('keeps keys that a pedal holds until it goes up', () => {
    const { arp, press, started } = rig();
    press(60);
    arp.lift(1, 60, true);
    arp.advance(100, plain);
    expect(started()).toEqual([60, 60]);
    arp.releasePedal(() => true);
    expect(arp.size).toBe(1);
    arp.releasePedal(() => false);
    arp.advance(1000, plain);
    expect(started()).toEqual([60, 60]);
  });

  it('begins its row anew on a start', () => {
    const { arp, press, events } = rig();
    [50, 60, 70].forEach((note) => press(note));
    arp.advance(120, plain);
    arp.restart(130);
    arp.advance(130, plain);
    expect(events.slice(-2)).toEqual([
      { on: false, note: 60, frame: 130 },
      { on: true, note: 50, frame: 130 },
    ]);
  });

  it('ends every note that it starts before the next, in order, whatever keys and settings do', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('press' as const), note: fc.integer({ min: 0, max: 127 }) }),
      fc.record({ kind: fc.constant('lift' as const), note: fc.integer({ min: 0, max: 127 }) }),
      fc.record({ kind: fc.constant('finish' as const), note: fc.constant(0) }),
      fc.record({
        kind: fc.constant('advance' as const),
        note: fc.integer({ min: 0, max: 400 }),
        settings: fc.record({
          mode: fc.constantFrom(...arpModes.slice(1)),
          stepSamples: fc.double({ min: 20, max: 500, noNaN: true }),
          gate: fc.double({ min: 0.05, max: 1, noNaN: true }),
          octaves: fc.integer({ min: 1, max: 4 }),
          swing: fc.double({ min: 0, max: 0.75, noNaN: true }),
        }),
      }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const { arp, press, events } = rig();
        let now = 0;
        for (const event of actions) {
          if (event.kind === 'press') press(event.note, now);
          else if (event.kind === 'lift') arp.lift(1, event.note, false);
          else if (event.kind === 'finish') arp.finish(now);
          else arp.advance((now += event.note), event.settings);
        }
        arp.clear();
        arp.finish(now);
        events.forEach((event, k) => {
          expect(event.on).toBe(k % 2 === 0);
          if (k === 0) return;
          expect(event.frame).toBeGreaterThanOrEqual(events[k - 1].frame);
          if (!event.on) expect(event.note).toBe(events[k - 1].note);
        });
        expect(events.length % 2).toBe(0);
      }),
    );
  });
});

describe('arpeggiator on a beat', () => {
  /** Steps of 100 frames from frame 30 on. */
  const beat = (shift = 0): ArpSettings => ({
    ...plain,
    stepAfter: (frame) => {
      const index = Math.floor((frame - 30 - shift) / 100) + 1;
      return { frame: 30 + shift + 100 * index, index };
    },
  });
  const frames = (events: readonly Event[]) => events.filter(({ on }) => on).map(({ frame }) => frame);

  it('waits for the next step, unless the key is only a little late for one', () => {
    const waiting = rig();
    waiting.press(60, 60);
    waiting.arp.advance(400, beat());
    expect(frames(waiting.events)).toEqual([130, 230, 330]);
    const late = rig();
    late.press(60, 45);
    late.arp.advance(400, beat());
    expect(frames(late.events)).toEqual([45, 130, 230, 330]);
  });

  it('swings the odd steps of the beat, whichever the key began on', () => {
    const { arp, events, press } = rig();
    press(60, 60);
    arp.advance(500, { ...beat(), swing: 0.2 });
    expect(frames(events)).toEqual([150, 230, 350, 430]);
  });

  it('follows a beat that turns out later or earlier, without a step twice or left out', () => {
    const { arp, events, press } = rig();
    press(60, 30);
    arp.advance(140, beat());
    arp.advance(240, beat(8));
    arp.advance(340, beat(-8));
    arp.advance(440, beat());
    expect(frames(events)).toEqual([30, 130, 238, 322, 430]);
  });

  it('goes on by itself from its last step when the beat ends, and finds back to one', () => {
    const { arp, events, press } = rig();
    press(60, 30);
    arp.advance(140, beat());
    arp.advance(240, { ...plain, stepSamples: 90 });
    arp.advance(500, beat());
    expect(frames(events)).toEqual([30, 130, 230, 330, 430]);
  });
});
