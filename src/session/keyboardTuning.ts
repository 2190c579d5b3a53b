// The tuning of the keys: Scala scales and keyboard mappings from files. It belongs to the instrument, as a piano's does: it
// outlives reloads, and presets leave it alone.
import { InputError, messageOf } from '../contract/errors.ts';
import { parseKeyboardMap, parseScale, Tuning } from '../performer/tuning.ts';
import { z } from '../schema.ts';
import { Emitter } from '../contract/emitter.ts';
import type { TuningApi } from './sessionApi.ts';
import type { PersistedText } from './persistedText.ts';

const fileSchema = z.object({ name: z.string(), text: z.string() });
/** The files as they were loaded: what they say is read anew. */
const filesSchema = z.object({
  version: z.literal(1),
  scale: z.optional(fileSchema),
  map: z.optional(fileSchema),
});
type File = z.infer<typeof fileSchema>;

/** The last scale and the last mapping, either of which may be missing. */
interface Files {
  readonly scale?: File | undefined;
  readonly map?: File | undefined;
}

/** Holds the last scale and the last mapping: a mapping alone maps twelve equal semitones. */
export class KeyboardTuning implements TuningApi {
  readonly #apply: (tuning: Tuning | null) => void;
  readonly #kept: PersistedText;
  readonly #emitter = new Emitter();
  #files: Files = {};
  #name = new Tuning().name;
  #fault = '';

  /** Tunes the instrument as it was left. */
  constructor(apply: (tuning: Tuning | null) => void, kept: PersistedText) {
    this.#apply = apply;
    this.#kept = kept;
    kept.onFault = (fault) => {
      this.#fault = fault;
      this.#emitter.emit();
    };
    if (kept.found === undefined) return;
    try {
      const { scale, map } = filesSchema.parse(JSON.parse(kept.found));
      this.#use({ scale, map });
    } catch (reason) {
      kept.setAside();
      const why = reason instanceof z.core.$ZodError ? 'what was kept is damaged' : messageOf(reason);
      this.#fault = `the tuning of the last visit could not be read (${why}); load its file again`;
    }
  }

  get name(): string {
    return this.#name;
  }

  get isEqual(): boolean {
    return !this.#files.scale && !this.#files.map;
  }

  get fault(): string {
    return this.#fault;
  }

  load(fileName: string, text: string): void {
    const isMap = /\.kbm$/i.test(fileName);
    if (!isMap && !/\.scl$/i.test(fileName)) {
      throw new InputError(`a tuning is a Scala file, .scl or .kbm; got ${fileName}`);
    }
    const file = { name: fileName, text };
    this.#use({ ...this.#files, ...(isMap ? { map: file } : { scale: file }) });
    this.#fault = '';
    this.#kept.write(JSON.stringify({ version: 1, ...this.#files }));
    this.#emitter.emit();
  }

  reset(): void {
    this.#files = {};
    this.#name = new Tuning().name;
    this.#fault = '';
    this.#apply(null);
    this.#kept.write(undefined);
    this.#emitter.emit();
  }

  subscribe(listener: () => void): () => void {
    return this.#emitter.subscribe(listener);
  }

  /** @throws InputError when a file cannot be read; the tuning before stays */
  #use(files: Files): void {
    const { scale, map } = files;
    const tuning = new Tuning(scale && parseScale(scale.text), map && parseKeyboardMap(map.text));
    this.#apply(tuning);
    this.#files = files;
    this.#name = map ? `${tuning.name}, mapped by ${map.name}` : tuning.name;
  }
}
