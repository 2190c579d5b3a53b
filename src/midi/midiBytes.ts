// Bytes of a port as messages, and messages as bytes. Whatever comes, nothing here throws: what is no MIDI is passed over.
import { positionsPerQuarter, type MidiMessage, type ParsedMessage } from './message.ts';

/** Names of channel messages by the upper half of their status, from 8, and how many data bytes follow. */
const channelMessages = [
  ['noteoff', 2],
  ['noteon', 2],
  ['keyaftertouch', 2],
  ['controlchange', 2],
  ['programchange', 1],
  ['channelaftertouch', 1],
  ['pitchbend', 2],
] as const;
/** Names of system messages that mean something here, by their status. */
const systemMessages: Readonly<Record<number, readonly [name: string, dataBytes: number]>> = {
  0xf2: ['songposition', 2],
  0xf8: ['clock', 0],
  0xfa: ['start', 0],
  0xfb: ['continue', 0],
  0xfc: ['stop', 0],
};
const firstSystem = 0xf0;
const exclusive = 0xf0;
const firstRealTime = 0xf8;

function meaningOf(status: number): readonly [name: string, dataBytes: number] | undefined {
  return status < firstSystem ? channelMessages[(status >> 4) - 8] : systemMessages[status];
}

/**
 * Reads the bytes of one event: usually one message, or several, with running status and real-time messages between. Data
 * without a status, messages that lack bytes, exclusive ones and undefined statuses are left out, and all that follows damage.
 * @param bytes what the port gave; anything that is no list of bytes holds no message
 */
export function readBytes(bytes: unknown): ParsedMessage[] {
  if (!(bytes instanceof Uint8Array)) return [];
  const messages: ParsedMessage[] = [];
  let status: number | undefined;
  let dataBytes: number[] = [];
  let isDue = false;
  const say = (of: number, data: number[]) => {
    const meaning = meaningOf(of);
    if (!meaning || data.length < meaning[1]) return false;
    messages.push({ type: meaning[0], channel: of < firstSystem ? (of & 15) + 1 : 0, dataBytes: data });
    return true;
  };
  for (const byte of bytes) {
    if (byte >= firstRealTime) {
      say(byte, []);
    } else if (byte >= 0x80) {
      // Where data was due it is damage, and what follows no message that was meant.
      if (isDue) break;
      status = byte;
      dataBytes = [];
      isDue = meaningOf(status) !== undefined || status === exclusive;
    } else if (status !== undefined && meaningOf(status)) {
      dataBytes.push(byte);
      isDue = true;
      if (!say(status, dataBytes)) continue;
      dataBytes = [];
      isDue = false;
      // Only channel messages may leave the status of the next one out.
      if (status >= firstSystem) status = undefined;
    }
  }
  return messages;
}

type Unstamped<T> = T extends unknown ? Omit<T, 'ms'> : never;
/** A message that is sent, whenever that is. */
export type OutMessage = Unstamped<MidiMessage>;

const bendCentre = 8192;
const mostPosition = 0x3fff;
const status: Readonly<Record<OutMessage['type'], number>> = {
  noteOff: 0x80,
  noteOn: 0x90,
  polyPressure: 0xa0,
  control: 0xb0,
  program: 0xc0,
  pressure: 0xd0,
  bend: 0xe0,
  position: 0xf2,
  clock: 0xf8,
  start: 0xfa,
  continue: 0xfb,
  stop: 0xfc,
};

const sevenBits = (value: number): number => Math.min(127, Math.max(0, Math.round(value)));
const fourteenBits = (raw: number): number[] => [raw & 127, raw >> 7];

/** The bytes of a message; data between two values is rounded. */
export function bytesOf(message: OutMessage): number[] {
  const first = status[message.type] + ('channel' in message ? message.channel - 1 : 0);
  switch (message.type) {
    case 'noteOn':
    case 'noteOff':
      return [first, message.note, sevenBits(message.velocity)];
    case 'polyPressure':
      return [first, message.note, sevenBits(message.data)];
    case 'control':
      return [first, message.controller, sevenBits(message.data)];
    case 'program':
    case 'pressure':
      return [first, sevenBits(message.data)];
    case 'bend': {
      const { bend } = message;
      return [
        first,
        ...fourteenBits(bendCentre + Math.round(bend * (bend < 0 ? bendCentre : bendCentre - 1))),
      ];
    }
    case 'position':
      return [
        first,
        ...fourteenBits(Math.min(mostPosition, Math.round(message.quarters * positionsPerQuarter))),
      ];
    default:
      return [first];
  }
}
