// The parts of the effects that need no audio context: rooms, times, gains and timers.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { divisions } from '../../src/contract/choices.ts';
import { chorusSwing } from '../../src/output/effects/chorus.ts';
import { driveGains } from '../../src/output/effects/drive.ts';
import { echoSeconds, echoTailSeconds } from '../../src/output/effects/echoes.ts';
import { audioTimers } from '../../src/output/effects/later.ts';
import { roomParts, roomSeconds } from '../../src/output/effects/roomImpulse.ts';
import { wholeRoom } from '../helpers/wholeRoom.ts';
import { allAtOnce, pageSlices } from '../../src/output/effects/slices.ts';

/** Energy of the stretch between two times. */
function energy(samples: Float32Array, begin: number, end: number): number {
  let sum = 0;
  for (let n = Math.round(begin); n < Math.min(samples.length, end); n++) sum += samples[n] ** 2;
  return sum;
}

/** Through two one-pole filters. */
function lowPassed(samples: Float32Array, hertz: number, sampleRate: number): Float32Array {
  const share = 1 - Math.exp((-2 * Math.PI * hertz) / sampleRate);
  let [once, twice] = [0, 0];
  return samples.map((sample) => {
    once += share * (sample - once);
    return (twice += share * (once - twice));
  });
}

describe('room', () => {
  it.each([8000, 48_000])('loses 60 dB a decay time at %d Hz, its treble more', (sampleRate) => {
    for (const seconds of [0.2, 1, 6]) {
      let [early, late, earlyTreble, lateTreble] = [0, 0, 0, 0];
      // One room's noise is uneven; the mean of many is not.
      for (let seed = 0; seed < 12; seed++) {
        for (const side of wholeRoom(seconds, sampleRate, seed)) {
          const low = lowPassed(side, 1000, sampleRate);
          const cut = lowPassed(side, 3000, sampleRate);
          const treble = side.map((x, n) => x - cut[n]);
          const [first, second] = [0.2, 0.7].map((share) => (0.02 + share * seconds) * sampleRate);
          const width = 0.15 * seconds * sampleRate;
          early += energy(low, first, first + width);
          late += energy(low, second, second + width);
          earlyTreble += energy(treble, first, first + width);
          lateTreble += energy(treble, second, second + width);
        }
      }
      const lost = 10 * Math.log10(early / late);
      expect(Math.abs(lost - 30)).toBeLessThan(1.5);
      if (sampleRate > 8000) expect(10 * Math.log10(earlyTreble / lateTreble)).toBeGreaterThan(lost + 1);
    }
  });

  it('has a power gain of about 1 for a voice, at every length and rate', () => {
    for (const sampleRate of [44_100, 96_000]) {
      for (const seconds of [0.2, 2, 10]) {
        for (const side of wholeRoom(seconds, sampleRate)) {
          // Energy below f of a response as flat as noise is 2 f / sampleRate of its power gain.
          const hertz = 1000;
          const low = lowPassed(side, hertz, sampleRate);
          const unit = new Float32Array(sampleRate);
          unit[0] = 1;
          const pass = energy(lowPassed(unit, hertz, sampleRate), 0, sampleRate);
          expect(Math.abs(10 * Math.log10(energy(low, 0, low.length) / pass))).toBeLessThan(3);
        }
      }
    }
  });

  it('is silent before its first reflections, ends at nothing, and is the same again', () => {
    const [left, right] = wholeRoom(0.5, 48_000);
    expect(left).toHaveLength(Math.round(roomSeconds(0.5) * 48_000));
    expect(energy(left, 0, 480)).toBe(0);
    expect(Math.abs(left[left.length - 1])).toBeLessThan(1e-6);
    expect(left).not.toEqual(right);
    expect(wholeRoom(0.5, 48_000)).toEqual([left, right]);
  });

  it('is the same in parts of any length', () => {
    const [left, right] = wholeRoom(0.7, 44_100);
    for (const partSamples of [44_100, 10_000, 441]) {
      const parts = [...roomParts(0.7, 44_100, partSamples)];
      expect(parts).toHaveLength(Math.ceil(left.length / partSamples));
      expect(parts.flatMap(([side]) => [...side])).toEqual([...left]);
      expect(parts.flatMap(([, side]) => [...side])).toEqual([...right]);
    }
    expect(() => [...roomParts(0.7, 44_100, 0)]).toThrow(/partSamples must be a whole number from 1/);
  });

  it('refuses decay times and rates out of range', () => {
    expect(() => wholeRoom(0, 48_000)).toThrow(/decaySeconds must be a number from 0.05 to 20, got 0/);
    expect(() => wholeRoom(1, NaN)).toThrow(/sampleRate must be a number from 1000 to 768000, got NaN/);
  });
});

describe('echoes', () => {
  it('keep the times of the divisions', () => {
    const times = divisions.map((_, k) => echoSeconds(k, 120));
    const expected = [2, 1, 0.5, 1 / 3, 0.25, 1 / 6, 0.125, 1 / 12, 0.0625];
    times.forEach((time, k) => expect(time).toBeCloseTo(expected[k], 12));
    expect(echoSeconds(0, 30)).toBe(8);
  });

  it('are awaited until they are 80 dB down', () => {
    expect(echoTailSeconds(0.5, 0)).toBe(0.5);
    for (const feedback of [0.05, 0.35, 0.95]) {
      const repeats = echoTailSeconds(1, feedback) - 1;
      expect(20 * Math.log10(feedback) * repeats).toBeLessThanOrEqual(-80);
      expect(20 * Math.log10(feedback) * (repeats - 1)).toBeGreaterThan(-80);
    }
  });
});

it('drive keeps the level of a full voice at its peaks and is a straight line where it begins', () => {
  for (const drive of [0, 0.3, 1]) {
    const { before, after } = driveGains(drive);
    expect(after * Math.tanh(before * 0.35)).toBeCloseTo(0.35, 12);
  }
  const { before, after } = driveGains(0);
  for (const x of [0.1, 0.5, 0.9])
    expect(Math.abs((after * Math.tanh(before * x)) / x - 1)).toBeLessThan(0.003);
});

it('chorus swings less at fast rates', () => {
  expect(chorusSwing(0.05)).toBe(0.004);
  for (const rate of [1, 3, 8]) expect(2 * Math.PI * rate * chorusSwing(rate)).toBeCloseTo(0.012, 12);
});

describe('timers of audio time', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('wait while the context stands still', () => {
    const context = { currentTime: 5 };
    const action = vi.fn();
    audioTimers(context)(0.5, action);
    vi.advanceTimersByTime(3000);
    expect(action).not.toHaveBeenCalled();
    context.currentTime = 5.4;
    vi.advanceTimersByTime(1000);
    expect(action).not.toHaveBeenCalled();
    context.currentTime = 5.5;
    vi.advanceTimersByTime(1000);
    expect(action).toHaveBeenCalledOnce();
  });

  it('can be called off, before and while they wait on', () => {
    const action = vi.fn();
    const later = audioTimers({ currentTime: 0 });
    const callOff = later(0.5, action);
    later(0.2, action)();
    vi.advanceTimersByTime(2000);
    callOff();
    expect(vi.getTimerCount()).toBe(0);
    expect(action).not.toHaveBeenCalled();
  });
});

describe('long work', () => {
  function* counting(done: number[]): Generator<void, void, void> {
    for (let k = 1; k <= 3; k++) {
      done.push(k);
      yield;
    }
  }
  /** A task comes round once the messages before it are through. */
  const task = () => new Promise((resolve) => setTimeout(resolve, 20));

  it('begins after the task that asked for it, and is done to its end', async () => {
    const done: number[] = [];
    pageSlices(counting(done));
    expect(done).toEqual([]);
    await vi.waitFor(() => expect(done).toEqual([1, 2, 3]));
  });

  it('ends where it is called off', async () => {
    const done: number[] = [];
    const callOff = pageSlices(counting(done));
    callOff();
    await task();
    expect(done).toEqual([]);
  });

  it('is done at once offline', () => {
    const done: number[] = [];
    allAtOnce(counting(done));
    expect(done).toEqual([1, 2, 3]);
  });
});
