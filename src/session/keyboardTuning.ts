// The tuning of the keys: Scala scales and keyboard mappings from files. It belongs to the instrument, as a piano's does: presets
// leave it alone.
import { Emitter } from '../contract/emitter.ts';
import { InputError, messageOf } from '../contract/errors.ts';
import { fileText } from '../contract/fileText.ts';
import type { TuningFiles } from '../patch/history.ts';
import { isKeyboardMap, parseKeyboardMap, parseScale } from '../performer/scalaFile.ts';
import { Tuning } from '../performer/tuning.ts';
import type { TuningApi } from './sessionApi.ts';
import type { SoundState } from './soundState.ts';

/** Longer files are no tunings: a scale of 10,000 notes has a quarter of that. */
const largestTuningBytes = 2 ** 20;

/** The tuning over a state that holds its files. */
export class KeyboardTuning implements TuningApi {
  readonly #state: SoundState;
  readonly #apply: (tuning: Tuning | null) => void;
  readonly #emitter = new Emitter();
  #name = new Tuning().name;
  #notice = '';

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

  get notice(): string {
    return this.#notice;
  }

  get isEqual(): boolean {
    const { scale, map } = this.#state.tuning;
    return !scale && !map;
  }

  load(fileName: string, content: string | Uint8Array): void {
    if (content.length > largestTuningBytes) {
      throw new InputError(`${fileName} is no Scala file: it is longer than ${largestTuningBytes} bytes`);
    }
    const text = typeof content === 'string' ? content : fileText(content);
    // A mapping under a scale's name could pass for a scale of no notes.
    const isMap = isKeyboardMap(text) || /\.kbm$/i.test(fileName);
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
    this.#notice = tuning.notice;
    this.#name = map ? `${tuning.name}, mapped by ${map.name}` : tuning.name;
    this.#emitter.emit();
  }
}

/**
 * What the files say.
 * @throws InputError naming the file that cannot be read and its fault
 */
export function tuningOf({ scale, map }: TuningFiles): Tuning {
  const naming = <T>(names: readonly (string | undefined)[], make: () => T): T => {
    try {
      return make();
    } catch (reason) {
      throw new InputError(`${names.filter(Boolean).join(' with ')}: ${messageOf(reason)}`);
    }
  };
  const pitches = scale && naming([scale.name], () => parseScale(scale.text));
  const keys = map && naming([map.name], () => parseKeyboardMap(map.text));
  return naming([scale?.name, map?.name], () => new Tuning(pitches, keys));
}
