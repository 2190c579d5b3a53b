// When an event is heard: time stamps of the page's clock (milliseconds) to frames of the audio context.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { MessageMargin } from './messageMargin.ts';

/** The two clocks, read at the same moment. */
export interface ClockPair {
  /** performance.now(), milliseconds. */
  readonly pageMilliseconds: number;
  /** AudioContext.currentTime. */
  readonly contextSeconds: Seconds;
}

/** The audio clock is compared with the page's over this time, in so many parts. */
const windowSeconds: Seconds = 1;
const windowParts = 8;
/** So many parts may stand out, where there are as many as `fewParts` or more: a block that the device took early. */
const partsThatStandOut = 2;
const fewParts = 6;
/** When the audio clock falls back by more than this, it has stood still: what was known holds no more. */
const standstillSeconds: Seconds = 0.05;
/** A stamp further ahead than this comes from another clock. */
const horizonSeconds: Seconds = 5;

/**
 * A device asks for sound in blocks, and the audio clock leaps by a block whenever it does. An event that were
 * played in the next block, as soon as it can be, would wait for anything between nothing and a block: that is
 * heard as an unsteady hand (10 ms are common). So every event is played the same time after its stamp: a block
 * and what messages take on their way, the shortest time that suffices for all. The steady line through the leaps is
 * the greatest lead that the audio clock has had over the page's clock lately, right after a leap. The greatest of a
 * part of the time stands for that part, and of the parts the third counts: a device that once asks for a block too
 * early, as after a busy moment, would move the line by a block for all the events of a second.
 */
export class EventClock {
  readonly #sampleRate: Hertz;
  readonly #margin = new MessageMargin();
  /** Greatest lead of the audio clock over the page's in each part of the window, in seconds. */
  readonly #leads = new Array<number>(windowParts).fill(-Infinity);
  #part = -1;
  #lead = -Infinity;

  constructor(sampleRate: Hertz) {
    this.#sampleRate = sampleRate;
  }

  /** Added to the device's block: what a message takes from its stamp to the audio thread. */
  get marginSeconds(): Seconds {
    return this.#margin.seconds;
  }

  /** By how much the audio clock is ahead of the page's, right after a leap; -Infinity before anything is known. */
  get leadSeconds(): Seconds {
    return this.#lead;
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
    const known = this.#leads.filter((each) => each > -Infinity).sort((a, b) => b - a);
    this.#lead = known[known.length >= fewParts ? partsThatStandOut : 0];
  }

  /** Forgets what was observed: the audio clock has stood still. */
  reset(): void {
    this.#leads.fill(-Infinity);
    this.#lead = -Infinity;
  }

  /** A message that was posted at a time of the page's clock came to the audio thread when `frame` was the next to be made. */
  arrived(postedMilliseconds: number, frame: Samples): void {
    if (this.#lead === -Infinity) return;
    this.#margin.arrived(frame / this.#sampleRate - (postedMilliseconds / 1000 + this.#lead));
  }

  /**
   * Context frame at which an event is to be carried out; undefined for now: without a stamp, with one of another
   * clock, or when its time has passed because it was delivered late.
   */
  frameOf(eventMilliseconds: number | undefined, now: ClockPair): Samples | undefined {
    this.observe(now);
    if (eventMilliseconds === undefined || !Number.isFinite(eventMilliseconds)) return undefined;
    const age = (now.pageMilliseconds - eventMilliseconds) / 1000;
    if (age < -horizonSeconds) return undefined;
    if (age >= 0) this.#margin.delivered(age);
    const seconds = eventMilliseconds / 1000 + this.#lead + this.#margin.seconds;
    return seconds > now.contextSeconds ? Math.round(seconds * this.#sampleRate) : undefined;
  }

  /** When the audio clock is at a frame, in milliseconds of the page's clock: for what is to happen elsewhere at that time. */
  millisecondsOf(frame: Samples, now: ClockPair): number {
    this.observe(now);
    return 1000 * (frame / this.#sampleRate - this.#lead);
  }
}
