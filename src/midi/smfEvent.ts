// One event of a MIDI file's track, read strictly: what it says and where the next one begins, or which byte is wrong.
import { fileText } from '../contract/fileText.ts';
import { bendOf, type ChannelMessage } from './message.ts';
import type { RepairKind } from './repairs.ts';
import type { BeatsPerMinute } from './song.ts';

/** What a track says that has a moment in the song. */
export type TimedTrackEvent =
  | ChannelMessage
  | { readonly type: 'tempo'; readonly bpm: BeatsPerMinute }
  | { readonly type: 'lyric'; readonly text: string };

/** What a track says, as far as it is played or shown. */
export type TrackEvent =
  | TimedTrackEvent
  | { readonly type: 'name'; readonly text: string }
  | { readonly type: 'port'; readonly port: number }
  | { readonly type: 'end' };

/** Bytes to read from, and what is taken for a wait of damaged bytes. */
export interface TrackSource {
  readonly bytes: Uint8Array;
  readonly longestDelta: number;
  /** Called for each event that is kept; throws when there are too many. */
  readonly countEvent: () => void;
  /** False once so much has been searched for what can be read that no more is worth it. */
  readonly maySearch: () => boolean;
}

const microsecondsPerMinute = 60e6;
/** Faster ones, 60,000 quarters a minute, come from damage. */
const fastestTempoMicroseconds = 1000;
export const endMeta = 0x2f;
/** Lengths that the standard gives to meta events (Standard MIDI Files 1.0). */
export const metaLengths: Readonly<Record<number, number>> = {
  0x00: 2,
  0x20: 1,
  0x21: 1,
  [endMeta]: 0,
  0x51: 3,
  0x54: 5,
  0x58: 4,
  0x59: 2,
};
/** Why an event cannot be read. */
type Fault = 'delta' | 'status' | 'data' | 'system' | 'length' | 'short';

/** An event that was read, or where and why not. */
export type Step =
  | {
      readonly ok: true;
      readonly delta: number;
      /** Null for what means nothing here. */
      readonly event: TrackEvent | null;
      readonly next: number;
      readonly running: number;
      /** What is worth telling though it can be read. */
      readonly odd?: RepairKind;
      /** Of a meta or system exclusive event: its first byte, and where its data begin. */
      readonly long?: { readonly statusAt: number; readonly dataAt: number };
    }
  | {
      readonly ok: false;
      readonly fault: Fault;
      /** Byte that is wrong. */
      readonly at: number;
      readonly delta: number;
      /** First byte behind the delta. */
      readonly statusAt: number;
      readonly status: number;
    };

/** Reads one event strictly. */
export function stepAt(
  { bytes, longestDelta }: TrackSource,
  at: number,
  limit: number,
  running: number,
  startsWithDelta: boolean,
): Step {
  let statusAt = at;
  let delta = 0;
  if (startsWithDelta) {
    const length = variableLength(bytes, at, limit);
    if (!length)
      return {
        ok: false,
        fault: limit - at < 4 ? 'short' : 'delta',
        at,
        delta: 0,
        statusAt: at + 4,
        status: 0,
      };
    statusAt = length.next;
    if (length.value > longestDelta) return { ok: false, fault: 'delta', at, delta: 0, statusAt, status: 0 };
    delta = length.value;
  }
  if (statusAt >= limit) return { ok: false, fault: 'short', at: statusAt, delta, statusAt, status: 0 };
  const first = bytes[statusAt];
  const status = first < 0x80 ? running : first;
  const wrong = (fault: Fault, wrongAt: number): Step => ({
    ok: false,
    fault,
    at: wrongAt,
    delta,
    statusAt,
    status,
  });
  if (status < 0x80) return wrong('status', statusAt);
  if (status < 0xf0) {
    const from = first < 0x80 ? statusAt : statusAt + 1;
    const next = from + channelDataBytes(status);
    for (let k = from; k < next; k++) {
      if (k >= limit) return wrong('short', k);
      if (bytes[k] >= 0x80) return wrong('data', k);
    }
    const event = channelEvent(status, [...bytes.subarray(from, next)]);
    return { ok: true, delta, event, next, running: status };
  }
  if (status !== 0xff && status !== 0xf0 && status !== 0xf7) return wrong('system', statusAt);
  const isMeta = status === 0xff;
  if (isMeta && statusAt + 1 >= limit) return wrong('short', statusAt);
  if (isMeta && bytes[statusAt + 1] >= 0x80) return wrong('status', statusAt);
  const length = variableLength(bytes, statusAt + (isMeta ? 2 : 1), limit);
  if (!length || length.next + length.value > limit) return wrong('length', statusAt);
  const next = length.next + length.value;
  // Running status goes on behind system and meta events: the standard ends it there, and many files do not care.
  const long = { statusAt, dataAt: length.next };
  if (!isMeta) return { ok: true, delta, event: null, next, running, long };
  const kind = bytes[statusAt + 1];
  const usual = metaLengths[kind];
  const isOdd = usual !== undefined && usual !== length.value;
  const { event, isSenseless } = metaEvent(kind, bytes.subarray(length.next, next));
  return {
    ok: true,
    delta,
    event,
    next,
    running,
    long,
    ...(isSenseless ? { odd: 'tempo' as const } : isOdd ? { odd: 'metaLength' as const } : {}),
  };
}

/** A quantity of seven bits a byte, the last without its highest bit; null where it has more than four bytes or ends too early. */
export function variableLength(
  bytes: Uint8Array,
  at: number,
  limit: number,
): { value: number; next: number } | null {
  let value = 0;
  for (let k = at; k < Math.min(limit, at + 4); k++) {
    value = value * 128 + (bytes[k] & 0x7f);
    if (bytes[k] < 0x80) return { value, next: k + 1 };
  }
  return null;
}

export function channelDataBytes(status: number): number {
  const kind = status >> 4;
  return kind === 0xc || kind === 0xd ? 1 : 2;
}

/** A channel's message; channels count from 1 here. A note-on of velocity 0 is a note-off at 64 (MIDI 1.0). */
export function channelEvent(status: number, [first, second]: readonly number[]): ChannelMessage {
  const channel = (status & 15) + 1;
  switch (status >> 4) {
    case 0x8:
      return { type: 'noteOff', channel, note: first, velocity: second };
    case 0x9:
      if (second === 0) return { type: 'noteOff', channel, note: first, velocity: 64 };
      return { type: 'noteOn', channel, note: first, velocity: second };
    case 0xa:
      return { type: 'polyPressure', channel, note: first, data: second };
    case 0xb:
      return { type: 'control', channel, controller: first, data: second };
    case 0xc:
      return { type: 'program', channel, data: first };
    case 0xd:
      return { type: 'pressure', channel, data: first };
    default:
      return { type: 'bend', channel, bend: bendOf(first + 128 * second) };
  }
}

/** What a meta event says as far as it means something here, however long it is. */
function metaEvent(kind: number, data: Uint8Array): { event: TrackEvent | null; isSenseless?: boolean } {
  switch (kind) {
    case 0x03:
      return { event: { type: 'name', text: textOf(data).trim() } };
    case 0x05:
      return { event: { type: 'lyric', text: textOf(data) } };
    case 0x21:
      return { event: data.length > 0 ? { type: 'port', port: data[0] } : null };
    case endMeta:
      return { event: { type: 'end' } };
    case 0x51: {
      if (data.length < 3) return { event: null };
      const microseconds = data[0] * 65_536 + data[1] * 256 + data[2];
      if (microseconds < fastestTempoMicroseconds) return { event: null, isSenseless: true };
      return { event: { type: 'tempo', bpm: microsecondsPerMinute / microseconds } };
    }
    default:
      return { event: null };
  }
}

/** A name or a syllable without control characters but line ends. */
function textOf(data: Uint8Array): string {
  return fileText(data).replaceAll(/(?![\n\r])\p{Cc}/gu, '');
}

/** First data byte of a channel's event, whose status may be running. */
export function dataAt({ bytes }: TrackSource, statusAt: number): number {
  return bytes[statusAt] < 0x80 ? statusAt : statusAt + 1;
}
