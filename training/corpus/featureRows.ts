// Features of takes a row at a time, from memory or from stores on disk: what is trained on need not fit into memory.
import { InputError } from '../../src/contract/errors.ts';
import { FeatureStore, type StoreShape } from './featureStore.ts';

/** Where rows are, in a form that can be sent to a thread. */
export type RowsSource =
  | { readonly kind: 'memory'; readonly features: Float32Array; readonly rows: Uint32Array }
  | { readonly kind: 'store'; readonly path: string; readonly shape: StoreShape; readonly rows: Uint32Array };

/**
 * Rows of features: those that each source lists, one source after the other. Stores are opened when they are first read; every thread
 * opens them for itself.
 */
export class FeatureRows {
  readonly length: number;
  /** Of each row. */
  readonly values: number;
  readonly sources: readonly RowsSource[];
  readonly #starts: readonly number[];
  readonly #stores: (FeatureStore | undefined)[];

  /** @param values of each row */
  constructor(sources: readonly RowsSource[], values: number) {
    this.sources = sources;
    this.values = values;
    const starts = [0];
    for (const { rows } of sources) starts.push(starts[starts.length - 1] + rows.length);
    this.#starts = starts;
    this.length = starts[starts.length - 1];
    this.#stores = sources.map(() => undefined);
  }

  /**
   * Reads a row.
   * @param index 0 to length - 1
   * @param into values of a row
   * @throws InputError when its store has vanished or is damaged
   */
  read(index: number, into: Float32Array): void {
    let part = 0;
    while (index >= this.#starts[part + 1]) part++;
    const source = this.sources[part];
    const row = source.rows[index - this.#starts[part]];
    if (source.kind === 'memory') {
      into.set(source.features.subarray(row * this.values, (row + 1) * this.values));
    } else {
      const store = (this.#stores[part] ??= FeatureStore.openToRead(source.path, source.shape));
      if (!store)
        throw new InputError(`${source.path} has vanished; run the command again, and it is made anew`);
      store.read(row, into);
    }
  }

  /** All rows in memory that threads can share. */
  load(): Float32Array {
    const { length, values } = this;
    const all = new Float32Array(new SharedArrayBuffer(4 * length * values));
    for (let i = 0; i < length; i++) this.read(i, all.subarray(i * values, (i + 1) * values));
    return all;
  }

  /** Closes what was opened; a later read opens it again. */
  close(): void {
    this.#stores.forEach((store, part) => {
      store?.close();
      this.#stores[part] = undefined;
    });
  }
}
