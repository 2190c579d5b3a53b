// How far ahead a song is told.
import { expect, test } from 'vitest';
import { LookAhead } from '../../src/midi/songTransport.ts';

test('looks 100 ms ahead, further where ticks come late, and never back', () => {
  const ahead = new LookAhead();
  ahead.restart(10);
  expect(ahead.horizon).toBe(-Infinity);
  expect(ahead.tick(10)).toBeCloseTo(10.1, 9);
  expect(ahead.tick(10.025)).toBeCloseTo(10.125, 9);
  // A second without a tick: the next may take as long.
  expect(ahead.tick(11.025)).toBeCloseTo(12.525, 9);
  expect(ahead.tick(11.05)).toBeCloseTo(12.525, 9);
  expect(ahead.tick(20)).toBeCloseTo(22, 9);
  ahead.restart(20.01);
  expect(ahead.tick(20.01)).toBeCloseTo(20.11, 9);
});
