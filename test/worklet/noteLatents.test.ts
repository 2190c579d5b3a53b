// Clips and distances of single notes: whom a clip moves, where a note begins without its own, what offsets change.
import { describe, expect, test } from 'vitest';
import { faultOfOffsets, reachOf, soundTargets, type NoteOffsets } from '../../src/contract/modulation.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import {
  clipMessage,
  makeKernel,
  runKernel,
  trackedFormat,
  type TimedMessage,
} from '../helpers/kernelRun.ts';
import { bandDb, note, parametersMessage, playVoice, playStereo, vowelClip } from '../helpers/voiceRun.ts';
import { fitTone } from '../helpers/toneFit.ts';
import { vowel } from '../helpers/tones.ts';

const rate = 8000;
const plain = vowelClip(130);
const bright = vowelClip(130, (hertz) => vowel(hertz) * (1 + hertz / 500));
const style = new Float32Array(2);
const held = parametersMessage({ hold: 'hold' });
const seconds = 0.8;
const frames = seconds * rate;

function play(messages: readonly TimedMessage[]): Float32Array {
  const kernel = makeKernel({
    contextRate: rate,
    format: trackedFormat,
    outputGain: 1,
    playing: 'harmonic',
    slots: 40,
  });
  return runKernel(kernel, frames, messages);
}

const now = (...messages: ToKernel[]): TimedMessage[] => messages.map((message) => ({ at: 0, message }));
const at = (frame: number, message: ToKernel): TimedMessage => ({ at: frame, message });
const clip = (slot: number, features: Float32Array, extra: object = {}): ToKernel => ({
  ...clipMessage(slot, features),
  ...extra,
});

const base = now(clip(3, plain), held);
const alone = play([...base, at(0, note())]);

describe('a clip for a note', () => {
  const own = (extra: object) => at(2000, clip(3, bright, { revision: 1, ...extra }));

  test('moves that note and no other of the slot', () => {
    const moved = play([...base, at(0, note()), own({ noteId: 3 })]);
    const spared = play([...base, at(0, note()), own({ noteId: 4 })]);
    expect(spared).toEqual(alone);
    expect(moved.subarray(0, 2000)).toEqual(alone.subarray(0, 2000));
    const late = (out: Float32Array) => out.subarray(3500, 6000);
    expect(bandDb(late(moved), rate, 2000, 3500)).toBeGreaterThan(bandDb(late(alone), rate, 2000, 3500) + 4);
    expect(clickiness(moved, rate, 800, 6000)).toBeLessThan(CLICK);
  });

  test('that is older than what the note has asked for leaves it alone', () => {
    const asking = note({ revision: 2 });
    const waits = play([...base, at(0, asking)]);
    expect(play([...base, at(0, asking), own({ revision: 1 })])).toEqual(waits);
    expect(play([...base, at(0, asking), own({ revision: 2 })])).not.toEqual(waits);
  });

  test('is what a note of that digit begins with, whatever the number of its slot', () => {
    const other = clip(31, bright, { digit: 7 });
    const begun = play([...base, at(0, other), at(0, note({ slot: 37, digit: 7, revision: 1 }))]);
    const known = play([...now(clip(7, bright), held), at(0, note({ slot: 7 }))]);
    expect(begun).toEqual(known);
    // Slot 31 says no 1 any more: nothing of that digit is there.
    expect(play([...base, at(0, other), at(0, note({ slot: 21, revision: 1 }))]).every((x) => x === 0)).toBe(
      true,
    );
  });
});

describe('a note that goes to a slot of its own', () => {
  const goes = at(1600, { type: 'word', noteId: 3, slot: 30, digit: 3, revision: 5, style, at: 'same' });

  test('plays on as it was until the clip comes, then crosses over without a click', () => {
    const stale = at(0, clip(30, bright, { digit: 3, revision: 1 }));
    expect(play([...base, stale, at(0, note()), goes])).toEqual(alone);
    const own = at(2400, clip(30, bright, { digit: 3, noteId: 3, revision: 5 }));
    const moved = play([...base, stale, at(0, note()), goes, own]);
    expect(moved.subarray(0, 2400)).toEqual(alone.subarray(0, 2400));
    expect(bandDb(moved.subarray(4000, 6000), rate, 2000, 3500)).toBeGreaterThan(
      bandDb(alone.subarray(4000, 6000), rate, 2000, 3500) + 4,
    );
    expect(clickiness(moved, rate, 800, 6000)).toBeLessThan(CLICK);
  });

  test('crosses over at once to a clip that is there, and follows its old slot no more', () => {
    const there = at(0, clip(30, bright, { digit: 3, noteId: 3, revision: 5 }));
    const moved = play([...base, there, at(0, note()), goes]);
    const begins = moved.findIndex((value, n) => value !== alone[n]);
    expect(begins).toBeGreaterThan(1600);
    expect(begins).toBeLessThan(1600 + 2 * trackedFormat.hopSamples);
    const old = at(
      3000,
      clip(
        3,
        vowelClip(130, () => 1),
        { revision: 9 },
      ),
    );
    expect(play([...base, there, at(0, note()), goes, old])).toEqual(moved);
  });
});

describe('offsets', () => {
  const offset = (offsets: NoteOffsets) => playVoice(plain, { hold: 'hold' }, seconds, { offsets });
  const steady = (out: Float32Array) => out.subarray(3000, 6000);

  test('of one note leave another as it was, bit for bit', () => {
    const two = (offsets?: NoteOffsets) =>
      playStereo(
        [
          clip(3, plain),
          held,
          note({ noteId: 1, pan: -1 }),
          note({ noteId: 2, pan: 1 }),
          { type: 'control', noteId: 1, offsets: offsets ?? {}, frame: 1600 },
        ],
        frames,
      );
    const [left, right] = two();
    const all = { pitch: 3, level: -6, brightness: 4, breath: 0.5, formant: 3, air: 0.5, speed: -1 };
    const [movedLeft, movedRight] = two({ ...all, vibrato: 80 });
    // A voice that stands at one side leaves a rounding's worth on the other.
    const worst = movedRight.reduce((most, value, n) => Math.max(most, Math.abs(value - right[n])), 0);
    expect(worst).toBeLessThan(1e-9);
    expect(movedLeft.subarray(0, 1600)).toEqual(left.subarray(0, 1600));
    expect(movedLeft).not.toEqual(left);
  });

  test('move pitch, level, tilt, formants, breath and vibrato as far as they say, from the first sample', () => {
    const still = offset({});
    const sung = (offsets: NoteOffsets) => {
      const out = playVoice(plain, { hold: 'hold', intonation: 0 }, seconds, { pitchHz: 200, offsets });
      return fitTone(steady(out), rate, 200 * 2 ** ((offsets.pitch ?? 0) / 12)).hertz;
    };
    expect(1200 * Math.log2(sung({ pitch: 7 }) / sung({}))).toBeCloseTo(700, 0);
    const level = (out: Float32Array) => bandDb(steady(out), rate, 100, 3900);
    expect(level(offset({ level: -12 })) - level(still)).toBeCloseTo(-12, 1);
    const tilt = (out: Float32Array) =>
      bandDb(steady(out), rate, 1900, 2100) - bandDb(steady(out), rate, 950, 1050);
    expect(tilt(offset({ brightness: 6 })) - tilt(still)).toBeCloseTo(6, 0);
    const formants = playVoice(plain, { hold: 'hold', formantRatio: 2 ** (5 / 12) }, seconds);
    expect(offset({ formant: 5 })).toEqual(formants);
    expect(offset({ breath: 1 })).toEqual(playVoice(plain, { hold: 'hold', breath: 1 }, seconds));
    expect(offset({ speed: 1 })).toEqual(playVoice(plain, { hold: 'hold' }, seconds, { speed: 2 }));
    expect(offset({ vibrato: 50 })).toEqual(playVoice(plain, { hold: 'hold', vibratoCents: 50 }, seconds));
    expect(offset({ pan: 0.5 })).toEqual(still);
  });

  test('wait with a note that waits', () => {
    const out = play([
      ...base,
      at(0, note({ frame: 800 })),
      at(0, { type: 'control', noteId: 3, offsets: { breath: 1 } }),
    ]);
    const told = play([...base, at(0, note({ frame: 800, offsets: { breath: 1 } }))]);
    expect(out).toEqual(told);
  });

  test('beyond four reaches are refused, naming target, range and value', () => {
    const errors: string[] = [];
    const kernel = makeKernel({}, (message) => {
      if (message.type === 'error') errors.push(message.message);
    });
    kernel.receive(note({ offsets: { pitch: 49 } }));
    kernel.receive({ type: 'control', offsets: { breath: NaN } });
    expect(errors).toEqual([
      'offsets.pitch must be from -48 to 48, got 49',
      'offsets.breath must be from -4 to 4, got NaN',
    ]);
    for (const target of soundTargets) {
      expect(faultOfOffsets({ [target]: 4 * reachOf(target) })).toBeUndefined();
    }
  });
});

test('vibrato depth is a target of velocity, chance and the slow oscillator', () => {
  const target = { velocityTarget: 'vibrato', velocityTargetAmount: 0.5 } as const;
  const loud = playVoice(plain, { hold: 'hold', ...target }, seconds, { velocity: 1 });
  expect(loud).toEqual(playVoice(plain, { hold: 'hold', vibratoCents: 50 }, seconds, { velocity: 1 }));
  // Below none there is none.
  const soft = playVoice(plain, { hold: 'hold', vibratoCents: 20, ...target }, seconds, { velocity: 0.25 });
  expect(soft).toEqual(playVoice(plain, { hold: 'hold' }, seconds, { velocity: 0.25 }));
});
