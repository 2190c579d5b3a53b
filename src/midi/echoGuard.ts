// Knows messages that were sent again when they come back: an output that is an input too, a virtual bus, a device that passes on.
import { bytesOf, type OutMessage } from './midiBytes.ts';

/**
 * What was sent comes back within this time: from an input of the output's own name, which is not sent what it has played
 * itself; and from others, where a hand may have played the same before and can not have struck it again so soon.
 */
const ownEchoMs = 250;
const otherEchoMs = 40;
/** Clocks differ by so much. */
const earlyMs = 5;
/** Kinds of messages that are remembered; those of a second are some hundreds. */
const mostKinds = 1024;
const timeTypes: ReadonlySet<string> = new Set(['clock', 'start', 'stop', 'continue', 'position']);

/** Names a message; a device that passes a note-off on may say another velocity. */
function keyOf(message: OutMessage): string {
  return (message.type === 'noteOff' ? bytesOf(message).slice(0, 2) : bytesOf(message)).join(' ');
}

/** Remembers what was sent to one output. */
export class EchoGuard {
  /** Times at which a message was sent and has not come back. */
  #sent = new Map<string, number[]>();
  /** Inputs of other names from which something came back. */
  readonly #loops = new Set<string>();

  /** @param ms when it leaves, which may lie ahead */
  sent(message: OutMessage, ms: number): void {
    // Ticks of a clock are too many and too alike.
    if (message.type === 'clock') return;
    const key = keyOf(message);
    const times = (this.#sent.get(key) ?? []).filter((at) => at > ms - ownEchoMs);
    this.#sent.delete(key);
    this.#sent.set(key, [...times, ms]);
    if (this.#sent.size > mostKinds) this.#sent.delete(this.#sent.keys().next().value!);
  }

  /**
   * True where a message is one that was sent; each comes back from an input once.
   * @param isOwn true where the input bears the output's name
   * @param sendsClock true while a clock is sent: what comes back of time is not obeyed
   */
  isEcho(message: OutMessage, ms: number, device: string, isOwn: boolean, sendsClock: boolean): boolean {
    if (sendsClock && timeTypes.has(message.type) && (isOwn || this.#loops.has(device))) return true;
    const key = keyOf(message);
    const times = this.#sent.get(key);
    const within = isOwn ? ownEchoMs : otherEchoMs;
    const at = times?.findIndex((sent) => ms >= sent - earlyMs && ms <= sent + within) ?? -1;
    if (!times || at < 0) return false;
    this.#sent.set(key, times.toSpliced(at, 1));
    if (!isOwn) this.#loops.add(device);
    return true;
  }

  /** Another output is sent to. */
  clear(): void {
    this.#sent = new Map();
    this.#loops.clear();
  }
}
