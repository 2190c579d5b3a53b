// The performer's expression: wheels, levels, pedals, pressure, MPE, the arpeggiator, and storms of all of them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arpModes,
  parameterById,
  parameterIds,
  playModes,
  pressureTargets,
  valueAt,
  voiceModes,
  type ParameterId,
} from '../../src/contract/parameters.ts';
import { performerRig, readNotes, rigRate } from '../helpers/performerRig.ts';

const semitones = (count: number) => 2 ** (count / 12);

/** Matchers that are not `any`. */
const near = (value: number): unknown => expect.closeTo(value, 9);
/** What happens in a storm: playing, or a parameter that moves. */
type Kind = 'on' | 'off' | 'bend' | 'pressure' | 'control' | 'zone' | 'transport' | ParameterId;

describe('wheels and levels', () => {
  it('bend the notes of their channel by the parameter or by the range that was sent', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.noteOn(2, 50, 100);
    performer.pitchBend(1, 0.5, 480);
    performer.setBendRange(1, 12, 50);
    performer.setParameter('bendRange', 7);
    performer.pitchBend(2, -1);
    const told = of('control').map(({ noteId, pitchRatio }) => [noteId, pitchRatio]);
    expect(told).toEqual([
      [1, near(semitones(1))],
      [1, near(semitones(6.25))],
      [2, near(semitones(-7))],
    ]);
    expect(of('control')[0].frame).toBe(480);
    performer.noteOn(1, 52, 100);
    expect(of('control').at(-1)).toMatchObject({
      noteId: 3,
      pitchRatio: near(semitones(6.25)),
    });
  });

  it('reach a released word while it may still be heard, and not for ever', () => {
    const { performer, of, clock } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.noteOff(1, 48);
    performer.pitchBend(1, 1);
    expect(of('control')).toHaveLength(1);
    clock.seconds = 60;
    performer.pitchBend(1, 0);
    expect(of('control')).toHaveLength(1);
  });

  it('volume and expression multiply as squares of their values, pan is placed from -1 to 1', () => {
    const { performer, of } = performerRig();
    performer.controlChange(3, 7, 63.5);
    performer.noteOn(3, 48, 100);
    performer.controlChange(3, 11, 63.5);
    for (const value of [0, 64, 127]) performer.controlChange(3, 10, value);
    const [volume, expression, ...pans] = of('control');
    expect(volume.gain).toBeCloseTo(0.25, 12);
    expect(expression.gain).toBeCloseTo(0.0625, 12);
    expect(pans.map((message) => message.pan)).toEqual([-1, 0, 1]);
    performer.controlChange(3, 10, 0);
    performer.noteOn(3, 50, 100);
    expect(of('noteOn')[1].pan).toBe(-1);
  });

  it('move the parameters of the table by their controllers, and ignore controllers of nobody', () => {
    const { performer, kernel } = performerRig();
    performer.controlChange(1, 1, 127, 960);
    performer.controlChange(1, 70, 127);
    expect(performer.parameter('vibratoDepth')).toBe(200);
    expect(performer.parameter('style1')).toBe(2);
    expect(kernel).toHaveLength(1);
    expect(kernel[0]).toMatchObject({ type: 'parameters', parameters: { vibratoCents: 200 }, frame: 960 });
    for (const controller of [0, 3, 65, 90, 99, 122]) performer.controlChange(1, controller, 64);
    expect(kernel).toHaveLength(1);
  });
});

describe('pedals', () => {
  it('sustain holds released keys from 64 on, and lets them go all at once', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.controlChange(1, 64, 64);
    performer.noteOff(1, 48);
    performer.noteOn(1, 50, 100);
    performer.noteOff(1, 50);
    performer.noteOn(1, 52, 100);
    expect(of('noteOff')).toEqual([]);
    performer.controlChange(1, 64, 63, 4800);
    expect(of('noteOff')).toEqual([1, 2].map((noteId) => ({ type: 'noteOff', noteId, frame: 4800 })));
  });

  it('a key struck again under the pedal replaces its note', () => {
    const { performer, kernel, of } = performerRig();
    performer.controlChange(1, 64, 127);
    for (let k = 0; k < 5; k++) {
      performer.noteOn(1, 48, 100);
      performer.noteOff(1, 48);
    }
    expect(of('noteOff')).toHaveLength(4);
    performer.controlChange(1, 64, 0);
    expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
  });

  it('sostenuto holds only what was down when it went down', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.controlChange(1, 66, 127);
    performer.noteOn(1, 50, 100);
    performer.noteOff(1, 48);
    performer.noteOff(1, 50);
    expect(of('noteOff').map((message) => message.noteId)).toEqual([2]);
    performer.controlChange(1, 66, 0);
    expect(of('noteOff').map((message) => message.noteId)).toEqual([2, 1]);
  });

  it('soft makes what is struck softer and all darker, until it goes up', () => {
    const { performer, of } = performerRig();
    performer.setParameter('brightness', 1);
    performer.controlChange(1, 67, 127);
    performer.noteOn(1, 48, 100);
    performer.controlChange(1, 67, 0);
    performer.noteOn(1, 50, 100);
    expect(of('noteOn').map((message) => message.gain)).toEqual([0.6, 1]);
    expect(of('parameters').map((message) => message.parameters.brightnessDbPerOctave)).toEqual([1, -1, 1]);
    expect(performer.parameter('brightness')).toBe(1);
  });

  it('hold what controller 123 releases; 121 lifts them and puts wheels back', () => {
    const { performer, of } = performerRig();
    performer.pitchBend(1, 1);
    performer.controlChange(1, 11, 0);
    performer.noteOn(1, 48, 100);
    performer.controlChange(1, 64, 127);
    performer.controlChange(1, 123, 0);
    expect(of('noteOff')).toEqual([]);
    performer.controlChange(1, 121, 0);
    expect(of('noteOff')).toHaveLength(1);
    performer.noteOn(1, 48, 100);
    expect(of('control').filter((message) => message.noteId === 2)).toEqual([]);
  });

  it('are lifted with all keys when a device is unplugged, on its channel or on all', () => {
    const { performer, kernel, of, notes } = performerRig();
    for (const channel of [1, 2]) {
      performer.controlChange(channel, 64, 127);
      performer.controlChange(channel, 66, 127);
      performer.noteOn(channel, 48, 100);
      performer.noteOn(channel, 50, 100);
      performer.noteOff(channel, 50);
    }
    performer.releaseAll(2);
    expect(of('noteOff').map((message) => message.noteId)).toEqual([3, 4]);
    performer.allNotesOff();
    expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
    performer.noteOn(1, 52, 100);
    performer.noteOff(1, 52);
    expect(readNotes(kernel).hanging).toEqual([]);
    expect(notes.filter((event) => event.down)).toHaveLength(notes.filter((event) => !event.down).length);
  });
});

describe('silence', () => {
  it('controller 120 takes the notes of its channel to nothing, tails included', () => {
    const { performer, taken } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.noteOff(1, 48);
    performer.noteOn(1, 50, 100);
    performer.noteOn(2, 50, 100);
    taken();
    performer.controlChange(1, 120, 0);
    expect(taken()).toEqual([
      { type: 'noteOff', noteId: 2 },
      { type: 'control', noteId: 1, gain: 0 },
      { type: 'control', noteId: 2, gain: 0 },
    ]);
  });

  it('all sound off releases what is held and silences the kernel', () => {
    const { performer, kernel, notes } = performerRig();
    performer.begin();
    performer.noteOn(1, 48, 100);
    performer.noteOn(1, 50, 100);
    performer.allSoundOff();
    expect(kernel.slice(3).map((message) => message.type)).toEqual(['noteOff', 'noteOff', 'silence']);
    expect(notes.filter((event) => !event.down)).toHaveLength(2);
  });
});

describe('pressure', () => {
  const offsetsOf = (rig: ReturnType<typeof performerRig>) =>
    rig.of('control').map(({ noteId, offsets }) => [noteId, offsets]);

  it('adds vibrato to the notes of its channel or key, of both the stronger', () => {
    const rig = performerRig();
    const { performer, of, taken } = rig;
    performer.noteOn(1, 48, 100);
    performer.noteOn(1, 50, 100);
    performer.noteOn(2, 48, 100);
    performer.setParameter('vibratoDepth', 20);
    taken();
    performer.polyPressure(1, 48, 1, 960);
    performer.channelPressure(2, 0.5);
    performer.channelPressure(1, 0.25);
    expect(of('control')[0].frame).toBe(960);
    expect(offsetsOf(rig)).toEqual([
      [1, { vibrato: 60 }],
      [3, { vibrato: 30 }],
      [2, { vibrato: 15 }],
    ]);
    taken();
    performer.channelPressure(2, 0);
    expect(offsetsOf(rig)).toEqual([[3, {}]]);
    // A note that starts under pressure has it from its first sample.
    performer.noteOn(1, 52, 100);
    expect(of('noteOn')[0].offsets).toEqual({ vibrato: 15 });
    expect(of('parameters')).toEqual([]);
    expect(performer.parameter('vibratoDepth')).toBe(20);
  });

  it('moves what it is told: of its notes sound or style, of all notes any other parameter', () => {
    const rig = performerRig();
    const { performer, of, taken } = rig;
    performer.noteOn(1, 48, 100);
    performer.channelPressure(1, 0.25);
    taken();
    performer.setPressureTarget('breath', 2);
    expect(offsetsOf(rig)).toEqual([[1, { breath: 0.5 }]]);
    taken();
    performer.setPressureTarget('style1', 1);
    expect(offsetsOf(rig)).toEqual([[1, {}]]);
    expect(of('word').map(({ noteId, at, style }) => [noteId, at, [...style]])).toEqual([
      [1, 'same', [0.25, 0]],
    ]);
    expect([...performer.styleOf(0, 0)]).toEqual([0, 0]);
    performer.setPressureTarget('intonation', 1);
    expect(of('parameters').at(-1)?.parameters.intonation).toBeCloseTo(0.35, 9);
    performer.channelPressure(1, 1);
    expect(of('parameters').at(-1)?.parameters.intonation).toBe(1);
    performer.noteOff(1, 48);
    performer.channelPressure(1, 0);
    expect(of('parameters').at(-1)?.parameters.intonation).toBeCloseTo(0.1, 9);
    performer.setPressureTarget(null, 0);
    taken();
    performer.noteOn(1, 48, 100);
    performer.channelPressure(1, 1);
    expect(of('control')).toEqual([]);
  });

  it('goes by the parameters Pressure to and Pressure amount', () => {
    const rig = performerRig();
    const { performer, taken } = rig;
    performer.noteOn(1, 48, 100);
    performer.channelPressure(1, 0.5);
    taken();
    performer.setParameters({ pressureTo: pressureTargets.indexOf('formant'), pressureAmount: -0.5 });
    performer.setParameter('pressureTo', pressureTargets.indexOf('nothing'));
    performer.setParameter('pressureTo', pressureTargets.indexOf('usual'));
    expect(offsetsOf(rig)).toEqual([
      [1, { formant: -1.5 }],
      [1, {}],
      [1, { vibrato: 30 }],
    ]);
  });
});

describe('MPE', () => {
  function zone() {
    const rig = performerRig();
    rig.mode('sing');
    rig.performer.setZone('lower', 15);
    rig.performer.noteOn(2, 60, 100);
    rig.performer.noteOn(3, 60, 100);
    rig.taken();
    return rig;
  }

  it('bends each note on its own by 48 semitones, and all of them by the master', () => {
    const { performer, of } = zone();
    performer.pitchBend(2, 0.25);
    performer.pitchBend(1, 0.5);
    expect(of('control').map(({ noteId, pitchRatio }) => [noteId, pitchRatio])).toEqual([
      [1, near(semitones(12))],
      [1, near(semitones(13))],
      [2, near(semitones(1))],
    ]);
    performer.setBendRange(5, 24);
    expect(of('control').at(-1)).toMatchObject({
      noteId: 1,
      pitchRatio: near(semitones(7)),
    });
  });

  it('pressure is the level of its note, from -12 dB to full', () => {
    const { performer, of } = zone();
    for (const pressure of [0, 0.5, 1]) performer.channelPressure(3, pressure);
    expect(of('control').map(({ noteId, gain }) => [noteId, gain])).toEqual([
      [2, 0.25],
      [2, 0.625],
      [2, 1],
    ]);
    expect(of('parameters')).toEqual([]);
  });

  it('pressure is no level when it moves something else', () => {
    const { performer, of } = zone();
    performer.channelPressure(3, 0.5);
    performer.setParameter('pressureTo', pressureTargets.indexOf('breath'));
    expect(of('control')).toEqual([
      { type: 'control', noteId: 2, gain: 0.625 },
      { type: 'control', noteId: 2, gain: 1, offsets: { breath: 0.25 } },
    ]);
  });

  it('pressure of the hardest finger moves a parameter that all notes share', () => {
    const { performer, of } = zone();
    performer.setPressureTarget('spread', 0.5);
    performer.noteOn(2, 60, 100);
    performer.noteOn(3, 64, 100);
    performer.channelPressure(2, 1);
    performer.channelPressure(3, 0.5);
    expect(of('parameters').at(-1)?.parameters.spread).toBe(0.5);
    performer.channelPressure(2, 0);
    expect(of('parameters').at(-1)?.parameters.spread).toBe(0.25);
  });

  it('controller 74 moves the first style of its note alone, the middle leaving it where it is', () => {
    const { performer, of } = zone();
    performer.controlChange(2, 74, 64);
    expect(of('word')).toEqual([]);
    performer.controlChange(2, 74, 127, 480);
    const style = Float32Array.from([2, 1]);
    expect(of('word')).toEqual([
      { type: 'word', noteId: 1, slot: 90, digit: 1, revision: 1, style, at: 'same', frame: 480 },
    ]);
    performer.controlChange(2, 74, 0);
    performer.controlChange(3, 74, 96);
    expect(of('word').map(({ noteId, slot, style }) => [noteId, slot, style[0]])).toEqual([
      [1, 90, 2],
      [2, 91, Math.fround((2 * 32) / 63)],
    ]);
    expect(performer.parameter('style1')).toBe(0);
  });

  it('controller 74 before a note counts for it, and the master moves all notes of the zone', () => {
    const { performer, of } = zone();
    performer.controlChange(4, 74, 0);
    performer.noteOn(4, 64, 100);
    expect(of('noteOn')[0]).toMatchObject({ slot: 90, style: Float32Array.from([-2, 1]) });
    performer.controlChange(1, 74, 127);
    const last = [1, 2].map((id) => of('word').find(({ noteId }) => noteId === id)?.style[0]);
    expect(last).toEqual([2, 2]);
    // Up by the master as far as down by itself: back where its word is, in its own slot still.
    performer.controlChange(1, 121, 0);
    performer.noteOn(5, 65, 100);
    expect(of('noteOn')[1]).toMatchObject({ slot: 1 });
  });

  it('controller 74 moves sound or style of its note by choice, other parameters of all; its own outside a zone', () => {
    const { performer, of } = zone();
    performer.setParameter('timbreAmount', 0.5);
    performer.setTimbreTarget('brightness');
    performer.controlChange(2, 74, 0);
    performer.controlChange(2, 74, 127);
    expect(of('control').map(({ noteId, offsets }) => [noteId, offsets])).toEqual([
      [1, { brightness: -3 }],
      [1, { brightness: 3 }],
    ]);
    expect(performer.parameter('brightness')).toBe(0);
    performer.setTimbreTarget('intonation');
    expect(of('control').at(-1)).toMatchObject({ noteId: 1, offsets: {} });
    performer.controlChange(2, 74, 127);
    expect(performer.parameter('intonation')).toBe(1);
    performer.setZone('lower', 0);
    performer.controlChange(2, 74, 127);
    expect(performer.parameter('style5')).toBe(2);
  });

  it("the master's pedal holds the zone, its volume levels it", () => {
    const { performer, of } = zone();
    performer.controlChange(1, 64, 127);
    performer.noteOff(2, 60);
    expect(of('noteOff')).toEqual([]);
    performer.controlChange(1, 7, 63.5);
    expect(of('control').map(({ noteId, gain }) => [noteId, gain])).toEqual([
      [1, 0.25],
      [2, 0.25],
    ]);
    performer.controlChange(1, 64, 0);
    expect(of('noteOff').map((message) => message.noteId)).toEqual([1]);
  });

  it('a released note keeps its bend when its channel is used anew', () => {
    const { performer, of } = zone();
    performer.pitchBend(2, 0.5);
    performer.noteOff(2, 60);
    performer.pitchBend(2, 0);
    expect(of('control')).toHaveLength(1);
  });

  it('setting a zone up releases everything; its channels play legato together', () => {
    const { performer, voices, of } = zone();
    performer.setZone('lower', 14);
    expect(of('noteOff').map((message) => message.noteId)).toEqual([1, 2]);
    voices('legato');
    performer.noteOn(2, 60, 100);
    performer.noteOn(3, 72, 100);
    expect(of('noteOn')).toHaveLength(1);
    performer.pitchBend(3, 0.25);
    expect(of('control').at(-1)).toMatchObject({
      noteId: 3,
      pitchRatio: near(semitones(12)),
    });
  });
});

describe('arpeggiator in the performer', () => {
  it('plays held keys on exact frames in the tempo, through the mode in use', () => {
    const { performer, mode, arp, of } = performerRig();
    mode('sing');
    arp('up');
    performer.setParameter('arpRate', 2);
    performer.noteOn(1, 60, 100, 4800);
    performer.noteOn(1, 64, 100, 4800);
    expect(of('noteOn')).toEqual([]);
    performer.advance(4800 + 2 * 24_000);
    expect(of('noteOn').map((message) => message.frame)).toEqual([4800, 28_800, 52_800]);
    expect(of('noteOn')[1].pitchHz).toBeCloseTo(440 * 2 ** (-5 / 12), 9);
    expect(of('noteOff').map((message) => message.frame)).toEqual([4800 + 14_400, 28_800 + 14_400]);
    performer.setTempo(240);
    performer.noteOff(1, 60);
    performer.noteOff(1, 64);
    performer.advance(1e6);
    expect(of('noteOn')).toHaveLength(3);
    expect(of('noteOff')).toHaveLength(3);
  });

  it('keeps to the tempo of now in a song that has told all its tempi', () => {
    const { performer, arp, of } = performerRig();
    arp('up');
    performer.setParameter('arpRate', 2);
    performer.followBeat(0, 120, 0);
    performer.followBeat(20, 60, 20 * 24_000);
    performer.followBeat(40, 240, 60 * 24_000);
    performer.noteOn(1, 60, 100, 0);
    performer.advance(60_000);
    expect(of('noteOn').map((message) => message.frame)).toEqual([0, 24_000, 48_000]);
  });

  it('starts at once when time is already ahead', () => {
    const { performer, arp, of, clock } = performerRig();
    arp('played');
    clock.seconds = 1;
    performer.advance(1.1 * rigRate);
    performer.noteOn(1, 48, 100);
    expect(of('noteOn')[0].frame).toBe(rigRate);
  });

  it('holds keys by the sustain pedal, but not its notes', () => {
    const { performer, arp, of } = performerRig();
    arp('up');
    performer.controlChange(1, 64, 127);
    performer.noteOn(1, 48, 100, 0);
    performer.noteOff(1, 48, 64, 100);
    performer.advance(13_000);
    expect([of('noteOn').length, of('noteOff').length]).toEqual([2, 1]);
    performer.controlChange(1, 64, 0, 13_000);
    performer.advance(1e6);
    expect([of('noteOn').length, of('noteOff').length]).toEqual([2, 2]);
  });

  it('gives its notes the pressure of the key that they come from', () => {
    const { performer, arp, of, taken } = performerRig();
    const pressureTo = pressureTargets.indexOf('breath');
    performer.setParameters({ arpOctaves: 2, arpRate: 6, arpGate: 1, pressureTo, pressureAmount: 1 });
    arp('up');
    performer.noteOn(1, 48, 100, 0);
    performer.noteOn(1, 50, 100, 0);
    performer.advance(1);
    taken();
    performer.polyPressure(1, 50, 1);
    expect(of('control')).toEqual([]);
    performer.polyPressure(1, 48, 0.5);
    expect(of('control')).toMatchObject([{ offsets: { breath: 0.5 } }]);
    performer.advance(20_000);
    performer.controlChange(1, 121, 0);
    performer.advance(26_000);
    expect(of('noteOn').map(({ slot, offsets }) => [slot, offsets?.breath])).toEqual([
      [2, 1],
      [10, 0.5],
      [12, 1],
      [0, undefined],
    ]);
  });

  it('takes over keys that are down when it is switched on, and ends its note when switched off', () => {
    const { performer, arp, kernel, of } = performerRig();
    performer.noteOn(1, 48, 100, 0);
    arp('up');
    performer.advance(10);
    expect(of('noteOn')).toHaveLength(2);
    expect(of('noteOff').map((message) => message.noteId)).toEqual([1]);
    arp('off');
    expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
    performer.advance(1e6);
    expect(of('noteOn')).toHaveLength(2);
  });
});

describe('a running arpeggiator', () => {
  /** An arpeggio in eighths of a key on channel 1 and a higher one on channel 2, whose first note sounds. */
  function running() {
    const parts = performerRig();
    parts.arp('up');
    parts.performer.setParameters({ arpRate: 2, arpGate: 1 });
    parts.performer.noteOn(1, 48, 100, 0);
    parts.performer.noteOn(2, 50, 100, 0);
    parts.performer.advance(1);
    return parts;
  }

  it('ends on all notes off, at once and for good, though its keys are down', () => {
    const { performer, kernel, of } = running();
    performer.controlChange(1, 123, 0, 480);
    performer.controlChange(2, 123, 0, 480);
    expect(of('noteOff').map(({ frame }) => frame)).toEqual([480]);
    performer.advance(1e6);
    expect(of('noteOn')).toHaveLength(1);
    expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
  });

  it('goes on with the keys of other channels when those of one are gone', () => {
    const { performer, of } = running();
    performer.controlChange(1, 123, 0, 480);
    performer.advance(3 * 24_000);
    expect(of('noteOn').map(({ slot }) => slot)).toEqual([0, 2, 2, 2]);
  });
});

describe('arpeggiator in lyrics mode', () => {
  it('leaves no syllable hanging that waits for a tie when its last note ends within one long advance', () => {
    const { performer, mode, arp, kernel } = performerRig();
    performer.setLyrics('1 - 2 . 3 - -');
    mode('lyrics');
    arp('random');
    performer.noteOn(1, 24, 1);
    performer.advance(4800);
    performer.noteOff(1, 24);
    performer.advance(100 * rigRate);
    expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
  });

  it('ends a syllable 150 ms after its gate, tied or not, however far one call advances', () => {
    const play = (blockSamples: number) => {
      const { performer, mode, arp, of } = performerRig();
      performer.setLyrics('1 - 2 3');
      mode('lyrics');
      arp('up');
      performer.setParameters({ arpRate: 2, arpGate: 0.5 });
      performer.noteOn(1, 60, 100, 0);
      for (let frame = 0; frame < 4 * 24_000; frame += blockSamples) performer.advance(frame + blockSamples);
      return [of('noteOn'), of('noteOff')].map((told) => told.map(({ noteId, frame }) => [noteId, frame]));
    };
    const inOne = play(4 * 24_000);
    expect(inOne[1].slice(0, 2)).toEqual([
      [1, 12_000 + 7200],
      [2, 36_000],
    ]);
    expect(play(480)).toEqual(inOne);
  });
});

describe('storms', () => {
  // Few keys and short waits, so that events meet: the same key twice, changes of mode under held keys, frames
  // ahead of others.
  const channel = fc.constantFrom(1, 1, 2, 16);
  const key = fc.constantFrom(24, 48, 60, 62, 64, 67);
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const playing = parameterIds.filter((id) =>
    ['style', 'play', 'pitch', 'timbre', 'modulation', 'arpeggio'].includes(parameterById(id).group),
  );
  const kinds = (...names: readonly Kind[]) => fc.constantFrom(...names);
  const controller = fc.constantFrom(1, 7, 10, 11, 64, 64, 66, 67, 74, 85, 120, 121, 123);
  const event = fc.oneof(
    { weight: 40, arbitrary: fc.tuple(kinds('on'), channel, key, share) },
    { weight: 30, arbitrary: fc.tuple(kinds('off'), channel, key, share) },
    { weight: 10, arbitrary: fc.tuple(kinds('bend', 'pressure'), channel, key, share) },
    { weight: 10, arbitrary: fc.tuple(kinds('control'), channel, controller, share) },
    { weight: 5, arbitrary: fc.tuple(kinds(...playing), channel, key, share) },
    { weight: 5, arbitrary: fc.tuple(kinds('mode', 'voiceMode', 'arpMode'), channel, key, share) },
    { weight: 1, arbitrary: fc.tuple(kinds('zone'), channel, key, share) },
    { weight: 6, arbitrary: fc.tuple(kinds('transport'), channel, key, share) },
  );
  const storm = fc.record({
    mode: fc.constantFrom(...playModes.keys()),
    voiceMode: fc.constantFrom(...voiceModes.keys()),
    arpMode: fc.constantFrom(0, 0, 0, 1, 5),
    variation: fc.constantFrom(0, 0.5),
    events: fc.array(fc.tuple(event, fc.integer({ min: 0, max: 3000 }), fc.boolean()), {
      minLength: 10,
      maxLength: 80,
      size: 'max',
    }),
  });

  it('leave no note hanging once keys and pedals are up, and no frame of a note goes backwards', () => {
    fc.assert(
      fc.property(storm, ({ events, ...ways }) => {
        const { performer, kernel, clock, notes } = performerRig();
        performer.setLyrics('1 - 2 . 3 - -');
        performer.setParameters(ways);
        let frame = 0;
        for (const [[kind, at, what, amount], wait, isTimed] of events) {
          frame += wait;
          clock.seconds = frame / rigRate;
          performer.advance(frame + 4800);
          // Some events lie a little ahead, as a sequencer's do.
          const time = isTimed ? frame + Math.round(4800 * amount) : undefined;
          if (kind === 'on') performer.noteOn(at, what, Math.round(127 * amount), time);
          else if (kind === 'off') performer.noteOff(at, what, 64, time);
          else if (kind === 'bend') performer.pitchBend(at, 2 * amount - 1, time);
          else if (kind === 'pressure') {
            performer.polyPressure(at, what, amount, time);
            performer.channelPressure(at, amount, time);
          } else if (kind === 'control') performer.controlChange(at, what, 127 * amount, time);
          else if (kind === 'zone') performer.setZone(at < 3 ? 'lower' : 'upper', Math.round(15 * amount));
          else if (kind === 'transport') {
            if (what === 24) performer.transportStart(time);
            else if (what === 48) performer.transportStop(time);
            else performer.followBeat(what * amount, 5 + 595 * amount, time, what > 62);
          } else performer.setParameter(kind, valueAt(parameterById(kind), amount), time);
        }
        for (let ch = 1; ch <= 16; ch++) {
          for (let note = 0; note < 128; note++) performer.noteOff(ch, note);
          for (const pedal of [64, 66, 67]) performer.controlChange(ch, pedal, 0);
        }
        performer.advance(frame + 100 * rigRate);
        expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
        const downs = notes.filter((note) => note.down).length;
        expect(notes.length - downs).toBeLessThanOrEqual(downs);
      }),
      { numRuns: 600 },
    );
  });

  it('are ended by releasing everything, whatever is still down', () => {
    fc.assert(
      fc.property(storm, ({ events, ...ways }) => {
        const { performer, kernel, clock } = performerRig();
        performer.setLyrics('1 - 2 -');
        performer.setParameters(ways);
        events.forEach(([[kind, at, what, amount], wait], k) => {
          clock.seconds += wait / rigRate;
          performer.advance(Math.round(clock.seconds * rigRate));
          if (kind === 'mode' || kind === 'voiceMode' || kind === 'arpMode') {
            performer.setParameter(kind, valueAt(parameterById(kind), amount));
          } else if (kind === 'control') performer.controlChange(at, what, 127 * amount);
          else performer.noteOn(at, 36 + (k % 40), 100);
        });
        performer.releaseAll();
        expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
      }),
    );
  });

  it('are the same again with the same random numbers', () => {
    const run = () => {
      const { performer, arp, kernel } = performerRig({ random: seeded() });
      arp('random');
      performer.setParameter('variation', 0.3);
      [48, 59, 71].forEach((note) => performer.noteOn(1, note, 90, 0));
      performer.advance(10 * rigRate);
      return kernel;
    };
    expect(arpModes.indexOf('random')).toBe(5);
    expect(run()).toEqual(run());
  });
});

/** A small row of numbers in [0, 1) that repeats. */
function seeded(): () => number {
  let k = 0;
  return () => ((k++ * 37) % 101) / 101;
}
