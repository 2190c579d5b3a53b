// A session on a performer that plays to nobody, on a clock that stands still.
import { Performer } from '../../src/performer/performer.ts';
import { memoryStore, type KeyValueStore } from '../../src/session/keyValueStore.ts';
import { Session } from '../../src/session/session.ts';
import { smallManifest } from './manifest.ts';

/** Of the session's model: three speakers. */
export const sessionManifest = smallManifest(3);

/** Opens a session on the presets of a store. */
export async function openSession(store: KeyValueStore = memoryStore()) {
  const performer = new Performer({
    manifest: sessionManifest,
    sendKernel: () => undefined,
    sendInference: () => undefined,
    sampleRate: 48_000,
    now: () => 0,
    startTimer: () => () => undefined,
  });
  const session = await Session.open({
    performer,
    manifest: sessionManifest,
    bundle: { name: 'small', weightsHash: 'abc' },
    map: null,
    applyOutput: () => undefined,
    now: () => 0,
    startTicks: () => () => undefined,
    store,
  });
  return { session, performer };
}
