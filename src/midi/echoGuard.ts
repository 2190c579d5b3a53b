// Knows messages that were sent again when they come back: an output that is an input too, a virtual bus, a device that passes on.
// A hand may by chance play what was just sent: one message is no loop, in which everything comes back, and always after the same time.
import { bytesOf, type OutMessage } from './midiBytes.ts';

/**
 * What was sent comes back within this time: from an input of the output's own name, which is not sent what it has played
 * itself; and from others, where a hand may have played the same before and can not have struck it again so soon.
 */
const ownEchoMs = 250;
const otherEchoMs = 40;
/** Cables and buses are as fast as this: what comes later is an echo only where a loop is known. */
const promptMs = 20;
/** Clocks differ by so much. */
const earlyMs = 5;
/** Messages of a loop come back after the same time, but for what waits on a cable behind others. */
const steadyMs = 10;
/** So many messages in a row that came back make a loop. Transport is not played by chance, but may be said twice. */
const enoughReturns = 3;
const enoughOfTime = 2;
/** So many that did not come back end it. */
const mostMisses = 8;
/** Kinds of messages that are remembered; those of a second are some hundreds. */
const mostKinds = 1024;
const timeTypes: ReadonlySet<string> = new Set(['clock', 'start', 'stop', 'continue', 'position']);

/** Names a message; a device that passes a note-off on may say another velocity. */
function keyOf(message: OutMessage): string {
  return (message.type === 'noteOff' ? bytesOf(message).slice(0, 2) : bytesOf(message)).join(' ');
}

/** What devices pass on or keep back together: kinds of a channel. */
function familyOf(message: OutMessage): string {
  if (!('channel' in message)) return 'time';
  return `${message.type === 'noteOff' ? 'noteOn' : message.type} ${message.channel}`;
}

/** A message that was sent. */
interface Sent {
  readonly family: string;
  readonly ms: number;
  /** Inputs from which it came back. */
  readonly returned: Set<string>;
}

/** What speaks for a loop from an input, by messages of one family. */
interface Evidence {
  /** Messages in a row that came back, each after the time of the one before. */
  returns: number;
  delayMs: number;
  /** Messages that did not come back since one of a loop did. */
  misses: number;
  isLoop: boolean;
}

/** Remembers what was sent to one output. */
export class EchoGuard {
  readonly #sent = new Map<string, Sent[]>();
  /** In the order in which they were sent: those that may still come back from other inputs. */
  #waiting: Sent[] = [];
  /** By input and family. */
  readonly #inputs = new Map<string, Map<string, Evidence>>();

  /** @param ms when it leaves, which may lie ahead */
  sent(message: OutMessage, ms: number): void {
    // Ticks of a clock are too many and too alike.
    if (message.type === 'clock') return;
    const key = keyOf(message);
    const sent = { family: familyOf(message), ms, returned: new Set<string>() };
    const before = (this.#sent.get(key) ?? []).filter((other) => other.ms > ms - ownEchoMs);
    this.#sent.delete(key);
    this.#sent.set(key, [...before, sent]);
    if (this.#sent.size > mostKinds) this.#sent.delete(this.#sent.keys().next().value!);
    this.#waiting.push(sent);
    if (this.#waiting.length > 2 * mostKinds) this.#waiting = this.#waiting.slice(mostKinds);
  }

  /**
   * True where a message is one that was sent; each comes back once from each input.
   * @param isOwn true where the input bears the output's name
   * @param sendsClock true while a clock is sent: what comes back of time is not obeyed
   */
  isEcho(message: OutMessage, ms: number, device: string, isOwn: boolean, sendsClock: boolean): boolean {
    this.#countMisses(ms);
    const families = this.#inputs.get(device) ?? new Map<string, Evidence>();
    this.#inputs.set(device, families);
    const isOfTime = timeTypes.has(message.type);
    const within = isOwn ? ownEchoMs : otherEchoMs;
    const found = this.#sent
      .get(keyOf(message))
      ?.find((one) => !one.returned.has(device) && ms >= one.ms - earlyMs && ms <= one.ms + within);
    const isOfLoop = isOwn || [...families.values()].some(({ isLoop }) => isLoop);
    if (!found) return sendsClock && isOfTime && isOfLoop;
    found.returned.add(device);
    const evidence = evidenceOf(families, found.family);
    const delayMs = ms - found.ms;
    const wasDeaf = evidence.misses >= mostMisses;
    const isSteady = evidence.returns > 0 && Math.abs(delayMs - evidence.delayMs) <= steadyMs;
    evidence.returns = isSteady ? evidence.returns + 1 : 1;
    evidence.delayMs = delayMs;
    if (evidence.returns >= (isOfTime ? enoughOfTime : enoughReturns)) evidence.isLoop = true;
    if (evidence.isLoop) evidence.misses = 0;
    return isOwn || isOfTime || evidence.isLoop || (delayMs <= promptMs && !wasDeaf);
  }

  /** Another output is sent to. */
  clear(): void {
    this.#sent.clear();
    this.#waiting = [];
    this.#inputs.clear();
  }

  /** Messages whose time to come back is over. */
  #countMisses(nowMs: number): void {
    let over = 0;
    while (over < this.#waiting.length && this.#waiting[over].ms + otherEchoMs < nowMs) over++;
    for (const { family, returned } of this.#waiting.splice(0, over)) {
      for (const [device, families] of this.#inputs) {
        if (returned.has(device)) continue;
        const evidence = evidenceOf(families, family);
        evidence.returns = 0;
        evidence.misses++;
        if (evidence.misses >= mostMisses) evidence.isLoop = false;
      }
    }
  }
}

function evidenceOf(families: Map<string, Evidence>, family: string): Evidence {
  const evidence = families.get(family) ?? { returns: 0, delayMs: 0, misses: 0, isLoop: false };
  families.set(family, evidence);
  return evidence;
}
