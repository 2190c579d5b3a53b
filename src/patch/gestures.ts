// Gestures: paths of parameters over time, recorded from any control or drawn, then looped, edited, played
// and exported.
import { InputError, requireInteger, requireNumber } from '../contract/errors.ts';
import {
  parameterById,
  positionOf,
  valueAt,
  type Parameter,
  type ParameterId,
} from '../contract/parameters.ts';
import {
  longestName,
  shortestGesture,
  type Gesture,
  type GesturePoint,
  type PartialValues,
} from './preset.ts';
import type { Seconds } from '../contract/units.ts';

/** Quarter notes per minute. */
export type BeatsPerMinute = number;

/**
 * Share of a control's travel: less than half a step of a 7-bit controller (1/254), so what MIDI could tell
 * stays.
 */
export const thinningTolerance = 0.003;

/**
 * Records the moves of controls. Times come from the caller's clock, so that tests and offline players have
 * one too.
 */
export class GestureRecorder {
  readonly #begin: Seconds;
  #points: GesturePoint[] = [];

  /** @param begin the time that becomes 0, in seconds on the clock that `record` and `finish` use */
  constructor(begin: Seconds) {
    this.#begin = begin;
  }

  /** Parameters that were moved so far. */
  get ids(): ReadonlySet<ParameterId> {
    return new Set(this.#points.map(({ id }) => id));
  }

  /** Keeps a move. Times before the last one count as the last. */
  record(id: ParameterId, value: number, time: Seconds): void {
    const last = this.#points.at(-1)?.at ?? 0;
    this.#points.push({ at: Math.max(last, time - this.#begin), id, value });
  }

  /**
   * The recording up to now, thinned out, in seconds; `inBeats` ties it to a tempo.
   * @throws InputError when no control was moved
   */
  finish(name: string, time: Seconds): Gesture {
    if (this.#points.length === 0) {
      throw new InputError('the gesture is empty; move a control while it is recorded');
    }
    const last = this.#points[this.#points.length - 1].at;
    const length = Math.max(shortestGesture, last, time - this.#begin);
    return thinned({
      name: name.slice(0, longestName),
      unit: 'seconds',
      length,
      loop: false,
      points: this.#points,
    });
  }
}

/**
 * The gesture with the fewest points that follow it within `tolerance` of each control's travel at all times
 * (Ramer 1972, "An iterative procedure for the polygonal approximation of plane curves", by the distance in
 * value). Choices keep every change.
 */
export function thinned(gesture: Gesture, tolerance = thinningTolerance): Gesture {
  const points: GesturePoint[] = [];
  for (const id of idsOf(gesture)) {
    const path = gesture.points.filter((point) => point.id === id);
    const row = parameterById(id);
    const kept = row.curve === 'choice' ? changesOf(path) : cornersOf(path, row, tolerance);
    points.push(...kept);
  }
  return { ...gesture, points: inOrder(points) };
}

/** The points at which a choice becomes another. */
function changesOf(path: readonly GesturePoint[]): GesturePoint[] {
  return path.filter((point, k) => k === 0 || point.value !== path[k - 1].value);
}

function cornersOf(path: readonly GesturePoint[], row: Parameter, tolerance: number): GesturePoint[] {
  const positions = path.map((point) => positionOf(row, point.value));
  const kept = new Set([0, path.length - 1]);
  // A list of stretches rather than recursion: a long recording would be as deep as it is long.
  const stretches: [number, number][] = [[0, path.length - 1]];
  for (let stretch = stretches.pop(); stretch; stretch = stretches.pop()) {
    const [first, last] = stretch;
    let worst = tolerance;
    let corner = -1;
    for (let k = first + 1; k < last; k++) {
      const wanted = positionBetween(path[first], path[last], positions[first], positions[last], path[k].at);
      const distance = Math.abs(positions[k] - wanted);
      if (distance <= worst) continue;
      worst = distance;
      corner = k;
    }
    if (corner < 0) continue;
    kept.add(corner);
    stretches.push([first, corner], [corner, last]);
  }
  return path.filter((_, k) => kept.has(k));
}

function positionBetween(
  from: GesturePoint,
  to: GesturePoint,
  fromPosition: number,
  toPosition: number,
  at: number,
): number {
  const share = to.at > from.at ? (at - from.at) / (to.at - from.at) : 1;
  return fromPosition + share * (toPosition - fromPosition);
}

/** Parameters that a gesture moves, in order of their first move. */
export function idsOf(gesture: Gesture): ParameterId[] {
  return [...new Set(gesture.points.map(({ id }) => id))];
}

/**
 * Values of every parameter that the gesture moves, at a time since its begin. Before a parameter's first
 * point and after its last it stands there; a loop starts over after `length`, any other gesture stays at
 * its end.
 * @param at in the gesture's unit, 0 or more
 */
export function valuesAt(gesture: Gesture, at: number): PartialValues {
  const place = gesture.loop && at >= gesture.length ? at % gesture.length : at;
  const values: Partial<Record<ParameterId, number>> = {};
  for (const [id, path] of paths(gesture)) values[id] = valueOnPath(parameterById(id), path, place);
  return values;
}

/**
 * Values of one parameter at many times, as `valuesAt` gives them for a gesture that is no loop.
 * @throws RangeError when the gesture does not move the parameter
 */
export function valuesAlong(gesture: Gesture, id: ParameterId, times: readonly number[]): number[] {
  const [row, path] = [parameterById(id), requirePath(gesture, id)];
  return times.map((at) => valueOnPath(row, path, at));
}

/** Whether a gesture has come to its end at a time since its begin; a loop never has. */
export function isOver(gesture: Gesture, at: number): boolean {
  return !gesture.loop && at >= gesture.length;
}

function paths(gesture: Gesture): Map<ParameterId, GesturePoint[]> {
  const found = new Map<ParameterId, GesturePoint[]>();
  for (const point of gesture.points) {
    const path = found.get(point.id);
    if (path) path.push(point);
    else found.set(point.id, [point]);
  }
  return found;
}

function requirePath(gesture: Gesture, id: ParameterId): GesturePoint[] {
  const path = gesture.points.filter((point) => point.id === id);
  if (path.length > 0) return path;
  throw new RangeError(`id must be a parameter that the gesture moves, got ${id}; record it first`);
}

function valueOnPath(row: Parameter, path: readonly GesturePoint[], at: number): number {
  // Of points at one moment the last counts: a jump has happened once its time has come.
  let next = 0;
  for (let end = path.length; next < end;) {
    const middle = (next + end) >> 1;
    if (path[middle].at <= at) next = middle + 1;
    else end = middle;
  }
  if (next === 0) return path[0].value;
  const from = path[next - 1];
  const to = path[next];
  if (!to || row.curve === 'choice' || from.at === at || from.value === to.value) return from.value;
  const position = positionBetween(from, to, positionOf(row, from.value), positionOf(row, to.value), at);
  return valueAt(row, position);
}

/**
 * The gesture tied to the tempo: it lasts a whole number of beats, and its moves stretch along.
 * @param tempo at which it was recorded
 * @param beats its length; without it, the nearest whole number of beats, 1 at least
 */
export function inBeats(gesture: Gesture, tempo: BeatsPerMinute, beats?: number): Gesture {
  requireNumber('tempo', tempo, Number.MIN_VALUE, Number.MAX_VALUE);
  const played = gesture.unit === 'beats' ? gesture.length : (gesture.length * tempo) / 60;
  return stretched({ ...gesture, unit: 'beats' }, beats ?? Math.max(1, Math.round(played)));
}

/** The gesture freed from the tempo: as it sounds at `tempo`. */
export function inSeconds(gesture: Gesture, tempo: BeatsPerMinute): Gesture {
  requireNumber('tempo', tempo, Number.MIN_VALUE, Number.MAX_VALUE);
  if (gesture.unit === 'seconds') return gesture;
  return stretched({ ...gesture, unit: 'seconds' }, (gesture.length * 60) / tempo);
}

/** The same moves over another length, in the gesture's unit. */
export function stretched(gesture: Gesture, length: number): Gesture {
  requireNumber('length', length, shortestGesture, Number.MAX_VALUE);
  const ratio = length / gesture.length;
  const points = gesture.points.map((point) => ({ ...point, at: Math.min(length, point.at * ratio) }));
  return { ...gesture, length, points };
}

/**
 * The part from `from` to `to`, which begins at 0 then. Where the cuts fall between points, new points keep
 * the path as it was.
 * @throws RangeError when the part is empty or outside the gesture
 */
export function trimmed(gesture: Gesture, from: number, to: number): Gesture {
  requireNumber('from', from, 0, gesture.length);
  requireNumber('to', to, from + shortestGesture, gesture.length);
  const points: GesturePoint[] = [];
  for (const [id, path] of paths(gesture)) {
    const row = parameterById(id);
    const inside = path.filter((point) => point.at > from && point.at < to);
    const end = path.filter((point) => point.at === to);
    // At the end the path as it arrives, not what a jump at that very moment would leave behind.
    const arriving = end[0]?.value ?? valueOnPath(row, path, to);
    points.push({ at: 0, id, value: valueOnPath(row, path, from) });
    points.push(...inside.map((point) => ({ ...point, at: point.at - from })));
    if (row.curve !== 'choice' || end.length > 0) points.push({ at: to - from, id, value: arriving });
  }
  return { ...gesture, length: to - from, points: inOrder(points) };
}

/**
 * The gesture with one point elsewhere.
 * @param index of the point in `gesture.points`
 * @param at where it goes, clamped to 0..length
 * @param value where it goes, clamped to the parameter's range
 * @throws RangeError when there is no such point
 */
export function pointMoved(gesture: Gesture, index: number, at: number, value: number): Gesture {
  const { id } = gesture.points[requireInteger('index', index, 0, gesture.points.length - 1)];
  const row = parameterById(id);
  const within = Math.min(row.max, Math.max(row.min, value));
  const moved: GesturePoint = {
    id,
    at: Math.min(gesture.length, Math.max(0, at)),
    value: row.choices ? Math.round(within) : within,
  };
  return { ...gesture, points: inOrder(gesture.points.with(index, moved)) };
}

/**
 * The gesture with one more point, where the parameter's path is at that moment: it sounds as before.
 * @param at where it goes, clamped to 0..length
 * @throws RangeError when the gesture does not move the parameter
 */
export function pointAdded(gesture: Gesture, id: ParameterId, at: number): Gesture {
  const path = requirePath(gesture, id);
  const place = Math.min(gesture.length, Math.max(0, at));
  const value = valueOnPath(parameterById(id), path, place);
  return { ...gesture, points: inOrder([...gesture.points, { at: place, id, value }]) };
}

/**
 * The gesture without one point; null when it was the last.
 * @throws RangeError when there is no such point
 */
export function pointDeleted(gesture: Gesture, index: number): Gesture | null {
  requireInteger('index', index, 0, gesture.points.length - 1);
  const points = gesture.points.toSpliced(index, 1);
  return points.length > 0 ? { ...gesture, points } : null;
}

/** Sorting is stable: points of one moment stay in the order in which they were made. */
function inOrder(points: readonly GesturePoint[]): GesturePoint[] {
  return points.toSorted((a, b) => a.at - b.at);
}
