// The queue of waiting events: order, putting off, release, room.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue, type EventKind } from '../../src/worklet/eventQueue.ts';

/** Waiting events by id, in the order in which they are taken. */
function drain(queue: EventQueue): number[] {
  const ids: number[] = [];
  while (queue.length > 0) ids.push(queue.shift().noteId);
  return ids;
}

/** Events whose ids are their places in `frames`. */
function queueOf(frames: readonly number[], kindOf: (id: number) => EventKind = () => 'noteOn'): EventQueue {
  const queue = new EventQueue(2);
  frames.forEach((frame, id) => {
    const event = queue.insert(kindOf(id), frame);
    if (event) event.noteId = id;
  });
  return queue;
}

test('events come out by frame, those of one frame in the order in which they came, whatever they are', () => {
  const kinds: readonly EventKind[] = ['noteOn', 'noteOff', 'control', 'word', 'parameters'];
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 100 }), (frames) => {
      const wanted = frames.map((_, id) => id).sort((a, b) => frames[a] - frames[b] || a - b);
      expect(drain(queueOf(frames, (id) => kinds[id % 5]))).toEqual(wanted);
    }),
    { seed: 1 },
  );
});

test('a note that is put off goes behind those that wait for its new frame, and is marked', () => {
  const queue = queueOf([10, 12, 128, 129]);
  expect([queue.nextFrame, queue.isNextDeferred]).toEqual([10, false]);
  queue.defer(128);
  expect([queue.nextFrame, queue.isNextDeferred]).toEqual([12, false]);
  queue.defer(128);
  expect([queue.nextFrame, queue.isNextDeferred]).toEqual([128, false]);
  expect([queue.length, queue.deferredNotes]).toEqual([4, 2]);
  const first = queue.shift();
  expect([first.noteId, first.deferred]).toEqual([2, false]);
  expect([queue.nextFrame, queue.isNextDeferred]).toEqual([128, true]);
  queue.defer(256);
  expect(queue.deferredNotes).toBe(2);
  expect(drain(queue)).toEqual([1, 3, 0]);
  expect(queue.deferredNotes).toBe(0);
});

test('only notes are put off', () => {
  const queue = queueOf([5], () => 'control');
  expect([queue.isNextNote, queue.isNextDeferred]).toEqual([false, false]);
  expect(queueOf([5]).isNextNote).toBe(true);
});

test('the note that was put off first is given up first, nothing else is, and silence forgets them all', () => {
  const queue = queueOf([10, 11, 12]);
  queue.dropDeferred();
  expect(queue.length).toBe(3);
  queue.defer(128);
  queue.defer(128);
  queue.dropDeferred();
  expect([queue.length, queue.deferredNotes]).toEqual([2, 1]);
  queue.clear();
  expect(queue.deferredNotes).toBe(0);
  expect(drain(queueOf([10, 11]))).toEqual([0, 1]);
});

test('an entry that is used again forgets that it was put off or released, and what was asked of it', () => {
  const queue = queueOf([5]);
  queue.defer(9);
  queue.release(0, 12);
  const used = queue.shift();
  expect([used.deferred, used.meantFrame, used.heldFrames]).toEqual([true, 5, 7]);
  Object.assign(used, { pitchRatio: 2, position: 3, expression: 0, glideHz: 100, glideSeconds: 1 });
  const again = queue.insert('noteOn', 20);
  expect(again).toBe(used);
  expect(again).toMatchObject({
    deferred: false,
    meantFrame: 20,
    heldFrames: -1,
    pitchRatio: 1,
    position: -1,
    expression: 1,
    glideHz: NaN,
    glideSeconds: 0,
  });
});

test('release and find see their note alone, not its other events', () => {
  const queue = queueOf([5, 6, 7]);
  const control = queue.insert('control', 4);
  if (control) control.noteId = 1;
  expect(queue.find(1)?.frame).toBe(6);
  expect(queue.find(7)).toBeUndefined();
  queue.release(1, 5);
  queue.release(1, 50);
  queue.release(9, 5);
  // A key that went up before the note's own frame has not been down; up is up, whatever comes later.
  expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()].map((note) => note.heldFrames)).toEqual(
    [-1, -1, 0, -1],
  );
});

test('the 257th note finds no room, but what is meant for notes does; after clear only parameters wait', () => {
  const queue = new EventQueue(0);
  for (let i = 0; i < 256; i++) expect(queue.insert('noteOn', i)).toBeDefined();
  expect(queue.insert('noteOn', 0)).toBeUndefined();
  expect(queue.insert('noteOff', 300)).toBeDefined();
  expect(queue.insert('parameters', 500)).toBeDefined();
  expect(queue.insert('parameters', 400)).toBeDefined();
  expect(queue.nextFrame).toBe(0);
  queue.clear();
  expect([queue.length, queue.nextFrame, queue.isNextNote]).toEqual([2, 400, false]);
  expect([queue.shift().frame, queue.shift().frame]).toEqual([400, 500]);
  for (let i = 0; i < 256; i++) expect(queue.insert('noteOn', -i)).toBeDefined();
  expect(queue.nextFrame).toBe(-255);
});

test('with 2048 events waiting there is no room for any other; entries are never shared', () => {
  const queue = new EventQueue(0);
  const entries = new Set(Array.from({ length: 2048 }, (_, i) => queue.insert('control', i % 7)));
  expect(entries.size).toBe(2048);
  expect(queue.insert('noteOff', 0)).toBeUndefined();
  queue.shift();
  expect(queue.insert('noteOff', 0)).toBeDefined();
});
