// The parameters as page, MIDI, presets, addresses and the command line read them: rows by name and number, values as places on
// a control's travel, as controller data and as text. What a parameter is stands in parameterTable.ts.
import { requireNumber } from './errors.ts';
import type { Blend, Curve, Row, Unit } from './parameterRows.ts';
import { parameterTable } from './parameterTable.ts';

export {
  arpModes,
  divisionQuarters,
  holdModes,
  modulationTargets,
  playModes,
  pressureTargets,
  voiceModes,
  type ModulationTarget,
  type PlayModeName,
} from './choices.ts';
export { parameterGroups, type Blend, type ParameterGroup } from './parameterRows.ts';

type Table = typeof parameterTable;

/**
 * The name of a parameter.
 * @example
 * const id: ParameterId = 'reverb';
 */
export type ParameterId = keyof Table;

/**
 * Names of the parameters, as every layer spells them.
 * @example
 * for (const id of parameterIds) console.log(id, instrument.parameter(id));
 */
export const parameterIds = Object.keys(parameterTable) as readonly ParameterId[];

/** Parameters of the effects. */
export type EffectParameterId = {
  [Id in ParameterId]: Table[Id] extends { readonly effect: string } ? Id : never;
}[ParameterId];

/**
 * One row of the table with all that it leaves unsaid. Values are plain numbers in `unit`; a choice's value is the index of the
 * choice. The page calls a style by the name of the bundle's direction instead of its label.
 * @example
 * const { min, max, unit }: Parameter = parameterById('reverbSeconds');
 */
export interface Parameter extends Row {
  readonly id: ParameterId;
  readonly curve: Curve;
  /** Written after the number, with a space; empty for a bare number. */
  readonly unit: Unit;
  /** Digits after the point in texts. */
  readonly decimals: number;
  readonly blend: Blend;
  readonly amount?: ParameterId;
}

/** Every parameter. Styles move along the bundle's latent directions, most audible first; see docs/midi.md for controllers. */
export const parameters: readonly Parameter[] = parameterIds.map((id) => {
  const row: Row = parameterTable[id];
  const { curve = 'linear', unit = '', decimals = 0 } = row;
  const blend = row.blend ?? (curve === 'choice' ? 'switches' : 'smooth');
  // That `amount` names a row is tested: its type would go round in a circle.
  return { ...row, id, curve, unit, decimals, blend } as Parameter;
});

/** Those that pages and lists show: deprecated ones are only read. */
export function shownOf(rows: readonly Parameter[]): readonly Parameter[] {
  return rows.filter((row) => !row.deprecated);
}

const byId = new Map<string, Parameter>(parameters.map((parameter) => [parameter.id, parameter]));

/**
 * A value for every parameter.
 * @example
 * const some: Partial<ParameterValues> = { reverb: 0.3, delay: 0 };
 * instrument.setParameters(some);
 */
export type ParameterValues = Readonly<Record<ParameterId, number>>;

/** Every parameter at its default. */
export function defaultValues(): Record<ParameterId, number> {
  return Object.fromEntries(parameters.map((p) => [p.id, p.defaultValue])) as Record<ParameterId, number>;
}

/**
 * The row of a parameter.
 * @throws RangeError for an unknown id
 * @example
 * instrument.setParameter('reverb', parameterById('reverb').max);
 */
export function parameterById(id: string): Parameter {
  const found = byId.get(id);
  if (found) return found;
  throw new RangeError(`parameter id must be one of ${parameterIds.join(', ')}, got ${id}`);
}

/** The row that a MIDI controller number moves unless another is learned, or undefined. */
export function parameterOfController(cc: number, rows = parameters): Parameter | undefined {
  return rows.find((parameter) => parameter.cc === cc);
}

/** The row of a non-registered parameter number, or undefined. */
export function parameterOfNrpn(number: number, rows = parameters): Parameter | undefined {
  return rows.find(({ nrpn }) => nrpn === number);
}

/** Position of a value on the control's travel, 0..1; values outside the range clamp. */
export function positionOf(parameter: Parameter, value: number): number {
  const { min, max, curve } = parameter;
  const share =
    curve === 'exponential' ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min);
  return Math.min(1, Math.max(0, share));
}

/** Value at a position 0..1 of the control's travel; positions outside clamp. */
export function valueAt(parameter: Parameter, position: number): number {
  const { min, max, curve } = parameter;
  const share = Math.min(1, Math.max(0, position));
  if (curve === 'exponential') return min * Math.pow(max / min, share);
  const value = min + (max - min) * share;
  return curve === 'choice' ? Math.round(value) : value;
}

/**
 * Value of a MIDI controller's data byte. A range that is symmetric about its middle puts that middle on 64, so that a
 * centred wheel or knob means exactly "as trained"; other ranges spread evenly over 0..127.
 * @param data 0..127, with fractions for 14-bit controllers
 * @throws RangeError when data is outside 0..127
 */
export function valueOfController(parameter: Parameter, data: number): number {
  requireNumber('controller value', data, 0, 127);
  const isSymmetric = parameter.curve === 'linear' && parameter.min === -parameter.max;
  if (!isSymmetric) return valueAt(parameter, data / 127);
  return valueAt(parameter, data <= 64 ? data / 128 : 0.5 + (data - 64) / 126);
}

/** A value as the page writes it: `+0.50`, `-6.0 dB`, `legato`. Only ranges that reach below zero show a plus. */
export function textOf(parameter: Parameter, value: number): string {
  const { choices, decimals, min, unit } = parameter;
  if (choices) return choices[Math.min(choices.length - 1, Math.max(0, Math.round(value)))];
  const rounded = Number(value.toFixed(decimals));
  const sign = rounded > 0 && min < 0 ? '+' : rounded < 0 ? '\u2212' : '';
  return `${sign}${Math.abs(rounded).toFixed(decimals)}${unit ? ` ${unit}` : ''}`;
}

/**
 * The value that a text means, with or without its unit; a choice by its name or number.
 * @throws RangeError when the text is no number or lies outside the parameter's range
 */
export function valueOfText(parameter: Parameter, text: string): number {
  const { choices, label, min, max, unit } = parameter;
  const trimmed = text.trim();
  if (choices) {
    const index = choices.findIndex((name) => name.toLowerCase() === trimmed.toLowerCase());
    if (index >= 0) return index;
    throw new RangeError(`${label} must be one of ${choices.join(', ')}, got "${text}"`);
  }
  const number = trimmed.replace(/\u2212/g, '-');
  const bare =
    unit && number.toLowerCase().endsWith(unit.toLowerCase()) ? number.slice(0, -unit.length) : number;
  const value = bare.trim() === '' ? NaN : Number(bare);
  return requireNumber(label, value, min, max, `the text was "${text}"`);
}

/**
 * A value as its parameter takes it: choices are whole.
 * @throws RangeError for an unknown id or a value outside its range
 */
export function acceptedValue(id: ParameterId, value: number): number {
  const { min, max, curve } = parameterById(id);
  requireNumber(id, value, min, max);
  return curve === 'choice' ? Math.round(value) : value;
}
