// How soon a key is to be heard: what the player chooses, what a context is asked for, and when *auto* moves from one to the next.
import type { Seconds } from '../contract/units.ts';

/** Blocks of the device from the shortest to those that survive a busy machine. */
export const latencyLevels = ['lowest', 'balanced', 'safe'] as const;
/**
 * How much of the device's sound is asked for ahead.
 * @example
 * const level: LatencyLevel = 'lowest';
 */
export type LatencyLevel = (typeof latencyLevels)[number];

/** What a player can choose. */
export const latencyChoices = ['auto', ...latencyLevels] as const;
/**
 * A level, or `auto`: begins with the lowest, goes up when sound breaks off and down again after a quiet minute.
 * @example
 * await createInstrument({ latency: 'lowest' });
 */
export type LatencyChoice = (typeof latencyChoices)[number];

/** As browsers give it, from `AudioContext({ latencyHint: 'interactive' })`. */
export const defaultLatency: LatencyChoice = 'balanced';

/** Options of contexts, with those that TypeScript does not know yet. */
type ContextOptions = AudioContextOptions & { readonly renderSizeHint?: number };

/** Browsers that have no render sizes ignore theirs: half a quantum, for devices that ask for less than a whole one. */
const optionsOfLevel: Readonly<Record<LatencyLevel, ContextOptions>> = {
  lowest: { latencyHint: 0, renderSizeHint: 64 },
  balanced: { latencyHint: 'interactive' },
  safe: { latencyHint: 'playback' },
};

/** What a context is made with. */
export function contextOptionsOf(level: LatencyLevel): AudioContextOptions {
  return optionsOfLevel[level];
}

/** The level that a choice begins with. */
export function firstLevelOf(choice: LatencyChoice): LatencyLevel {
  return choice === 'auto' ? 'lowest' : choice;
}

/** A choice that was kept; the default for anything else. */
export function latencyChoiceOf(kept: string | null): LatencyChoice {
  return latencyChoices.find((choice) => choice === kept) ?? defaultLatency;
}

/** A context that has just begun breaks off without a reason that lasts. */
const settlingSeconds: Seconds = 3;
/** So many breaks in so long are no accident. */
const mostBreaks = 3;
const breakSeconds: Seconds = 5;
const quietSeconds: Seconds = 60;
/** After a step down that had to be taken back the quiet must last twice as long, up to this. */
const longestQuietSeconds: Seconds = 960;

/** Decides for *auto*; knows no clock of its own. */
export class LatencyGovernor {
  #level: LatencyLevel = 'lowest';
  #since: Seconds | null = null;
  #breaks: Seconds[] = [];
  #counted = 0;
  #quiet = quietSeconds;
  #wentDownAt: Seconds = -Infinity;

  get level(): LatencyLevel {
    return this.#level;
  }

  /** A context of a level has begun; its count of breaks begins at 0. */
  begin(level: LatencyLevel, now: Seconds): void {
    this.#level = level;
    this.#since = now;
    this.#breaks = [];
    this.#counted = 0;
  }

  /**
   * Looks at the count of breaks in the sound since the context began.
   * @returns the level to go to, if that is another one
   */
  look(breaks: number, now: Seconds): LatencyLevel | null {
    this.#since ??= now;
    const fresh = breaks - this.#counted;
    this.#counted = breaks;
    if (now - this.#since < settlingSeconds) return null;
    for (let k = 0; k < Math.min(fresh, mostBreaks); k++) this.#breaks.push(now);
    const recent = this.#breaks.filter((time) => time > now - breakSeconds);
    const at = latencyLevels.indexOf(this.#level);
    if (recent.length >= mostBreaks && at < latencyLevels.length - 1) {
      // The step down was too early.
      const isRelapse = now - this.#wentDownAt < this.#quiet;
      this.#quiet = isRelapse ? Math.min(longestQuietSeconds, 2 * this.#quiet) : this.#quiet;
      return latencyLevels[at + 1];
    }
    const last = this.#breaks.at(-1) ?? this.#since;
    if (at > 0 && now - last >= this.#quiet && now - this.#since >= this.#quiet) {
      this.#wentDownAt = now;
      return latencyLevels[at - 1];
    }
    return null;
  }
}
