// Measures what share of real time the blocks take, and says how much effort the voices may spend.
// Long with the reasons of its figures.
import { requireInteger, requireNumber } from '../contract/errors.ts';
import type { Frames, Hertz, Samples, Seconds } from '../contract/units.ts';

/** What a hop may cost: the two settings of the phase engine that decide it. */
export interface Effort {
  /** Frames refined ahead of the one that becomes final. */
  readonly lookAheadFrames: Frames;
  /** Sweeps over those frames a hop. */
  readonly sweeps: number;
}

/** How to build a LoadGovernor. */
export interface LoadGovernorOptions {
  /** Rate of the samples that blocks are counted in, 1..1e6. */
  readonly contextRate: Hertz;
  /** The effort while there is time enough. */
  readonly full: Effort;
  /**
   * Share of real time that blocks may take, 0.05..1. Default 0.7: the rest is for the other nodes of the graph
   * and for the jitter of the audio thread.
   */
  readonly limit?: number;
  /** Time between two hops of a voice, after which all of them have taken over a new effort. Default 0.016. */
  readonly hopSeconds?: Seconds;
  /** Cost of a hop at an effort, in any unit. Default `costInFfts`. Only asked in the constructor. */
  readonly cost?: (effort: Effort) => number;
}

/** Audio time over which a share is taken: two quanta at 48 kHz. */
const WINDOW_SECONDS: Seconds = 0.005;
/** Smoothing of the estimate that shows a sudden load, and of the one that shows a small excess and calm. */
const FAST_SECONDS: Seconds = 0.015;
const SLOW_SECONDS: Seconds = 0.2;
/** Audio that an estimate must have seen since the last change before anything is concluded from it. */
const FAST_EVIDENCE_SECONDS: Seconds = 0.008;
const SLOW_EVIDENCE_SECONDS: Seconds = 0.05;
/**
 * The same lengths in steps of the clock. A clock's tick falls into the busy part of the time with the probability
 * of the load p, so a mean over n ticks is right on average and scatters by sqrt(p (1 - p) / n), at most 0.5 /
 * sqrt(n).
 */
const WINDOW_TICKS = 5;
const FAST_TICKS = 60;
const SLOW_TICKS = 200;
const FAST_EVIDENCE_TICKS = 40;
const SLOW_EVIDENCE_TICKS = 100;
/** Coarsest clock that is believed to be one: browsers that resist fingerprinting tick 60 times a second. */
const COARSEST_STEP_SECONDS: Seconds = 0.017;
/** Shares are cut here, so that a stopped machine is not remembered for seconds. */
const LARGEST_SHARE = 4;
/**
 * One window that takes longer than it lasts within this time is a pause (garbage collection, a thread that had to
 * wait), not a load.
 */
const FORGIVEN_SECONDS: Seconds = 0.25;
/** Share of the limit that a new effort's predicted load may reach: the ground above it stops hunting. */
const MARGIN = 0.85;
/** Calm before a step up. */
const HOLD_SECONDS: Seconds = 0.5;
/** A step up that is taken back within this time has failed: the cost of that rung was underestimated. */
const FAILED_SECONDS: Seconds = 1;
/** Time constant in which a failed step up is forgotten. */
const FORGET_SECONDS: Seconds = 60;
/** A voice that is shed costs time until it has faded. */
const FADE_SECONDS: Seconds = 0.005;
/** Rungs that save less than an eighth are left out: more of them would only make the way back longer. */
const SMALLEST_SAVING = 0.125;
/** A wait shorter than this share of a block hardly shows in the block's time. */
const NEGLIGIBLE_WAIT = 0.125;
/** What a hop costs besides sweeps, in FFTs: mel inversion, phase start with its inverse FFT, resampling. */
const FIXED_FFTS = 6;

/** Cost of a hop in FFTs: two for each visit of a frame, and the fixed part. */
export function costInFfts({ lookAheadFrames, sweeps }: Effort): number {
  return FIXED_FFTS + 2 * sweeps * (lookAheadFrames + 1);
}

/**
 * Efforts from `full` down to the least, each cheaper than the one before. Sweeps go first, down to one, then
 * look-ahead, which is worth more (look-ahead 7 with 2 sweeps beats 3 with 4 at the same cost), then the last
 * sweep.
 * @param cost of a hop at an effort, in any unit
 */
export function effortLadder(full: Effort, cost: (effort: Effort) => number = costInFfts): Effort[] {
  const ladder = [full];
  const offer = (lookAheadFrames: Frames, sweeps: number, smallestSaving: number): void => {
    const effort = { lookAheadFrames, sweeps };
    if (cost(effort) < (1 - smallestSaving) * cost(ladder[ladder.length - 1])) ladder.push(effort);
  };
  for (let sweeps = full.sweeps - 1; sweeps >= 1; sweeps--) {
    offer(full.lookAheadFrames, sweeps, SMALLEST_SAVING);
  }
  if (full.sweeps > 0) {
    for (let ahead = full.lookAheadFrames - 1; ahead >= 0; ahead--) offer(ahead, 1, SMALLEST_SAVING);
  }
  offer(0, 0, 0);
  return ladder;
}

/**
 * Degradation by design: the caller tells after every block how long it took, and asks what new hops may cost and
 * whether a voice must go.
 *
 * Down: as soon as the load passes the limit, by as many rungs of the ladder as the excess asks for; then the
 * effect is awaited for one hop. Two windows of 5 ms that took longer than they last are enough; a single one is a
 * pause and is forgiven. On the lowest rung voices are shed, one at a time, with the fade and a new measurement in
 * between. Up: one rung, after half a second in which the load predicted for it stayed under 85 % of the limit. A
 * step up that had to be taken back lowers the load at which it is tried again.
 *
 * The clock may be coarse: an AudioWorklet often has nothing but Date.now(). A block then reads as 0 or some
 * milliseconds, right on average as long as blocks do not begin in step with the clock. The clock's step is learnt
 * from the readings (the smallest one, once a block has read 0) and lengthens windows and smoothing. Nothing but
 * the constructor allocates.
 */
export class LoadGovernor {
  readonly #contextRate: Hertz;
  readonly #limit: number;
  readonly #hopSeconds: Seconds;
  readonly #ladder: readonly Effort[];
  readonly #costs: Float64Array;
  /** Per rung: the load at which the rung above is expected to stay within the margin. */
  readonly #expectedCeilings: Float64Array;
  /** The same after failed steps up. */
  readonly #ceilings: Float64Array;
  readonly #shown = new Smoother();
  readonly #fast = new Smoother();
  readonly #slow = new Smoother();
  #rung = 0;
  #mustShed = false;
  #overruns = 0;
  /** Length of the last block. */
  #blockSeconds: Seconds = 0;
  #windowBusy: Seconds = 0;
  #windowSeconds: Seconds = 0;
  /** Share of the window before when it took longer than it lasts, else 0. */
  #previousShare = 0;
  #sinceOver: Seconds = Infinity;
  /** Time for which measurements still show what was before the last change. */
  #relief: Seconds = 0;
  #calm: Seconds = 0;
  #sinceClimb: Seconds = Infinity;
  #climbLoad = 0;
  #smallestReading: Seconds = Infinity;
  #hasReadZero = false;

  /** @throws RangeError on options out of range, naming them */
  constructor(options: LoadGovernorOptions) {
    const { full, cost = costInFfts } = options;
    this.#contextRate = requireNumber('contextRate', options.contextRate, 1, 1e6);
    this.#limit = requireNumber('limit', options.limit ?? 0.7, 0.05, 1);
    this.#hopSeconds = requireNumber('hopSeconds', options.hopSeconds ?? 0.016, 0, 1);
    requireInteger('full.lookAheadFrames', full.lookAheadFrames, 0, 32);
    requireInteger('full.sweeps', full.sweeps, 0, 16);
    this.#ladder = effortLadder(full, cost);
    this.#costs = Float64Array.from(this.#ladder, cost);
    this.#expectedCeilings = this.#costs.map((own, rung) =>
      rung === 0 ? 0 : (MARGIN * this.#limit * own) / this.#costs[rung - 1],
    );
    this.#ceilings = this.#expectedCeilings.slice();
  }

  /** Smoothed share of real time that blocks take: 0 = none, 1 = all of it, at most 4. */
  get load(): number {
    return this.#shown.value;
  }

  /** What new hops may use; always one of the same few objects. */
  get effort(): Effort {
    return this.#ladder[this.#rung];
  }

  /**
   * True when a voice should begin to fade now: the least effort is in use and is still too much. Call `shed`
   * then.
   */
  get mustShed(): boolean {
    return this.#mustShed;
  }

  /** Blocks that certainly took longer than they last: each one a possible dropout. */
  get overruns(): number {
    return this.#overruns;
  }

  /** Exactly the state after construction. */
  reset(): void {
    this.#ceilings.set(this.#expectedCeilings);
    this.#shown.restart();
    this.#fast.restart();
    this.#slow.restart();
    this.#rung = 0;
    this.#mustShed = false;
    this.#overruns = 0;
    this.#blockSeconds = 0;
    this.#windowBusy = 0;
    this.#windowSeconds = 0;
    this.#previousShare = 0;
    this.#sinceOver = Infinity;
    this.#relief = 0;
    this.#calm = 0;
    this.#sinceClimb = Infinity;
    this.#climbLoad = 0;
    this.#smallestReading = Infinity;
    this.#hasReadZero = false;
  }

  /**
   * Takes the measurement of one block.
   * @param busySeconds time the block took to compute; NaN and negative times (a clock set back) are ignored
   * @param frames length of the block, any; 0 is ignored
   */
  update(busySeconds: Seconds, frames: Samples): void {
    if (!(busySeconds >= 0) || !(frames > 0)) return;
    const seconds = frames / this.#contextRate;
    this.#blockSeconds = seconds;
    // Less than a microsecond is the rounding of a clock that counts from 1970.
    if (busySeconds < 1e-6) this.#hasReadZero = true;
    else if (busySeconds < this.#smallestReading) this.#smallestReading = busySeconds;
    // Without a reading of 0 the smallest one is a cheap block's time, no step of the clock.
    const step = this.#hasReadZero ? Math.min(this.#smallestReading, COARSEST_STEP_SECONDS) : 0;
    if (busySeconds > seconds + step) this.#overruns++;
    this.#windowBusy += busySeconds;
    this.#windowSeconds += seconds;
    this.#sinceClimb += seconds;
    if (this.#relief > 0) {
      this.#relief -= seconds;
      // The time of waiting is one window, which is shown but not judged.
      if (this.#relief <= 0) this.#closeWindow(step, false);
    } else if (this.#windowSeconds >= Math.max(WINDOW_SECONDS, WINDOW_TICKS * step)) {
      this.#closeWindow(step, true);
    }
  }

  /** The caller has begun to fade one voice: its relief is awaited before another one is asked for. */
  shed(): void {
    this.#mustShed = false;
    // Not `previousShare`: while blocks take longer than they last, one more such window asks for the next voice.
    this.#await(FADE_SECONDS);
  }

  #closeWindow(step: Seconds, isJudged: boolean): void {
    const seconds = this.#windowSeconds;
    const share = Math.min(this.#windowBusy / seconds, LARGEST_SHARE);
    // One tick more than there is room for can be chance.
    const isOver = this.#windowBusy > seconds + step;
    this.#windowBusy = 0;
    this.#windowSeconds = 0;
    let counted = share;
    if (isOver) {
      if (this.#sinceOver > FORGIVEN_SECONDS) counted = this.#limit;
      this.#sinceOver = 0;
    } else {
      this.#sinceOver += seconds;
    }
    const slowSeconds = Math.max(SLOW_SECONDS, SLOW_TICKS * step);
    this.#shown.add(counted, seconds, slowSeconds);
    if (!isJudged) return;
    this.#fast.add(counted, seconds, Math.max(FAST_SECONDS, FAST_TICKS * step));
    this.#slow.add(counted, seconds, slowSeconds);
    const sustained = isOver ? Math.min(share, this.#previousShare) : 0;
    this.#previousShare = isOver ? share : 0;
    this.#judge(sustained, seconds, step);
  }

  /** @param sustained the smaller share of the last two windows when both took longer than they last, else 0 */
  #judge(sustained: number, seconds: Seconds, step: Seconds): void {
    const fast = this.#fast;
    const slow = this.#slow;
    const knowsFast = fast.seconds >= Math.max(FAST_EVIDENCE_SECONDS, FAST_EVIDENCE_TICKS * step);
    const knowsSlow = slow.seconds >= Math.max(SLOW_EVIDENCE_SECONDS, SLOW_EVIDENCE_TICKS * step);
    // The fast estimate scatters more, so it must pass the limit by a third of what is left above it.
    const isOver =
      sustained > 0 ||
      (knowsFast && fast.value > this.#limit + (1 - this.#limit) / 3) ||
      (knowsSlow && slow.value > this.#limit);
    if (isOver) {
      this.#relieve(Math.max(fast.value, slow.value, sustained));
      return;
    }
    this.#mustShed = false;
    if (this.#rung === 0) return;
    const ceilings = this.#ceilings;
    ceilings[this.#rung] = Math.min(
      this.#expectedCeilings[this.#rung],
      ceilings[this.#rung] * (1 + seconds / FORGET_SECONDS),
    );
    this.#calm = knowsSlow && slow.value <= ceilings[this.#rung] ? this.#calm + seconds : 0;
    if (this.#calm >= HOLD_SECONDS) {
      this.#climbLoad = slow.value;
      this.#sinceClimb = 0;
      this.#moveTo(this.#rung - 1);
    }
  }

  /** Goes down to the first rung that promises to hold, or asks for a voice. */
  #relieve(load: number): void {
    const costs = this.#costs;
    const last = costs.length - 1;
    const target = MARGIN * this.#limit;
    if (this.#sinceClimb < FAILED_SECONDS) {
      // New notes may be the reason as well, so one failure halves the load at most.
      const failed = this.#rung + 1;
      this.#ceilings[failed] = Math.max(
        this.#ceilings[failed] / 2,
        Math.min(this.#ceilings[failed], (this.#climbLoad * target) / load),
      );
      this.#sinceClimb = Infinity;
    }
    if (this.#rung === last) {
      this.#mustShed = true;
      return;
    }
    let rung = this.#rung + 1;
    while (rung < last && (load * costs[rung]) / costs[this.#rung] > target) rung++;
    this.#moveTo(rung);
  }

  #moveTo(rung: number): void {
    this.#rung = rung;
    this.#mustShed = false;
    this.#previousShare = 0;
    this.#await(this.#hopSeconds);
  }

  /** Forgets what was measured before a change, and leaves out the time until it shows. */
  #await(seconds: Seconds): void {
    this.#relief = seconds > NEGLIGIBLE_WAIT * this.#blockSeconds ? seconds : 0;
    this.#calm = 0;
    this.#windowBusy = 0;
    this.#windowSeconds = 0;
    this.#fast.restart();
    this.#slow.restart();
  }
}

/**
 * A plain mean at first, which turns into exponential smoothing once as much has been seen as its time constant.
 */
class Smoother {
  value = 0;
  /** Audio seen since the start. */
  seconds: Seconds = 0;

  restart(): void {
    this.value = 0;
    this.seconds = 0;
  }

  add(value: number, seconds: Seconds, timeConstant: Seconds): void {
    this.seconds += seconds;
    const weight = Math.max(1 - Math.exp(-seconds / timeConstant), seconds / this.seconds);
    this.value += weight * (value - this.value);
  }
}
