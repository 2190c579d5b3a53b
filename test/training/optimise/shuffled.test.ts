// Random orders: permutations that follow from the seed and leave what they are given alone.
import { expect, it } from 'vitest';
import { Random } from '../../../src/dsp/random.ts';
import { shuffled } from '../../../training/optimise/shuffled.ts';

const items = Array.from({ length: 50 }, (_, i) => i);

it('gives every item once, in an order that the seed decides', () => {
  const order = shuffled(items, new Random(1));
  expect([...order].sort((a, b) => a - b)).toEqual(items);
  expect(order).not.toEqual(items);
  expect(shuffled(items, new Random(1))).toEqual(order);
  expect(shuffled(items, new Random(2))).not.toEqual(order);
  expect(items).toEqual(Array.from({ length: 50 }, (_, i) => i));
});

it('puts each item in each place equally often', () => {
  const random = new Random(3);
  const counts = Array.from({ length: 4 }, () => new Array<number>(4).fill(0));
  for (let draw = 0; draw < 4000; draw++)
    shuffled([0, 1, 2, 3], random).forEach((item, at) => counts[at][item]++);
  // 1000 expected, deviation 27.
  for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
