import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noteOfDigit, noteOfFrequency, phraseOf } from '../../src/tone/toneNotes.ts';

describe('a frequency', () => {
  it('is the nearest key and the cents that are missing, exactly', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 30_000, noNaN: true }), (hz) => {
        const { midiNote, play } = noteOfFrequency(hz);
        const sung = 440 * 2 ** ((midiNote - 69 + (play.cents ?? 0) / 100) / 12);
        expect(sung / hz).toBeCloseTo(1, 9);
        expect(midiNote).toBe(Math.min(127, Math.max(0, midiNote)));
        if (hz > 9 && hz < 12_000) expect(Math.abs(play.cents ?? 0)).toBeLessThanOrEqual(50);
      }),
    );
  });

  it('of a key has no cents, whatever rounding makes of it, and the same name', () => {
    const named = noteOfFrequency(440 * 2 ** (-9 / 12));
    expect(named).toEqual({ name: named.name, midiNote: 60, play: { hasKeyswitches: false } });
    expect(noteOfFrequency(261.625565).name).toBe(named.name);
    expect(noteOfFrequency(261.7).name).not.toBe(named.name);
  });

  it.each([0, -1, NaN, Infinity])('of %s Hz is none', (hz) => {
    expect(() => noteOfFrequency(hz, 'H4')).toThrow(/note must be a name such as 'C4'.*got "H4"/);
  });
});

describe('a digit', () => {
  it('is spoken by the voice, or sung on a pitch', () => {
    expect(noteOfDigit('seven', 2)).toEqual({
      name: 'digit 7',
      midiNote: 67,
      play: { hasKeyswitches: false, mode: 'words', speaker: 2 },
    });
    const sung = noteOfDigit(3, 2, noteOfFrequency(432));
    expect(sung.midiNote).toBe(69);
    expect(sung.play).toMatchObject({ mode: 'sing', digit: 3, hasKeyswitches: false });
    expect(sung.play.cents).toBeCloseTo(-31.77, 2);
    expect(sung.name).not.toBe(noteOfDigit(4, 2, noteOfFrequency(432)).name);
  });

  it.each([10, -1, 1.5, 'ten', ''])('is not %s', (digit) => {
    expect(() => noteOfDigit(digit, 0)).toThrow(/digit must be a whole number from 0 to 9 or its name/);
  });
});

describe('a phrase', () => {
  it('has digits in a row, ties that make them longer, and rests', () => {
    const three = { digit: 3, start: 0, length: 1 };
    expect(phraseOf('3 1 4').map(({ digit }) => digit)).toEqual([3, 1, 4]);
    expect(phraseOf('314')).toEqual(phraseOf('three one four'));
    expect(phraseOf('3 - - . 4')).toEqual([
      { ...three, length: 3 },
      { digit: 4, start: 4, length: 1 },
    ]);
    // A tie ties nothing at the front or behind a rest.
    expect(phraseOf('- 3 . -')).toEqual([{ ...three, start: 1 }]);
    expect(phraseOf('')).toEqual([]);
    expect(() => phraseOf('3 x')).toThrow(/"x" is none of them/);
  });
});
