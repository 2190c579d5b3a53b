// Events that wait on the page until their time has come: what a song tells ahead and the kernel can not carry out by
// itself.
import { Emitter } from '../contract/emitter.ts';

/** So much before its time an event is carried out: what of it goes to the kernel is there in time for its frame. */
export const earlyMs = 4;

/** Stamps further ahead come from another clock, and are taken for now, as those of notes are. */
export const farthestMs = 5000;

/** Calls back once; the returned function calls that off. */
export type StartWait = (callback: () => void, milliseconds: number) => () => void;

interface Held {
  readonly ms: number;
  readonly act: () => void;
  readonly shapesNotes: boolean;
}

/** What the queue stands on. */
export interface HeldEventsOptions {
  /** The clock of the time stamps, milliseconds. */
  readonly now: () => number;
  /** Default: the page's timers. */
  readonly startWait?: StartWait;
}

const pageWait: StartWait = (callback, milliseconds) => {
  const id = setTimeout(callback, milliseconds);
  return () => clearTimeout(id);
};

/** One source's events, carried out in the order of their times; those of one moment in the order they came. */
export class HeldEvents {
  readonly #now: () => number;
  readonly #startWait: StartWait;
  readonly #held: Held[] = [];
  readonly #cleared = new Emitter();
  #callOff: (() => void) | null = null;

  constructor({ now, startWait = pageWait }: HeldEventsOptions) {
    this.#now = now;
    this.#startWait = startWait;
  }

  /** The clock of the time stamps, milliseconds. */
  get nowMs(): number {
    return this.#now();
  }

  /**
   * Carries an event out at its time: at once when that has come, or lies more than 5 s ahead.
   * @param ms time stamp
   * @param shapesNotes true when later notes depend on it: `beforeNotes` does not wait then
   */
  add(ms: number, act: () => void, shapesNotes = false): void {
    // What lies before it has been waiting longer, also where a timer is late.
    this.drain();
    const ahead = ms - this.#now();
    if (ahead <= earlyMs || ahead > farthestMs) return act();
    const after = this.#held.findLastIndex((other) => other.ms <= ms);
    this.#held.splice(after + 1, 0, { ms, act, shapesNotes });
    this.#wait();
  }

  /**
   * A note of a time comes to be planned: carries out what shapes it, and what came before that, even though it is
   * not due yet.
   */
  beforeNotes(ms: number): void {
    const last = this.#held.findLastIndex((event) => event.shapesNotes && event.ms <= ms);
    this.#carryOut(last + 1);
  }

  /** Carries out what is due; call it where timers may be late. */
  drain(): void {
    const due = this.#now() + earlyMs;
    const waiting = this.#held.findIndex((event) => event.ms > due);
    this.#carryOut(waiting < 0 ? this.#held.length : waiting);
  }

  /** Drops what waits. */
  clear(): void {
    this.#held.length = 0;
    this.#wait();
    this.#cleared.emit();
  }

  /** Calls `listener` whenever what waited has been dropped. */
  onClear(listener: () => void): void {
    this.#cleared.subscribe(listener);
  }

  #carryOut(count: number): void {
    if (count === 0) return;
    for (const { act } of this.#held.splice(0, count)) act();
    this.#wait();
  }

  #wait(): void {
    this.#callOff?.();
    this.#callOff = null;
    if (this.#held.length === 0) return;
    const wait = this.#held[0].ms - earlyMs - this.#now();
    this.#callOff = this.#startWait(
      () => {
        this.#callOff = null;
        this.drain();
        // A timer may come a little before its time.
        if (!this.#callOff) this.#wait();
      },
      Math.max(0, wait),
    );
  }
}
