// The decode queue: urgent first, and the latest revision wins.
import { describe, expect, it } from 'vitest';
import type { DecodeTarget } from '../../src/model/inferenceProtocol.ts';
import { TargetQueue } from '../../src/model/targetQueue.ts';

const target = (slot: number, revision: number): DecodeTarget => ({
  slot,
  revision,
  digitPoint: new Float32Array(2),
  style: new Float32Array(2),
});

describe('TargetQueue', () => {
  it('hands targets out in the order given, then nothing', () => {
    const queue = new TargetQueue();
    queue.replace(1, [target(7, 1), target(3, 1)]);
    expect([queue.take()?.slot, queue.take()?.slot, queue.take()]).toEqual([7, 3, null]);
    expect(queue.waiting).toBe(0);
  });

  it('drops what an older revision left when a newer one arrives', () => {
    const queue = new TargetQueue();
    queue.replace(1, [target(0, 1), target(1, 1), target(2, 1)]);
    queue.take();
    queue.replace(2, [target(9, 2)]);
    expect(queue.revision).toBe(2);
    expect([queue.take()?.slot, queue.take()]).toEqual([9, null]);
  });

  it('accepts new targets of the same revision and ignores an older one that comes late', () => {
    const queue = new TargetQueue();
    queue.replace(2, [target(4, 2)]);
    queue.replace(1, [target(5, 1)]);
    expect(queue.take()?.slot).toBe(4);
    queue.replace(2, [target(6, 2)]);
    expect(queue.take()?.slot).toBe(6);
  });

  it('decodes again only the slots whose own point has moved', () => {
    const queue = new TargetQueue();
    queue.replace(1, [target(0, 1), target(1, 1)]);
    queue.take();
    queue.replace(2, [target(5, 2), target(0, 1), target(1, 1)]);
    expect([queue.take()?.slot, queue.take()?.slot, queue.take()]).toEqual([5, 1, null]);
    queue.replace(3, [target(0, 3), target(1, 1)]);
    expect([queue.take()?.slot, queue.take()]).toEqual([0, null]);
  });

  it('lets held slots take turns while the point moves faster than they are decoded', () => {
    const queue = new TargetQueue();
    const held = [3, 7, 1, 9];
    const taken: number[] = [];
    for (let revision = 1; revision <= 6; revision++) {
      const rest = [20, 21].map((slot) => target(slot, revision));
      queue.replace(revision, [...held.map((slot) => target(slot, revision)), ...rest], held.length);
      for (let k = 0; k < 2; k++) taken.push(queue.take()?.slot ?? -1);
    }
    expect(taken).toEqual([3, 7, 1, 9, 3, 7, 1, 9, 3, 7, 1, 9]);
    // At rest the others come after them.
    expect([queue.take()?.slot, queue.take()?.slot, queue.take()?.slot]).toEqual([3, 7, 20]);
  });
});
