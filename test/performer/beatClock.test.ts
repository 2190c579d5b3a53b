// The beat: exact lines of songs, measured ones of clocks, and the grid of steps on both.
import { describe, expect, it } from 'vitest';
import { BeatClock } from '../../src/performer/beatClock.ts';
import { Random } from '../../src/dsp/random.ts';

const rate = 48_000;
/** Frames of a quarter at 120. */
const quarter = rate / 2;

describe('beat of a song', () => {
  it('is exact on both sides of a change of tempo', () => {
    const beats = new BeatClock(rate);
    expect([beats.isActive, beats.quartersAt(0), beats.nextStep(0, 1)]).toEqual([false, NaN, undefined]);
    beats.set(1000, 3, 120);
    beats.set(1000 + 2 * quarter, 5, 60);
    expect(beats.quartersAt(1000 + quarter)).toBeCloseTo(4, 9);
    expect(beats.quartersAt(1000 + 4 * quarter)).toBeCloseTo(6, 9);
    expect(beats.lineAt(1000 + 3 * quarter)?.bpm).toBe(60);
    // What was known of later is forgotten.
    beats.set(1000 + quarter, 4, 120);
    expect(beats.quartersAt(1000 + 4 * quarter)).toBeCloseTo(7, 9);
    beats.clear();
    expect(beats.isActive).toBe(false);
  });

  it('has its steps where the beat puts them, also behind a change and a loop', () => {
    const beats = new BeatClock(rate);
    beats.set(0, 0, 120);
    beats.set(2 * quarter, 2, 60);
    beats.set(4 * quarter, 0, 120);
    const frames: number[] = [];
    const indices: number[] = [];
    for (let at = -1; frames.length < 10;) {
      const { frame, index } = beats.nextStep(at, 0.5)!;
      frames.push(frame / quarter);
      indices.push(index + 0);
      at = frame + 10;
    }
    // The loop turns on a step, which then is its first.
    expect(frames).toEqual([0, 0.5, 1, 1.5, 2, 3, 4, 4.5, 5, 5.5].map((x): unknown => expect.closeTo(x, 9)));
    expect(indices).toEqual([0, 1, 2, 3, 4, 5, 0, 1, 2, 3]);
  });

  it('keeps all tempi of a song that was told to its end', () => {
    const beats = new BeatClock(rate);
    beats.set(0, 0, 120);
    beats.set(20 * quarter, 20, 60);
    beats.set(60 * quarter, 40, 240);
    beats.forgetPast(0);
    expect([1, 30, 61].map((at) => beats.lineAt(at * quarter)?.bpm)).toEqual([120, 60, 240]);
    expect(beats.quartersAt(quarter)).toBeCloseTo(1, 9);
  });

  it('keeps no more than it needs, however often a loop turns', () => {
    const beats = new BeatClock(rate);
    for (let k = 0; k < 100_000; k++) {
      beats.set(k * quarter, 0, 120);
      beats.forgetPast(k * quarter);
    }
    expect(beats.quartersAt(100_000 * quarter)).toBeCloseTo(1, 6);
    expect(beats.quartersAt(99_998.5 * quarter)).toBeCloseTo(0.5, 6);
    // The lines of four seconds are left, and what lies before them is on the first.
    expect(beats.quartersAt(0)).toBeCloseTo(-99_991, 6);
  });
});

describe('beat of a clock', () => {
  it('is drawn towards what is heard without a jump and with less than 5 % of another tempo', () => {
    const beats = new BeatClock(rate);
    beats.draw(0, 0, 120);
    // From now on the clock is 40 ms ahead.
    let worst = 0;
    for (let k = 1; k <= 64; k++) {
      const frame = (k * quarter) / 4;
      const before = beats.quartersAt(frame);
      beats.draw(frame, k / 4 + 0.08, 120);
      worst = Math.max(worst, Math.abs(beats.quartersAt(frame) - before));
      expect(Math.abs(beats.lineAt(frame)!.bpm / 120 - 1)).toBeLessThanOrEqual(0.05 + 1e-12);
    }
    expect(worst).toBeLessThan(1e-9);
    expect(beats.quartersAt(16 * quarter)).toBeCloseTo(16.08, 3);
  });

  it('stays on the beat within 3 ms when every message comes up to 10 ms late', () => {
    const beats = new BeatClock(rate);
    const random = new Random(7);
    let worst = 0;
    for (let k = 0; k < 400; k++) {
      const frame = (k * quarter) / 4;
      beats.draw(frame + random.uniform(0, 0.01 * rate), k / 4, 120);
      // The mean lateness can not be told from a later beat.
      const error = beats.quartersAt(frame) - (k / 4 - 0.005 * 2);
      if (k > 50) worst = Math.max(worst, Math.abs(error) / 2);
    }
    expect(worst).toBeLessThan(0.003);
  });

  it('leaps where it is far off', () => {
    const beats = new BeatClock(rate);
    beats.draw(0, 0, 120);
    beats.draw(quarter, 17, 120);
    expect(beats.quartersAt(quarter)).toBeCloseTo(17, 9);
  });

  it('goes on at the last tempo when the clock is lost, and then lets the player choose', () => {
    const beats = new BeatClock(rate);
    beats.draw(0, 0, 120);
    beats.draw(quarter, 1, 120);
    beats.retempo(2 * quarter, 60);
    expect(beats.quartersAt(9 * quarter)).toBeCloseTo(9, 9);
    beats.retempo(11 * quarter, 60);
    expect(beats.quartersAt(13 * quarter)).toBeCloseTo(12, 9);
    beats.retempo(13 * quarter, 120);
    expect(beats.quartersAt(14 * quarter)).toBeCloseTo(13, 9);
    // A song says itself when its tempo changes.
    const song = new BeatClock(rate);
    song.set(0, 0, 120);
    song.retempo(20 * quarter, 60);
    expect(song.quartersAt(24 * quarter)).toBeCloseTo(24, 9);
  });
});
