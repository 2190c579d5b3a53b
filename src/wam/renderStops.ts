// Walks through an offline rendering: the context is suspended again and again, so that the page can say what comes next before it is
// rendered. A message that is posted just before `startRendering` would not be seen in a short rendering.
import { logWarning } from '../log.ts';
import { messageOf } from '../contract/errors.ts';
import type { Samples } from '../contract/units.ts';

/** Frames of a render quantum; contexts of today take none, and those of tomorrow say theirs. */
export function quantumOf(context: BaseAudioContext): Samples {
  const { renderQuantumSize } = context as { readonly renderQuantumSize?: number };
  return renderQuantumSize ?? 128;
}

/** Prepares frames `from` to `to`, which are rendered when it has resolved. */
export type Step = (from: Samples, to: Samples) => Promise<void>;

/** What is used of a context. */
export type SteppedContext = Pick<
  OfflineAudioContext,
  'currentTime' | 'sampleRate' | 'length' | 'suspend' | 'resume'
>;

const known = new WeakMap<object, OfflineSteps>();

/** All plugins of a context share its stops, of which it allows one in a frame. */
export class OfflineSteps {
  readonly #context: SteppedContext;
  readonly #quantum: Samples;
  readonly #stepFrames: Samples;
  readonly #steps = new Set<Step>();

  private constructor(context: SteppedContext, quantum: Samples, stepFrames: Samples) {
    this.#context = context;
    this.#quantum = quantum;
    this.#stepFrames = stepFrames;
    this.#stopAt(0);
  }

  /**
   * The steps of a context that has not been rendered yet.
   * @param stepFrames from stop to stop, whole quanta; counts for the first that asks
   */
  static of(context: SteppedContext, quantum: Samples, stepFrames: Samples): OfflineSteps {
    const steps = known.get(context) ?? new OfflineSteps(context, quantum, stepFrames);
    known.set(context, steps);
    return steps;
  }

  /** Takes part until the returned function is called. */
  add(step: Step): () => void {
    this.#steps.add(step);
    return () => void this.#steps.delete(step);
  }

  #stopAt(frame: Samples): void {
    const { sampleRate, length } = this.#context;
    if (frame >= length) return;
    this.#context.suspend(frame / sampleRate).then(
      () => void this.#stopped(),
      // The host stops there, too.
      () => this.#stopAt(frame + this.#quantum),
    );
  }

  async #stopped(): Promise<void> {
    const { currentTime, sampleRate } = this.#context;
    const from = Math.round(currentTime * sampleRate);
    const to = from + this.#stepFrames;
    try {
      await Promise.all([...this.#steps].map((step) => step(from, to)));
    } catch (reason) {
      logWarning(`a step of an offline rendering failed: ${messageOf(reason)}`);
    }
    this.#stopAt(to);
    await this.#context.resume();
  }
}
