// How a control moves through a parameter's range: keyboard steps, and numbers as fine as the page writes them.
import { positionOf, valueAt, type Parameter } from './parameters.ts';

/** Arrow key presses from one end to the other, about. */
const stepsOfRange = 80;

/** What a native range input is given. */
export interface RangeTravel {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/**
 * The range input of a parameter. One that runs in equal ratios moves by shares of its travel, 0..100; others by values,
 * in steps of 1, 2 or 5 times a power of ten, never finer than the digits that are shown.
 */
export function rangeTravel(parameter: Parameter): RangeTravel {
  const { curve, decimals, min, max } = parameter;
  if (curve === 'exponential') return { min: 0, max: 100, step: 1 };
  const finest = 10 ** -decimals;
  const wanted = (max - min) / stepsOfRange;
  const power = 10 ** Math.floor(Math.log10(wanted));
  // The small excess forgives 0.0499999 for 0.05.
  const multiple = [5, 2, 1].find((m) => m * power <= wanted * 1.000001) ?? 1;
  return { min, max, step: Math.max(finest, multiple * power) };
}

/** Where the range input of a parameter stands at a value. */
export function rangeValue(parameter: Parameter, value: number): number {
  return parameter.curve === 'exponential' ? 100 * positionOf(parameter, value) : value;
}

/** The parameter's value where its range input stands. */
export function valueOfRange(parameter: Parameter, range: number): number {
  return asShown(parameter, parameter.curve === 'exponential' ? valueAt(parameter, range / 100) : range);
}

/** A value as fine as its text says it, so that what is heard is what is read; inside the parameter's range. */
export function asShown(parameter: Parameter, value: number): number {
  const { decimals, min, max } = parameter;
  return Math.min(max, Math.max(min, Number(value.toFixed(decimals))));
}
