// The clock that is sent: 24 ticks a quarter, with start, continue, stop and song position as a song or an outer clock has them.
// Without either it ticks on in the tempo, for what follows it at rest.
import { BeatClock } from '../performer/beatClock.ts';
import type { OutMessage } from './midiBytes.ts';
import type { TransportAction } from './midiTarget.ts';

const ticksPerQuarter = 24;
/** A song position counts sixteenths, of six ticks. */
const ticksPerPosition = 6;
/** At rest next to nothing is told ahead: no tick may lie behind a start that comes. */
const restAheadMs = 2;
const songAheadMs = 60;
/** Where calls come late, ticks are told so much further ahead than calls lie apart. */
const lateFactor = 1.5;
const mostAheadMs = 2000;
/** A start comes so much before its tick; one that may not hold is stopped between the two. */
const beforeTickMs = 1;
const behindBeginMs = beforeTickMs / 2;
const nearly = 1e-6;
/** The clock of this file counts milliseconds. */
const framesPerSecond = 1000;

/** What begins with a tick. */
interface Begin {
  readonly action: 'start' | 'continue';
  /** Not before this time. */
  readonly ms: number;
  /** The tick's index from the beginning of the song. */
  readonly tick: number;
}

/** Sends one clock. Times are milliseconds of performance.now(). */
export class ClockOut {
  readonly #send: (message: OutMessage, ms: number) => void;
  readonly #restBpm: () => number;
  readonly #beats = new BeatClock(framesPerSecond);
  #lastTickMs = -Infinity;
  #lastCallMs: number | undefined;
  /** What the transport said, until a beat says where. */
  #action: 'start' | 'continue' | undefined;
  #begin: Begin | undefined;
  /** Ticks that have been sent and leave later. */
  #ahead: number[] = [];
  /** When the last start, continue or stop leaves, which may lie ahead. */
  #transportMs = -Infinity;
  /** Ticks of what began leave not before this. */
  #firstTickMs = -Infinity;
  /** Ticks that were sent ahead before the song began elsewhere: whoever follows counts them as its first ones. */
  #counted = 0;

  /** @param restBpm the tempo at rest, quarter notes a minute */
  constructor(send: (message: OutMessage, ms: number) => void, restBpm: () => number) {
    this.#send = send;
    this.#restBpm = restBpm;
  }

  transport(action: TransportAction, ms: number): void {
    if (action !== 'stop') {
      this.#action = action;
      return;
    }
    this.#action = this.#begin = undefined;
    this.#beats.clear();
    this.#stop(ms);
  }

  /** A begin that was sent ahead can not be taken back: it is stopped, too. */
  #stop(ms: number): void {
    this.#send({ type: 'stop' }, ms);
    const begunMs = this.#transportMs;
    this.#transportMs = ms;
    if (begunMs > ms) {
      this.#transportMs = begunMs + behindBeginMs;
      this.#send({ type: 'stop' }, this.#transportMs);
    }
    this.#counted = 0;
    this.#firstTickMs = -Infinity;
    this.#lastTickMs = Math.max(this.#lastTickMs, ...this.#ahead);
  }

  /** See `MidiTarget.beat`. */
  beat(quarters: number, bpm: number, ms: number, isMeasured: boolean): void {
    if (isMeasured) this.#beats.draw(ms, quarters, bpm);
    else this.#beats.set(ms, quarters, bpm);
    const action = this.#action;
    if (!action) return;
    this.#action = undefined;
    this.#begins(action, quarters, ms);
    // A start that was heard late has its tick all the same.
    this.#lastTickMs = Math.min(this.#lastTickMs, ms - beforeTickMs);
  }

  #begins(action: 'start' | 'continue', quarters: number, ms: number): void {
    const tick = quarters * ticksPerQuarter;
    const isStart = action === 'start';
    const first = isStart
      ? Math.ceil(tick - nearly)
      : ticksPerPosition * Math.ceil(tick / ticksPerPosition - nearly);
    this.#begin = { action, ms, tick: first };
    if (!isStart) this.#position(first / ticksPerQuarter, this.#lastCallMs ?? ms);
  }

  /** Not before a start, which would undo it. */
  #position(quarters: number, ms: number): void {
    this.#send({ type: 'position', quarters }, Math.max(ms, this.#transportMs));
  }

  /** Where `continue` would go on, in quarter notes. */
  songPosition(quarters: number, ms: number): void {
    if (!this.#beats.isActive) this.#position(quarters, ms);
  }

  /**
   * An output is there from now on: a song that runs is joined at its next sixteenth.
   * @param isOther false where it is the one that was left
   */
  join(nowMs: number, isOther = true): void {
    if (isOther) {
      this.#ahead = [];
      this.#transportMs = this.#firstTickMs = -Infinity;
      this.#counted = 0;
    }
    this.#lastTickMs = this.#lastCallMs = nowMs;
    if (!this.#beats.isActive) {
      this.#lastTickMs = Math.max(nowMs, ...this.#ahead);
      return;
    }
    if (this.#begin && this.#begin.ms > nowMs) return;
    this.#begins('continue', this.#beats.quartersAt(nowMs), nowMs);
  }

  /** The output is there no more: what runs there stops. */
  leave(nowMs: number): void {
    if (this.#beats.isActive) this.#stop(nowMs);
  }

  /** Sends what is due soon; call it every few milliseconds, or as often as can be. */
  advance(nowMs: number): void {
    const late = lateFactor * (nowMs - (this.#lastCallMs ?? nowMs));
    this.#lastCallMs = nowMs;
    this.#ahead = this.#ahead.filter((ms) => ms > nowMs);
    const ahead = this.#beats.isActive ? songAheadMs : restAheadMs;
    const until = nowMs + Math.min(mostAheadMs, Math.max(ahead, late));
    // Ticks that were missed altogether are over.
    if (this.#lastTickMs < nowMs - mostAheadMs) this.#lastTickMs = nowMs;
    this.#beats.forgetPast(nowMs);
    for (;;) {
      const next = this.#next();
      if (next.ms > until) return;
      this.#lastTickMs = next.ms;
      const begin = this.#begin;
      if (begin && next.tick === begin.tick && next.ms >= begin.ms - beforeTickMs) {
        this.#begin = undefined;
        this.#beginsNow(begin.action, Math.max(next.ms - beforeTickMs, this.#transportMs), nowMs);
      }
      this.#tick(next.ms);
    }
  }

  #beginsNow(action: Begin['action'], ms: number, nowMs: number): void {
    this.#send({ type: action }, ms);
    this.#transportMs = ms;
    this.#firstTickMs = ms + beforeTickMs;
    const leavesMs = Math.max(ms, nowMs);
    this.#counted = this.#ahead.filter((tickMs) => tickMs > leavesMs).length;
  }

  #tick(ms: number): void {
    if (this.#counted > 0) {
      this.#counted--;
      return;
    }
    // Nobody counts yet: there are ticks enough.
    if (this.#begin && this.#ahead.some((tickMs) => tickMs >= ms)) return;
    const at = Math.max(ms, this.#firstTickMs);
    this.#ahead.push(at);
    this.#send({ type: 'clock' }, at);
  }

  /** Before a song begins, its ticks reach back: the grid is that of the song at once. */
  #next(): { readonly ms: number; readonly tick: number | undefined } {
    const line = this.#beats.nextStep(this.#lastTickMs, 1 / ticksPerQuarter);
    if (line) return { ms: line.frame, tick: line.index };
    return { ms: this.#lastTickMs + 60_000 / ticksPerQuarter / this.#restBpm(), tick: undefined };
  }
}
