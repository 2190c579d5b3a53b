// Presets: a named set of parameter values with lyrics, scenes, gestures and sounds of drum keys, and what is written of
// them; presetSchema.ts reads it back.
import { InputError, quoted } from '../contract/errors.ts';
import {
  defaultValues,
  parameterIds,
  parameters,
  textOf,
  type Parameter,
  type ParameterId,
  type ParameterValues,
} from '../contract/parameters.ts';

/** Version of the format that this code writes; the migrations of presetSchema.ts lead older ones here. See docs/presets.md. */
export const presetFormatVersion = 2;
/** Scenes A to D. */
export const sceneCount = 4;
/** Names longer than this do not fit the page's list. */
export const longestName = 60;
/** Steps of a long song; a file with more is no text that somebody typed. */
export const longestLyrics = 100_000;
/** A gesture must last, in its unit: a loop of no length has no speed. */
export const shortestGesture = 0.01;
/** Values of some parameters; what is missing counts as default. */
export type PartialValues = Readonly<Partial<Record<ParameterId, number>>>;

/** What is heard, as far as it can be stored and shared: the state that A/B, undo and addresses keep. */
export interface Patch {
  readonly values: ParameterValues;
  /** Text of the lyrics mode; empty for none. */
  readonly lyrics: string;
}

/** One corner of a gesture: a parameter stands at a value at a moment. */
export interface GesturePoint {
  /** Place from the gesture's begin, 0..length, in its unit. */
  readonly at: number;
  readonly id: ParameterId;
  /** In the parameter's unit. */
  readonly value: number;
}

/** A recorded or drawn path of parameters over time. */
export interface Gesture {
  readonly name: string;
  /** Beats are quarter notes and follow the tempo. */
  readonly unit: 'seconds' | 'beats';
  /** Duration in `unit`, above 0; a loop starts over after it. */
  readonly length: number;
  readonly loop: boolean;
  /** In order of time; points of one parameter are joined by straight lines on the control's travel. */
  readonly points: readonly GesturePoint[];
}

/** A sound that is stored on a key of drum mode: a point of the latent space of one model. */
export interface StoredPad {
  /** MIDI note of the key, 0..127. */
  readonly note: number;
  /** The digit that is nearest, 0..9. */
  readonly digit: number;
  /** Index of the voice that it was stored with. */
  readonly speaker: number;
  /** Player's style, as many numbers as the model has. */
  readonly style: readonly number[];
  /** Place in the digit embedding; absent for the digit's own. */
  readonly digitPoint?: readonly number[];
}

/**
 * What a preset holds.
 * @example
 * const preset: Preset = { formatVersion: 2, name: 'Mine', tags: ['pad'], values: { mode: 1, reverb: 0.4 } };
 */
export interface Preset {
  readonly formatVersion: typeof presetFormatVersion;
  readonly name: string;
  readonly author?: string;
  /** Lower-case words that lists can be filtered by. */
  readonly tags: readonly string[];
  readonly values: PartialValues;
  readonly lyrics?: string;
  /** Scenes A to D; null where none is stored. */
  readonly scenes?: readonly (PartialValues | null)[];
  readonly gestures?: readonly Gesture[];
  /** Sounds of drum keys, one for each key, in order of the keys. */
  readonly pads?: readonly StoredPad[];
}

/** JSON of an object. */
export type JsonObject = Readonly<Record<string, unknown>>;

const rows = new Map<string, Parameter>(parameters.map((parameter) => [parameter.id, parameter]));

/**
 * The value that a file or an address gives for a parameter: a number, or the name of a choice. Undefined,
 * with a notice, for what is unknown; clamped, with a notice, outside the range.
 */
export function checkedValue(
  id: string,
  given: number | string,
  notice: (text: string) => void,
): number | undefined {
  const row = rows.get(id);
  if (!row) {
    notice(`there is no parameter ${quoted(id)}; it was left out`);
    return undefined;
  }
  const { choices, label, min, max } = row;
  const named = typeof given === 'string' ? (choices?.indexOf(given) ?? -1) : given;
  if (typeof given === 'string' && named < 0) {
    const wanted = choices ? `one of ${choices.join(', ')}` : `a number from ${min} to ${max}`;
    notice(`${label} must be ${wanted}, got ${quoted(given)}; it was left out`);
    return undefined;
  }
  const value = Math.min(max, Math.max(min, choices ? Math.round(named) : named));
  // Minus zero is a number that tests and files tell from zero, and nobody hears.
  if (value !== named) notice(`${label} must be from ${min} to ${max}, got ${named}; ${value} is used`);
  return value === 0 ? 0 : value;
}

/** The file of one or more presets: JSON, choices by their names. `readPresetFile` reads it back exactly. */
export function writePresetFile(presets: readonly Preset[]): string {
  return `${JSON.stringify({ presets: presets.map(presetData) }, null, 2)}\n`;
}

/** A gesture as JSON, by itself; `readGestureFile` reads it back exactly. */
export function writeGestureFile(gesture: Gesture): string {
  return `${JSON.stringify(gestureData(gesture), null, 2)}\n`;
}

/** Sounds of drum keys as JSON, by themselves; `readPads` reads them back exactly. */
export function writePads(pads: readonly StoredPad[]): string {
  return JSON.stringify({ formatVersion: presetFormatVersion, pads: pads.map(padData) });
}

/** What stands in a file for a preset: JSON that `readPreset` reads back exactly. */
export function presetData(preset: Preset): JsonObject {
  const { scenes, gestures, pads } = preset;
  return {
    ...preset,
    values: namedValues(preset.values),
    ...(scenes ? { scenes: scenes.map((scene) => scene && namedValues(scene)) } : {}),
    ...(gestures ? { gestures: gestures.map(gestureData) } : {}),
    ...(pads ? { pads: pads.map(padData) } : {}),
  };
}

function padData({ style, digitPoint, ...pad }: StoredPad): JsonObject {
  return { ...pad, style: style.join(' '), ...(digitPoint ? { digitPoint: digitPoint.join(' ') } : {}) };
}

function gestureData(gesture: Gesture): JsonObject {
  const points = gesture.points.map((point) => ({ ...point, value: namedValue(point.id, point.value) }));
  return { ...gesture, points };
}

function namedValues(values: PartialValues): Readonly<Record<string, number | string>> {
  return Object.fromEntries(
    Object.entries(values).map(([id, value]) => [id, namedValue(id as ParameterId, value)]),
  );
}

/** A choice's name, any other value as it is. */
export function namedValue(id: ParameterId, value: number): number | string {
  const row = rows.get(id);
  return row?.choices ? textOf(row, value) : value;
}

/** Every parameter of a preset or scene: what it lacks is at its default. */
export function completeValues(values: PartialValues): Record<ParameterId, number> {
  return { ...defaultValues(), ...values };
}

/** The values that differ from the defaults: what a preset needs to store. */
export function changedValues(values: PartialValues): PartialValues {
  const defaults = defaultValues();
  const changed: Partial<Record<ParameterId, number>> = {};
  for (const id of parameterIds) {
    const value = values[id];
    if (value !== undefined && value !== defaults[id]) changed[id] = value;
  }
  return changed;
}

/** The patch that a preset loads. */
export function patchOf(preset: Preset): Patch {
  return { values: completeValues(preset.values), lyrics: preset.lyrics ?? '' };
}

/**
 * A preset of the present state.
 * @throws InputError when the name is empty or longer than `longestName`
 */
export function presetOf(
  name: string,
  patch: Patch,
  extra: Pick<Preset, 'author' | 'scenes' | 'gestures' | 'pads'> & { readonly tags?: readonly string[] } = {},
): Preset {
  const { author, scenes, gestures, pads, tags = [] } = extra;
  return {
    formatVersion: presetFormatVersion,
    name: checkedName(name),
    ...(author ? { author } : {}),
    tags,
    values: changedValues(patch.values),
    ...(patch.lyrics ? { lyrics: patch.lyrics } : {}),
    ...(scenes?.some((scene) => scene) ? { scenes } : {}),
    ...(gestures?.length ? { gestures } : {}),
    ...(pads?.length ? { pads } : {}),
  };
}

/**
 * A preset's name without surrounding spaces.
 * @throws InputError when it is empty or too long
 */
export function checkedName(name: string): string {
  const trimmed = name.trim();
  if (trimmed && trimmed.length <= longestName) return trimmed;
  throw new InputError(`a preset's name must be 1 to ${longestName} characters long, got ${quoted(trimmed)}`);
}
