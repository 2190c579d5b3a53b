// What failed while playing, and what was done about it: for the status line and for diagnostics.
import type { FaultPlace } from './instrumentError.ts';

/**
 * Something that failed, in words for the player.
 * @example
 * const fault: Fault = { at: Date.now(), place: 'model', what: 'The decoder stopped answering.', now: 'A new one on wasm took over.' };
 */
export interface Fault {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  readonly place: FaultPlace;
  /** What happened: a sentence. */
  readonly what: string;
  /** What is used now, or what to do: a sentence. */
  readonly now: string;
  /** How often in a row, where that was more than once; `at` is the last time. */
  readonly times?: number;
}

/** So many are kept: the first ones, which tell the cause, give way last. */
const keptFirst = 8;
const keptLast = 24;

/** The faults of a session, oldest first; a flood of them takes no memory. */
export class FaultLog {
  readonly #onFault: (fault: Fault) => void;
  readonly #first: Fault[] = [];
  readonly #last: Fault[] = [];
  #count = 0;

  constructor(onFault: (fault: Fault) => void) {
    this.#onFault = onFault;
  }

  add(place: FaultPlace, what: string, now: string): void {
    this.#count++;
    const list = this.#last.length > 0 ? this.#last : this.#first;
    const before = list.at(-1);
    const isSame = before?.place === place && before.what === what && before.now === now;
    const times = isSame ? { times: (before.times ?? 1) + 1 } : {};
    const fault: Fault = { at: Date.now(), place, what, now, ...times };
    if (isSame) list[list.length - 1] = fault;
    else if (this.#first.length < keptFirst) this.#first.push(fault);
    else {
      this.#last.push(fault);
      if (this.#last.length > keptLast) this.#last.shift();
    }
    this.#onFault(fault);
  }

  /** How many there were, kept or not. */
  get count(): number {
    return this.#count;
  }

  /** Those that are kept, oldest first. */
  get faults(): readonly Fault[] {
    return [...this.#first, ...this.#last];
  }
}
