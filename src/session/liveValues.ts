// The parameters' values as a page shows them: a picture of the owner's, told of at most once for each frame.
import { Emitter, type Changing } from '../contract/emitter.ts';
import type { ParameterValues } from '../contract/parameters.ts';

/** Runs a task before the next frame is drawn; handed in, so that it works without a screen. */
export type ScheduleFrame = (task: () => void) => unknown;

/** A preset or a moving pad sets dozens of values at once, and the page is drawn once for them. */
export class LiveValues implements Changing {
  readonly #read: () => ParameterValues;
  readonly #schedule: ScheduleFrame;
  readonly #emitter = new Emitter();
  #values: ParameterValues;
  #isScheduled = false;
  #isStale = false;

  /** @param read the owner's values, which it changes in place */
  constructor(read: () => ParameterValues, schedule: ScheduleFrame) {
    this.#read = read;
    this.#schedule = schedule;
    this.#values = { ...read() };
  }

  /** The values as they are; a new object when one has changed. Whoever draws between two frames draws nothing that is past. */
  get values(): ParameterValues {
    if (this.#isStale) {
      this.#isStale = false;
      this.#values = { ...this.#read() };
    }
    return this.#values;
  }

  /** A value is another one. */
  touch(): void {
    this.#isStale = true;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(() => {
      this.#isScheduled = false;
      this.#emitter.emit();
    });
  }

  subscribe(listener: () => void): () => void {
    return this.#emitter.subscribe(listener);
  }
}
