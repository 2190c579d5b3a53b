// Tells listeners of an event, and the parameters' values as the page shows them: new ones at most once for each frame.
import { defaultValues, type ParameterId, type ParameterValues } from '../contract/parameters.ts';
import type { Changing } from './instrumentApi.ts';

/** Listeners of one kind of event. */
export class Emitter<Event = void> {
  readonly #listeners = new Set<(event: Event) => void>();

  /** Calls `listener` for every event until the returned function is called. */
  subscribe(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: Event): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

/** Runs a task before the next frame is drawn; handed in, so that it works without a screen. */
export type ScheduleFrame = (task: () => void) => unknown;

/** The values of all parameters: a preset or a moving pad sets dozens at once, and the page is drawn once for them. */
export class LiveValues implements Changing {
  readonly #emitter = new Emitter();
  readonly #schedule: ScheduleFrame;
  #next = defaultValues();
  #values: ParameterValues = this.#next;
  #scheduled = false;

  constructor(schedule: ScheduleFrame = (task) => requestAnimationFrame(task)) {
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
