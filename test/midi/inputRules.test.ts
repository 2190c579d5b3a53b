// Rules of inputs, on the way from a port's bytes to the target: off, channel, role, equal devices, doubled notes, and what is no MIDI.
import { WebMidi } from 'webmidi';
import { afterEach, describe, expect, it } from 'vitest';
import { MidiInputs, type MidiState } from '../../src/midi/inputs.ts';
import { PortSettings } from '../../src/midi/portSettings.ts';
import { createFakeMidi } from '../helpers/fakeMidi.ts';
import { learnOf, memoryStore, recordingTarget } from '../helpers/midiTarget.ts';

let current: MidiInputs | undefined;
afterEach(async () => {
  current?.close();
  current = undefined;
  if (WebMidi.enabled) await WebMidi.disable();
});

/** webmidi opens a port that was plugged in after a turn of the event loop. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

async function opened(names: Record<string, string> = { a: 'Keys' }, store = memoryStore()) {
  const target = recordingTarget();
  const learn = learnOf(target, store);
  const settings = new PortSettings(store);
  const states: MidiState[] = [];
  const midi = createFakeMidi();
  const inputs = (current = new MidiInputs(target, learn, (state) => states.push(state), { settings }));
  for (const [id, name] of Object.entries(names)) midi.plug(id, name);
  await inputs.open(midi.request);
  /** Calls without their times since the last look. */
  const calls = () => target.calls.splice(0).map((call) => call.slice(0, -1));
  return { calls, target, learn, settings, states, midi, inputs };
}

const keys = 'none / Keys';

describe('an input that is switched off', () => {
  it('is not heard, lets go of what it held, and is heard again', async () => {
    const { calls, settings, midi, states } = await opened();
    midi.send('a', [0x90, 60, 100]);
    midi.send('a', [0xb0, 64, 127]);
    calls();
    settings.setInput(keys, { on: false });
    expect(calls()).toEqual([
      ['noteOff', 1, 60, 64],
      ['controlChange', 1, 121, 0],
    ]);
    midi.send('a', [0x90, 62, 100]);
    midi.send('a', [0xf8]);
    expect(calls()).toEqual([]);
    expect(states.at(-1)?.inputs).toHaveLength(1);
    settings.setInput(keys, { on: true });
    midi.send('a', [0x90, 62, 100]);
    expect(calls()).toEqual([['noteOn', 1, 62, 100]]);
  });

  it('is not even read: what is no MIDI breaks nothing there', async () => {
    const store = memoryStore();
    new PortSettings(store).setInput(keys, { on: false });
    const { calls, midi } = await opened({ a: 'Keys' }, store);
    for (const bytes of [[], [0x90], [0xf4], [0xf0, 0], [60]]) {
      expect(() => midi.send('a', bytes)).not.toThrow();
    }
    midi.send('a', [0x90, 60, 100]);
    expect(calls()).toEqual([]);
  });

  it('stays off when it is plugged in again', async () => {
    const { calls, settings, midi } = await opened();
    settings.setInput(keys, { on: false });
    midi.unplug('a');
    midi.plug('b', 'Keys');
    await settled();
    midi.send('b', [0x90, 62, 100]);
    expect(calls()).toEqual([]);
  });
});

describe('a channel', () => {
  it('is the only one that is heard, but for the clock', async () => {
    const { calls, settings, midi } = await opened();
    settings.setInput(keys, { channel: 3 });
    for (const channel of [0, 2]) midi.send('a', [0x90 + channel, 60, 100]);
    midi.send('a', [0xfa]);
    expect(calls()).toEqual([
      ['noteOn', 3, 60, 100],
      ['transport', 'start'],
    ]);
    settings.setInput(keys, { channel: 4 });
    expect(calls()).toEqual([['noteOff', 3, 60, 64]]);
    midi.send('a', [0x82, 60, 0]);
    expect(calls()).toEqual([]);
  });
});

describe('a role', () => {
  const all = [
    [0x90, 60, 100],
    [0xa0, 60, 50],
    [0xe0, 0, 0],
    [0xd0, 127],
    [0xc0, 5],
    [0xb0, 64, 127],
    [0xb0, 20, 5],
    [0xb0, 123, 0],
    [0xfa],
    [0xf2, 8, 0],
  ];
  it.each([
    [
      'everything',
      [
        'noteOn',
        'polyPressure',
        'pitchBend',
        'channelPressure',
        'programChange',
        'cc64',
        'cc20',
        'cc123',
        'transport',
        'songPosition',
      ],
    ],
    ['keys', ['noteOn', 'polyPressure', 'pitchBend', 'channelPressure', 'cc64', 'cc123']],
    ['controllers', ['pitchBend', 'channelPressure', 'programChange', 'cc64', 'cc20', 'cc123']],
    ['clock', ['transport', 'songPosition']],
  ] as const)('of %s passes what it says', async (role, passed) => {
    const { calls, settings, midi } = await opened();
    settings.setInput(keys, { role });
    for (const bytes of all) midi.send('a', bytes);
    const names = calls().map(([name, , number]) =>
      name === 'controlChange' ? `cc${String(number)}` : name,
    );
    expect(names).toEqual(passed);
  });

  it('of controllers has notes as learned buttons', async () => {
    const { calls, learn, settings, midi, target } = await opened();
    settings.setInput(keys, { role: 'controllers' });
    learn.arm('freeze');
    midi.send('a', [0x90, 36, 100]);
    midi.send('a', [0x80, 36, 0]);
    midi.send('a', [0x90, 37, 100]);
    midi.send('a', [0x80, 37, 0]);
    expect(target.values.freeze).toBe(1);
    expect(calls().map(([name]) => name)).toEqual(['setParameter']);
  });

  it('or channel that still passes the clock leaves its beat alone', async () => {
    const { calls, settings, midi } = await opened({ a: 'Clock' });
    const clock = 'none / Clock';
    midi.send('a', [0xfa], 90);
    let ms = 100;
    const tick = (count: number) => {
      for (let k = 0; k < count; k++) midi.send('a', [0xf8], (ms += 25));
      return calls().filter(([name]) => name === 'beat').length;
    };
    expect(tick(24)).toBeGreaterThan(2);
    for (const changes of [{ channel: 3 }, { role: 'clock' }, { channel: 'any' }] as const) {
      settings.setInput(clock, changes);
      expect(tick(24)).toBe(4);
    }
    settings.setInput(clock, { role: 'keys' });
    expect(tick(24)).toBe(0);
    settings.setInput(clock, { role: 'everything' });
    expect(tick(24)).toBe(0);
  });

  it('of keys leaves the clock to another input', async () => {
    const { calls, settings, midi } = await opened({ a: 'Keys', b: 'Clock' });
    for (let k = 0; k < 13; k++) midi.send('a', [0xf8], 100 + 25 * k);
    calls();
    settings.setInput(keys, { role: 'keys' });
    for (let k = 0; k < 13; k++) midi.send('b', [0xf8], 430 + 20 * k);
    expect(calls()).toEqual([['setTempo', expect.closeTo(125, 6)]]);
  });
});

describe('two devices of one name', () => {
  it('have names, profiles and settings of their own', async () => {
    const store = memoryStore();
    const { learn, states, midi, settings, calls, target } = await opened({ a: 'Knobs', b: 'Knobs' }, store);
    expect(states.at(-1)?.inputs).toEqual([
      { id: 'a', name: 'Knobs', device: 'none / Knobs' },
      { id: 'b', name: 'Knobs #2', device: 'none / Knobs #2' },
    ]);
    learn.arm('reverb');
    midi.send('a', [0xb0, 20, 0]);
    learn.arm('drive');
    midi.send('b', [0xb0, 20, 0]);
    midi.send('a', [0xb0, 20, 127]);
    expect([target.values.reverb, target.values.drive]).toEqual([1, 0]);
    midi.send('b', [0xb0, 20, 64]);
    expect(target.values.drive).toBeCloseTo(64 / 127, 9);
    calls();
    settings.setInput('none / Knobs #2', { on: false });
    midi.send('a', [0x90, 60, 1]);
    midi.send('b', [0x90, 61, 1]);
    expect(calls()).toEqual([['noteOn', 1, 60, 1]]);
    // The second stays the second when the first is pulled out.
    settings.setInput('none / Knobs #2', { on: true });
    midi.unplug('a');
    midi.send('b', [0xb0, 20, 100]);
    expect(target.values.drive).toBeCloseTo(100 / 127, 9);
    expect(target.values.reverb).toBe(1);
  });
});

describe('notes of two inputs', () => {
  it('are one within 2 ms where the player says so, and go up with the last', async () => {
    const { calls, settings, midi } = await opened({ a: 'USB', b: 'DIN' });
    const strike = (apart: number, from = 100) => {
      midi.send('a', [0x90, 60, 100], from);
      midi.send('b', [0x90, 60, 99], from + apart);
      midi.send('a', [0x80, 60, 0], from + 50);
      midi.send('b', [0x80, 60, 0], from + 50 + apart);
      return calls().map(([name, , , velocity]) => (name === 'noteOn' ? velocity : 'up'));
    };
    expect(strike(1)).toEqual([100, 99, 'up']);
    settings.setDoubled(true);
    expect(strike(0)).toEqual([100, 'up']);
    expect(strike(2)).toEqual([100, 'up']);
    expect(strike(-1.5)).toEqual([100, 'up']);
    expect(strike(2.5)).toEqual([100, 99, 'up']);
    // Fast repeats of both.
    expect([strike(1, 300), strike(1, 360)].flat()).toEqual([100, 'up', 100, 'up']);
  });

  it('of other keys and channels, and of one input, stay apart', async () => {
    const { calls, settings, midi } = await opened({ a: 'USB', b: 'DIN' });
    settings.setDoubled(true);
    midi.send('a', [0x90, 60, 100], 100);
    midi.send('b', [0x90, 61, 100], 100);
    midi.send('b', [0x91, 60, 100], 100);
    midi.send('a', [0x90, 60, 100], 101);
    expect(calls()).toHaveLength(4);
    // Each input counts once for a strike.
    midi.send('b', [0x90, 60, 1], 101.5);
    midi.send('b', [0x90, 60, 2], 102);
    expect(calls()).toEqual([['noteOn', 1, 60, 2]]);
  });
});

describe('bytes that are no MIDI', () => {
  it('never throw, and the next message is heard', async () => {
    const { calls, midi } = await opened();
    const odd = [
      [],
      [60, 100],
      [0x90],
      [0x90, 60],
      [0x90, 200, 100],
      [0xf4],
      [0xf5, 1, 2],
      [0xf0, 1, 2],
      [0xf7],
      [0xb0, 7],
      [0xe0, 1],
      [0xf2, 1],
      [0xf3],
      [0xfd],
      [0xff],
      [0x8f],
    ];
    for (const bytes of odd) midi.send('a', bytes);
    expect(calls()).toEqual([]);
    midi.send('a', [0x90, 60, 100, 5]);
    expect(calls()).toEqual([['noteOn', 1, 60, 100]]);
  });
});

describe('a port that another program holds', () => {
  it('leaves the others heard', async () => {
    const { calls, midi, inputs, states } = await opened({});
    inputs.close();
    await WebMidi.disable();
    midi.plug('a', 'Keys');
    midi.plug('b', 'Busy');
    await inputs.open(async () => {
      const access = (await midi.request()) as { inputs: Map<string, { open: () => Promise<unknown> }> };
      access.inputs.get('b')!.open = () => Promise.reject(new DOMException('busy', 'InvalidAccessError'));
      return access;
    });
    expect(states.at(-1)?.kind).toBe('ready');
    midi.send('a', [0x90, 60, 100]);
    expect(calls()).toEqual([['noteOn', 1, 60, 100]]);
  });
});
