// Keys to notes where rules meet: what a note leaves to the next one, what is held and for how long, what is forgotten. Long, as the
// keys are.
import { describe, expect, it } from 'vitest';
import { Tuning } from '../../src/performer/tuning.ts';
import { performerRig, rigRate } from '../helpers/performerRig.ts';

const equal = (key: number) => 440 * 2 ** ((key - 69) / 12);
const near = (value: number): unknown => expect.closeTo(value, 9);

describe('what is told of keys', () => {
  it('says that a key came up before it tells that it goes down again, as what it was', () => {
    const { performer, notes, mode } = performerRig();
    const told = (act: () => void) => {
      act();
      return notes.splice(0).map(({ midiNote, digit, down }) => [midiNote, digit, down]);
    };
    mode('lyrics');
    performer.setLyrics('5 6');
    expect(told(() => performer.noteOn(1, 60, 100))).toEqual([[60, 5, true]]);
    expect(told(() => performer.noteOn(1, 60, 100))).toEqual([
      [60, 5, false],
      [60, 6, true],
    ]);
    // Other keys and channels are none of its business.
    expect(told(() => performer.noteOn(2, 60, 100))).toHaveLength(1);
    expect(told(() => performer.noteOff(1, 60))).toEqual([[60, 6, false]]);
    expect(told(() => performer.noteOff(1, 60))).toEqual([]);
  });
});

describe('a tied note', () => {
  it('forgets how fast the key before went up', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('lyrics');
    performer.setLyrics('5 - 6');
    performer.noteOn(1, 60, 100, 0);
    performer.noteOff(1, 60, 20, 1000);
    performer.noteOn(1, 64, 100, 2000);
    voices('mono');
    expect(of('control')).toEqual([{ type: 'control', noteId: 1, pitchHz: near(equal(64)), frame: 2000 }]);
  });
});

describe('a note that waits for a tie', () => {
  it('waits 150 ms in whole frames whatever the rate', () => {
    const { performer, mode, of } = performerRig({ sampleRate: 11_025 });
    mode('lyrics');
    performer.setLyrics('5 -');
    performer.noteOn(1, 60, 100, 0);
    performer.noteOff(1, 60, 64, 1000);
    performer.advance(11_025);
    expect(of('noteOff').map(({ frame }) => frame)).toEqual([1000 + 1654]);
  });

  it('goes on waiting when notes of other channels end, and is over once', () => {
    const { performer, mode, of } = performerRig();
    mode('lyrics');
    performer.setLyrics('5 6 -');
    performer.noteOn(2, 60, 100, 0);
    performer.noteOn(1, 60, 100, 0);
    performer.noteOff(1, 60, 64, 1000);
    performer.controlChange(2, 120, 0, 1500);
    performer.advance(rigRate);
    expect(of('noteOff').map(({ noteId, frame }) => [noteId, frame])).toEqual([
      [1, 1500],
      [2, 8200],
    ]);
  });

  it('has waited long enough exactly at the end of that time, though nobody has advanced it', () => {
    for (const [late, starts] of [
      [7199, 1],
      [7200, 2],
    ]) {
      const { performer, mode, of } = performerRig();
      mode('lyrics');
      performer.setLyrics('5 -');
      performer.noteOn(1, 60, 100, 0);
      performer.noteOff(1, 60, 64, 1000);
      performer.noteOn(1, 64, 100, 1000 + late);
      expect(of('noteOn')).toHaveLength(starts);
    }
  });

  it('counts from now where keys have no times', () => {
    const { performer, mode, of, clock } = performerRig();
    mode('lyrics');
    performer.setLyrics('5 - 6');
    clock.seconds = 1;
    performer.noteOn(1, 60, 100);
    performer.noteOff(1, 60);
    clock.seconds = 1.1;
    performer.noteOn(1, 64, 100);
    expect([of('noteOn').length, of('noteOff').length]).toEqual([1, 0]);
    performer.noteOff(1, 64);
    performer.setLyrics('5 -');
    performer.noteOn(1, 60, 100);
    performer.noteOff(1, 60);
    clock.seconds = 1.3;
    performer.noteOn(1, 64, 100);
    expect(of('noteOn').map(({ slot }) => slot)).toEqual([5, 5, 5]);
    expect(of('noteOff').at(-1)).toEqual({ type: 'noteOff', noteId: 2, frame: 1.25 * rigRate });
  });

  it('is none that the sustain pedal holds, and outlasts a pedal that goes up meanwhile', () => {
    const { performer, mode, of } = performerRig();
    mode('lyrics');
    performer.setLyrics('5 -');
    performer.noteOn(1, 60, 100, 0);
    performer.noteOff(1, 60, 64, 1000);
    performer.controlChange(1, 64, 127, 1100);
    performer.controlChange(1, 64, 0, 1200);
    expect(of('noteOff')).toEqual([]);
    performer.advance(rigRate);
    expect(of('noteOff').map(({ frame }) => frame)).toEqual([8200]);
    performer.noteOn(1, 60, 100, 50_000);
    performer.controlChange(1, 64, 127, 50_100);
    performer.noteOff(1, 60, 64, 50_200);
    performer.advance(2 * rigRate);
    expect(of('noteOff')).toHaveLength(1);
    performer.controlChange(1, 64, 0, 100_000);
    expect(of('noteOff').at(-1)).toMatchObject({ noteId: 2, frame: 100_000 });
  });
});

describe('a tie behind all sound off', () => {
  it('starts a note, though a pedal holds the word before', () => {
    const { performer, mode, of } = performerRig();
    mode('lyrics');
    performer.setLyrics('5 -');
    performer.controlChange(1, 64, 127);
    performer.noteOn(1, 60, 100);
    performer.noteOff(1, 60);
    performer.controlChange(1, 120, 0);
    performer.noteOn(1, 64, 100);
    expect(of('noteOn').map(({ slot }) => slot)).toEqual([5, 5]);
  });
});

describe('glide', () => {
  it('takes no time at the lowest end of its parameter', () => {
    for (const [glide, glides] of [
      [0.0015, false],
      [0.0016, true],
    ] as const) {
      const { performer, mode, voices, of } = performerRig();
      mode('sing');
      voices('legato');
      performer.setParameter('glide', glide);
      performer.noteOn(1, 60, 100);
      performer.noteOn(1, 64, 100);
      expect(of('control').map(({ glideSeconds }) => glideSeconds)).toEqual([glides ? glide : undefined]);
    }
  });

  it('leads back to the key beneath from the one above', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('sing');
    voices('mono');
    performer.setParameter('glide', 0.2);
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 64, 100);
    performer.noteOff(1, 64);
    expect(of('noteOn')[2].pitchHz).toBeCloseTo(equal(64), 9);
    expect(of('control').at(-1)).toMatchObject({ noteId: 3, pitchHz: near(equal(60)), glideSeconds: 0.2 });
  });

  it('is of one voice only: many begin at their pitches', () => {
    const { performer, mode, of } = performerRig();
    mode('sing');
    performer.setParameter('glide', 0.2);
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 67, 100);
    expect(of('noteOn').map(({ pitchHz }) => pitchHz)).toEqual([near(equal(60)), near(equal(67))]);
    expect(of('control')).toEqual([]);
  });
});

describe('a change of the way of playing', () => {
  it('forgets the pitch that a glide would come from', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('sing');
    voices('mono');
    performer.setParameter('glide', 0.2);
    performer.noteOn(1, 60, 100);
    voices('legato');
    voices('mono');
    performer.noteOn(1, 67, 100);
    expect(of('noteOn')[1].pitchHz).toBeCloseTo(equal(67), 9);
  });

  it('forgets the keys that are down: none of them comes back', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('sing');
    voices('mono');
    performer.noteOn(1, 60, 100);
    voices('legato');
    performer.noteOn(1, 67, 100);
    performer.noteOff(1, 67);
    expect(of('noteOn').map(({ pitchHz }) => pitchHz)).toEqual([near(equal(60)), near(equal(67))]);
    expect(of('control').filter(({ pitchHz }) => pitchHz !== undefined)).toEqual([]);
    expect(of('noteOff').map(({ noteId }) => noteId)).toEqual([1, 2]);
  });
});

describe('notes of the arpeggiator', () => {
  it('last to the end of their gate though the key that makes them goes up', () => {
    const { performer, arp, of } = performerRig();
    arp('up');
    performer.setParameters({ arpRate: 2, arpGate: 1 });
    performer.noteOn(1, 48, 100, 0);
    performer.noteOff(1, 48, 64, 100);
    performer.advance(rigRate);
    expect(of('noteOff').map(({ frame }) => frame)).toEqual([24_000]);
  });

  it('end with no key of a hand, on whatever channel', () => {
    const { performer, arp, of } = performerRig();
    arp('up');
    performer.noteOn(16, 127, 100, 0);
    performer.advance(1);
    for (let channel = 1; channel <= 15; channel++) {
      for (let key = 0; key <= 127; key++) performer.noteOff(channel, key);
    }
    expect([of('noteOn').length, of('noteOff').length]).toEqual([1, 0]);
  });
});

describe('a note that slides to another key', () => {
  it('has the pressure of that key, and is pressed by it alone', () => {
    const { performer, mode, voices, of, taken } = performerRig();
    mode('sing');
    voices('legato');
    performer.noteOn(1, 60, 100);
    performer.polyPressure(1, 60, 1);
    taken();
    performer.noteOn(1, 64, 100);
    expect(of('control')).toEqual([{ type: 'control', noteId: 1, pitchHz: near(equal(64)), offsets: {} }]);
    taken();
    performer.polyPressure(1, 60, 0.5);
    expect(of('control')).toEqual([]);
    performer.polyPressure(1, 64, 0.5);
    expect(of('control')).toEqual([{ type: 'control', noteId: 1, offsets: { vibrato: 30 } }]);
  });

  it('is tuned as that key, and says its word on', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('sing');
    voices('legato');
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 64, 100);
    performer.setParameter('tuningHz', 441);
    expect(of('control').at(-1)?.pitchHz).toBeCloseTo((equal(64) * 441) / 440, 9);
    expect(of('word')).toEqual([]);
  });

  it('counts the time of another word from there', () => {
    const { performer, mode, voices, clock, targets, tick } = performerRig();
    mode('lyrics');
    voices('legato');
    performer.setLyrics('5 6');
    performer.noteOn(1, 60, 100);
    clock.seconds = 0.5;
    performer.noteOn(1, 64, 100);
    tick();
    tick();
    for (const [seconds, held] of [
      [1, 1],
      [1.3, 0],
    ]) {
      clock.seconds = seconds;
      performer.setParameter('style1', seconds);
      expect(targets.at(-1)?.held).toBe(held);
      tick();
    }
  });
});

describe('legato', () => {
  it('has no key overlap itself: struck anew it begins at its pitch', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('sing');
    voices('legato');
    performer.setParameter('glide', 0.2);
    performer.noteOn(1, 60, 100);
    performer.setParameter('transpose', 12);
    performer.noteOn(1, 60, 100);
    expect(of('noteOn').map(({ pitchHz }) => pitchHz)).toEqual([near(equal(60)), near(equal(72))]);
  });

  it('goes on with the key beneath when the one above goes up', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('sing');
    voices('legato');
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 64, 100);
    performer.noteOff(1, 64);
    expect(of('noteOff')).toEqual([]);
    performer.noteOff(1, 60);
    expect(of('noteOff').map(({ noteId }) => noteId)).toEqual([1]);
  });

  it('ends its note on a key that rests, and starts anew behind it', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('lyrics');
    voices('legato');
    performer.setLyrics('5 . 6');
    performer.noteOn(1, 60, 100, 0);
    performer.noteOn(1, 62, 100, 100);
    expect(of('noteOff').map(({ frame }) => frame)).toEqual([100]);
    performer.noteOn(1, 64, 100, 200);
    expect(of('noteOn').map(({ slot }) => slot)).toEqual([5, 6]);
    // Back on the key that rests.
    performer.noteOff(1, 64, 64, 300);
    expect(of('noteOff').map(({ frame }) => frame)).toEqual([100, 300]);
    expect(of('noteOn')).toHaveLength(2);
  });
});

describe('mono', () => {
  it('says the word beneath from its onset, though it was a tie when its key was struck', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('lyrics');
    voices('mono');
    performer.setLyrics('5 - 6');
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 62, 100);
    performer.noteOn(1, 64, 100);
    performer.noteOff(1, 64);
    expect(of('noteOn').map(({ slot, pitchHz }) => [slot, pitchHz])).toEqual([
      [5, near(equal(60))],
      [6, near(equal(64))],
      [5, near(equal(62))],
    ]);
    expect(of('control').filter(({ position }) => position !== undefined)).toEqual([]);
  });

  it('tells the page that every key went up on all notes off, also those that sounded no more', () => {
    const { performer, mode, voices, notes } = performerRig();
    mode('sing');
    voices('mono');
    performer.noteOn(1, 60, 100);
    performer.noteOn(1, 64, 100);
    performer.noteOn(2, 70, 100);
    performer.controlChange(1, 123, 0);
    const up = notes.filter(({ down }) => !down);
    expect(up.map(({ midiNote, releaseVelocity }) => [midiNote, releaseVelocity]).sort()).toEqual([
      [60, 64],
      [64, 64],
    ]);
  });
});

describe('all notes off', () => {
  it('leaves no key beneath to come back, but those of other fingers', () => {
    const { performer, mode, voices, of } = performerRig();
    mode('sing');
    voices('mono');
    performer.setZone('lower', 4);
    for (const channel of [2, 3]) performer.noteOn(channel, 58 + channel, 100);
    performer.controlChange(2, 123, 0);
    performer.noteOn(4, 70, 100);
    performer.noteOff(4, 70);
    expect(of('noteOn').map(({ pitchHz }) => pitchHz)).toEqual(
      [60, 61, 70, 61].map((key) => near(equal(key))),
    );
    performer.controlChange(3, 123, 0);
    performer.noteOn(4, 70, 100);
    performer.noteOff(4, 70);
    expect(of('noteOn')).toHaveLength(5);
  });
});

describe('a tuning that leaves keys out', () => {
  it('ends no word at its own pitch', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 62, 100);
    const left = { firstNote: 60, lastNote: 60, middleNote: 60, referenceNote: 60, referenceHz: 261 };
    performer.setTuning(new Tuning(undefined, { ...left, octaveDegree: 12, degrees: [] }));
    expect([of('noteOff'), of('control')]).toEqual([[], []]);
  });
});

describe('a released word', () => {
  /** A word of 0.77 s, its key up at `velocity`, read at `speed`: whether a wheel reaches it so much later. */
  function reaches(seconds: number, velocity: number, speed = 1): boolean {
    const { performer, of, clock } = performerRig();
    performer.setParameters({ release: 0.5, speed });
    performer.noteOn(1, 48, 100);
    performer.noteOff(1, 48, velocity);
    clock.seconds = seconds;
    performer.pitchBend(1, 1);
    return of('control').some(({ pitchRatio }) => pitchRatio !== undefined);
  }

  it('is heard as long as it lasts and its release: two octaves longer after a slow key, shorter after a fast one', () => {
    expect([reaches(1.2, 64), reaches(1.3, 64)]).toEqual([true, false]);
    expect([reaches(2.7, 1), reaches(2.8, 1)]).toEqual([true, false]);
    expect([reaches(0.88, 127), reaches(0.91, 127)]).toEqual([true, false]);
  });

  it('is heard longer when it is read slowly or backwards, but not for ever when it stands still', () => {
    expect([reaches(2, 64, -0.5), reaches(2.1, 64, -0.5)]).toEqual([true, false]);
    expect([reaches(8.1, 64, 0), reaches(8.3, 64, 0)]).toEqual([true, false]);
  });

  it('takes a key that says nothing of its speed for one of the middle', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.noteOff(1, 48, 0);
    expect(of('control')).toEqual([]);
    performer.noteOn(1, 48, 100);
    performer.noteOff(1, 48, 65);
    expect(of('control')).toMatchObject([{ offsets: { release: near(-2 / 63) } }]);
  });
});

describe('the pressure of a key', () => {
  it.each(['mono', 'poly'] as const)('is gone with its note, %s, where it moves what all share', (way) => {
    const { performer, mode, voices, of } = performerRig();
    mode('sing');
    voices(way);
    performer.setPressureTarget('intonation', 1);
    performer.noteOn(1, 60, 100);
    performer.polyPressure(1, 60, 0.5);
    expect(of('parameters').at(-1)?.parameters.intonation).toBeCloseTo(0.6, 9);
    if (way === 'poly') performer.noteOff(1, 60, 64, 4800);
    else performer.noteOn(1, 62, 100, 4800);
    expect(of('parameters').at(-1)).toMatchObject({ parameters: { intonation: near(0.1) }, frame: 4800 });
  });
});

describe('sostenuto', () => {
  it('catches nothing more when its pedal moves on while it is down', () => {
    const { performer, of } = performerRig();
    performer.controlChange(1, 66, 127);
    performer.noteOn(1, 48, 100);
    performer.controlChange(1, 66, 100);
    performer.noteOff(1, 48);
    expect(of('noteOff')).toHaveLength(1);
  });

  it('is of its channel, and catches no key that the other pedal holds alone', () => {
    const { performer, of } = performerRig();
    performer.noteOn(1, 48, 100);
    performer.noteOn(2, 48, 100);
    performer.controlChange(1, 64, 127);
    performer.noteOff(1, 48);
    performer.controlChange(1, 66, 127);
    performer.noteOff(2, 48);
    expect(of('noteOff').map(({ noteId }) => noteId)).toEqual([2]);
    performer.controlChange(1, 64, 0);
    expect(of('noteOff').map(({ noteId }) => noteId)).toEqual([2, 1]);
  });
});

describe('a held word that was said to its end', () => {
  /** The order in which the decoder is asked of two held keys after a second, half of it since the first was struck anew. */
  function order(values: Parameters<ReturnType<typeof performerRig>['performer']['setParameters']>[0]) {
    const { performer, clock, targets, tick } = performerRig();
    performer.setParameters(values);
    performer.noteOn(1, 48, 100);
    performer.noteOn(1, 50, 100);
    clock.seconds = 0.5;
    performer.noteOn(1, 48, 100);
    clock.seconds = 1;
    performer.setParameter('style1', 1);
    tick();
    const last = targets.at(-1);
    return { held: last?.held, slots: last?.targets.slice(0, 2).map(({ slot }) => slot) };
  }

  it('waits for no point, but where words are held, frozen or read slowly', () => {
    expect(order({})).toEqual({ held: 1, slots: [0, 2] });
    expect(order({ hold: 1 }).held).toBe(2);
    expect([order({ freeze: 0.5 }).held, order({ freeze: 0.49 }).held]).toEqual([2, 1]);
    expect(order({ mode: 3, hold: 1 }).held).toBe(1);
    expect(order({ speed: 0.5 }).held).toBe(2);
    expect(order({ speed: 2 }).held).toBe(0);
  });

  it('counts from the frame at which it was struck', () => {
    const { performer, clock, targets, tick } = performerRig();
    performer.noteOn(1, 48, 100, rigRate);
    tick();
    clock.seconds = 1.5;
    performer.setParameter('style1', 1);
    expect(targets.at(-1)?.held).toBe(1);
    tick();
    clock.seconds = 1.8;
    performer.setParameter('style1', 2);
    expect(targets.at(-1)?.held).toBe(0);
  });
});

describe('the rate of the audio context', () => {
  it('is refused beyond 768 kHz and below 1 kHz', () => {
    for (const sampleRate of [999, 768_001]) {
      expect(() => performerRig({ sampleRate })).toThrow(/sampleRate must be a number from 1000 to 768000/);
    }
    for (const sampleRate of [1000, 768_000]) expect(() => performerRig({ sampleRate })).not.toThrow();
  });
});
