// Messages on their way to the kernel's port: controls of notes go several at a time, everything else as it comes.
import type { Samples } from '../contract/units.ts';
import type { KernelControl, ToKernel } from './kernelProtocol.ts';

/**
 * Posting a message costs as much as making ten, and a wheel under sixteen notes makes sixteen. So the controls of one task go
 * together, and where they come faster than this those of this time: what is sent for a frame has 2 ms for its way (see
 * `EventClock`).
 */
const busyMs = 2;

/** What an outbox stands on. */
export interface KernelOutboxOptions {
  readonly post: (message: ToKernel, transfer: Transferable[]) => void;
  /** False where a task may be the last one before everything is rendered. */
  readonly isLive: boolean;
  /** Milliseconds of any steady clock. */
  readonly now?: () => number;
}

/** Keeps the order of all that is sent. */
export class KernelOutbox {
  readonly #options: Required<KernelOutboxOptions>;
  #controls: KernelControl[] = [];
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushedAt = -Infinity;

  constructor(options: KernelOutboxOptions) {
    this.#options = { now: () => performance.now(), ...options };
  }

  /** Sends a message: controls when the task is over or soon after, anything else at once. */
  send(message: ToKernel, transfer: Transferable[] = []): void {
    if (message.type !== 'control') {
      this.flush();
      this.#options.post(message, transfer);
      return;
    }
    this.#add(message);
    if (this.#isDue) return;
    this.#isDue = true;
    const { now, isLive } = this.#options;
    const rest = this.#flushedAt + busyMs - now();
    if (isLive && rest > 0) this.#timer = setTimeout(() => this.flush(), rest);
    else
      queueMicrotask(() => {
        if (this.#timer === undefined) this.flush();
      });
  }

  /** Sends what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    const controls = this.#controls;
    if (controls.length === 0) return;
    this.#controls = [];
    this.#flushedAt = this.#options.now();
    const [first] = controls;
    this.#options.post(controls.length === 1 ? first : { type: 'controls', controls }, []);
  }

  /** The last of a note's controls takes the place of one that does no more than it, where both wait. */
  #add(control: KernelControl): void {
    const last = this.#controls.findLastIndex(({ noteId }) => noteId === control.noteId);
    const isOver = last >= 0 && control.noteId !== undefined && replaces(control, this.#controls[last]);
    if (isOver) this.#controls.splice(last, 1);
    this.#controls.push(control);
  }
}

/** Fields that say where a value is to be, whatever it was before. */
const levels: ReadonlySet<string> = new Set(['type', 'noteId', 'frame', 'pitchRatio', 'gain', 'pan']);
/** A render quantum: nobody hears a value that stood no longer. */
const quantumFrames: Samples = 128;

function replaces(later: KernelControl, earlier: KernelControl): boolean {
  const apart = (later.frame ?? NaN) - (earlier.frame ?? NaN);
  const isSoon = later.frame === earlier.frame || (apart >= 0 && apart < quantumFrames);
  return isSoon && Object.keys(earlier).every((field) => levels.has(field) && field in later);
}
