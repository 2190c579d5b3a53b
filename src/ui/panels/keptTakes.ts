// Takes that were recorded on the page: none is given up for the next one, and all outlive the instrument that made them.
import { Emitter, type Changing } from '../../contract/emitter.ts';
import type { Take } from '../../output/recorder.ts';
import { takeName } from './takeText.ts';

/** A take as a file that can be saved. */
export interface KeptTake {
  readonly take: Take;
  readonly name: string;
  /** Of the file, for as long as the take is kept. */
  readonly address: string;
  /** It ended by itself, since sound was lost. */
  readonly hasBroken: boolean;
}

/** Kept until they were saved and another one begins, or are discarded. Their memory is held as long. */
export class KeptTakes implements Changing {
  readonly #changed = new Emitter();
  readonly #saved = new Set<KeptTake>();
  #takes: readonly KeptTake[] = [];

  subscribe(listener: () => void): () => void {
    return this.#changed.subscribe(listener);
  }

  /** The latest comes last. */
  get all(): readonly KeptTake[] {
    return this.#takes;
  }

  /** True where one would be lost with the page. */
  get isUnsaved(): boolean {
    return this.#takes.some((kept) => !this.#saved.has(kept));
  }

  /** Keeps a take; one that is kept already, as whoever waited for it and whoever was told of it hand it in, is not doubled. */
  add(take: Take, hasBroken = false): void {
    if (this.#takes.some((kept) => kept.take === take)) return;
    const address = URL.createObjectURL(take.blob);
    this.#takes = [...this.#takes, { take, name: takeName(new Date()), address, hasBroken }];
    this.#changed.emit();
  }

  /** It was given to the browser to be saved. */
  save(kept: KeptTake): void {
    this.#saved.add(kept);
    this.#changed.emit();
  }

  discard(kept: KeptTake): void {
    this.#keep((one) => one !== kept);
  }

  /** Before the next take: what was saved needs no place. */
  forgetSaved(): void {
    this.#keep((one) => !this.#saved.has(one));
  }

  #keep(isKept: (one: KeptTake) => boolean): void {
    for (const one of this.#takes) if (!isKept(one)) URL.revokeObjectURL(one.address);
    this.#takes = this.#takes.filter(isKept);
    this.#changed.emit();
  }
}
