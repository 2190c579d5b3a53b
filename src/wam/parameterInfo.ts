// The rows of our table as WAM parameters: for the node, which hosts ask, and for the processor. Functions do not travel between the
// two, so each makes its own.
import type { WamParameterInfo, WamParameterInfoMap, WamParameterType } from '@webaudiomodules/api';
import {
  parameterIds,
  parameters,
  positionOf,
  textOf,
  valueAt,
  type Parameter,
  type ParameterId,
} from '../contract/parameters.ts';

/** WAM curves are powers: x ** (1.5 ** exponent). The one that meets ours in the middle of the travel. */
function exponentOf(row: Parameter): number {
  if (row.curve !== 'exponential') return 0;
  const middle = (valueAt(row, 0.5) - row.min) / (row.max - row.min);
  return Math.log(Math.log(middle) / Math.log(0.5)) / Math.log(1.5);
}

const switchNames = ['off', 'on'];

function typeOf({ choices, blend }: Parameter): WamParameterType {
  if (choices)
    return choices.length === 2 && choices.every((name, k) => name === switchNames[k]) ? 'boolean' : 'choice';
  return blend === 'rounded' || blend === 'switches' ? 'int' : 'float';
}

/** True for parameters of whole numbers. */
function isWhole(row: Parameter): boolean {
  return typeOf(row) !== 'float';
}

/** A row as hosts know parameters. `normalize` and `denormalize` are exact; `exponent` is as near as WAM's curves come. */
class RowInfo implements WamParameterInfo {
  readonly id: ParameterId;
  readonly label: string;
  readonly type: WamParameterType;
  readonly defaultValue: number;
  readonly minValue: number;
  readonly maxValue: number;
  readonly discreteStep: number;
  readonly exponent: number;
  readonly choices: string[];
  readonly units: string;
  readonly #row: Parameter;

  constructor(row: Parameter) {
    this.#row = row;
    this.id = row.id;
    this.label = row.label;
    this.type = typeOf(row);
    this.defaultValue = row.defaultValue;
    this.minValue = row.min;
    this.maxValue = row.max;
    this.discreteStep = isWhole(row) ? 1 : 0;
    this.exponent = exponentOf(row);
    this.choices = [...(row.choices ?? [])];
    this.units = row.unit;
  }

  /** Place 0..1 on the travel of a value; beyond the range the end. */
  normalize(value: number): number {
    // Ratios go no further than the range.
    return positionOf(this.#row, Math.min(this.maxValue, Math.max(this.minValue, value)));
  }

  /** Value at a place 0..1 of the travel. */
  denormalize(place: number): number {
    return accepted(this.#row, valueAt(this.#row, place));
  }

  /** A value as the page writes it, with its unit. */
  valueString(value: number): string {
    return textOf(this.#row, value);
  }
}

function accepted(row: Parameter, value: number): number {
  const within = Math.min(row.max, Math.max(row.min, value));
  return isWhole(row) ? Math.round(within) : within;
}

/**
 * What a host's value means, inside the range; undefined for a parameter that we do not have and for what is no number.
 * @param normalized true for a place 0..1 on the travel
 */
export function readValue(
  id: string,
  value: unknown,
  normalized = false,
): { id: ParameterId; value: number } | undefined {
  const row = parameters.find((each) => each.id === id);
  if (!row || typeof value !== 'number' || !Number.isFinite(value)) return undefined;
  return { id: row.id, value: accepted(row, normalized ? valueAt(row, value) : value) };
}

/** Infos of the parameters that are asked for, without the unknown; of all where none is. */
export function parameterInfo(ids: readonly string[] = []): WamParameterInfoMap {
  const wanted = knownIds(ids);
  return Object.fromEntries(
    parameters.filter(({ id }) => wanted.includes(id)).map((row) => [row.id, new RowInfo(row)]),
  );
}

/** The ids that are ours; all where none is asked for. */
export function knownIds(ids: readonly string[]): readonly ParameterId[] {
  if (ids.length === 0) return parameterIds;
  return parameterIds.filter((id) => ids.includes(id));
}
