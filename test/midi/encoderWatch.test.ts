// Telling encoders from knobs and buttons: traces of both kinds, slow and fast, in one direction and to and fro.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EncoderWatch, isEncoding, type Verdict } from '../../src/midi/encoderWatch.ts';
import { stepsOfData, type StepEncoding } from '../../src/midi/encoders.ts';

/** What is said of each message of a trace, `gapMs` apart. */
function verdicts(trace: readonly number[], gapMs = 30): Verdict[] {
  const watch = new EncoderWatch();
  return trace.map((data, k) => watch.hear(data, 1000 + k * gapMs));
}

const codes: readonly StepEncoding[] = ['twos complement', 'signed bit', 'offset 64'];

/** The data byte of steps. */
function dataOfSteps(encoding: StepEncoding, steps: number): number {
  if (encoding === 'offset 64') return 64 + steps;
  if (steps > 0) return steps;
  return encoding === 'signed bit' ? 64 - steps : 128 + steps;
}

const range = (from: number, to: number) =>
  Array.from({ length: Math.abs(to - from) + 1 }, (_, k) => from + Math.sign(to - from) * k);
const repeated = (data: number, times: number) => new Array<number>(times).fill(data);

describe('codes of encoders', () => {
  it('say the same steps in both directions', () => {
    for (const encoding of codes) {
      for (let steps = 1; steps < 64; steps++) {
        expect(stepsOfData(encoding, dataOfSteps(encoding, steps))).toBe(steps);
        expect(stepsOfData(encoding, dataOfSteps(encoding, -steps))).toBe(-steps);
      }
    }
  });
});

describe('an encoder', () => {
  const turns: Record<string, readonly number[]> = {
    'two steps to and fro': [1, 1, 1, -1, -1],
    'a slow turn to and fro': [1, 1, 1, 1, -1, -1, -1],
    'a left turn first': [-1, -1, -1, 1, 1, 1],
    'a turn that gets faster': [1, 1, 2, 3, 4, 3, 2, 1, 1, -1, -1, -2, -4, -3, -1],
    'a fast turn': [3, 5, 5, 9, 12, 9, 5, -2, -6, -6, -9, -3],
    'single steps before the turn': [1, -1, 1, -1, 1, 1, -1, -1],
  };
  for (const [name, steps] of Object.entries(turns)) {
    it.each(codes)(`is known by ${name}, whatever the speed: %s`, (encoding) => {
      const trace = steps.map((step) => dataOfSteps(encoding, step));
      // Over the middle a knob walks as such a turn does: it has to go back and forth once more.
      if (encoding === 'offset 64') trace.push(65, 65, 65, 63, 63);
      for (const gapMs of [0, 8, 30, 250, 900]) expect(verdicts(trace, gapMs).at(-1)).toBe(encoding);
    });
  }

  it('is known by one step to and fro where no knob leaps', () => {
    expect(verdicts([1, 1, 127, 127]).at(-1)).toBe('twos complement');
    expect(verdicts([1, 1, 65, 65]).at(-1)).toBe('signed bit');
    expect(verdicts([65, 65, 63, 63])).toEqual(['absolute', 'unclear', 'unclear', 'unclear']);
  });

  it('is known by a quick turn to the right alone, and its code by the first step back', () => {
    expect(verdicts([1, 1, 1, 1, 1]).at(-1)).toBe('twos complement');
    expect(verdicts([1, 1, 1, 1, 1, 65]).at(-1)).toBe('signed bit');
    expect(verdicts([1, 1, 2, 2, 1, 1, 127, 127]).at(-1)).toBe('twos complement');
    expect(verdicts([63, 63, 63, 63]).at(-1)).toBe('offset 64');
  });

  it('stays unclear where it says 65 alone, to the right in one code and to the left in another', () => {
    for (const gapMs of [5, 20, 400]) {
      const alone = verdicts(repeated(65, 300), gapMs).slice(1);
      expect(new Set(alone)).toEqual(new Set(['unclear']));
      expect(verdicts([...repeated(65, 300), 63, 63], gapMs).at(-1)).toBe('offset 64');
      expect(verdicts([...repeated(65, 7), 1, 1], gapMs).at(-1)).toBe('signed bit');
    }
  });

  it('asks for more while it may be a button, or a knob that is turned on at its end', () => {
    expect(
      verdicts(repeated(127, 20))
        .slice(1)
        .every((verdict) => verdict === 'unclear'),
    ).toBe(true);
    expect(verdicts([1, 1, 1], 400).at(-1)).toBe('unclear');
    expect(verdicts(repeated(1, 12), 400).at(-1)).toBe('twos complement');
  });

  it('is found also where it began like a button', () => {
    const pressed = verdicts(repeated(127, 8), 400);
    expect(pressed.at(-1)).toBe('absolute');
    expect(verdicts([...repeated(127, 8), 1, 1], 400).slice(-2)).toEqual(['unclear', 'twos complement']);
  });

  it('is found also where it began like a knob', () => {
    expect(verdicts([1, 2, 3, 5, 8, 6, 3, 1, 127, 126, 124, 124, 127]).at(-1)).toBe('twos complement');
    expect(verdicts([66, 67, 69, 72, 70, 66, 63, 63, 61, 63, 65, 65, 63]).at(-1)).toBe('offset 64');
  });

  it('is found by random turns to and fro', () => {
    const turn = fc.record({
      sizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 2, maxLength: 12 }),
      right: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.constantFrom(...codes), fc.array(turn, { maxLength: 4 }), (encoding, turns_) => {
        const steps = turns_.flatMap(({ sizes, right }) => sizes.map((size) => (right ? size : -size)));
        // The player ends with what the page asks for.
        const trace = [...steps, 1, 1, 1, -1, -1, -1].map((step) => dataOfSteps(encoding, step));
        expect(verdicts(trace).at(-1)).toBe(encoding);
      }),
    );
  });
});

describe('a knob', () => {
  const traces: Record<string, readonly number[]> = {
    'turned up from the bottom': range(0, 127),
    'turned up from 1': range(1, 60),
    'stepping 1, 2, 3': [1, 2, 3],
    'stepping 1, 2, 3 and back': [1, 2, 3, 2, 1, 2, 3, 4, 3, 2, 1],
    'moved near its bottom': [3, 2, 1, 2, 3, 2, 1, 2],
    'pressed to its bottom': [3, 2, 1, 0, 1, 0],
    'pressed to its top': [124, 125, 126, 127, 126, 127, 126, 125, 126, 127],
    'turned down from the top': range(127, 40),
    'from end to end': [...range(1, 126), 127, ...range(126, 1)],
    'from end to end, fast': [2, 14, 40, 71, 96, 118, 127, 101, 60, 22, 3, 0],
    'flicked from end to end': [1, 2, 60, 126, 127, 126, 70, 2, 1, 2, 64, 126, 125],
    'wiggled about 64': [63, 64, 65, 66, 65, 64, 63, 62, 63, 64, 65],
    'wiggled about 64, fast': [66, 62, 59, 63, 67, 70, 66, 61, 58, 62, 65, 68, 63, 60, 65],
    'trembling between 63 and 65': [65, 63, 65, 63, 65, 63, 65, 63, 65, 63],
    'trembling beside 64': [65, 66, 65, 66, 65, 66, 65, 66],
    'jumping from 65 to 1 with a bank': [65, 66, 1, 2, 3, 4, 5],
    'endless, at its top': [...range(120, 127), ...repeated(127, 12), ...range(126, 110)],
    'endless, at its bottom': [...range(8, 0), ...repeated(0, 12), ...range(1, 12)],
    'endless from 1 to 127': [...range(10, 1), ...repeated(1, 6), ...range(2, 126), ...repeated(127, 6), 126],
    'that says where it rests, again and again': [20, 20, 20, 20, 20, 20, 21, 21, 21, 22, 100, 100, 100, 100],
    'of 14 bits': [1.2, 1.2, 1.4, 127 / 128],
  };
  for (const [name, trace] of Object.entries(traces)) {
    it(`is never an encoder: ${name}`, () => {
      for (const gapMs of [0, 8, 40, 300]) expect(verdicts(trace, gapMs).filter(isEncoding)).toEqual([]);
    });
  }

  it('that says every place two or three times is none either', () => {
    const twice = (places: readonly number[], times = 2) => places.flatMap((place) => repeated(place, times));
    for (const times of [2, 3]) {
      for (const places of [range(1, 20), range(20, 1), range(127, 100), range(100, 127)]) {
        expect(verdicts(twice(places, times)).filter(isEncoding)).toEqual([]);
        expect(verdicts(twice(places, times)).at(-1)).toBe('absolute');
      }
    }
    for (const places of [
      [63, 65],
      [65, 63],
      [62, 63, 65, 66, 67],
      [66, 65, 63, 61, 58, 57],
    ]) {
      expect(verdicts(twice(places)).filter(isEncoding)).toEqual([]);
    }
  });

  it('that says where it rests and then runs away is none in the end', () => {
    for (const rest of [1, 2, 3, 5]) {
      const away = [3, 5, 8, 12, 20, 33].map((place) => place + rest);
      expect(verdicts([...repeated(rest, 6), ...away], 10).at(-1)).toBe('absolute');
    }
    expect(verdicts([...repeated(2, 6), 3, 5, 8, 12, 20, 33], 10).filter(isEncoding)).toEqual([]);
    expect(verdicts([...repeated(63, 6), 61, 58, 52, 44, 33], 10).at(-1)).toBe('absolute');
    expect(verdicts([...repeated(63, 3), ...repeated(65, 3), 66, 67, 68, 69], 10).at(-1)).toBe('absolute');
    // One that settled as an encoder is one for good.
    expect(verdicts([1, 1, 127, 127, 3, 5, 8, 12, 20, 33], 10).at(-1)).toBe('twos complement');
  });

  it('is never an encoder wherever a hand moves it', () => {
    const move = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.integer({ min: -25, max: 25 }),
      fc.constantFrom(-1, 1),
    );
    const start = fc.oneof(
      fc.constantFrom(0, 1, 2, 62, 63, 64, 65, 66, 126, 127),
      fc.integer({ min: 0, max: 127 }),
    );
    fc.assert(
      fc.property(
        start,
        fc.array(move, { maxLength: 150 }),
        fc.integer({ min: 0, max: 200 }),
        (from, moves, gap) => {
          let at = from;
          const trace = [from];
          for (const by of moves) {
            const next = Math.min(127, Math.max(0, at + by));
            // It speaks when it has moved.
            if (next !== at) trace.push((at = next));
          }
          expect(verdicts(trace, gap).filter(isEncoding)).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is heard as a knob at once where its place is none that a first turn says', () => {
    for (const data of [0, 5, 20, 40, 57, 64, 72, 100, 120]) expect(verdicts([data])).toEqual(['absolute']);
    expect(verdicts([1, 2, 3]).at(-1)).toBe('absolute');
    expect(verdicts([100, 101, 102, 103]).every((verdict) => verdict === 'absolute')).toBe(true);
  });
});

describe('a button', () => {
  const traces: Record<string, readonly number[]> = {
    'that says 127 and 0': [127, 0, 127, 0, 127, 0],
    'that says 127 alone': repeated(127, 30),
    'that says 127 or 1 in turn': [127, 1, 127, 1],
    'that says 65 and 0': [65, 0, 65, 0],
    'that says 64 alone': repeated(64, 8),
  };
  for (const [name, trace] of Object.entries(traces)) {
    it(`is never an encoder: ${name}`, () => {
      for (const gapMs of [120, 400]) expect(verdicts(trace, gapMs).filter(isEncoding)).toEqual([]);
    });
  }
});
