// What drives a song: a clock that calls back ahead of time with exact times of the audio clock.
import type { Seconds } from '../contract/units.ts';

/** Longer than a busy page blocks; short enough that a stop is felt at once. */
const lookAheadSeconds: Seconds = 0.1;
/** Where ticks come late, as from a browser that saves power, playing looks this much further ahead than they lie apart. */
const lateTickFactor = 1.5;
const longestLookAheadSeconds: Seconds = 2;

/** What a transport plays: moments of a song, in seconds from its begin at the tempo as written. */
export interface Course {
  /** Rising, none after the end. */
  readonly moments: readonly Seconds[];
  readonly durationSeconds: Seconds;
}

/** Who is called. All but `ticked` ahead of time, in order of time; times are those of the audio clock. */
export interface TransportListener {
  /** The place that `start` named lies at `time`: comes first, before `start` returns. */
  started(time: Seconds): void;
  /** The moment of this index lies at `time`. */
  due(moment: number, time: Seconds): void;
  /** The loop turns: the end and the front lie at `time`. */
  turned(time: Seconds): void;
  /** The end lies at `time`; nothing follows. */
  ended(time: Seconds): void;
  /** Everything up to `horizon` has been told. Called some forty times a second from `start` to `stop`. */
  ticked(horizon: Seconds): void;
}

/** The transport of one song. */
export interface SongTransport {
  /**
   * Plays from a place of the song, told from the first moment that is not before it.
   * @param earliest the place is heard then, or up to 5 ms later
   * @param place seconds from the begin of the song, 0 to its end
   */
  start(earliest: Seconds, place: Seconds): void;
  /** Ends playing; nobody is called any more. */
  stop(): void;
  /** Place in the song at a time of the audio clock since `start`. */
  placeAt(time: Seconds): Seconds;
  /**
   * Plays so many times as fast; what has been told stays.
   * @returns the time from which on that holds
   */
  setFactor(factor: number): Seconds;
  setLoop(loop: boolean): void;
  /** Ends it for good. */
  dispose(): void;
}

/** Makes the transport of a song, stopped, at factor 1, without a loop. */
export type OpenTransport = (course: Course, listener: TransportListener) => SongTransport;

/** How far ahead is told, from tick to tick. It never goes back: what has been told would be told again. */
export class LookAhead {
  #horizon: Seconds = -Infinity;
  #lastTick: Seconds = 0;

  /** Everything before this time has been told; -Infinity before the first tick. */
  get horizon(): Seconds {
    return this.#horizon;
  }

  /** Begins anew. @param now time of the audio clock */
  restart(now: Seconds): void {
    this.#horizon = -Infinity;
    this.#lastTick = now;
  }

  /** A tick. @returns the new horizon */
  tick(now: Seconds): Seconds {
    const late = lateTickFactor * (now - this.#lastTick);
    this.#lastTick = now;
    const ahead = Math.min(longestLookAheadSeconds, Math.max(lookAheadSeconds, late));
    return (this.#horizon = Math.max(this.#horizon, now + ahead));
  }
}
