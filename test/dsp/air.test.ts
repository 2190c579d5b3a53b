// Air: what goes on above the model's highest frequency, its level and slope, and its manners as a stateful unit.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Air, AirTables, type AirLevels } from '../../src/dsp/air.ts';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { rms } from '../helpers/signals.ts';

const modelRate = 8000;
const contextRate = 48000;
/** Model samples of a piece, and what they are at the context's rate. */
const pieceSamples = 32;
const heardSamples = 192;
const tables = new AirTables(modelRate, contextRate, 1);
const perHertz = (decibelsPerKilohertz: number): number => (decibelsPerKilohertz * Math.LN10) / 20 / 1000;
const silent: AirLevels = { f0Hz: 0, atHz: 3320, harmonic: 0, noise: 0, slope: perHertz(3) };
const hiss: AirLevels = { ...silent, atHz: 4000, noise: 0.1 };
const buzz: AirLevels = { ...silent, f0Hz: 500, harmonic: 0.1 };
const both: AirLevels = { ...buzz, noise: 0.05 };

/** Levels that move, so that every value of a piece tells. */
const moving = (k: number): AirLevels => ({
  f0Hz: 200 + 30 * (k % 7),
  atHz: 3320,
  harmonic: 0.02 * (1 + (k % 5)),
  noise: 0.03 * (1 + (k % 3)),
  slope: perHertz(2 + (k % 4)),
});

/** `pieces` pieces, each heard as soon as it is pushed. */
function play(air: Air, pieces: number, levels: (k: number) => AirLevels): Float32Array {
  const out = new Float32Array(pieces * heardSamples);
  for (let k = 0; k < pieces; k++) {
    air.push(pieceSamples, levels(k), 1);
    air.add(out.subarray(k * heardSamples), heardSamples);
  }
  return out;
}

function firstDifference(a: Float32Array, b: Float32Array): number {
  return a.findIndex((x, n) => x !== b[n]);
}

/** Power between two frequencies, for sound that does not change. */
function bandPower(samples: Float32Array, low: number, high: number): number {
  const fftSamples = 4096;
  const { frames, bins, magnitudes } = stftMagnitudes(samples, { fftSamples, hopSamples: 1024 });
  const binHertz = contextRate / fftSamples;
  let power = 0;
  for (let m = 4; m < frames - 4; m++) {
    for (let k = Math.ceil(low / binHertz); k < high / binHertz; k++) power += magnitudes[m * bins + k] ** 2;
  }
  // White noise of unit power has magnitudes whose squares are 6 / fftSamples in the mean.
  return ((power / (frames - 8)) * 2) / 6;
}

/** Amplitude of a partial of 500 Hz. */
function amplitudeAt(samples: Float32Array, hertz: number): number {
  let re = 0;
  let im = 0;
  for (let n = 0; n < samples.length; n++) {
    re += samples[n] * Math.cos((2 * Math.PI * hertz * n) / contextRate);
    im += samples[n] * Math.sin((2 * Math.PI * hertz * n) / contextRate);
  }
  return (2 * Math.hypot(re, im)) / samples.length;
}

describe('level', () => {
  test('noise goes on as dense as below the highest frequency, and falls as it is told', () => {
    // White noise of 0.1 in the model's 4 kHz.
    const density = 0.1 ** 2 / 4000;
    const offBy = (out: Float32Array, fall: number, low: number): number => {
      const wanted = density * 500 * 10 ** ((-fall * (low + 250 - 4000)) / 10000);
      return Math.abs(10 * Math.log10(bandPower(out, low, low + 500) / wanted));
    };
    const falling = (fall: number): Float32Array =>
      play(new Air(tables), 400, () => ({ ...hiss, slope: perHertz(fall) }));
    for (const fall of [1, 9]) {
      for (const low of [4500, 7000, 10000]) expect(offBy(falling(fall), fall, low)).toBeLessThan(0.7);
    }
    // In between it is a mixture of both: right where most of it is heard.
    for (const fall of [3, 6]) expect(offBy(falling(fall), fall, 4500)).toBeLessThan(1);
    const out = falling(3);
    expect(10 * Math.log10(bandPower(out, 0, 3700) / bandPower(out, 4500, 5500))).toBeLessThan(-60);
    expect(10 * Math.log10(bandPower(out, 21700, 24000) / bandPower(out, 4500, 5500))).toBeLessThan(-60);
  });

  test('harmonics go on in line with those below, and stop at the top', () => {
    const out = play(new Air(tables), 220, () => buzz).subarray(20 * heardSamples);
    // 200 pieces are 400 periods.
    for (const hertz of [4000, 4500, 8000, 15000, 20500]) {
      const wanted = 0.1 * 10 ** ((-3 * (hertz - 3320)) / 20000);
      expect(Math.abs(20 * Math.log10(amplitudeAt(out, hertz) / wanted))).toBeLessThan(0.2);
    }
    for (const hertz of [3000, 3500, 21500, 22000]) expect(amplitudeAt(out, hertz)).toBeLessThan(1e-4);
  });

  test('slopes beyond what is known of speech count as its ends', () => {
    for (const [slope, held] of [
      [-5, 1],
      [0, 1],
      [30, 9],
    ]) {
      const given = play(new Air(tables), 40, () => ({ ...both, slope: perHertz(slope) }));
      expect(
        firstDifference(
          given,
          play(new Air(tables), 40, () => ({ ...both, slope: perHertz(held) })),
        ),
      ).toBe(-1);
    }
  });

  test('a pitch that is lost stays, and the amount is a factor', () => {
    const lost = play(new Air(tables), 60, (k) => ({ ...buzz, f0Hz: k < 30 ? 500 : 0 }));
    expect(
      firstDifference(
        lost,
        play(new Air(tables), 60, () => buzz),
      ),
    ).toBe(-1);
    const air = new Air(tables);
    const out = new Float32Array(2 * heardSamples);
    for (let k = 0; k < 2; k++) air.push(pieceSamples, both, 0.5);
    air.add(out, out.length);
    const full = play(new Air(tables), 2, () => both);
    expect(rms(out) / rms(full)).toBeCloseTo(0.5, 6);
  });
});

describe('as a stateful unit', () => {
  test('any split into blocks gives the same samples', () => {
    const whole = play(new Air(tables), 20, moving);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 517 }), { minLength: 1, maxLength: 9 }), (blocks) => {
        const air = new Air(tables);
        for (let k = 0; k < 20; k++) air.push(pieceSamples, moving(k), 1);
        const out = new Float32Array(whole.length);
        for (let at = 0, turn = 0; at < out.length; turn++) {
          const count = Math.min(out.length - at, blocks[turn % blocks.length]);
          expect(air.add(out.subarray(at), count)).toBe(count);
          at += count;
        }
        expect(firstDifference(out, whole)).toBe(-1);
      }),
      { numRuns: 30 },
    );
  });

  test('a reset leads back to the first state, however long it has sounded', () => {
    // From a ring that has been gone round, so that each of its places holds something.
    for (const pieces of [1, 31, 32, 33, 100]) {
      for (const place of [0, 0.25, 0.999]) {
        const fresh = new Air(tables);
        fresh.reset(place);
        const used = new Air(tables);
        play(used, pieces, moving);
        used.reset(place);
        expect(firstDifference(play(used, 40, moving), play(fresh, 40, moving))).toBe(-1);
      }
    }
  });

  test('the place says where in the noise it begins', () => {
    const [a, b] = [0.25, 0.5].map((place) => {
      const air = new Air(tables);
      air.reset(place);
      return play(air, 20, () => hiss);
    });
    expect(firstDifference(a, b)).not.toBe(-1);
    const other = new AirTables(modelRate, contextRate, 2);
    expect(firstDifference(other.flat, tables.flat)).not.toBe(-1);
    expect(firstDifference(new AirTables(modelRate, contextRate, 1).steep, tables.steep)).toBe(-1);
  });

  test('adds to what is there, writes nothing beyond, and says what was silent', () => {
    const out = new Float32Array(600).fill(0.5);
    const air = new Air(tables);
    air.push(pieceSamples, silent, 1);
    air.push(pieceSamples, both, 1);
    expect(air.add(out.subarray(1), 400)).toBe(400 - heardSamples);
    expect(out.subarray(0, 1 + heardSamples).every((x) => x === 0.5)).toBe(true);
    expect(out.subarray(401).every((x) => x === 0.5)).toBe(true);
    const alone = new Float32Array(400);
    const again = new Air(tables);
    again.push(pieceSamples, silent, 1);
    again.push(pieceSamples, both, 1);
    again.add(alone, 400);
    for (let n = 0; n < 400; n++) expect(out[1 + n]).toBeCloseTo(0.5 + alone[n], 6);
  });

  test('is finite and makes no step at any pitch, also where harmonics come and go', () => {
    for (const [from, to] of [
      [27.5, 30],
      [100, 3000],
      [3200, 40],
    ]) {
      const out = play(new Air(tables), 200, (k) => ({
        ...both,
        noise: 0,
        slope: perHertz(9),
        f0Hz: from * (to / from) ** (k / 200),
      }));
      expect(out.every(Number.isFinite)).toBe(true);
      const most = out.reduce((peak, x) => Math.max(peak, Math.abs(x)), 0);
      expect(most).toBeGreaterThan(0);
      // At most all harmonics of the lowest pitch, in phase.
      expect(most).toBeLessThan((0.1 * 6000) / Math.min(from, to));
    }
  });
});

test('without room above the model there is nothing to be made', () => {
  expect(tables.hasRoom).toBe(true);
  expect(new AirTables(8000, 8000, 1).hasRoom).toBe(false);
  expect(new AirTables(8000, 8000, 1).flat).toHaveLength(0);
  expect(new AirTables(8000, 11025, 1).hasRoom).toBe(true);
});
