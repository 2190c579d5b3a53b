// Sending: notes and controllers as they are played, every note-off, no feedback, and the output's comings and goings.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readMessage } from '../../src/midi/message.ts';
import { readBytes } from '../../src/midi/midiBytes.ts';
import { MidiOut, type OutPort } from '../../src/midi/midiOut.ts';
import { PortSettings } from '../../src/midi/portSettings.ts';
import type { PlayedEvent } from '../../src/performer/played.ts';
import { memoryStore } from '../helpers/midiTarget.ts';

class Port implements OutPort {
  readonly device: string;
  readonly sent: { bytes: readonly number[]; ms: number }[] = [];
  fails = false;
  constructor(device: string) {
    this.device = device;
  }
  send(bytes: readonly number[], ms: number) {
    if (this.fails) throw new Error('gone');
    this.sent.push({ bytes, ms });
  }
  /** Bytes that were sent since the last look. */
  taken() {
    return this.sent.splice(0).map(({ bytes }) => bytes);
  }
}

function rig(clock = false) {
  const settings = new PortSettings(memoryStore());
  const time = { now: 1000 };
  let tick: (() => void) | undefined;
  const out = new MidiOut({
    settings,
    nowMs: () => time.now,
    tempo: () => 120,
    startTicks: (call) => {
      tick = call;
      return () => (tick = undefined);
    },
  });
  const synth = new Port('Synth');
  const other = new Port('Other');
  out.setPorts([synth, other]);
  settings.setOutput({ device: 'Synth', clock });
  const play = (event: PlayedEvent, ms?: number) => out.played({ ...event, time: undefined }, ms);
  const noteOn = (note: number, ms?: number, byHand = true) =>
    play({ type: 'noteOn', channel: 1, note, velocity: 100, byHand }, ms);
  const noteOff = (note: number, ms?: number) =>
    play({ type: 'noteOff', channel: 1, note, velocity: 64 }, ms);
  return { settings, out, synth, other, time, play, noteOn, noteOff, ticks: () => tick };
}

describe('what is played', () => {
  it('is sent with its times, channels and velocities', () => {
    const { synth, play, noteOn, noteOff } = rig();
    noteOn(60, 1050);
    noteOff(60, 1100);
    play({ type: 'noteOn', channel: 16, note: 0, velocity: 0.3, byHand: false });
    play({ type: 'control', channel: 2, controller: 64, data: 127 }, 1060);
    play({ type: 'bend', channel: 3, bend: -1 });
    play({ type: 'bend', channel: 3, bend: 1 });
    play({ type: 'bend', channel: 3, bend: 0 });
    play({ type: 'pressure', channel: 4, pressure: 1 });
    play({ type: 'polyPressure', channel: 5, note: 61, pressure: 0.5 });
    expect(synth.sent).toEqual([
      { bytes: [0x90, 60, 100], ms: 1050 },
      { bytes: [0x80, 60, 64], ms: 1100 },
      { bytes: [0x9f, 0, 1], ms: 1000 },
      { bytes: [0xb1, 64, 127], ms: 1060 },
      { bytes: [0xe2, 0, 0], ms: 1000 },
      { bytes: [0xe2, 127, 127], ms: 1000 },
      { bytes: [0xe2, 0, 64], ms: 1000 },
      { bytes: [0xd3, 127], ms: 1000 },
      { bytes: [0xa4, 61, 64], ms: 1000 },
    ]);
  });

  it('has the channels of further ports of a song on those of the output', () => {
    const { synth, play } = rig();
    play({ type: 'noteOn', channel: 17, note: 60, velocity: 1, byHand: true });
    play({ type: 'bend', channel: 48, bend: 0 });
    play({ type: 'noteOff', channel: 17, note: 60, velocity: 2 });
    expect(synth.taken()).toEqual([
      [0x90, 60, 1],
      [0xef, 0, 64],
      [0x80, 60, 2],
    ]);
  });

  it('has parameters as the controllers that move them, each step once', () => {
    const { out, synth } = rig();
    for (const data of [63.6, 64, 64.4, 65]) out.parameter(70, data);
    expect(synth.taken()).toEqual([
      [0xb0, 70, 64],
      [0xb0, 70, 65],
    ]);
  });

  it('is sent as far as it is chosen, and nowhere without an output', () => {
    const { settings, out, synth, other, play, noteOn } = rig();
    settings.setOutput({ notes: false });
    noteOn(60);
    out.parameter(70, 1);
    settings.setOutput({ notes: true, controllers: false });
    noteOn(61);
    play({ type: 'control', channel: 1, controller: 64, data: 1 });
    expect(synth.taken()).toEqual([
      [0xb0, 70, 1],
      [0x90, 61, 100],
    ]);
    settings.setOutput({ device: '' });
    expect(synth.taken()).toEqual([[0x80, 61, 64]]);
    noteOn(62);
    expect([...synth.taken(), ...other.taken()]).toEqual([]);
  });
});

describe('every note that is sent', () => {
  it('ends before the key strikes anew, and never before it begins', () => {
    const { synth, noteOn, noteOff, out } = rig();
    noteOn(60, 1200);
    noteOn(60, 1300);
    noteOff(60, 1000);
    noteOff(60, 1400);
    noteOn(62, 1500);
    out.silence();
    expect(synth.sent.map(({ bytes, ms }) => [bytes[0] >> 4, bytes[1], ms])).toEqual([
      [9, 60, 1200],
      [8, 60, 1300],
      [9, 60, 1300],
      [8, 60, 1300],
      [9, 62, 1500],
      [8, 62, 1500],
    ]);
  });

  const endings: Record<string, (parts: ReturnType<typeof rig>) => void> = {
    'another output': ({ settings }) => settings.setOutput({ device: 'Other' }),
    'no output': ({ settings }) => settings.setOutput({ device: '' }),
    'notes that are switched off': ({ settings }) => settings.setOutput({ notes: false }),
    'a page that is left': ({ out }) => out.leave(),
    'the end': ({ out }) => out.close(),
    'the output among those that are gone': ({ out, other }) => out.setPorts([other]),
  };
  for (const [name, end] of Object.entries(endings)) {
    it(`ends with ${name}, and so do pedals, bends and pressures`, () => {
      const parts = rig();
      const { synth, play, noteOn, noteOff } = parts;
      noteOn(60);
      noteOn(61);
      noteOff(61);
      play({ type: 'control', channel: 2, controller: 64, data: 127 });
      play({ type: 'bend', channel: 3, bend: 0.5 });
      synth.taken();
      end(parts);
      expect(synth.taken()).toEqual([
        [0x80, 60, 64],
        [0xb1, 121, 0],
        [0xb2, 121, 0],
      ]);
      noteOff(60);
      expect(synth.taken()).toEqual([]);
    });
  }

  it('ends in whatever order things happen', () => {
    const act = fc.oneof(
      fc.record({
        type: fc.constant('on' as const),
        note: fc.integer({ min: 60, max: 63 }),
        ms: fc.integer({ min: 900, max: 1300 }),
      }),
      fc.record({
        type: fc.constant('off' as const),
        note: fc.integer({ min: 60, max: 63 }),
        ms: fc.integer({ min: 900, max: 1300 }),
      }),
      fc.record({ type: fc.constantFrom('Synth', 'Other', '') }),
      fc.record({ type: fc.constantFrom('silence' as const, 'notes off' as const, 'notes on' as const) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const { out, settings, synth, other, noteOn, noteOff } = rig();
        for (const one of acts) {
          if ('note' in one) (one.type === 'on' ? noteOn : noteOff)(one.note, one.ms);
          else if (one.type === 'silence') out.silence();
          else if (one.type === 'notes off' || one.type === 'notes on')
            settings.setOutput({ notes: one.type === 'notes on' });
          else settings.setOutput({ device: one.type });
        }
        out.close();
        for (const { sent } of [synth, other]) {
          const down = new Map<number, number>();
          for (const { bytes, ms } of sent.filter(({ bytes: [status] }) => status < 0xa0)) {
            if (bytes[0] === 0x90) {
              expect(down.has(bytes[1])).toBe(false);
              down.set(bytes[1], ms);
            } else {
              expect(ms).toBeGreaterThanOrEqual(down.get(bytes[1]) ?? Infinity);
              down.delete(bytes[1]);
            }
          }
          expect(down.size).toBe(0);
        }
      }),
    );
  });

  it('does no harm where the output was pulled out a moment ago', () => {
    const { out, synth, noteOn } = rig();
    noteOn(60);
    synth.fails = true;
    noteOn(61);
    expect(() => out.setPorts([])).not.toThrow();
    const again = new Port('Synth');
    out.setPorts([again]);
    noteOn(62);
    expect(again.taken()).toEqual([[0x90, 62, 100]]);
  });
});

describe('an output that is an input too', () => {
  const message = (bytes: readonly number[], ms: number) =>
    readMessage(readBytes(Uint8Array.from(bytes))[0], ms)!;

  it('is not sent what it has played itself, but what the arpeggiator makes of it', () => {
    const { out, synth, noteOn, noteOff, play } = rig();
    out.carryOut('Synth', () => {
      noteOn(60);
      noteOn(72, 1100, false);
      play({ type: 'bend', channel: 1, bend: 1 });
      out.parameter(70, 5);
    });
    noteOff(60);
    expect(synth.taken()).toEqual([[0x90, 72, 100]]);
    out.carryOut('Keys', () => noteOn(62));
    expect(synth.taken()).toEqual([[0x90, 62, 100]]);
  });

  it('is not heard where it says what it was sent, once for each', () => {
    const { out, noteOn, noteOff } = rig();
    noteOn(60);
    noteOff(60);
    noteOn(61);
    for (const device of ['Synth', 'Bus']) {
      expect(out.isEcho(device, message([0x90, 61, 100], 1003))).toBe(true);
      expect(out.isEcho(device, message([0x90, 61, 100], 1004))).toBe(false);
    }
    expect(out.isEcho('Synth', message([0x80, 60, 0], 1003))).toBe(true);
    expect(out.isEcho('Synth', message([0x90, 60, 99], 1003))).toBe(false);
    expect(out.isEcho('Synth', message([0x90, 60, 100], 1400))).toBe(false);
  });

  it('is heard where a hand strikes a key again that was sent elsewhere', () => {
    const { out, noteOn } = rig();
    out.carryOut('Pads', () => noteOn(60));
    expect(out.isEcho('Pads', message([0x90, 60, 100], 1062))).toBe(false);
  });

  it('does not lead its own clock, nor does a bus of another name once something came back from it', () => {
    const { out } = rig(true);
    expect(out.isEcho('Synth', message([0xf8], 1003))).toBe(true);
    expect(out.isEcho('Synth', message([0xfa], 1003))).toBe(true);
    expect(out.isEcho('Bus', message([0xf8], 1003))).toBe(false);
    out.transport('stop', 1000);
    expect(out.isEcho('Bus', message([0xfc], 1003))).toBe(true);
    // A sequencer may say it twice.
    expect(out.isEcho('Bus', message([0xf8], 1004))).toBe(false);
    out.songPosition(0);
    expect(out.isEcho('Bus', message([0xf2, 0, 0], 1004))).toBe(true);
    expect(out.isEcho('Bus', message([0xf8], 1010))).toBe(true);
    expect(out.isEcho('Clock', message([0xf8], 1010))).toBe(false);
  });
});

describe('what comes back', () => {
  const message = (bytes: readonly number[], ms: number) =>
    readMessage(readBytes(Uint8Array.from(bytes))[0], ms)!;
  const strike = (note: number, ms: number) => message([0x90, note, 100], ms);

  it('is an echo on each input, as of a keyboard by USB and by cable', () => {
    const { out, noteOn } = rig();
    noteOn(60);
    expect(out.isEcho('USB', strike(60, 1002))).toBe(true);
    expect(out.isEcho('Cable', strike(60, 1003))).toBe(true);
    expect(out.isEcho('USB', strike(60, 1004))).toBe(false);
    expect(out.isEcho('Cable', strike(60, 1004))).toBe(false);
  });

  it('is known by when it left, not by when it should have', () => {
    const { out, noteOn } = rig();
    noteOn(60, 500);
    expect(out.isEcho('Bus', strike(60, 1002))).toBe(true);
  });

  it.each([3, 18, 30, 38])('after %i ms on two inputs goes round a few times at the most', (delayMs) => {
    const { out, synth, time, noteOn, noteOff } = rig();
    noteOn(60);
    for (let count = 0; synth.sent.length > 0; count++) {
      expect(count).toBeLessThan(30);
      const { bytes, ms } = synth.sent.shift()!;
      time.now = ms + delayMs;
      for (const device of ['USB', 'Cable']) {
        const back = message(bytes, time.now);
        if (out.isEcho(device, back)) continue;
        out.carryOut(device, () => (back.type === 'noteOn' ? noteOn : noteOff)(60));
      }
    }
  });

  it('by chance is played, and its clock followed', () => {
    const { out, noteOn } = rig(true);
    noteOn(60, 1005);
    expect(out.isEcho('Keys', strike(60, 1030))).toBe(false);
    noteOn(61, 1100);
    // Too early to tell a hand from a cable; the next one is heard.
    expect(out.isEcho('Keys', strike(61, 1110))).toBe(true);
    expect(out.isEcho('Keys', message([0xf8], 1111))).toBe(false);
    expect(out.isEcho('Keys', message([0xfa], 1111))).toBe(false);
  });

  it('by chance is played at any time from an input where nothing else comes back', () => {
    const { out, noteOn } = rig();
    expect(out.isEcho('Keys', strike(1, 1000))).toBe(false);
    for (let k = 0; k < 10; k++) noteOn(60 + k, 1000 + 100 * k);
    noteOn(80, 2000);
    expect(out.isEcho('Keys', strike(80, 2003))).toBe(false);
  });

  it('goes round until a loop is known, which is forgotten when nothing comes back any more', () => {
    const { out, noteOn } = rig(true);
    const heard = (from: number, isBack: boolean) =>
      Array.from({ length: 10 }, (_, k) => {
        noteOn(60 + k, from + 100 * k);
        return isBack && !out.isEcho('Bus', strike(60 + k, from + 100 * k + 30));
      });
    expect(heard(1000, true)).toEqual([true, true, ...Array.from({ length: 8 }, () => false)]);
    expect(out.isEcho('Bus', message([0xf8], 1950))).toBe(true);
    heard(2000, false);
    expect(out.isEcho('Bus', message([0xf8], 2990))).toBe(false);
  });
});

describe('what was told ahead', () => {
  const pedal = (data: number) => ({ type: 'control', channel: 1, controller: 64, data }) as const;
  const bend = (to: number) => ({ type: 'bend', channel: 1, bend: to }) as const;

  const endings: Record<string, (parts: ReturnType<typeof rig>) => void> = {
    silence: ({ out }) => out.silence(),
    'a page that is left': ({ out }) => out.leave(),
    'another output': ({ settings }) => settings.setOutput({ device: 'Other' }),
    'controllers that are switched off': ({ settings }) => settings.setOutput({ controllers: false }),
    'a song that resets them': ({ play }) =>
      play({ type: 'control', channel: 1, controller: 121, data: 0 }, 1000),
  };
  for (const [name, end] of Object.entries(endings)) {
    it(`leaves no pedal down and no bend behind ${name}`, () => {
      const parts = rig();
      const { synth, play } = parts;
      play(pedal(127), 1090);
      play(bend(1), 1080);
      play({ type: 'pressure', channel: 2, pressure: 1 }, 1070);
      synth.sent.splice(0);
      end(parts);
      expect(synth.sent[0]).toEqual({ bytes: [0xb0, 121, 0], ms: 1090 });
    });
  }

  it('is undone by what is said of it later, and nothing else waits for it', () => {
    const { synth, play } = rig();
    play(pedal(127), 1090);
    play(bend(1), 1080);
    play(pedal(0), 1000);
    play(bend(0), 1000);
    play({ type: 'bend', channel: 2, bend: 1 }, 1000);
    play({ type: 'control', channel: 1, controller: 1, data: 5 }, 1000);
    play({ type: 'control', channel: 1, controller: 121, data: 0 }, 1000);
    // A song goes on from elsewhere.
    play(pedal(127), 1020);
    expect(synth.sent.map(({ ms }) => ms)).toEqual([1090, 1080, 1090, 1080, 1000, 1000, 1090, 1090]);
  });

  it('cuts no note of the same key that follows', () => {
    const { synth, noteOn, noteOff } = rig();
    noteOn(60, 1050);
    noteOff(60, 1090);
    // The song goes on from elsewhere.
    noteOn(60, 1020);
    noteOff(60, 1300);
    noteOn(61, 1090);
    noteOff(61, 1000);
    noteOn(61, 1020);
    expect(synth.sent.map(({ bytes, ms }) => [bytes[0] >> 4, bytes[1], ms])).toEqual([
      [9, 60, 1050],
      [8, 60, 1090],
      [9, 60, 1090],
      [8, 60, 1300],
      [9, 61, 1090],
      [8, 61, 1090],
      [9, 61, 1090],
    ]);
  });

  it('is no matter of another output', () => {
    const { settings, other, play, noteOn } = rig();
    play(pedal(127), 1090);
    noteOn(60, 1090);
    settings.setOutput({ device: 'Other' });
    play(pedal(127), 1010);
    noteOn(60, 1010);
    expect(other.sent.map(({ ms }) => ms)).toEqual([1010, 1010]);
  });
});

describe('controllers', () => {
  it.each([
    [64, 127],
    [69, 64],
    [11, 0],
  ])('that parameters were learned on are let go of, too: %i', (controller, data) => {
    const { out, settings, synth } = rig();
    out.parameter(controller, data);
    settings.setOutput({ device: 'Other' });
    expect(synth.taken()).toEqual([
      [0xb0, controller, data],
      [0xb0, 121, 0],
    ]);
  });

  it('are sent anew behind a reset', () => {
    const { out, synth, play } = rig();
    out.parameter(11, 90);
    play({ type: 'control', channel: 1, controller: 121, data: 0 });
    out.parameter(11, 90);
    expect(synth.taken()).toEqual([
      [0xb0, 11, 90],
      [0xb0, 121, 0],
      [0xb0, 11, 90],
    ]);
  });

  it('that are switched off let no key go', () => {
    const { settings, synth, play, noteOn, noteOff } = rig();
    noteOn(60);
    play({ type: 'control', channel: 2, controller: 64, data: 127 });
    synth.taken();
    settings.setOutput({ controllers: false });
    expect(synth.taken()).toEqual([[0xb1, 121, 0]]);
    noteOff(60);
    expect(synth.taken()).toEqual([[0x80, 60, 64]]);
  });
});

describe('the clock', () => {
  it('runs only while it is sent somewhere, and stops a song there when it ends', () => {
    const { settings, out, synth, ticks } = rig();
    expect(ticks()).toBeUndefined();
    settings.setOutput({ clock: true });
    expect(ticks()).toBeDefined();
    out.transport('start', 1000);
    out.beat(0, 120, 1000, false);
    ticks()!();
    expect(synth.taken().slice(0, 2)).toEqual([[0xfa], [0xf8]]);
    settings.setOutput({ clock: false });
    expect(ticks()).toBeUndefined();
    out.transport('stop', 1000);
    // It says no more of time.
    expect(synth.taken().filter(([status]) => status === 0xfc)).toHaveLength(1);
  });
});
