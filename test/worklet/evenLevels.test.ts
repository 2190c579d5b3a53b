// Words and held vowels of one loudness, held vowels without hiss, and the parameters that bring both back.
import { expect, it } from 'vitest';
import { measureHeld } from '../helpers/heldVowels.ts';

const spread = (values: readonly number[]): number => (Math.max(...values) - Math.min(...values)) / 2;

it('one voice says and holds ten words at one loudness, with little noise in what is held', async () => {
  const { words, vowels, harmonicity } = await measureHeld({}, 1);
  expect(spread(words)).toBeLessThan(1.5);
  expect(spread(vowels)).toBeLessThan(2);
  expect(Math.min(...harmonicity)).toBeGreaterThan(15);
  expect([...harmonicity].sort((a, b) => a - b)[5]).toBeGreaterThan(25);
});

it('words and vowels are as they were said at no evenness', async () => {
  const { words, vowels } = await measureHeld({ evenness: 0 }, 1);
  expect(spread(words)).toBeGreaterThan(2);
  expect(spread(vowels)).toBeGreaterThan(3);
});
