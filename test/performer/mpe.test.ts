// MPE zones: members and masters, and how two zones share sixteen channels.
import { describe, expect, it } from 'vitest';
import { Zones } from '../../src/performer/mpe.ts';

describe('MPE zones', () => {
  it('knows members and masters of both zones', () => {
    const zones = new Zones();
    expect(zones.zoneOf(2)).toBeUndefined();
    zones.set('lower', 3);
    zones.set('upper', 2);
    expect([1, 2, 4, 5, 13, 14, 15, 16].map((channel) => zones.zoneOf(channel))).toEqual([
      'lower',
      'lower',
      'lower',
      undefined,
      undefined,
      'upper',
      'upper',
      'upper',
    ]);
    expect([1, 2, 5, 14, 16].map((channel) => zones.masterOf(channel))).toEqual([
      undefined,
      1,
      undefined,
      16,
      undefined,
    ]);
  });

  it('lets the newer zone take the channels that both want', () => {
    const zones = new Zones();
    zones.set('upper', 7);
    zones.set('lower', 10);
    expect([zones.members('lower'), zones.members('upper')]).toEqual([10, 4]);
    zones.set('lower', 15);
    expect(zones.members('upper')).toBe(0);
    expect(zones.masterOf(16)).toBe(1);
    zones.set('lower', 0);
    expect(zones.zoneOf(1)).toBeUndefined();
    expect(() => zones.set('lower', 16)).toThrow(/MPE members must be a whole number from 0 to 15, got 16/);
  });
});
