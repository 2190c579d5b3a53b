// Walks through an offline rendering: the context stands still again and again, so that those who play in it can say what comes next, and
// have it decoded, before it is rendered. A message that is posted just before `startRendering` would not be seen in a short rendering.
import { messageOf } from '../contract/errors.ts';
import type { Samples } from '../contract/units.ts';
import { logWarning } from '../log.ts';

/** Frames of a render quantum; contexts of today take none, and those of tomorrow say theirs. */
export function quantumOf(context: object): Samples {
  const { renderQuantumSize } = context as { readonly renderQuantumSize?: number };
  return renderQuantumSize ?? 128;
}

/** Who plays in an offline context. */
export interface RenderGuest {
  /** From stop to stop, whole quanta; of several guests the least counts. */
  readonly stepFrames: Samples;
  /** Nothing is rendered before this has settled; a guest for whom it rejects is left out. */
  readonly ready?: Promise<unknown>;
  /** Brings up to date what is heard in frames `from` to `to`, which are rendered once it has resolved. */
  step(from: Samples, to: Samples): Promise<void>;
  /** The rendering is over: nothing that is made in its context is heard any more. */
  end?(): void;
}

/** What is used of a context. */
export type SteppedContext = Pick<
  OfflineAudioContext,
  'currentTime' | 'sampleRate' | 'length' | 'suspend' | 'resume' | 'addEventListener'
>;

/** One for each context: it can stand still once at a time only. */
class RenderStops {
  readonly #context: SteppedContext;
  readonly #guests = new Set<RenderGuest>();

  constructor(context: SteppedContext) {
    this.#context = context;
    const end = (): void => {
      for (const guest of this.#guests) guest.end?.();
    };
    context.addEventListener('complete', end, { once: true });
    this.#stopAt(0);
  }

  add(guest: RenderGuest): void {
    // It is looked at when it is waited for.
    guest.ready?.catch(() => undefined);
    this.#guests.add(guest);
  }

  remove(guest: RenderGuest): void {
    this.#guests.delete(guest);
  }

  #stopAt(frame: Samples): void {
    const { sampleRate, length } = this.#context;
    if (frame >= length) return;
    this.#context.suspend(frame / sampleRate).then(
      () => void this.#stopped(),
      // The host stops there, too.
      () => this.#stopAt(frame + quantumOf(this.#context)),
    );
  }

  async #stopped(): Promise<void> {
    const { currentTime, sampleRate } = this.#context;
    const from = Math.round(currentTime * sampleRate);
    const step = Math.min(...[...this.#guests].map(({ stepFrames }) => stepFrames));
    // Nobody is left, and nobody who comes later was promised a stop.
    const to = Number.isFinite(step) ? from + step : this.#context.length;
    await Promise.all([...this.#guests].map((guest) => this.#prepare(guest, from, to)));
    this.#stopAt(to);
    await this.#context.resume();
  }

  async #prepare(guest: RenderGuest, from: Samples, to: Samples): Promise<void> {
    try {
      await guest.ready;
    } catch {
      // Who cannot play is silent, and has told why: the others are rendered.
      this.remove(guest);
      return;
    }
    try {
      await guest.step(from, to);
    } catch (reason) {
      logWarning(`a step of an offline rendering failed: ${messageOf(reason)}`);
    }
  }
}

const known = new WeakMap<object, RenderStops>();

/**
 * Has an offline context wait for a guest, at its beginning and every few frames from then on. Call it before rendering begins.
 * @returns how to leave
 */
export function joinRendering(context: SteppedContext, guest: RenderGuest): () => void {
  const stops = known.get(context) ?? new RenderStops(context);
  known.set(context, stops);
  stops.add(guest);
  return () => stops.remove(guest);
}
