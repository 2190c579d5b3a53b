// The tuning of the keys: Scala scales and keyboard mappings from files.
import { InputError } from '../../contract/errors.ts';
import {
  parseKeyboardMap,
  parseScale,
  Tuning,
  type KeyboardMap,
  type Scale,
} from '../../instrument/performer/tuning.ts';
import { Emitter } from '../emitter.ts';
import type { TuningApi } from '../instrumentApi.ts';

/** Holds the last scale and the last mapping: a mapping alone maps twelve equal semitones. */
export class TuningShelf implements TuningApi {
  readonly #apply: (tuning: Tuning | null) => void;
  readonly #emitter = new Emitter();
  #scale: Scale | undefined;
  #map: KeyboardMap | undefined;
  #name = new Tuning().name;

  constructor(apply: (tuning: Tuning | null) => void) {
    this.#apply = apply;
  }

  get name(): string {
    return this.#name;
  }

  get isEqual(): boolean {
    return !this.#scale && !this.#map;
  }

  load(fileName: string, text: string): void {
    const isMap = /\.kbm$/i.test(fileName);
    if (!isMap && !/\.scl$/i.test(fileName)) {
      throw new InputError(`a tuning is a Scala file, .scl or .kbm; got ${fileName}`);
    }
    const scale = isMap ? this.#scale : parseScale(text);
    const map = isMap ? parseKeyboardMap(text) : this.#map;
    const tuning = new Tuning(scale, map);
    this.#apply(tuning);
    this.#scale = scale;
    this.#map = map;
    this.#name = map ? `${tuning.name}, mapped by ${isMap ? fileName : 'the keyboard map'}` : tuning.name;
    this.#emitter.emit();
  }

  reset(): void {
    this.#scale = this.#map = undefined;
    this.#name = new Tuning().name;
    this.#apply(null);
    this.#emitter.emit();
  }

  subscribe(listener: () => void): () => void {
    return this.#emitter.subscribe(listener);
  }
}
