// Where presets and state are kept: a small key-value store, handed in by the host, and one in memory.

/**
 * Where a session's own presets lie. Values are anything that can be cloned
 * (https://developer.mozilla.org/docs/Web/API/Web_Workers_API/Structured_clone_algorithm).
 * @example
 * const instrument = await createInstrument({ context, store: myStore });
 */
export interface KeyValueStore {
  /** All pairs, in order of the keys. */
  entries(): Promise<(readonly [key: string, value: unknown])[]>;
  /** Writes all pairs or none: `undefined` deletes its key. */
  write(changes: ReadonlyMap<string, unknown>): Promise<void>;
  /** Why what is written lasts only as long as the page; empty or absent where it is kept. */
  readonly fault?: string;
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
