// Routing at the ends of its ranges: what can be learned, where numbers stop, which port leads and how often a tempo is told.
import { describe, expect, it } from 'vitest';
import { parameterById } from '../../src/contract/parameters.ts';
import { MidiRouter } from '../../src/midi/router.ts';
import { recordingTarget } from '../helpers/midiTarget.ts';
import { beatsOf, noteMessage, routerRig, tickMs } from '../helpers/routerRig.ts';

const near = (value: number): unknown => expect.closeTo(value, 9);

describe('what can be learned', () => {
  it('is a move of every kind of control with its number and value, and goes no further', () => {
    const { calls, control, moves, send } = routerRig(() => true);
    for (const bend of [-1, -0.5, 0, 0.5, 1]) send({ type: 'bend', channel: 1, bend });
    send({ type: 'pressure', channel: 2, data: 5 });
    send({ type: 'program', channel: 3, data: 6 });
    control(4, [1, 5], [33, 9]);
    control(5, [99, 1], [98, 2], [6, 64]);
    const device = 'a';
    expect(moves).toEqual([
      ...[0, 32, 64, 95.5, 127].map((data) => ({ device, channel: 1, kind: 'bend', number: 0, data })),
      { device, channel: 2, kind: 'pressure', number: 0, data: 5 },
      { device, channel: 3, kind: 'program', number: 0, data: 6 },
      { device, channel: 4, kind: 'cc', number: 1, data: 5 },
      { device, channel: 4, kind: 'cc14', number: 1, data: 5 + 9 / 128 },
      { device, channel: 5, kind: 'nrpn', number: 130, data: 64 },
    ]);
    expect(calls).toEqual([]);
  });

  it('comes with the time of its message', () => {
    const stamps: number[] = [];
    const router = new MidiRouter(recordingTarget(), {
      handle: (_, ms) => {
        stamps.push(ms);
        return true;
      },
    });
    router.open('a').handle({ type: 'noteOn', channel: 1, note: 60, velocity: 1, ms: 42 });
    expect(stamps).toEqual([42]);
  });

  it('is no pressure of a single key, and no channel mode message', () => {
    const { calls, control, moves, send } = routerRig(() => true);
    send({ type: 'polyPressure', channel: 5, note: 61, data: 127 });
    control(1, [120, 0], [122, 0], [123, 0]);
    expect(moves).toEqual([]);
    expect(calls).toEqual([
      ['polyPressure', 5, 61, 1, 5],
      ['controlChange', 1, 120, 0, 5],
      ['controlChange', 1, 123, 0, 5],
    ]);
  });

  it('takes the next note-off of its key, and no other', () => {
    const { calls, send } = routerRig(({ kind }) => kind === 'note');
    send(noteMessage('noteOn', 10, 36));
    for (const [channel, key] of [
      [9, 37],
      [11, 35],
      [10, 35],
      [10, 36],
      [10, 36],
    ]) {
      send(noteMessage('noteOff', channel, key));
    }
    expect(calls.map(([, channel, key]) => [channel, key])).toEqual([
      [9, 37],
      [11, 35],
      [10, 35],
      [10, 36],
    ]);
  });

  it('is every control of a master and of channels beside a zone but the timbre of the master', () => {
    const { control, moves, send } = routerRig(() => true);
    control(16, [101, 0], [100, 6], [6, 2]);
    for (const channel of [16, 15, 14, 13]) {
      send(noteMessage('noteOn', channel, 60));
      send({ type: 'pressure', channel, data: 5 });
      control(channel, [74, 1], [73, 1]);
    }
    const seen = moves.map(({ channel, kind, number }) => `${channel} ${kind} ${number}`);
    expect(seen).toEqual([
      '16 note 60',
      '16 pressure 0',
      '16 cc 73',
      '15 cc 73',
      '14 cc 73',
      '13 note 60',
      '13 pressure 0',
      '13 cc 74',
      '13 cc 73',
    ]);
  });
});

describe('the range of the wheel', () => {
  it('has a hundred cents at most beside its semitones, and 96 semitones at most', () => {
    const { calls, control } = routerRig();
    control(1, [101, 0], [100, 0], [6, 3], [38, 127], [6, 96], [38, 5]);
    expect(calls.map(([, , semitones, cents]) => [semitones, cents])).toEqual([
      [3, 0],
      [3, 99],
      [96, 0],
      [96, 0],
    ]);
  });

  it('is stepped from what was set, on every channel', () => {
    for (const channel of [1, 16]) {
      const { calls, control } = routerRig();
      control(channel, [101, 0], [100, 0], [6, 5], [96, 0]);
      expect(calls.at(-1)).toEqual(['setBendRange', channel, 5, 1, 5]);
    }
  });

  it('is stepped from the nearest cent of the parameter', () => {
    const { calls, control, values } = routerRig();
    values.bendRange = 0.29;
    control(1, [101, 0], [100, 0], [96, 0]);
    expect(calls).toEqual([['setBendRange', 1, 0, 30, 5]]);
  });

  it('is that of MPE again for members of a zone that is set up anew', () => {
    const { calls, control } = routerRig();
    control(2, [101, 0], [100, 0], [6, 12]);
    control(1, [101, 0], [100, 6], [6, 15]);
    control(2, [96, 0]);
    expect(calls.slice(1)).toEqual([
      ['setZone', 'lower', 15, 5],
      ['setBendRange', 2, 48, 1, 5],
    ]);
  });
});

describe('tunings', () => {
  it('stop at their ends when they are stepped', () => {
    const { calls, control } = routerRig();
    control(1, [101, 0], [100, 1], [6, 127], [38, 127], [96, 0], [6, 0], [97, 0]);
    control(1, [6, 64], [100, 2], [6, 127], [96, 0], [97, 0]);
    expect(calls.map((call) => call[2])).toEqual(
      [127 / 64 - 1, 8191 / 8192, 8191 / 8192, -1, -1, 0, 63, 63, 62].map(near),
    );
  });
});

describe('parameters', () => {
  it('stay within their ends when they are stepped', () => {
    const { control, values } = routerRig();
    const number = [98, parameterById('mode').nrpn] as const;
    control(1, [99, 0], number, [97, 0]);
    expect(values.mode).toBe(0);
    control(1, [98, parameterById('breath').nrpn], [6, 127], [96, 0]);
    expect(values.breath).toBe(parameterById('breath').max);
  });
});

describe('a target that begins anew', () => {
  it('is told of zones, ranges and tunings that were set, and of no others', () => {
    const { calls, control, router } = routerRig();
    control(16, [101, 0], [100, 6], [6, 3]);
    control(14, [101, 0], [100, 0], [6, 12], [38, 34]);
    control(3, [101, 0], [100, 2], [6, 66]);
    calls.length = 0;
    router.retell(9);
    expect(calls).toEqual([
      ['setZone', 'upper', 3, 9],
      ...[13, 14, 15].map((channel) => ['setBendRange', channel, 12, 34, 9]),
      ['setChannelTuning', 3, 2, 9],
    ]);
    control(1, [101, 0], [100, 6], [6, 1]);
    calls.length = 0;
    router.retell(10);
    expect(calls).toEqual([
      ['setZone', 'lower', 1, 10],
      ['setZone', 'upper', 3, 10],
      ['setChannelTuning', 3, 2, 10],
    ]);
  });
});

describe('the port that leads', () => {
  it('is replaced after more than a second of silence, by ticks as by a start', () => {
    for (const type of ['clock', 'start'] as const) {
      for (const [silentMs, follows] of [
        [1000, false],
        [1001, true],
      ] as const) {
        const { calls, port, router, send } = routerRig();
        const other = router.open('b');
        send({ type: 'start' }, port, 0);
        send({ type: 'clock' }, port, 10);
        calls.length = 0;
        send({ type }, other, 10 + silentMs);
        send({ type: 'stop' }, other, 10 + silentMs);
        expect(calls.filter((call) => call[1] === 'stop')).toHaveLength(follows ? 1 : 0);
      }
    }
  });

  it('is not stopped by another one while it ticks without a song', () => {
    const { calls, port, router, send } = routerRig();
    const other = router.open('b');
    send({ type: 'clock' }, port, 0);
    send({ type: 'stop' }, other, 10);
    expect(calls).toEqual([]);
  });

  it('leads on when another one is unplugged', () => {
    const { calls, port, router, send } = routerRig();
    const other = router.open('b');
    send({ type: 'start' }, port, 0);
    send({ type: 'clock' }, port, 10);
    other.unplug(15);
    for (let k = 1; k < 7; k++) send({ type: 'clock' }, port, 10 + k * tickMs);
    expect(beatsOf(calls).map(([quarters]) => quarters)).toEqual([0, 0.25]);
  });

  it('has its song go on from the front where it was stopped before its first tick', () => {
    const { calls, port, send } = routerRig();
    send({ type: 'position', quarters: 4 }, port, 0);
    send({ type: 'start' }, port, 1);
    send({ type: 'stop' }, port, 2);
    send({ type: 'continue' }, port, 3);
    send({ type: 'clock' }, port, 10);
    expect(beatsOf(calls).map(([quarters]) => quarters)).toEqual([0]);
  });

  it('has a song continue from its front where nobody has begun one', () => {
    const { calls, port, send } = routerRig();
    send({ type: 'continue' }, port, 3);
    send({ type: 'clock' }, port, 10);
    expect(calls).toEqual([
      ['transport', 'continue', 3],
      ['beat', 0, 120, 10, false],
    ]);
  });
});

describe('the tempo of a clock', () => {
  /** A port whose clock of `ms` from tick to tick is known. */
  function known(ms = tickMs) {
    const parts = routerRig();
    let at = 0;
    const tick = () => parts.send({ type: 'clock' }, parts.port, (at += ms));
    for (let k = 0; k < 40; k++) tick();
    return { ...parts, tick };
  }

  it('is told again at most once a sixteenth while something else keeps moving the tempo', () => {
    const { calls, tick, values } = known();
    calls.length = 0;
    const told: number[] = [];
    for (let k = 0; k < 25; k++) {
      values.tempo = 90;
      tick();
      if (calls.splice(0).length > 0) told.push(k);
    }
    expect(told).toEqual([0, 6, 12, 18, 24]);
  });

  it('is not told again for less than a twentieth of a beat a minute', () => {
    const { calls, tick, values } = known();
    calls.length = 0;
    values.tempo = 120.04;
    for (let k = 0; k < 12; k++) tick();
    expect(calls).toEqual([]);
    values.tempo = 119.94;
    for (let k = 0; k < 12; k++) tick();
    expect(calls).toHaveLength(1);
  });

  it('is no slower than that of the parameter', () => {
    const { calls } = known(100);
    expect(calls.map(([name, bpm]) => [name, bpm])).toEqual([['setTempo', 30]]);
  });

  it('tells no beat that is slower or faster than the instrument follows', () => {
    for (const [tempo, count] of [
      [4.9, 0],
      [5, 1],
      [600, 1],
      [601, 0],
    ]) {
      const { calls, send, values } = routerRig();
      values.tempo = tempo;
      send({ type: 'start' });
      send({ type: 'clock' });
      expect(beatsOf(calls)).toHaveLength(count);
    }
  });

  it('begins a beat only once it is one that the instrument follows', () => {
    const { calls, port, send, values } = routerRig();
    values.tempo = 601;
    send({ type: 'start' }, port, 0);
    for (let k = 0; k < 12; k++) {
      send({ type: 'clock' }, port, k * tickMs);
      if (k === 1) values.tempo = 100;
    }
    expect(beatsOf(calls).map(([quarters, bpm, , isMeasured]) => [quarters, bpm, isMeasured])).toEqual([
      [0.25, 100, false],
    ]);
  });
});
