// Voices: envelopes, levels, places, stealing, words that change, and every event at its very frame.
import { describe, expect, test } from 'vitest';
import { plainVoiceParameters, type VoiceParameters } from '../../src/contract/voiceParameters.ts';
import type { FromKernel, ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import {
  clipMessage,
  makeKernel,
  runKernel,
  trackedFormat,
  type TimedMessage,
} from '../helpers/kernelRun.ts';
import {
  bandDb,
  note,
  parametersMessage,
  playVoice,
  playStereo,
  vowelClip,
  wordClip,
  type NoteExtra,
} from '../helpers/voiceRun.ts';
import { rms } from '../helpers/signals.ts';
import { fitTone } from '../helpers/toneFit.ts';

const rate = 8000;
const vowel = vowelClip(130);
const word = wordClip();
const otherVowel = vowelClip(130, (hertz) => 1 / (1 + ((hertz - 900) / 120) ** 2) + 0.003);
const play = (
  change: Partial<VoiceParameters>,
  seconds: number,
  messages: readonly TimedMessage[] = [],
  extra: NoteExtra = {},
): Float32Array =>
  playVoice(vowel, { hold: 'hold', ...change }, seconds, { pitchHz: 200, ...extra }, messages);
const levelDb = (out: Float32Array, from: number, to: number): number =>
  20 * Math.log10(rms(out, Math.round(from * rate), Math.round(to * rate)) + 1e-9);
const off = (seconds: number): TimedMessage => ({
  at: Math.round(seconds * rate),
  message: { type: 'noteOff', noteId: 3 },
});

describe('the envelope', () => {
  // A window of two periods of 200 Hz.
  const at = (out: Float32Array, seconds: number): number => levelDb(out, seconds - 0.005, seconds + 0.005);
  const full = at(play({}, 1), 0.9);

  test('rises in its attack, decays to its sustain and stays there', () => {
    const out = play({ attackSeconds: 0.2, decaySeconds: 0.2, sustain: 0.25 }, 1.2);
    // Aimed a quarter beyond full level.
    const rise = (t: number): number => 20 * Math.log10(1.25 * (1 - 5 ** (-t / 0.2)));
    for (const t of [0.05, 0.1, 0.15]) expect(Math.abs(at(out, t) - full - rise(t))).toBeLessThan(1);
    expect(at(out, 0.2)).toBeGreaterThan(full - 0.8);
    expect(at(out, 0.3) - full).toBeCloseTo(20 * Math.log10(0.25 + 0.75 * Math.exp(-2.5)), 0);
    for (const t of [0.5, 0.8, 1.1]) expect(Math.abs(at(out, t) - full + 12.04)).toBeLessThan(0.3);
    expect(clickiness(out, rate, 0, 1.1 * rate)).toBeLessThan(CLICK);
  });

  test('falls by 60 dB in its release, then the voice is free', () => {
    const kernel = makeKernel({
      contextRate: rate,
      format: trackedFormat,
      playing: 'harmonic',
      outputGain: 1,
    });
    const out = runKernel(kernel, 1.5 * rate, [
      { at: 0, message: clipMessage(3, vowel) },
      { at: 0, message: parametersMessage({ hold: 'loop', releaseSeconds: 0.4 }) },
      { at: 0, message: note({ pitchHz: 200 }) },
      off(0.8),
    ]);
    for (const t of [0.1, 0.2, 0.3])
      expect(Math.abs(at(out, 0.8 + t) - full + (60 * t) / 0.4)).toBeLessThan(2);
    expect(out.subarray(1.2 * rate + 8).every((value) => value === 0)).toBe(true);
    expect(clickiness(out, rate, 0.1 * rate)).toBeLessThan(CLICK);
    expect(kernel.status().activeVoices).toBe(0);
  });

  test('of no length is what words were played with', () => {
    const bare = playVoice(word, {}, 0.9, {});
    expect(
      playVoice(word, { attackSeconds: 0.001, decaySeconds: 0.2, releaseSeconds: 0.05 }, 0.9, {}),
    ).toEqual(bare);
  });
});

describe('level', () => {
  test('follows the square of the velocity, by its amount', () => {
    const level = (velocity: number, velocityAmount: number): number =>
      levelDb(play({ velocityAmount }, 0.5, [], { velocity }), 0.2, 0.45);
    expect(level(0.5, 1) - level(1, 1)).toBeCloseTo(-12.04, 1);
    expect(level(0.5, 0) - level(1, 0)).toBeCloseTo(0, 5);
    expect(level(0.5, 0.5) - level(1, 0.5)).toBeCloseTo(20 * Math.log10(0.625), 1);
  });

  test('goes where a control sends it within 5 ms, without a click, for one note or all', () => {
    for (const noteId of [3, undefined]) {
      const change = { type: 'control', gain: 0.25, ...(noteId === undefined ? {} : { noteId }) } as const;
      const out = play({}, 0.8, [{ at: 0.4 * rate, message: change }]);
      expect(levelDb(out, 0.41, 0.7) - levelDb(out, 0.2, 0.4)).toBeCloseTo(-12.04, 0);
      expect(clickiness(out, rate, 0.1 * rate, 0.7 * rate)).toBeLessThan(CLICK);
    }
  });
});

describe('places', () => {
  const at = (pan: number, change: Partial<VoiceParameters> = {}): readonly [Float32Array, Float32Array] =>
    playStereo([clipMessage(3, vowel), parametersMessage(change), note({ pan, pitchHz: 200 })], 4000);

  test('in the middle both channels have what a single one has', () => {
    const [left, right] = at(0);
    const kernel = makeKernel({
      contextRate: rate,
      format: trackedFormat,
      playing: 'harmonic',
      outputGain: 1,
    });
    const mono = runKernel(kernel, 4000, [
      { at: 0, message: clipMessage(3, vowel) },
      { at: 0, message: note({ pitchHz: 200 }) },
    ]);
    expect(left).toEqual(mono);
    expect(right).toEqual(mono);
  });

  test('at any place the power is the same; at the ends one channel is silent', () => {
    const power = ([left, right]: readonly [Float32Array, Float32Array]): number =>
      rms(left) ** 2 + rms(right) ** 2;
    for (const pan of [-1, -0.5, 0.3, 1]) expect(power(at(pan)) / power(at(0))).toBeCloseTo(1, 4);
    expect(rms(at(-1)[1])).toBeLessThan(1e-6);
    expect(rms(at(1)[0])).toBeLessThan(1e-6);
    const [left, right] = at(0.3);
    expect(rms(right)).toBeGreaterThan(1.2 * rms(left));
    expect(at(0.3, { pan: -0.3 })[0]).toEqual(at(0)[0]);
  });

  test('notes of a spread stand apart: the first in the middle, the next to both sides', () => {
    const places = Array.from({ length: 6 }, (_, last) => {
      const messages: ToKernel[] = [clipMessage(3, vowel), parametersMessage({ spread: 1 })];
      for (let i = 0; i <= last; i++)
        messages.push(note({ noteId: i, gain: i === last ? 1 : 0, pitchHz: 200 }));
      const [left, right] = playStereo(messages, 4000);
      return (4 / Math.PI) * Math.atan2(rms(right), rms(left)) - 1;
    });
    expect(places[0]).toBeCloseTo(0, 5);
    const sorted = [...places].sort((a, b) => a - b);
    for (let i = 1; i < sorted.length; i++) expect(sorted[i] - sorted[i - 1]).toBeGreaterThan(0.15);
    expect(sorted[0]).toBeLessThan(-0.3);
    expect(sorted[5]).toBeGreaterThan(0.3);
  });
});

describe('stealing', () => {
  /** Which of three notes, told apart by their pitches, still sound after a fourth has begun. */
  const survivors = (notes: readonly NoteExtra[], messages: readonly TimedMessage[] = []): number[] => {
    const kernel = makeKernel({
      contextRate: rate,
      format: trackedFormat,
      playing: 'harmonic',
      outputGain: 1,
      maxVoices: 3,
    });
    const pitches = [150, 210, 270];
    const out = runKernel(kernel, rate, [
      { at: 0, message: clipMessage(3, vowel) },
      { at: 0, message: parametersMessage({ hold: 'loop', releaseSeconds: 5 }) },
      ...notes.map((extra, i) => ({ at: 0, message: note({ noteId: i, pitchHz: pitches[i], ...extra }) })),
      ...messages,
      { at: 0.5 * rate, message: note({ noteId: 9, pitchHz: 340, gain: 0 }) },
    ]);
    expect(clickiness(out, rate, 0.1 * rate, 0.95 * rate)).toBeLessThan(CLICK);
    const part = out.slice(0.7 * rate);
    return pitches.flatMap((hertz, i) => (bandDb(part, rate, hertz - 12, hertz + 12) > -75 ? [i] : []));
  };

  test('takes the quietest', () => {
    expect(survivors([{ gain: 0.3 }, { gain: 0.1 }, { gain: 0.3 }])).toEqual([0, 2]);
    expect(survivors([{ gain: 0.3 }, { gain: 0.3 }, { velocity: 0.3 }])).toEqual([0, 1]);
  });

  test('takes those whose key is up first, of them the quietest', () => {
    const up = (noteId: number): TimedMessage => ({ at: 0.4 * rate, message: { type: 'noteOff', noteId } });
    expect(survivors([{ gain: 0.3 }, { gain: 0.1 }, { gain: 0.3 }], [up(2)])).toEqual([0, 1]);
    expect(survivors([{ gain: 0.3 }, { gain: 0.2 }, { gain: 0.1 }], [up(0), up(1)])).toEqual([0, 2]);
  });

  test('does not take a note that has only just begun', () => {
    expect(survivors([{ gain: 0.3 }, { gain: 0.2 }, { gain: 0.3, frame: 0.495 * rate }])).toEqual([0, 2]);
  });
});

describe('words that change', () => {
  const change = (extra: object = {}): ToKernel => ({
    type: 'word',
    noteId: 3,
    slot: 4,
    revision: 0,
    style: new Float32Array(2),
    ...extra,
  });
  const run = (message: ToKernel, from = vowel, to = otherVowel, seconds = 1.4): Float32Array =>
    playVoice(from, { hold: 'hold' }, seconds, { pitchHz: 200 }, [
      { at: 0, message: clipMessage(4, to) },
      { at: 0.6 * rate, message },
    ]);

  test.each(['onset', 'place'] as const)(
    'a held note goes over to the other word at its %s, without a click',
    (at) => {
      const out = run(change({ at }));
      expect(clickiness(out, rate, 0.1 * rate, 1.3 * rate)).toBeLessThan(CLICK);
      const aim = playVoice(otherVowel, { hold: 'hold' }, 1.4, { pitchHz: 200 });
      const [got, wanted] = [out, aim].map((sound) =>
        fitTone(sound.slice(0.9 * rate, 1.3 * rate), rate, 200),
      );
      for (let k = 0; k < 10; k++) {
        expect(Math.abs(20 * Math.log10(got.amplitudes[k] / wanted.amplitudes[k]))).toBeLessThan(1);
      }
    },
  );

  test('at its onset the word is spoken anew, at its place the vowel goes on', () => {
    const hiss = (out: Float32Array): number =>
      Math.max(
        ...[0.64, 0.66, 0.68, 0.7, 0.72].map((t) => {
          const part = out.slice(t * rate, (t + 0.064) * rate);
          return bandDb(part, rate, 2700, 3600) - bandDb(part, rate, 100, 1000);
        }),
      );
    expect(hiss(run(change({ at: 'onset' }), word, wordClip(150)))).toBeGreaterThan(0);
    expect(hiss(run(change({ at: 'place' }), word, wordClip(150)))).toBeLessThan(-10);
  });

  test('a note that waits begins with the word that it was told last', () => {
    const messages: TimedMessage[] = [
      { at: 0, message: clipMessage(4, otherVowel) },
      { at: 0, message: change({}) },
    ];
    const late = playVoice(vowel, {}, 0.8, { frame: 2000 }, messages);
    const direct = playVoice(otherVowel, {}, 0.8, { frame: 2000 });
    expect(late).toEqual(direct);
  });
});

describe('events', () => {
  const events: readonly [string, ToKernel][] = [
    ['control', { type: 'control', noteId: 3, pitchRatio: 1.5, gain: 0.5, pan: 0.5 }],
    ['control of all', { type: 'control', gain: 0.2 }],
    ['word', { type: 'word', noteId: 3, slot: 4, revision: 0, style: new Float32Array(2) }],
    [
      'parameters',
      {
        type: 'parameters',
        parameters: { ...plainVoiceParameters, hold: 'hold', vibratoCents: 50, brightnessDbPerOctave: 3 },
      },
    ],
    ['noteOff', { type: 'noteOff', noteId: 3 }],
    ['noteOn', note({ noteId: 8, pitchHz: 300 })],
  ];

  test.each(events)(
    'a %s sent ahead with its frame does what it does when it comes at that frame',
    (_, message) => {
      const timed = (messages: TimedMessage[]): Float32Array => {
        const clip = { at: 0, message: clipMessage(4, otherVowel) };
        return playVoice(word, { hold: 'hold' }, 0.9, { pitchHz: 200 }, [clip, ...messages]);
      };
      const ahead = timed([{ at: 0, message: { ...message, frame: 3457 } as ToKernel }]);
      const then = timed([{ at: 3457, message }]);
      expect(ahead).toEqual(then);
      expect(ahead).not.toEqual(timed([]));
      expect(ahead.subarray(0, 3457)).toEqual(timed([]).subarray(0, 3457));
    },
  );

  test('a control that comes with its note is heard from its first sample', () => {
    const quiet = play({}, 0.3, [{ at: 0, message: { type: 'control', noteId: 3, gain: 0.5 } }]);
    const loud = play({}, 0.3);
    expect(20 * Math.log10(rms(quiet, 0, 200) / rms(loud, 0, 200))).toBeCloseTo(-6.02, 0);
  });

  test('thousands of them lose nothing that ends a note', () => {
    const kernel = makeKernel({ contextRate: rate, format: trackedFormat, playing: 'harmonic' });
    kernel.receive(clipMessage(3, vowel));
    kernel.receive(parametersMessage({ hold: 'loop' }));
    kernel.receive(note());
    for (let i = 0; i < 5000; i++) kernel.receive({ type: 'control', noteId: 3, gain: 0.5, frame: 400 + i });
    kernel.receive({ type: 'noteOff', noteId: 3, frame: 800 });
    kernel.process([new Float32Array(4000)]);
    expect(kernel.status().activeVoices).toBe(0);
  });

  test('values out of range are refused by name and change nothing', () => {
    const replies: FromKernel[] = [];
    const kernel = makeKernel({ contextRate: rate, format: trackedFormat }, (reply) => replies.push(reply));
    const bad: [RegExp, ToKernel][] = [
      [/velocity/, note({ velocity: 1.5 })],
      [/pan/, note({ pan: -2 })],
      [/control.gain must be a number from 0 to 4, got 5/, { type: 'control', gain: 5 }],
      [/glideSeconds/, { type: 'control', glideSeconds: -1 }],
      [/pan/, { type: 'control', pan: NaN }],
      [
        /word.slot must be a whole number from 0 to 19, got 99/,
        { type: 'word', noteId: 3, slot: 99, revision: 0, style: new Float32Array(2) },
      ],
      [
        /word.style must have 2 values, got 3/,
        { type: 'word', noteId: 3, slot: 3, revision: 0, style: new Float32Array(3) },
      ],
      [/parameters.sustain/, parametersMessage({ sustain: 2 })],
    ];
    for (const [, message] of bad) kernel.receive(message);
    expect(replies.length).toBe(bad.length);
    bad.forEach(([name], i) => expect(JSON.stringify(replies[i])).toMatch(name));
    expect(kernel.status().activeVoices).toBe(0);
  });
});

/** All that voices can do, at odd frames. */
function everything(contextRate: number): TimedMessage[] {
  const at = (seconds: number): number => Math.round(seconds * contextRate) | 1;
  const lively = {
    hold: 'hold',
    attackSeconds: 0.01,
    decaySeconds: 0.05,
    sustain: 0.6,
    releaseSeconds: 0.05,
    intonation: 0.4,
    vibratoCents: 40,
    vibratoDelaySeconds: 0.1,
    formantRatio: 1.2,
    breath: 0.3,
    brightnessDbPerOctave: 3,
    air: 0.7,
    spread: 0.8,
    lfoHz: 7,
    lfoShape: 'triangle',
    lfoTarget: 'breath',
    lfoAmount: 0.3,
    velocityTarget: 'brightness',
    velocityTargetAmount: 0.5,
    randomTarget: 'pitch',
    randomAmount: 0.1,
  } as const;
  const targets = ['speed', 'formant', 'level', 'pan', 'air', 'brightness'] as const;
  const dimmer = word.map((value) => 0.8 * value);
  return [
    { at: 0, message: clipMessage(3, word) },
    { at: 0, message: clipMessage(4, vowel) },
    { at: 0, message: parametersMessage(lively) },
    ...[1, 2, 4, 5, 6].map((i) => ({
      at: 0,
      message: note({
        noteId: i,
        slot: 3 + (i % 2),
        frame: at(0.013 * i),
        pitchHz: 90 + 40 * i,
        velocity: 0.2 * i,
      }),
    })),
    ...targets.map((lfoTarget, i) => ({
      at: 0,
      message: parametersMessage(
        { ...lively, lfoTarget, lfoShape: i % 2 ? 'sine' : 'random' },
        at(0.05 + 0.03 * i),
      ),
    })),
    { at: 0, message: { type: 'control', noteId: 2, pitchHz: 300, glideSeconds: 0.05, frame: at(0.1) } },
    { at: at(0.11), message: clipMessage(3, dimmer, 1) },
    { at: 0, message: { type: 'control', gain: 0.7, pan: -0.4, frame: at(0.13) } },
    {
      at: 0,
      message: { type: 'word', noteId: 4, slot: 3, revision: 0, style: new Float32Array(2), frame: at(0.14) },
    },
    { at: 0, message: { type: 'noteOff', noteId: 1, frame: at(0.15) } },
    { at: 0, message: parametersMessage({ ...lively, hold: 'stutter', stutterSeconds: 0.04 }, at(0.19)) },
    { at: at(0.2), message: clipMessage(4, dimmer, 2) },
    { at: 0, message: parametersMessage({ ...lively, hold: 'loop', freeze: true }, at(0.25)) },
    { at: 0, message: { type: 'noteOff', noteId: 2, frame: at(0.26) } },
  ];
}

test.each([8000, 22050, 48000])(
  'with all of it any split of the blocks gives the same samples, at %i Hz',
  (contextRate) => {
    const options = { contextRate, format: trackedFormat, playing: 'harmonic', maxVoices: 4 } as const;
    const frames = Math.round(0.3 * contextRate);
    const whole = runKernel(makeKernel(options), frames, everything(contextRate), [Infinity]);
    expect(whole.every((value) => Number.isFinite(value))).toBe(true);
    expect(rms(whole)).toBeGreaterThan(0.003);
    for (const blocks of [[128], [1, 7, 128, 333, 1024], [64]]) {
      const split = runKernel(makeKernel(options), frames, everything(contextRate), blocks, 3);
      expect(split.findIndex((value, n) => !Object.is(value, whole[n]))).toBe(-1);
    }
  },
);
