// The plugin's state: the session's, and beside it where the voices come from and what chance begins with.
import { InputError } from '../contract/errors.ts';

/** Version of the form that this code writes. */
const pluginStateVersion = 1;
const formatName = 'numvox-plugin';
/** What chance begins with where a state says nothing. */
export const firstSeed = 1;
/** Whole numbers that a seed may be. */
const mostSeed = 2 ** 32 - 1;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where the voices come from. */
export interface ModelSource {
  /** Address of a model's folder; null for the plugin's own. */
  readonly url: string | null;
  /** Files of a model by name, as `data:` addresses: a model that travels in the state. */
  readonly files: Readonly<Record<string, string>> | null;
}

/** The plugin's own voices. */
export const ownModel: ModelSource = { url: null, files: null };

/** True where both are the same voices. */
export function isSameModel(a: ModelSource, b: ModelSource): boolean {
  return a.url === b.url && JSON.stringify(a.files) === JSON.stringify(b.files);
}

function readModel(url: unknown, files: unknown): ModelSource {
  if (isObject(files)) {
    const data = Object.entries(files).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1].startsWith('data:'),
    );
    if (data.length > 0) return { url: null, files: Object.fromEntries(data) };
  }
  return typeof url === 'string' && url !== '' ? { url, files: null } : ownModel;
}

/** A state, read. */
export interface PluginState {
  /** Of the session, to be read by it; undefined where the state says nothing of it. */
  readonly session: unknown;
  readonly model: ModelSource;
  readonly seed: number;
  /** Parameter values of a state that has nothing else, as the SDK's own processors write it. */
  readonly parameterValues: Readonly<Record<string, unknown>> | undefined;
}

/** The state as JSON. */
export function writePluginState(
  session: unknown,
  { url, files }: ModelSource,
  seed: number,
): Record<string, unknown> {
  return {
    format: formatName,
    version: pluginStateVersion,
    model: url,
    ...(files ? { files } : {}),
    seed,
    session,
  };
}

/**
 * Reads what a host gives: our own state, that of a session as the page and the library write it, values alone, or nothing.
 * @throws InputError when it is something else
 */
export function readPluginState(given: unknown): PluginState {
  const empty: PluginState = {
    session: undefined,
    model: ownModel,
    seed: firstSeed,
    parameterValues: undefined,
  };
  if (given === undefined || given === null) return empty;
  if (!isObject(given)) {
    throw new InputError(
      `a state must be an object that getState gave, got ${Array.isArray(given) ? 'a list' : typeof given}; leave it out for the plugin as at first`,
    );
  }
  if (isObject(given.parameterValues) && given.format === undefined) {
    return { ...empty, parameterValues: given.parameterValues };
  }
  if (given.format !== formatName)
    return Object.keys(given).length === 0 ? empty : { ...empty, session: given };
  const { session, model, files, seed } = given;
  return {
    ...empty,
    session: session ?? undefined,
    model: readModel(model, files),
    seed:
      typeof seed === 'number' && Number.isInteger(seed) && seed >= 0 && seed <= mostSeed ? seed : firstSeed,
  };
}
