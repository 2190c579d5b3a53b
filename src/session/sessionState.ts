// Everything that a player would miss, as versioned JSON: what hosts keep, and what a page comes back with.
import { z } from '../schema.ts';
import { fewNotices, InputError, messageOf } from '../contract/errors.ts';
import { fileKinds } from '../contract/fileSizes.ts';
import type { BundleIdentity } from '../model/bundle.ts';
import type { TuningFiles } from '../patch/history.ts';
import {
  patchOf,
  presetData,
  presetFormatVersion,
  writePads,
  type JsonObject,
  type Preset,
} from '../patch/preset.ts';
import { readPads, readPreset } from '../patch/presetSchema.ts';
import { noPads } from '../patch/storedPads.ts';
import { completeScenes, type SceneMover } from '../patch/scenes.ts';
import { parseLyrics } from '../performer/lyrics.ts';
import type { ArrangementSettings } from '../midi/arrangement.ts';
import { tuningOf } from './keyboardTuning.ts';
import { readSongSettings } from './songSettings.ts';
import { plainSnapshot, type Snapshot } from './soundState.ts';

/** Version of the form that this code writes; `migrations` leads older ones here. See docs/presets.md. */
export const sessionStateVersion = 1;
const formatName = 'numvox-session';

/**
 * The state of a session as JSON: plain objects, arrays, texts, numbers and null.
 * @example
 * const state: SessionState = instrument.getState();
 * localStorage.setItem('song 3', JSON.stringify(state));
 */
export type SessionState = JsonObject;

/** What a session is, beside where it plays. */
export interface SessionContent {
  readonly snapshot: Snapshot;
  /** Id of the preset that was loaded or saved last, or null. */
  readonly presetId: string | null;
  readonly bundle: BundleIdentity;
  /** Of `SongSettings`. */
  readonly songs: JsonObject;
}

/** What was read, with one sentence for each thing that had to be changed or left out. */
export interface ReadSession {
  readonly snapshot: Snapshot;
  readonly presetId: string | null;
  readonly bundle: BundleIdentity | null;
  readonly songs: ReadonlyMap<string, ArrangementSettings>;
  readonly notices: readonly string[];
}

/** The state as JSON; `readSessionState` gives the same content back, numbers to the last bit. */
export function writeSessionState({ snapshot, presetId, bundle, songs }: SessionContent): SessionState {
  const { values, lyrics, scenes, gesture, pads, ownPads, mover, tuning, side, other } = snapshot;
  const sound: Preset = {
    formatVersion: presetFormatVersion,
    name: soundName,
    tags: [],
    values,
    lyrics,
    scenes,
    gestures: gesture ? [gesture] : [],
    pads,
  };
  return {
    format: formatName,
    version: sessionStateVersion,
    bundle: { ...bundle },
    sound: presetData(sound),
    mover,
    ownPads: JSON.parse(writePads(ownPads)) as JsonObject,
    tuning: filesData(tuning),
    side,
    other: presetData({ ...sound, ...other, scenes: undefined, gestures: [], pads: [] }),
    preset: presetId,
    songs,
  };
}

/** The sound's name inside a state, which nobody reads. */
const soundName = 'Session';

function filesData({ scale, map }: TuningFiles): JsonObject {
  return { ...(scale ? { scale: { ...scale } } : {}), ...(map ? { map: { ...map } } : {}) };
}

/** Names and texts that nobody's session has longer. */
const longestText = 1000;
const shortText = z.string().check(z.maxLength(longestText));
const fileSchema = z.object({
  name: shortText,
  text: z.string().check(z.maxLength(fileKinds.tuning.mostBytes)),
});
const filesSchema = z.object({ scale: z.optional(fileSchema), map: z.optional(fileSchema) });
const bundleSchema = z.object({ name: shortText, weightsHash: z.nullable(shortText) });
const headSchema = z.object({ format: z.literal(formatName), version: z.int().check(z.nonnegative()) });

/** Step i leads version i to i + 1. */
const migrations: readonly ((old: JsonObject) => JsonObject)[] = [
  // Version 0 is what the page kept before there was a state: the tuning's files and the sounds of drum keys, by themselves.
  ({ tuning, pads, ...rest }) => ({
    ...rest,
    ...(tuning === undefined ? {} : { tuning }),
    ...(pads === undefined
      ? {}
      : { ownPads: pads, sound: { ...plainSound, pads: isObject(pads) ? pads.pads : pads } }),
    version: 1,
  }),
];

const plainSound = { formatVersion: presetFormatVersion, name: soundName, values: {} };

/**
 * Reads a state of any version. What is missing is as at first; unknown parameters are left out and values outside their range
 * clamped, with notices. Of a newer version each part is taken that can be read.
 * @param data parsed JSON
 * @param where what to call it in errors
 * @throws InputError when it is no state, or a part of one of this version or an older one is damaged: nothing is taken then
 */
export function readSessionState(data: unknown, where = 'this state'): ReadSession {
  const head = headSchema.safeParse(data);
  if (!head.success) {
    throw new InputError(
      `${where} is no state of a numvox session: format must be "${formatName}" and version a whole number from 0`,
    );
  }
  const { version } = head.data;
  const isNewer = version > sessionStateVersion;
  const json = migrations.slice(version).reduce<JsonObject>((old, step) => step(old), data as JsonObject);
  const notices: string[] = [];
  if (isNewer) {
    notices.push(
      `${where} is of a newer numvox (version ${version}, this one writes ${sessionStateVersion}); what it does not know is left out`,
    );
  }
  const part = <T>(name: string, missing: T, read: (value: unknown) => T): T => {
    const value = json[name];
    if (value === undefined) return missing;
    try {
      return read(value);
    } catch (reason) {
      const why = reason instanceof z.core.$ZodError ? faultOf(reason) : messageOf(reason);
      if (!isNewer) throw new InputError(`${where} is damaged at ${name} (${why}); nothing of it was taken`);
      notices.push(`${name} could not be read and was left out (${why})`);
      return missing;
    }
  };
  const preset = (value: unknown): Preset => {
    const known = isNewer && isObject(value) ? { ...value, formatVersion: presetFormatVersion } : value;
    const read = readPreset(known, 'the sound');
    parseLyrics(read.preset.lyrics ?? '');
    notices.push(...read.notices.map((notice) => notice.replace(`${soundName}: `, '')));
    return read.preset;
  };
  const plain = plainSnapshot();
  const sound = part<Preset | null>('sound', null, preset);
  const other = part<Preset | null>('other', null, preset);
  const pads = sound?.pads ?? noPads;
  const snapshot: Snapshot = {
    ...(sound ? patchOf(sound) : { values: plain.values, lyrics: plain.lyrics }),
    scenes: completeScenes(sound?.scenes),
    gesture: sound?.gestures?.[0] ?? null,
    pads,
    mover: part<SceneMover>('mover', plain.mover, (value) => z.enum(['pad', 'knob']).parse(value)),
    ownPads: part('ownPads', pads, (value) => readPads(JSON.stringify(value), 'the list')),
    tuning: part<TuningFiles>('tuning', plain.tuning, (value) => {
      const files = filesSchema.parse(value);
      tuningOf(files);
      return files;
    }),
    side: part<'A' | 'B'>('side', plain.side, (value) => z.enum(['A', 'B']).parse(value)),
    other: other ? patchOf(other) : plain.other,
  };
  return {
    snapshot,
    presetId: part<string | null>('preset', null, (value) => z.nullable(shortText).parse(value)),
    bundle: part<BundleIdentity | null>('bundle', null, (value) => bundleSchema.parse(value)),
    songs: part<ReadonlyMap<string, ArrangementSettings>>('songs', new Map(), readSongSettings),
    notices: fewNotices(notices),
  };
}

function faultOf({ issues }: z.core.$ZodError): string {
  return issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.join('.') || 'all of it'}: ${message}`)
    .join('; ');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
