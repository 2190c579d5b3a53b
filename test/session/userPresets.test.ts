// The player's presets: order, names, deleting and its undo, files, and a store that lasts, refuses or is
// damaged.
import { describe, expect, it } from 'vitest';
import { defaultValues } from '../../src/contract/parameters.ts';
import { presetOf, type Preset } from '../../src/patch/preset.ts';
import { factoryPreset } from '../../src/patch/factoryPresets.ts';
import { memoryStore, type KeyValueStore } from '../../src/session/keyValueStore.ts';
import { UserPresets } from '../../src/session/userPresets.ts';

const named = (name: string, drive = 0.5): Preset =>
  presetOf(name, { values: { ...defaultValues(), drive }, lyrics: '' });
const names = (presets: UserPresets) => presets.list.map(({ preset }) => preset.name);

describe('UserPresets', () => {
  it('lists presets as they were added, also after the page is opened anew', async () => {
    const store = memoryStore();
    const presets = await UserPresets.open(store);
    for (const name of ['C', 'A', 'B']) await presets.add(named(name));
    await presets.add(factoryPreset('Morphing Vowel'));
    expect(names(presets)).toEqual(['C', 'A', 'B', 'Morphing Vowel']);
    const again = await UserPresets.open(store);
    expect(again.list).toEqual(presets.list);
    expect(again.notices).toEqual([]);
  });

  it('gives each preset a name of its own', async () => {
    const presets = await UserPresets.open(memoryStore());
    const first = await presets.add(named('Choir'));
    await presets.add(named('Choir'));
    await presets.add(named('Choir'));
    const copy = await presets.duplicate(first);
    expect(names(presets)).toEqual(['Choir', 'Choir 4', 'Choir 2', 'Choir 3']);
    await presets.rename(copy, ' Choir 2 ');
    expect(presets.byId(copy)?.name).toBe('Choir 4');
    await presets.rename(copy, 'Chorale');
    expect(names(presets)).toEqual(['Choir', 'Chorale', 'Choir 2', 'Choir 3']);
    await presets.rename(copy, 'Chorale');
    expect(presets.byId(copy)?.name).toBe('Chorale');
    const long = 'x'.repeat(60);
    await presets.add(named(long));
    await presets.add(named(long));
    expect(names(presets).at(-1)).toBe(`${'x'.repeat(58)} 2`);
    await expect(presets.rename(copy, '  ')).rejects.toThrow(/name must be 1 to 60/);
    await expect(presets.rename('gone', 'x')).rejects.toThrow(/one of the list, got gone/);
  });

  it('opens without presets that cannot be read now, and has them again when they can', async () => {
    const real = memoryStore();
    await (await UserPresets.open(real)).add(named('Mine'));
    let isBroken = true;
    const store: KeyValueStore = {
      entries: () => (isBroken ? Promise.reject(new Error('disk')) : real.entries()),
      write: (changes) => real.write(changes),
    };
    const presets = await UserPresets.open(store);
    expect(presets.notices).toEqual(['Your presets could not be read: disk; they are kept as they are']);
    await expect(presets.add(named('Next'))).rejects.toThrow('disk');
    isBroken = false;
    await presets.add(named('Next'));
    expect(names(presets)).toEqual(['Mine', 'Next']);
  });

  it('saves over a preset, keeping its name and place', async () => {
    const store = memoryStore();
    const presets = await UserPresets.open(store);
    const first = await presets.add(named('First'));
    await presets.add(named('Second'));
    expect(await presets.save(named('First', 0.9))).toBe(first);
    expect(names(presets)).toEqual(['First', 'Second']);
    expect((await UserPresets.open(store)).byId(first)?.values).toEqual({ drive: 0.9 });
  });

  it('brings deleted presets back to their places, the last one first', async () => {
    const store = memoryStore();
    const presets = await UserPresets.open(store);
    const ids: string[] = [];
    for (const name of ['A', 'B', 'C']) ids.push(await presets.add(named(name)));
    await presets.delete(ids[0]);
    await presets.delete(ids[1]);
    expect(names(await UserPresets.open(store))).toEqual(['C']);
    expect(presets.deletedName).toBe('B');
    expect(await presets.undoDelete()).toBe(ids[1]);
    await presets.add(named('A'));
    expect(await presets.undoDelete()).toBe(ids[0]);
    expect(names(presets)).toEqual(['A 2', 'B', 'C', 'A']);
    expect(presets.deletedName).toBeNull();
    expect(await presets.undoDelete()).toBeNull();
    expect((await UserPresets.open(store)).list).toEqual(presets.list);
  });

  it('exports some or all and imports them elsewhere', async () => {
    const presets = await UserPresets.open(memoryStore());
    await presets.add(named('A', 0.1));
    const second = await presets.add(factoryPreset('Lyrics Pi'));
    const other = await UserPresets.open(memoryStore());
    await other.importFile(presets.exportFile());
    const { ids, notices } = await other.importFile(presets.exportFile([second]));
    expect(notices).toEqual([]);
    expect(names(other)).toEqual(['A', 'Lyrics Pi', 'Lyrics Pi 2']);
    expect(other.byId(ids[0])).toEqual({ ...factoryPreset('Lyrics Pi'), name: 'Lyrics Pi 2' });
    await expect(other.importFile('?', 'song.mid')).rejects.toThrow(/song\.mid is no JSON file/);
    expect(other.list).toHaveLength(3);
    expect(() => presets.exportFile(['gone'])).toThrow(/got gone/);
  });

  it('tells of changes, and carries out what is asked at once in order', async () => {
    const presets = await UserPresets.open(memoryStore());
    const seen: string[][] = [];
    presets.changed.subscribe(() => seen.push(names(presets)));
    const adding = presets.add(named('A'));
    const failing = presets.delete('gone').catch(() => 'failed');
    const last = presets.add(named('A'));
    expect(await failing).toBe('failed');
    await Promise.all([adding, last]);
    expect(seen).toEqual([['A'], ['A', 'A 2']]);
  });

  it('stays as it was when the browser refuses to store', async () => {
    const store = memoryStore();
    const presets = await UserPresets.open(store);
    const id = await presets.add(named('A'));
    store.write = () => Promise.reject(new Error('quota'));
    await expect(presets.add(named('B'))).rejects.toThrow('quota');
    await expect(presets.delete(id)).rejects.toThrow('quota');
    await expect(presets.rename(id, 'C')).rejects.toThrow('quota');
    expect(names(presets)).toEqual(['A']);
    expect(presets.deletedName).toBeNull();
  });

  it('reads past damaged entries, names them and leaves them alone', async () => {
    const store = memoryStore();
    await (await UserPresets.open(store)).add(named('Good'));
    const damaged: [string, unknown][] = [
      ['preset/1', 'text'],
      ['preset/2', { order: 0, text: '{' }],
      ['preset/3', { order: 2, text: '{"formatVersion":9,"name":"From later","values":{}}' }],
      ['other', 1],
    ];
    await store.write(new Map(damaged));
    const presets = await UserPresets.open(store);
    expect(names(presets)).toEqual(['Good']);
    expect(presets.notices).toHaveLength(3);
    expect(presets.notices[0]).toBe('the stored preset preset/1 is damaged; it is kept but not shown');
    expect(presets.notices[2]).toMatch(/preset\/3 has format version 9.*update it; it is kept/);
    await presets.add(named('New'));
    const kept = new Map(await store.entries());
    for (const [key, value] of damaged) expect(kept.get(key)).toEqual(value);
  });
});

describe('memory store', () => {
  const pairs = async (store: KeyValueStore) => Object.fromEntries(await store.entries());

  it('keeps copies, deletes by undefined, and writes all or nothing', async () => {
    const store = memoryStore();
    const value = { list: [1] };
    await store.write(
      new Map<string, unknown>([
        ['b', value],
        ['a', 1],
      ]),
    );
    value.list.push(2);
    expect(await store.entries()).toEqual([
      ['a', 1],
      ['b', { list: [1] }],
    ]);
    const writing = async () =>
      store.write(
        new Map<string, unknown>([
          ['c', 1],
          ['d', () => 1],
        ]),
      );
    await expect(writing()).rejects.toThrow();
    await store.write(new Map([['a', undefined]]));
    expect(await pairs(store)).toEqual({ b: { list: [1] } });
  });
});
