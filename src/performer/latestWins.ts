// A rate limiter that never queues: the first call runs at once, later ones within the interval collapse into the last.
import { requireNumber } from '../contract/errors.ts';

/** Starts a timer and gives back a function that cancels it. */
export type StartTimer = (callback: () => void, milliseconds: number) => () => void;

const pageTimer: StartTimer = (callback, milliseconds) => {
  const id = setTimeout(callback, milliseconds);
  return () => clearTimeout(id);
};

/** Calls `act` at most once per `intervalMs`; the last request is always carried out. */
export class LatestWins {
  readonly #act: () => void;
  readonly #intervalMs: number;
  readonly #startTimer: StartTimer;
  #cancel: (() => void) | null = null;
  #wanted = false;

  /** @throws RangeError when intervalMs is not 0..10000 */
  constructor(act: () => void, intervalMs: number, startTimer: StartTimer = pageTimer) {
    this.#act = act;
    this.#intervalMs = requireNumber('intervalMs', intervalMs, 0, 10_000);
    this.#startTimer = startTimer;
  }

  /** Asks for one more call. */
  request(): void {
    if (this.#cancel) {
      this.#wanted = true;
      return;
    }
    this.#run();
  }

  /** Drops what is asked for and not yet done. */
  cancel(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#wanted = false;
  }

  #run(): void {
    this.#wanted = false;
    this.#cancel = this.#startTimer(() => {
      this.#cancel = null;
      if (this.#wanted) this.#run();
    }, this.#intervalMs);
    this.#act();
  }
}
