// The plugin's state: the session's, and beside it where the voices come from and what chance begins with.
import { InputError } from '../contract/errors.ts';

/** Version of the form that this code writes. */
const pluginStateVersion = 1;
const formatName = 'numvox-plugin';
/** What chance begins with where a state says nothing. */
export const firstSeed = 1;
/** Whole numbers that a seed may be. */
const mostSeed = 2 ** 32 - 1;

/** A state, read. */
export interface PluginState {
  /** Of the session, to be read by it; undefined where the state says nothing of it. */
  readonly session: unknown;
  /** Address of a model's folder; null for the plugin's own. */
  readonly model: string | null;
  readonly seed: number;
  /** Parameter values of a state that has nothing else, as the SDK's own processors write it. */
  readonly parameterValues: Readonly<Record<string, unknown>> | undefined;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The state as JSON. */
export function writePluginState(
  session: unknown,
  model: string | null,
  seed: number,
): Record<string, unknown> {
  return { format: formatName, version: pluginStateVersion, model, seed, session };
}

/**
 * Reads what a host gives: our own state, that of a session as the page and the library write it, values alone, or nothing.
 * @throws InputError when it is something else
 */
export function readPluginState(given: unknown): PluginState {
  const empty: PluginState = { session: undefined, model: null, seed: firstSeed, parameterValues: undefined };
  if (given === undefined || given === null) return empty;
  if (!isObject(given)) {
    throw new InputError(
      `a state must be an object that getState gave, got ${typeof given}; leave it out for the plugin as at first`,
    );
  }
  if (isObject(given.parameterValues) && given.format === undefined) {
    return { ...empty, parameterValues: given.parameterValues };
  }
  if (given.format !== formatName)
    return Object.keys(given).length === 0 ? empty : { ...empty, session: given };
  const { session, model, seed } = given;
  return {
    ...empty,
    session: session ?? undefined,
    model: typeof model === 'string' && model !== '' ? model : null,
    seed:
      typeof seed === 'number' && Number.isInteger(seed) && seed >= 0 && seed <= mostSeed ? seed : firstSeed,
  };
}
