// Where presets are kept: a small key-value store, in the browser's IndexedDB or, without one, in memory.

/**
 * Values are anything that can be cloned
 * (https://developer.mozilla.org/docs/Web/API/Web_Workers_API/Structured_clone_algorithm).
 */
export interface KeyValueStore {
  /** All pairs, in order of the keys. */
  entries(): Promise<(readonly [key: string, value: unknown])[]>;
  /** Writes all pairs or none: `undefined` deletes its key. */
  write(changes: ReadonlyMap<string, unknown>): Promise<void>;
}

/** A store that lasts as long as the page. */
export function memoryStore(): KeyValueStore {
  const values = new Map<string, unknown>();
  return {
    entries() {
      const pairs = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
      return Promise.resolve(structuredClone(pairs));
    },
    write(changes) {
      // Cloned first, so that what cannot be cloned leaves nothing half written.
      const cloned = structuredClone([...changes]);
      for (const [key, value] of cloned) {
        if (value === undefined) values.delete(key);
        else values.set(key, value);
      }
      return Promise.resolve();
    },
  };
}

/** Raised when the layout of the database changes; a store of pairs has no reason to. */
const databaseVersion = 1;
const tableName = 'pairs';

/**
 * The store of this origin in the browser.
 * @param name of the database
 * @param factory the page's `indexedDB`
 * @throws Error (rejection) when the browser keeps none, as in some private windows; use `memoryStore` then
 */
export async function browserStore(
  name: string,
  factory: IDBFactory | undefined = globalThis.indexedDB,
): Promise<KeyValueStore> {
  if (!factory) throw new Error('this browser has no IndexedDB; presets last until the page is closed');
  const opening = factory.open(name, databaseVersion);
  opening.onupgradeneeded = () => opening.result.createObjectStore(tableName);
  const database = await resultOf(opening);
  // Another tab of a newer version may upgrade; the next access here then fails with the browser's own message.
  database.onversionchange = () => database.close();
  return {
    async entries() {
      const table = database.transaction(tableName, 'readonly').objectStore(tableName);
      // Both requests are made before either is awaited, and so see the same state.
      const [keys, values] = await Promise.all([resultOf(table.getAllKeys()), resultOf(table.getAll())]);
      // Only strings are ever written as keys.
      return keys.map((key, k) => [key as string, values[k] as unknown] as const);
    },
    write(changes) {
      return new Promise((resolve, reject) => {
        const transaction = database.transaction(tableName, 'readwrite');
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new Error('the browser stored nothing'));
        const table = transaction.objectStore(tableName);
        try {
          for (const [key, value] of changes) {
            if (value === undefined) table.delete(key);
            else table.put(value, key);
          }
        } catch (fault) {
          // What cannot be cloned throws at once, and what was put before it would be stored all the same.
          transaction.abort();
          reject(fault instanceof Error ? fault : new Error(String(fault)));
        }
      });
    },
  };
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser could not read what it stored'));
  });
}
