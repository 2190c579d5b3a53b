// Presets: a named set of parameter values with lyrics, scenes, gestures and sounds of drum keys, and the JSON
// file that carries them.
// Long, since the schema, its notices and its migration are read together.
import { z } from 'zod';
import { InputError } from '../contract/errors.ts';
import {
  defaultValues,
  parameterIds,
  parameters,
  textOf,
  type Parameter,
  type ParameterId,
  type ParameterValues,
} from '../contract/parameters.ts';

/** Version of the format that this code writes; `migrations` leads older ones here. See docs/presets.md. */
export const presetFormatVersion = 2;
/** Scenes A to D. */
export const sceneCount = 4;
/** Names longer than this do not fit the page's list. */
export const longestName = 60;
/** Steps of a long song; a file with more is no text that somebody typed. */
export const longestLyrics = 2000;
/**
 * A gesture is thinned out before it is stored; a minute of eight parameters at 100 points a second stays
 * below this.
 */
const mostGesturePoints = 50_000;
const mostGestures = 64;
/** The highest MIDI note. */
const lastNote = 127;
/** Longer than any model's style or digit point. */
const mostDimensions = 4096;
const mostTags = 16;

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

/** What a preset holds. */
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

/** A preset that was read, with one sentence for each thing that had to be changed. */
export interface ReadPreset {
  readonly preset: Preset;
  readonly notices: readonly string[];
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** Ids of format version 0, the drafts before the first release, by the names that version 1 gives them. */
const renamedSinceVersion0: Readonly<Record<string, ParameterId>> = {
  volume: 'outputGainDb',
  arpDivision: 'arpRate',
  stutterDivision: 'stutterRate',
  a4: 'tuningHz',
};

/** Step i leads format version i to i + 1. */
const migrations: readonly ((old: JsonObject) => JsonObject)[] = [
  ({ title, parameters: old, ...rest }) => ({
    ...rest,
    formatVersion: 1,
    name: title,
    tags: rest.tags ?? [],
    values:
      isObject(old) &&
      Object.fromEntries(Object.entries(old).map(([id, value]) => [renamedSinceVersion0[id] ?? id, value])),
  }),
  // Version 2 adds the sounds of drum keys, which a numvox of version 1 would lose without a word.
  (old) => ({ ...old, formatVersion: 2 }),
];

/** A choice may be given by its name, so that files outlive a change of the choices' order. */
const rawValuesSchema = z.record(z.string(), z.union([z.number(), z.string()]));
type RawValues = z.infer<typeof rawValuesSchema>;

const nameSchema = z.string().trim().min(1).max(longestName);
const gestureSchema = z.object({
  name: nameSchema,
  unit: z.enum(['seconds', 'beats']),
  length: z.number().positive().max(36_000),
  loop: z.boolean(),
  points: z
    .array(
      z.object({
        at: z.number().nonnegative(),
        id: z.string(),
        value: z.union([z.number(), z.string()]),
      }),
    )
    .max(mostGesturePoints),
});
/** Numbers of a latent vector as one text, `0.5 -1.2 3`: in a list each would take a line of the file. */
const vectorSchema = z
  .string()
  .transform((text) => text.trim().split(/\s+/))
  .refine(
    (words) => words.length <= mostDimensions && words.every((word) => word && isFinite(Number(word))),
    {
      error: 'must be numbers with spaces between them',
    },
  )
  .transform((words) => words.map(Number));
const padSchema = z.object({
  note: z.int().min(0).max(lastNote),
  digit: z.int().min(0).max(9),
  speaker: z.int().nonnegative().default(0),
  style: vectorSchema,
  digitPoint: vectorSchema.optional(),
});
const padsSchema = z.array(padSchema).max(lastNote + 1);
const presetSchema = z.object({
  formatVersion: z.literal(presetFormatVersion),
  name: nameSchema,
  author: z.string().trim().max(longestName).optional(),
  tags: z.array(nameSchema).max(mostTags).default([]),
  values: rawValuesSchema,
  lyrics: z.string().max(longestLyrics).optional(),
  scenes: z.array(rawValuesSchema.nullable()).length(sceneCount).optional(),
  gestures: z.array(gestureSchema).max(mostGestures).optional(),
  pads: padsSchema.optional(),
});

const rows = new Map<string, Parameter>(parameters.map((parameter) => [parameter.id, parameter]));

/**
 * Reads one preset of any format version.
 * @param data parsed JSON
 * @param where what to call it in errors: a file's name
 * @throws InputError when it is no preset, or was written by a newer numvox
 */
export function readPreset(data: unknown, where = 'this preset'): ReadPreset {
  const result = presetSchema.safeParse(migrated(data, where));
  if (!result.success) {
    throw new InputError(`${where} is not a numvox preset (${faultsOf(result.error)}); export it again`);
  }
  const { name, author, tags, values, lyrics, scenes, gestures, pads } = result.data;
  const notices: string[] = [];
  const notice = (text: string) => notices.push(`${name}: ${text}`);
  const preset: Preset = {
    formatVersion: presetFormatVersion,
    name,
    ...(author ? { author } : {}),
    tags: tags.map((tag) => tag.toLowerCase()),
    values: checkedValues(values, notice),
    ...(lyrics ? { lyrics } : {}),
    ...(scenes ? { scenes: scenes.map((scene) => scene && checkedValues(scene, notice)) } : {}),
    ...(gestures ? { gestures: gestures.map((gesture) => checkedGesture(gesture, notice)) } : {}),
    ...(pads?.length ? { pads: onePerKey(pads) } : {}),
  };
  return { preset, notices };
}

/** Follows the migrations from the data's own version. */
function migrated(data: unknown, where: string): JsonObject {
  if (!isObject(data)) throw new InputError(`${where} is not a numvox preset; it holds no JSON object`);
  const version = data.formatVersion;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 0) {
    throw new InputError(
      `${where} is not a numvox preset; formatVersion must be a whole number from 0 to ${presetFormatVersion}`,
    );
  }
  if (version > presetFormatVersion) {
    throw new InputError(
      `${where} has format version ${version}; this numvox reads up to ${presetFormatVersion}, so update it`,
    );
  }
  return migrations.slice(version).reduce<JsonObject>((old, step) => step(old), data);
}

/** Numbers of known parameters inside their ranges; the rest is left out or clamped, with a notice. */
function checkedValues(raw: RawValues, notice: (text: string) => void): PartialValues {
  const values: Partial<Record<ParameterId, number>> = {};
  for (const [id, given] of Object.entries(raw)) {
    const value = checkedValue(id, given, notice);
    if (value !== undefined) values[id as ParameterId] = value;
  }
  return values;
}

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
    notice(`there is no parameter "${id}"; it was left out`);
    return undefined;
  }
  const { choices, label, min, max } = row;
  const named = typeof given === 'string' ? (choices?.indexOf(given) ?? -1) : given;
  if (typeof given === 'string' && named < 0) {
    const wanted = choices ? `one of ${choices.join(', ')}` : `a number from ${min} to ${max}`;
    notice(`${label} must be ${wanted}, got "${given}"; it was left out`);
    return undefined;
  }
  const value = Math.min(max, Math.max(min, choices ? Math.round(named) : named));
  // Minus zero is a number that tests and files tell from zero, and nobody hears.
  if (value !== named) notice(`${label} must be from ${min} to ${max}, got ${named}; ${value} is used`);
  return value === 0 ? 0 : value;
}

function checkedGesture(raw: z.infer<typeof gestureSchema>, notice: (text: string) => void): Gesture {
  const points = raw.points.flatMap(({ at, id, value: given }): GesturePoint[] => {
    const value = checkedValue(id, given, notice);
    return value === undefined ? [] : [{ at: Math.min(at, raw.length), id: id as ParameterId, value }];
  });
  return { ...raw, points: points.sort((a, b) => a.at - b.at) };
}

/** Pads in order of their keys; of several on one key the last counts. */
function onePerKey(pads: z.infer<typeof padsSchema>): StoredPad[] {
  const byKey = new Map(pads.map((pad) => [pad.note, pad]));
  return [...byKey.values()]
    .sort((a, b) => a.note - b.note)
    .map(({ digitPoint, ...pad }) => ({ ...pad, ...(digitPoint ? { digitPoint } : {}) }));
}

/**
 * Reads a file of presets: one preset, or the object with `presets` that `writePresetFile` makes.
 * @param text JSON
 * @param where the file's name, for errors
 * @throws InputError when it is no JSON, holds no preset, or one of them cannot be read
 */
export function readPresetFile(text: string, where = 'this file'): ReadPreset[] {
  const data = parsed(text, where, 'a numvox preset');
  if (!isObject(data) || !('presets' in data)) return [readPreset(data, where)];
  const { presets } = data;
  if (!Array.isArray(presets) || presets.length === 0) {
    throw new InputError(`${where} holds no presets; "presets" must be a list of one or more`);
  }
  return presets.map((preset: unknown, index) => readPreset(preset, `preset ${index + 1} of ${where}`));
}

/** The file of one or more presets: JSON, choices by their names. `readPresetFile` reads it back exactly. */
export function writePresetFile(presets: readonly Preset[]): string {
  return `${JSON.stringify({ presets: presets.map(presetData) }, null, 2)}\n`;
}

/** A gesture as JSON, by itself; `readGestureFile` reads it back exactly. */
export function writeGestureFile(gesture: Gesture): string {
  return `${JSON.stringify(gestureData(gesture), null, 2)}\n`;
}

/**
 * Reads a gesture's JSON.
 * @param where the file's name, for errors
 * @throws InputError when it is no gesture
 */
export function readGestureFile(
  text: string,
  where = 'this file',
): { readonly gesture: Gesture; readonly notices: readonly string[] } {
  const result = gestureSchema.safeParse(parsed(text, where, 'a gesture'));
  if (!result.success) throw new InputError(`${where} is not a gesture (${faultsOf(result.error)})`);
  const notices: string[] = [];
  const gesture = checkedGesture(result.data, (notice) => notices.push(`${result.data.name}: ${notice}`));
  return { gesture, notices };
}

/** True for a gesture's JSON, whatever else is wrong with it: it has points, and presets have none. */
export function isGestureFile(text: string): boolean {
  try {
    const data: unknown = JSON.parse(text);
    return typeof data === 'object' && data !== null && 'points' in data;
  } catch {
    return false;
  }
}

/** Sounds of drum keys as JSON, by themselves; `readPads` reads them back exactly. */
export function writePads(pads: readonly StoredPad[]): string {
  return JSON.stringify({ formatVersion: presetFormatVersion, pads: pads.map(padData) });
}

/**
 * Reads what `writePads` wrote.
 * @param where what to call it in errors
 * @throws InputError when it holds no sounds of drum keys, or was written by a newer numvox
 */
export function readPads(text: string, where: string): StoredPad[] {
  const data = migrated(parsed(text, where, 'sounds of drum keys'), where);
  const result = padsSchema.safeParse(data.pads);
  if (!result.success)
    throw new InputError(`${where} has no sounds of drum keys (${faultsOf(result.error)})`);
  return onePerKey(result.data);
}

function parsed(text: string, where: string, wanted: string): unknown {
  try {
    return JSON.parse(text);
  } catch (fault) {
    throw new InputError(`${where} is no JSON file (${(fault as Error).message}); choose ${wanted} file`);
  }
}

/** The first few faults, each with its place. */
function faultsOf({ issues }: z.ZodError): string {
  return issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'all of it'}: ${issue.message}`)
    .join('; ');
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

function namedValues(values: PartialValues): RawValues {
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
  throw new InputError(`a preset's name must be 1 to ${longestName} characters long, got "${trimmed}"`);
}

function isObject(data: unknown): data is JsonObject {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}
