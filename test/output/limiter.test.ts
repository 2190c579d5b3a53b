// The limiter: ceiling, transparency, no delay, block-split invariance, reset, canaries, non-finite input.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Limiter } from '../../src/output/limiter.ts';
import { noise } from '../helpers/signals.ts';

const rate = 48_000;

function limit(limiter: Limiter, input: Float32Array, blocks: readonly number[]): Float32Array {
  const output = new Float32Array(input.length);
  let start = 0;
  for (let k = 0; start < input.length; k++) {
    const end = Math.min(input.length, start + blocks[k % blocks.length]);
    limiter.process([input.subarray(start, end)], [output.subarray(start, end)]);
    start = end;
  }
  return output;
}

const peak = (samples: Float32Array) => samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

describe('limiter', () => {
  it('never exceeds its ceiling, from the first sample on', () => {
    const input = noise(9001, 1).map((x) => x * 8);
    expect(peak(limit(new Limiter(rate), input, [128]))).toBeLessThanOrEqual(0.97 + 1e-6);
    const step = new Float32Array(1000).fill(5, 300);
    const output = limit(new Limiter(rate), step, [128]);
    expect(output[300]).toBeCloseTo(0.97, 6);
    expect(output[299]).toBe(0);
  });

  it('passes quiet sound bit for bit, without delay', () => {
    const input = noise(4097, 2).map((x) => Math.max(-0.9, Math.min(0.9, x * 0.2)));
    expect(limit(new Limiter(rate), input, [128])).toEqual(input);
    expect(new Limiter(rate).latencySamples).toBe(0);
  });

  it('gives the same samples however the blocks are cut, odd lengths too', () => {
    const input = noise(3001, 3).map((x) => x * 3);
    const whole = limit(new Limiter(rate), input, [input.length]);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 513 }), { minLength: 1, maxLength: 8 }), (blocks) => {
        expect(limit(new Limiter(rate), input, blocks)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('restores its first state on reset and leaves what lies round its buffers alone', () => {
    const limiter = new Limiter(rate);
    const input = noise(500, 4).map((x) => x * 4);
    const first = limit(limiter, input, [128]);
    limiter.reset();
    expect(limit(limiter, input, [128])).toEqual(first);
    const guarded = new Float32Array(140).fill(77);
    limiter.process([input.subarray(0, 128)], [guarded.subarray(6, 134)]);
    expect([...guarded.subarray(0, 6), ...guarded.subarray(134)].every((x) => x === 77)).toBe(true);
  });

  it('releases: full gain is back well within a second', () => {
    const input = new Float32Array(rate).fill(0.5);
    input[0] = 20;
    const output = limit(new Limiter(rate), input, [128]);
    expect(output[1]).toBeLessThan(0.05);
    expect(output[rate - 1]).toBe(0.5);
  });

  it('turns non-finite samples into silence and recovers', () => {
    const input = Float32Array.from([NaN, Infinity, -Infinity, 0.5, 0.25]);
    expect([...limit(new Limiter(rate), input, [5])]).toEqual([0, 0, 0, 0.5, 0.25]);
  });

  it('moves its ceiling without a step, and keeps to it', () => {
    const limiter = new Limiter(rate);
    const input = Float32Array.from({ length: rate }, (_, n) => Math.sin((2 * Math.PI * 50 * n) / rate));
    limit(limiter, input, [128]);
    limiter.moveCeiling(0.97 / 2);
    const output = limit(limiter, input, [128]);
    const steps = output.map((x, n) => (n === 0 ? 0 : Math.abs(x - output[n - 1])));
    expect(Math.max(...steps)).toBeLessThan((2 * Math.PI * 50) / rate + 20 / rate);
    const late = output.subarray(Math.round(0.06 * rate));
    expect(late.reduce((most, x) => Math.max(most, Math.abs(x)), 0)).toBeLessThanOrEqual(0.97 / 2 + 1e-6);
    expect(() => limiter.moveCeiling(0)).toThrow(/ceiling must be a number from 0.01 to 1, got 0/);
  });

  it('links the channels, so that the image does not move', () => {
    const left = new Float32Array(64).fill(2);
    const right = new Float32Array(64).fill(0.5);
    const output = [new Float32Array(64), new Float32Array(64)];
    new Limiter(rate).process([left, right], output);
    expect(output[1][63] / output[0][63]).toBeCloseTo(0.25, 5);
  });

  it('refuses settings out of range', () => {
    expect(() => new Limiter(rate, 1.5)).toThrow(/ceiling must be a number from 0.01 to 1, got 1.5/);
    expect(() => new Limiter(rate, 1, 0)).toThrow(RangeError);
  });
});
