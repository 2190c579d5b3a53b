// The stack of keys that sound one at a time.
import { describe, expect, it } from 'vitest';
import { MonoStack } from '../../src/performer/monoStack.ts';

describe('mono stack', () => {
  it('gives the last key pressed that is still down, each key once', () => {
    const stack = new MonoStack<{ key: number }>();
    [1, 2, 3, 2].forEach((key) => stack.press({ key }));
    expect([stack.size, stack.top?.key]).toEqual([3, 2]);
    expect([stack.lift(2), stack.lift(2)]).toEqual([true, false]);
    expect(stack.top?.key).toBe(3);
    stack.remove((entry) => entry.key === 3);
    expect(stack.top?.key).toBe(1);
    stack.lift(1);
    expect([stack.size, stack.top]).toEqual([0, undefined]);
  });
});
