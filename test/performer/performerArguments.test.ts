// What the performer accepts: both ends of every argument, and nothing beyond them.
import { describe, expect, it } from 'vitest';
import type { Performer } from '../../src/performer/performer.ts';
import { performerRig } from '../helpers/performerRig.ts';

type Call = (performer: Performer, value: number) => unknown;

const last = Number.MAX_SAFE_INTEGER;

/** Method, name in messages, least and most, a call with it; `whole` where fractions are refused. */
const ranges: readonly (readonly [string, string, number, number, Call, 'whole'?])[] = [
  ['noteOn', 'MIDI note', 0, 127, (performer, value) => performer.noteOn(1, value, 1), 'whole'],
  ['noteOn', 'velocity', 0, 127, (performer, value) => performer.noteOn(1, 60, value)],
  ['noteOn', 'channel', 1, 2048, (performer, value) => performer.noteOn(value, 60, 1), 'whole'],
  ['noteOn', 'time', 0, last, (performer, value) => performer.noteOn(1, 60, 1, value)],
  ['noteOff', 'MIDI note', 0, 127, (performer, value) => performer.noteOff(1, value), 'whole'],
  ['noteOff', 'release velocity', 0, 127, (performer, value) => performer.noteOff(1, 60, value)],
  ['pitchBend', 'bend', -1, 1, (performer, value) => performer.pitchBend(1, value)],
  ['pitchBend', 'channel', 1, 2048, (performer, value) => performer.pitchBend(value, 0), 'whole'],
  ['channelPressure', 'pressure', 0, 1, (performer, value) => performer.channelPressure(1, value)],
  ['channelPressure', 'channel', 1, 2048, (performer, value) => performer.channelPressure(value, 0), 'whole'],
  ['polyPressure', 'pressure', 0, 1, (performer, value) => performer.polyPressure(1, 60, value)],
  ['controlChange', 'channel', 1, 2048, (performer, value) => performer.controlChange(value, 64, 0), 'whole'],
  [
    'controlChange',
    'controller',
    0,
    127,
    (performer, value) => performer.controlChange(1, value, 0),
    'whole',
  ],
  ['controlChange', 'controller value', 0, 127, (performer, value) => performer.controlChange(1, 64, value)],
  ['programChange', 'channel', 1, 2048, (performer, value) => performer.programChange(value, 0), 'whole'],
  ['programChange', 'program', 0, 127, (performer, value) => performer.programChange(1, value), 'whole'],
  ['programChange', 'bank', 0, 127, (performer, value) => performer.programChange(1, 0, 0, value), 'whole'],
  ['releaseAll', 'channel', 1, 2048, (performer, value) => performer.releaseAll(value), 'whole'],
  ['releaseAll', 'time', 0, last, (performer, value) => performer.releaseAll(1, value)],
  ['setSpeaker', 'speaker', 0, 2, (performer, value) => performer.setSpeaker(value), 'whole'],
  [
    'setPressureTarget',
    'amount',
    -10_000,
    10_000,
    (performer, value) => performer.setPressureTarget('breath', value),
  ],
  ['styleOf', 'speaker', 0, 2, (performer, value) => performer.styleOf(value, 0), 'whole'],
  ['styleOf', 'digit', 0, 9, (performer, value) => performer.styleOf(0, value), 'whole'],
  ['setTempo', 'tempo', 1, 1000, (performer, value) => performer.setTempo(value)],
  ['followBeat', 'quarters', -last, last, (performer, value) => performer.followBeat(value, 120)],
  ['followBeat', 'bpm', 5, 600, (performer, value) => performer.followBeat(0, value)],
  ['isInZone', 'channel', 1, 2048, (performer, value) => performer.isInZone(value), 'whole'],
  ['restoreChannel', 'channel', 1, 2048, (performer, value) => performer.restoreChannel(value), 'whole'],
  ['setZone', 'MPE members', 0, 15, (performer, value) => performer.setZone('lower', value), 'whole'],
  ['setBendRange', 'channel', 1, 2048, (performer, value) => performer.setBendRange(value, 2), 'whole'],
  ['setBendRange', 'bend range', 0, 96, (performer, value) => performer.setBendRange(1, value)],
  ['setBendRange', 'cents', 0, 127, (performer, value) => performer.setBendRange(1, 2, value)],
  [
    'setChannelTuning',
    'channel',
    1,
    2048,
    (performer, value) => performer.setChannelTuning(value, 0),
    'whole',
  ],
  ['setChannelTuning', 'semitones', -65, 65, (performer, value) => performer.setChannelTuning(1, value)],
  ['advance', 'untilFrame', 0, last, (performer, value) => performer.advance(value)],
];

describe('arguments of the performer', () => {
  it.each(
    ranges.map(([method, name, least, most, call, whole]) => ({
      method,
      name,
      least,
      most,
      call,
      isWhole: whole === 'whole',
    })),
  )(
    '$name of $method is taken from $least to $most and refused beyond',
    ({ name, least, most, call, isWhole }) => {
      const kind = isWhole ? 'whole number' : 'number';
      const message = new RegExp(`^${name} must be a ${kind} from ${least} to ${most}, got `);
      for (const value of [least, most]) expect(() => call(performerRig().performer, value)).not.toThrow();
      const beyond = Math.abs(most) === last ? [least * 2 - 1, most * 2] : [least - 0.5, most + 0.5];
      for (const value of [...beyond, least - 1, most + 1, NaN, ...(isWhole ? [least + 0.5] : [])]) {
        // A whole number beyond the last safe one may be that one itself.
        if (value >= least && value <= most && !isWhole) continue;
        const { performer, kernel } = performerRig();
        expect(() => call(performer, value), String(value)).toThrow(message);
        expect(kernel).toEqual([]);
      }
    },
  );

  it('that name parameters have to name one of the table', () => {
    const { performer } = performerRig();
    for (const call of [
      () => performer.setPressureTarget('loudness' as 'air', 1),
      () => performer.setTimbreTarget('loudness' as 'air'),
    ]) {
      expect(call).toThrow(/parameter id must be one of/);
    }
  });
});
