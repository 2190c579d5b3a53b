// Decode-ahead: the order of targets, and completeness.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeOrder } from '../../src/performer/decodeOrder.ts';

describe('decode ahead', () => {
  it('puts sounding notes first, then recent ones, then the speaker in use, then its neighbours', () => {
    const order = decodeOrder(3, { sounding: [25, 3], recent: [3, 17, 11], speaker: 1 });
    expect(order.slice(0, 4)).toEqual([25, 3, 17, 11]);
    expect(order.slice(4, 12)).toEqual([10, 12, 13, 14, 15, 16, 18, 19]);
    expect(order.slice(12, 15)).toEqual([20, 21, 22]);
    expect(order.at(-1)).toBe(9);
  });

  it('names every slot exactly once whatever is played', () => {
    const slots = fc.array(fc.integer({ min: -5, max: 80 }), { maxLength: 20 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        slots,
        slots,
        fc.nat(5),
        (speakers, sounding, recent, s) => {
          const order = decodeOrder(speakers, { sounding, recent, speaker: s % speakers });
          expect([...order].sort((a, b) => a - b)).toEqual(
            Array.from({ length: speakers * 10 }, (_, k) => k),
          );
        },
      ),
    );
  });
});
