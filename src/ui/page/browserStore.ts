// The key-value store of this origin in the browser's IndexedDB.
import type { KeyValueStore } from '../../session/keyValueStore.ts';

/** Raised when the layout of the database changes; a store of pairs has no reason to. */
const databaseVersion = 1;
const tableName = 'pairs';

/** A store that other pages of the origin write to, too. */
export interface BrowserStore extends KeyValueStore {
  /** Calls `listener` with the keys that another page has written, until the returned function is called. */
  onForeignWrite(listener: (keys: readonly string[]) => void): () => void;
  /** Lets go of database and listeners. */
  close(): void;
}

/**
 * The store of this origin in the browser.
 * @param name of the database
 * @param factory the page's `indexedDB`
 * @throws Error (rejection) when the browser keeps none, as in some private windows; use `memoryStore` then
 */
export async function browserStore(
  name: string,
  factory: IDBFactory | undefined = globalThis.indexedDB,
): Promise<BrowserStore> {
  if (!factory) throw new Error('this browser has no IndexedDB; presets last until the page is closed');
  const opening = factory.open(name, databaseVersion);
  opening.onupgradeneeded = () => opening.result.createObjectStore(tableName);
  const database = await resultOf(opening);
  // Another tab of a newer version may upgrade; the next access here then fails with the browser's own message.
  database.onversionchange = () => database.close();
  // Without it other pages are heard of when they are loaded next.
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`${name}-store`);
  let isOpen = true;
  return {
    onForeignWrite(listener) {
      const hear = ({ data }: MessageEvent<readonly string[]>) => listener(data);
      channel?.addEventListener('message', hear);
      return () => channel?.removeEventListener('message', hear);
    },
    close() {
      isOpen = false;
      channel?.close();
      database.close();
    },
    async entries() {
      const table = database.transaction(tableName, 'readonly').objectStore(tableName);
      // Both requests are made before either is awaited, and so see the same state.
      const [keys, values] = await Promise.all([
        resultOf(table.getAllKeys()),
        resultOf(table.getAll()).catch(() => null),
      ]);
      // Only strings are ever written as keys.
      const names = keys as string[];
      if (values) return names.map((key, k) => [key, values[k] as unknown] as const);
      // One that the browser cannot read any more must not take the others along.
      return Promise.all(
        names.map(async (key) => {
          const one = database.transaction(tableName, 'readonly').objectStore(tableName).get(key);
          return [key, await resultOf<unknown>(one).catch(() => undefined)] as const;
        }),
      );
    },
    write(changes) {
      return new Promise((resolve, reject) => {
        const transaction = database.transaction(tableName, 'readwrite');
        transaction.oncomplete = () => {
          resolve();
          if (isOpen) channel?.postMessage([...changes.keys()]);
        };
        transaction.onabort = () => reject(refusalOf(transaction.error));
        const table = transaction.objectStore(tableName);
        try {
          for (const [key, value] of changes) {
            if (value === undefined) table.delete(key);
            else table.put(value, key);
          }
        } catch (fault) {
          // What cannot be cloned throws at once, and what was put before it would be stored all the same.
          transaction.abort();
          reject(fault instanceof DOMException ? refusalOf(fault) : new Error(String(fault)));
        }
      });
    },
  };
}

/** In words: some browsers say nothing but the name. */
function refusalOf(reason: DOMException | null): Error {
  if (reason?.name === 'QuotaExceededError') {
    return new Error('the browser has no room left for this page', { cause: reason });
  }
  if (reason?.message) return reason;
  return new Error(`the browser stored nothing${reason ? ` (${reason.name})` : ''}`, { cause: reason });
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser could not read what it stored'));
  });
}
