// Outputs through webmidi with a fake access: found, chosen, pulled out and back; loops, and what a hand plays on the same device.
import { WebMidi } from 'webmidi';
import { afterEach, describe, expect, it } from 'vitest';
import { MidiInputs } from '../../src/midi/inputs.ts';
import type { MidiTarget } from '../../src/midi/midiTarget.ts';
import { MidiOut } from '../../src/midi/midiOut.ts';
import { PortSettings } from '../../src/midi/portSettings.ts';
import { createFakeMidi } from '../helpers/fakeMidi.ts';
import { learnOf, memoryStore, recordingTarget } from '../helpers/midiTarget.ts';

let current: MidiInputs | undefined;
afterEach(async () => {
  current?.close();
  current = undefined;
  if (WebMidi.enabled) await WebMidi.disable();
});

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

/** A page that sends at once what it plays. */
async function opened(outputs: readonly (readonly [id: string, name: string, loop?: string])[]) {
  const settings = new PortSettings(memoryStore());
  const out = new MidiOut({
    settings,
    nowMs: () => performance.now(),
    tempo: () => 120,
    startTicks: () => () => undefined,
  });
  const target = recordingTarget();
  const playing: MidiTarget = {
    ...target,
    noteOn: (channel, note, velocity, ms) => {
      target.noteOn(channel, note, velocity, ms);
      out.played({ type: 'noteOn', channel, note, velocity, byHand: true, time: undefined }, undefined);
    },
    noteOff: (channel, note, velocity, ms) => {
      target.noteOff(channel, note, velocity, ms);
      out.played({ type: 'noteOff', channel, note, velocity, time: undefined }, undefined);
    },
    controlChange: (channel, controller, data, ms) => {
      target.controlChange(channel, controller, data, ms);
      out.played({ type: 'control', channel, controller, data, time: undefined }, undefined);
    },
  };
  const midi = createFakeMidi();
  const inputs = (current = new MidiInputs(playing, learnOf(target, memoryStore()), () => undefined, {
    settings,
    out,
  }));
  midi.plug('keys', 'Keys');
  midi.plug('bus', 'Bus');
  for (const [id, name, loop] of outputs) midi.plugOut(id, name, loop);
  await inputs.open(midi.request);
  const sent = (id: string) => midi.sent(id).map(({ bytes }) => bytes);
  const calls = () => target.calls.map((call) => call.slice(0, -1));
  return { settings, out, midi, inputs, playing, sent, calls };
}

describe('outputs', () => {
  it('are told by name, equal ones by position, as they come and go', async () => {
    const { out, midi } = await opened([
      ['a', 'Synth'],
      ['b', 'Synth'],
    ]);
    expect(out.devices).toEqual(['none / Synth', 'none / Synth #2']);
    midi.unplugOut('a');
    expect(out.devices).toEqual(['none / Synth #2']);
    midi.plugOut('c', 'Other');
    await settled();
    expect(out.devices).toEqual(['none / Synth #2', 'none / Other']);
  });

  it('that are chosen get what is played, again when they come back, and no other does', async () => {
    const { settings, midi, sent } = await opened([
      ['a', 'Synth'],
      ['b', 'Other'],
    ]);
    settings.setOutput({ device: 'none / Synth', clock: false });
    midi.send('keys', [0x90, 60, 100]);
    midi.unplugOut('a');
    midi.send('keys', [0x80, 60, 64]);
    midi.send('keys', [0x90, 61, 100]);
    midi.plugOut('a', 'Synth');
    await settled();
    midi.send('keys', [0x90, 62, 100]);
    expect(sent('a')).toEqual([
      [0x90, 60, 100],
      [0x90, 62, 100],
    ]);
    expect(sent('b')).toEqual([]);
  });

  it('end their notes when the page closes', async () => {
    const { settings, midi, sent, inputs } = await opened([['a', 'Synth']]);
    settings.setOutput({ device: 'none / Synth', clock: false });
    midi.send('keys', [0x90, 60, 100]);
    inputs.close();
    expect(sent('a')).toEqual([
      [0x90, 60, 100],
      [0x80, 60, 64],
    ]);
  });
});

describe('an output that comes back', () => {
  it.each(['Bus', 'Something else'])('plays nothing twice and goes round no more: %s', async (name) => {
    const { settings, midi, sent, calls } = await opened([['a', name, 'bus']]);
    settings.setOutput({ device: `none / ${name}`, clock: false });
    for (const bytes of [
      [0x90, 60, 100],
      [0x80, 60, 0],
      [0xb0, 64, 127],
      [0xb0, 64, 0],
      [0x90, 60, 100],
    ]) {
      midi.send('keys', bytes);
      await settled();
      // No hand strikes a key again as soon as a cable brings it back.
      await settled();
    }
    expect(calls()).toHaveLength(5);
    expect(sent('a')).toHaveLength(5);
  });

  it('never makes a key or a pedal hang that a hand holds on the same device', async () => {
    const { settings, midi, playing, calls } = await opened([['a', 'Bus']]);
    settings.setOutput({ device: 'none / Bus', clock: false });
    midi.send('bus', [0x91, 60, 90]);
    midi.send('bus', [0xb1, 64, 127]);
    // A song plays the same key there, and lets it go.
    playing.noteOn(2, 60, 80, 0);
    playing.noteOff(2, 60, 64, 0);
    playing.controlChange(2, 64, 0, 0);
    const before = calls().length;
    midi.send('bus', [0x81, 60, 64]);
    midi.send('bus', [0xb1, 64, 0]);
    expect(calls().slice(before)).toEqual([
      ['noteOff', 2, 60, 64],
      ['controlChange', 2, 64, 0],
    ]);
  });
});
