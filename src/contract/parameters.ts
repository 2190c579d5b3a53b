// The one table of parameters: page, MIDI and later plugin and presets read ranges, texts and controller numbers here.
import { requireNumber } from './errors.ts';

const styleIds = ['style1', 'style2', 'style3', 'style4', 'style5', 'style6', 'style7', 'style8'] as const;

/** Names of the parameters, as every layer spells them. */
export const parameterIds = [...styleIds, 'outputGainDb'] as const;
export type ParameterId = (typeof parameterIds)[number];

/** One row of the table. Values are plain numbers in `unit`. */
export interface Parameter {
  readonly id: ParameterId;
  /** For people; the page calls a style by the name of the bundle's direction instead. */
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly defaultValue: number;
  /** How a control's travel 0..1 maps to min..max; a decibel scale is linear in decibels. */
  readonly curve: 'linear';
  /** Written after the number, with a space; empty for a bare number. */
  readonly unit: '' | 'dB';
  /** MIDI controller number, 0..119. */
  readonly cc: number;
  /** Digits after the point in texts. */
  readonly decimals: number;
  /** Index of the bundle's direction that it moves along, for styles only. */
  readonly knob?: number;
}

/** First of the ten sound controllers, 70..79, in the MIDI 1.0 list of controller numbers. */
const firstSoundController = 70;

/**
 * Every parameter. Styles move along the bundle's latent directions, most audible first, in units of the direction's vector;
 * those beyond the bundle's last direction move nothing. CC 7 is channel volume in the MIDI 1.0 list of controller numbers.
 */
export const parameters: readonly Parameter[] = [
  ...styleIds.map(style),
  {
    id: 'outputGainDb',
    label: 'Volume',
    min: -60,
    max: 6,
    defaultValue: 0,
    curve: 'linear',
    unit: 'dB',
    cc: 7,
    decimals: 1,
  },
];

function style(id: ParameterId, knob: number): Parameter {
  return {
    id,
    label: `Style ${knob + 1}`,
    min: -2,
    max: 2,
    defaultValue: 0,
    curve: 'linear',
    unit: '',
    cc: firstSoundController + knob,
    decimals: 2,
    knob,
  };
}

/**
 * The row of a parameter.
 * @throws RangeError for an unknown id
 */
export function parameterById(id: string): Parameter {
  const found = parameters.find((parameter) => parameter.id === id);
  if (found) return found;
  throw new RangeError(`parameter id must be one of ${parameterIds.join(', ')}, got ${id}`);
}

/** The row that a MIDI controller number moves, or undefined. */
export function parameterOfController(cc: number): Parameter | undefined {
  return parameters.find((parameter) => parameter.cc === cc);
}

/** Position of a value on the control's travel, 0..1; values outside the range clamp. */
export function positionOf(parameter: Parameter, value: number): number {
  const { min, max } = parameter;
  return Math.min(1, Math.max(0, (value - min) / (max - min)));
}

/** Value at a position 0..1 of the control's travel; positions outside clamp. */
export function valueAt(parameter: Parameter, position: number): number {
  const { min, max } = parameter;
  return min + (max - min) * Math.min(1, Math.max(0, position));
}

/**
 * Value of a MIDI controller's data byte. A range that is symmetric about its middle puts that middle on 64, so that a
 * centred wheel or knob means exactly "as trained"; other ranges spread evenly over 0..127.
 * @param data 0..127
 * @throws RangeError when data is outside 0..127
 */
export function valueOfController(parameter: Parameter, data: number): number {
  requireNumber('controller value', data, 0, 127);
  const symmetric = parameter.min === -parameter.max;
  if (!symmetric) return valueAt(parameter, data / 127);
  return valueAt(parameter, data <= 64 ? data / 128 : 0.5 + (data - 64) / 126);
}

/** A value as the page writes it: `+0.50`, `-6.0 dB`. */
export function textOf(parameter: Parameter, value: number): string {
  const rounded = Number(value.toFixed(parameter.decimals));
  const sign = rounded > 0 ? '+' : rounded < 0 ? '\u2212' : '';
  const number = Math.abs(rounded).toFixed(parameter.decimals);
  return `${sign}${number}${parameter.unit ? ` ${parameter.unit}` : ''}`;
}

/**
 * The value that a text means, with or without its unit.
 * @throws RangeError when the text is no number or lies outside the parameter's range
 */
export function valueOfText(parameter: Parameter, text: string): number {
  const bare = text
    .trim()
    .replace(/\u2212/g, '-')
    .replace(/\s*dB$/i, '');
  const value = bare === '' ? NaN : Number(bare);
  return requireNumber(parameter.label, value, parameter.min, parameter.max, `the text was "${text}"`);
}
