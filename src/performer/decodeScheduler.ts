// What the decoder is asked for and how far it has got: revisions of the latent points, and the words in use.
import type { Seconds } from '../contract/units.ts';
import { digitCount } from '../contract/vocabulary.ts';
import type { ToInference } from '../model/inferenceProtocol.ts';
import type { Situation } from './decodeOrder.ts';
import { LatestWins, type StartTimer } from './latestWins.ts';
import type { SlotTarget } from './wordSlots.ts';

/** A knob that moves asks for a new decode at most this often; a decode takes a few milliseconds. */
const retargetIntervalMs = 10;
const recentSlots = digitCount;

/** What the scheduler stand on. */
export interface DecodeSchedulerOptions {
  readonly targets: (situation: Situation) => SlotTarget[];
  /** Slots of notes that are held, however long, the most urgent first. */
  readonly held: () => Iterable<number>;
  /** Slots of notes that are held but most likely silent; they come after what rings. */
  readonly finished: () => Iterable<number>;
  readonly send: (message: ToInference) => void;
  readonly now: () => Seconds;
  /** How long a word is heard, as a guess for the order. */
  readonly clipSeconds: Seconds;
  readonly startTimer?: StartTimer | undefined;
  /** True asks for nothing but what sounds, as each note begins. Default false. */
  readonly soundingOnly?: boolean;
}

/** Counts revisions and asks for targets, the latest point winning. */
export class DecodeScheduler {
  readonly #options: DecodeSchedulerOptions;
  readonly #retarget: LatestWins;
  /** True while the waiting decoder is still to be asked. */
  #isDue = false;
  #sounding: { slot: number; until: Seconds }[] = [];
  #recent: number[] = [];
  #revision = 0;
  /** The revision at which all points have moved, and later ones of single slots. */
  #common = 0;
  readonly #moved = new Map<number, number>();
  #isAsked = true;
  #settledRevision = -1;
  /** Speaker whose words come before the others'. */
  speaker = 0;
  /**
   * True where sound waits for the decoder: it is asked for what sounds and nothing ahead, and each note that begins asks anew, so that
   * `caughtUp` tells when it can be heard.
   */
  isWaitedFor = false;

  constructor(options: DecodeSchedulerOptions) {
    this.#options = options;
    this.#retarget = new LatestWins(() => this.#post(), retargetIntervalMs, options.startTimer);
  }

  /** Counts moves of latent points. */
  get revision(): number {
    return this.#revision;
  }

  /** The revision at which a slot's point moved last. */
  revisionOf(slot: number): number {
    return this.#moved.get(slot) ?? this.#common;
  }

  /** True when every word has been decoded at the current latent point. */
  get settled(): boolean {
    return this.#settledRevision >= this.#common;
  }

  /** True when everything has been decoded that was asked for, the points of single notes too. */
  get caughtUp(): boolean {
    return this.#settledRevision >= this.#revision;
  }

  /** The common point has moved. */
  move(): void {
    this.#common = ++this.#revision;
    this.#moved.clear();
    this.#request();
  }

  /** The points of some slots have moved; `use` or `ask` follows. */
  touch(slots: readonly number[]): void {
    this.#revision++;
    for (const slot of slots) this.#moved.set(slot, this.#revision);
    this.#isAsked = false;
  }

  /** Asks for what was touched. */
  ask(): void {
    if (!this.#isAsked) this.#request();
  }

  /** The points of all that sounds have moved. */
  moveSounding(): void {
    const { sounding } = this.#sounds();
    if (sounding.length === 0) return;
    this.touch(sounding);
    this.ask();
  }

  /** Asks in a new order while the point is on the move; at a settled point every word is ready. */
  reorder(): void {
    if (!this.settled || this.#options.soundingOnly) this.#request();
  }

  /** A word starts to sound. */
  use(slot: number): void {
    const until = this.#options.now() + this.#options.clipSeconds;
    this.#sounding = [{ slot, until }, ...this.#sounding.filter((note) => note.slot !== slot)];
    this.#recent = [slot, ...this.#recent.filter((other) => other !== slot)].slice(0, recentSlots);
    if (this.isWaitedFor) this.touch([slot]);
    this.reorder();
    this.ask();
  }

  /** What sounds in a slot is heard until a time at least. */
  linger(slot: number, until: Seconds): void {
    const found = this.#sounding.find((note) => note.slot === slot);
    if (found) found.until = Math.max(found.until, until);
    else this.#sounding.push({ slot, until });
  }

  /** Nothing sounds any more. */
  clear(): void {
    this.#sounding = [];
  }

  /** The decoder has sent every word of a revision. */
  settledAt(revision: number): void {
    this.#settledRevision = Math.max(this.#settledRevision, revision);
  }

  /** Asks for every word once more: another decoder knows nothing of what was asked before. */
  repeat(): void {
    this.#retarget.cancel();
    this.#post(true);
  }

  /** Drops what is still to be sent. */
  dispose(): void {
    this.#retarget.cancel();
  }

  #request(): void {
    const { soundingOnly, startTimer } = this.#options;
    if (!soundingOnly || !startTimer) return this.#retarget.request();
    // Who waits for the decoder asks once for all that has come by then.
    if (this.#isDue) return;
    this.#isDue = true;
    startTimer(() => {
      this.#isDue = false;
      this.#post();
    }, 0);
  }

  #sounds(): { readonly held: number; readonly sounding: readonly number[] } {
    const now = this.#options.now();
    this.#sounding = this.#sounding.filter((note) => note.until > now);
    const held = new Set(this.#options.held());
    const ringing = this.#sounding.map(({ slot }) => slot);
    return { held: held.size, sounding: [...new Set([...held, ...ringing, ...this.#options.finished()])] };
  }

  #post(everything = false): void {
    this.#isAsked = true;
    const { held, sounding } = this.#sounds();
    const isAhead = this.#options.soundingOnly !== true && !this.isWaitedFor;
    const soundingOnly = (this.settled && !everything) || !isAhead;
    const situation = { sounding, recent: this.#recent, speaker: this.speaker, soundingOnly };
    const targets = this.#options
      .targets(situation)
      .map((target) => ({ ...target, revision: this.revisionOf(target.slot) }));
    this.#options.send({ type: 'targets', revision: this.#revision, held, targets });
  }
}
