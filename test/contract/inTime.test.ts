// Promises that are waited for no longer than said.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { inTime } from '../../src/contract/inTime.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('gives what a promise gives in time, and the error when it does not', async () => {
  expect(await inTime(Promise.resolve(3), 1, 'late')).toBe(3);
  await expect(inTime(Promise.reject(new Error('no')), 1, 'late')).rejects.toThrow('no');
  expect(vi.getTimerCount()).toBe(0);
  const never = inTime(new Promise(() => undefined), 2, 'nothing has come for 2 s');
  never.catch(() => undefined);
  vi.advanceTimersByTime(2000);
  await expect(never).rejects.toThrow('nothing has come for 2 s');
});
