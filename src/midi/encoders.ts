// Endless encoders: how they say steps, and how steps move a parameter.
import { parameterById, positionOf, valueAt } from '../contract/parameters.ts';
import { encodingOf, shaped, unshaped, type Binding, type ControlMove, type Encoding } from './bindings.ts';

/** Encodings of steps in a data byte. */
export type StepEncoding = Exclude<Encoding, 'absolute' | 'increments'>;

/** Steps that a data byte 0..127 says, to the right above 0. */
export function stepsOfData(encoding: StepEncoding, data: number): number {
  switch (encoding) {
    case 'twos complement':
      return data < 64 ? data : data - 128;
    case 'signed bit':
      return data < 64 ? data : 64 - data;
    case 'offset 64':
      return data - 64;
  }
}

/** Steps that a move asks of a binding's parameter; undefined for a control that says where it stands. */
export function stepsOf(binding: Binding, { data, steps }: ControlMove): number | undefined {
  const encoding = encodingOf(binding);
  if (encoding === 'absolute') return undefined;
  return encoding === 'increments' ? steps : stepsOfData(encoding, data);
}

/** One step is that of seven bits. */
const stepsOfWay = 128;
/** Messages of the same direction within this time are one turn. */
const turnMs = 100;
/** What each further message within a turn adds to a step. */
const gain = 0.6;
/** A fast turn of an encoder with 24 steps goes the whole way; no message moves further than this. */
const fastestSteps = 8;
const mostSteps = 16;

/**
 * Moves a value by steps, wherever it stands: nothing has to be picked up. Faster turns make larger steps; a device that
 * makes its steps larger by itself is not made faster still.
 */
export class RelativeMotion {
  /** Times of the messages of the present turn. */
  #turn: number[] = [];
  #direction = 0;

  /**
   * @param steps above 0 to the right
   * @param value the parameter's value now
   * @param ms time stamp of the message; undefined where there is none
   * @returns the parameter's new value
   */
  move(binding: Binding, steps: number, value: number, ms: number | undefined): number {
    const { parameterId, min, max, curve } = binding;
    const direction = Math.sign(steps);
    if (direction === 0) return value;
    const size = Math.min(mostSteps, Math.max(Math.abs(steps), this.#speed(direction, ms)));
    const parameter = parameterById(parameterId);
    const rising = direction * (min <= max ? 1 : -1);
    if (parameter.choices) {
      const next = Math.round(value) + rising;
      return Math.min(Math.max(min, max), Math.max(Math.min(min, max), next));
    }
    if (curve === 'toggle') return direction > 0 ? max : min;
    const from = positionOf(parameter, min);
    const to = positionOf(parameter, max);
    if (from === to) return min;
    const share = (positionOf(parameter, value) - from) / (to - from);
    const way = unshaped(curve, Math.min(1, Math.max(0, share)));
    const next = Math.min(1, Math.max(0, way + (direction * size) / stepsOfWay));
    return valueAt(parameter, from + (to - from) * shaped(curve, next));
  }

  /** Messages may come in bunches: how many there were lately counts, not how far apart two are. */
  #speed(direction: number, ms: number | undefined): number {
    if (ms === undefined) return 1;
    if (direction !== this.#direction) this.#turn = [];
    this.#direction = direction;
    this.#turn = this.#turn.filter((at) => ms - at < turnMs && at <= ms).slice(-fastestSteps * 2);
    this.#turn.push(ms);
    return Math.min(fastestSteps, 1 + gain * (this.#turn.length - 1));
  }
}
