// Routing: parameter numbers to ranges, zones and parameters; learned controls; the clock that leads; letting go. Long, as the router
// is.
import { describe, expect, it } from 'vitest';
import { parameterById, parameters } from '../../src/contract/parameters.ts';
import { beatsOf, noteMessage as note, routerRig as rig, tickMs } from '../helpers/routerRig.ts';

describe('routing of performance', () => {
  it('passes every kind on with channel and time stamp', () => {
    const { calls, send } = rig();
    send(note('noteOn', 2, 60));
    send({ type: 'noteOff', channel: 2, note: 60, velocity: 12 });
    send({ type: 'bend', channel: 3, bend: -0.5 });
    send({ type: 'pressure', channel: 4, data: 127 });
    send({ type: 'polyPressure', channel: 5, note: 61, data: 0 });
    send({ type: 'program', channel: 6, data: 9 });
    send({ type: 'control', channel: 7, controller: 64, data: 127 });
    send({ type: 'position', quarters: 4 });
    send({ type: 'start' });
    expect(calls).toEqual([
      ['noteOn', 2, 60, 100, 5],
      ['noteOff', 2, 60, 12, 5],
      ['pitchBend', 3, -0.5, 5],
      ['channelPressure', 4, 1, 5],
      ['polyPressure', 5, 61, 0, 5],
      ['programChange', 6, 9, 5, 0],
      ['controlChange', 7, 64, 127, 5],
      ['songPosition', 4, 5],
      ['transport', 'start', 5],
    ]);
  });

  it('ends sound and notes of the channel, and resets its controllers', () => {
    const { calls, control } = rig();
    control(3, [120, 0], [121, 0], [122, 0], [123, 0], [127, 0]);
    expect(calls).toEqual([
      ['controlChange', 3, 120, 0, 5],
      ['controlChange', 3, 121, 0, 5],
      ['controlChange', 3, 123, 0, 5],
      ['controlChange', 3, 127, 0, 5],
    ]);
  });

  it('lets a key go with the last hand, though before the panic another device never said that its own went up', () => {
    const { calls, send, router } = rig();
    send(note('noteOn', 1, 60));
    router.forgetHands();
    const other = router.open('b');
    send(note('noteOn', 1, 60), other);
    send(note('noteOff', 1, 60), other);
    expect(calls.at(-1)).toEqual(['noteOff', 1, 60, 100, 5]);
  });

  it('keeps what a learned control did from the performer, and its note-offs', () => {
    const { calls, moves, send } = rig(({ number, kind }) => kind === 'note' && number === 36);
    send(note('noteOn', 10, 36));
    send(note('noteOff', 10, 36));
    send({ type: 'bend', channel: 1, bend: 1 });
    expect(calls).toEqual([['pitchBend', 1, 1, 5]]);
    expect(moves).toEqual([
      { device: 'a', channel: 10, kind: 'note', number: 36, data: 100 },
      { device: 'a', channel: 1, kind: 'bend', number: 0, data: 127 },
    ]);
  });
});

describe('banks', () => {
  it('belong to the programs that follow on their channel, named by either half', () => {
    const { calls, control, send } = rig();
    const program = (channel: number) => send({ type: 'program', channel, data: 9 });
    program(1);
    control(1, [32, 1]);
    program(1);
    program(2);
    control(1, [0, 3], [32, 0]);
    program(1);
    control(1, [0, 0]);
    program(1);
    expect(calls).toEqual([
      ['programChange', 1, 9, 5, 0],
      ['programChange', 1, 9, 5, 1],
      ['programChange', 2, 9, 5, 0],
      ['programChange', 1, 9, 5, 3],
      ['programChange', 1, 9, 5, 0],
    ]);
  });

  it('are no knobs of their own unless they are learned', () => {
    const { calls, moves, control } = rig(({ number }) => number === 0);
    control(1, [0, 5], [32, 1]);
    expect(calls).toEqual([]);
    expect(moves.map(({ number }) => number)).toEqual([0, 32]);
  });
});

describe('parameter numbers', () => {
  it('set the bend range in semitones and cents, and step it by cents across the semitone', () => {
    const { calls, control } = rig();
    control(2, [101, 0], [100, 0], [6, 11], [38, 99], [96, 0], [97, 0]);
    expect(calls).toEqual([
      ['setBendRange', 2, 11, 0, 5],
      ['setBendRange', 2, 11, 99, 5],
      ['setBendRange', 2, 12, 0, 5],
      ['setBendRange', 2, 11, 99, 5],
    ]);
  });

  it('step the bend range from the parameter where none was set, from zero to 96 semitones', () => {
    const { calls, control, values } = rig();
    values.bendRange = 0;
    control(1, [101, 0], [100, 0], [97, 0], [96, 0], [6, 127]);
    expect(calls).toEqual([
      ['setBendRange', 1, 0, 0, 5],
      ['setBendRange', 1, 0, 1, 5],
      ['setBendRange', 1, 96, 0, 5],
    ]);
  });

  it('step the bend range of members from that of their zone', () => {
    const { calls, control } = rig();
    control(1, [101, 0], [100, 6], [6, 3], [101, 0], [100, 0], [96, 0]);
    control(2, [101, 0], [100, 0], [96, 0], [6, 12]);
    control(4, [101, 0], [100, 0], [96, 0]);
    expect(calls.slice(1)).toEqual([
      ['setBendRange', 1, 2, 1, 5],
      ['setBendRange', 2, 48, 1, 5],
      ['setBendRange', 2, 12, 0, 5],
      ['setBendRange', 4, 12, 1, 5],
    ]);
  });

  it('tune a channel: fine by 14 bits over a semitone each way, coarse by semitones, both together', () => {
    const { calls, control } = rig();
    control(2, [101, 0], [100, 1], [6, 96], [38, 0]);
    control(2, [101, 0], [100, 2], [6, 61]);
    control(2, [101, 0], [100, 1], [6, 0], [38, 0]);
    control(2, [6, 127], [38, 127]);
    expect(calls.map(([name, channel, , ms]) => [name, channel, ms])).toEqual(
      calls.map(() => ['setChannelTuning', 2, 5]),
    );
    expect(calls.map((call) => call[2])).toEqual(
      [0.5, 0.5, -2.5, -4, -4, -3 + (127 * 128 - 8192) / 8192, -3 + 8191 / 8192].map((semitones): unknown =>
        expect.closeTo(semitones, 9),
      ),
    );
  });

  it('step the tunings of RP-018, by the finest step and by a semitone, up to their ends', () => {
    const { calls, control } = rig();
    control(1, [101, 0], [100, 1], [96, 0], [101, 0], [100, 2], [97, 0], [6, 0], [97, 0]);
    expect(calls.map((call) => call[2])).toEqual(
      [1 / 8192, 1 / 8192 - 1, 1 / 8192 - 64, 1 / 8192 - 64].map((semitones): unknown =>
        expect.closeTo(semitones, 9),
      ),
    );
  });

  it('go with their port, and leave other tunings alone', () => {
    const { calls, control, router, send, port } = rig();
    const other = router.open('b');
    control(3, [101, 0], [100, 2], [6, 66]);
    for (const [controller, data] of [
      [101, 0],
      [100, 2],
      [6, 70],
    ]) {
      send({ type: 'control', channel: 4, controller, data }, other);
    }
    calls.length = 0;
    port.unplug(9);
    expect(calls).toEqual([['setChannelTuning', 3, 0, 9]]);
    send({ type: 'control', channel: 3, controller: 101, data: 0 }, other);
    send({ type: 'control', channel: 3, controller: 100, data: 1 }, other);
    send({ type: 'control', channel: 3, controller: 6, data: 64 }, other);
    expect(calls.at(-1)).toEqual(['setChannelTuning', 3, 0, 5]);
  });

  it('set zones from their masters alone', () => {
    const { calls, control } = rig();
    control(1, [101, 0], [100, 6], [6, 7]);
    control(16, [101, 0], [100, 6], [6, 4]);
    control(5, [101, 0], [100, 6], [6, 4]);
    control(1, [6, 16], [6, 0]);
    expect(calls).toEqual([
      ['setZone', 'lower', 7, 5],
      ['setZone', 'upper', 4, 5],
      ['setZone', 'lower', 0, 5],
    ]);
  });

  it("give single notes' bend, pressure and timbre of a zone to the notes, though they are learned", () => {
    const { calls, control, moves, send } = rig(() => true);
    control(1, [101, 0], [100, 6], [6, 3]);
    calls.length = 0;
    send(note('noteOn', 2, 60));
    send({ type: 'bend', channel: 2, bend: 0.5 });
    send({ type: 'pressure', channel: 4, data: 127 });
    control(3, [74, 64]);
    expect(calls.map(([name]) => name)).toEqual(['noteOn', 'pitchBend', 'channelPressure', 'controlChange']);
    expect(moves).toEqual([]);
    // The master's timbre is all notes'; its wheel and channels outside the zone are ordinary.
    control(1, [74, 64]);
    expect(calls).toHaveLength(5);
    send({ type: 'bend', channel: 1, bend: 0.5 });
    control(5, [74, 64]);
    expect(moves.map(({ channel }) => channel)).toEqual([1, 5]);
  });

  it('set every parameter of the table by its number', () => {
    const { control, values } = rig();
    for (const { nrpn } of parameters) control(1, [99, nrpn >> 7], [98, nrpn & 127], [6, 127], [38, 127]);
    for (const { id, max } of parameters) expect(values[id], id).toBeCloseTo(max, 9);
    expect(values.style1).toBe(2);
    expect(values.mode).toBe(3);
    expect(values.reverbSeconds).toBeCloseTo(10, 9);
    control(1, [99, 0], [98, 0], [6, 64], [38, 0]);
    expect(values.style1).toBe(0);
  });

  it('ignore numbers beyond the table', () => {
    const { calls, control } = rig();
    control(1, [99, 100], [98, 0], [6, 64], [96, 0]);
    control(1, [101, 0], [100, 5], [6, 64], [96, 0]);
    expect(calls).toEqual([]);
  });

  it('step parameters by a choice or by one of seven bits, and stop at the ends', () => {
    const { control, values } = rig();
    const place = (id: string) => [98, parameterById(id).nrpn] as const;
    control(1, [99, 0], place('mode'), [96, 0], [96, 0], [97, 0]);
    expect(values.mode).toBe(1);
    for (let k = 0; k < 9; k++) control(1, [96, 0]);
    expect(values.mode).toBe(3);
    control(1, place('breath'), [97, 0]);
    expect(values.breath).toBe(0);
    control(1, [96, 0]);
    expect(values.breath).toBeCloseTo(1 / 127, 9);
  });
});

describe('unplugging', () => {
  it('releases keys, then resets the channels whose pedals, wheels, pressure or expression it moved', () => {
    const { calls, control, port, send } = rig();
    send(note('noteOn', 1, 60));
    control(1, [64, 127]);
    send({ type: 'bend', channel: 2, bend: 0.1 });
    send({ type: 'pressure', channel: 3, data: 9 });
    control(4, [11, 20]);
    control(5, [64, 127], [64, 0]);
    calls.length = 0;
    port.unplug(9);
    expect(calls).toEqual([
      ['noteOff', 1, 60, 64, 9],
      ...[1, 2, 3, 4].map((channel) => ['controlChange', channel, 121, 0, 9]),
    ]);
  });

  it('leaves alone what another device holds on the same channel', () => {
    const { calls, control, port, router, send } = rig();
    const other = router.open('b');
    send(note('noteOn', 1, 60));
    send(note('noteOn', 1, 62));
    send(note('noteOn', 2, 60));
    send(note('noteOff', 2, 60));
    send(note('noteOn', 1, 62), other);
    send({ type: 'control', channel: 1, controller: 66, data: 127 }, other);
    control(1, [64, 127], [66, 127], [67, 63], [11, 5]);
    send({ type: 'bend', channel: 1, bend: 0.1 });
    send({ type: 'bend', channel: 2, bend: 0.1 });
    send({ type: 'bend', channel: 2, bend: 0 });
    send({ type: 'pressure', channel: 1, data: 9 });
    calls.length = 0;
    port.unplug(9);
    expect(calls).toEqual([
      ['noteOff', 1, 60, 64, 9],
      ['controlChange', 1, 64, 0, 9],
      ['controlChange', 1, 11, 127, 9],
      ['pitchBend', 1, 0, 9],
      ['channelPressure', 1, 0, 9],
    ]);
    calls.length = 0;
    port.unplug(10);
    expect(calls).toEqual([]);
    other.unplug(11);
    expect(calls).toEqual([
      ['noteOff', 1, 62, 64, 11],
      ['controlChange', 1, 121, 0, 11],
    ]);
  });

  it('lets a key that two devices hold go with the last of them', () => {
    const { calls, router, send } = rig();
    const other = router.open('b');
    send(note('noteOn', 1, 60));
    send(note('noteOn', 1, 60), other);
    send(note('noteOff', 1, 60));
    expect(calls).toHaveLength(2);
    send(note('noteOff', 1, 60), other);
    expect(calls.at(-1)).toEqual(['noteOff', 1, 60, 100, 5]);
  });

  it('has nothing to release after all notes off and a reset', () => {
    const { calls, control, port, send } = rig();
    send(note('noteOn', 1, 60));
    send({ type: 'bend', channel: 1, bend: 0.1 });
    control(1, [64, 127], [123, 0], [121, 0]);
    calls.length = 0;
    port.unplug(9);
    expect(calls).toEqual([]);
  });
});

describe('clock', () => {
  it('sets the tempo once when two ports pass the same clock on', () => {
    const { calls, port, router, send } = rig();
    const other = router.open('b');
    for (const to of [port, other]) send({ type: 'start' }, to, 1);
    for (let k = 0; k < 100; k++) {
      for (const to of [port, other]) send({ type: 'clock' }, to, 1 + k * tickMs);
    }
    const tempos = calls.filter(([name]) => name === 'setTempo');
    expect(tempos).toHaveLength(1);
    expect(tempos[0][1]).toBeCloseTo(120, 6);
    for (const to of [port, other]) send({ type: 'stop' }, to, 3000);
    expect(calls.filter((call) => call[1] === 'stop')).toHaveLength(1);
  });

  it('follows another port when the first is silent or gone', () => {
    const { calls, port, router, send } = rig();
    const other = router.open('b');
    for (let k = 0; k < 30; k++) send({ type: 'clock' }, port, k * tickMs);
    for (let k = 0; k < 30; k++) send({ type: 'clock' }, other, 3000 + k * 30);
    expect(calls.at(-1)?.[1]).toBeCloseTo(60_000 / 30 / 24, 6);
    other.unplug(4000);
    for (let k = 0; k < 30; k++) send({ type: 'clock' }, port, 4000 + k * tickMs);
    expect(calls.at(-1)?.[1]).toBeCloseTo(120, 6);
  });

  it('tells the beat from the first tick behind a start on, each sixteenth', () => {
    const { calls, send, port } = rig();
    const tick = (k: number) => send({ type: 'clock' }, port, 1000 + k * tickMs);
    for (let k = 0; k < 30; k++) tick(k);
    expect(beatsOf(calls)).toEqual([]);
    send({ type: 'start' }, port, 1000 + 29.5 * tickMs);
    for (let k = 30; k < 60; k++) tick(k);
    const beats = beatsOf(calls);
    expect(beats.map(([quarters]) => quarters)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    beats.forEach(([, bpm, ms], k) => {
      expect(bpm).toBeCloseTo(120, 6);
      expect(ms).toBeCloseTo(1000 + (30 + 6 * k) * tickMs, 6);
    });
    expect(beats.map((beat) => beat[3])).toEqual([false, true, true, true, true]);
  });

  it('takes the tempo of the instrument until the clock has told its own', () => {
    const { calls, send, port, values } = rig();
    values.tempo = 90;
    send({ type: 'start' }, port, 0);
    send({ type: 'clock' }, port, 10);
    expect(beatsOf(calls)).toEqual([[0, 90, 10, false]]);
  });

  it('goes on from where it stopped, or from the song position', () => {
    const { calls, send, port } = rig();
    let at = 0;
    const ticks = (count: number) => {
      for (let k = 0; k < count; k++) send({ type: 'clock' }, port, (at += tickMs));
    };
    const first = () => beatsOf(calls.splice(0))[0][0];
    ticks(20);
    send({ type: 'start' }, port, at);
    ticks(60);
    expect(first()).toBe(0);
    send({ type: 'stop' }, port, at);
    ticks(48);
    expect(beatsOf(calls.splice(0))).toEqual([]);
    send({ type: 'continue' }, port, at);
    ticks(10);
    expect(first()).toBe(2.5);
    send({ type: 'stop' }, port, at);
    send({ type: 'position', quarters: 16 }, port, at);
    send({ type: 'continue' }, port, at);
    ticks(10);
    expect(first()).toBe(16);
    send({ type: 'start' }, port, at);
    ticks(1);
    expect(first()).toBe(0);
  });

  it('follows the song of another port that begins it when the first has fallen silent', () => {
    const { calls, port, router, send } = rig();
    const other = router.open('b');
    for (let k = 0; k < 30; k++) send({ type: 'clock' }, port, k * tickMs);
    send({ type: 'start' }, other, 3000);
    for (let k = 0; k < 7; k++) send({ type: 'clock' }, other, 3001 + k * tickMs);
    expect(beatsOf(calls).map(([quarters]) => quarters)).toEqual([0, 0.25]);
  });

  it('follows whoever begins a song, not a keyboard that ticks all day', () => {
    const { calls, port, router, send } = rig();
    const other = router.open('b');
    let at = 0;
    const both = (count: number) => {
      for (let k = 0; k < count; k++) {
        send({ type: 'clock' }, port, at);
        send({ type: 'clock' }, other, at + 7);
        at += tickMs;
      }
    };
    both(30);
    send({ type: 'position', quarters: 8 }, other, at);
    send({ type: 'continue' }, other, at);
    both(20);
    const beats = beatsOf(calls.splice(0));
    expect(beats.map(([quarters]) => quarters)).toEqual([8, 8.25, 8.5, 8.75]);
    expect(beats[0][2]).toBeCloseTo(30 * tickMs + 7, 6);
    // While a song runs it can not be taken over.
    send({ type: 'start' }, port, at);
    send({ type: 'stop' }, port, at);
    both(12);
    expect(beatsOf(calls)).toHaveLength(2);
    expect(calls.filter(([name]) => name === 'transport')).toEqual([]);
  });

  it('starts once where two ports pass the same start on', () => {
    const { calls, port, router, send } = rig();
    const other = router.open('b');
    for (let k = 0; k < 5; k++) for (const to of [port, other]) send({ type: 'clock' }, to, k * tickMs);
    for (const to of [port, other]) send({ type: 'start' }, to, 4.5 * tickMs);
    for (let k = 5; k < 12; k++) for (const to of [port, other]) send({ type: 'clock' }, to, k * tickMs);
    expect(calls.filter(([name]) => name === 'transport')).toHaveLength(1);
    expect(beatsOf(calls).map(([quarters]) => quarters)).toEqual([0, 0.25]);
  });

  it('goes on where it is when it is told to continue what runs, unless it is told where', () => {
    const { calls, send, port } = rig();
    let at = 0;
    const ticks = (count: number) => {
      for (let k = 0; k < count; k++) send({ type: 'clock' }, port, (at += tickMs));
    };
    send({ type: 'start' }, port, 0);
    ticks(60);
    send({ type: 'continue' }, port, at);
    calls.length = 0;
    ticks(1);
    expect(beatsOf(calls.splice(0)).map(([quarters]) => quarters)).toEqual([2.5]);
    send({ type: 'position', quarters: 7 }, port, at);
    send({ type: 'continue' }, port, at);
    ticks(1);
    expect(beatsOf(calls).map(([quarters]) => quarters)).toEqual([7]);
    // A second stop forgets nothing.
    ticks(11);
    send({ type: 'stop' }, port, at);
    send({ type: 'stop' }, port, at);
    send({ type: 'continue' }, port, at);
    calls.length = 0;
    ticks(1);
    expect(beatsOf(calls).map(([quarters]) => quarters)).toEqual([7.5]);
  });

  it('goes on where its port was unplugged', () => {
    const { calls, send, port, router } = rig();
    send({ type: 'start' }, port, 0);
    for (let k = 0; k < 48; k++) send({ type: 'clock' }, port, k * tickMs);
    port.unplug(1000);
    const again = router.open('a');
    send({ type: 'continue' }, again, 2000);
    calls.length = 0;
    send({ type: 'clock' }, again, 2010);
    expect(beatsOf(calls).map(([quarters]) => quarters)).toEqual([2]);
  });

  it('says its tempo again when a preset or a knob has moved it, within a sixteenth', () => {
    const { calls, send, port, values } = rig();
    let at = 0;
    const ticks = (count: number) => {
      for (let k = 0; k < count; k++) send({ type: 'clock' }, port, (at += tickMs));
    };
    ticks(40);
    expect(calls).toHaveLength(1);
    values.tempo = 90;
    ticks(6);
    expect(calls.map(([name, bpm]) => [name, bpm])).toEqual([
      ['setTempo', expect.closeTo(120, 6)],
      ['setTempo', expect.closeTo(120, 6)],
    ]);
    ticks(100);
    expect(calls).toHaveLength(2);
    // After a pause it has to be measured first: the player may have chosen another in between.
    values.tempo = 70;
    at += 5000;
    ticks(12);
    expect(values.tempo).toBe(70);
  });

  it('keeps the tempo inside the range of the parameter', () => {
    const { calls, send, port } = rig();
    for (let k = 0; k < 60; k++) send({ type: 'clock' }, port, k * 3);
    expect(calls.at(-1)).toEqual(['setTempo', 300, expect.any(Number)]);
  });
});
