// How much time events are given for their way from time stamp to audio thread: as much as they take, as far as that is known.
import type { Seconds } from '../contract/units.ts';

/** Before anything is known. */
const firstSeconds: Seconds = 0.002;
const leastSeconds: Seconds = 0.0005;
/** What takes longer is late, and does not count: all others would wait for it. */
const mostSeconds: Seconds = 0.005;
/** Beyond the slowest that was seen. */
const spareSeconds: Seconds = 0.0002;
/** The last ways that count: ten seconds of questions to the kernel, and a phrase of keys. */
const keptWays = 40;
const keptEvents = 24;
/** Of each the slowest may stand out. */
const mayStandOut = 1;
/** It shrinks by so much with every message that arrives: a hand does not feel it move. */
const shrinkSeconds: Seconds = 0.00005;

/**
 * The way has two parts: from the stamp to the page's program, which hears of events late while it is busy, and from there to the
 * audio thread. Grows at once with the slowest of either, shrinks slowly.
 */
export class MessageMargin {
  #seconds = firstSeconds;
  readonly #ways: Seconds[] = [];
  readonly #ages: Seconds[] = [];

  get seconds(): Seconds {
    return this.#seconds;
  }

  /** An event came to the page so long after its stamp. */
  delivered(age: Seconds): void {
    keep(this.#ages, age, keptEvents);
    this.#seconds = Math.max(this.#seconds, this.#wanted);
  }

  /** A message came to the audio thread so long after it was posted; a negative time is one before the next block. */
  arrived(way: Seconds): void {
    keep(this.#ways, way, keptWays);
    if (this.#ways.length < keptWays / 4) return;
    this.#seconds = Math.max(this.#wanted, this.#seconds - shrinkSeconds);
  }

  get #wanted(): Seconds {
    const wanted = slowest(this.#ways) + slowest(this.#ages) + spareSeconds;
    return Math.min(mostSeconds, Math.max(leastSeconds, wanted));
  }
}

function keep(list: Seconds[], value: Seconds, most: number): void {
  if (!(value <= mostSeconds)) return;
  list.push(value);
  if (list.length > most) list.shift();
}

/** 0 where nothing is known. */
function slowest(list: readonly Seconds[]): Seconds {
  return [...list].sort((a, b) => b - a)[mayStandOut] ?? 0;
}
