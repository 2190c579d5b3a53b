// When a note starts: event time stamps (page clock, milliseconds) to frames of the audio context.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';

/** The two clocks, read at the same moment. */
export interface ClockPair {
  /** performance.now(), milliseconds. */
  readonly pageMilliseconds: number;
  /** AudioContext.currentTime. */
  readonly contextSeconds: Seconds;
  readonly sampleRate: Hertz;
}

/**
 * Context frame of an event, or undefined for "now".
 *
 * A key that was just pressed carries a time stamp a little before now: it plays at once, because waiting to even out
 * delivery would add its latency to every note. A stamp after now (a sequencer's) plays on its frame. A stamp further
 * ahead than `horizonSeconds` comes from another clock and is treated as now.
 */
export function frameOfEvent(
  eventMilliseconds: number | undefined,
  clocks: ClockPair,
  horizonSeconds: Seconds = 5,
): Samples | undefined {
  if (eventMilliseconds === undefined || !Number.isFinite(eventMilliseconds)) return undefined;
  const aheadSeconds = (eventMilliseconds - clocks.pageMilliseconds) / 1000;
  if (aheadSeconds <= 0 || aheadSeconds > horizonSeconds) return undefined;
  return Math.round((clocks.contextSeconds + aheadSeconds) * clocks.sampleRate);
}
