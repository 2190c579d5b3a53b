// Tempo of an external clock: a straight line through the newest ticks, in spite of jitter and lost ticks.

/** Ticks of a quarter note (MIDI 1.0). */
export const ticksPerQuarter = 24;

/** Two quarters: jitter of 1 ms moves the tempo by 0.05 % (slope of a line through 48 points). */
const longTicks = 2 * ticksPerQuarter;
/** Half a quarter: enough for a first tempo, and to see that the tempo has moved. */
const shortTicks = ticksPerQuarter / 2;
/** A pause, not a slow tempo: at 30 bpm a tick lasts 83 ms. */
const pauseMs = 500;
/** Ten times what 1 ms of jitter does to the slope over half a quarter at 120 bpm. */
const movedShare = 0.04;
/** Ticks in a row that seem to follow a lost one before this is taken for a slower tempo. */
const lostTicksInARow = 4;
/** Smaller moves are noise of the estimate. */
const reportBpm = 0.1;

interface Line {
  readonly at: number;
  readonly periodMs: number;
  readonly rmsMs: number;
}

/** Follows one clock. */
export class ClockFollower {
  #ticks: { index: number; ms: number }[] = [];
  #lost = 0;
  #reported = 0;

  /**
   * One tick.
   * @param ms time stamp of the tick
   * @returns quarter notes a minute when they are known and have moved, else undefined
   */
  tick(ms: number): number | undefined {
    const last = this.#ticks.at(-1);
    if (!last || ms - last.ms > pauseMs || ms < last.ms - pauseMs) {
      this.#restart(ms);
      return undefined;
    }
    this.#ticks.push({ index: this.#indexOf(ms, last.index + 1), ms });
    if (this.#lost >= lostTicksInARow) {
      this.#restart(ms);
      return undefined;
    }
    if (this.#ticks.length > longTicks) this.#ticks.shift();
    if (this.#ticks.length <= shortTicks) return undefined;
    const long = lineThrough(this.#ticks);
    const short = lineThrough(this.#ticks.slice(-shortTicks));
    const moved = Math.abs(short.periodMs / long.periodMs - 1) > movedShare;
    // Ticks that arrive in bunches have a steep line now and then, but no straight one.
    const isStraight = short.rmsMs < short.periodMs / 4;
    if (moved && isStraight) this.#ticks = this.#ticks.slice(-shortTicks);
    return this.#report(60_000 / ((moved && isStraight ? short : long).periodMs * ticksPerQuarter));
  }

  /** Forgets the ticks; the tempo that was told last stays the one to compare with. */
  reset(): void {
    this.#ticks = [];
    this.#lost = 0;
  }

  #restart(ms: number): void {
    this.#ticks = [{ index: 0, ms }];
    this.#lost = 0;
  }

  /**
   * The next index, or a later one where ticks went missing: late by far more than the jitter of this clock.
   */
  #indexOf(ms: number, next: number): number {
    if (this.#ticks.length <= 4) return next;
    const { at, periodMs, rmsMs } = lineThrough(this.#ticks);
    const lateMs = ms - (at + periodMs * next);
    const isLate = lateMs > Math.max(0.6 * periodMs, 4 * rmsMs);
    this.#lost = isLate ? this.#lost + 1 : 0;
    return isLate ? next + Math.round(lateMs / periodMs) : next;
  }

  #report(bpm: number): number | undefined {
    if (!Number.isFinite(bpm) || bpm <= 0 || Math.abs(bpm - this.#reported) < reportBpm) return undefined;
    this.#reported = bpm;
    return bpm;
  }
}

/** Least squares. */
function lineThrough(ticks: readonly { readonly index: number; readonly ms: number }[]): Line {
  const count = ticks.length;
  // Relative to the newest tick: sums of large stamps would lose digits.
  const { index: lastIndex, ms: lastMs } = ticks[count - 1];
  let x = 0;
  let y = 0;
  let xx = 0;
  let xy = 0;
  for (const { index, ms } of ticks) {
    x += index - lastIndex;
    y += ms - lastMs;
    xx += (index - lastIndex) ** 2;
    xy += (index - lastIndex) * (ms - lastMs);
  }
  const periodMs = (count * xy - x * y) / (count * xx - x * x);
  const at = lastMs + (y - periodMs * x) / count - periodMs * lastIndex;
  const squares = ticks.reduce((sum, { index, ms }) => sum + (ms - at - periodMs * index) ** 2, 0);
  return { at, periodMs, rmsMs: Math.sqrt(squares / count) };
}
