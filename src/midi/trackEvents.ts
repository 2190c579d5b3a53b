// One track of a MIDI file, event by event: strictly as long as it can be, and after damage from where it can be read again.
//
// A place to go on from is judged by how many events can be read strictly from there: the repair with most wins, of equals
// the one that keeps most. Long, since reading strictly and choosing a repair mirror each other.
import { bendOf, type ChannelMessage } from './message.ts';
import type { Repairs, RepairKind } from './repairs.ts';
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

/** An event with its place in the track's ticks. */
export interface TrackTick {
  readonly ticks: number;
  readonly event: TrackEvent;
}

/** A track as it was read. */
export interface ReadTrack {
  readonly events: readonly TrackTick[];
  readonly lastTick: number;
  /** Index of the byte behind its end. */
  readonly next: number;
  /** False without an end-of-track event. */
  readonly hasEnd: boolean;
}

/** Bytes to read from, and what is taken for a wait of damaged bytes. */
export interface TrackSource {
  readonly bytes: Uint8Array;
  readonly longestDelta: number;
}

const microsecondsPerMinute = 60e6;
/** Faster ones, 60,000 quarters a minute, come from damage. */
const fastestTempoMicroseconds = 1000;
/** Texts are names and syllables; what is longer is a document that no one reads here. */
const longestTextBytes = 2000;
/** So many events, read strictly, are proof enough of a place. */
const proofEvents = 8;
/** Least proof of a place found by searching. */
const leastProof = 3;
/** A search looks so far at first. */
const searchBytes = 512;
const endMeta = 0x2f;
/** Lengths that the standard gives to meta events (Standard MIDI Files 1.0). */
const metaLengths: Readonly<Record<number, number>> = {
  0x00: 2,
  0x20: 1,
  0x21: 1,
  [endMeta]: 0,
  0x51: 3,
  0x54: 5,
  0x58: 4,
  0x59: 2,
};
/** Data bytes of system messages, by status; real-time messages and undefined ones have none. */
const systemDataBytes: Readonly<Record<number, number>> = { 0xf1: 1, 0xf2: 2, 0xf3: 1 };

/** Why an event cannot be read. */
type Fault = 'delta' | 'status' | 'data' | 'system' | 'length' | 'short';

/** An event that was read, or where and why not. */
type Step =
  | {
      readonly ok: true;
      readonly delta: number;
      /** Null for what means nothing here. */
      readonly event: TrackEvent | null;
      readonly next: number;
      readonly running: number;
      /** What is worth telling though it can be read. */
      readonly odd?: RepairKind;
      /** Where the event could end instead, by the length that its kind has. */
      readonly usual?: number;
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

/** Somewhere to go on from. */
interface Repair {
  readonly kind: RepairKind;
  readonly next: number;
  readonly running: number;
  readonly startsWithDelta: boolean;
  readonly delta: number;
  readonly event?: TrackEvent | null;
}

/**
 * Reads events from `begin` to the end-of-track event, or to `limit`.
 * @param placeOf names a byte for people
 */
export function readTrackEvents(
  source: TrackSource,
  begin: number,
  limit: number,
  repairs: Repairs,
  placeOf: (at: number) => string,
): ReadTrack {
  const events: TrackTick[] = [];
  let ticks = 0;
  let at = begin;
  let running = 0;
  let startsWithDelta = true;
  const take = (delta: number, event: TrackEvent | null | undefined) => {
    ticks += delta;
    if (event && event.type !== 'end') events.push({ ticks, event });
  };
  while (at < limit) {
    const step = stepAt(source, at, limit, running, startsWithDelta);
    if (step.ok) {
      const { event, delta, usual, odd } = step;
      take(delta, event);
      let { next } = step;
      if (odd) repairs.add(odd, placeOf(at));
      if (usual !== undefined && event?.type !== 'end') {
        const declared = proof(source, next, limit, step.running, true);
        if (proof(source, usual, limit, step.running, true) > declared) next = usual;
      }
      if (event?.type === 'end') return { events, lastTick: ticks, next, hasEnd: true };
      at = next;
      running = step.running;
      startsWithDelta = true;
      continue;
    }
    const repair = bestRepair(source, step, limit, running);
    if (!repair) {
      repairs.add(step.fault === 'short' ? 'noEnd' : 'lost', placeOf(step.at));
      return { events, lastTick: ticks, next: limit, hasEnd: false };
    }
    repairs.add(repair.kind, placeOf(step.at));
    take(repair.delta, repair.event);
    if (repair.event?.type === 'end') {
      return { events, lastTick: ticks, next: repair.next, hasEnd: true };
    }
    at = repair.next;
    running = repair.running;
    startsWithDelta = repair.startsWithDelta;
  }
  repairs.add('noEnd', placeOf(limit));
  return { events, lastTick: ticks, next: limit, hasEnd: false };
}

/**
 * How many of the next `proofEvents` events can be read strictly from a place; behind an end of track all can. High data bytes
 * and stray system messages prove nothing, but do not end the count: they seldom come alone.
 */
export function proof(
  source: TrackSource,
  begin: number,
  limit: number,
  status = 0,
  startsWithDelta = true,
): number {
  let at = begin;
  let running = status;
  let count = 0;
  for (let k = 0; k < proofEvents && at < limit; k++) {
    const step = stepAt(source, at, limit, running, startsWithDelta || k > 0);
    if (step.ok) {
      if (step.event?.type === 'end') return count + proofEvents - k;
      at = step.next;
      running = step.running;
      count++;
    } else if (step.fault === 'data') {
      at = dataAt(source, step.statusAt) + channelDataBytes(step.status);
      running = step.status;
    } else if (step.fault === 'system') {
      at = step.at + 1 + (systemDataBytes[step.status] ?? 0);
    } else {
      return count;
    }
  }
  return count;
}

/** First data byte of a channel's event, whose status may be running. */
function dataAt({ bytes }: TrackSource, statusAt: number): number {
  return bytes[statusAt] < 0x80 ? statusAt : statusAt + 1;
}

/** The repair from which most can be read; null where nothing can. */
function bestRepair(
  source: TrackSource,
  step: Extract<Step, { ok: false }>,
  limit: number,
  running: number,
): Repair | null {
  const candidates = [...nearRepairs(source, step, limit, running)];
  let best: Repair | null = null;
  let bestProof = 0;
  for (const repair of candidates) {
    const reached =
      repair.event?.type === 'end' || repair.next === limit
        ? proofEvents
        : proof(source, repair.next, limit, repair.running, repair.startsWithDelta);
    if (reached > bestProof) [best, bestProof] = [repair, reached];
  }
  if (bestProof >= leastProof) return best;
  return searchedRepair(source, step, limit) ?? best;
}

/** What the damage may have been. */
function* nearRepairs(
  source: TrackSource,
  step: Extract<Step, { ok: false }>,
  limit: number,
  running: number,
): Generator<Repair> {
  const { bytes } = source;
  const { fault, at, statusAt, status, delta } = step;
  const onward = { running, startsWithDelta: true, delta };
  switch (fault) {
    case 'data': {
      const from = dataAt(source, statusAt);
      const length = channelDataBytes(status);
      const end = from + length;
      const isOther = { ...onward, running: status };
      // A value that is too large, as some editors write them.
      if (end <= limit) {
        const clamped = Array.from(bytes.subarray(from, end), (value) => Math.min(127, value));
        yield { ...isOther, kind: 'data', next: end, event: channelEvent(status, clamped) };
      }
      // A byte too many, real-time ones among them: the event goes on behind it.
      const rest = [...bytes.subarray(from, at), ...bytes.subarray(at + 1, end + 1)];
      if (end < limit && rest.every((value) => value < 0x80)) {
        const kind = bytes[at] >= 0xf8 ? 'system' : 'data';
        yield { ...isOther, kind, next: end + 1, event: channelEvent(status, rest) };
      }
      // The event lacks bytes: the next one begins here.
      yield { ...onward, kind: 'lost', running: 0, next: at, startsWithDelta: false };
      return;
    }
    case 'system': {
      const length = systemDataBytes[status] ?? 0;
      for (const next of new Set([at + 1 + length, at + 1])) {
        yield { ...onward, kind: 'system', next };
        yield { ...onward, kind: 'system', next, startsWithDelta: false };
      }
      return;
    }
    case 'length': {
      if (status === 0xff) {
        const usual = metaLengths[bytes[statusAt + 1]];
        if (usual === undefined) return;
        const isEnd = bytes[statusAt + 1] === endMeta;
        const next = Math.min(limit, statusAt + 3 + usual);
        yield { ...onward, kind: 'metaLength', next, event: isEnd ? { type: 'end' } : null };
        return;
      }
      const end = bytes.subarray(statusAt + 1, limit).indexOf(0xf7);
      if (end >= 0) yield { ...onward, kind: 'sysex', next: statusAt + 2 + end };
      return;
    }
    case 'delta':
      // The time is lost, what follows it is not.
      if (statusAt < limit)
        yield { ...onward, kind: 'delta', delta: 0, next: statusAt, startsWithDelta: false };
      return;
    case 'status':
    case 'short':
  }
}

/** The first place further on where events can be read again. */
function searchedRepair(
  source: TrackSource,
  { at, delta }: Extract<Step, { ok: false }>,
  limit: number,
): Repair | null {
  for (const end of [Math.min(limit, at + searchBytes), limit]) {
    for (let next = at + 1; next < end; next++) {
      for (const startsWithDelta of [true, false]) {
        // Without a running status: bytes below 128 could otherwise be read from anywhere.
        if (proof(source, next, limit, 0, startsWithDelta) < leastProof) continue;
        return { kind: 'lost', next, running: 0, startsWithDelta, delta };
      }
    }
  }
  return null;
}

/** Reads one event strictly. */
function stepAt(
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
  if (!isMeta) {
    const end = bytes.subarray(statusAt + 1, next).indexOf(0xf7);
    const isWhole = end < 0 || statusAt + 2 + end === next || status === 0xf7;
    return { ok: true, delta, event: null, next, running, ...(isWhole ? {} : { usual: statusAt + 2 + end }) };
  }
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
    ...(isSenseless ? { odd: 'tempo' as const } : isOdd ? { odd: 'metaLength' as const } : {}),
    ...(isOdd ? { usual: length.next + usual } : {}),
  };
}

/** A quantity of seven bits a byte, the last without its highest bit; null where it has more than four bytes or ends too early. */
function variableLength(
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

function channelDataBytes(status: number): number {
  const kind = status >> 4;
  return kind === 0xc || kind === 0xd ? 1 : 2;
}

/** A channel's message; channels count from 1 here. A note-on of velocity 0 is a note-off at 64 (MIDI 1.0). */
function channelEvent(status: number, [first, second]: readonly number[]): ChannelMessage {
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

/**
 * UTF-8 where it is valid, else Latin-1 as the Web has it, with signs where ISO 8859-1 has a second set of control
 * characters: files say nothing of their encoding. Without control characters but line ends.
 */
export function textOf(data: Uint8Array): string {
  const bytes = data.subarray(0, longestTextBytes);
  // A character may have been cut in two.
  const isCut = data.length > bytes.length;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    text = new TextDecoder('latin1').decode(bytes);
  }
  return text.replaceAll(/(?![\n\r])\p{Cc}/gu, '');
}
