// The tuning on the page: loaded from Scala files, there again on the next visit, reset for good.
import { expect, it } from 'vitest';
import type { Tuning } from '../../src/performer/tuning.ts';
import { memoryStore, type KeyValueStore } from '../../src/session/keyValueStore.ts';
import { PersistedText } from '../../src/session/persistedText.ts';
import { KeyboardTuning } from '../../src/session/keyboardTuning.ts';

const scale = '! fifths.scl\nOnly fifths\n 2\n!\n 3/2\n 2/1\n';
/** All keys in order, A4 at 400 Hz. */
const map = '0\n0\n127\n60\n69\n400.0\n0\n';

async function rig(store: KeyValueStore = memoryStore()) {
  let tuning: Tuning | null = null;
  const kept = await PersistedText.open(store, 'tuning', 'the tuning');
  const shelf = new KeyboardTuning((next) => (tuning = next), kept);
  return { shelf, store, hz: (key: number) => tuning?.frequencyOf(key) };
}

it('comes back with scale and map, by name', async () => {
  const first = await rig();
  expect(first.shelf.isEqual).toBe(true);
  first.shelf.load('mine.kbm', map);
  first.shelf.load('fifths.SCL', scale);
  expect(first.shelf.name).toBe('Only fifths, mapped by mine.kbm');
  expect(first.hz(69)).toBeCloseTo(400, 9);
  expect(first.hz(71)! / first.hz(69)!).toBeCloseTo(2, 9);
  const second = await rig(first.store);
  expect(second.shelf.name).toBe('Only fifths, mapped by mine.kbm');
  expect(second.shelf.isEqual).toBe(false);
  expect(second.shelf.fault).toBe('');
  expect(second.hz(62)).toBe(first.hz(62));
  second.shelf.reset();
  const third = await rig(first.store);
  expect([third.shelf.name, third.shelf.isEqual, third.hz(69)]).toEqual([
    'equal temperament',
    true,
    undefined,
  ]);
});

it('stays when a file is no good', async () => {
  const { shelf, store, hz } = await rig();
  shelf.load('fifths.scl', scale);
  const before = hz(64);
  expect(() => shelf.load('broken.scl', 'nothing')).toThrow(/Scala scale/);
  expect(() => shelf.load('song.mid', scale)).toThrow(/\.scl or \.kbm; got song\.mid/);
  expect(shelf.name).toBe('Only fifths');
  expect(hz(64)).toBe(before);
  expect((await rig(store)).shelf.name).toBe('Only fifths');
});

it('says so when what was kept is damaged or nothing can be kept', async () => {
  for (const [text, why] of [
    [
      '{"version":1,"scale":{"name":"x.scl","text":"no"}}',
      /last visit could not be read \(a Scala scale needs/,
    ],
    ['{"version":2}', /damaged/],
    ['{', /last visit could not be read/],
  ] as const) {
    const store = memoryStore();
    await store.write(new Map([['tuning', text]]));
    const { shelf, hz } = await rig(store);
    expect(shelf.fault).toMatch(why);
    expect([shelf.isEqual, hz(69)]).toEqual([true, undefined]);
    expect(new Map(await store.entries()).get('tuning.unreadable')).toBe(text);
    shelf.load('fifths.scl', scale);
    expect(shelf.fault).toBe('');
  }
  const closed = await rig({
    entries: () => Promise.resolve([]),
    write: () => Promise.reject(new Error('full')),
  });
  closed.shelf.load('fifths.scl', scale);
  await Promise.resolve();
  await Promise.resolve();
  expect(closed.shelf.fault).toMatch(/the tuning cannot be kept for the next visit: full/);
  expect(closed.shelf.name).toBe('Only fifths');
});
