// The presets that the page lists: the factory's and the user's, loaded into and saved from the player's state.
import { parameterIds } from '../contract/parameters.ts';
import type { Samples } from '../contract/units.ts';
import { patchOf, presetOf, writePresetFile, type Patch, type Preset } from '../patch/preset.ts';
import { factoryPresets } from '../patch/factoryPresets.ts';
import type { UserPresets } from './userPresets.ts';
import { Emitter } from '../contract/emitter.ts';
import type { PresetEntry, PresetsApi } from './sessionApi.ts';
import type { Extras, SoundState } from './soundState.ts';

/** Ids of factory presets; those of the user are hexadecimal. */
const factoryId = (index: number): string => `factory:${index}`;

/** All that a preset keeps. */
type Sound = Patch & Extras;

/** Presets over a state. */
export class PresetLibrary implements PresetsApi {
  readonly #state: SoundState;
  readonly #user: UserPresets;
  readonly #emitter = new Emitter();
  #current: string | null = null;
  #loaded: Sound;
  #edited = false;

  constructor(state: SoundState, user: UserPresets) {
    this.#state = state;
    this.#user = user;
    this.#loaded = soundOf(state);
    user.changed.subscribe(() => this.#emitter.emit());
    state.changed.subscribe(() => {
      const edited = !isLoaded(this.#loaded, state);
      if (edited === this.#edited) return;
      this.#edited = edited;
      this.#emitter.emit();
    });
  }

  get entries(): readonly PresetEntry[] {
    const factory = factoryPresets.map(({ name, tags }, k): PresetEntry => ({
      id: factoryId(k),
      name,
      tags,
      kind: 'factory',
    }));
    const user = this.#user.list.map(({ id, preset: { name, tags } }): PresetEntry => ({
      id,
      name,
      tags,
      kind: 'user',
    }));
    return [...factory, ...user];
  }

  get current(): PresetEntry | null {
    return this.entries.find(({ id }) => id === this.#current) ?? null;
  }

  get edited(): boolean {
    return this.#edited;
  }

  get deleted(): string | null {
    return this.#user.deletedName;
  }

  get unkept(): string {
    return this.#user.unkept;
  }

  subscribe(listener: () => void): () => void {
    return this.#emitter.subscribe(listener);
  }

  /** Id of the preset that was loaded or saved last, or null. */
  get currentId(): string | null {
    return this.current?.id ?? null;
  }

  /** @throws RangeError for an unknown id */
  load(id: string, time?: Samples): void {
    const preset = this.#require(id);
    this.#state.load(preset.name, patchOf(preset), preset, time);
    this.#settle(id);
  }

  /** The state was taken from elsewhere, where a preset of this id was current; null for none. */
  restore(id: string | null): void {
    const preset = id === null ? undefined : this.#find(id);
    if (id === null || !preset) {
      this.#settle(null);
      return;
    }
    this.#current = id;
    this.#loaded = { ...patchOf(preset), ...this.#state.extrasOf(preset) };
    this.#edited = !isLoaded(this.#loaded, this.#state);
    this.#emitter.emit();
  }

  /**
   * Loads what a MIDI program change asks for: in bank 0 the list in its order, in bank 1 the user's own alone. False
   * when there is no such preset.
   */
  loadProgram(program: number, bank = 0, time?: Samples): boolean {
    const { entries } = this;
    const banks = [entries, entries.filter(({ kind }) => kind === 'user')];
    const entry = banks[bank]?.[program];
    if (!entry) return false;
    this.load(entry.id, time);
    return true;
  }

  async save(name: string): Promise<void> {
    this.#settle(await this.#user.save(presetOf(name, this.#state.patch, this.#state.stored)));
  }

  rename(id: string, name: string): Promise<void> {
    return this.#user.rename(id, name);
  }

  async duplicate(id: string): Promise<void> {
    const factory = factoryPresets.find((_, k) => factoryId(k) === id);
    if (factory) await this.#user.add(factory);
    else await this.#user.duplicate(id);
  }

  remove(id: string): Promise<void> {
    return this.#user.delete(id);
  }

  async undoRemove(): Promise<void> {
    await this.#user.undoDelete();
  }

  exportText(id?: string): string {
    return id === undefined ? this.#user.exportFile() : writePresetFile([this.#require(id)]);
  }

  async importText(text: string, fileName?: string): Promise<readonly string[]> {
    const { notices } = await this.#user.importFile(text, fileName);
    return notices;
  }

  #settle(id: string | null): void {
    this.#current = id;
    this.#loaded = soundOf(this.#state);
    this.#edited = false;
    this.#emitter.emit();
  }

  #require(id: string): Preset {
    const found = this.#find(id);
    if (found) return found;
    throw new RangeError(`preset id must be one of the list, got ${id}`);
  }

  #find(id: string): Preset | undefined {
    return factoryPresets.find((_, k) => factoryId(k) === id) ?? this.#user.byId(id);
  }
}

function soundOf(state: SoundState): Sound {
  return { ...state.patch, ...state.extras };
}

/** True while a state is what was loaded. Every move of a control asks, so nothing is copied. */
function isLoaded(loaded: Sound, state: SoundState): boolean {
  const { scenes, gesture, pads } = state.extras;
  return (
    loaded.lyrics === state.lyrics &&
    loaded.scenes === scenes &&
    loaded.gesture === gesture &&
    loaded.pads === pads &&
    parameterIds.every((id) => loaded.values[id] === state.values[id])
  );
}
