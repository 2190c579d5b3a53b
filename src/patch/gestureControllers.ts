// Gestures as MIDI control changes, for a MIDI file.
import { requireInteger } from '../contract/errors.ts';
import { parameterById, positionOf, type Parameter, type ParameterId } from '../contract/parameters.ts';
import type { Gesture, GesturePoint } from './preset.ts';
import type { Seconds } from '../contract/units.ts';
import { idsOf, inSeconds, type BeatsPerMinute } from './gestures.ts';

/** A control change, as a MIDI file has it. */
export interface ControllerEvent {
  readonly seconds: Seconds;
  /** 0..127. */
  readonly controller: number;
  /** 0..127, whole. */
  readonly value: number;
}

/** What a gesture becomes in a MIDI file. */
export interface ControllerExport {
  /** In order of time. */
  readonly events: readonly ControllerEvent[];
  /** Parameters that no controller moves: they are not in the events. */
  readonly leftOut: readonly ParameterId[];
}

/**
 * The gesture as control changes: one event for each step of the 7-bit value, at the moment when the path
 * rounds to it, so that the steps are never more than half a step off and no event says what the one before
 * it said.
 * @param tempo for gestures in beats
 * @param ccOf controller number of a parameter, or undefined: the table's, or what was learned
 * @param repeats how often a loop is written
 */
export function gestureToControllers(
  gesture: Gesture,
  tempo: BeatsPerMinute,
  ccOf: (id: ParameterId) => number | undefined = (id) => parameterById(id).cc,
  repeats = 1,
): ControllerExport {
  requireInteger('repeats', repeats, 1, 10_000);
  const { length, points } = inSeconds(gesture, tempo);
  const events: ControllerEvent[] = [];
  const leftOut: ParameterId[] = [];
  for (const id of idsOf(gesture)) {
    const controller = ccOf(id);
    if (controller === undefined) {
      leftOut.push(id);
      continue;
    }
    const row = parameterById(id);
    const path = points.filter((point) => point.id === id);
    let sent = -1;
    for (let round = 0; round < repeats; round++) {
      for (const { at, value } of stepsOf(row, path)) {
        if (value !== sent) events.push({ seconds: round * length + at, controller, value });
        sent = value;
      }
    }
  }
  return { events: events.sort((a, b) => a.seconds - b.seconds), leftOut };
}

/** Whole controller values along a path, each at the moment when the path rounds to it. */
function stepsOf(row: Parameter, path: readonly GesturePoint[]): { at: number; value: number }[] {
  const data = path.map((point) => controllerOfValue(row, point.value));
  // Before its first point a parameter stands there already.
  const steps = [{ at: 0, value: Math.round(data[0]) }];
  for (let k = 1; k < path.length; k++) {
    const [from, to] = [path[k - 1], path[k]];
    const [low, high] = [data[k - 1], data[k]];
    const target = Math.round(high);
    if (row.curve !== 'choice' && to.at > from.at) {
      const step = Math.sign(target - Math.round(low));
      for (let value = Math.round(low) + step; step !== 0 && value !== target + step; value += step) {
        // The edge between the value before and this one.
        const share = (value - step / 2 - low) / (high - low);
        steps.push({ at: from.at + Math.min(1, Math.max(0, share)) * (to.at - from.at), value });
      }
    }
    if (steps[steps.length - 1].value !== target) steps.push({ at: to.at, value: target });
  }
  return steps;
}

/**
 * The inverse of `valueOfController`, with fractions: 64 is the middle of a range that is symmetric about 0.
 */
export function controllerOfValue(row: Parameter, value: number): number {
  const position = positionOf(row, value);
  const isSymmetric = row.curve === 'linear' && row.min === -row.max;
  if (!isSymmetric) return position * 127;
  return position <= 0.5 ? position * 128 : 64 + (position - 0.5) * 126;
}
