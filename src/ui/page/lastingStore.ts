// The page's store: the browser's database while there is one, and memory while there is none, which goes into the database as soon
// as there is one again. It tells which.
import { Emitter } from '../../contract/emitter.ts';
import { messageOf } from '../../contract/errors.ts';
import type { KeyValueStore } from '../../session/keyValueStore.ts';
import type { BrowserStore } from './browserStore.ts';

/** A database that has not opened by then may never: another page holds it, or the browser is at fault. */
const openMilliseconds = 3000;
/** So often it is looked for while it is missing. */
const retryMilliseconds = 5000;

/** What the store stands on. */
export interface LastingStoreOptions {
  /** Opens the database. */
  readonly open: () => Promise<BrowserStore>;
  /** Calls back once; the returned function calls that off. Default: the page's timers. */
  readonly wait?: (act: () => void, milliseconds: number) => () => void;
}

type Listener = (keys: readonly string[]) => void;

/** A store that loses nothing while the page lives. */
export class LastingStore implements KeyValueStore {
  /** `fault` has changed. */
  readonly changed = new Emitter();
  readonly #options: Required<LastingStoreOptions>;
  readonly #listeners = new Set<Listener>();
  /** What was written while there was no database. */
  readonly #waiting = new Map<string, unknown>();
  #database: BrowserStore | null = null;
  #opening: Promise<void> | null = null;
  #fault = '';
  #callOffRetry: (() => void) | null = null;
  #isClosed = false;

  private constructor(options: LastingStoreOptions) {
    this.#options = {
      wait: (act, milliseconds) => {
        const timer = setTimeout(act, milliseconds);
        return () => clearTimeout(timer);
      },
      ...options,
    };
  }

  /** Never rejects and takes 3 s at the most: see `fault`. */
  static async open(options: LastingStoreOptions): Promise<LastingStore> {
    const store = new LastingStore(options);
    await store.#reopen();
    return store;
  }

  /** Why what is written lasts only as long as the page; empty where it is kept. */
  get fault(): string {
    return this.#fault;
  }

  /** True while something has been written under a key that begins so, and only the page holds it. */
  isHolding(keysFrom: string): boolean {
    return [...this.#waiting.keys()].some((key) => key.startsWith(keysFrom));
  }

  async entries(): Promise<(readonly [key: string, value: unknown])[]> {
    const read = await this.#try(
      (database) => database.entries(),
      () => true,
    );
    const pairs = new Map(read?.result);
    for (const [key, value] of this.#waiting) {
      if (value === undefined) pairs.delete(key);
      else pairs.set(key, structuredClone(value));
    }
    return [...pairs].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async write(changes: ReadonlyMap<string, unknown>): Promise<void> {
    const outcome = await this.#try((database) => database.write(changes), isLost);
    if (outcome) return;
    const cloned = structuredClone([...changes]);
    for (const [key, value] of cloned) this.#waiting.set(key, value);
  }

  /** Calls `listener` with the keys that another page has written, until the returned function is called. */
  onForeignWrite(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#callOffRetry?.();
    this.#database?.close();
    this.#database = null;
  }

  /**
   * Asks the database, and where its connection turns out to be lost another one, once; null where there is none.
   * @param isLoss false for refusals, which the caller gets
   */
  async #try<T>(
    task: (database: BrowserStore) => Promise<T>,
    isLoss: (reason: unknown) => boolean,
  ): Promise<{ readonly result: T } | null> {
    for (const last of [false, true]) {
      if (!this.#database) return null;
      try {
        return { result: await task(this.#database) };
      } catch (reason) {
        if (!isLoss(reason)) throw reason;
        this.#database?.close();
        this.#database = null;
        this.#say(messageOf(reason));
        if (last) this.#retryLater();
        else await this.#reopen();
      }
    }
    return null;
  }

  /** Resolves when the database is there, or is not for now. */
  async #reopen(): Promise<void> {
    if (this.#database || this.#isClosed) return;
    this.#opening ??= this.#options
      .open()
      .then((database) => this.#take(database))
      .catch((reason: unknown) => this.#say(messageOf(reason)))
      .finally(() => (this.#opening = null));
    let callOff: () => void = () => undefined;
    const patience = new Promise<void>((resolve) => {
      callOff = this.#options.wait(() => {
        this.#say('the browser does not open its database');
        resolve();
      }, openMilliseconds);
    });
    await Promise.race([this.#opening, patience]);
    callOff();
    if (this.#fault !== '') this.#retryLater();
  }

  #retryLater(): void {
    this.#callOffRetry?.();
    if (this.#isClosed) return;
    this.#callOffRetry = this.#options.wait(() => void this.#reopen(), retryMilliseconds);
  }

  /** What waited goes in first: where that fails it waits on. */
  async #take(database: BrowserStore): Promise<void> {
    if (this.#isClosed) {
      database.close();
      return;
    }
    const held = new Map(this.#waiting);
    if (held.size > 0) {
      try {
        await database.write(held);
      } catch (reason) {
        database.close();
        throw reason;
      }
    }
    for (const [key, value] of held) if (this.#waiting.get(key) === value) this.#waiting.delete(key);
    database.onForeignWrite((keys) => {
      for (const listener of this.#listeners) listener(keys);
    });
    this.#database = database;
    this.#say('');
    // What was written meanwhile.
    if (this.#waiting.size > 0) {
      const late = new Map(this.#waiting);
      this.#waiting.clear();
      await this.write(late);
    }
    // Presets that other pages have kept were not seen from here.
    const keys = await database.entries().then(
      (pairs) => pairs.map(([key]) => key),
      () => [],
    );
    for (const listener of this.#listeners) listener(keys);
  }

  #say(fault: string): void {
    if (fault === this.#fault) return;
    this.#fault = fault;
    this.changed.emit();
  }
}

/** What browsers say of a connection that is gone, or a database that they cannot read any more. */
function isLost(reason: unknown): boolean {
  const { name, cause } = (reason ?? {}) as { readonly name?: unknown; readonly cause?: unknown };
  if (cause instanceof DOMException) return isLost(cause);
  return name === 'InvalidStateError' || name === 'UnknownError' || name === 'NotFoundError';
}
