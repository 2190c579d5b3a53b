// The performer: what keys, wheels, pedals and parameters tell the kernel and the decoder.
import { describe, expect, it } from 'vitest';
import { modulationTargets } from '../../src/contract/parameters.ts';
import { parseScale } from '../../src/performer/scalaFile.ts';
import { Tuning } from '../../src/performer/tuning.ts';
import { slotCount } from '../../src/performer/performer.ts';
import { performerRig, readNotes, rigRate } from '../helpers/performerRig.ts';
import { smallManifest } from '../helpers/manifest.ts';

const equal = (key: number, a4 = 440) => a4 * 2 ** ((key - 69) / 12);

/** Matchers that are not `any`. */
const near = (value: number): unknown => expect.closeTo(value, 9);
const having = (part: object): unknown => expect.objectContaining(part);

describe('words', () => {
  it('tells slot, revision, wanted style and velocity of a word at its own pitch, at once', () => {
    const { performer, kernel, notes } = performerRig();
    performer.setParameter('style1', 0.5);
    performer.noteOn(1, 60 + 4, 127);
    expect(kernel).toEqual([
      {
        type: 'parameters',
        parameters: having({ hold: 'one-shot', velocityAmount: 1, vibratoCents: 0 }),
      },
      {
        type: 'noteOn',
        noteId: 1,
        slot: 14,
        revision: 1,
        style: Float32Array.from([1.5, 4]),
        gain: 1,
        velocity: 1,
        pitchHz: 0,
        pan: 0,
      },
    ]);
    expect(notes).toEqual([{ midiNote: 64, channel: 1, digit: 4, speaker: 1, down: true }]);
    expect([performer.speaker, performer.revision]).toEqual([1, 1]);
  });

  it('passes the frame of what lies ahead, on and off, with the release velocity for the page', () => {
    const { performer, kernel, notes } = performerRig();
    performer.noteOn(1, 48, 100, 96_000);
    performer.noteOff(1, 48, 20, 144_000);
    expect(kernel[0]).toMatchObject({ type: 'noteOn', frame: 96_000 });
    // 44 of 63 steps of two octaves.
    expect(kernel[1]).toEqual({ type: 'control', noteId: 1, offsets: { release: 88 / 63 }, frame: 144_000 });
    expect(kernel[2]).toEqual({ type: 'noteOff', noteId: 1, frame: 144_000 });
    expect(notes.at(-1)).toMatchObject({ midiNote: 48, down: false, releaseVelocity: 20 });
  });

  it('never tells a note something before its start, even when the key goes up at once', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100, 96_000);
    performer.pitchBend(1, 1, 90_000);
    performer.noteOff(1, 48);
    expect(of('control')[0].frame).toBe(96_000);
    expect(of('noteOff')[0].frame).toBe(96_000);
  });

  it('repeats the last digit, also a random one, in the octave of the key', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48 + 11, 100);
    performer.noteOn(1, 60 + 10, 100);
    expect(of('noteOn').map((message) => message.slot)).toEqual([4, 14]);
  });

  it('strikes a key anew that is down already, and takes velocity 0 for a release', () => {
    const { performer, kernel } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.noteOn(1, 48, 100);
    performer.noteOn(1, 48, 0);
    performer.noteOff(1, 48);
    performer.noteOff(1, 50);
    const row = kernel.map((message) => ('noteId' in message ? [message.type, message.noteId] : []));
    expect(row).toEqual([
      ['noteOn', 1],
      ['noteOff', 1],
      ['noteOn', 2],
      ['noteOff', 2],
    ]);
  });

  it('keeps the keys of two channels apart', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.noteOn(2, 48, 100);
    performer.noteOff(2, 48);
    expect(of('noteOff').map((message) => message.noteId)).toEqual([2]);
  });

  it('bends velocity by its curve: soft keys louder below zero, softer above', () => {
    const { performer, of } = performerRig();
    for (const curve of [-1, 0, 1]) {
      performer.setParameter('velocityCurve', curve);
      performer.noteOn(1, 48, 63.5);
    }
    const [louder, plain, softer] = of('noteOn').map((message) => message.velocity ?? NaN);
    expect(plain).toBe(0.5);
    expect(louder).toBeCloseTo(Math.cbrt(0.5), 12);
    expect(softer).toBeCloseTo(0.125, 12);
  });

  it('transposes and bends the own pitch of words by a factor', () => {
    const { performer, of } = performerRig();
    performer.setParameter('transpose', 7);
    performer.noteOn(1, 48, 100);
    performer.pitchBend(1, -1);
    const ratios = of('control').map((message) => message.pitchRatio ?? NaN);
    expect(ratios[0]).toBeCloseTo(2 ** (7 / 12), 12);
    expect(ratios[1]).toBeCloseTo(2 ** (5 / 12), 12);
  });
});

describe('singing', () => {
  it('sings the chosen digit of the chosen speaker at the pitch of every key from C2 up', () => {
    const { performer, mode, of } = performerRig();
    mode('sing');
    performer.setSpeaker(2);
    performer.setParameter('digit', 5);
    for (const key of [36, 69, 100]) performer.noteOn(1, key, 100);
    for (const [k, key] of [36, 69, 100].entries()) {
      expect(of('noteOn')[k].slot).toBe(25);
      expect(of('noteOn')[k].pitchHz).toBeCloseTo(equal(key), 9);
    }
  });

  it('chooses digit and speaker by the keys below, without a sound', () => {
    const { performer, mode, of, notes } = performerRig();
    mode('sing');
    performer.noteOn(1, 24 + 7, 100);
    performer.noteOff(1, 24 + 7);
    performer.noteOn(1, 24 + 11, 100);
    performer.noteOn(1, 24 + 10, 100);
    performer.noteOn(1, 24 + 10, 100);
    expect(of('noteOn')).toEqual([]);
    expect(notes).toEqual([]);
    expect([performer.parameter('digit'), performer.parameter('speaker')]).toEqual([7, 2]);
    performer.noteOn(1, 60, 100);
    expect(of('noteOn')[0].slot).toBe(27);
  });

  it('chooses the digit by program unless a preset takes the program, and by controller 14', () => {
    const { performer } = performerRig({ onProgram: (program) => program >= 20 });
    performer.programChange(1, 13);
    expect(performer.parameter('digit')).toBe(3);
    performer.programChange(1, 25);
    expect(performer.parameter('digit')).toBe(3);
    performer.controlChange(1, 14, 127);
    expect(performer.parameter('digit')).toBe(9);
  });

  it('follows A4, transposition and scales, also while notes sound', () => {
    const { performer, mode, of } = performerRig();
    mode('sing');
    performer.noteOn(1, 57, 100);
    performer.setParameter('tuningHz', 432);
    performer.setParameter('transpose', -12);
    performer.setTuning(new Tuning(parseScale('fifths\n1\n3/2\n')));
    const pitches = of('control').map((message) => message.pitchHz ?? NaN);
    expect(pitches[0]).toBeCloseTo(equal(57, 432), 9);
    expect(pitches[1]).toBeCloseTo(equal(45, 432), 9);
    expect(pitches[2]).toBeCloseTo((equal(48, 432) * 8) / 27, 9);
    expect(performer.tuningName).toBe('fifths');
    performer.setTuning(null);
    expect(performer.tuningName).toBe('equal temperament');
  });

  it('leaves keys silent that the tuning leaves out, and ends them when it comes later', () => {
    const { performer, mode, of } = performerRig();
    mode('sing');
    performer.noteOn(1, 62, 100);
    const onlyC = new Tuning(undefined, {
      firstNote: 60,
      lastNote: 60,
      middleNote: 60,
      referenceNote: 60,
      referenceHz: 261,
      octaveDegree: 12,
      degrees: [],
    });
    performer.setTuning(onlyC);
    expect(of('noteOff')).toHaveLength(1);
    performer.noteOn(1, 64, 100);
    expect(of('noteOn')).toHaveLength(1);
    performer.noteOn(1, 60, 100);
    expect(of('noteOn')[1].pitchHz).toBeCloseTo(261, 9);
  });
});

describe('a tuning that reaches out of hearing', () => {
  it('leaves those keys silent, and transposition moves notes into hearing and out of it', () => {
    const { performer, mode, of } = performerRig();
    mode('sing');
    performer.setTuning(new Tuning(parseScale('octaves\n1\n2/1\n')));
    performer.noteOn(1, 67, 100);
    expect(of('noteOn')).toHaveLength(0);
    performer.setParameter('transpose', -12);
    performer.noteOn(1, 67, 100);
    expect(of('noteOn')[0].pitchHz).toBeCloseTo(equal(60, 440) * 2 ** 6, 6);
    performer.setParameter('transpose', 0);
    expect(of('noteOff')).toHaveLength(1);
  });

  it('leaves equal temperament as it is', () => {
    const { performer, mode, of } = performerRig();
    // A mode without keyswitches.
    mode('lyrics');
    performer.noteOn(1, 0, 100);
    performer.noteOn(1, 127, 100);
    expect(of('noteOn').map(({ pitchHz }) => pitchHz)).toEqual([27.5, near(equal(127, 440))]);
  });
});

describe('the digit between whole numbers', () => {
  it('is sung in a slot of its own, decoded between both digits, first of all', () => {
    const { performer, mode, of, targets, tick } = performerRig();
    mode('sing');
    performer.setParameter('digit', 2.25);
    performer.noteOn(1, 60, 100);
    tick();
    expect(of('noteOn')[0]).toMatchObject({ slot: 32, revision: 1 });
    const [first] = targets.at(-1)?.targets ?? [];
    expect(first).toEqual({
      slot: 32,
      revision: 1,
      digitPoint: Float32Array.from([2.25]),
      style: Float32Array.from([0, 2.25]),
    });
  });

  it('moves sounding notes in place and keeps them in one slot on their way', () => {
    const { performer, mode, of, targets, tick } = performerRig();
    mode('sing');
    performer.noteOn(1, 60, 100);
    for (const digit of [1.2, 1.8, 2.6, 3]) performer.setParameter('digit', digit);
    expect(of('word')).toEqual([
      {
        type: 'word',
        noteId: 1,
        slot: 31,
        revision: 1,
        style: expect.any(Float32Array) as unknown,
        at: 'place',
      },
    ]);
    expect(performer.revision).toBe(4);
    tick();
    expect(targets.at(-1)?.targets[0]).toMatchObject({ slot: 31, digitPoint: Float32Array.from([3]) });
    performer.noteOn(1, 64, 100);
    expect(of('noteOn')[1].slot).toBe(3);
  });

  it('moves held notes when it jumps from digit to digit, into the word as it lies decoded', () => {
    const { performer, mode, of } = performerRig();
    mode('sing');
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 64, 100);
    performer.setParameter('digit', 8);
    expect(of('word').map(({ noteId, slot, at }) => [noteId, slot, at])).toEqual([
      [1, 8, 'place'],
      [2, 8, 'place'],
    ]);
    expect(performer.revision).toBe(0);
    performer.setParameter('digit', 8.4);
    performer.setParameter('digit', 2);
    expect(of('word').map(({ slot }) => slot)).toEqual([8, 8, 38, 38]);
    expect(performer.revision).toBe(2);
  });

  it('leaves released notes and other words alone when it jumps', () => {
    const { performer, mode, of } = performerRig();
    mode('sing');
    performer.noteOn(1, 60, 100);
    performer.noteOff(1, 60);
    performer.setParameter('digit', 5);
    mode('words');
    performer.noteOn(1, 60, 100);
    performer.setParameter('digit', 8);
    expect(of('word')).toEqual([]);
  });

  it('keeps the voice of held notes when only the voice changes', () => {
    const { performer, mode, of } = performerRig();
    mode('sing');
    performer.noteOn(1, 60, 100);
    performer.setParameter('speaker', 2);
    expect(of('word')).toEqual([]);
  });

  it('moves a held note with a point of its own by decoding that anew', () => {
    const { performer, mode, of, targets, tick } = performerRig();
    mode('sing');
    performer.setParameters({ velocityTo: modulationTargets.indexOf('style 1'), velocityToAmount: 1 });
    performer.noteOn(1, 60, 100);
    const { slot } = of('noteOn')[0];
    performer.setParameter('digit', 6);
    tick();
    expect(of('word')).toEqual([]);
    expect(targets.at(-1)?.targets.find((target) => target.slot === slot)).toMatchObject({
      digit: 6,
      digitPoint: Float32Array.of(6),
    });
  });
});

describe('lyrics', () => {
  it('sing one digit a note, rest, loop, and go back to the front', () => {
    let moves = 0;
    const { performer, mode, of } = performerRig({ onLyrics: () => moves++ });
    mode('lyrics');
    performer.setLyrics('3 . 4');
    const play = () => {
      performer.noteOn(1, 60, 100);
      performer.noteOff(1, 60);
    };
    for (let k = 0; k < 4; k++) play();
    expect(of('noteOn').map((message) => message.slot)).toEqual([3, 4, 3]);
    expect(performer.lyrics).toMatchObject({ current: 0, next: 1 });
    performer.controlChange(1, 85, 127);
    expect(performer.lyrics).toMatchObject({ current: -1, next: 0 });
    play();
    performer.transportStart();
    play();
    // `continue` goes on from where the sequencer stopped.
    performer.transportStop();
    expect(performer.lyrics).toMatchObject({ current: 0, next: 1 });
    play();
    play();
    expect(of('noteOn').map((message) => message.slot)).toEqual([3, 4, 3, 3, 3, 4]);
    expect(moves).toBe(11);
  });

  it('fall silent at their end when they do not loop', () => {
    const { performer, mode, of } = performerRig();
    mode('lyrics');
    performer.setParameter('lyricsEnd', 1);
    performer.setLyrics('1 2');
    for (const key of [60, 62, 64, 65]) performer.noteOn(1, key, 100);
    expect(of('noteOn').map((message) => message.slot)).toEqual([1, 2]);
  });

  it('sing every key without a text, as the chosen digit', () => {
    const { performer, mode, of } = performerRig();
    mode('lyrics');
    performer.noteOn(1, 30, 100);
    expect(of('noteOn')[0]).toMatchObject({ slot: 1, pitchHz: near(equal(30)) });
  });

  it('tie: the word goes on at the next pitch while its key is down, and ends with the last key', () => {
    const { performer, mode, of } = performerRig();
    mode('lyrics');
    performer.setLyrics('5 -');
    performer.noteOn(1, 60, 100, 0);
    performer.noteOn(1, 64, 100, 1000);
    performer.noteOff(1, 60, 64, 2000);
    expect(of('noteOn')).toHaveLength(1);
    expect(of('control')).toEqual([{ type: 'control', noteId: 1, pitchHz: near(equal(64)), frame: 1000 }]);
    expect(of('noteOff')).toEqual([]);
    performer.noteOff(1, 64, 64, 3000);
    expect(of('noteOff')).toEqual([{ type: 'noteOff', noteId: 1, frame: 3000 }]);
  });

  it('tie: bridges the gap between keys, also of one key struck twice, and not for ever', () => {
    for (const next of [60, 67]) {
      const { performer, mode, of } = performerRig();
      mode('lyrics');
      performer.setLyrics('5 -');
      performer.noteOn(1, 60, 100, 0);
      performer.noteOff(1, 60, 64, 1000);
      performer.advance(1500);
      expect(of('noteOff')).toEqual([]);
      performer.noteOn(1, next, 100, 1500);
      performer.noteOff(1, next, 64, 9000);
      expect([of('noteOn').length, of('noteOff').length]).toEqual([1, 1]);
    }
    const { performer, mode, of } = performerRig();
    mode('lyrics');
    performer.setLyrics('5 -');
    performer.noteOn(1, 60, 100, 0);
    performer.noteOff(1, 60, 64, 1000);
    performer.advance(48_000);
    expect(of('noteOff')).toEqual([{ type: 'noteOff', noteId: 1, frame: 1000 + 0.15 * rigRate }]);
    performer.noteOn(1, 64, 100, 50_000);
    expect(of('noteOn')[1].slot).toBe(5);
    const { format } = smallManifest(1);
    const onset = format.onsetSamples / format.sampleRate;
    expect(of('control')[0]).toMatchObject({ noteId: 2, position: near(onset + 0.1) });
  });

  it('tie: a key that goes up twice waits no longer for one', () => {
    const { performer, mode, of } = performerRig();
    mode('lyrics');
    performer.setLyrics('5 -');
    performer.noteOn(1, 60, 100, 0);
    performer.noteOff(1, 60, 64, 1000);
    performer.noteOff(1, 60, 64, 6000);
    performer.advance(48_000);
    expect(of('noteOff')).toEqual([{ type: 'noteOff', noteId: 1, frame: 1000 + 0.15 * rigRate }]);
  });

  it('tie: a note that waited for one ends when the next note turns out to be none', () => {
    const { performer, mode, of } = performerRig();
    mode('lyrics');
    performer.setLyrics('5 -');
    performer.noteOn(1, 60, 100, 0);
    performer.noteOff(1, 60, 64, 1000);
    performer.setLyrics('6');
    performer.noteOn(1, 62, 100, 2000);
    expect(of('noteOff')).toEqual([{ type: 'noteOff', noteId: 1, frame: 2000 }]);
  });

  it('cross over to the next word in legato, without a new onset of the voice', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('lyrics');
    voices('legato');
    performer.setLyrics('5 6');
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 64, 100);
    expect(of('noteOn')).toHaveLength(1);
    expect(of('word')[0]).toMatchObject({ noteId: 1, slot: 6, at: 'onset' });
    expect(of('control')[0].pitchHz).toBeCloseTo(equal(64), 9);
  });

  it('keep the old text when a new one cannot be read', () => {
    const { performer } = performerRig();
    performer.setLyrics('1');
    expect(() => performer.setLyrics('1 ten')).toThrow(/"ten"/);
    expect(performer.lyrics.steps).toHaveLength(1);
  });
});

describe('drum mode', () => {
  it('strikes stored points, else the speakers one after the other, one-shot at their own pitch', () => {
    const { performer, mode, hold, voices, of, targets, tick } = performerRig();
    hold('loop');
    voices('mono');
    mode('drum');
    performer.setPad(40, { digit: 6, style: [7, 7], speaker: 1 });
    tick();
    performer.noteOn(1, 40, 100);
    performer.noteOn(1, 47, 100);
    const [pad, own] = of('noteOn');
    expect(pad).toMatchObject({ pitchHz: 0, style: Float32Array.from([7, 7]) });
    expect(pad.slot % 10).toBe(6);
    expect(pad.slot).toBeLessThan(slotCount(smallManifest(3)));
    expect(targets.at(-1)?.targets.some((target) => target.slot === pad.slot)).toBe(true);
    expect(own.slot).toBe(11);
    performer.setParameter('keyUp', 1);
    expect([pad.isStruck, own.isStruck]).toEqual([true, true]);
    expect(of('noteOff')).toEqual([]);
    mode('words');
    performer.noteOn(1, 60, 100);
    expect(of('noteOn').at(-1)?.isStruck).toBeUndefined();
    expect(of('parameters').at(-1)?.parameters).toMatchObject({ hold: 'loop', endsWords: false });
    expect(performer.pads.get(40)?.digit).toBe(6);
  });
});

describe('a drum key that is cleared', () => {
  it('lets its sound ring on as it is', () => {
    const { performer, mode, of, targets, tick } = performerRig();
    mode('drum');
    performer.setPad(40, { digit: 6, style: [7, 7], digitPoint: [6.5] });
    performer.noteOn(1, 40, 100);
    const [{ slot }] = of('noteOn');
    performer.setPad(40, null);
    tick();
    const target = targets.at(-1)?.targets.find((candidate) => candidate.slot === slot);
    expect(target).toMatchObject({ style: Float32Array.of(7, 7), digitPoint: Float32Array.of(6.5) });
    performer.noteOn(1, 40, 100);
    expect(of('noteOn')[1]).toMatchObject({ slot: 4, style: Float32Array.of(0, 4) });
  });
});

describe('mono and legato', () => {
  it('mono: the last key sounds, the one before is cut, and comes back when the last goes up', () => {
    const { performer, mode, voices, taken } = performerRig();
    mode('sing');
    voices('mono');
    taken();
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 64, 100);
    performer.noteOff(1, 64);
    performer.noteOff(1, 60);
    const row = taken().map((message) =>
      message.type === 'control'
        ? `gain ${message.noteId} ${message.gain}`
        : 'noteId' in message && `${message.type} ${message.noteId}`,
    );
    expect(row).toEqual([
      'noteOn 1',
      'gain 1 0',
      'noteOff 1',
      'noteOn 2',
      'gain 2 0',
      'noteOff 2',
      'noteOn 3',
      'noteOff 3',
    ]);
  });

  it.each(['mono', 'legato'] as const)('%s: a note ends what is left of the word before', (way) => {
    const { performer, mode, voices, taken } = performerRig();
    mode('sing');
    voices(way);
    performer.noteOn(1, 60, 100);
    performer.noteOn(2, 72, 100);
    performer.noteOff(1, 60);
    performer.noteOff(2, 72);
    taken();
    performer.noteOn(1, 64, 100, 960);
    // The other channel's word rings on.
    expect(taken()).toMatchObject([
      { type: 'control', noteId: 1, gain: 0, frame: 960 },
      { type: 'noteOn', noteId: 3, frame: 960 },
    ]);
  });

  it('mono: glides from the last pitch', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('sing');
    voices('mono');
    performer.setParameter('glide', 0.2);
    performer.noteOn(1, 60, 100, 0);
    performer.noteOff(1, 60, 64, 100);
    performer.noteOn(1, 67, 100, 200);
    expect(of('noteOn')[1].pitchHz).toBeCloseTo(equal(60), 9);
    expect(of('control').find(({ noteId }) => noteId === 2)).toEqual({
      type: 'control',
      noteId: 2,
      pitchHz: near(equal(67)),
      glideSeconds: 0.2,
      frame: 200,
    });
  });

  it('legato: overlapping keys slide there and back on one voice, apart they start anew at their pitch', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('sing');
    voices('legato');
    performer.setParameter('glide', 0.1);
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 64, 100);
    performer.noteOff(1, 64);
    performer.noteOff(1, 60);
    expect(of('noteOn')).toHaveLength(1);
    expect(of('control').map((message) => [message.pitchHz, message.glideSeconds])).toEqual([
      [near(equal(64)), 0.1],
      [near(equal(60)), 0.1],
    ]);
    expect(of('noteOff')).toHaveLength(1);
    performer.noteOn(1, 72, 100);
    expect(of('noteOn')[1].pitchHz).toBeCloseTo(equal(72), 9);
  });

  it('legato: a key beneath that goes up changes nothing', () => {
    const { performer, mode, voices, taken } = performerRig();
    mode('sing');
    voices('legato');
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 64, 100);
    taken();
    performer.noteOff(1, 60);
    expect(taken()).toEqual([]);
    performer.noteOff(1, 64);
    expect(taken()).toEqual([{ type: 'noteOff', noteId: 1 }]);
  });

  it('releases what sounds when the way of playing changes, so that no key hangs in the old one', () => {
    const { performer, mode, voices, kernel } = performerRig();
    mode('sing');
    performer.noteOn(1, 60, 100);
    voices('legato');
    performer.noteOn(1, 62, 100);
    performer.noteOn(1, 64, 100);
    mode('words');
    performer.noteOff(1, 60);
    performer.noteOff(1, 62);
    performer.noteOff(1, 64);
    expect(readNotes(kernel)).toEqual({ faults: [], hanging: [] });
  });
});

describe('parameters', () => {
  it('send one message of parameters for what voices need, at its frame, and none for what changes nothing', () => {
    const { performer, of } = performerRig();
    performer.setParameters({ attack: 0.5, hold: 1.2, tempo: 60, stutterRate: 2 }, 480);
    expect(of('parameters')).toEqual([
      {
        type: 'parameters',
        parameters: having({ attackSeconds: 0.5, hold: 'hold', stutterSeconds: 1 }),
        frame: 480,
      },
    ]);
    performer.setParameters({ attack: 0.5, reverb: 0.5 });
    expect(of('parameters')).toHaveLength(1);
    expect(performer.values()).toMatchObject({ hold: 1, reverb: 0.5, sustain: 1 });
  });

  it('that a musician moves go to their owner with their frames, and are as before until it answers', () => {
    const moves: unknown[][] = [];
    const { performer, mode } = performerRig({ onMove: (...move) => moves.push(move) });
    mode('sing');
    performer.controlChange(1, 70, 127, 480);
    performer.noteOn(1, 5, 100, 960);
    performer.noteOn(1, 11, 100, 970);
    performer.programChange(1, 13, 1000);
    performer.setTempo(90, 2000);
    performer.setTimbreTarget('style3');
    expect(moves).toEqual([
      ['style1', 2, 480],
      ['digit', 5, 960],
      ['speaker', 1, 970],
      ['digit', 3, 1000],
      ['tempo', 90, 2000],
      ['timbreTo', 11, undefined],
    ]);
    expect(performer.values()).toMatchObject({ style1: 0, digit: 1, speaker: 0, tempo: 120, timbreTo: 9 });
  });

  it('leave the tempo to its owner where a clock says what sounds already', () => {
    const moves: unknown[][] = [];
    const { performer } = performerRig({ onMove: (...move) => moves.push(move) });
    performer.setParameter('tempo', 90);
    performer.setTempo(90, 480);
    expect(moves).toEqual([]);
    performer.setTempo(20, 480);
    expect(moves).toEqual([['tempo', 30, 480]]);
  });

  it('that move now are not undone by parameters that wait for their frame', () => {
    const { performer, of, clock } = performerRig();
    performer.setParameter('vibratoDepth', 50, 4800);
    performer.setParameter('brightness', -3);
    const told = of('parameters').map(({ parameters, frame }) => [
      parameters.vibratoCents,
      parameters.brightnessDbPerOctave,
      frame,
    ]);
    expect(told).toEqual([
      [50, 0, 4800],
      [50, -3, undefined],
      [50, -3, 4800],
    ]);
    clock.seconds = 0.2;
    performer.setParameter('brightness', -4);
    expect(of('parameters')).toHaveLength(4);
  });

  it('that a program change sets can have its time', () => {
    const { performer, of } = performerRig({
      onProgram: (program, channel, bank, time) => {
        performer.setParameters({ breath: program / 127, air: bank / 127, pan: channel / 16 }, time);
        return true;
      },
    });
    performer.programChange(8, 127, 960, 127);
    expect(
      of('parameters').map(({ parameters, frame }) => [
        parameters.breath,
        parameters.air,
        parameters.pan,
        frame,
      ]),
    ).toEqual([[1, 1, 0.5, 960]]);
    performer.setParameters({ breath: 0 });
    expect(of('parameters')[1].frame).toBeUndefined();
    expect(() => performer.programChange(1, 0, 0, 128)).toThrow(/bank must be .*127, got 128/);
  });

  it('refuse a value out of range and change nothing then', () => {
    const { performer, kernel } = performerRig();
    expect(() => performer.setParameters({ attack: 1, sustain: 2 })).toThrow(/sustain .* from 0 to 1, got 2/);
    expect(() => performer.setParameter('cutoff' as 'air', 0)).toThrow(/parameter id must be one of/);
    expect(performer.parameter('attack')).toBe(0.001);
    expect(kernel).toEqual([]);
  });

  it('collapse a knob sweep into the latest point and count every move', () => {
    const { performer, targets, tick } = performerRig();
    performer.begin();
    for (let k = 1; k <= 20; k++) performer.setParameter('style2', k / 10);
    expect(targets).toHaveLength(1);
    tick();
    expect(targets).toHaveLength(2);
    expect(targets[1].revision).toBe(20);
    expect([...targets[1].targets[0].style]).toEqual([0, 2]);
    performer.setParameter('style2', 2);
    performer.setParameter('style8', 1);
    expect(performer.revision).toBe(20);
  });

  it('ask for sounding words first while the point is on the move, and not at all once settled', () => {
    const { performer, targets, clock, tick } = performerRig();
    const order = () => targets.at(-1)?.targets.map((target) => target.slot) ?? [];
    performer.begin();
    tick();
    performer.noteOn(1, 72 + 5, 100);
    expect(order()[0]).toBe(25);
    tick();
    performer.settledAt(0);
    expect(performer.settled).toBe(true);
    const before = targets.length;
    performer.noteOn(1, 48, 100);
    tick();
    expect(targets).toHaveLength(before);
    performer.setParameter('style1', 1);
    expect(order().slice(0, 2)).toEqual([0, 25]);
    performer.noteOff(1, 48);
    clock.seconds = 60;
    tick();
    performer.setParameter('style1', 2);
    expect(order()[0]).toBe(25);
    expect(performer.settled).toBe(false);
  });

  it('move every style by an offset or towards a target of its digit', () => {
    const { performer, targets, tick } = performerRig();
    performer.setStyleOffset([1, 1]);
    performer.setStyleTarget((digit) => [10, digit], 0.5);
    tick();
    expect(performer.revision).toBe(2);
    expect([...(targets.at(-1)?.targets[3].style ?? [])]).toEqual([6, 4]);
    expect([...performer.styleOf(0, 3)]).toEqual([6, 4]);
  });

  it('variation sends each note to another point near the common one, which stays', () => {
    const numbers = [1, 0, 0.5, 0.5, 0.25, 1];
    const { performer, of } = performerRig({ random: () => numbers.shift() ?? 0 });
    performer.setParameter('variation', 0.5);
    for (const key of [48, 49, 50]) performer.noteOn(1, key, 100);
    expect(of('noteOn').map((message) => [...message.style])).toEqual([
      [0.5, -0.5],
      [0, 1],
      [-0.25, 2.5],
    ]);
    // The second note is where its word is: it plays the word's own slot.
    expect(of('noteOn').map(({ slot, digit, revision }) => [slot, digit, revision])).toEqual([
      [90, 0, 1],
      [1, undefined, 0],
      [91, 2, 2],
    ]);
    expect([...performer.styleOf(0, 2)]).toEqual([0, 2]);
  });

  it('choose the speaker', () => {
    const { performer } = performerRig();
    performer.setSpeaker(1);
    expect([performer.speaker, performer.parameter('speaker')]).toEqual([1, 1]);
    performer.setParameter('speaker', 15);
    expect(performer.speaker).toBe(2);
    expect(() => performer.setSpeaker(3)).toThrow(/speaker must be a whole number from 0 to 2, got 3/);
  });
});

describe('arguments', () => {
  it('out of range are refused by name and send nothing', () => {
    const { performer, kernel } = performerRig();
    expect(() => performer.noteOn(1, -1, 100)).toThrow(
      /MIDI note must be a whole number from 0 to 127, got -1/,
    );
    expect(() => performer.noteOn(1, 60, 128)).toThrow(/velocity must be a number from 0 to 127, got 128/);
    expect(() => performer.noteOn(0, 60, 1)).toThrow(/channel must be a whole number from 1 to 2048, got 0/);
    expect(() => performer.noteOn(1, 60, 1, NaN)).toThrow(/time must be a number/);
    expect(() => performer.pitchBend(1, 1.01)).toThrow(/bend must be a number from -1 to 1/);
    expect(() => performer.controlChange(1, 64, 200)).toThrow(/controller value/);
    expect(() => performer.advance(-1)).toThrow(/untilFrame/);
    expect(kernel).toEqual([]);
  });
});

describe('a kernel that takes the place of another', () => {
  it('finds every key up, and hears all parameters and every word anew', () => {
    const { performer, of, targets, taken, tick, notes } = performerRig();
    performer.begin();
    performer.settledAt(0);
    performer.setParameter('vibratoDepth', 30);
    performer.pitchBend(1, 0.5);
    performer.controlChange(1, 64, 127);
    performer.noteOn(1, 60, 100);
    performer.noteOff(1, 60);
    performer.noteOn(1, 64, 100, 48_000);
    tick();
    taken();
    performer.beginAnew();
    expect(of('noteOff').map(({ noteId, frame }) => [noteId, frame])).toEqual([
      [2, 48_000],
      [1, undefined],
    ]);
    expect(notes.at(-1)).toMatchObject({ midiNote: 64, down: false });
    expect(of('parameters')).toEqual([{ type: 'parameters', parameters: having({ vibratoCents: 30 }) }]);
    tick();
    expect(performer.settled).toBe(false);
    const { revision, held, targets: asked } = targets.at(-1)!;
    expect(held).toBe(0);
    expect(new Set(asked.map(({ slot }) => slot)).size).toBeGreaterThanOrEqual(30);
    for (const target of asked) expect(target.revision).toBe(revision);
    // What rang in the kernel before is not told of a bend any more; a new note has it.
    taken();
    performer.pitchBend(1, 1);
    expect(taken()).toEqual([]);
    performer.noteOn(1, 60, 100);
    expect(of('control')[0].pitchRatio).toBeGreaterThan(1);
  });
});
