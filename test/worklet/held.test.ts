// What a word does while its key is down and after: held, looped, stuttering, frozen, backwards.
import { describe, expect, test } from 'vitest';
import { plainVoiceParameters, type VoiceParameters } from '../../src/contract/voiceParameters.ts';
import { ClipBank } from '../../src/worklet/clipBank.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import { trackedFeatures, trackedFormat, type TimedMessage } from '../helpers/kernelRun.ts';
import {
  bandDb,
  clipOfFrames,
  hissBands,
  playVoice,
  VOWEL_FROM,
  VOWEL_TO,
  vowelClip,
  wordClip,
  type NoteExtra,
} from '../helpers/voiceRun.ts';
import { rms } from '../helpers/signals.ts';
import { beatingDb, fitTone } from '../helpers/toneFit.ts';

const rate = 8000;
const word = wordClip();
const off = (seconds: number): TimedMessage => ({
  at: Math.round(seconds * rate),
  message: { type: 'noteOff', noteId: 3 },
});
const play = (
  change: Partial<VoiceParameters>,
  seconds: number,
  messages: readonly TimedMessage[] = [],
  extra: NoteExtra = {},
): Float32Array => playVoice(word, change, seconds, { pitchHz: 165, ...extra }, messages);
const level = (out: Float32Array, from: number, to: number): number =>
  20 * Math.log10(rms(out, Math.round(from * rate), Math.round(to * rate)) + 1e-9);
/** How far the s stands out over the vowel, in dB: -22 in the vowel, 50 and more in the s. */
const hissDb = (out: Float32Array, from: number, to: number): number => {
  const part = out.slice(Math.round(from * rate), Math.round(to * rate));
  return bandDb(part, rate, 2700, 3600) - bandDb(part, rate, 100, 1000);
};

const hop = trackedFormat.hopSamples / trackedFormat.sampleRate;
/** Frame in which a clip is held. */
function steadyOf(features: Float32Array): number {
  const bank = new ClipBank(trackedFormat, 1, 0);
  bank.store(0, 0, 0, new Float32Array(0), features);
  return bank.shape(0).steady;
}

describe('hold', () => {
  const held = play({ hold: 'hold' }, 2.2, [off(1.5)]);

  test('speaks the onset, then holds the vowel at a steady level and spectrum in tune', () => {
    expect(hissDb(held, 0.02, 0.085)).toBeGreaterThan(10);
    const levels = Array.from({ length: 12 }, (_, i) => level(held, 0.3 + 0.1 * i, 0.4 + 0.1 * i));
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(1.5);
    const spectra = Array.from({ length: 4 }, (_, i) =>
      fitTone(held.slice((0.35 + 0.25 * i) * rate, (0.55 + 0.25 * i) * rate), rate, 165),
    );
    for (const { hertz, amplitudes } of spectra) {
      expect(Math.abs(1200 * Math.log2(hertz / 165))).toBeLessThan(0.5);
      for (let k = 0; k < 20; k++) {
        expect(Math.abs(20 * Math.log10(amplitudes[k] / spectra[0].amplitudes[k]))).toBeLessThan(1.5);
      }
    }
    expect(beatingDb(held.slice(0.35 * rate, 1.4 * rate), rate, 165)).toBeLessThan(0.5);
  });

  test('on release the word finishes: its last s comes four hops late at the most, then nothing', () => {
    // A hop at the most until the release is heeded, one until its first frame sets in, two to the middle of that.
    const s = 1.5 + (VOWEL_TO - steadyOf(word)) * hop;
    expect(hissDb(held, s - 0.1, s - 0.035)).toBeLessThan(-15);
    expect(hissDb(held, s + 4 * hop, s + 4 * hop + 0.064)).toBeGreaterThan(10);
    expect(level(held, 1.95, 2.2)).toBeLessThan(-120);
    expect(clickiness(held, rate, 0.05 * rate, 2.1 * rate)).toBeLessThan(CLICK);
  });

  test('released before the vowel is reached it is the word itself', () => {
    const early = play({ hold: 'hold' }, 0.9, [off(0.02)]);
    const plain = play({}, 0.9, []);
    for (let t = 0.05; t < 0.55; t += 0.1) {
      expect(Math.abs(level(early, t, t + 0.1) - level(plain, t, t + 0.1))).toBeLessThan(1);
    }
    expect(level(early, 0.7, 0.9)).toBeLessThan(-120);
  });

  test('backwards it holds the vowel, too, and finishes with what was its onset', () => {
    const out = play({ hold: 'hold', speed: -1 }, 2, [off(1.2)]);
    expect(hissDb(out, 0, 0.064)).toBeGreaterThan(10);
    expect(hissDb(out, 0.5, 1.1)).toBeLessThan(-15);
    const s = 1.2 + (steadyOf(word) - VOWEL_FROM) * hop;
    expect(hissDb(out, s + 5 * hop, s + 5 * hop + 0.064)).toBeGreaterThan(10);
    expect(level(out, 1.9, 2)).toBeLessThan(-120);
  });

  test('of a word without a voiced frame its loudest steady part is held', () => {
    const silence = hissBands.map(() => 0);
    const s = clipOfFrames((m) => ({
      bands: m >= 6 && m < 20 ? hissBands : silence,
      f0: 130,
      voicing: 0,
    }));
    const out = playVoice(s, { hold: 'hold' }, 1.4);
    expect(Math.abs(level(out, 0.3, 0.6) - level(out, 1.1, 1.4))).toBeLessThan(1);
    expect(level(out, 1.1, 1.4)).toBeGreaterThan(-40);
  });

  test('a vowel drifts: no two periods of it are the same', () => {
    const real = trackedFeatures(1)[0];
    const out = playVoice(real, { hold: 'hold' }, 1.5, { pitchHz: 160 });
    const change = out.slice(0.6 * rate, 1.2 * rate).map((value, n) => value - out[0.6 * rate + n + 250]);
    expect(rms(change) / rms(out, 0.6 * rate, 1.2 * rate)).toBeGreaterThan(0.01);
    const levels = Array.from({ length: 10 }, (_, i) => level(out, 0.5 + 0.1 * i, 0.6 + 0.1 * i));
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(4);
  });
});

test.each([[0], [1], [2]])(
  'the steady vowel of recorded word %i is voiced, loud and inside the word',
  (i) => {
    const features = trackedFeatures(3)[i];
    const bank = new ClipBank(trackedFormat, 1, 0);
    bank.store(0, 0, 0, new Float32Array(0), features);
    const { steady, steadyFrom, steadyTo, end, pitchHz } = bank.shape(0);
    const values = features.length / trackedFormat.frames;
    const energy = (m: number): number =>
      features.slice(m * values, m * values + 80).reduce((a, b) => a + b, 0);
    const most = Math.max(...Array.from({ length: trackedFormat.frames }, (_, m) => energy(m)));
    expect(features[steady * values + 81]).toBeGreaterThan(0.7);
    expect(energy(steady)).toBeGreaterThan(0.6 * most);
    expect([steadyFrom <= steady, steady <= steadyTo, steadyTo - steadyFrom >= 2, steadyTo <= end]).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(pitchHz).toBeGreaterThan(60);
  },
);

test('loop goes to and fro in the vowel, and its release ends it after the key is up', () => {
  const out = play({ hold: 'loop', releaseSeconds: 0.2 }, 2, [off(1.2)]);
  for (let t = 0.4; t < 1.1; t += 0.1) {
    expect(hissDb(out, t, t + 0.13)).toBeLessThan(-15);
    expect(Math.abs(level(out, t, t + 0.1) - level(out, 0.4, 1.2))).toBeLessThan(1);
  }
  // In the release an exponential of 60 dB.
  expect(level(out, 1.29, 1.31) - level(out, 1, 1.2)).toBeLessThan(-25);
  expect(level(out, 1.25, 1.26)).toBeGreaterThan(-60);
  expect(level(out, 1.42, 2)).toBeLessThan(-120);
  expect(clickiness(out, rate, 0.05 * rate, 1.9 * rate)).toBeLessThan(CLICK);
});

test.each(['one-shot', 'hold', 'stutter'] as const)(
  '%s fades in the release time where words are not to end',
  (hold) => {
    const change = { hold, stutterSeconds: 0.4, releaseSeconds: 0.15, endsWords: false };
    const up = hold === 'one-shot' ? 0.3 : 1.1;
    const out = play(change, 2, [off(up)]);
    const before = level(out, up - 0.2, up);
    expect(before).toBeGreaterThan(-30);
    // In the release an exponential of 60 dB.
    expect(level(out, up + 0.07, up + 0.09) - before).toBeLessThan(-20);
    expect(level(out, up + 0.03, up + 0.04)).toBeGreaterThan(-60);
    expect(level(out, up + 0.16, 2)).toBeLessThan(-120);
    expect(clickiness(out, rate, 0.05 * rate, 1.9 * rate)).toBeLessThan(CLICK);
  },
);

test('stutter begins again in tempo and finishes the word when the key is up', () => {
  const every = 0.17;
  const out = play({ hold: 'stutter', stutterSeconds: every }, 2.4, [off(1.36 + 0.01)]);
  // Where the s at the beginning of each stretch gives way to the vowel.
  const onsets: number[] = [];
  const loud = (n: number): boolean => rms(out, n - 60, n + 60) > 0.1;
  for (let n = 200; n < 1.36 * rate; n += 4) if (loud(n) && !loud(n - 4)) onsets.push(n / rate);
  expect(onsets.length).toBe(8);
  onsets.forEach((at, i) => expect(Math.abs(at - onsets[0] - i * every)).toBeLessThan(0.012));
  expect(Math.abs(onsets[7] - onsets[1] - 6 * every)).toBeLessThan(0.006);
  expect(level(out, 2.1, 2.4)).toBeLessThan(-120);
  expect(clickiness(out, rate, 0.05 * rate, 2 * rate)).toBeLessThan(CLICK);
});

/** Where the s at the beginning of each stretch of a stutter gives way to the vowel, in seconds. */
function stretches(out: Float32Array, from: number, to: number): number[] {
  const onsets: number[] = [];
  const loud = (n: number): boolean => rms(out, n - 60, n + 60) > 0.1;
  for (let n = Math.round(from * rate); n < to * rate; n += 4)
    if (loud(n) && !loud(n - 4)) onsets.push(n / rate);
  return onsets;
}

test('stutter lines up with a beat, from the first one behind its start on', () => {
  const every = 0.17;
  const stutter = { hold: 'stutter', stutterSeconds: every } as const;
  const own = stretches(play(stutter, 1.5), 0.025, 1.5);
  // Notes of a beat that stands elsewhere when they start: 0.6 of a stretch on, 0.9 on, and on it.
  for (const turns of [7.6, 7.9, 3]) {
    const out = play({ ...stutter, stutterTurns: turns }, 1.5);
    const onsets = stretches(out, 0.025, 1.5);
    // From a stretch's begin to its vowel it takes as long as from the note's.
    const beats = onsets.slice(1).map((at) => turns + (at - own[0]) / every);
    expect(beats.length).toBeGreaterThanOrEqual(6);
    beats.forEach((beat, k) => expect(Math.abs(beat - Math.round(beats[0]) - k)).toBeLessThan(0.1));
    // One that is only just early does not begin twice.
    expect(onsets[1] - onsets[0]).toBeGreaterThan(turns === 7.6 ? 0.3 * every : 0.9 * every);
    expect(clickiness(out, rate, 0.05 * rate, 1.4 * rate)).toBeLessThan(CLICK);
  }
});

test('stutter comes back when its stretch is longer than the word, until the key is up', () => {
  const out = play({ hold: 'stutter', stutterSeconds: 0.9 }, 4, [off(2.5)]);
  expect(level(out, 0.75, 0.85)).toBeLessThan(-120);
  for (const at of [0, 0.9, 1.8]) expect(level(out, at + 0.1, at + 0.3)).toBeGreaterThan(-30);
  expect(level(out, 2.75, 4)).toBeLessThan(-120);
});

test('stutter comes onto a beat that begins, changes or leaps while it sounds', () => {
  const every = 0.17;
  const stutter = { ...plainVoiceParameters, hold: 'stutter', stutterSeconds: every } as const;
  const at = (seconds: number, parameters: Partial<VoiceParameters>): TimedMessage => ({
    at: Math.round(seconds * rate),
    message: {
      type: 'parameters',
      parameters: { ...stutter, phaseFrame: Math.round(seconds * rate), ...parameters },
    },
  });
  const lead = stretches(play({ ...stutter }, 1), 0.025, 1)[0];
  const moves = [
    at(0.6, { stutterTurns: 0.5 }),
    at(1.2, { stutterTurns: 100, stutterSeconds: 0.2 }),
    at(2.2, { stutterTurns: 3, stutterSeconds: 0.2 }),
  ];
  const out = play({ ...stutter }, 3.2, moves);
  const beatsOf = (from: number, to: number, turns: number, seconds: number): number[] =>
    stretches(out, from + lead + 0.03, to).map((onset) => turns + (onset - lead - from) / seconds);
  const rows = [beatsOf(0.6, 1.2, 0.5, every), beatsOf(1.2, 2.2, 100, 0.2), beatsOf(2.2, 3.2, 3, 0.2)];
  for (const beats of rows) {
    expect(beats.length).toBeGreaterThan(1);
    for (const beat of beats) expect(Math.abs(beat - Math.round(beat))).toBeLessThan(0.12);
  }
});

test('freeze stands still where it is; thawed it goes on; with the key up the release ends it', () => {
  const parameters = (at: number, freeze: boolean): TimedMessage => ({
    at: at * rate,
    message: {
      type: 'parameters',
      parameters: { ...plainVoiceParameters, releaseSeconds: 0.1, freeze },
    },
  });
  const thawed = play({}, 1.6, [parameters(0.2, true), parameters(0.9, false)]);
  expect(hissDb(thawed, 0.4, 0.9)).toBeLessThan(-15);
  expect(level(thawed, 0.8, 0.9)).toBeGreaterThan(-20);
  expect(level(thawed, 1.4, 1.6)).toBeLessThan(-120);
  const ended = play({}, 1.6, [parameters(0.2, true), off(0.9)]);
  expect(level(ended, 0.8, 0.9)).toBeGreaterThan(-20);
  expect(level(ended, 1.02, 1.6)).toBeLessThan(-120);
  // A word whose key is up already, too: nothing must sound for ever.
  const later = play({}, 1.6, [off(0.1), parameters(0.2, true)]);
  expect(level(later, 0.5, 1.6)).toBeLessThan(-120);
});

test.each([0.5, 2, 8])('speed %d lasts as long as it should', (speed) => {
  const out = play({ speed }, 3, []);
  const last = out.findLastIndex((value) => Math.abs(value) > 1e-4) / rate;
  const whole = play({}, 3, []).findLastIndex((value) => Math.abs(value) > 1e-4) / rate;
  // Windows are as long at any speed: 32 ms on each side.
  expect(Math.abs(last - whole / speed)).toBeLessThan(0.07);
});

test('a start offset begins in the vowel; at 1 nothing is left but the end', () => {
  const out = play({ startOffset: 0.5 }, 0.8, []);
  expect(hissDb(out, 0, 0.13)).toBeLessThan(-10);
  expect(level(out, 0.4, 0.8)).toBeLessThan(-100);
  expect(level(play({ startOffset: 1 }, 0.8, []), 0.2, 0.8)).toBeLessThan(-100);
});

test('a new clip of a held word crosses over without a click, and what is heard follows it', () => {
  const other = vowelClip(130, (hertz) => 1 / (1 + ((hertz - 900) / 120) ** 2) + 0.003);
  const out = playVoice(vowelClip(130), { hold: 'hold' }, 1.2, { pitchHz: 165 }, [
    {
      at: 0.6 * rate,
      message: { type: 'clip', slot: 3, revision: 1, style: new Float32Array(2), features: other },
    },
  ]);
  const aim = playVoice(other, { hold: 'hold' }, 1.2, { pitchHz: 165 });
  expect(clickiness(out, rate, 0.1 * rate, 1.1 * rate)).toBeLessThan(CLICK / 2);
  const before = fitTone(out.slice(0.4 * rate, 0.6 * rate), rate, 165);
  const after = fitTone(out.slice(0.75 * rate, 1.1 * rate), rate, 165);
  const wanted = fitTone(aim.slice(0.75 * rate, 1.1 * rate), rate, 165);
  for (const { hertz } of [before, after]) expect(Math.abs(1200 * Math.log2(hertz / 165))).toBeLessThan(0.5);
  for (let k = 0; k < 10; k++) {
    expect(Math.abs(20 * Math.log10(after.amplitudes[k] / wanted.amplitudes[k]))).toBeLessThan(1);
  }
});
