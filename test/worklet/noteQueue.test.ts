// The queue of waiting notes: order, putting off, release, room.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NoteQueue } from '../../src/worklet/noteQueue.ts';

/** Waiting notes by id, in the order in which they are taken. */
function drain(queue: NoteQueue): number[] {
  const ids: number[] = [];
  while (queue.length > 0) ids.push(queue.shift().noteId);
  return ids;
}

function queueOf(frames: readonly number[]): NoteQueue {
  const queue = new NoteQueue(2);
  frames.forEach((frame, id) => {
    const note = queue.insert(frame);
    if (note) note.noteId = id;
  });
  return queue;
}

test('notes come out by frame, those of one frame in the order in which they came', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 100 }), (frames) => {
      const wanted = frames.map((_, id) => id).sort((a, b) => frames[a] - frames[b] || a - b);
      expect(drain(queueOf(frames))).toEqual(wanted);
    }),
    { seed: 1 },
  );
});

test('a note that is put off goes behind those that wait for its new frame, and is marked', () => {
  const queue = queueOf([10, 12, 128, 129]);
  queue.defer(128);
  expect([queue.nextFrame, queue.isNextDeferred]).toEqual([12, false]);
  queue.defer(128);
  expect([queue.nextFrame, queue.isNextDeferred]).toEqual([128, false]);
  expect(queue.length).toBe(4);
  const first = queue.shift();
  expect([first.noteId, first.deferred]).toEqual([2, false]);
  expect([queue.nextFrame, queue.isNextDeferred]).toEqual([128, true]);
  expect(drain(queue)).toEqual([0, 1, 3]);
});

test('an entry that is used again forgets that it was put off or released', () => {
  const queue = queueOf([5]);
  queue.defer(9);
  queue.release(0, 3);
  const used = queue.shift();
  expect([used.deferred, used.releaseFrame]).toEqual([true, 3]);
  const again = queue.insert(20);
  expect(again).toBe(used);
  expect([again?.deferred, again?.releaseFrame]).toEqual([false, Infinity]);
});

test('release finds its note alone', () => {
  const queue = queueOf([5, 6, 7]);
  queue.release(1, 100);
  queue.release(9, 50);
  expect([queue.shift(), queue.shift(), queue.shift()].map((note) => note.releaseFrame)).toEqual([
    Infinity,
    100,
    Infinity,
  ]);
});

test('the 257th note finds no room; after clear all of it is there again', () => {
  const queue = new NoteQueue(0);
  for (let i = 0; i < 256; i++) expect(queue.insert(i)).toBeDefined();
  expect(queue.insert(0)).toBeUndefined();
  expect(queue.nextFrame).toBe(0);
  queue.clear();
  expect([queue.length, queue.nextFrame, queue.isNextDeferred]).toEqual([0, Infinity, false]);
  for (let i = 0; i < 256; i++) expect(queue.insert(-i)).toBeDefined();
  expect(queue.nextFrame).toBe(-255);
});
