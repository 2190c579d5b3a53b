// What inputs say on its way to the router: at once as long as the page keeps up, in portions with room between them when it does not.
import type { MidiMessage } from './message.ts';

/** Milliseconds that messages may be carried out for before the page is let on to other things. */
const portionMs = 12;
/** Portions count anew when nothing has been carried out for so long. */
const windowMs = 50;
/** A note-on that comes so long after it was struck, as when the page was held up, waits for what came with it ... */
const staleMs = 300;
/** ... so long: all that lay waiting for the page has come by then. */
const gatherMs = 20;
/** Note-ons that can wait; further ones are given up. What ends notes always finds room. */
const mostNotes = 512;
/**
 * Controllers of which each message counts, whatever comes after it: bank, data entry, pedals, numbers of parameters, and those
 * that are switches of the whole channel (MIDI 1.0).
 */
const eachCounts = new Set([0, 6, 32, 38, 64, 65, 66, 67, 68, 69, 84, 88, 96, 97, 98, 99, 100, 101]);
const firstMode = 120;

/** Calls back once, soon, when others have had their turn. */
export type Later = (callback: () => void, milliseconds?: number) => void;

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
  readonly port: string;
  /** False once a later value has taken its place. */
  counts: boolean;
  /** Of a note-on: the end of the note, or its next stroke, waits behind it. */
  isOver: boolean;
}

/**
 * The order of messages stays, with one exception: of the values of a controller, bend or pressure that wait the last one
 * counts, at its own place. Notes that were over long before the page could play them are left out: they would all sound at
 * once. So a flood of any length waits in a queue that is bounded by what can be moved, and notes end.
 */
export class Intake {
  readonly #now: () => number;
  readonly #later: Later;
  readonly #afterRun: Later;
  #queue: Waiting[] = [];
  readonly #values = new Map<string, Waiting>();
  /** The latest note-on of each key, among those that wait. */
  readonly #strokes = new Map<string, Waiting>();
  /** Least that messages of each port have been late: a driver's clock may lie beside the page's. */
  readonly #leastAges = new Map<string, number>();
  #notes = 0;
  #isDue = false;
  #isSameRun = false;
  #windowFrom = -Infinity;
  #spent = 0;
  #givenUp = 0;

  constructor({
    now = () => performance.now(),
    later = (act, milliseconds) => void setTimeout(act, milliseconds),
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
    const isStale =
      !this.#isSameRun && message.type === 'noteOn' && this.#ageOf(port, message, now) > staleMs;
    if (this.#queue.length === 0 && !isStale && (this.#isSameRun || this.#spent < portionMs)) {
      this.#beginRun();
      try {
        handle(message);
      } finally {
        this.#spent += this.#now() - now;
      }
      return;
    }
    this.#add(port, message, handle);
    this.#schedule(isStale ? gatherMs : 0);
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
    const waiting = { message, handle, port, counts: true, isOver: false };
    if (message.type === 'noteOn' || message.type === 'noteOff') {
      const name = `${port} ${message.channel} ${message.note}`;
      const stroke = this.#strokes.get(name);
      if (stroke) stroke.isOver = true;
      if (message.type === 'noteOn') this.#strokes.set(name, waiting);
      else this.#strokes.delete(name);
    }
    const key = keyOf(message);
    if (key !== undefined) {
      const name = `${port} ${key}`;
      const before = this.#values.get(name);
      if (before) before.counts = false;
      this.#values.set(name, waiting);
    }
    this.#queue.push(waiting);
  }

  /** Milliseconds since it was struck. */
  #ageOf(port: string, { ms }: MidiMessage, now: number): number {
    const least = Math.min(this.#leastAges.get(port) ?? Infinity, now - ms);
    this.#leastAges.set(port, least);
    return now - ms - Math.max(0, least);
  }

  #schedule(milliseconds = 0): void {
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
    }, milliseconds);
  }

  #carryOut(until: number): void {
    const queue = this.#queue;
    let at = 0;
    try {
      while (at < queue.length && this.#now() < until) {
        const { message, handle, port, counts, isOver } = queue[at++];
        if (message.type === 'noteOn') {
          this.#notes--;
          // Nobody waits any more for what was over before the page could play it.
          if (isOver && this.#ageOf(port, message, this.#now()) > staleMs) continue;
        }
        if (counts) handle(message);
      }
    } finally {
      this.#queue = queue.slice(at);
      if (this.#queue.length === 0) {
        this.#values.clear();
        this.#strokes.clear();
      }
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
