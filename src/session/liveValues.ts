// The parameters' values as a page shows them: new ones at most once for each frame.
import { Emitter, type Changing } from '../contract/emitter.ts';
import { defaultValues, type ParameterId, type ParameterValues } from '../contract/parameters.ts';

/** Runs a task before the next frame is drawn; handed in, so that it works without a screen. */
export type ScheduleFrame = (task: () => void) => unknown;

/** The values of all parameters: a preset or a moving pad sets dozens at once, and the page is drawn once for them. */
export class LiveValues implements Changing {
  readonly #emitter = new Emitter();
  readonly #schedule: ScheduleFrame;
  #next = defaultValues();
  #values: ParameterValues = this.#next;
  #scheduled = false;

  /** @param schedule asked at most once before each frame */
  constructor(schedule: ScheduleFrame) {
    this.#schedule = schedule;
  }

  /** The values as of the last frame; a new object when one has changed. */
  get values(): ParameterValues {
    return this.#values;
  }

  /** The latest value, before the page has been drawn. */
  latest(id: ParameterId): number {
    return this.#next[id];
  }

  set(id: ParameterId, value: number): void {
    if (this.#next[id] === value) return;
    if (this.#next === this.#values) this.#next = { ...this.#next };
    this.#next[id] = value;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => {
      this.#scheduled = false;
      this.#values = this.#next;
      this.#emitter.emit();
    });
  }

  subscribe(listener: () => void): () => void {
    return this.#emitter.subscribe(listener);
  }
}
