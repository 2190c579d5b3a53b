// The player's own presets: a list that is kept in a store, with unique names and a way back from deleting.
import { z } from '../schema.ts';
import { checkedName, longestName, writePresetFile, type Preset } from '../patch/preset.ts';
import { readPresetFile } from '../patch/presetSchema.ts';
import { fewNotices } from '../contract/errors.ts';
import { Emitter } from '../contract/emitter.ts';
import { messageOf } from '../contract/errors.ts';
import type { KeyValueStore } from './keyValueStore.ts';

/** A preset of the list. */
export interface UserPreset {
  /** Stays the same when the preset is renamed or replaced. */
  readonly id: string;
  readonly preset: Preset;
}

interface Entry extends UserPreset {
  /** Place in the list, by size; gaps are allowed. */
  readonly order: number;
}

/** Keys of presets; other things may lie in the same store. */
const keyPrefix = 'preset/';
/** What lies under a key: a preset file of one, so that old versions are read the way that old files are. */
const storedSchema = z.object({ order: z.number(), text: z.string() });

/**
 * The list. Each preset has its own key, and every method reads the store again before it writes, so that two pages never
 * overwrite each other's presets; what another page writes appears here. Methods write first and change the list
 * afterwards: when the browser refuses to store, the list stays as it was and the promise rejects. They are carried out one
 * after the other.
 */
export class UserPresets {
  readonly #store: KeyValueStore;
  /** The list is another one, by a method or by another page. */
  readonly changed = new Emitter();
  #notices: readonly string[] = [];
  #entries: Entry[] = [];
  #deleted: Entry[] = [];
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(store: KeyValueStore) {
    this.#store = store;
  }

  /** Reads the list from the store. What cannot be read is named in `notices` and left alone. */
  static async open(store: KeyValueStore): Promise<UserPresets> {
    const presets = new UserPresets(store);
    // Everything else plays without them, and they are read again before the next is written.
    await presets.#read().catch((reason: unknown) => {
      presets.#notices = [`Your presets could not be read: ${messageOf(reason)}; they are kept as they are`];
    });
    return presets;
  }

  /** Why presets last only as long as the page; empty where they are kept. */
  get unkept(): string {
    return this.#store.fault ?? '';
  }

  /** What could not be read when the list was read last; it stays in the store. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /** Another page has written: the list is read again. Call it with the keys that were written. */
  async follow(keys: readonly string[]): Promise<void> {
    if (!keys.some((key) => key.startsWith(keyPrefix))) return;
    await this.#next(() => undefined);
    this.changed.emit();
  }

  async #read(): Promise<void> {
    const entries: Entry[] = [];
    const notices: string[] = [];
    for (const [key, value] of await this.#store.entries()) {
      if (!key.startsWith(keyPrefix)) continue;
      try {
        const { order, text } = storedSchema.parse(value);
        const [read] = readPresetFile(text, `the stored preset ${key}`);
        notices.push(...read.notices);
        entries.push({ id: key.slice(keyPrefix.length), order, preset: read.preset });
      } catch (fault) {
        const why = fault instanceof z.core.$ZodError ? `the stored preset ${key} is damaged` : String(fault);
        notices.push(`${why}; it is kept but not shown`);
      }
    }
    this.#entries = entries.sort(inOrder);
    this.#notices = fewNotices(notices);
  }

  /** All presets in their order: as they were added, a duplicate after its original. */
  get list(): readonly UserPreset[] {
    return this.#entries;
  }

  /** A preset by its id, or undefined. */
  byId(id: string): Preset | undefined {
    return this.#entries.find((entry) => entry.id === id)?.preset;
  }

  /**
   * Adds a preset at the end. A name that is taken gets a number: "Choir 2".
   * @returns its id
   */
  add(preset: Preset): Promise<string> {
    return this.#next(async () => (await this.#append([preset]))[0]);
  }

  /**
   * Keeps a preset over the one of its name, whose tags and place stay, or else at the end.
   * @returns its id
   */
  save(preset: Preset): Promise<string> {
    return this.#next(async () => {
      const old = this.#entries.find((entry) => entry.preset.name === preset.name);
      if (!old) return (await this.#append([preset]))[0];
      await this.#put([{ ...old, preset: { ...preset, tags: old.preset.tags } }]);
      return old.id;
    });
  }

  /**
   * Adds the presets of a file at the end.
   * @throws InputError (rejection) when the file cannot be read; nothing is added then
   */
  importFile(text: string, where?: string): Promise<{ ids: string[]; notices: readonly string[] }> {
    return this.#next(async () => {
      const read = readPresetFile(text, where);
      const ids = await this.#append(read.map(({ preset }) => preset));
      return { ids, notices: fewNotices(read.flatMap(({ notices }) => notices)) };
    });
  }

  /**
   * The file of some presets, or of all.
   * @throws RangeError for an unknown id
   */
  exportFile(ids: readonly string[] = this.#entries.map(({ id }) => id)): string {
    return writePresetFile(ids.map((id) => this.#require(id).preset));
  }

  /**
   * Gives a preset another name; one that is taken gets a number.
   * @throws InputError (rejection) for a name that is empty or too long
   */
  rename(id: string, name: string): Promise<void> {
    return this.#next(() => {
      const old = this.#require(id);
      const names = new Set(
        this.#entries.filter((entry) => entry.id !== id).map(({ preset }) => preset.name),
      );
      return this.#put([{ ...old, preset: { ...old.preset, name: freeName(checkedName(name), names) } }]);
    });
  }

  /**
   * Adds a copy after the original.
   * @returns the copy's id
   */
  duplicate(id: string): Promise<string> {
    return this.#next(async () => {
      const original = this.#require(id);
      const following = this.#entries[this.#entries.indexOf(original) + 1];
      const order = following ? (original.order + following.order) / 2 : original.order + 1;
      const name = freeName(original.preset.name, this.#names());
      const copy = { id: newId(), order, preset: { ...original.preset, name } };
      await this.#put([copy]);
      return copy.id;
    });
  }

  /** Deletes a preset; `undoDelete` brings it back. */
  delete(id: string): Promise<void> {
    return this.#next(async () => {
      const entry = this.#require(id);
      await this.#store.write(new Map([[keyPrefix + id, undefined]]));
      this.#entries = this.#entries.filter((other) => other !== entry);
      this.#deleted.push(entry);
      this.changed.emit();
    });
  }

  /** The name that `undoDelete` would bring back, or null. */
  get deletedName(): string | null {
    return this.#deleted.at(-1)?.preset.name ?? null;
  }

  /**
   * Brings the preset that was deleted last back to its place, until the page is closed.
   * @returns its id, or null when none was deleted
   */
  undoDelete(): Promise<string | null> {
    return this.#next(async () => {
      const entry = this.#deleted.at(-1);
      if (!entry) return null;
      const name = freeName(entry.preset.name, this.#names());
      await this.#put([{ ...entry, preset: { ...entry.preset, name } }]);
      this.#deleted.pop();
      return entry.id;
    });
  }

  /** Runs after everything that was asked for before, whether that worked or not, on what the store holds by then. */
  #next<T>(task: () => T | Promise<T>): Promise<T> {
    const result = this.#queue.then(() => this.#read()).then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #append(presets: readonly Preset[]): Promise<string[]> {
    const names = this.#names();
    let order = this.#entries.at(-1)?.order ?? 0;
    const entries = presets.map((preset) => {
      const name = freeName(checkedName(preset.name), names);
      names.add(name);
      return { id: newId(), order: ++order, preset: { ...preset, name } };
    });
    await this.#put(entries);
    return entries.map(({ id }) => id);
  }

  async #put(entries: readonly Entry[]): Promise<void> {
    const pairs = entries.map(({ id, order, preset }): [string, unknown] => [
      keyPrefix + id,
      { order, text: writePresetFile([preset]) },
    ]);
    await this.#store.write(new Map(pairs));
    const changed = new Set(entries.map(({ id }) => id));
    const others = this.#entries.filter(({ id }) => !changed.has(id));
    this.#entries = [...others, ...entries].sort(inOrder);
    this.changed.emit();
  }

  #names(): Set<string> {
    return new Set(this.#entries.map(({ preset }) => preset.name));
  }

  #require(id: string): Entry {
    const found = this.#entries.find((entry) => entry.id === id);
    if (found) return found;
    throw new RangeError(`preset id must be one of the list, got ${id}`);
  }
}

function inOrder(a: Entry, b: Entry): number {
  return a.order - b.order || (a.id < b.id ? -1 : 1);
}

/** The name, with the first number after it that makes it a new one: "Choir", "Choir 2", "Choir 3". */
function freeName(name: string, taken: ReadonlySet<string>): string {
  const bare = name.replace(/ \d+$/, '');
  let free = name;
  for (let number = 2; taken.has(free); number++) {
    const ending = ` ${number}`;
    free = bare.slice(0, longestName - ending.length).trimEnd() + ending;
  }
  return free;
}

/** 64 random bits; `crypto.randomUUID` exists only on pages served securely. */
function newId(): string {
  const words = crypto.getRandomValues(new Uint32Array(2));
  return [...words].map((word) => word.toString(16).padStart(8, '0')).join('');
}
