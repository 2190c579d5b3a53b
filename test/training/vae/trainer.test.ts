// The order of an epoch: every take once, those of one digit beside each other in pairs.
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/dsp/random.ts';
import { pairedOrder } from '../../../training/vae/trainer.ts';

const random = new Random(1);
const digits = Uint8Array.from({ length: 203 }, () => random.integer(10));

describe('pairedOrder', () => {
  const indices = [...digits.keys()].filter((i) => i % 7 !== 0);
  const order = pairedOrder(indices, digits, new Random(2));

  it('holds every index once, in an order of its own for every seed', () => {
    expect([...order].sort((a, b) => a - b)).toEqual(indices);
    expect(pairedOrder(indices, digits, new Random(2))).toEqual(order);
    expect(pairedOrder(indices, digits, new Random(3))).not.toEqual(order);
  });

  it('sets takes of one digit at even places and behind them, but for one of a digit that is left over', () => {
    const left = Array.from({ length: 10 }, (_, d) => indices.filter((i) => digits[i] === d).length % 2);
    const paired = indices.length - left.reduce((a, b) => a + b, 0);
    for (let i = 0; i < paired; i += 2) expect(digits[order[i]]).toBe(digits[order[i + 1]]);
    const rest = order.slice(paired).map((i) => digits[i]);
    expect(rest.sort()).toEqual(left.flatMap((one, d) => (one ? [d] : [])));
  });

  it('pairs anew in every epoch, and mixes the digits', () => {
    const partners = (seed: number) => {
      const other = pairedOrder(indices, digits, new Random(seed));
      return new Map(other.map((index, i) => [index, other[i % 2 === 0 ? i + 1 : i - 1]]));
    };
    const [first, second] = [partners(4), partners(5)];
    const same = indices.filter((index) => first.get(index) === second.get(index)).length;
    expect(same).toBeLessThan(0.3 * indices.length);
    expect(new Set(order.slice(0, 40).map((i) => digits[i])).size).toBeGreaterThan(5);
  });

  it('takes what there is: one take, none', () => {
    expect(pairedOrder([5], digits, new Random(1))).toEqual([5]);
    expect(pairedOrder([], digits, new Random(1))).toEqual([]);
  });
});
