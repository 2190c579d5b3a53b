// MIDI inputs through webmidi with a fake access: notes, controllers, hot-plug, double reports, refusal.
import { WebMidi } from 'webmidi';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MidiTarget } from '../../src/midi/controls.ts';
import { MidiInputs, type MidiState } from '../../src/midi/midiInputs.ts';
import { createFakeMidi } from '../helpers/fakeMidi.ts';

function rig() {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  const target: MidiTarget = {
    noteOn: record('on'),
    noteOff: record('off'),
    setParameter: record('set'),
    allNotesOff: record('notesOff'),
    allSoundOff: record('soundOff'),
  };
  const states: MidiState[] = [];
  const midi = createFakeMidi();
  const inputs = new MidiInputs(target, (state) => states.push(state));
  return { calls, states, midi, inputs };
}

let current: MidiInputs | undefined;
beforeEach(() => {
  current = undefined;
});
afterEach(async () => {
  current?.close();
  if (WebMidi.enabled) await WebMidi.disable();
});

async function opened() {
  const parts = rig();
  current = parts.inputs;
  parts.midi.plug('a', 'Keys A');
  await parts.inputs.open(parts.midi.request);
  return parts;
}

describe('MIDI inputs', () => {
  it('plays notes of every channel with velocity and time stamp', async () => {
    const { calls, states, midi } = await opened();
    expect(states.at(-1)).toEqual({ kind: 'ready', inputs: [{ id: 'a', name: 'Keys A' }] });
    midi.send('a', [0x90, 60, 100], 1234.5);
    midi.send('a', [0x9f, 0, 1], 1235);
    midi.send('a', [0x80, 60, 64], 1236);
    midi.send('a', [0x9f, 0, 0], 1237);
    expect(calls).toEqual([
      ['on', 60, 100, 1234.5],
      ['on', 0, 1, 1235],
      ['off', 60, 1236],
      ['off', 0, 1237],
    ]);
  });

  it('moves the parameters of the table and ends sound on 120 and 123', async () => {
    const { calls, midi } = await opened();
    for (const [cc, data] of [
      [70, 64],
      [77, 127],
      [78, 127],
      [7, 127],
      [119, 99],
      [120, 0],
      [123, 0],
      [124, 0],
    ]) {
      midi.send('a', [0xb2, cc, data]);
    }
    expect(calls).toEqual([
      ['set', 'style1', 0],
      ['set', 'style8', 2],
      ['set', 'outputGainDb', 6],
      ['soundOff'],
      ['notesOff'],
      ['notesOff'],
    ]);
  });

  it('hears a device plugged in later exactly once, though it reports twice', async () => {
    const { calls, states, midi } = await opened();
    midi.plug('b', 'Pads B');
    midi.report('b');
    await Promise.resolve();
    midi.report('b');
    midi.send('b', [0x90, 61, 90], 5);
    expect(calls).toEqual([['on', 61, 90, 5]]);
    expect(states.at(-1)?.inputs.map((input) => input.name)).toEqual(['Keys A', 'Pads B']);
  });

  it('releases what an unplugged device held, and hears it again when it comes back', async () => {
    const { calls, states, midi } = await opened();
    midi.send('a', [0x90, 60, 100], 1);
    midi.send('a', [0x90, 62, 100], 2);
    midi.send('a', [0x80, 60, 0], 3);
    midi.unplug('a');
    expect(calls.at(-1)).toEqual(['off', 62]);
    expect(states.at(-1)).toEqual({ kind: 'ready', inputs: [] });
    midi.plug('a', 'Keys A');
    await new Promise((resolve) => setTimeout(resolve, 0));
    calls.length = 0;
    midi.send('a', [0x90, 64, 100], 4);
    expect(calls).toEqual([['on', 64, 100, 4]]);
  });

  it('stops listening when closed', async () => {
    const { calls, midi, inputs } = await opened();
    inputs.close();
    midi.send('a', [0x90, 60, 100]);
    expect(calls).toEqual([]);
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
