// The order in which messages of a channel leave. A song tells them ahead, and what was told can not be taken back: what ends it
// or puts it right must not leave before it.
import type { OutMessage } from './midiBytes.ts';
import { resetControllers } from './portState.ts';

/** What is sent on a channel. */
export type ChannelMessage = Extract<OutMessage, { readonly channel: number }>;

/** Names what a message moves, among all that its channel has: what moves other things need not wait for it. */
function partOf(message: ChannelMessage): string {
  switch (message.type) {
    case 'noteOn':
    case 'noteOff':
      return `note ${message.note}`;
    case 'control':
      return `control ${message.controller}`;
    case 'polyPressure':
      return `polyPressure ${message.note}`;
    default:
      return message.type;
  }
}

/** When the last messages of a channel leave. */
class ChannelOrder {
  readonly partsMs = new Map<string, number>();
  /** Of the last reset, which moves everything but keys. */
  resetMs = -Infinity;
}

/** Knows what was sent to one output. Times are milliseconds of performance.now(). */
export class SendOrder {
  readonly #channels = new Map<number, ChannelOrder>();

  /**
   * The time at which a message leaves that is being sent.
   * @param ms when it should leave
   * @returns that, or later: when the last one leaves that moves the same
   */
  timeOf(message: ChannelMessage, ms: number): number {
    const channel = this.#channels.get(message.channel) ?? new ChannelOrder();
    this.#channels.set(message.channel, channel);
    const part = partOf(message);
    const isReset = message.type === 'control' && message.controller === resetControllers;
    const isKey = message.type === 'noteOn' || message.type === 'noteOff';
    let at = Math.max(ms, channel.partsMs.get(part) ?? -Infinity);
    if (!isKey) at = Math.max(at, channel.resetMs);
    if (isReset) {
      for (const [other, otherMs] of channel.partsMs) if (!isOfKey(other)) at = Math.max(at, otherMs);
      channel.resetMs = at;
    }
    channel.partsMs.set(part, at);
    return at;
  }
}

const isOfKey = (part: string): boolean => part.startsWith('note ');
