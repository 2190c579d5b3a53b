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
  #context: ContextClock;
  /** Time of the timeline when the present context's is 0. */
  #start: Seconds = 0;
  #latest: Seconds = 0;

  constructor(context: ContextClock) {
    this.#context = context;
    this.sampleRate = context.sampleRate;
  }

  /** Now. Never goes back. */
  get seconds(): Seconds {
    this.#latest = Math.max(this.#latest, this.#start + this.#context.currentTime);
    return this.#latest;
  }

  /** Goes on with another context. */
  moveTo(context: ContextClock): void {
    const now = this.seconds;
    this.#context = context;
    this.#start = now - context.currentTime;
  }

  /** Frame of the present context at a frame of the timeline; 0 for one from before it. */
  toContext(frame: Samples): Samples {
    if (this.#isPlain) return frame;
    const { sampleRate } = this.#context;
    return Math.max(0, Math.round((frame / this.sampleRate - this.#start) * sampleRate));
  }

  /** Frame of the timeline at a frame of the present context. */
  fromContext(frame: Samples): Samples {
    if (this.#isPlain) return frame;
    return Math.round((frame / this.#context.sampleRate + this.#start) * this.sampleRate);
  }

  /** A message for the present context's kernel, with its frames. */
  translated(message: ToKernel): ToKernel {
    if (this.#isPlain) return message;
    if (message.type === 'changes') {
      return {
        ...message,
        changes: message.changes.map((change) => this.translated(change) as typeof change),
      };
    }
    const frame =
      'frame' in message && message.frame !== undefined ? { frame: this.toContext(message.frame) } : {};
    if (message.type !== 'parameters') return { ...message, ...frame };
    const { parameters } = message;
    const phaseFrame = this.#phaseFrame(parameters.phaseFrame);
    return { ...message, ...frame, parameters: { ...parameters, phaseFrame } };
  }

  /** Where a beat stood at a frame may lie before the context's first, and is no event: neither rounded nor held back. */
  #phaseFrame(frame: Samples): Samples {
    return (frame / this.sampleRate - this.#start) * this.#context.sampleRate;
  }

  get #isPlain(): boolean {
    return this.#start === 0 && this.#context.sampleRate === this.sampleRate;
  }
}
