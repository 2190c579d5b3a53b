// The points of the gesture, for editing: one lane of time and value for each parameter, and handles over a pad of two.
import { InputError } from '../contract/errors.ts';
import {
  parameterById,
  positionOf,
  textOf,
  valueAt,
  valueOfText,
  type ParameterId,
} from '../contract/parameters.ts';
import type { Gesture, GesturePoint } from '../patch/preset.ts';
import {
  idsOf,
  pointAdded,
  pointDeleted,
  pointMoved,
  thinningTolerance,
  valuesAlong,
} from '../patch/gestures.ts';
import type { GestureLane, GesturePointsApi, PadHandle, PointPlace } from './sessionApi.ts';
import { asShown, rangeTravel, rangeValue, valueOfRange } from '../contract/travel.ts';
import type { SoundState } from './soundState.ts';

/** Arrow keys cross a gesture in so many steps. */
const timeSteps = 100;

/** Edits over a state: each is a step of its history, and is heard at once where the gesture plays. */
export class GestureEditor implements GesturePointsApi {
  readonly #state: SoundState;
  /** Both as they were worked out last: the page asks at every frame. */
  #lanes: { gesture: Gesture | null; lanes: readonly GestureLane[] } = { gesture: null, lanes: [] };
  readonly #handles = new Map<ParameterId, { gesture: Gesture; still: string; handles: PadHandle[] }>();

  constructor(state: SoundState) {
    this.#state = state;
  }

  get lanes(): readonly GestureLane[] {
    const { gesture } = this.#state;
    if (this.#lanes.gesture !== gesture)
      this.#lanes = { gesture, lanes: gesture ? this.#lanesOf(gesture) : [] };
    return this.#lanes.lanes;
  }

  move(place: PointPlace, at: number, position: number): void {
    const { gesture, index } = this.#find(place);
    const row = parameterById(place.id);
    const value = asShown(row, valueAt(row, Math.min(1, Math.max(0, position))));
    this.#put(gesture, index, at * gesture.length, value);
  }

  nudge(place: PointPlace, what: 'time' | 'value', by: -1 | 1): void {
    const { gesture, index } = this.#find(place);
    const { at, value } = gesture.points[index];
    const row = parameterById(place.id);
    if (what === 'time') return this.#put(gesture, index, at + (by * gesture.length) / timeSteps, value);
    const { min, max, step } = rangeTravel(row);
    const range = Math.min(max, Math.max(min, rangeValue(row, value) + by * step));
    this.#put(gesture, index, at, valueOfRange(row, range));
  }

  type(place: PointPlace, what: 'time' | 'value', text: string): void {
    const { gesture, index } = this.#find(place);
    const { at, value } = gesture.points[index];
    if (what === 'value') return this.#put(gesture, index, at, valueOfText(parameterById(place.id), text));
    const { from, to } = roomOf(gesture, index);
    const time = Number.parseFloat(text);
    // The text shows two places of the ends, which may lie beyond them.
    if (!(time >= from - 0.005 && time <= to + 0.005)) {
      const range = `${timeText(gesture, from)} to ${timeText(gesture, to)}`;
      throw new InputError(
        `the time must be from ${range}, between the points beside it, got "${text.trim()}"`,
      );
    }
    this.#put(gesture, index, time, value);
  }

  add(id: ParameterId, at: number): PointPlace {
    const gesture = this.#require();
    const more = pointAdded(gesture, id, at * gesture.length);
    this.#state.edit('Add point', { gesture: more });
    const added = more.points.find((point) => !gesture.points.includes(point));
    return { id, index: pathOf(more, id).findIndex((point) => point === added) };
  }

  remove(place: PointPlace): void {
    const { gesture, index } = this.#find(place);
    this.#state.edit('Delete point', { gesture: pointDeleted(gesture, index) });
  }

  handles(x: ParameterId, y: ParameterId): readonly PadHandle[] {
    const { gesture, values } = this.#state;
    if (!gesture) return [];
    const moved = [x, y].filter((id) => gesture.points.some((point) => point.id === id));
    // An axis that the gesture leaves alone stands where the player put it.
    const still = [x, y].map((id) => (moved.includes(id) ? 0 : values[id])).join();
    const old = this.#handles.get(x);
    if (old?.gesture === gesture && old.still === still) return old.handles;
    const points = gesture.points.filter(({ id }) => moved.includes(id));
    const times = [...new Set(points.map(({ at }) => at))];
    const [left, up] = [x, y].map((id) => {
      const along = moved.includes(id) ? valuesAlong(gesture, id, times) : times.map(() => values[id]);
      return along.map((value) => positionOf(parameterById(id), value));
    });
    const handles = times.map((at, k) => ({ at: at / gesture.length, x: left[k], y: up[k] }));
    this.#handles.set(x, { gesture, still, handles });
    return handles;
  }

  moveHandle(x: ParameterId, y: ParameterId, handle: PadHandle, to: { x: number; y: number }): void {
    const before = this.#require();
    const at = this.#timeOf(before, handle);
    let gesture = before;
    for (const [id, from, position] of [
      [x, handle.x, to.x],
      [y, handle.y, to.y],
    ] as const) {
      if (!before.points.some((point) => point.id === id)) continue;
      const row = parameterById(id);
      const isAt = (point: GesturePoint) => point.id === id && point.at === at;
      if (!gesture.points.some(isAt)) {
        // An axis that has no corner here gets one only when it is moved.
        if (Math.abs(position - from) <= thinningTolerance) continue;
        gesture = pointAdded(gesture, id, at);
      }
      const value = asShown(row, valueAt(row, Math.min(1, Math.max(0, position))));
      gesture = pointMoved(gesture, gesture.points.findLastIndex(isAt), at, value);
    }
    if (gesture === before) return;
    const first = before.points.findIndex((point) => point.at === at && (point.id === x || point.id === y));
    this.#state.edit(this.#moveLabel(before, first), { gesture }, true);
  }

  removeHandle(x: ParameterId, y: ParameterId, handle: PadHandle): void {
    const before = this.#require();
    const at = this.#timeOf(before, handle);
    const points = before.points.filter((point) => point.at !== at || (point.id !== x && point.id !== y));
    this.#state.edit('Delete point', { gesture: points.length > 0 ? { ...before, points } : null });
  }

  placeOf(x: ParameterId, y: ParameterId, handle: PadHandle): PointPlace | null {
    const gesture = this.#require();
    const at = this.#timeOf(gesture, handle);
    const point = gesture.points.find((one) => one.at === at && (one.id === x || one.id === y));
    return point ? { id: point.id, index: pathOf(gesture, point.id).indexOf(point) } : null;
  }

  subscribe(listener: () => void): () => void {
    return this.#state.gestureChanged.subscribe(listener);
  }

  /** Moves a point no further than the points beside it on its lane: the path stays the one that is seen. */
  #put(gesture: Gesture, index: number, at: number, value: number): void {
    const { from, to } = roomOf(gesture, index);
    const place = Math.min(to, Math.max(from, at));
    const old = gesture.points[index];
    if (old.at === place && old.value === value) return;
    this.#state.edit(
      this.#moveLabel(gesture, index),
      { gesture: pointMoved(gesture, index, place, value) },
      true,
    );
  }

  #require(): Gesture {
    const { gesture } = this.#state;
    if (!gesture) throw new InputError('there is no gesture; record one');
    return gesture;
  }

  #find({ id, index }: PointPlace): { gesture: Gesture; index: number } {
    const gesture = this.#require();
    const point = pathOf(gesture, id).at(index);
    if (point) return { gesture, index: gesture.points.indexOf(point) };
    throw new RangeError(`the point must be one of the lane of ${id}, got ${index}`);
  }

  #lanesOf(gesture: Gesture): GestureLane[] {
    return idsOf(gesture).map((id) => {
      const row = parameterById(id);
      const points = pathOf(gesture, id).map(({ at, value }) => ({
        at: at / gesture.length,
        position: positionOf(row, value),
        time: timeText(gesture, at),
        value: textOf(row, value),
      }));
      return { id, label: this.#state.labelOf(id), isStepped: row.curve === 'choice', points };
    });
  }

  /** Names the point, so that moves of two points are two steps. */
  #moveLabel(gesture: Gesture, index: number): string {
    const { id } = gesture.points[index];
    const number = gesture.points.slice(0, index + 1).filter((point) => point.id === id).length;
    return `Move point ${number} of ${this.#state.labelOf(id)}`;
  }

  /** The very number that the gesture has for a handle's time. */
  #timeOf(gesture: Gesture, { at }: PadHandle): number {
    return gesture.points.find((point) => point.at / gesture.length === at)?.at ?? at * gesture.length;
  }
}

function pathOf(gesture: Gesture, id: ParameterId): GesturePoint[] {
  return gesture.points.filter((point) => point.id === id);
}

/** Where a point may go in time: up to the points before and after it on its lane. */
function roomOf(gesture: Gesture, index: number): { from: number; to: number } {
  const { points, length } = gesture;
  const { id } = points[index];
  const from = points.slice(0, index).findLast((point) => point.id === id)?.at ?? 0;
  const to = points.slice(index + 1).find((point) => point.id === id)?.at ?? length;
  return { from, to };
}

function timeText({ unit }: Gesture, at: number): string {
  return `${at.toFixed(2)} ${unit === 'beats' ? 'beats' : 's'}`;
}
