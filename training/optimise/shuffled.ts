// A random order that follows from a seed: in which takes are learnt, or chosen.
import type { Random } from '../../src/dsp/random.ts';

/** A copy of `items` in a random order (Fisher & Yates), with as many draws as items but one. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
