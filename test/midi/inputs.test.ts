// MIDI inputs through webmidi with a fake access: all messages, hot-plug, double reports, floods, refusal.
import { WebMidi } from 'webmidi';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { MidiInputs, type MidiState } from '../../src/midi/inputs.ts';
import { createFakeMidi } from '../helpers/fakeMidi.ts';
import { learnOf, memoryStore, recordingTarget } from '../helpers/midiTarget.ts';

function rig(store = memoryStore()) {
  const target = recordingTarget();
  const learn = learnOf(target, store);
  const states: MidiState[] = [];
  const midi = createFakeMidi();
  const inputs = new MidiInputs(target, learn, (state) => states.push(state));
  return { calls: target.calls, values: target.values, learn, states, midi, inputs };
}

let current: MidiInputs | undefined;
beforeEach(() => {
  current = undefined;
});
afterEach(async () => {
  current?.close();
  if (WebMidi.enabled) await WebMidi.disable();
});

async function opened(store = memoryStore()) {
  const parts = rig(store);
  current = parts.inputs;
  parts.midi.plug('a', 'Keys A');
  await parts.inputs.open(parts.midi.request);
  return parts;
}

/** webmidi opens a port that was plugged in after a turn of the event loop. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('MIDI inputs', () => {
  it('plays notes of every channel with velocities and time stamps', async () => {
    const { calls, states, midi } = await opened();
    const input = { id: 'a', name: 'Keys A', device: 'none / Keys A' };
    expect(states.at(-1)).toEqual({ kind: 'ready', inputs: [input] });
    midi.send('a', [0x90, 60, 100], 1234.5);
    midi.send('a', [0x9f, 0, 1], 1235);
    midi.send('a', [0x80, 60, 33], 1236);
    midi.send('a', [0x9f, 0, 0], 1237);
    expect(calls).toEqual([
      ['noteOn', 1, 60, 100, 1234.5],
      ['noteOn', 16, 0, 1, 1235],
      ['noteOff', 1, 60, 33, 1236],
      ['noteOff', 16, 0, 64, 1237],
    ]);
  });

  it('never asks for system exclusive messages', async () => {
    const { inputs, midi } = rig();
    current = inputs;
    const request = vi.fn(midi.request);
    await inputs.open(request);
    expect(request.mock.calls).toEqual([[expect.objectContaining({ sysex: false })]]);
  });

  it('passes bend, pressures, programs, controllers, clock and transport on', async () => {
    const { calls, midi } = await opened();
    midi.send('a', [0xe1, 0, 64], 1);
    midi.send('a', [0xe1, 127, 127], 2);
    midi.send('a', [0xd2, 127], 3);
    midi.send('a', [0xa3, 60, 127], 4);
    midi.send('a', [0xc4, 5], 5);
    midi.send('a', [0xb5, 64, 127], 6);
    midi.send('a', [0xf2, 8, 0], 7);
    midi.send('a', [0xfb], 8);
    midi.send('a', [0xfa], 9);
    midi.send('a', [0xfc], 10);
    for (let k = 0; k < 13; k++) midi.send('a', [0xf8], 100 + 20 * k);
    expect(calls).toEqual([
      ['pitchBend', 2, 0, 1],
      ['pitchBend', 2, 1, 2],
      ['channelPressure', 3, 1, 3],
      ['polyPressure', 4, 60, 1, 4],
      ['programChange', 5, 5, 5, 0],
      ['controlChange', 6, 64, 127, 6],
      ['songPosition', 2, 7],
      ['transport', 'continue', 8],
      ['transport', 'start', 9],
      ['transport', 'stop', 10],
      ['setTempo', expect.closeTo(125, 6), 340],
    ]);
  });

  it('moves the parameters of the table, reads parameter numbers, and ends sound on 120 and 123', async () => {
    const { calls, midi } = await opened();
    const changes = [
      [70, 64],
      [77, 127],
      [7, 127],
      [39, 127],
      [101, 0],
      [100, 0],
      [6, 12],
      [99, 0],
      [98, 1],
      [6, 0],
      [120, 0],
      [123, 0],
    ];
    for (const [controller, data] of changes) midi.send('a', [0xb2, controller, data], 1);
    expect(calls).toEqual([
      ['setParameter', 'style1', 0, 1],
      ['setParameter', 'style8', 2, 1],
      ['setParameter', 'outputGainDb', 6, 1],
      ['setParameter', 'outputGainDb', 6, 1],
      ['setBendRange', 3, 12, 0, 1],
      ['setParameter', 'style2', -2, 1],
      ['controlChange', 3, 120, 0, 1],
      ['controlChange', 3, 123, 0, 1],
    ]);
  });

  it.each([0, -1, NaN, Date.now()])('stamps messages whose driver does not: %d', async (timeStamp) => {
    const { calls, midi } = await opened();
    const before = performance.now();
    midi.send('a', [0x90, 60, 100], timeStamp);
    expect(calls[0][4]).toBeGreaterThanOrEqual(before);
    expect(calls[0][4]).toBeLessThanOrEqual(performance.now());
  });

  it('lets another clock lead behind one whose stamps are of another time', async () => {
    const { calls, midi } = await opened();
    midi.plug('b', 'Clock B');
    await settled();
    midi.send('a', [0xf8], Date.now());
    const begin = performance.now() + 1500;
    for (let k = 0; k < 30; k++) midi.send('b', [0xf8], begin + (k * 60_000) / 120 / 24);
    expect(calls).toEqual([['setTempo', expect.closeTo(120, 3), expect.any(Number)]]);
  });

  it('hears a device plugged in later exactly once, though it reports often', async () => {
    const { calls, states, midi } = await opened();
    midi.plug('b', 'Pads B');
    for (let k = 0; k < 50; k++) midi.report('b');
    await settled();
    midi.report('b');
    midi.send('b', [0x90, 61, 90], 5);
    expect(calls).toEqual([['noteOn', 1, 61, 90, 5]]);
    expect(states.at(-1)?.inputs.map((input) => input.name)).toEqual(['Keys A', 'Pads B']);
  });

  it('releases keys and pedals of an unplugged device, and hears it again when it comes back', async () => {
    const { calls, states, midi } = await opened();
    midi.send('a', [0x90, 60, 100], 1);
    midi.send('a', [0x91, 62, 100], 2);
    midi.send('a', [0x80, 60, 0], 3);
    midi.send('a', [0xb1, 64, 127], 4);
    calls.length = 0;
    midi.unplug('a');
    expect(calls.map((call) => call.slice(0, -1))).toEqual([
      ['noteOff', 2, 62, 64],
      ['controlChange', 2, 121, 0],
    ]);
    expect(states.at(-1)).toEqual({ kind: 'ready', inputs: [] });
    midi.plug('a', 'Keys A');
    await settled();
    calls.length = 0;
    midi.send('a', [0x90, 64, 100], 4);
    expect(calls).toEqual([['noteOn', 1, 64, 100, 4]]);
  });

  it('keeps learned controls over replug and reload, by maker and name', async () => {
    const store = memoryStore();
    const first = await opened(store);
    first.learn.arm('reverb');
    first.midi.send('a', [0xb0, 20, 0]);
    first.midi.unplug('a');
    first.midi.plug('other-id', 'Keys A');
    await settled();
    first.midi.send('other-id', [0xb0, 20, 127]);
    expect(first.values.reverb).toBe(1);
    first.inputs.close();
    await WebMidi.disable();
    const second = await opened(store);
    second.midi.send('a', [0xb0, 20, 0]);
    second.midi.send('a', [0xb0, 20, 127]);
    expect(second.values.reverb).toBe(1);
  });

  it('takes a flood of 20000 messages and of reports in order, without loss', async () => {
    const { calls, midi, inputs } = await opened();
    for (let k = 0; k < 20_000; k++) {
      if (k % 1000 === 0) midi.report('a');
      midi.send('a', [0x90, k % 128, k % 2 ? 0 : 100], (1 + k) / 10);
      midi.send('a', [0xb0, 74, k % 128], (1 + k) / 10);
      midi.send('a', [0xfe], (1 + k) / 10);
    }
    const notes = calls.filter(([name]) => name === 'noteOn' || name === 'noteOff');
    const sent = Array.from({ length: 20_000 }, (_, k) => [k % 2 ? 'noteOff' : 'noteOn', (1 + k) / 10]);
    expect(notes.map((call) => [call[0], call[4]])).toEqual(sent);
    expect(calls.filter(([name]) => name === 'setParameter')).toHaveLength(20_000);
    calls.length = 0;
    inputs.close();
    // Even keys went down and no message released them.
    expect(calls).toHaveLength(64);
  });

  it('lets no key sound that waited in a flood when everything was silenced', async () => {
    const { calls, midi, inputs } = await opened();
    let ms = 1000;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => ms);
    onTestFinished(() => clock.mockRestore());
    // A note that takes so long that those behind it wait for the next task.
    calls.push = (...played) => {
      ms += 30;
      return Array.prototype.push.apply(calls, played);
    };
    midi.send('a', [0x90, 59, 100]);
    await Promise.resolve();
    calls.length = 0;
    for (const key of [60, 61, 62]) midi.send('a', [0x90, key, 100]);
    expect(calls).toHaveLength(0);
    inputs.forgetHands();
    midi.send('a', [0x90, 63, 100]);
    await settled();
    expect([...calls].map(([name, , key]) => [name, key])).toEqual([['noteOn', 63]]);
  });

  it('tells an instrument that was started anew of zones, bend ranges and tunings', async () => {
    const { calls, midi, inputs } = await opened();
    const set = (channel: number, number: number, data: number) => {
      for (const bytes of [
        [101, 0],
        [100, number],
        [6, data],
      ]) {
        midi.send('a', [0xb0 + channel - 1, ...bytes]);
      }
    };
    set(1, 6, 3);
    set(2, 0, 24);
    set(9, 2, 65);
    const told = (from: number) => calls.slice(from).map((call) => call.slice(0, -1));
    const first = told(0);
    expect(first).toHaveLength(3);
    await inputs.open(midi.request);
    expect(told(3)).toEqual([
      ['setZone', 'lower', 3],
      ...[2, 3, 4].map((channel) => ['setBendRange', channel, 24, 0]),
      ['setChannelTuning', 9, 1],
    ]);
  });

  it('stops listening when closed, and listens again when opened', async () => {
    const { calls, midi, inputs } = await opened();
    inputs.close();
    midi.send('a', [0x90, 60, 100]);
    expect(calls).toEqual([]);
    await inputs.open(midi.request);
    midi.send('a', [0x90, 60, 100], 9);
    expect(calls).toEqual([['noteOn', 1, 60, 100, 9]]);
  });

  it('shows refusal as a state, and can be opened after it', async () => {
    const { inputs, states, midi } = rig();
    current = inputs;
    await inputs.open(() => Promise.reject(new DOMException('no', 'SecurityError')));
    expect(states.at(-1)).toEqual({ kind: 'refused', inputs: [] });
    midi.plug('a', 'Keys A');
    await inputs.open(midi.request);
    expect(states.at(-1)?.kind).toBe('ready');
  });
});
