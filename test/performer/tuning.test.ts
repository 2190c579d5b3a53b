// Tuning: equal temperament at any A4, Scala scales and keyboard mappings.
import { describe, expect, it } from 'vitest';
import { parseKeyboardMap, parseScale, Tuning } from '../../src/performer/tuning.ts';

const cents = (hz: number, reference: number) => 1200 * Math.log2(hz / reference);

const justScale = `! just.scl
!
Ptolemy's intense diatonic
 7
!
 9/8 a comment
 5/4
 4/3
 3/2
 5/3
 15/8
 2
`;
/** White keys play the seven degrees, black keys nothing; A4 stays at 440 Hz. */
const whiteKeys = `! white.kbm
12
0
127
60
69
440.0
7
0
x
1
x
2
3
x
4
x
5
x
6
`;

describe('equal temperament', () => {
  it('puts A4 at 440 Hz and follows the tuning from 400 to 480 Hz', () => {
    const tuning = new Tuning();
    expect(tuning.name).toBe('equal temperament');
    expect(tuning.frequencyOf(69)).toBeCloseTo(440, 9);
    expect(tuning.frequencyOf(60)).toBeCloseTo(261.6255653, 6);
    for (const a4 of [400, 432, 480]) {
      for (const key of [0, 40, 64, 76, 127]) {
        expect(cents(tuning.frequencyOf(key, a4), a4)).toBeCloseTo(100 * (key - 69), 6);
      }
    }
    expect(() => tuning.frequencyOf(128)).toThrow(/MIDI note must be a whole number from 0 to 127/);
    expect(() => tuning.frequencyOf(60, 399)).toThrow(/tuningHz must be a number from 400 to 480/);
  });
});

describe('Scala scales', () => {
  it('starts a scale without a map on middle C, one degree a key', () => {
    const tuning = new Tuning(parseScale(justScale));
    expect(tuning.name).toBe("Ptolemy's intense diatonic");
    const middleC = 440 * 2 ** (-9 / 12);
    expect(tuning.frequencyOf(60)).toBeCloseTo(middleC, 9);
    expect(tuning.frequencyOf(64) / middleC).toBeCloseTo(3 / 2, 9);
    expect(tuning.frequencyOf(67) / middleC).toBeCloseTo(2, 9);
    expect(tuning.frequencyOf(59) / middleC).toBeCloseTo(15 / 16, 9);
    expect(tuning.frequencyOf(60, 480) / middleC).toBeCloseTo(480 / 440, 9);
  });

  it('reads cents, ratios, whole numbers and signs as Scala does', () => {
    const scale = parseScale('odd\n4\n-5.0\n100.\n 701.955 fifth\n3\n');
    expect(scale.cents.map((value) => Math.round(value * 1000) / 1000)).toEqual([-5, 100, 701.955, 1901.955]);
  });

  it('keeps a description that is empty', () => {
    expect(parseScale('! none.scl\r\n\r\n1\r\n2/1\r\n')).toEqual({ description: '', cents: [1200] });
  });

  it.each([
    ['', /needs a description/],
    ['x\nseven\n', /number of notes must be 1 to 1024, got "seven"/],
    ['x\n2\n3/2\n', /promises 2 pitches and has 1/],
    ['x\n1\nabc\n', /pitch 1 of the scale must be cents .* got "abc"/],
    ['x\n1\n3/0\n', /pitch 1/],
    ['x\n1\n0.0\n', /must lie above/],
  ])('refuses %j and says why', (text, fault) => {
    expect(() => parseScale(text)).toThrow(fault);
  });
});

describe('Scala keyboard mappings', () => {
  it('plays the degrees of the map and leaves its other keys silent', () => {
    const tuning = new Tuning(parseScale(justScale), parseKeyboardMap(whiteKeys));
    expect(tuning.frequencyOf(69)).toBeCloseTo(440, 9);
    expect(tuning.frequencyOf(60)).toBeCloseTo((440 * 3) / 5, 9);
    expect(tuning.frequencyOf(72)).toBeCloseTo((440 * 6) / 5, 9);
    expect(tuning.frequencyOf(48)).toBeCloseTo((440 * 3) / 10, 9);
    expect(tuning.frequencyOf(61)).toBe(0);
  });

  it('plays nothing outside its range of keys', () => {
    const lines = whiteKeys.replace('\n0\n127\n', '\n60\n72\n');
    const tuning = new Tuning(parseScale(justScale), parseKeyboardMap(lines));
    expect([59, 60, 72, 74].map((key) => tuning.frequencyOf(key) > 0)).toEqual([false, true, true, false]);
  });

  it('refuses a map without its numbers, and a reference key that plays nothing', () => {
    expect(() => parseKeyboardMap('12\n0\n')).toThrow(/seven numbers/);
    expect(() => parseKeyboardMap(whiteKeys.replace('440.0', 'high'))).toThrow(
      /reference frequency must be a number from 1 to 20000, got "high"/,
    );
    expect(() => parseKeyboardMap(whiteKeys.replace('\nx\n1', '\ny\n1'))).toThrow(/a degree or x, got "y"/);
    const silent = parseKeyboardMap(whiteKeys.replace('\n69\n', '\n70\n'));
    expect(() => new Tuning(parseScale(justScale), silent)).toThrow(/reference note 70 has no degree/);
  });
});
