// What the decoder is asked for and how far it has got: revisions of the latent point, and the words in use.
import type { Seconds } from '../../contract/units.ts';
import { digitCount } from '../../model/manifest.ts';
import type { DecodeTarget, ToInference } from '../../model/protocol.ts';
import type { Situation } from '../decodeAhead.ts';
import { LatestWins, type StartTimer } from '../latestWins.ts';

/** A knob that moves asks for a new decode at most this often; a decode takes a few milliseconds. */
const retargetIntervalMs = 10;
const recentSlots = digitCount;

/** What the wishes stand on. */
export interface DecodeWishesOptions {
  readonly targets: (situation: Situation) => DecodeTarget[];
  /** Slots of notes that are held, however long, the latest first. */
  readonly held: () => Iterable<number>;
  readonly send: (message: ToInference) => void;
  readonly now: () => Seconds;
  /** How long a word is heard, as a guess for the order. */
  readonly clipSeconds: Seconds;
  readonly startTimer?: StartTimer | undefined;
}

/** Counts revisions and asks for targets, the latest point winning. */
export class DecodeWishes {
  readonly #options: DecodeWishesOptions;
  readonly #retarget: LatestWins;
  #sounding: { slot: number; until: Seconds }[] = [];
  #recent: number[] = [];
  #revision = 0;
  #settledRevision = -1;
  /** Speaker whose words come before the others'. */
  speaker = 0;

  constructor(options: DecodeWishesOptions) {
    this.#options = options;
    this.#retarget = new LatestWins(() => this.#post(), retargetIntervalMs, options.startTimer);
  }

  /** Counts moves of the latent point. */
  get revision(): number {
    return this.#revision;
  }

  /** True when every word has been decoded at the current latent point. */
  get settled(): boolean {
    return this.#settledRevision === this.#revision;
  }

  /** The point has moved. */
  move(): void {
    this.count();
    this.#retarget.request();
  }

  /** The point has moved, and `use` follows, which asks. */
  count(): void {
    this.#revision++;
  }

  /** Asks in a new order while the point is on the move; at a settled point every word is ready. */
  reorder(): void {
    if (!this.settled) this.#retarget.request();
  }

  /** A word starts to sound. */
  use(slot: number): void {
    const until = this.#options.now() + this.#options.clipSeconds;
    this.#sounding = [{ slot, until }, ...this.#sounding.filter((note) => note.slot !== slot)];
    this.#recent = [slot, ...this.#recent.filter((other) => other !== slot)].slice(0, recentSlots);
    this.reorder();
  }

  /** Nothing sounds any more. */
  clear(): void {
    this.#sounding = [];
  }

  /** The decoder has sent every word of a revision. */
  settledAt(revision: number): void {
    this.#settledRevision = Math.max(this.#settledRevision, revision);
  }

  /** Drops what is still to be sent. */
  dispose(): void {
    this.#retarget.cancel();
  }

  #post(): void {
    const now = this.#options.now();
    this.#sounding = this.#sounding.filter((note) => note.until > now);
    const sounding = [...new Set([...this.#options.held(), ...this.#sounding.map((note) => note.slot)])];
    const targets = this.#options.targets({ sounding, recent: this.#recent, speaker: this.speaker });
    this.#options.send({ type: 'targets', revision: this.#revision, targets });
  }
}
