// Tempo and beat of an external clock: a straight line through the newest ticks, in spite of jitter and lost ticks.

/** Ticks of a quarter note (MIDI 1.0). */
const ticksPerQuarter = 24;

/** A bar: at 120 bpm jitter with a spread of 1 ms moves the slope of a line through 96 points by 0.02 %. */
const longTicks = 4 * ticksPerQuarter;
/** Half a quarter: enough for a first tempo, and to see that the tempo has moved. */
const shortTicks = ticksPerQuarter / 2;
/** A pause, not a slow tempo: at 30 bpm a tick lasts 83 ms. */
const pauseMs = 500;
/** Less than this is left to the long line, more is a jump. */
const movedShare = 0.01;
/** Standard errors of the slope that jitter alone does not reach. */
const clearErrors = 5;
/** Ticks in a row that seem to follow a lost one before this is taken for a slower tempo. */
const lostTicksInARow = 4;
/** Smaller moves of the tempo are not told, nor those within the standard errors of a clock that jitters. */
const reportBpm = 0.1;
const reportErrors = 2;

interface Line {
  readonly at: number;
  readonly periodMs: number;
  /** Of the ticks about the line. */
  readonly rmsMs: number;
  readonly count: number;
}

/** Where a clock stands. */
export interface ClockBeat {
  /** Quarter notes from the beginning of the song. */
  readonly quarters: number;
  /** When that was, as the line through the ticks says: a tick of its own may have come early or late. */
  readonly ms: number;
  /** Quarter notes a minute; undefined until the tempo is known. */
  readonly bpm: number | undefined;
}

/** Follows one clock. */
export class ClockFollower {
  #ticks: { index: number; ms: number }[] = [];
  /** Late ticks in a row, and how many were counted in as lost before them. */
  #lost = 0;
  #countedIn = 0;
  #reported = 0;
  /** Ticks from the beginning of the song to the newest tick; undefined while no song runs. */
  #place: number | undefined;
  /** True until the first tick of a song that runs. */
  #isFirst = false;
  #bpm: number | undefined;

  /** A song runs: its next tick lies so many quarter notes from its beginning. */
  run(quarters: number): void {
    this.#place = Math.round(quarters * ticksPerQuarter) - 1;
    this.#isFirst = true;
  }

  /** True while a song runs. */
  get isRunning(): boolean {
    return this.#place !== undefined;
  }

  /**
   * The song stops.
   * @returns quarter notes from its beginning to the tick that would have come next; undefined when none ran
   */
  halt(): number | undefined {
    const next = this.#place === undefined ? undefined : (this.#place + 1) / ticksPerQuarter;
    this.#place = undefined;
    return next;
  }

  /** Where the song stands at the newest tick; undefined while none runs or before its first tick. */
  get beat(): ClockBeat | undefined {
    const last = this.#ticks.at(-1);
    if (this.#place === undefined || !last) return undefined;
    const quarters = this.#place / ticksPerQuarter;
    if (this.#ticks.length <= shortTicks) return { quarters, ms: last.ms, bpm: this.#bpm };
    const { at, periodMs } = lineThrough(this.#ticks);
    return { quarters, ms: at + periodMs * last.index, bpm: bpmOf(periodMs) };
  }

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
    const index = this.#indexOf(ms, last.index + 1);
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (isFirst && index > last.index + 1) {
      // None were lost: some clocks stand still until the song begins.
      this.#restart(ms);
      return undefined;
    }
    this.#ticks.push({ index, ms });
    if (this.#lost >= lostTicksInARow) {
      // None were lost: the clock is slower.
      if (this.#place !== undefined) this.#place -= this.#countedIn;
      this.#restart(ms);
      return undefined;
    }
    const missing = index - last.index - 1;
    this.#countedIn = this.#lost > 0 ? this.#countedIn + missing : 0;
    if (this.#place !== undefined) this.#place += 1 + missing;
    if (this.#ticks.length > longTicks) this.#ticks.shift();
    if (this.#ticks.length <= shortTicks) return undefined;
    if (this.#hasJumped()) this.#ticks = this.#ticks.slice(-shortTicks);
    return this.#report(lineThrough(this.#ticks));
  }

  /** True when the newest ticks lie on a line of another slope than those before, clearly for such a clock. */
  #hasJumped(): boolean {
    if (this.#ticks.length < 2 * shortTicks) return false;
    const before = lineThrough(this.#ticks.slice(0, -shortTicks));
    const newest = lineThrough(this.#ticks.slice(-shortTicks));
    const moved = Math.abs(newest.periodMs / before.periodMs - 1);
    // The spread of a few points is a poor guess: that of those before counts too.
    const error = errorShare(Math.max(newest.rmsMs, before.rmsMs), shortTicks, before.periodMs);
    return moved > Math.max(movedShare, clearErrors * error);
  }

  /** True once there are ticks enough since the last pause to tell the tempo. */
  get knowsTempo(): boolean {
    return this.#ticks.length > shortTicks;
  }

  /** Forgets the ticks, the tempo and the song: another clock follows. */
  reset(): void {
    this.#ticks = [];
    this.#reported = 0;
    this.#bpm = undefined;
    this.#isFirst = false;
    this.#lost = this.#countedIn = 0;
    this.#place = undefined;
  }

  #restart(ms: number): void {
    this.#ticks = [{ index: 0, ms }];
    this.#isFirst = false;
    this.#lost = this.#countedIn = 0;
    if (this.#place !== undefined) this.#place++;
  }

  /**
   * The next index, or a later one where ticks went missing: late by far more than the jitter of this clock.
   */
  #indexOf(ms: number, next: number): number {
    // A line through fewer does not know yet how much this clock jitters.
    if (this.#ticks.length <= shortTicks) return next;
    const { at, periodMs, rmsMs } = lineThrough(this.#ticks);
    // Stamps that stand still or turn back tell nothing of time.
    if (!(periodMs > 0)) return next;
    const lateMs = ms - (at + periodMs * next);
    const isLate = lateMs > Math.max(0.6 * periodMs, 4 * rmsMs);
    this.#lost = isLate ? this.#lost + 1 : 0;
    return isLate ? next + Math.round(lateMs / periodMs) : next;
  }

  #report({ periodMs, rmsMs, count }: Line): number | undefined {
    const bpm = bpmOf(periodMs);
    if (Number.isFinite(bpm) && bpm > 0) this.#bpm = bpm;
    const noise = Math.max(reportBpm, reportErrors * errorShare(rmsMs, count, periodMs) * bpm);
    if (!Number.isFinite(bpm) || bpm <= 0 || Math.abs(bpm - this.#reported) < noise) return undefined;
    this.#reported = bpm;
    return bpm;
  }
}

const bpmOf = (periodMs: number) => 60_000 / (periodMs * ticksPerQuarter);

/** Standard error of a slope as a share of it, for evenly spaced points with a spread about the line. */
const errorShare = (rmsMs: number, count: number, periodMs: number) =>
  (rmsMs * Math.sqrt(12 / count ** 3)) / Math.abs(periodMs);

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
  const rmsMs = Math.sqrt(squares / count);
  return { at, periodMs, rmsMs, count };
}
