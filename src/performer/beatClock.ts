// The beat of a sequencer or song on the audio clock: straight lines from frames to quarter notes.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';

/** From a frame on the beat goes on evenly. */
export interface BeatLine {
  readonly frame: Samples;
  /** Quarter notes from the beginning of the song, at that frame. */
  readonly quarters: number;
  /** Quarter notes a minute. */
  readonly bpm: number;
}

/** A line of a grid of even steps. */
export interface GridLine {
  readonly frame: Samples;
  /** Steps from the beginning of the song. */
  readonly index: number;
}

/**
 * Tempi of a beat, quarter notes a minute: wider than the parameter's, for songs slowed down or driven, and within what
 * the kernel's oscillator and stutter can follow.
 */
export const slowestBeat = 5;
export const fastestBeat = 600;
/** An error of a measured beat is made up for over this many quarters. */
const pullQuarters = 2;
/** The tempo leaves the measured one by no more than this share: less than what is heard as another tempo. */
const mostPull = 0.05;
/** Errors beyond this, in quarters, are leaps: being drawn over would take five beats. */
const leapQuarters = 0.25;
/** A measured beat that was not heard of for so long has lost its clock. */
const lostSeconds: Seconds = 1;
/** Lines that ended so long ago are forgotten. */
const keptSeconds: Seconds = 4;
/** Of a step: a line so near counts as reached, whatever rounding did to it. */
const nearly = 1e-6;

/** Knows no clock of its own: every call names frames. */
export class BeatClock {
  readonly #sampleRate: Hertz;
  /** In order of frames; empty while there is no beat. */
  readonly #lines: BeatLine[] = [];
  /** Last time that a clock was heard; -Infinity for songs. */
  #heard: Samples = -Infinity;

  /** @param sampleRate of the frames */
  constructor(sampleRate: Hertz) {
    this.#sampleRate = sampleRate;
  }

  /** False while everything keeps to its own time. */
  get isActive(): boolean {
    return this.#lines.length > 0;
  }

  /** There is no beat any more. */
  clear(): void {
    this.#lines.length = 0;
    this.#heard = -Infinity;
  }

  /** From a frame on the beat is exactly this; what was known of later frames is forgotten. */
  set(frame: Samples, quarters: number, bpm: number): void {
    const lines = this.#lines;
    while (lines.length > 0 && lines[lines.length - 1].frame >= frame) lines.pop();
    lines.push({ frame, quarters, bpm });
    this.#heard = -Infinity;
  }

  /**
   * It is `now`: lines that ended long ago are forgotten. A song tells its tempi to its end, so that only the present
   * says what is over.
   */
  forgetPast(now: Samples): void {
    const lines = this.#lines;
    const kept = now - keptSeconds * this.#sampleRate;
    while (lines.length > 1 && lines[1].frame <= kept) lines.shift();
  }

  /** A clock was heard at a frame: the beat is drawn towards it without a jump, or leaps where it is far off. */
  draw(frame: Samples, quarters: number, bpm: number): void {
    const error = this.isActive ? quarters - this.quartersAt(frame) : Infinity;
    if (Math.abs(error) > leapQuarters) {
      this.set(frame, quarters, bpm);
    } else {
      const pull = Math.min(mostPull, Math.max(-mostPull, error / pullQuarters));
      this.set(frame, quarters - error, bpm * (1 + pull));
    }
    this.#heard = frame;
  }

  /** The player chose a tempo: it counts from a frame on where a clock has fallen silent. */
  retempo(frame: Samples, bpm: number): void {
    if (!this.isActive || this.#heard === -Infinity) return;
    if (frame - this.#heard < lostSeconds * this.#sampleRate) return;
    const heard = this.#heard;
    this.set(frame, this.quartersAt(frame), bpm);
    this.#heard = heard;
  }

  /** The line that a frame lies on; frames before the first lie on that. Undefined without a beat. */
  lineAt(frame: Samples): BeatLine | undefined {
    return this.#lines[this.#indexAt(frame)];
  }

  /** Quarter notes from the beginning of the song; NaN without a beat. */
  quartersAt(frame: Samples): number {
    const line = this.lineAt(frame);
    return line ? line.quarters + (frame - line.frame) * this.#quartersPerFrame(line) : NaN;
  }

  /**
   * The first line behind a frame of a grid of steps; undefined without a beat.
   * @param stepQuarters length of a step
   */
  nextStep(after: Samples, stepQuarters: number): GridLine | undefined {
    const first = this.#indexAt(after);
    for (let at = first; at < this.#lines.length; at++) {
      const line = this.#lines[at];
      const index =
        at === first
          ? Math.floor(this.quartersAt(after) / stepQuarters + nearly) + 1
          : Math.ceil(line.quarters / stepQuarters - nearly);
      const frame = line.frame + (index * stepQuarters - line.quarters) / this.#quartersPerFrame(line);
      const next = this.#lines[at + 1];
      // A line that begins on a step takes that step, also where rounding puts it a little before.
      if (!next || frame < next.frame - nearly * (next.frame - line.frame)) return { frame, index };
    }
    return undefined;
  }

  #quartersPerFrame({ bpm }: BeatLine): number {
    return bpm / 60 / this.#sampleRate;
  }

  #indexAt(frame: Samples): number {
    return Math.max(
      0,
      this.#lines.findLastIndex((line) => line.frame <= frame),
    );
  }
}
