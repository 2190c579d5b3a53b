// What a row of the parameter table can say, and short ways to write the rows and what they set in the kernel.
import type { ModulationTarget } from './choices.ts';
import type { Seconds } from './units.ts';

/** Groups as the page shows them. */
export const parameterGroups = [
  'style',
  'play',
  'envelope',
  'pitch',
  'timbre',
  'modulation',
  'morph',
  'arpeggio',
  'effects',
  'output',
] as const;
export type ParameterGroup = (typeof parameterGroups)[number];

/**
 * How a control's travel 0..1 maps to min..max: straight, in equal ratios, or by whole numbers. A decibel scale is linear in
 * decibels.
 */
export type Curve = 'linear' | 'exponential' | 'choice';
export type Unit = '' | 'dB' | 'Hz' | 's' | 'ct' | 'st' | '%' | 'bpm' | 'x' | 'dB/oct';

/**
 * How a parameter takes part in a blend of scenes: 'smooth' moves along the control's travel (so ratios blend as ratios),
 * 'rounded' does so in whole numbers, as a transposition half-way would be out of tune; 'switches' takes what has the largest
 * share, so that it changes half-way: between two names there is no mixture; 'whole' (how keys are played, what other
 * instruments are tuned and timed to) changes only when one scene is reached fully; 'never' stays the player's.
 */
export type Blend = 'smooth' | 'rounded' | 'switches' | 'whole' | 'never';

/** What a row says whatever the parameter is for. */
export interface RowBasics {
  /** For people. */
  readonly label: string;
  readonly group: ParameterGroup;
  readonly min: number;
  readonly max: number;
  readonly defaultValue: number;
  readonly curve?: Curve;
  readonly unit?: Unit;
  readonly decimals?: number;
  /** MIDI controller number that moves it unless another is learned, 0..119. */
  readonly cc?: number;
  /** Index of the bundle's direction that it moves along, for styles only. */
  readonly knob?: number;
  /** Names of a choice's values. */
  readonly choices?: readonly string[];
  /** One sentence for help texts. */
  readonly about?: string;
}

/** A row of the table. */
export interface Row extends RowBasics {
  /** Non-registered parameter number, fixed for ever; a new row takes the next free one. */
  readonly nrpn: number;
  /** 'smooth' where nothing is said, of choices 'switches'. */
  readonly blend?: Blend;
  /**
   * What a note takes with it when it is planned, or latches when it starts: whoever sends a note behind such a change means
   * it to count. Other changes reach notes that sound.
   */
  readonly shapesNotes?: true;
  /** Part of what moves each note on its own; sounding notes are told anew. */
  readonly movesNotes?: true;
  /** An effect's: how much of it is heard ('amount', silent at 0), or how it sounds. */
  readonly effect?: 'amount' | 'setting';
  /** The target of modulation that moves what this sets, in this row's unit; of speed in octaves. */
  readonly target?: Exclude<ModulationTarget, 'nothing'>;
  /** Of a choice of targets: the parameter that says how far these are moved. */
  readonly amount?: string;
  /** The voice parameter that it sets, for the kernel. */
  readonly voice?: VoiceSetting;
  /** Still read from presets and MIDI, but on no page any more. */
  readonly deprecated?: true;
}

/** A voice parameter from a row's value; the length of a quarter note is for what follows the tempo. */
type Conversion<T> = (value: number, quarterSeconds: Seconds) => T;

/** `plain` is what the kernel plays by until it is sent parameters. */
interface Setting<Kind extends string, Name extends string, T> {
  readonly kind: Kind;
  readonly name: Name;
  readonly plain: T;
  readonly of: Conversion<T>;
  /** True for what frames of clips are read by: a change has frames read anew that have not been heard. */
  readonly isRead: boolean;
}

export interface NumberSetting<Name extends string> extends Setting<'number', Name, number> {
  /** Range in the kernel. */
  readonly min: number;
  readonly max: number;
}
export type FlagSetting<Name extends string> = Setting<'flag', Name, boolean>;
export interface ChoiceSetting<Name extends string, T extends string> extends Setting<'choice', Name, T> {
  readonly choices: readonly T[];
}
/** What a source moves: one of the kernel's targets, by the index of a target of the table. */
export interface TargetSetting<Name extends string> {
  readonly kind: 'target';
  readonly name: Name;
}
/** Takes the place of what another row gives, where it gives a number. */
export interface OverrideSetting<Name extends string> {
  readonly kind: 'override';
  readonly name: Name;
  readonly of: Conversion<number | undefined>;
}
export type VoiceSetting =
  | NumberSetting<string>
  | FlagSetting<string>
  | ChoiceSetting<string, string>
  | TargetSetting<string>
  | OverrideSetting<string>;

/** First of the ten sound controllers, 70..79, in the MIDI 1.0 list of controller numbers. */
const firstSoundController = 70;

/** @param knob index of the bundle's direction */
export function style(knob: number): RowBasics {
  return {
    label: `Style ${knob + 1}`,
    group: 'style',
    min: -2,
    max: 2,
    defaultValue: 0,
    decimals: 2,
    cc: firstSoundController + knob,
    knob,
  };
}

export function choice(
  label: string,
  group: ParameterGroup,
  choices: readonly string[],
  about: string,
  first = 0,
): RowBasics {
  return {
    label,
    group,
    min: 0,
    max: choices.length - 1,
    defaultValue: first,
    curve: 'choice',
    choices,
    about,
  };
}

export function share(label: string, group: ParameterGroup, defaultValue: number, about: string): RowBasics {
  return { label, group, min: 0, max: 1, defaultValue, decimals: 2, about };
}

export function seconds(
  label: string,
  group: ParameterGroup,
  [min, max]: readonly [Seconds, Seconds],
  defaultValue: Seconds,
  about: string,
): RowBasics {
  return { label, group, min, max, defaultValue, curve: 'exponential', unit: 's', decimals: 3, about };
}

interface SettingOptions<T> {
  /** The row's own value where nothing is said. */
  readonly of?: Conversion<T>;
  readonly isRead?: boolean;
}

/** @param range in the kernel, whatever the row's own is */
export function voiceNumber<Name extends string>(
  name: Name,
  [min, max]: readonly [number, number],
  plain: number,
  { of = (value) => value, isRead = false }: SettingOptions<number> = {},
): NumberSetting<Name> {
  return { kind: 'number', name, min, max, plain, of, isRead };
}

export function voiceFlag<Name extends string>(
  name: Name,
  plain: boolean,
  { of = (value) => value >= 0.5, isRead = false }: SettingOptions<boolean> = {},
): FlagSetting<Name> {
  return { kind: 'flag', name, plain, of, isRead };
}

/** @param choices in the order of the row's; the first is the plain one */
export function voiceChoice<Name extends string, T extends string>(
  name: Name,
  choices: readonly T[],
  { isRead = false }: Pick<SettingOptions<T>, 'isRead'> = {},
): ChoiceSetting<Name, T> {
  return { kind: 'choice', name, choices, plain: choices[0], of: (index) => choices[index], isRead };
}

export function voiceTarget<Name extends string>(name: Name): TargetSetting<Name> {
  return { kind: 'target', name };
}

export function voiceOverride<Name extends string>(
  name: Name,
  of: Conversion<number | undefined>,
): OverrideSetting<Name> {
  return { kind: 'override', name, of };
}
