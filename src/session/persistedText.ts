// One text that outlives the page, in the same store as the presets.
import type { KeyValueStore } from './keyValueStore.ts';
import { messageOf } from '../contract/errors.ts';

/** Something with a way to be read at the start and written at each change. */
export class PersistedText {
  /** What was kept when the page was opened; undefined for nothing. */
  readonly found: string | undefined;
  /** Called when the browser refuses to store, with a sentence for the player. */
  onFault: ((fault: string) => void) | null = null;
  readonly #store: KeyValueStore;
  readonly #key: string;
  readonly #name: string;

  private constructor(store: KeyValueStore, key: string, name: string, found: string | undefined) {
    this.#store = store;
    this.#key = key;
    this.#name = name;
    this.found = found;
  }

  /**
   * Looks what is kept.
   * @param name what it is, for people: `the tuning`
   */
  static async open(store: KeyValueStore, key: string, name: string): Promise<PersistedText> {
    const pairs = new Map(await store.entries());
    const value = pairs.get(key);
    return new PersistedText(store, key, name, typeof value === 'string' ? value : undefined);
  }

  /** Keeps a text for the next time; undefined for none. The store carries writes out in their order. */
  write(text: string | undefined): void {
    this.#put(this.#key, text);
  }

  /** Keeps what was found but could not be read beside what is written from now on. */
  setAside(): void {
    this.#put(`${this.#key}.unreadable`, this.found);
  }

  #put(key: string, text: string | undefined): void {
    this.#store.write(new Map([[key, text]])).catch((reason: unknown) => {
      this.onFault?.(`${this.#name} cannot be kept for the next visit: ${messageOf(reason)}`);
    });
  }
}
