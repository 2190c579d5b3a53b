// The player: what a note, a knob and a release tell the kernel and the decoder.
import { describe, expect, it } from 'vitest';
import { Player, type NoteEvent } from '../../src/instrument/player.ts';
import type { ToInference } from '../../src/model/protocol.ts';
import type { ToKernel } from '../../src/worklet/protocol.ts';
import { smallManifest } from '../helpers/manifest.ts';

type Targets = Extract<ToInference, { type: 'targets' }>;

function rig() {
  const kernel: ToKernel[] = [];
  const targets: Targets[] = [];
  const notes: NoteEvent[] = [];
  const timers: (() => void)[] = [];
  const clock = { seconds: 0 };
  const player = new Player({
    manifest: smallManifest(3),
    sendKernel: (message) => kernel.push(message),
    sendInference: (message) => {
      if (message.type === 'targets') targets.push(message);
    },
    now: () => clock.seconds,
    frameOf: (ms) => (ms !== undefined && ms > 1000 ? ms * 48 : undefined),
    random: () => 0.45,
    onNote: (event) => notes.push(event),
    startTimer: (callback) => {
      timers.push(callback);
      return () => void timers.splice(timers.indexOf(callback), 1);
    },
  });
  const tick = () => timers.splice(0).forEach((callback) => callback());
  return { player, kernel, targets, notes, clock, tick };
}

describe('player', () => {
  it('tells the kernel slot, revision, wanted style and gain of a note, at once', () => {
    const { player, kernel, notes } = rig();
    player.setKnob(0, 0.5);
    player.noteOn(60 + 4, 127);
    expect(kernel).toEqual([
      { type: 'noteOn', noteId: 1, slot: 14, revision: 1, style: Float32Array.from([1.5, 4]), gain: 1 },
    ]);
    expect(notes).toEqual([{ midiNote: 64, digit: 4, speaker: 1, down: true }]);
    expect(player.speaker).toBe(1);
  });

  it('passes the frame of a time stamp that lies ahead, on and off', () => {
    const { player, kernel } = rig();
    player.noteOn(48, 100, 2000);
    player.noteOff(48, 3000);
    expect(kernel[0]).toMatchObject({ type: 'noteOn', frame: 96_000 });
    expect(kernel[1]).toEqual({ type: 'noteOff', noteId: 1, frame: 144_000 });
  });

  it('repeats the last digit, also a random one, in the octave of the key', () => {
    const { player, kernel } = rig();
    player.noteOn(48 + 11, 100);
    player.noteOn(60 + 10, 100);
    expect(kernel.map((m) => (m.type === 'noteOn' ? m.slot : -1))).toEqual([4, 14]);
  });

  it('releases every note of a key pressed twice, and treats velocity 0 as a release', () => {
    const { player, kernel, notes } = rig();
    player.noteOn(48, 100);
    player.noteOn(48, 100);
    player.noteOn(48, 0);
    expect(kernel.slice(2)).toEqual([
      { type: 'noteOff', noteId: 1 },
      { type: 'noteOff', noteId: 2 },
    ]);
    expect(notes.at(-1)).toEqual({ midiNote: 48, digit: 0, speaker: 0, down: false });
    player.noteOff(48);
    expect(kernel).toHaveLength(4);
  });

  it('collapses a knob sweep into the latest point and counts every move', () => {
    const { player, targets, tick } = rig();
    player.begin();
    for (let k = 1; k <= 20; k++) player.setKnob(1, k / 10);
    expect(targets).toHaveLength(1);
    tick();
    expect(targets).toHaveLength(2);
    expect(targets[1].revision).toBe(20);
    expect([...targets[1].targets[0].style]).toEqual([0, 2]);
    player.setKnob(1, 2);
    expect(player.revision).toBe(20);
  });

  it('asks for sounding words first while the point is on the move, and not at all once settled', () => {
    const { player, targets, clock, tick } = rig();
    player.begin();
    tick();
    player.noteOn(72 + 5, 100);
    expect(targets.at(-1)?.targets[0].slot).toBe(25);
    tick();
    player.settledAt(0);
    expect(player.settled).toBe(true);
    const before = targets.length;
    player.noteOn(48, 100);
    tick();
    expect(targets).toHaveLength(before);
    player.setKnob(0, 1);
    expect(
      targets
        .at(-1)
        ?.targets.slice(0, 2)
        .map((t) => t.slot),
    ).toEqual([0, 25]);
    clock.seconds = 60;
    tick();
    player.setSpeaker(1);
    expect(
      targets
        .at(-1)
        ?.targets.slice(0, 3)
        .map((t) => t.slot),
    ).toEqual([0, 25, 10]);
    expect(player.settled).toBe(false);
  });

  it('silences everything and releases what is held', () => {
    const { player, kernel, notes } = rig();
    player.noteOn(48, 100);
    player.noteOn(50, 100);
    player.allSoundOff();
    expect(kernel.slice(2).map((m) => m.type)).toEqual(['noteOff', 'noteOff', 'silence']);
    expect(notes.filter((n) => !n.down)).toHaveLength(2);
  });

  it('refuses arguments out of range and sends nothing for them', () => {
    const { player, kernel } = rig();
    expect(() => player.noteOn(-1, 100)).toThrow(/MIDI note must be a whole number from 0 to 127, got -1/);
    expect(() => player.noteOn(60, 128)).toThrow(/velocity must be a number from 0 to 127, got 128/);
    expect(() => player.setKnob(2, 0)).toThrow(/direction must be a whole number from 0 to 1, got 2/);
    expect(() => player.setKnob(0, NaN)).toThrow(RangeError);
    expect(() => player.setSpeaker(3)).toThrow(/speaker must be a whole number from 0 to 2, got 3/);
    expect(kernel).toEqual([]);
  });
});
