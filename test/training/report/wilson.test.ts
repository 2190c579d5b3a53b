// Wilson's interval against published values (Newcombe 1998, "Two-sided confidence intervals for the single proportion").
import { expect, test } from 'vitest';
import { wilson } from '../../../training/report/wilson.ts';

test.each([
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
  [8, 10, 0.4902, 0.9433],
  [0, 10, 0, 0.2775],
])('%i of %i', (successes, trials, low, high) => {
  const [from, to] = wilson(successes, trials);
  expect(from).toBeCloseTo(low, 4);
  expect(to).toBeCloseTo(high, 4);
  const [mirroredFrom, mirroredTo] = wilson(trials - successes, trials);
  expect(mirroredFrom).toBeCloseTo(1 - high, 4);
  expect(mirroredTo).toBeCloseTo(1 - low, 4);
});

test('more trials say more, and the ends of the scale are kept', () => {
  const width = (trials: number) => {
    const [from, to] = wilson(trials / 2, trials);
    return to - from;
  };
  expect(width(1000)).toBeLessThan(0.35 * width(100));
  expect(wilson(300, 300)[1]).toBe(1);
  expect(wilson(300, 300)[0]).toBeGreaterThan(0.98);
  expect(wilson(0, 1)[0]).toBe(0);
});
