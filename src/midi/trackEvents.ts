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
/** A search looks so far at first. */
const searchBytes = 512;
/** Data bytes of system messages, by status; real-time messages and undefined ones have none. */
const systemDataBytes: Readonly<Record<number, number>> = { 0xf1: 1, 0xf2: 2, 0xf3: 1 };

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
