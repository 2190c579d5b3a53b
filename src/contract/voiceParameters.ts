// What the kernel's voices need of the parameters, all notes alike, in the kernel's own units: what the rows of the table say,
// and from the beat the phase of what keeps to it.
import {
  divisionQuarters,
  modulationTargets,
  parameterById,
  parameters,
  holdModes,
  type ParameterId,
  type ParameterValues,
} from './parameters.ts';
import { directionOf, isRead, soundTargets, type SoundTarget } from './modulation.ts';
import type { OverrideSetting, VoiceSetting } from './parameterRows.ts';
import type { parameterTable } from './parameterTable.ts';
import type { Samples, Seconds } from './units.ts';

type Rows = typeof parameterTable;
/** The settings of all rows, as precisely as the rows say them. */
type Settings = {
  [Id in keyof Rows]: Rows[Id] extends { readonly voice: infer Setting } ? Setting : never;
}[keyof Rows];
type ValueOf<Setting> = Setting extends { readonly plain: infer Value } ? Value : SoundTarget;

/** A value for each name that a row sets. */
type RowParameters = {
  readonly [Setting in Exclude<Settings, OverrideSetting<string>> as Setting['name']]: ValueOf<Setting>;
};

/** Where what follows the tempo stands. */
interface BeatPhase {
  /**
   * Context frame at which the slow oscillator and the repeats of `stutter` stand at the next two. Where they are null
   * the oscillator goes on from where it is, and every note repeats from its own start.
   */
  readonly phaseFrame: Samples;
  readonly lfoTurns: number | null;
  readonly stutterTurns: number | null;
}

/**
 * Parameters of all notes; units and ranges are said by the rows. What velocity, chance and the slow oscillator move at an
 * amount of 1 is said by `reachOf`. All three reach from -1 to 1; velocity does so from 0 to its full value. A source that is
 * aimed at a style has the target 'nothing' here: the performer moves it.
 */
export interface VoiceParameters extends RowParameters, BeatPhase {}

/** Where a beat stands at a context frame, in quarter notes. */
export interface BeatPlace {
  readonly frame: Samples;
  readonly quarters: number;
}

interface SettingRow {
  readonly id: ParameterId;
  readonly voice: VoiceSetting;
}
const settingRows: readonly SettingRow[] = parameters.flatMap(({ id, voice }) =>
  voice ? [{ id, voice }] : [],
);
/** Those that take another's place come behind it. */
const inOrder = [
  ...settingRows.filter(({ voice }) => voice.kind !== 'override'),
  ...settingRows.filter(({ voice }) => voice.kind === 'override'),
];

/** Each row's value under the name that it sets; the type follows from the same rows. */
function collect(valueOf: (row: SettingRow) => unknown, phase: BeatPhase): VoiceParameters {
  const values: Record<string, unknown> = {};
  for (const row of inOrder) values[row.voice.name] = valueOf(row) ?? values[row.voice.name];
  return { ...(values as unknown as RowParameters), ...phase };
}

/** What a kernel plays by until it is sent parameters: words as they were said, notes without an envelope. */
export const plainVoiceParameters = collect(
  ({ voice }) => (voice.kind === 'target' ? 'nothing' : voice.kind === 'override' ? undefined : voice.plain),
  { phaseFrame: 0, lfoTurns: null, stutterTurns: null },
);

/**
 * The voice parameters of the table's values. The velocity curve is not among them: notes bring velocities that are bent
 * already.
 * @param quarterSeconds length of a quarter note, which what follows the tempo goes by
 * @param beat where it lines up with that
 */
export function voiceParametersOf(
  values: ParameterValues,
  quarterSeconds: Seconds,
  beat?: BeatPlace,
): VoiceParameters {
  return collect(
    ({ id, voice }) =>
      voice.kind === 'target' ? soundTarget(values[id]) : voice.of(values[id], quarterSeconds),
    phaseOf(values, beat),
  );
}

function soundTarget(index: number): SoundTarget {
  const target = modulationTargets[index];
  return directionOf(target) < 0 ? (target as SoundTarget) : 'nothing';
}

/** What nothing sounds by stays null, so that a beat that moves on is no news. */
function phaseOf(values: ParameterValues, beat: BeatPlace | undefined): BeatPhase {
  const turnsOf = (follows: boolean, division: number) =>
    beat && follows ? beat.quarters / divisionQuarters[division] : null;
  const lfoTurns = turnsOf(values.lfoSync >= 1 && values.lfoTo > 0, values.lfoSync - 1);
  const stutterTurns = turnsOf(holdModes[values.hold] === 'stutter', values.stutterRate);
  const isKept = lfoTurns !== null || stutterTurns !== null;
  return { phaseFrame: beat && isKept ? beat.frame : 0, lfoTurns, stutterTurns };
}

/** What is wrong with voice parameters, naming the value and its range; undefined when nothing is. */
export function faultOfVoiceParameters(given: VoiceParameters): string | undefined {
  for (const { voice } of settingRows) {
    const fault = faultOfSetting(voice, given[voice.name as keyof VoiceParameters]);
    if (fault !== undefined) return `parameters.${voice.name} must be ${fault}`;
  }
  for (const name of ['phaseFrame', 'lfoTurns', 'stutterTurns'] as const) {
    const value = given[name];
    if (!(Number.isFinite(value) || (value === null && name !== 'phaseFrame'))) {
      return `parameters.${name} must be a finite number, got ${String(value)}`;
    }
  }
  return undefined;
}

function faultOfSetting(voice: VoiceSetting, value: unknown): string | undefined {
  if (voice.kind === 'override') return undefined;
  if (voice.kind === 'number') {
    const isInside = typeof value === 'number' && value >= voice.min && value <= voice.max;
    return isInside ? undefined : `from ${voice.min} to ${voice.max}, got ${String(value)}`;
  }
  const names: readonly unknown[] =
    voice.kind === 'flag' ? [true, false] : voice.kind === 'target' ? soundTargets : voice.choices;
  return names.includes(value) ? undefined : `one of ${names.join(', ')}, got ${String(value)}`;
}

type NameOf<Value> = {
  [Name in keyof RowParameters]: RowParameters[Name] extends Value ? Name : never;
}[keyof RowParameters];

const readNames = settingRows.flatMap(({ voice }) =>
  'isRead' in voice && voice.isRead ? [voice.name as keyof RowParameters] : [],
);
/** Names of what a source moves and of how far it does. */
const sources = settingRows.flatMap(({ id, voice }) => {
  const { amount } = parameterById(id);
  const far = amount && parameterById(amount).voice;
  return voice.kind === 'target' && far
    ? [{ target: voice.name as NameOf<SoundTarget>, amount: far.name as NameOf<number> }]
    : [];
});

/** True when two differ in what frames of clips are read by. Allocates nothing. */
export function areReadDifferently(a: VoiceParameters, b: VoiceParameters): boolean {
  for (let k = 0; k < readNames.length; k++) {
    const name = readNames[k];
    if (a[name] !== b[name]) return true;
  }
  for (let k = 0; k < sources.length; k++) {
    const { target, amount } = sources[k];
    const isMovedElse = a[target] !== b[target] || a[amount] !== b[amount];
    if (isMovedElse && (isRead(a[target]) || isRead(b[target]))) return true;
  }
  return false;
}
