// Messages on their way to the kernel's port: changes of what sounds go several at a time, everything else as it comes.
import type { Samples } from '../contract/units.ts';
import type { KernelChange, ToKernel } from './kernelProtocol.ts';

/**
 * Posting a message costs as much as making ten, and a wheel under sixteen notes makes sixteen. So the changes of one task go
 * together, and where they come faster than this those of this time: what is sent for a frame has 2 ms for its way (see
 * `EventClock`).
 */
const busyMs = 2;
/** A render quantum: nobody hears a value that stood no longer. */
const quantumFrames: Samples = 128;
/** Fields of a control that say where a value is to be, whatever it was before. */
const levels: ReadonlySet<string> = new Set(['type', 'noteId', 'frame', 'pitchRatio', 'gain', 'pan']);

/** What an outbox stands on. */
export interface KernelOutboxOptions {
  readonly post: (message: ToKernel) => void;
  /** False where a task may be the last one before everything is rendered. */
  readonly isLive: boolean;
  /** Milliseconds of any steady clock. Default: the page's. */
  readonly now?: () => number;
}

/** Keeps the order of all that is sent, but for values that others take the place of within a render quantum. */
export class KernelOutbox {
  readonly #options: Required<KernelOutboxOptions>;
  #changes: KernelChange[] = [];
  #isDue = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #flushedAt = -Infinity;

  constructor(options: KernelOutboxOptions) {
    this.#options = { now: () => performance.now(), ...options };
  }

  /** Sends a message: changes when the task is over or soon after, anything else at once. */
  send(message: ToKernel): void {
    if (message.type !== 'control' && message.type !== 'parameters') {
      this.flush();
      this.#options.post(message);
      return;
    }
    this.#add(message);
    if (this.#isDue) return;
    this.#isDue = true;
    const { now, isLive } = this.#options;
    const rest = this.#flushedAt + busyMs - now();
    if (isLive && rest > 0) this.#timer = setTimeout(() => this.flush(), rest);
    else void Promise.resolve().then(() => this.#timer === undefined && this.flush());
  }

  /** Sends what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#isDue = false;
    const changes = this.#changes;
    if (changes.length === 0) return;
    this.#changes = [];
    this.#flushedAt = this.#options.now();
    this.#options.post(changes.length === 1 ? changes[0] : { type: 'changes', changes });
  }

  #add(change: KernelChange): void {
    const over = this.#changes.findLastIndex((earlier) => replaces(change, earlier));
    if (over >= 0) this.#changes.splice(over, 1);
    this.#changes.push(change);
  }
}

/** True where an earlier change is heard no longer than a render quantum. */
function replaces(later: KernelChange, earlier: KernelChange): boolean {
  const apart = (later.frame ?? NaN) - (earlier.frame ?? NaN);
  if (later.frame !== earlier.frame && !(apart >= 0 && apart < quantumFrames)) return false;
  if (later.type === 'parameters' || earlier.type === 'parameters') return later.type === earlier.type;
  if (later.noteId === undefined || later.noteId !== earlier.noteId) return false;
  return Object.keys(earlier).every((field) => levels.has(field) && field in later);
}
