// What inputs say on its way to the router: at once as long as the page keeps up, in portions with room between them when it does not.
import type { MidiMessage } from './message.ts';

/** Milliseconds that messages may be carried out for before the page is let on to other things. */
const portionMs = 12;
/** Portions count anew when nothing has been carried out for so long. */
const windowMs = 50;
/** Note-ons that can wait; further ones are given up. What ends notes always finds room. */
const mostNotes = 512;
/**
 * Controllers of which each message counts, whatever comes after it: bank, data entry, pedals, numbers of parameters, and those
 * that are switches of the whole channel (MIDI 1.0).
 */
const eachCounts = new Set([0, 6, 32, 38, 64, 65, 66, 67, 68, 69, 84, 88, 96, 97, 98, 99, 100, 101]);
const firstMode = 120;

/** Calls back once, soon, when others have had their turn. */
export type Later = (callback: () => void) => void;

/** What an intake stands on. */
export interface IntakeOptions {
  /** Milliseconds of any steady clock. Default: the page's. */
  readonly now?: () => number;
  /** Default: the page's timers. */
  readonly later?: Later;
  /** Calls back once the code that runs has come to its end. Default: a microtask. */
  readonly afterRun?: Later;
}

interface Waiting {
  readonly message: MidiMessage;
  readonly handle: (message: MidiMessage) => void;
  /** False once a later value has taken its place. */
  counts: boolean;
}

/**
 * The order of messages stays, with one exception: of the values of a controller, bend or pressure that wait the last one
 * counts, at its own place. So a flood of any length waits in a queue that is bounded by what can be moved, and notes end.
 */
export class Intake {
  readonly #now: () => number;
  readonly #later: Later;
  readonly #afterRun: Later;
  #queue: Waiting[] = [];
  readonly #values = new Map<string, Waiting>();
  #notes = 0;
  #isDue = false;
  #isSameRun = false;
  #windowFrom = -Infinity;
  #spent = 0;
  #givenUp = 0;

  constructor({
    now = () => performance.now(),
    later = (act) => void setTimeout(act),
    afterRun = queueMicrotask,
  }: IntakeOptions = {}) {
    this.#now = now;
    this.#later = later;
    this.#afterRun = (act) => afterRun(act);
  }

  /** Messages that wait. */
  get length(): number {
    return this.#queue.length;
  }

  /** Note-ons that found no room. */
  get givenUp(): number {
    return this.#givenUp;
  }

  /**
   * Carries a message out, or has it wait behind those that wait.
   * @param port tells inputs apart whose values are not each other's
   * @param handle carries it out
   */
  take(port: string, message: MidiMessage, handle: (message: MidiMessage) => void): void {
    const now = this.#now();
    if (now - this.#windowFrom > windowMs) {
      this.#windowFrom = now;
      this.#spent = 0;
    }
    if (this.#queue.length === 0 && (this.#isSameRun || this.#spent < portionMs)) {
      this.#beginRun();
      try {
        handle(message);
      } finally {
        this.#spent += this.#now() - now;
      }
      return;
    }
    this.#add(port, message, handle);
    this.#schedule();
  }

  /** What one task brings is carried out in it: nothing else would have its turn before it ends. */
  #beginRun(): void {
    if (this.#isSameRun) return;
    this.#isSameRun = true;
    this.#afterRun(() => (this.#isSameRun = false));
  }

  /** Everything was silenced: keys that wait are not to sound after that. What ends notes, and all else, is carried out in its turn. */
  giveUpNotes(): void {
    for (const waiting of this.#queue) if (waiting.message.type === 'noteOn') waiting.counts = false;
  }

  /** Carries out all that waits, now: before a port goes. */
  flush(): void {
    this.#carryOut(Infinity);
  }

  #add(port: string, message: MidiMessage, handle: (message: MidiMessage) => void): void {
    if (message.type === 'noteOn') {
      if (this.#notes >= mostNotes) {
        this.#givenUp++;
        return;
      }
      this.#notes++;
    }
    const waiting = { message, handle, counts: true };
    const key = keyOf(message);
    if (key !== undefined) {
      const name = `${port} ${key}`;
      const before = this.#values.get(name);
      if (before) before.counts = false;
      this.#values.set(name, waiting);
    }
    this.#queue.push(waiting);
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#later(() => {
      this.#isDue = false;
      try {
        this.#carryOut(this.#now() + portionMs);
      } finally {
        // Also where one of them could not be carried out: the end of a note may wait behind it.
        if (this.#queue.length > 0) this.#schedule();
      }
    });
  }

  #carryOut(until: number): void {
    const queue = this.#queue;
    let at = 0;
    try {
      while (at < queue.length && this.#now() < until) {
        const { message, handle, counts } = queue[at++];
        if (message.type === 'noteOn') this.#notes--;
        if (counts) handle(message);
      }
    } finally {
      this.#queue = queue.slice(at);
      if (this.#queue.length === 0) this.#values.clear();
      this.#windowFrom = this.#now();
      this.#spent = 0;
    }
  }
}

/** What a value is the value of; undefined for messages of which each counts. */
function keyOf(message: MidiMessage): string | undefined {
  switch (message.type) {
    case 'control': {
      const { channel, controller } = message;
      const isValue = controller < firstMode && !eachCounts.has(controller);
      return isValue ? `control ${channel} ${controller}` : undefined;
    }
    case 'polyPressure':
      return `polyPressure ${message.channel} ${message.note}`;
    case 'bend':
    case 'pressure':
      return `${message.type} ${message.channel}`;
    default:
      return undefined;
  }
}
