// Events of the performer one by one: at what value, on which channels, at which frame and for how long each counts. Long, since
// the performer knows many.
import { describe, expect, it } from 'vitest';
import { modulationTargets, pressureTargets } from '../../src/contract/parameters.ts';
import { parseScale } from '../../src/performer/scalaFile.ts';
import { Tuning } from '../../src/performer/tuning.ts';
import { performerRig } from '../helpers/performerRig.ts';
import { smallManifest } from '../helpers/manifest.ts';

const near = (value: number): unknown => expect.closeTo(value, 9);
const semitones = (count: number) => 2 ** (count / 12);

describe('pedals', () => {
  it('are down from 64 on', () => {
    for (const [value, isDown] of [
      [63, false],
      [64, true],
    ] as const) {
      const sustained = performerRig();
      sustained.performer.controlChange(1, 64, value);
      sustained.performer.noteOn(1, 48, 100);
      sustained.performer.noteOff(1, 48);
      const caught = performerRig();
      caught.performer.noteOn(1, 48, 100);
      caught.performer.controlChange(1, 66, value);
      caught.performer.noteOff(1, 48);
      for (const { of } of [sustained, caught]) expect(of('noteOff')).toHaveLength(isDown ? 0 : 1);
      const soft = performerRig();
      soft.performer.controlChange(1, 67, value);
      soft.performer.noteOn(1, 48, 100);
      expect(soft.of('noteOn')[0].gain).toBe(isDown ? 0.6 : 1);
      const lyrics = performerRig();
      lyrics.mode('lyrics');
      lyrics.performer.setLyrics('1 2');
      lyrics.performer.noteOn(1, 60, 100);
      lyrics.performer.controlChange(1, 85, value);
      expect(lyrics.performer.lyrics.next).toBe(isDown ? 0 : 1);
      expect(lyrics.of('noteOff')).toEqual([]);
    }
  });

  it('soft darkens at the frame of the pedal, and no longer once its device is unplugged', () => {
    const { performer, of } = performerRig();
    performer.controlChange(1, 67, 127, 480);
    performer.releaseAll(2, 960);
    performer.releaseAll(1, 1920);
    expect(
      of('parameters').map(({ parameters, frame }) => [parameters.brightnessDbPerOctave, frame]),
    ).toEqual([
      [-2, 480],
      [0, 1920],
    ]);
    performer.noteOn(1, 48, 100, 2000);
    expect(of('noteOn')[0].gain).toBe(1);
  });
});

describe('keys', () => {
  it('that say nothing of how fast they went up tell the page the middle', () => {
    const { performer, notes } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.noteOff(1, 48);
    expect(notes.at(-1)).toMatchObject({ down: false, releaseVelocity: 64 });
  });
});

describe('a note beside its key', () => {
  it('stands so many cents from it, bent or not, sung or said', () => {
    const { performer, of, mode } = performerRig();
    mode('sing');
    performer.noteOn(1, 60, 100, 0, { cents: 50 });
    performer.noteOn(2, 60, 100, 0, { cents: -100 });
    performer.noteOn(3, 60, 100, 0);
    expect(of('control').map(({ noteId, pitchRatio }) => [noteId, pitchRatio])).toEqual([
      [1, near(semitones(0.5))],
      [2, near(semitones(-1))],
    ]);
    performer.pitchBend(1, 1, 480);
    expect(of('control').at(-1)?.pitchRatio).toEqual(near(semitones(2.5)));
    mode('words');
    performer.noteOn(1, 62, 100, 960, { cents: 100 });
    expect(of('noteOn').at(-1)?.pitchHz).toBe(0);
    expect(of('control').at(-1)?.pitchRatio).toEqual(near(semitones(3)));
  });
});

describe('channel mode messages', () => {
  it.each([123, 124, 125, 126, 127])('%d lifts the keys of its channel at its frame', (controller) => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100, 0);
    performer.noteOn(2, 50, 100, 0);
    performer.controlChange(1, controller, 0, 480);
    expect(of('noteOff')).toEqual([{ type: 'noteOff', noteId: 1, frame: 480 }]);
  });

  it('122 lifts none', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.controlChange(1, 122, 0);
    expect(of('noteOff')).toEqual([]);
  });

  it('120 silences a zone by its master, at its frame, and one finger by its own channel', () => {
    const { performer, mode, of, taken } = performerRig();
    mode('sing');
    performer.setZone('lower', 4);
    for (const channel of [2, 3, 8]) performer.noteOn(channel, 60, 100, 0);
    taken();
    performer.controlChange(2, 120, 0, 100);
    expect(of('noteOff')).toEqual([{ type: 'noteOff', noteId: 1, frame: 100 }]);
    performer.controlChange(1, 120, 0, 200);
    expect(of('noteOff').slice(1)).toEqual([{ type: 'noteOff', noteId: 2, frame: 200 }]);
    expect(of('control').filter(({ gain }) => gain === 0)).toMatchObject([
      { noteId: 1, frame: 100 },
      { noteId: 2, frame: 200 },
    ]);
  });

  it('121 takes the pressure off the keys of its channel, and lets its sostenuto go', () => {
    const { performer, of, taken } = performerRig();
    for (const channel of [1, 2]) {
      performer.noteOn(channel, 48, 100);
      performer.polyPressure(channel, 48, 0.5);
    }
    performer.controlChange(1, 66, 127);
    performer.noteOff(1, 48);
    performer.noteOn(1, 50, 100);
    performer.polyPressure(1, 50, 1);
    taken();
    performer.controlChange(1, 121, 0, 960);
    expect(of('noteOff')).toEqual([{ type: 'noteOff', noteId: 1, frame: 960 }]);
    expect(of('control').map(({ noteId, offsets, frame }) => [noteId, offsets, frame])).toEqual([
      [3, {}, 960],
    ]);
  });

  it('121 takes back what pressure moves for all notes, at its frame', () => {
    const { performer, of } = performerRig();
    performer.setPressureTarget('intonation', 1);
    performer.channelPressure(1, 0.5);
    performer.controlChange(1, 121, 0, 960);
    expect(of('parameters').at(-1)).toMatchObject({ parameters: { intonation: near(0.1) }, frame: 960 });
  });
});

describe('releasing everything', () => {
  it('takes the pressure of a channel back, and with it the level of its MPE notes', () => {
    const { performer, of } = performerRig();
    performer.channelPressure(1, 1);
    performer.releaseAll(2);
    performer.noteOn(1, 48, 100);
    performer.releaseAll(1);
    performer.noteOn(1, 48, 100);
    expect(of('noteOn').map(({ offsets }) => offsets)).toEqual([{ vibrato: 60 }, undefined]);
    performer.setZone('lower', 4);
    performer.channelPressure(2, 0);
    performer.releaseAll();
    performer.noteOn(2, 48, 100);
    expect(of('control').filter(({ noteId, gain }) => noteId === 3 && gain !== undefined)).toEqual([]);
  });

  it('ends at its frame what only a pedal or a tie holds', () => {
    const { performer, mode, of } = performerRig();
    mode('lyrics');
    performer.setLyrics('5 -');
    performer.noteOn(1, 60, 100, 0);
    performer.noteOff(1, 60, 64, 100);
    performer.releaseAll(2, 150);
    expect(of('noteOff')).toEqual([]);
    performer.releaseAll(1, 200);
    expect(of('noteOff')).toEqual([{ type: 'noteOff', noteId: 1, frame: 200 }]);
  });

  it('has the decoder forget what sounded once the kernel is silent', () => {
    const { performer, targets, tick } = performerRig();
    performer.noteOn(1, 72 + 5, 100);
    performer.noteOn(1, 48, 100);
    performer.allSoundOff();
    tick();
    performer.setParameter('style1', 1);
    tick();
    expect(targets.at(-1)?.held).toBe(0);
    expect(performer.revision).toBe(1);
    // Both were played, the later one last; none sounds.
    const before = targets.length;
    performer.setParameters({ lfoTo: modulationTargets.indexOf('style 1'), lfoAmount: 1 });
    performer.advance(480);
    tick();
    expect(targets).toHaveLength(before);
  });
});

describe('pressure', () => {
  it('moves what all notes share at its frame, of a channel and of a key', () => {
    const { performer, of } = performerRig();
    performer.setPressureTarget('intonation', 1);
    performer.noteOn(1, 48, 100, 0);
    performer.channelPressure(1, 0.25, 480);
    performer.polyPressure(1, 48, 0.5, 960);
    const told = of('parameters').map(({ parameters, frame }) => [parameters.intonation, frame]);
    expect(told.slice(1)).toEqual([
      [near(0.35), 480],
      [near(0.6), 960],
    ]);
  });

  it('has its new target at once for what is pressed already', () => {
    const { performer, of, taken } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.channelPressure(1, 0.5);
    taken();
    performer.setPressureTarget('intonation', 1);
    expect(of('parameters').at(-1)?.parameters.intonation).toBeCloseTo(0.6, 9);
    expect(of('control')).toMatchObject([{ offsets: {} }]);
  });

  it('of a key that is up already moves nothing, nor the next note', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.noteOff(1, 48);
    performer.polyPressure(1, 48, 1);
    performer.noteOn(1, 48, 100);
    expect(of('control')).toEqual([]);
    expect(of('noteOn')[1].offsets).toBeUndefined();
  });

  it('has its amount from the parameter when that moves alone', () => {
    const { performer, of, taken } = performerRig();
    performer.setParameter('pressureTo', pressureTargets.indexOf('breath'));
    performer.noteOn(1, 48, 100);
    performer.channelPressure(1, 0.5);
    taken();
    performer.setParameter('pressureAmount', 1, 480);
    expect(of('control')).toMatchObject([{ offsets: { breath: 0.5 }, frame: 480 }]);
  });
});

describe('parameters', () => {
  it('that are choices round to the nearest', () => {
    const { performer } = performerRig();
    performer.setParameters({ hold: 1.7, voiceMode: 0.4, attack: 0.3 });
    expect(performer.values()).toMatchObject({ hold: 2, voiceMode: 0, attack: 0.3 });
  });

  it('that stay as they are tell nobody, though the kernel was told nothing yet', () => {
    const { performer, kernel } = performerRig();
    performer.setParameters(performer.values());
    performer.setParameters({});
    expect(kernel).toEqual([]);
  });

  it('of the pitch move sounding notes at their frame: transposition, A4 and bend range', () => {
    const { performer, mode, of, taken } = performerRig();
    mode('sing');
    performer.noteOn(1, 69, 100, 0);
    performer.pitchBend(1, 1, 0);
    taken();
    performer.setParameter('transpose', 12, 100);
    performer.setParameter('tuningHz', 442, 200);
    performer.setParameter('bendRange', 12, 300);
    expect(of('control')).toEqual([
      { type: 'control', noteId: 1, pitchHz: near(880), frame: 100 },
      { type: 'control', noteId: 1, pitchHz: near(884), frame: 200 },
      { type: 'control', noteId: 1, pitchRatio: near(2), frame: 300 },
    ]);
  });

  it('of the pitch move words by whole semitones, the nearest', () => {
    const { performer, of } = performerRig();
    performer.setParameter('transpose', 6.7);
    performer.noteOn(1, 48, 100);
    expect(of('control')).toMatchObject([{ pitchRatio: near(semitones(7)) }]);
  });

  it('of the way of playing end what sounds at their frame', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100, 0);
    performer.setParameter('mode', 1, 480);
    performer.noteOn(1, 60, 100, 500);
    performer.setParameter('voiceMode', 1, 960);
    expect(of('noteOff').map(({ frame }) => frame)).toEqual([480, 960]);
  });

  it('of the oscillator swing and rest a style at once', () => {
    const { performer, clock } = performerRig();
    clock.seconds = 0.25;
    performer.noteOn(1, 48, 100);
    performer.setParameters({ lfoTo: modulationTargets.indexOf('style 1'), lfoAmount: 1, lfoRate: 1 });
    const { revision } = performer;
    expect(revision).toBe(1);
    performer.setParameter('lfoAmount', 0);
    expect(performer.revision).toBe(2);
  });

  it('have a timbre that was set for all notes give way to its own choice', () => {
    const { performer, mode, of, taken } = performerRig();
    mode('sing');
    performer.setZone('lower', 4);
    performer.noteOn(2, 60, 100);
    performer.setTimbreTarget('intonation');
    performer.setParameters({ timbreTo: modulationTargets.indexOf('brightness'), timbreAmount: 1 });
    taken();
    performer.controlChange(2, 74, 127);
    expect(of('control')).toMatchObject([{ noteId: 1, offsets: { brightness: 6 } }]);
    expect(performer.parameter('intonation')).toBe(0.1);
    // And at once where a finger stands away from the middle.
    taken();
    performer.setTimbreTarget('intonation');
    expect(of('control')).toMatchObject([{ noteId: 1, offsets: {} }]);
  });
});

describe('speakers', () => {
  it('go round by their keys at both ends', () => {
    const { performer, mode } = performerRig();
    mode('sing');
    const after = (key: number) => {
      performer.noteOn(1, key, 100);
      return performer.parameter('speaker');
    };
    expect([34, 34, 34, 34, 35, 35].map(after)).toEqual([2, 1, 0, 2, 0, 1]);
  });

  it('have their words decoded first as soon as they are chosen', () => {
    const { performer, targets, tick } = performerRig();
    performer.begin();
    tick();
    performer.setSpeaker(2);
    expect(
      targets
        .at(-1)
        ?.targets.slice(0, 2)
        .map(({ slot }) => slot),
    ).toEqual([20, 21]);
    tick();
    performer.setParameter('speaker', 1);
    expect(performer.speaker).toBe(1);
  });

  it('beyond the reach of the parameter are its last one', () => {
    const moves: unknown[][] = [];
    const { performer } = performerRig({
      manifest: smallManifest(20),
      onMove: (...move) => moves.push(move),
    });
    performer.setSpeaker(18, 480);
    expect(moves).toEqual([['speaker', 15, 480]]);
    expect(performer.speaker).toBe(18);
  });
});

describe('programs', () => {
  it('come in bank 0 where none is named, and choose digits over and over', () => {
    const banks: number[] = [];
    const { performer } = performerRig({
      onProgram: (_, __, bank) => {
        banks.push(bank);
        return false;
      },
    });
    performer.programChange(1, 127);
    expect(performer.parameter('digit')).toBe(7);
    performer.programChange(1, 10);
    expect(performer.parameter('digit')).toBe(0);
    expect(banks).toEqual([0, 0]);
  });
});

describe('the decoder', () => {
  it('is asked at the beginning, and no more once the performer is disposed of', () => {
    const { performer, targets, of, tick } = performerRig();
    performer.begin();
    expect([targets.length, of('parameters').length]).toEqual([1, 1]);
    performer.setParameter('style1', 1);
    performer.dispose();
    tick();
    expect(targets).toHaveLength(1);
  });

  it('is asked anew when a pad, an offset or a target moves points', () => {
    const { performer, targets, tick } = performerRig();
    performer.setPad(40, { digit: 6, style: [7, 7] });
    expect([performer.revision, targets.length]).toEqual([1, 1]);
    performer.setPad(40, null);
    performer.setStyleOffset([1, 1]);
    performer.setStyleTarget(() => [1, 1], 1);
    tick();
    expect([performer.revision, targets.length]).toEqual([4, 2]);
  });
});

describe('tuning', () => {
  it('reaches sounding notes at once, and equal temperament comes back', () => {
    const { performer, mode, of } = performerRig();
    mode('sing');
    performer.noteOn(1, 61, 100);
    performer.setTuning(new Tuning(parseScale('fifths\n1\n3/2\n')));
    performer.setTuning(null);
    expect(of('control').at(-1)?.pitchHz).toBeCloseTo(of('noteOn')[0].pitchHz ?? NaN, 9);
  });

  it('of a channel is heard at its frame by its notes alone', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100, 0);
    performer.noteOn(2, 48, 100, 0);
    performer.setChannelTuning(2, -12, 480);
    expect(of('control')).toEqual([{ type: 'control', noteId: 2, pitchRatio: near(0.5), frame: 480 }]);
  });
});

describe('zones', () => {
  it('share the range of a wheel up to channel 16, at its frame, and with nobody outside', () => {
    const { performer, of, taken } = performerRig();
    performer.setZone('lower', 3);
    performer.setZone('upper', 3);
    for (const channel of [2, 4, 5, 13, 15]) {
      performer.pitchBend(channel, 1, 0);
      performer.noteOn(channel, 48, 100, 0);
    }
    taken();
    performer.setBendRange(15, 12, 50, 480);
    expect(of('control').map(({ noteId, pitchRatio, frame }) => [noteId, pitchRatio, frame])).toEqual([
      [4, near(semitones(12.5)), 480],
      [5, near(semitones(12.5)), 480],
    ]);
    taken();
    performer.setBendRange(4, 12);
    expect(of('control').map(({ noteId }) => noteId)).toEqual([1, 2]);
    taken();
    performer.setBendRange(5, 12);
    expect(of('control').map(({ noteId }) => noteId)).toEqual([3]);
  });

  it('leave the range of the last channel to itself where it is in none', () => {
    const { performer, of } = performerRig();
    for (const channel of [15, 16]) {
      performer.pitchBend(channel, 1);
      performer.noteOn(channel, 48, 100);
    }
    performer.setBendRange(16, 12);
    expect(of('control').at(-1)).toMatchObject({ noteId: 2, pitchRatio: near(2) });
    expect(of('control').filter(({ noteId }) => noteId === 1)).toHaveLength(1);
  });

  it('say how many members they have and who is in them', () => {
    const { performer } = performerRig();
    performer.setZone('lower', 3);
    performer.setZone('upper', 2);
    expect([performer.zoneMembers('lower'), performer.zoneMembers('upper')]).toEqual([3, 2]);
    const inside = Array.from({ length: 16 }, (_, k) => k + 1).filter((channel) =>
      performer.isInZone(channel),
    );
    expect(inside).toEqual([1, 2, 3, 4, 14, 15, 16]);
  });

  it('that are set up release all keys at their frame, and forget pitches that a glide would come from', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('sing');
    voices('mono');
    performer.setParameter('glide', 0.5);
    performer.noteOn(9, 48, 100, 0);
    performer.setZone('lower', 3, 480);
    expect(of('noteOff')).toEqual([{ type: 'noteOff', noteId: 1, frame: 480 }]);
    performer.noteOn(9, 60, 100, 960);
    expect(of('control').filter(({ glideSeconds }) => glideSeconds !== undefined)).toEqual([]);
  });
});

describe('a restored channel', () => {
  it('plays its next notes as at first, and is no other channel', () => {
    const { performer, of } = performerRig();
    for (const channel of [1, 2]) {
      performer.controlChange(channel, 7, 0);
      performer.controlChange(channel, 10, 0);
      performer.setBendRange(channel, 12);
      performer.pitchBend(channel, 1);
    }
    performer.restoreChannel(1);
    performer.noteOn(1, 48, 100);
    performer.noteOn(2, 48, 100);
    expect(of('noteOn').map(({ pan }) => pan)).toEqual([0, -1]);
    expect(of('control').map(({ noteId, gain, pitchRatio }) => [noteId, gain, pitchRatio])).toEqual([
      [1, undefined, near(semitones(2))],
      [2, 0, near(2)],
    ]);
  });
});
