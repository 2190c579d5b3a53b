// Tuning: equal temperament at any A4, Scala scales and keyboard mappings.
import { describe, expect, it } from 'vitest';
import { parseKeyboardMap, parseScale } from '../../src/performer/scalaFile.ts';
import { Tuning } from '../../src/performer/tuning.ts';

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

describe('a scale without a map', () => {
  it('starts on middle C, one degree a key', () => {
    const tuning = new Tuning(parseScale(justScale));
    expect(tuning.name).toBe("Ptolemy's intense diatonic");
    const middleC = 440 * 2 ** (-9 / 12);
    expect(tuning.frequencyOf(60)).toBeCloseTo(middleC, 9);
    expect(tuning.frequencyOf(64) / middleC).toBeCloseTo(3 / 2, 9);
    expect(tuning.frequencyOf(67) / middleC).toBeCloseTo(2, 9);
    expect(tuning.frequencyOf(59) / middleC).toBeCloseTo(15 / 16, 9);
    expect(tuning.frequencyOf(60, 480) / middleC).toBeCloseTo(480 / 440, 9);
  });

  it.each([
    ['a period of 1/1 gives every key one pitch', 'x\n1\n1/1\n', [0, 0, 0]],
    ['a period below 1/1 falls to the right', 'x\n1\n1/2\n', [1200, 0, -1200]],
    ['pitches in any order and of any sign', 'x\n3\n-50.0\n700.0\n600.0\n', [100, 0, -50]],
    ['no pitch but the first is played by every key', 'x\n0\n', [0, 0, 0]],
  ])('%s', (_, text, [below, at, above]) => {
    const tuning = new Tuning(parseScale(text));
    const middleC = new Tuning().frequencyOf(60);
    const played = [59, 60, 61].map((key) => cents(tuning.frequencyOf(key), middleC));
    [below, at, above].forEach((value, k) => expect(played[k]).toBeCloseTo(value, 6));
  });

  it('refuses pitches so far apart that a key has no finite frequency, or none above 0', () => {
    for (const period of ['1000000000.0', '-1000000000.0']) {
      expect(() => parseScale(`x\n1\n${period}\n`)).toThrow(/a pitch must lie within 12000000 cents/);
    }
    for (const period of ['1000000.0', `1${'0'.repeat(400)}/1`]) {
      expect(() => new Tuning(parseScale(`x\n1\n${period}\n`))).toThrow(
        /key \d+ would lie .* cents from key 60, at no frequency .* too far apart/,
      );
    }
  });

  it('tells which keys lie where nothing can be played', () => {
    expect(new Tuning().notice).toBe('');
    const octaves = new Tuning(parseScale('x\n1\n2/1\n'));
    expect(octaves.notice).toBe(
      'Keys 0-56, 67-127 would lie outside 27.5 Hz to 20 kHz, what can be played, and are silent.',
    );
    const every2nd = new Tuning(parseScale('x\n2\n20000.0\n0.0\n'));
    expect(every2nd.notice).toMatch(/^Keys 1, 3, 5, 7, 9, 11 and others would lie outside .* are silent\.$/);
    const lowest = new Tuning(undefined, parseKeyboardMap('0\n0\n0\n60\n69\n440.0\n0\n'));
    expect(lowest.notice).toMatch(/^Key 0 would lie outside .* and is silent\.$/);
    expect(new Tuning(parseScale('x\n1\n1/1\n')).notice).toBe('');
    expect(new Tuning(parseScale('x\n0\n')).notice).toBe(
      'The scale has no pitch but its first: every key plays it.',
    );
  });
});

describe('a keyboard mapping', () => {
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
    expect(tuning.notice).toBe('');
  });

  it('takes an octave degree of 0 for the highest of the scale', () => {
    const zero = parseKeyboardMap(whiteKeys.replace('440.0\n7\n', '440.0\n0\n'));
    expect(new Tuning(parseScale(justScale), zero).frequencyOf(72)).toBeCloseTo((440 * 6) / 5, 9);
  });

  it('lays its patterns apart by the pitch of the octave degree', () => {
    // Two keys a pattern, patterns a fifth apart.
    const map = parseKeyboardMap('2\n0\n127\n60\n60\n264.0\n4\n0\n1\n');
    const tuning = new Tuning(parseScale(justScale), map);
    expect(tuning.frequencyOf(61)).toBeCloseTo((264 * 9) / 8, 9);
    expect(tuning.frequencyOf(62)).toBeCloseTo((264 * 3) / 2, 9);
    expect(tuning.frequencyOf(63)).toBeCloseTo((264 * 27) / 16, 9);
    expect(tuning.frequencyOf(58)).toBeCloseTo((264 * 2) / 3, 9);
  });

  it('of size 0 goes up degree by degree', () => {
    const map = parseKeyboardMap('0\n0\n127\n62\n62\n300.0\n0\n');
    const tuning = new Tuning(parseScale(justScale), map);
    expect([62, 63, 69].map((key) => tuning.frequencyOf(key))).toEqual([300, (300 * 9) / 8, 600].map(near));
  });

  it('may leave the last entries out, and name a reference beyond its keys', () => {
    const map = parseKeyboardMap('12\n60\n71\n60\n72\n528.0\n7\n0\n2\n');
    const tuning = new Tuning(parseScale(justScale), map);
    expect([59, 60, 61, 62, 72].map((key) => tuning.frequencyOf(key))).toEqual([
      0,
      near(264),
      near(330),
      0,
      0,
    ]);
  });

  it('says what to do about a reference key that plays nothing', () => {
    const silent = parseKeyboardMap(whiteKeys.replace('\n69\n', '\n70\n'));
    expect(() => new Tuning(parseScale(justScale), silent)).toThrow(
      /reference note 70 has no degree \(x\).*give that key a degree, or name another .* such as 69/,
    );
    const none = parseKeyboardMap('2\n0\n127\n60\n69\n440.0\n0\nx\nx\n');
    expect(() => new Tuning(undefined, none)).toThrow(/no degree for any key/);
  });

  it.each(['200\n300', '-9\n-1', '61\n61'])('is refused where no key would sound, as %j', (ends) => {
    const map = parseKeyboardMap(`2\n${ends}\n60\n60\n261.6\n2\n0\nx\n`);
    expect(() => new Tuning(undefined, map)).toThrow(/no key would sound: .*keys that have a degree/);
  });
});

const near = (value: number): unknown => expect.closeTo(value, 9);
