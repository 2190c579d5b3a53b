// What is waiting to be decoded: a new revision's targets replace whatever an older one left (latest wins).
import type { DecodeTarget } from './inferenceProtocol.ts';

/** When a slot was taken last, in targets taken before it, and the revision of its point then. */
interface Taken {
  readonly turn: number;
  readonly revision: number;
}

/** Pending decode targets of one revision, most urgent first. */
export class TargetQueue {
  #revision = -1;
  #targets: readonly DecodeTarget[] = [];
  #next = 0;
  #turn = 0;
  readonly #taken = new Map<number, Taken>();

  /** Revision of the targets in the queue; -1 before the first. */
  get revision(): number {
    return this.#revision;
  }

  /** Number of targets still waiting. */
  get waiting(): number {
    return this.#targets.length - this.#next;
  }

  /**
   * Replaces what is waiting. A revision older than the queue's is ignored: messages may not overtake each other. Slots that
   * were taken at the revision of their point already are not decoded twice, or fast playing would starve the last ones.
   * @param held the first of the targets that take turns: the one that was taken longest ago comes first
   */
  replace(revision: number, targets: readonly DecodeTarget[], held = 0): void {
    if (revision < this.#revision) return;
    this.#revision = revision;
    const turnOf = ({ slot }: DecodeTarget) => this.#taken.get(slot)?.turn ?? -1;
    const inTurn = targets.slice(0, held).sort((a, b) => turnOf(a) - turnOf(b));
    this.#targets = [...inTurn, ...targets.slice(held)].filter(
      (target) => (this.#taken.get(target.slot)?.revision ?? -1) < target.revision,
    );
    this.#next = 0;
  }

  /** What was taken gave nothing: it is decoded when it is asked for again. */
  giveBack({ slot }: DecodeTarget): void {
    this.#taken.delete(slot);
  }

  /** Takes the most urgent target, or null when nothing waits. */
  take(): DecodeTarget | null {
    if (this.#next >= this.#targets.length) return null;
    const target = this.#targets[this.#next++];
    this.#taken.set(target.slot, { turn: this.#turn++, revision: target.revision });
    return target;
  }
}
