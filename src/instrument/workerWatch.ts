// Asks a worker again and again whether it is alive, and tells when it does not answer. Runs on the page, which may itself be held up.

/** How often it is asked. */
const pingMs = 150;
/** Silence of this length is a fault, for a worker that decodes in milliseconds. */
const patienceMs = 700;
/** While it loads: shaders that are compiled in software, or a first decode in plain JavaScript, leave no time to answer. */
const loadingPatienceMs = 30_000;
/** Its program is at hand: a worker that takes the place of another says something as soon as it has been read. */
const startingPatienceMs = 2000;
/** A decode that lasts so many times as long as usual is stuck. */
const timesUsual = 4;
const mostPatienceMs = 30_000;

/** What is watched, and who is told. */
export interface WatchedWorker {
  readonly ping: () => void;
  /** Once for a silence, with its length. */
  readonly onSilence: (seconds: number) => void;
  /** It answers after all. */
  readonly onBack: () => void;
}

/**
 * Counts silence in ticks of the page, not by the clock: while the page is held up, hidden or asleep, answers wait unread, and a late
 * tick counts for two at most.
 */
export class WorkerWatch {
  readonly #watched: WatchedWorker;
  #timer: ReturnType<typeof setInterval> | undefined;
  #patienceMs = loadingPatienceMs;
  #silenceMs = 0;
  #lastTick = 0;
  #isSilent = false;
  #isStarting = false;
  #hasAnswered = false;

  constructor(watched: WatchedWorker) {
    this.#watched = watched;
  }

  /** @param isReplacement true where nothing has to come over the network first */
  start(isReplacement: boolean): void {
    if (isReplacement) this.#patienceMs = startingPatienceMs;
    this.#isStarting = isReplacement;
    this.#lastTick = performance.now();
    this.#watched.ping();
    this.#timer = setInterval(() => this.#tick(), pingMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** It has loaded; a decode usually lasts so long. */
  expect(decodeMilliseconds: number): void {
    this.#isStarting = false;
    this.#patienceMs = Math.min(mostPatienceMs, Math.max(patienceMs, timesUsual * decodeMilliseconds));
    this.alive();
  }

  /** False for one that never said anything. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** It has said something. */
  alive(): void {
    this.#hasAnswered = true;
    this.#silenceMs = 0;
    if (this.#isStarting) this.#patienceMs = loadingPatienceMs;
    if (!this.#isSilent) return;
    this.#isSilent = false;
    // It takes longer than was thought.
    this.#patienceMs = Math.min(mostPatienceMs, 2 * this.#patienceMs);
    this.#watched.onBack();
  }

  /** It answers; a decode that hangs while it does, as with a lost graphics context, is silence all the same. */
  pong(decodingMilliseconds: number): void {
    if (decodingMilliseconds < this.#patienceMs) this.alive();
    else this.#tellSilence(decodingMilliseconds);
  }

  #tick(): void {
    if (this.#timer === undefined) return;
    const now = performance.now();
    this.#silenceMs += Math.min(now - this.#lastTick, 2 * pingMs);
    this.#lastTick = now;
    if (this.#silenceMs >= this.#patienceMs) this.#tellSilence(this.#silenceMs);
    this.#watched.ping();
  }

  #tellSilence(milliseconds: number): void {
    if (this.#isSilent) return;
    this.#isSilent = true;
    this.#watched.onSilence(milliseconds / 1000);
  }
}
