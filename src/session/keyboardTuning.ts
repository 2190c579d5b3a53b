// The tuning of the keys: Scala scales and keyboard mappings from files. It belongs to the instrument, as a piano's does: presets
// leave it alone.
import { Emitter } from '../contract/emitter.ts';
import { InputError, messageOf } from '../contract/errors.ts';
import type { TuningFiles } from '../patch/history.ts';
import { parseKeyboardMap, parseScale, Tuning } from '../performer/tuning.ts';
import type { TuningApi } from './sessionApi.ts';
import type { SoundState } from './soundState.ts';

/** The tuning over a state that holds its files. */
export class KeyboardTuning implements TuningApi {
  readonly #state: SoundState;
  readonly #apply: (tuning: Tuning | null) => void;
  readonly #emitter = new Emitter();
  #name = new Tuning().name;

  /** @param apply retunes what plays; null for equal temperament */
  constructor(state: SoundState, apply: (tuning: Tuning | null) => void) {
    this.#state = state;
    this.#apply = apply;
    this.#use();
    state.tuningChanged.subscribe(() => this.#use());
  }

  get name(): string {
    return this.#name;
  }

  get isEqual(): boolean {
    const { scale, map } = this.#state.tuning;
    return !scale && !map;
  }

  load(fileName: string, text: string): void {
    const isMap = /\.kbm$/i.test(fileName);
    if (!isMap && !/\.scl$/i.test(fileName)) {
      throw new InputError(`a tuning is a Scala file, .scl or .kbm; got ${fileName}`);
    }
    const file = { name: fileName, text };
    const files = { ...this.#state.tuning, ...(isMap ? { map: file } : { scale: file }) };
    tuningOf(files);
    this.#state.edit(`Tuning ${fileName}`, { tuning: files });
  }

  reset(): void {
    if (!this.isEqual) this.#state.edit('Equal temperament', { tuning: {} });
  }

  subscribe(listener: () => void): () => void {
    return this.#emitter.subscribe(listener);
  }

  #use(): void {
    const { scale, map } = this.#state.tuning;
    const tuning = tuningOf(this.#state.tuning);
    this.#apply(scale || map ? tuning : null);
    this.#name = map ? `${tuning.name}, mapped by ${map.name}` : tuning.name;
    this.#emitter.emit();
  }
}

/**
 * What the files say.
 * @throws InputError naming the file that cannot be read and its fault
 */
export function tuningOf({ scale, map }: TuningFiles): Tuning {
  const read = <T>(file: { name: string; text: string } | undefined, parse: (text: string) => T) => {
    try {
      return file && parse(file.text);
    } catch (reason) {
      throw new InputError(`${file?.name}: ${messageOf(reason)}`);
    }
  };
  return new Tuning(read(scale, parseScale), read(map, parseKeyboardMap));
}
