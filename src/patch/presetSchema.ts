// Reads presets, gestures and sounds of drum keys: the schema of their JSON, its notices and its migrations.
import { fewNotices, InputError } from '../contract/errors.ts';
import { fileKinds } from '../contract/fileSizes.ts';
import { readJson } from '../contract/jsonText.ts';
import type { ParameterId } from '../contract/parameters.ts';
import { z } from '../schema.ts';
import {
  checkedValue,
  longestLyrics,
  longestName,
  shortestGesture,
  presetFormatVersion,
  sceneCount,
  type Gesture,
  type GesturePoint,
  type JsonObject,
  type PartialValues,
  type Preset,
  type StoredPad,
} from './preset.ts';

/**
 * A gesture is thinned out before it is stored; a minute of eight parameters at 100 points a second stays
 * below this.
 */
const mostGesturePoints = 50_000;
const mostGestures = 64;
/** Of all gestures of a preset: as many as a file of the largest size holds. */
const mostPointsInAll = 200_000;
/** More than there will ever be parameters, so that newer files are read. */
const mostValues = 4096;
const mostPresets = 2000;
/** The highest MIDI note. */
const lastNote = 127;
/** Longer than any model's style or digit point. */
const mostDimensions = 4096;
/** Far beyond any place that words are decoded at, and far within what single precision holds. */
const farthest = 1e6;
/** Of a number of a vector with its blank. */
const longestNumber = 32;
const mostTags = 16;

/** A preset that was read, with one sentence for each thing that had to be changed. */
export interface ReadPreset {
  readonly preset: Preset;
  readonly notices: readonly string[];
}

/** Ids of format version 0, the drafts before the first release, by the names that version 1 gives them. */
const renamedSinceVersion0: ReadonlyMap<string, ParameterId> = new Map([
  ['volume', 'outputGainDb'],
  ['arpDivision', 'arpRate'],
  ['stutterDivision', 'stutterRate'],
  ['a4', 'tuningHz'],
] as const);

/** Step i leads format version i to i + 1. */
const migrations: readonly ((old: JsonObject) => JsonObject)[] = [
  ({ title, parameters: old, ...rest }) => ({
    ...rest,
    formatVersion: 1,
    name: title,
    tags: rest.tags ?? [],
    values:
      isObject(old) &&
      Object.fromEntries(
        Object.entries(old).map(([id, value]) => [renamedSinceVersion0.get(id) ?? id, value]),
      ),
  }),
  // Version 2 adds the sounds of drum keys, which a numvox of version 1 would lose without a word.
  (old) => ({ ...old, formatVersion: 2 }),
];

/** A choice may be given by its name, so that files outlive a change of the choices' order. */
const rawValueSchema = z.union([z.number(), z.string()]);
const rawValuesSchema = z.record(z.string(), rawValueSchema).check(
  z.refine((values) => Object.keys(values).length <= mostValues, {
    error: `has more than ${mostValues} values`,
  }),
);
type RawValues = z.infer<typeof rawValuesSchema>;

const nameSchema = z.string().check(z.trim(), z.minLength(1), z.maxLength(longestName));
const gestureSchema = z.object({
  name: nameSchema,
  unit: z.enum(['seconds', 'beats']),
  length: z.number().check(z.minimum(shortestGesture), z.maximum(36_000)),
  loop: z.boolean(),
  points: z
    .array(z.object({ at: z.number().check(z.nonnegative()), id: z.string(), value: rawValueSchema }))
    .check(z.maxLength(mostGesturePoints)),
});
const wordsOf = (text: string) => text.trim().split(/\s+/);
const isVector = (text: string) =>
  wordsOf(text).length <= mostDimensions &&
  wordsOf(text).every((word) => word && Math.abs(Number(word)) <= farthest);
/** Numbers of a latent vector as one text, `0.5 -1.2 3`: in a list each would take a line of the file. */
const vectorSchema = z.pipe(
  z.string().check(
    z.maxLength(longestNumber * mostDimensions),
    z.refine(isVector, {
      error: `must be numbers with spaces between them, each from -${farthest} to ${farthest}`,
    }),
  ),
  z.transform((text: string) => wordsOf(text).map(Number)),
);
const padSchema = z.object({
  note: z.int().check(z.minimum(0), z.maximum(lastNote)),
  digit: z.int().check(z.minimum(0), z.maximum(9)),
  speaker: z._default(z.int().check(z.nonnegative()), 0),
  style: vectorSchema,
  digitPoint: z.optional(vectorSchema),
});
const padsSchema = z.array(padSchema).check(z.maxLength(lastNote + 1));
const presetSchema = z.object({
  formatVersion: z.literal(presetFormatVersion),
  name: nameSchema,
  author: z.optional(z.string().check(z.trim(), z.maxLength(longestName))),
  tags: z._default(z.array(nameSchema).check(z.maxLength(mostTags)), []),
  values: rawValuesSchema,
  lyrics: z.optional(z.string().check(z.maxLength(longestLyrics))),
  scenes: z.optional(z.array(z.nullable(rawValuesSchema)).check(z.length(sceneCount))),
  gestures: z.optional(
    z.array(gestureSchema).check(
      z.maxLength(mostGestures),
      z.refine(
        (gestures) => gestures.reduce((sum, { points }) => sum + points.length, 0) <= mostPointsInAll,
        {
          error: `have more than ${mostPointsInAll} points in all`,
        },
      ),
    ),
  ),
  pads: z.optional(padsSchema),
});

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
  return { preset, notices: fewNotices(notices) };
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

function checkedGesture(raw: z.infer<typeof gestureSchema>, notice: (text: string) => void): Gesture {
  const points = raw.points.flatMap(({ at, id, value: given }): GesturePoint[] => {
    const value = checkedValue(id, given, notice);
    return value === undefined ? [] : [{ at: Math.min(at, raw.length) + 0, id: id as ParameterId, value }];
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
  if (presets.length > mostPresets) {
    throw new InputError(
      `${where} holds ${presets.length} presets; at most ${mostPresets} are read: split it up`,
    );
  }
  return presets.map((preset: unknown, index) => readPreset(preset, `preset ${index + 1} of ${where}`));
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
  return { gesture, notices: fewNotices(notices) };
}

/** True for a gesture's JSON, whatever else is wrong with it: it has points, and presets have none. */
export function isGestureFile(text: string): boolean {
  try {
    const data = parsed(text, 'this file', 'a gesture');
    return typeof data === 'object' && data !== null && 'points' in data;
  } catch {
    return false;
  }
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
  return readJson(text, { where, wanted: `${wanted} file`, longest: fileKinds.presets.mostBytes });
}

/** The first few faults, each with its place. */
function faultsOf({ issues }: z.core.$ZodError): string {
  return issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join('.') || 'all of it'}: ${issue.message}`)
    .join('; ');
}

function isObject(data: unknown): data is JsonObject {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}
