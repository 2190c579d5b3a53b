// What a port says, as one union of plain messages: midiBytes.ts takes the bytes apart, this names the parts that are used.

/** A message taken apart. */
export interface ParsedMessage {
  /** Its kind: `noteon`, `controlchange`, `clock` ... */
  readonly type: string;
  /** 1..16; 0 for messages of the system. */
  readonly channel: number;
  readonly dataBytes: readonly number[];
}

/** What a channel does; channels are 1..16, `data`, notes and velocities 0..127, `bend` -1..1, exactly 0 at the centre. */
export type ChannelMessage =
  | {
      readonly type: 'noteOn' | 'noteOff';
      readonly channel: number;
      readonly note: number;
      readonly velocity: number;
    }
  | { readonly type: 'polyPressure'; readonly channel: number; readonly note: number; readonly data: number }
  | { readonly type: 'pressure' | 'program'; readonly channel: number; readonly data: number }
  | {
      readonly type: 'control';
      readonly channel: number;
      readonly controller: number;
      readonly data: number;
    }
  | { readonly type: 'bend'; readonly channel: number; readonly bend: number };

/**
 * One message; `ms` is its time stamp on the page's clock, see ChannelMessage for ranges.
 */
export type MidiMessage = { readonly ms: number } & (
  | ChannelMessage
  | { readonly type: 'clock' | 'start' | 'stop' | 'continue' }
  /** Song position, in quarter notes from the beginning. */
  | { readonly type: 'position'; readonly quarters: number }
);

const bendCentre = 8192;
/** A song position counts sixteenths (MIDI 1.0: six clocks). */
export const positionsPerQuarter = 4;

/** Pitch bend -1..1 of its 14 bits; both ends are reached, and the centre is exactly 0. */
export function bendOf(raw: number): number {
  const away = raw - bendCentre;
  return away < 0 ? away / bendCentre : away / (bendCentre - 1);
}

/**
 * Reads a parsed message, or returns undefined for kinds that mean nothing here and for messages that lack
 * bytes. A note-on with velocity 0 is a note-off with the velocity 64 that MIDI 1.0 names for keyboards that do
 * not sense the release.
 */
export function readMessage(parsed: ParsedMessage, ms: number): MidiMessage | undefined {
  const { type, channel, dataBytes } = parsed;
  const first = dataBytes[0] ?? NaN;
  const second = dataBytes[1] ?? NaN;
  const pair = !Number.isNaN(first) && !Number.isNaN(second);
  switch (type) {
    case 'noteon':
      if (!pair) return undefined;
      if (second === 0) return { type: 'noteOff', channel, note: first, velocity: 64, ms };
      return { type: 'noteOn', channel, note: first, velocity: second, ms };
    case 'noteoff':
      return pair ? { type: 'noteOff', channel, note: first, velocity: second, ms } : undefined;
    case 'keyaftertouch':
      return pair ? { type: 'polyPressure', channel, note: first, data: second, ms } : undefined;
    case 'controlchange':
      return pair ? { type: 'control', channel, controller: first, data: second, ms } : undefined;
    case 'pitchbend':
      return pair ? { type: 'bend', channel, bend: bendOf(first + 128 * second), ms } : undefined;
    case 'channelaftertouch':
      return Number.isNaN(first) ? undefined : { type: 'pressure', channel, data: first, ms };
    case 'programchange':
      return Number.isNaN(first) ? undefined : { type: 'program', channel, data: first, ms };
    case 'songposition':
      return pair
        ? { type: 'position', quarters: (first + 128 * second) / positionsPerQuarter, ms }
        : undefined;
    case 'clock':
    case 'start':
    case 'stop':
    case 'continue':
      return { type, ms };
    default:
      return undefined;
  }
}
