// Learned bindings of each device as one JSON text with a version, and the place where it is kept.
import { fewNotices, messageOf, printable } from '../contract/errors.ts';
import { fileKinds } from '../contract/fileSizes.ts';
import { readJson } from '../contract/jsonText.ts';
import { parameterById, parameterIds, type ParameterId } from '../contract/parameters.ts';
import { z } from '../schema.ts';
import { bindingCurves, controlKinds, encodings, encodingsOf, takeovers, type Binding } from './bindings.ts';

/** Keeps texts by name. localStorage is one. Either method may throw. */
export interface TextStore {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Everything that was learned. */
export interface Profiles {
  /** Bindings by device profile. */
  readonly devices: ReadonlyMap<string, readonly Binding[]>;
  /** Parameters whose default controller was taken off. */
  readonly withoutDefault: ReadonlySet<ParameterId>;
}

const noProfiles: Profiles = { devices: new Map(), withoutDefault: new Set() };

/**
 * The device's profile: maker and name, which stay the same when it is plugged in again and after a reload.
 * @param position of several devices of that name, from 1
 */
export function profileName(
  manufacturer: string | undefined,
  name: string | undefined,
  position = 1,
  nameless = 'MIDI input',
): string {
  const parts = [manufacturer?.trim(), name?.trim()].filter(Boolean);
  return numbered(parts.length > 0 ? parts.join(' / ') : nameless, position);
}

/** The second of a name is `#2`. A name that ends so by itself gets a number in any case: it is not the second of another. */
export function numbered(name: string, position: number): string {
  return position > 1 || / #\d+$/.test(name) ? `${name} #${position}` : name;
}

const formatName = 'numvox-midi';
const formatVersion = 1;

const bindingFormat = z.strictObject({
  channel: z.union([z.literal('any'), z.int().check(z.minimum(1), z.maximum(16))]),
  kind: z.enum(controlKinds),
  number: z.int().check(z.minimum(0), z.maximum(0x3fff)),
  parameterId: z.string(),
  min: z.number(),
  max: z.number(),
  curve: z.enum(bindingCurves),
  takeover: z.enum(takeovers),
  /** Not in profiles of former versions, whose controls all say where they stand. */
  encoding: z.optional(z.enum(encodings)),
});

const profilesFormat = z.object({
  format: z.literal(formatName),
  version: z.literal(formatVersion),
  withoutDefault: z.array(z.string()),
  devices: z.array(z.object({ device: z.string(), bindings: z.array(bindingFormat) })),
});

/** Writes profiles as JSON. */
export function textOfProfiles({ devices, withoutDefault }: Profiles): string {
  const listed = [...devices].map(([device, bindings]) => ({ device, bindings }));
  const content: z.input<typeof profilesFormat> = {
    format: formatName,
    version: formatVersion,
    withoutDefault: [...withoutDefault],
    devices: listed.map(({ device, bindings }) => ({ device, bindings: [...bindings] })),
  };
  return JSON.stringify(content, null, 1);
}

const isParameter = (id: string): id is ParameterId => (parameterIds as readonly string[]).includes(id);

/**
 * Reads profiles. Bindings of parameters that no longer exist are left out and named in `dropped`; ranges are
 * clamped to the parameter's.
 * @throws RangeError that says what is wrong with the text
 */
export function profilesOfText(text: string): { profiles: Profiles; dropped: readonly string[] } {
  const { name, mostBytes } = fileKinds.profiles;
  let json: unknown;
  try {
    json = readJson(text, { where: 'the text of MIDI profiles', wanted: name, longest: mostBytes });
  } catch (fault) {
    throw new RangeError(messageOf(fault), { cause: fault });
  }
  const version = (json as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > formatVersion) {
    throw new RangeError(
      `MIDI profiles must have version ${formatVersion}, got the newer version ${version}`,
    );
  }
  const parsed = profilesFormat.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    throw new RangeError(`MIDI profiles are malformed at "${path.join('.')}": ${printable(message)}`);
  }
  const dropped = new Set<string>();
  const devices = new Map<string, readonly Binding[]>();
  for (const { device, bindings } of parsed.data.devices) {
    const known: Binding[] = [];
    for (const { parameterId, min, max, encoding, ...rest } of bindings) {
      if (!isParameter(parameterId)) {
        dropped.add(parameterId);
        continue;
      }
      const range = parameterById(parameterId);
      const clamp = (value: number) => Math.min(range.max, Math.max(range.min, value));
      const isOfKind = encoding !== undefined && encodingsOf(rest.kind).includes(encoding);
      known.push({
        ...rest,
        parameterId,
        min: clamp(min),
        max: clamp(max),
        ...(isOfKind && { encoding }),
      });
    }
    // A text that was put together by hand may list a device twice.
    devices.set(device, [...(devices.get(device) ?? []), ...known]);
  }
  const withoutDefault = new Set(parsed.data.withoutDefault.filter(isParameter));
  return { profiles: { devices, withoutDefault }, dropped: [...dropped] };
}

/** Profiles as they were found, and a sentence for people where something was wrong. */
export interface LoadedProfiles {
  readonly profiles: Profiles;
  readonly fault: string;
}

/**
 * Loads profiles. A text that cannot be read whole is first kept under another name, `key` with `.unreadable`
 * and a number, so that nothing learned is lost when the next change is saved. Never throws.
 */
export function loadProfiles(store: TextStore, key: string): LoadedProfiles {
  let text: string | null;
  try {
    text = store.getItem(key);
  } catch (error) {
    return { profiles: noProfiles, fault: `MIDI bindings could not be loaded: ${messageOf(error)}.` };
  }
  if (text === null) return { profiles: noProfiles, fault: '' };
  try {
    const { profiles, dropped } = profilesOfText(text);
    if (dropped.length === 0) return { profiles, fault: '' };
    const lost = `Some MIDI bindings name unknown parameters (${fewNotices(dropped).join(', ')}) and are not used`;
    return { profiles, fault: `${lost}; ${keepAside(store, key, text)}` };
  } catch (error) {
    const reason = `The stored MIDI bindings could not be read (${messageOf(error)})`;
    return { profiles: noProfiles, fault: `${reason}; ${keepAside(store, key, text)}` };
  }
}

/** Keeps a text that cannot be read under the first free name, unless it is kept already. Says where it is. */
export function keepAside(store: TextStore, key: string, text: string): string {
  try {
    let number = 1;
    for (;;) {
      const name = `${key}.unreadable.${number}`;
      const kept = store.getItem(name);
      if (kept === null) store.setItem(name, text);
      if (kept === null || kept === text) return `they are kept as "${name}".`;
      number++;
    }
  } catch (error) {
    return `they could not be kept aside: ${messageOf(error)}.`;
  }
}

/** What names a binding: a control moves a parameter once. */
const controlOf = ({ channel, kind, number, parameterId }: Binding): string =>
  [channel, kind, number, parameterId].join(' ');

/** What was changed from `base` to `mine`, done to `theirs`. */
function mergedBindings(
  base: readonly Binding[],
  mine: readonly Binding[],
  theirs: readonly Binding[],
): readonly Binding[] {
  const texts = (bindings: readonly Binding[]) => new Set(bindings.map((binding) => JSON.stringify(binding)));
  const [before, after] = [texts(base), texts(mine)];
  const added = mine.filter((binding) => !before.has(JSON.stringify(binding)));
  const gone = new Set([
    ...base.filter((binding) => !after.has(JSON.stringify(binding))).map(controlOf),
    ...added.map(controlOf),
  ]);
  return [...theirs.filter((binding) => !gone.has(controlOf(binding))), ...added];
}

function mergedProfiles(base: Profiles, mine: Profiles, theirs: Profiles): Profiles {
  const names = new Set([...theirs.devices.keys(), ...mine.devices.keys()]);
  const of = ({ devices }: Profiles, name: string) => devices.get(name) ?? [];
  const devices = [...names].map(
    (name) => [name, mergedBindings(of(base, name), of(mine, name), of(theirs, name))] as const,
  );
  const without = new Set(theirs.withoutDefault);
  for (const id of base.withoutDefault) if (!mine.withoutDefault.has(id)) without.delete(id);
  for (const id of mine.withoutDefault) if (!base.withoutDefault.has(id)) without.add(id);
  return {
    devices: new Map(devices.filter(([, bindings]) => bindings.length > 0)),
    withoutDefault: without,
  };
}

/**
 * Saves profiles, with what another page has saved meanwhile. Returns a sentence for people when the store refuses, else ''. Never
 * throws.
 * @param base what this page had loaded or saved before
 */
export function saveProfiles(store: TextStore, key: string, base: Profiles, profiles: Profiles): string {
  try {
    const text = store.getItem(key);
    const theirs = text === null ? noProfiles : loadProfiles(store, key).profiles;
    const merged = text === null ? profiles : mergedProfiles(base, profiles, theirs);
    store.setItem(key, textOfProfiles(merged));
    return '';
  } catch (error) {
    return `MIDI bindings work, but could not be saved: ${messageOf(error)}.`;
  }
}
