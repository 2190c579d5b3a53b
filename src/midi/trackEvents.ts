// One track of a MIDI file, event by event: strictly as long as it can be, and after damage from where it can be read again.
//
// A place to go on from is judged by how many events can be read strictly from there: the repair with most wins, of equals
// the one that keeps most.
import type { Repairs, RepairKind } from './repairs.ts';
import {
  channelDataBytes,
  channelEvent,
  dataAt,
  endMeta,
  metaLengths,
  stepAt,
  type Step,
  type TrackEvent,
  variableLength,
  type TrackSource,
} from './smfEvent.ts';

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

/** So many events, read strictly, are proof enough of a place. */
const proofEvents = 8;
/** Least proof of a place found by searching. */
const leastProof = 3;
/** A stray system message is a weak one. */
const systemProof = 0.5;
/** Behind so many bytes without sense nothing is looked for. */
const longestSearch = 65_536;
/** Wrong lengths are wrong by so much, or wholly. */
const nearBytes = 32;
/** Data bytes of system messages, by status; real-time messages and undefined ones have none. */
const systemDataBytes: Readonly<Record<number, number>> = { 0xf1: 1, 0xf2: 2, 0xf3: 1 };

/** Somewhere to go on from. */
interface Place {
  readonly next: number;
  /** Status that goes on; 0 for none. */
  readonly running: number;
  /** False where an event follows without its delta. */
  readonly startsWithDelta: boolean;
}

/** What may be done about an event that cannot be read. */
interface Repair extends Place {
  readonly kind: RepairKind;
  readonly delta: number;
  readonly event?: TrackEvent | null;
}

/**
 * Reads events from `begin` to the end-of-track event, or to `limit`.
 * @param playsOn true where the track is known to reach to `limit`: an end before that is none if events follow it
 * @param placeOf names a byte for people
 */
export function readTrackEvents(
  source: TrackSource,
  begin: number,
  limit: number,
  playsOn: boolean,
  repairs: Repairs,
  placeOf: (at: number) => string,
): ReadTrack {
  const events: TrackTick[] = [];
  let ticks = 0;
  let place: Place = { next: begin, running: 0, startsWithDelta: true };
  const isEnd = (delta: number, event: TrackEvent | null | undefined, next: number): boolean => {
    ticks += delta;
    if (!event) return false;
    if (event.type !== 'end') {
      source.countEvent();
      events.push({ ticks, event });
      return false;
    }
    if (!playsOn || proof(source, { next, running: 0, startsWithDelta: true }, limit) < proofEvents)
      return true;
    repairs.add('earlyEnd', placeOf(next));
    return false;
  };
  while (place.next < limit) {
    const at = place.next;
    const step = stepAt(source, at, limit, place.running, place.startsWithDelta);
    if (step.ok) {
      const { kind, event, end } = judged(source, step, limit);
      if (kind) repairs.add(kind, placeOf(at));
      if (isEnd(step.delta, event, end.next))
        return { events, lastTick: ticks, next: end.next, hasEnd: true };
      place = end;
      continue;
    }
    const repair = bestRepair(source, step, limit, place.running);
    if (!repair) {
      repairs.add(step.fault === 'short' ? 'noEnd' : 'lost', placeOf(step.at));
      return { events, lastTick: ticks, next: limit, hasEnd: false };
    }
    repairs.add(repair.kind, placeOf(step.at));
    if (isEnd(repair.delta, repair.event, repair.next))
      return { events, lastTick: ticks, next: repair.next, hasEnd: true };
    place = repair;
  }
  repairs.add('noEnd', placeOf(limit));
  return { events, lastTick: ticks, next: limit, hasEnd: false };
}

/** What an event that can be read says, where it ends, and what is odd about it: its length may be wrong and still fit. */
function judged(
  source: TrackSource,
  step: Extract<Step, { ok: true }>,
  limit: number,
): { readonly kind?: RepairKind; readonly event: TrackEvent | null; readonly end: Place } {
  const { event, odd: kind, next, running, long } = step;
  const plain = { event, end: { next, running, startsWithDelta: true }, ...(kind ? { kind } : {}) };
  if (!long || event?.type === 'end' || next === limit) return plain;
  const declared = proof(source, plain.end, limit);
  let best: OtherEnd | null = null;
  let bestProof = declared;
  for (const other of otherEnds(source, step, limit, declared)) {
    const reached = isBelievable(source, other) ? proof(source, other, limit) : 0;
    const isBetter = reached > bestProof || (other.isUsual && reached === bestProof && best === null);
    if (isBetter && reached >= leastProof) [best, bestProof] = [other, reached];
  }
  if (best) {
    const isSysex = source.bytes[long.statusAt] === 0xf0;
    // Data between a length that is right and an end that is not are damaged too.
    const isCut = event?.type === 'tempo' && !best.isUsual;
    return { kind: isSysex ? 'sysex' : 'metaLength', event: isCut ? null : event, end: best };
  }
  // Data that break what follows them are none.
  if (event?.type === 'tempo' && declared === 0) return { ...plain, kind: 'tempo', event: null };
  return plain;
}

/** A place that an event may end at. */
interface OtherEnd extends Place {
  /** True where events of its kind end. */
  readonly isUsual: boolean;
}

/** False for a wait that begins like a meta event: where bytes are damaged it is one. */
function isBelievable({ bytes }: TrackSource, { next, startsWithDelta }: Place): boolean {
  return !(startsWithDelta && bytes[next] === 0xff);
}

/** Where a meta or system exclusive event may end if its length is wrong. */
function* otherEnds(
  { bytes }: TrackSource,
  { next, running, long }: Extract<Step, { ok: true }>,
  limit: number,
  declared: number,
): Generator<OtherEnd> {
  const { statusAt, dataAt } = long!;
  const at = (end: number, isUsual = false, startsWithDelta = true) => ({
    ...{ next: end, running, startsWithDelta },
    isUsual,
  });
  const usual = metaLengths[bytes[statusAt + 1]];
  if (bytes[statusAt] === 0xf0) {
    // Up to its own end, within what it counts or soon behind that.
    const end = bytes.indexOf(0xf7, dataAt) + 1;
    const isNear = end > 0 && end <= Math.min(limit, next + nearBytes);
    if (isNear && end !== next && bytes.subarray(next, end - 1).every((byte) => byte < 0x80)) yield at(end);
  } else if (usual !== undefined && (bytes[statusAt] === 0xff || bytes[statusAt + 2] === usual)) {
    for (const end of new Set([statusAt + 3 + usual, dataAt + usual])) {
      if (end !== next && end <= limit) yield at(end, true);
    }
  }
  if (declared >= leastProof) return;
  for (let away = 1; away <= nearBytes; away++) {
    if (next + away < limit) yield at(next + away);
    if (next - away >= statusAt + 2) {
      yield at(next - away);
      yield at(next - away, false, false);
    }
  }
}

/**
 * How many of the next `proofEvents` events can be read strictly from a place; behind an end of track all can. High data bytes
 * prove nothing, but do not end the count: they seldom come alone.
 */
export function proof(source: TrackSource, begin: Place, limit: number): number {
  let { next: at, running } = begin;
  let count = 0;
  for (let k = 0; k < proofEvents && at < limit; k++) {
    const step = stepAt(source, at, limit, running, begin.startsWithDelta || k > 0);
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
      count += systemProof;
    } else {
      return count;
    }
  }
  return count;
}

/** The repair from which most can be read; null where nothing can. */
function bestRepair(
  source: TrackSource,
  step: Extract<Step, { ok: false }>,
  limit: number,
  running: number,
): Repair | null {
  let best: Repair | null = null;
  let bestProof = 0;
  for (const repair of nearRepairs(source, step, limit, running)) {
    const isAll = repair.event?.type === 'end' || repair.next === limit;
    const reached = isAll ? proofEvents : isBelievable(source, repair) ? proof(source, repair, limit) : 0;
    if (reached > bestProof) [best, bestProof] = [repair, reached];
    if (bestProof === proofEvents) break;
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
    case 'status': {
      if (bytes[statusAt] !== 0xff) return;
      // A kind that the standard does not have, or a stray reset.
      const length = variableLength(bytes, statusAt + 2, limit);
      const end = length ? length.next + length.value : Infinity;
      if (end <= limit) yield { ...onward, kind: 'lost', next: end };
      yield { ...onward, kind: 'system', next: statusAt + 1 };
      yield { ...onward, kind: 'system', next: statusAt + 1, startsWithDelta: false };
      return;
    }
    case 'short':
  }
}

/** The first place further on where events can be read again. */
function searchedRepair(
  source: TrackSource,
  { at, delta }: Extract<Step, { ok: false }>,
  limit: number,
): Repair | null {
  for (let next = at + 1; next < Math.min(limit, at + longestSearch); next++) {
    // A byte that can be a status is one sooner than part of a time.
    const isStatus = source.bytes[next] >= 0x80;
    if (!source.maySearch()) return null;
    for (const startsWithDelta of [!isStatus, isStatus]) {
      // Without a running status: bytes below 128 could otherwise be read from anywhere.
      const repair: Repair = { kind: 'lost', next, running: 0, startsWithDelta, delta };
      if (isBelievable(source, repair) && proof(source, repair, limit) >= leastProof) return repair;
    }
  }
  return null;
}
