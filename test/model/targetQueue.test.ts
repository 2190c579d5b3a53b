// The decode queue: urgent first, and the latest revision wins.
import { describe, expect, it } from 'vitest';
import type { DecodeTarget } from '../../src/model/protocol.ts';
import { TargetQueue } from '../../src/model/targetQueue.ts';

const target = (slot: number): DecodeTarget => ({
  slot,
  digitPoint: new Float32Array(2),
  style: new Float32Array(2),
});

describe('TargetQueue', () => {
  it('hands targets out in the order given, then nothing', () => {
    const queue = new TargetQueue();
    queue.replace(1, [target(7), target(3)]);
    expect([queue.take()?.slot, queue.take()?.slot, queue.take()]).toEqual([7, 3, null]);
    expect(queue.waiting).toBe(0);
  });

  it('drops what an older revision left when a newer one arrives', () => {
    const queue = new TargetQueue();
    queue.replace(1, [target(0), target(1), target(2)]);
    queue.take();
    queue.replace(2, [target(9)]);
    expect(queue.revision).toBe(2);
    expect([queue.take()?.slot, queue.take()]).toEqual([9, null]);
  });

  it('accepts new targets of the same revision and ignores an older one that comes late', () => {
    const queue = new TargetQueue();
    queue.replace(2, [target(4)]);
    queue.replace(1, [target(5)]);
    expect(queue.take()?.slot).toBe(4);
    queue.replace(2, [target(6)]);
    expect(queue.take()?.slot).toBe(6);
  });
});
