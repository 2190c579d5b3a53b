// Key map: ten digits an octave, repeat and random keys, speakers by octave wrapping both ways.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noteName, octaveOfSpeaker, speakerOfNote, wordOfNote } from '../../src/performer/keymap.ts';

const never = () => {
  throw new Error('random was asked for a note that is not random');
};

describe('key map', () => {
  it('says 0..9 on C..A of the first speaker octave', () => {
    for (let digit = 0; digit < 10; digit++) {
      expect(wordOfNote(48 + digit, 6, 0, never)).toEqual({ digit, speaker: 0 });
    }
  });

  it('repeats the last digit on A sharp and draws one on B', () => {
    expect(wordOfNote(58, 6, 7, never)).toEqual({ digit: 7, speaker: 0 });
    expect(wordOfNote(59, 6, 7, () => 0.35)).toEqual({ digit: 3, speaker: 0 });
    expect(wordOfNote(59, 6, 7, () => 0.9999999)).toEqual({ digit: 9, speaker: 0 });
    expect(wordOfNote(59, 6, 7, () => 1).digit).toBe(9);
  });

  it('moves to the next speaker an octave up and wraps both ways', () => {
    expect([48, 60, 72, 84].map((note) => speakerOfNote(note, 3))).toEqual([0, 1, 2, 0]);
    expect([36, 24, 12, 0].map((note) => speakerOfNote(note, 3))).toEqual([2, 1, 0, 2]);
    expect(speakerOfNote(0, 1)).toBe(0);
  });

  it('covers every note and every bundle size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 1, max: 60 }), (note, speakers) => {
        const word = wordOfNote(note, speakers, 4, () => 0.5);
        expect(word.digit).toBeGreaterThanOrEqual(0);
        expect(word.digit).toBeLessThanOrEqual(9);
        expect(word.speaker).toBeGreaterThanOrEqual(0);
        expect(word.speaker).toBeLessThan(speakers);
      }),
    );
  });

  it('finds the note of a speaker and semitone that says just that', () => {
    for (const speakers of [1, 6, 10]) {
      for (let speaker = 0; speaker < speakers; speaker++) {
        const lowest = octaveOfSpeaker(speaker, speakers) ?? NaN;
        expect(wordOfNote(lowest + 9, speakers, 0, never)).toEqual({ digit: 9, speaker });
      }
    }
    expect(octaveOfSpeaker(30, 60)).toBeUndefined();
    expect(noteName(60)).toBe('C4');
    expect(noteName(49)).toBe('C♯3');
  });

  it('refuses notes outside 0..127', () => {
    expect(() => wordOfNote(128, 3, 0, never)).toThrow(
      /MIDI note must be a whole number from 0 to 127, got 128/,
    );
    expect(() => wordOfNote(60.5, 3, 0, never)).toThrow(RangeError);
  });
});
