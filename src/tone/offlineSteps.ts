// An offline context that stands still every few milliseconds, so that those who play in it can keep up: what they send arrives, and is
// decoded, before the sound that it is meant for is rendered.
import type { Samples } from '../contract/units.ts';
import { InstrumentError } from '../instrument/instrumentError.ts';
import { isOffline } from '../worklet/workletModules.ts';

/** Whole render quanta of every usual size: the context stands still between quanta only. 11 ms at 48 kHz. */
export const stepFrames: Samples = 512;

/** Who plays in an offline context. */
export interface OfflineGuest {
  /** Nothing is rendered before this has settled. */
  readonly ready: Promise<unknown>;
  /** Brings everything up to date that is to be heard before `untilFrame`. */
  step(untilFrame: Samples): Promise<void>;
  /** The rendering is over: nothing that is made in its context is heard any more. */
  end(): void;
}

/** One for each context: it can stand still once at a time only. */
class OfflineSteps {
  readonly #context: OfflineAudioContext;
  readonly #guests = new Set<OfflineGuest>();

  constructor(context: OfflineAudioContext) {
    this.#context = context;
    const end = (): void => {
      for (const guest of this.#guests) guest.end();
    };
    context.addEventListener('complete', end, { once: true });
    this.#stopAt(0);
  }

  add(guest: OfflineGuest): void {
    this.#guests.add(guest);
  }

  remove(guest: OfflineGuest): void {
    this.#guests.delete(guest);
  }

  #stopAt(frame: Samples): void {
    const context = this.#context;
    if (frame >= context.length) return;
    void context.suspend(frame / context.sampleRate).then(
      () => this.#step(frame),
      // The host stands there itself, or the rendering has gone by.
      () => this.#stopAt(frame + stepFrames),
    );
  }

  async #step(frame: Samples): Promise<void> {
    const next = frame + stepFrames;
    for (const guest of this.#guests) {
      // Who cannot play is silent, and has told why: the others are rendered.
      await guest.ready.then(
        () => guest.step(next),
        () => this.remove(guest),
      );
    }
    this.#stopAt(next);
    await this.#context.resume();
  }
}

const known = new WeakMap<BaseAudioContext, OfflineSteps>();

/**
 * @throws InstrumentError where the browser cannot stop an offline context
 */
export function requireStops(context: BaseAudioContext): void {
  // Not in Firefox (153).
  if (!isOffline(context) || 'suspend' in context) return;
  throw new InstrumentError(
    'browser',
    "This browser's OfflineAudioContext has no suspend(), so nothing waits for the decoder; render in Chrome, Edge or Safari, or record " +
      'in real time with Tone.Recorder.',
  );
}

/**
 * Has an offline context wait for a guest, at its beginning and every `stepFrames` from then on. Call it before rendering begins.
 * @returns how to leave
 */
export function joinRendering(context: OfflineAudioContext, guest: OfflineGuest): () => void {
  const steps = known.get(context) ?? new OfflineSteps(context);
  known.set(context, steps);
  steps.add(guest);
  return () => steps.remove(guest);
}
