// What a page keeps of its session, with stand-ins for the browser's storages, locks and events: many tabs, writes that hang or
// fail, duplicated tabs, damaged records.
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter } from '../../../src/contract/emitter.ts';
import { memoryStore, type KeyValueStore } from '../../../src/session/keyValueStore.ts';
import { SavedSession } from '../../../src/ui/page/savedSession.ts';
import { openSession } from '../../helpers/openSession.ts';

/** A browser's storage: its texts are properties, too. */
function fakeStorage(texts: Record<string, string> = {}): Storage {
  const methods = {
    getItem: (key: string) => texts[key] ?? null,
    setItem: (key: string, text: string) => void (texts[key] = text),
    removeItem: (key: string) => void Reflect.deleteProperty(texts, key),
  };
  return new Proxy(texts, {
    get: (_, key): unknown => Reflect.get(methods, key) ?? Reflect.get(texts, key),
  }) as unknown as Storage;
}

/** The browser's locks, as far as pages use them here. */
function fakeLocks() {
  const held = new Set<string>();
  const request = async (
    name: string,
    { ifAvailable, signal }: LockOptions,
    callback: (lock: { name: string } | null) => Promise<void> | undefined,
  ): Promise<void> => {
    if (held.has(name)) {
      if (ifAvailable) return callback(null);
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('late'))));
    }
    held.add(name);
    await callback({ name });
    held.delete(name);
  };
  return { request, held };
}

const locks = fakeLocks();
let leave: () => void = () => undefined;

/** The page of a tab: what it has of its own, and its address. */
function enter(tab: Storage, hash = ''): void {
  const listeners = new Map<string, () => void>();
  const target = {
    addEventListener: (name: string, listener: () => void) => listeners.set(name, listener),
    removeEventListener: (name: string) => listeners.delete(name),
  };
  vi.stubGlobal('sessionStorage', tab);
  vi.stubGlobal('document', target);
  vi.stubGlobal('window', target);
  vi.stubGlobal('location', { hash });
  leave = () => listeners.get('pagehide')?.();
}

beforeEach(() => {
  locks.held.clear();
  vi.stubGlobal('navigator', { locks });
  vi.stubGlobal('localStorage', fakeStorage());
});
afterAll(() => vi.unstubAllGlobals());

async function open(store: KeyValueStore, tab: Storage, hash = '') {
  enter(tab, hash);
  const { session } = await openSession(store);
  const notices: string[] = [];
  const saved = await SavedSession.open(store, session, notices);
  return { session, saved, notices, drive: () => session.state.values.drive };
}

/** A page that is left with a value of `drive`, and its tab. */
async function opened(store: KeyValueStore, drive: number, tab = fakeStorage()) {
  const page = await open(store, tab);
  page.saved.start();
  page.session.set('drive', drive);
  await page.saved.flush();
  return { ...page, tab };
}

describe('a saved session', () => {
  it('is not lost where more pages are open than are kept of closed ones', async () => {
    const store = memoryStore();
    const first = await opened(store, 0.05);
    for (let k = 1; k < 10; k++) await opened(store, k / 10);
    await first.saved.close();
    expect((await open(store, first.tab)).drive()).toBe(0.05);
  });

  it('forgets windows that were closed long ago, all but the last eight', async () => {
    const store = memoryStore();
    const pages = [];
    for (let k = 1; k <= 12; k++) pages.push(await opened(store, k / 20));
    for (const { saved } of pages) await saved.close();
    await open(store, fakeStorage());
    const keys = (await store.entries()).filter(([key]) => key.startsWith('session/'));
    expect(keys).toHaveLength(8);
  });

  it.each(['hangs', 'fails'])(
    'has what moved last though the write %s when the page is left',
    async (how) => {
      const real = memoryStore();
      let isBroken = false;
      const store: KeyValueStore = {
        entries: () => real.entries(),
        write: (changes) => {
          if (!isBroken) return real.write(changes);
          return how === 'hangs' ? new Promise(() => undefined) : Promise.reject(new Error('full'));
        },
      };
      const page = await opened(store, 0.2);
      isBroken = true;
      page.session.set('drive', 0.7);
      void page.saved.flush();
      await Promise.resolve();
      leave();
      locks.held.clear();
      isBroken = false;
      expect((await open(store, page.tab)).drive()).toBe(0.7);
    },
  );

  it('tells once where the browser refuses to keep it', async () => {
    const store: KeyValueStore = { ...memoryStore(), write: () => Promise.reject(new Error('full')) };
    const page = await opened(store, 0.2);
    vi.stubGlobal('localStorage', undefined);
    page.session.set('drive', 0.3);
    await page.saved.flush();
    expect([page.saved.fault, page.notices]).toEqual([
      'This session cannot be kept for the next visit: full.',
      [],
    ]);
  });

  it('is written again by itself when the browser takes it again, and the notice goes with that', async () => {
    vi.useFakeTimers();
    try {
      const real = memoryStore();
      let isFull = true;
      const store: KeyValueStore = {
        entries: () => real.entries(),
        write: (changes) => (isFull ? Promise.reject(new Error('full')) : real.write(changes)),
      };
      const page = await opened(store, 0.2);
      expect(page.saved.fault).toBe(
        "The browser's database takes nothing now (full); until it does, this session is kept in a smaller store.",
      );
      // What is left where writing takes no time is not lost.
      expect(page.saved.secure()).toBe(true);
      vi.stubGlobal('localStorage', undefined);
      expect(page.saved.secure()).toBe(false);
      isFull = false;
      await vi.advanceTimersByTimeAsync(2000);
      expect([page.saved.fault, page.notices, page.saved.secure()]).toEqual(['', [], true]);
      await page.saved.close();
      const key = `session/${page.tab.getItem('numvox.session')}`;
      const record = new Map(await real.entries()).get(key) as { text: string };
      expect(record.text).toContain('"drive":0.2');
    } finally {
      vi.useRealTimers();
    }
  });

  it('is left in local storage where there is no database, and asks only for presets that lie nowhere else', async () => {
    let holds = false;
    const store = { ...memoryStore(), fault: 'none here', isHolding: () => holds };
    const page = await opened(store, 0.2);
    expect(page.saved.fault).toBe(
      'Presets that you save last only until the page is closed, all else is kept: none here.',
    );
    expect(page.saved.secure()).toBe(true);
    holds = true;
    expect(page.saved.secure()).toBe(false);
    locks.held.clear();
    expect((await open(memoryStore(), page.tab)).drive()).toBe(0.2);
  });

  it('stands in a duplicated tab as in the first, past the link that both were opened with', async () => {
    const store = memoryStore();
    const hash = '#patch=1&drive=0.2';
    const first = await open(store, fakeStorage(), hash);
    expect(first.saved.isAddressNews(hash)).toBe(true);
    first.saved.start();
    first.session.set('drive', 0.7);
    await first.saved.flush();
    const name = sessionStorage.getItem('numvox.session')!;
    const second = await open(store, fakeStorage({ 'numvox.session': name }), hash);
    expect([second.drive(), second.saved.isAddressNews(hash)]).toEqual([0.7, false]);
    second.saved.start();
    second.session.set('drive', 0.1);
    await second.saved.flush();
    await first.saved.close();
    await second.saved.close();
    // Each has a record of its own from here on.
    expect((await open(store, fakeStorage({ 'numvox.session': name }), hash)).drive()).toBe(0.7);
  });

  it('goes on in a new window where the last one was closed, or as the one that is open stands', async () => {
    const store = memoryStore();
    const closed = await opened(store, 0.2);
    const still = await opened(store, 0.4);
    await closed.saved.close();
    const next = await open(store, fakeStorage());
    expect(next.drive()).toBe(0.2);
    expect((await open(store, fakeStorage())).drive()).toBe(0.4);
    await still.saved.close();
  });

  it('is kept aside where it cannot be read, and damaged records stand in nobody’s way', async () => {
    const store = memoryStore();
    const page = await opened(store, 0.2);
    await page.saved.close();
    const key = `session/${page.tab.getItem('numvox.session')}`;
    await store.write(
      new Map<string, unknown>([
        [key, { savedAt: 1, hash: '', text: '{"format":"other"}' }],
        ['session/x', 'nothing'],
      ]),
    );
    localStorage.setItem('numvox.left/session/y', '{');
    const again = await open(store, page.tab);
    expect(again.drive()).toBe(0);
    expect(again.notices).toEqual([
      expect.stringMatching(/session of the last visit is no state .* kept aside/),
    ]);
    expect(new Map(await store.entries()).get(`unreadable/${key}`)).toBe('{"format":"other"}');
  });

  it('is never written over by a page that could not read it, which says where it is', async () => {
    const real = memoryStore();
    const page = await opened(real, 0.2);
    await page.saved.close();
    const key = `session/${page.tab.getItem('numvox.session')}`;
    // The database does not open, then it does, and gets what was written meanwhile.
    const changed = new Emitter();
    const late = { store: memoryStore(), fault: 'the browser does not open its database' };
    const store = {
      entries: () => late.store.entries(),
      write: (changes: ReadonlyMap<string, unknown>) => late.store.write(changes),
      get fault() {
        return late.fault;
      },
      changed,
    };
    const again = await opened(store, 0.7, page.tab);
    expect(again.notices).toEqual([]);
    await real.write(new Map(await late.store.entries()));
    Object.assign(late, { store: real, fault: '' });
    changed.emit();
    await vi.waitFor(() =>
      expect(again.notices).toEqual([expect.stringMatching(/it is kept: open this page/)]),
    );
    await again.saved.flush();
    const records = new Map(await real.entries()) as Map<string, { text: string }>;
    expect(records.get(key)?.text).toContain('"drive":0.2');
    expect((await open(real, fakeStorage())).drive()).toBe(0.2);
    await again.saved.close();
    expect((await open(real, page.tab)).drive()).toBe(0.7);
  });

  it.each([
    ['cut off', 'nothing'],
    ['unreadable for the browser', undefined],
  ])('is named and left where it is, where its record is %s', async (_, value) => {
    const real = memoryStore();
    const key = 'session/mine';
    let written: unknown = value;
    const store: KeyValueStore = {
      entries: async () => [...(await real.entries()), [key, written] as const],
      write: (changes) => {
        if (changes.has(key)) written = changes.get(key);
        return real.write(changes);
      },
    };
    const page = await opened(store, 0.2, fakeStorage({ 'numvox.session': 'mine' }));
    expect(page.notices).toEqual([expect.stringMatching(/damaged; it is kept as it is/)]);
    await page.saved.close();
    expect(written).toBe(value);
    const next = await open(store, page.tab);
    expect([next.drive(), next.notices]).toEqual([0.2, []]);
  });

  it('takes up what pages kept before they kept sessions', async () => {
    const store = memoryStore();
    const tuning = JSON.stringify({ version: 1, scale: { name: 'x.scl', text: 'Fifths\n1\n3/2\n' } });
    await store.write(new Map([['tuning', tuning]]));
    expect((await open(store, fakeStorage())).session.tuning.name).toBe('Fifths');
  });
});
