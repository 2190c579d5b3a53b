// What is waiting to be decoded: a new revision's targets replace whatever an older one left (latest wins).
import type { DecodeTarget } from './protocol.ts';

/** Pending decode targets of one revision, most urgent first. */
export class TargetQueue {
  #revision = -1;
  #targets: readonly DecodeTarget[] = [];
  #next = 0;
  readonly #taken = new Set<number>();

  /** Revision of the targets in the queue; -1 before the first. */
  get revision(): number {
    return this.#revision;
  }

  /** Number of targets still waiting. */
  get waiting(): number {
    return this.#targets.length - this.#next;
  }

  /**
   * Replaces what is waiting. A revision older than the queue's is ignored: messages may not overtake each other. The same
   * revision again is a new order: slots already taken are not decoded twice, or fast playing would starve the last ones.
   */
  replace(revision: number, targets: readonly DecodeTarget[]): void {
    if (revision < this.#revision) return;
    if (revision > this.#revision) this.#taken.clear();
    this.#revision = revision;
    this.#targets = targets.filter(({ slot }) => !this.#taken.has(slot));
    this.#next = 0;
  }

  /** Takes the most urgent target, or null when nothing waits. */
  take(): DecodeTarget | null {
    if (this.#next >= this.#targets.length) return null;
    const target = this.#targets[this.#next++];
    this.#taken.add(target.slot);
    return target;
  }
}
