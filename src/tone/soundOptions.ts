// The options tree of `set` and `get`: parameters by their names or in their groups, choices by name, times and pitches as Tone writes them.
import { FrequencyClass, TimeClass, type BaseContext, type Unit } from 'tone';
import { InputError, quoted } from '../contract/errors.ts';
import {
  acceptedValue,
  parameterById,
  parameterGroups,
  parameterIds,
  shownOf,
  parameters,
  type ParameterGroup,
  type ParameterId,
  type ParameterValues,
} from '../contract/parameters.ts';
import { factoryPreset } from '../patch/factoryPresets.ts';
import { namedValue, type PartialValues, type Preset } from '../patch/preset.ts';
import { readPreset } from '../patch/presetSchema.ts';

/**
 * What a parameter may be set to: a number in its unit or a choice's name; seconds also as a time of Tone's, hertz as a note.
 * @example
 * const value: ParameterOption = '8n';
 */
export type ParameterOption = number | string;

/**
 * Parameters by their names; see docs/midi.md for all of them.
 * @example
 * const options: ParameterOptions = { mode: 'sing', digit: 4, brightness: -3 };
 */
export type ParameterOptions = { readonly [Id in ParameterId]?: ParameterOption };

/**
 * The sound of a `Numvox`: a preset, and what is to be different from it, each parameter by its name or within its group.
 * @example
 * const options: SoundOptions = { preset: 'Choir', speaker: 'theo', envelope: { attack: 0.3, release: '4n' }, reverb: 0 };
 */
export interface SoundOptions extends ParameterOptions {
  /** Name of a factory preset, whatever the case; the JSON of a preset; null for none. */
  readonly preset?: string | object | null;
  /** Text of the lyrics mode: `3 1 4`, `three one four`; `-` ties, `.` rests. */
  readonly lyrics?: string;
  readonly style?: ParameterOptions;
  readonly play?: ParameterOptions;
  readonly envelope?: ParameterOptions;
  readonly pitch?: ParameterOptions;
  readonly timbre?: ParameterOptions;
  readonly modulation?: ParameterOptions;
  readonly morph?: ParameterOptions;
  readonly arpeggio?: ParameterOptions;
  readonly effects?: ParameterOptions;
  readonly output?: ParameterOptions;
}

/** Options that were read. */
export interface ReadOptions {
  /** Undefined where nothing is said of one. */
  readonly preset: Preset | null | undefined;
  readonly lyrics: string | undefined;
  readonly values: PartialValues;
  /** A voice by its name, which only the bundle knows. */
  readonly speakerName: string | undefined;
}

const ids: ReadonlySet<string> = new Set(parameterIds);
const groups: ReadonlySet<string> = new Set(parameterGroups);

/** Without a preset an instrument sings the pitch of each note for as long as it is held, as others of Tone's do. */
export const plainSound: PartialValues = {
  mode: valueOfChoice('mode', 'sing'),
  hold: valueOfChoice('hold', 'hold'),
};

function valueOfChoice(id: ParameterId, name: string): number {
  return parameterById(id).choices?.indexOf(name) ?? 0;
}

/**
 * Reads options.
 * @param context that times are taken from
 * @throws RangeError or InputError naming the option, what it may be and what was given; nothing is taken then
 */
export function readOptions(options: object, context: BaseContext): ReadOptions {
  let preset: Preset | null | undefined;
  let lyrics: string | undefined;
  let speakerName: string | undefined;
  const values: Partial<Record<ParameterId, number>> = {};
  const take = (name: string, given: unknown, where: string): void => {
    if (given === undefined) return;
    if (!ids.has(name)) {
      throw new RangeError(
        `${where}${name} is no option; there are preset, lyrics, volume, ${[...groups].join(', ')} and the parameters ${parameterIds.join(', ')}`,
      );
    }
    if (name === 'speaker' && typeof given === 'string' && !isNumeral(given)) speakerName = given;
    else values[name as ParameterId] = readValue(name as ParameterId, given, context);
  };
  for (const [name, given] of Object.entries(options) as [string, unknown][]) {
    if (name === 'preset') preset = readPresetOption(given);
    else if (name === 'lyrics') lyrics = readLyricsOption(given);
    else if (groups.has(name) && typeof given === 'object' && given !== null) {
      for (const [id, value] of Object.entries(given)) take(id, value, `${name}.`);
    } else if (groups.has(name) && !ids.has(name) && given !== undefined) {
      const [first] = shownOf(parameters).filter(({ group }) => group === name);
      throw new TypeError(
        `${name} must be an object of parameters such as { ${first.id}: ${first.defaultValue} }, got ${quoted(given)}`,
      );
    } else take(name, given, '');
  }
  return { preset, lyrics, values, speakerName };
}

function readLyricsOption(given: unknown): string | undefined {
  if (given === undefined || typeof given === 'string') return given;
  throw new TypeError(`lyrics must be a text such as '3 1 4', got ${quoted(given)}`);
}

function readPresetOption(given: unknown): Preset | null | undefined {
  if (given === undefined || given === null) return given;
  if (typeof given === 'string') return factoryPreset(given);
  if (typeof given === 'object') return readPreset(given, 'the preset').preset;
  throw new InputError(`preset must be a preset's name, its JSON or null, got ${quoted(given)}`);
}

/** A value of the parameter, in its range. */
function readValue(id: ParameterId, given: unknown, context: BaseContext): number {
  const { choices, unit } = parameterById(id);
  if (typeof given !== 'string') return acceptedValue(id, given as number);
  if (choices) {
    const named = choices.findIndex((choice) => choice.toLowerCase() === given.trim().toLowerCase());
    if (named >= 0) return named;
    throw new RangeError(`${id} must be one of ${choices.join(', ')}, got ${quoted(given)}`);
  }
  if (unit === 's') return acceptedValue(id, new TimeClass(context, given as Unit.Time).toSeconds());
  if (unit === 'Hz')
    return acceptedValue(id, new FrequencyClass(context, given as Unit.Frequency).toFrequency());
  return acceptedValue(id, isNumeral(given) ? Number(given) : (given as unknown as number));
}

function isNumeral(text: string): boolean {
  return text.trim() !== '' && Number.isFinite(Number(text));
}

/** The tree that `readOptions` reads back: every parameter in its group, choices by their names. */
export function writeOptions(values: ParameterValues): Record<ParameterGroup, ParameterOptions> {
  const tree = Object.fromEntries(parameterGroups.map((group) => [group, {}])) as Record<
    ParameterGroup,
    Partial<Record<ParameterId, ParameterOption>>
  >;
  for (const { id, group } of shownOf(parameters)) tree[group][id] = namedValue(id, values[id]);
  return tree;
}
