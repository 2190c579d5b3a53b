// When an event is heard: time stamps of the page's clock (milliseconds) to frames of the audio context.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';

/** The two clocks, read at the same moment. */
export interface ClockPair {
  /** performance.now(), milliseconds. */
  readonly pageMilliseconds: number;
  /** AudioContext.currentTime. */
  readonly contextSeconds: Seconds;
}

/** Added to the device's block: what a message may take from its stamp to the audio thread. */
const marginSeconds: Seconds = 0.002;
/** The audio clock is compared with the page's over this time, in so many parts. */
const windowSeconds: Seconds = 1;
const windowParts = 4;
/** When the audio clock falls back by more than this, it has stood still: what was known holds no more. */
const standstillSeconds: Seconds = 0.05;
/** A stamp further ahead than this comes from another clock. */
const horizonSeconds: Seconds = 5;

/**
 * A device asks for sound in blocks, and the audio clock leaps by a block whenever it does. An event that were
 * played in the next block, as soon as it can be, would wait for anything between nothing and a block: that is
 * heard as an unsteady hand (10 ms are common). So every event is played the same time after its stamp: a block
 * and 2 ms, the shortest time that suffices for all. The steady line through the leaps is the greatest lead that
 * the audio clock has had over the page's clock lately, right after a leap.
 */
export class EventClock {
  readonly #sampleRate: Hertz;
  /** Greatest lead of the audio clock over the page's in each part of the window, in seconds. */
  readonly #leads = new Array<number>(windowParts).fill(-Infinity);
  #part = -1;

  constructor(sampleRate: Hertz) {
    this.#sampleRate = sampleRate;
  }

  /** Compares the clocks; a few dozen times a second, and right after a block where that can be known. */
  observe({ pageMilliseconds, contextSeconds }: ClockPair): void {
    const page = pageMilliseconds / 1000;
    const lead = contextSeconds - page;
    if (lead < this.#lead - standstillSeconds) this.reset();
    const part = Math.floor((page / windowSeconds) * windowParts);
    // Parts in which nothing was observed are over, too.
    for (let p = Math.max(this.#part + 1, part - windowParts + 1); p <= part; p++) {
      this.#leads[p % windowParts] = -Infinity;
    }
    this.#part = Math.max(this.#part, part);
    const at = this.#part % windowParts;
    this.#leads[at] = Math.max(this.#leads[at], lead);
  }

  /** Forgets what was observed: the audio clock has stood still. */
  reset(): void {
    this.#leads.fill(-Infinity);
  }

  /**
   * Context frame at which an event is to be carried out; undefined for now: without a stamp, with one of another
   * clock, or when its time has passed because it was delivered late.
   */
  frameOf(eventMilliseconds: number | undefined, now: ClockPair): Samples | undefined {
    this.observe(now);
    if (eventMilliseconds === undefined || !Number.isFinite(eventMilliseconds)) return undefined;
    if (eventMilliseconds - now.pageMilliseconds > 1000 * horizonSeconds) return undefined;
    const seconds = eventMilliseconds / 1000 + this.#lead + marginSeconds;
    return seconds > now.contextSeconds ? Math.round(seconds * this.#sampleRate) : undefined;
  }

  /** When the audio clock is at a frame, in milliseconds of the page's clock: for what is to happen elsewhere at that time. */
  millisecondsOf(frame: Samples, now: ClockPair): number {
    this.observe(now);
    return 1000 * (frame / this.#sampleRate - this.#lead);
  }

  get #lead(): Seconds {
    return Math.max(...this.#leads);
  }
}
