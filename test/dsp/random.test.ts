// Seeded randomness: repeatable, different between seeds, with the moments it claims.
import { expect, test } from 'vitest';
import { Random } from '../../src/dsp/random.ts';

test('the same seed repeats, reset starts over, other seeds differ', () => {
  const first = new Random(1);
  const sequence = Array.from({ length: 50 }, () => first.bits());
  const again = new Random(1);
  expect(Array.from({ length: 50 }, () => again.bits())).toEqual(sequence);
  again.normal();
  again.reset();
  expect(Array.from({ length: 50 }, () => again.bits())).toEqual(sequence);
  expect(new Random(2).bits()).not.toBe(sequence[0]);
  expect(new Random(1 + 2 ** 32).bits()).not.toBe(sequence[0]);
});

test('uniform fills its range evenly and integer stays below its count', () => {
  const random = new Random(3);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 20000; i++) counts[random.integer(10)]++;
  for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
  let sum = 0;
  for (let i = 0; i < 20000; i++) sum += random.uniform(-3, 1);
  expect(sum / 20000).toBeCloseTo(-1, 1);
});

test('normal has mean 0, deviation 1 and the tails of a normal distribution', () => {
  const random = new Random(4);
  const values = Array.from({ length: 40000 }, () => random.normal());
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
  expect(mean).toBeCloseTo(0, 1);
  expect(variance).toBeCloseTo(1, 1);
  const outside = values.filter((value) => Math.abs(value) > 1.96).length / values.length;
  expect(outside).toBeGreaterThan(0.044);
  expect(outside).toBeLessThan(0.056);
});

test('a seed that is no number is refused', () => {
  expect(() => new Random(NaN)).toThrow(/seed/);
});
