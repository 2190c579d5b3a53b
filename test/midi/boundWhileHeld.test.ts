// Controls that are learned while they are held: what they held is let go of, as their release goes to the binding.
import { describe, expect, it } from 'vitest';
import { MidiRouter } from '../../src/midi/router.ts';
import type { MidiMessage } from '../../src/midi/message.ts';
import { learnOf, memoryStore, recordingTarget } from '../helpers/midiTarget.ts';

type Said = MidiMessage extends infer M ? (M extends MidiMessage ? Omit<M, 'ms'> : never) : never;

function rig() {
  const target = recordingTarget();
  const learn = learnOf(target, memoryStore());
  const router = new MidiRouter(target, learn);
  const open = (device: string) => {
    const port = router.open(device);
    return (...messages: readonly Said[]) => {
      for (const message of messages) port.handle({ ...message, ms: 5 });
    };
  };
  /** What the performer was told since the last look. */
  const told = () => target.calls.splice(0).filter(([name]) => name !== 'setParameter');
  return { learn, open, told };
}

const pedal = (data: number, controller = 64): Said => ({ type: 'control', channel: 1, controller, data });
const bend = (value: number): Said => ({ type: 'bend', channel: 1, bend: value });

describe('a control that is bound while it is held', () => {
  it.each([
    ['a pedal', pedal(127), [pedal(0)], ['controlChange', 1, 64, 0, 5]],
    ['a soft pedal', pedal(127, 67), [pedal(0, 67)], ['controlChange', 1, 67, 0, 5]],
    ['expression', pedal(10, 11), [pedal(127, 11)], ['controlChange', 1, 11, 127, 5]],
    ['a wheel', bend(1), [bend(0.5), bend(0)], ['pitchBend', 1, 0, 5]],
    [
      'pressure',
      { type: 'pressure', channel: 1, data: 100 } as const,
      [{ type: 'pressure', channel: 1, data: 0 } as const],
      ['channelPressure', 1, 0, 5],
    ],
  ])('lets go once: %s', (_, press, release, letGo) => {
    const { learn, open, told } = rig();
    const send = open('Keys');
    send(press);
    told();
    learn.arm('drive');
    send(...release);
    expect(learn.armed).toBeUndefined();
    expect(told()).toEqual([letGo]);
    send(press, ...release);
    expect(told()).toEqual([]);
  });

  it('leaves the pedal down that another device holds too', () => {
    const { learn, open, told } = rig();
    const send = open('Keys');
    const other = open('Organ');
    send(pedal(127));
    other(pedal(127));
    told();
    learn.arm('drive');
    send(pedal(0));
    expect(told()).toEqual([]);
    other(pedal(0));
    expect(told()).toEqual([['controlChange', 1, 64, 0, 5]]);
  });

  it('ends the note of a key that sounded', () => {
    const { learn, open, told } = rig();
    const send = open('Keys');
    const strike: Said = { type: 'noteOn', channel: 1, note: 36, velocity: 90 };
    const up: Said = { type: 'noteOff', channel: 1, note: 36, velocity: 1 };
    send(strike);
    told();
    learn.arm('freeze');
    send(strike, up);
    expect(told()).toEqual([['noteOff', 1, 36, 1, 5]]);
    send(strike, up);
    expect(told()).toEqual([]);
  });
});
