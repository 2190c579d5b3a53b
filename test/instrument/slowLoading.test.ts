// What is said of a step of loading that does not come to its end.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tellSlowLoading } from '../../src/instrument/slowLoading.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('says how long a step has taken, and nothing more once it moves', () => {
  let status = { step: 'starting the sound engine', fraction: 0.5 };
  const told: string[] = [];
  const end = tellSlowLoading(
    () => status,
    (step) => {
      told.push(step);
      status = { ...status, step };
    },
  );
  vi.advanceTimersByTime(4000);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(3000);
  expect(told).toEqual(
    [5, 6, 7].map((s) => `starting the sound engine; it takes longer than usual, ${s} s until now`),
  );
  status = { step: 'decoding', fraction: 0.6 };
  vi.advanceTimersByTime(5500);
  expect(told).toHaveLength(3);
  end();
  vi.advanceTimersByTime(60_000);
  expect(told).toHaveLength(3);
});
