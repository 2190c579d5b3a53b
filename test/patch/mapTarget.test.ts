// The target that the map of voices gives: styles of the same digit at a place, and nothing at amount 0.
import { describe, expect, it } from 'vitest';
import { defaultValues, type ParameterValues } from '../../src/contract/parameters.ts';
import type { MapPoints } from '../../src/model/voiceMap.ts';
import { mapTarget } from '../../src/patch/mapTarget.ts';

/** Two points of digit 3 and one of digit 4. */
const map: MapPoints = {
  positions: Float32Array.of(0, 0, 1, 1, 0.5, 0.5),
  styles: Float32Array.of(10, 20, -10, 0, 7, 7),
  digits: [3, 3, 4],
  speakers: [0, 1, 2],
};
const at = (changes: Partial<ParameterValues>): ParameterValues => ({ ...defaultValues(), ...changes });

describe('map target', () => {
  it('is nothing while the map is at 0 or missing', () => {
    expect(mapTarget(map, at({ mapAmount: 0 }))).toBeNull();
    expect(mapTarget(null, at({ mapAmount: 1 }))).toBeNull();
  });

  it('gives the style of the same digit at the place, and the share', () => {
    const corner = mapTarget(map, at({ mapX: 0, mapY: 0, mapAmount: 0.3 }));
    expect(corner?.share).toBe(0.3);
    expect([...(corner?.styleOf(3) ?? [])]).toEqual([10, 20]);
    expect([...(corner?.styleOf(4) ?? [])]).toEqual([7, 7]);
    const other = mapTarget(map, at({ mapX: 1, mapY: 1, mapAmount: 1 }));
    expect([...(other?.styleOf(3) ?? [])]).toEqual([-10, 0]);
  });

  it('blends from all points for a digit that has none', () => {
    const middle = mapTarget(map, at({ mapX: 0.5, mapY: 0.5, mapAmount: 1 }));
    expect([...(middle?.styleOf(8) ?? [])]).toEqual([7, 7]);
  });
});
