// Sung notes: in tune at any tuning, bends, glides, vibrato, slow oscillator, chance, and the word's own contour.
import { describe, expect, test } from 'vitest';
import type { VoiceParameters } from '../../src/contract/voiceParameters.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import type { TimedMessage } from '../helpers/kernelRun.ts';
import { parametersMessage, playVoice, vowelClip, wordClip, type NoteExtra } from '../helpers/voiceRun.ts';
import { rms } from '../helpers/signals.ts';
import { fitTone } from '../helpers/toneFit.ts';

const rate = 8000;
const word = wordClip();
const vowel = vowelClip(130);
const play = (
  change: Partial<VoiceParameters>,
  seconds: number,
  extra: NoteExtra = {},
  messages: readonly TimedMessage[] = [],
  clip = vowel,
): Float32Array =>
  playVoice(clip, { hold: 'hold', ...change }, seconds, { pitchHz: 220, ...extra }, messages);
const control = (seconds: number, change: Partial<Extract<ToKernel, { type: 'control' }>>): TimedMessage => ({
  at: Math.round(seconds * rate),
  message: { type: 'control', noteId: 3, ...change },
});
/** Cents of a stretch over a pitch. */
const centsOf = (out: Float32Array, from: number, to: number, hertz: number): number =>
  1200 *
  Math.log2(fitTone(out.slice(Math.round(from * rate), Math.round(to * rate)), rate, hertz).hertz / hertz);
/** Cents by time, from the fundamental's phase in windows of four periods. */
function contour(out: Float32Array, hertz: number, every = 0.01): { at: number; cents: number }[] {
  const points: { at: number; cents: number }[] = [];
  const length = Math.round((6 * rate) / hertz);
  const phaseAt = (at: number, f: number): number => {
    let re = 0;
    let im = 0;
    for (let n = 0; n < length; n++) {
      const w = 1 - Math.cos((2 * Math.PI * (n + 0.5)) / length);
      re += w * out[at + n] * Math.cos((2 * Math.PI * f * (at + n)) / rate);
      im -= w * out[at + n] * Math.sin((2 * Math.PI * f * (at + n)) / rate);
    }
    return Math.atan2(im, re) / (2 * Math.PI);
  };
  const step = Math.round(rate / hertz);
  for (let at = 0; at + length + step < out.length; at += Math.round(every * rate)) {
    let turn = phaseAt(at + step, hertz) - phaseAt(at, hertz);
    turn -= Math.round(turn);
    points.push({
      at: (at + (length + step) / 2) / rate,
      cents: 1200 * Math.log2(1 + (turn * rate) / step / hertz),
    });
  }
  return points;
}

describe('in tune', () => {
  const key = (midi: number, a4: number): number => a4 * 2 ** ((midi - 69) / 12);

  test.each([400, 440, 480])('from E2 to E5 at A4 = %d Hz, whatever the word and its contour', (a4) => {
    for (const midi of [40, 45, 52, 57, 64, 69, 76]) {
      const hertz = key(midi, a4);
      for (const [clip, intonation] of [
        [word, 0.1],
        [vowel, 0],
      ] as const) {
        const out = play({ intonation }, 0.75, { pitchHz: hertz }, [], clip);
        expect(Math.abs(centsOf(out, 0.4, 0.7, hertz))).toBeLessThan(1);
      }
    }
  });

  test("without a pitch a note has the word's own", () => {
    const out = play({ intonation: 1 }, 0.8, { pitchHz: 0 });
    expect(Math.abs(centsOf(out, 0.4, 0.7, 130))).toBeLessThan(1);
  });
});

test('intonation lets the contour of the word ride on the note, by its share', () => {
  const slope = (intonation: number): number => {
    const points = contour(play({ hold: 'one-shot', intonation }, 0.5, {}, [], word), 220);
    const between = (a: number, b: number): number => {
      const part = points.filter(({ at }) => at > a && at < b);
      return part.reduce((sum, { cents }) => sum + cents, 0) / part.length;
    };
    return between(0.28, 0.32) - between(0.16, 0.2);
  };
  // From 1.06 to 0.94 of its pitch within 16 frames: 208 cents; 120 ms of it.
  expect(Math.abs(slope(0))).toBeLessThan(1);
  expect(slope(1)).toBeCloseTo(-208 * (0.12 / 0.256), -1);
  expect(slope(0.5) / slope(1)).toBeCloseTo(0.5, 1);
});

test('a bend moves the pitch by its ratio within 8 ms and without a click, and so do notes of all', () => {
  const out = play({}, 1, {}, [
    control(0.4, { pitchRatio: 2 ** (2 / 12) }),
    { at: 0.7 * rate, message: { type: 'control', pitchRatio: 1 } },
  ]);
  expect(centsOf(out, 0.2, 0.39, 220)).toBeCloseTo(0, 1);
  expect(centsOf(out, 0.41, 0.69, 220 * 2 ** (2 / 12))).toBeCloseTo(0, 1);
  expect(centsOf(out, 0.71, 0.95, 220)).toBeCloseTo(0, 1);
});

describe('a glide', () => {
  test('goes straight in cents, takes its time and does not click', () => {
    const out = play({}, 1.4, {}, [control(0.4, { pitchHz: 330, glideSeconds: 0.5 })]);
    expect(clickiness(out, rate, 0.05 * rate, 1.3 * rate)).toBeLessThan(CLICK / 2);
    expect(centsOf(out, 0.2, 0.39, 220)).toBeCloseTo(0, 1);
    expect(centsOf(out, 0.91, 1.3, 330)).toBeCloseTo(0, 1);
    const whole = 1200 * Math.log2(1.5);
    // From the middle of the way, so that the measure is never far off.
    for (const { at, cents } of contour(out, 220 * Math.sqrt(1.5))) {
      const wanted = whole * ((at - 0.4) / 0.5 - 0.5);
      if (at > 0.45 && at < 0.85) expect(Math.abs(cents - wanted)).toBeLessThan(15);
    }
  });

  test('may begin with the note, and at the frame that it names', () => {
    const message: ToKernel = { type: 'control', noteId: 3, pitchHz: 440, glideSeconds: 0.2, frame: 2000 };
    const out = play({}, 1, { frame: 2000 }, [{ at: 0, message }]);
    expect(centsOf(out, 0.47, 0.9, 440)).toBeCloseTo(0, 1);
    const early = contour(out.slice(2000), 220).filter(({ at }) => at < 0.06);
    expect(early[0].cents).toBeLessThan(500);
  });
});

describe('vibrato', () => {
  const wave = (change: Partial<VoiceParameters>): { at: number; cents: number }[] =>
    contour(play({ vibratoHz: 5, vibratoCents: 60, ...change }, 2.2), 220).filter(({ at }) => at < 2.1);

  test('has its rate and its depth', () => {
    const points = wave({}).filter(({ at }) => at > 0.3);
    const cents = points.map((point) => point.cents);
    // The window of six periods flattens it a little.
    expect(Math.max(...cents)).toBeGreaterThan(54);
    expect(Math.max(...cents)).toBeLessThan(61);
    expect(Math.min(...cents)).toBeLessThan(-54);
    const rises = points.filter(({ cents }, i) => i > 0 && points[i - 1].cents < 0 && cents >= 0);
    expect((rises.length - 1) / (rises.at(-1)!.at - rises[0].at)).toBeCloseTo(5, 1);
  });

  test('comes in over its delay', () => {
    const points = wave({ vibratoDelaySeconds: 1 });
    const depth = (from: number, to: number): number =>
      Math.max(...points.filter(({ at }) => at > from && at < to).map(({ cents }) => Math.abs(cents)));
    expect(depth(0.03, 0.2)).toBeLessThan(10);
    expect(depth(0.4, 0.6)).toBeGreaterThan(15);
    expect(depth(0.4, 0.6)).toBeLessThan(50);
    expect(depth(1.1, 2)).toBeGreaterThan(54);
  });

  test('is without clicks', () => {
    const out = play({ vibratoHz: 6, vibratoCents: 100 }, 1);
    expect(clickiness(out, rate, 0.05 * rate, 0.9 * rate)).toBeLessThan(CLICK / 2);
  });
});

describe('the slow oscillator', () => {
  test('moves the pitch by twelve semitones at its full amount: a square of two octaves apart', () => {
    const out = play({ lfoHz: 1, lfoShape: 'square', lfoTarget: 'pitch', lfoAmount: 0.5 }, 1);
    expect(centsOf(out, 0.2, 0.45, 220 * Math.SQRT2)).toBeCloseTo(0, 1);
    expect(centsOf(out, 0.6, 0.9, 220 / Math.SQRT2)).toBeCloseTo(0, 1);
  });

  test('moves the level by twelve decibels each way', () => {
    const out = play({ lfoHz: 0.5, lfoShape: 'square', lfoTarget: 'level', lfoAmount: 1 }, 2);
    const ratio = rms(out, 0.3 * rate, 0.9 * rate) / rms(out, 1.2 * rate, 1.9 * rate);
    expect(20 * Math.log10(ratio)).toBeCloseTo(24, 0);
    expect(clickiness(out, rate, 0.05 * rate, 1.9 * rate)).toBeLessThan(CLICK);
  });

  test('keeps its phase when its rate changes, in any split of the blocks', () => {
    const parameters = { lfoHz: 2, lfoShape: 'triangle', lfoTarget: 'pitch', lfoAmount: 0.1 } as const;
    const out = play(parameters, 1.2);
    const cents = contour(out, 220).map((point) => point.cents);
    expect(Math.max(...cents)).toBeGreaterThan(100);
    expect(Math.max(...cents)).toBeLessThan(121);
  });
});

test('the slow oscillator stands where a beat says, from the very frame on', () => {
  const square = { lfoHz: 1, lfoShape: 'square', lfoTarget: 'pitch', lfoAmount: 0.5 } as const;
  // At the note's start the beat has gone 0.5 turns, at frame 0.4 s 1.9 of another.
  const out = play({ ...square, lfoTurns: 0.5 }, 1.2, {}, [
    {
      at: 0.4 * rate,
      message: parametersMessage({ ...square, hold: 'hold', phaseFrame: 0.4 * rate, lfoTurns: 1.9 }),
    },
  ]);
  expect(centsOf(out, 0.1, 0.38, 220 / Math.SQRT2)).toBeCloseTo(0, 1);
  expect(centsOf(out, 0.55, 0.95, 220 * Math.SQRT2)).toBeCloseTo(0, 1);
  expect(centsOf(out, 1.05, 1.18, 220 / Math.SQRT2)).toBeCloseTo(0, 1);
});

test('chance gives every note a pitch of its own, the same with the same seed', () => {
  const pitches = (seed: number): number[] => {
    const out = playVoice(
      vowel,
      { hold: 'hold', randomTarget: 'pitch', randomAmount: 0.05 },
      2.4,
      { pitchHz: 220 },
      [
        { at: 0.6 * rate, message: { type: 'silence' } },
        { at: 0.7 * rate, message: { ...second, noteId: 4 } },
        { at: 1.2 * rate, message: { type: 'silence' } },
        { at: 1.3 * rate, message: { ...second, noteId: 5 } },
      ],
      { seed },
    );
    return [0.2, 0.85, 1.5].map((from) => centsOf(out, from, from + 0.3, 220));
  };
  const second = {
    type: 'noteOn',
    slot: 3,
    revision: 0,
    style: new Float32Array(2),
    gain: 1,
    pitchHz: 220,
  } as const;
  const [a, again, other] = [pitches(1), pitches(1), pitches(2)];
  expect(again).toEqual(a);
  expect(Math.max(...a.map((cents, i) => Math.abs(cents - other[i])))).toBeGreaterThan(2);
  expect(Math.max(...a) - Math.min(...a)).toBeGreaterThan(2);
  for (const cents of [...a, ...other]) expect(Math.abs(cents)).toBeLessThan(60.1);
});

test('velocity moves what it is told to', () => {
  const offBy = (velocity: number, cents: number): number => {
    const parameters = { velocityTarget: 'pitch', velocityTargetAmount: 0.1 } as const;
    return centsOf(play(parameters, 0.8, { velocity }), 0.3, 0.7, 220 * 2 ** (cents / 1200));
  };
  for (const velocity of [0.25, 0.5, 1]) expect(offBy(velocity, 120 * (2 * velocity - 1))).toBeCloseTo(0, 1);
});
