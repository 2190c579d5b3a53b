// The page's store where the browser's fails: missing, blocked, lost while it is open, full; nothing is lost and the truth is told.
import { describe, expect, it } from 'vitest';
import { memoryStore } from '../../../src/session/keyValueStore.ts';
import { UserPresets } from '../../../src/session/userPresets.ts';
import type { BrowserStore } from '../../../src/ui/page/browserStore.ts';
import { LastingStore } from '../../../src/ui/page/lastingStore.ts';
import { factoryPreset } from '../../../src/patch/factoryPresets.ts';

function rig() {
  const disk = memoryStore();
  const state = { opens: 'well' as 'well' | 'refused' | 'never', write: null as Error | null };
  const waits = new Set<{ readonly act: () => void; readonly milliseconds: number }>();
  let opened = 0;
  const open = (): Promise<BrowserStore> => {
    if (state.opens === 'refused') return Promise.reject(new Error('blocked'));
    if (state.opens === 'never') return new Promise(() => undefined);
    opened++;
    return Promise.resolve({
      entries: () => (state.write ? Promise.reject(state.write) : disk.entries()),
      write: (changes) => (state.write ? Promise.reject(state.write) : disk.write(changes)),
      onForeignWrite: () => () => undefined,
      close: () => undefined,
    });
  };
  const wait = (act: () => void, milliseconds: number) => {
    const one = { act, milliseconds };
    waits.add(one);
    return () => void waits.delete(one);
  };
  /** The timers of some length run. */
  const pass = async (milliseconds: number) => {
    for (const one of [...waits]) {
      if (one.milliseconds !== milliseconds) continue;
      waits.delete(one);
      one.act();
    }
    await new Promise(setImmediate);
  };
  return { disk, state, open: () => LastingStore.open({ open, wait }), pass, waits, opened: () => opened };
}

const one = (key: string, value: unknown) => new Map([[key, value]]);
const gone = new DOMException('the connection is closing', 'InvalidStateError');
const full = new DOMException('the quota is exceeded', 'QuotaExceededError');

describe('the lasting store', () => {
  it('is the database where that is well, and passes its refusals on', async () => {
    const { disk, state, open } = rig();
    const store = await open();
    await store.write(one('a', 1));
    expect([store.fault, await disk.entries()]).toEqual(['', [['a', 1]]]);
    state.write = full;
    await expect(store.write(one('b', 2))).rejects.toThrow(/quota/);
    expect(store.isHolding('')).toBe(false);
  });

  it('holds what is written without a database, says so, and hands it over when there is one', async () => {
    const { disk, state, open, pass, waits } = rig();
    await disk.write(one('old', 0));
    state.opens = 'refused';
    const store = await open();
    let changes = 0;
    store.changed.subscribe(() => changes++);
    const presets = await UserPresets.open(store);
    const id = await presets.add(factoryPreset('Choir'));
    expect([store.fault, presets.unkept, store.isHolding('preset/')]).toEqual(['blocked', 'blocked', true]);
    expect(presets.byId(id)?.name).toBe('Choir');
    await pass(5000);
    expect(store.fault).toBe('blocked');
    state.opens = 'well';
    await pass(5000);
    expect([store.fault, presets.unkept, store.isHolding(''), changes]).toEqual(['', '', false, 1]);
    expect((await disk.entries()).map(([key]) => key)).toEqual(['old', `preset/${id}`]);
    expect(waits.size).toBe(0);
  });

  it('does not wait for ever for a database that does not open', async () => {
    const { state, open, pass } = rig();
    state.opens = 'never';
    const opening = open();
    await pass(3000);
    const store = await opening;
    expect(store.fault).toBe('the browser does not open its database');
    await store.write(one('a', 1));
    expect(await store.entries()).toEqual([['a', 1]]);
  });

  it('opens a database anew that was closed under it, and holds the write meanwhile', async () => {
    const { disk, state, open, pass, opened } = rig();
    const store = await open();
    state.write = gone;
    await store.write(one('a', 1));
    expect(opened()).toBeGreaterThan(1);
    expect(store.isHolding('a')).toBe(true);
    expect(await store.entries()).toEqual([['a', 1]]);
    state.write = null;
    await store.write(one('b', 2));
    await pass(5000);
    expect(store.isHolding('')).toBe(false);
    expect(await disk.entries()).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('looks for nothing once it is closed', async () => {
    const { state, open, pass, waits, opened } = rig();
    state.opens = 'refused';
    const store = await open();
    store.close();
    state.opens = 'well';
    await pass(5000);
    expect([waits.size, opened()]).toEqual([0, 0]);
  });
});
