// The audio time that everything on the page counts in: one line through all the contexts that an instrument has lived in.
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import type { ToKernel } from '../worklet/kernelProtocol.ts';

/** The part of a context that is used here. */
export type ContextClock = Pick<BaseAudioContext, 'currentTime' | 'sampleRate'>;

/**
 * The clock of the first context, carried on when another one takes its place: songs, arpeggios and the beat go on from where they
 * stood, since for them no time has passed. Its frames count at the first context's rate, whatever the rate of the present one is.
 * As long as there is one context, its time and frames are the timeline's.
 */
export class AudioTimeline {
  /** Of the timeline's frames. */
  readonly sampleRate: Hertz;
  #frames: ContextFrames;
  #latest: Seconds = 0;

  constructor(context: ContextClock) {
    this.sampleRate = context.sampleRate;
    this.#frames = new ContextFrames(context, 0, this.sampleRate);
  }

  /** Now. Never goes back. */
  get seconds(): Seconds {
    this.#latest = Math.max(this.#latest, this.#frames.seconds);
    return this.#latest;
  }

  /** How the present context lies on the timeline. */
  get frames(): ContextFrames {
    return this.#frames;
  }

  /**
   * Goes on with another context.
   * @param lead by how much its clock is ahead of the present one's; by default as they are read now, a block of the device more or
   * less
   */
  moveTo(context: ContextClock, lead?: Seconds): void {
    const start = lead === undefined ? this.seconds - context.currentTime : this.#frames.start - lead;
    this.#frames = new ContextFrames(context, start, this.sampleRate);
  }
}

/** A context's place on a timeline. */
export class ContextFrames {
  readonly #context: ContextClock;
  /** Time of the timeline when the context's is 0. */
  readonly start: Seconds;
  readonly #rate: Hertz;
  readonly #isPlain: boolean;

  /** @param rate of the timeline's frames */
  constructor(context: ContextClock, start: Seconds, rate: Hertz) {
    this.#context = context;
    this.start = start;
    this.#rate = rate;
    this.#isPlain = start === 0 && context.sampleRate === rate;
  }

  /** Now on the timeline. */
  get seconds(): Seconds {
    return this.start + this.#context.currentTime;
  }

  /** Frame of the context at a frame of the timeline; 0 for one from before it. */
  toContext(frame: Samples): Samples {
    return this.#isPlain ? frame : Math.max(0, Math.round(this.#exact(frame)));
  }

  /** Frame of the timeline at a frame of the context. */
  fromContext(frame: Samples): Samples {
    if (this.#isPlain) return frame;
    return Math.round((frame / this.#context.sampleRate + this.start) * this.#rate);
  }

  /** A message for the context's kernel, with its frames. */
  translated(message: ToKernel): ToKernel {
    if (this.#isPlain) return message;
    if (message.type === 'changes') {
      return {
        ...message,
        changes: message.changes.map((change) => this.translated(change) as typeof change),
      };
    }
    const isTimed = 'frame' in message && message.frame !== undefined;
    const frame = isTimed ? { frame: this.toContext(message.frame) } : {};
    if (message.type !== 'parameters') return { ...message, ...frame };
    const { parameters } = message;
    // Where a beat stood may lie before the context's first frame, and is no event: neither rounded nor held back.
    return {
      ...message,
      ...frame,
      parameters: { ...parameters, phaseFrame: this.#exact(parameters.phaseFrame) },
    };
  }

  #exact(frame: Samples): number {
    return (frame / this.#rate - this.start) * this.#context.sampleRate;
  }
}
