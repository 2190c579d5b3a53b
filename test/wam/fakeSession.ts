// A session on a performer whose messages to the kernel are kept.
import { Performer } from '../../src/performer/performer.ts';
import { memoryStore } from '../../src/session/keyValueStore.ts';
import { Session } from '../../src/session/session.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { smallManifest } from '../helpers/manifest.ts';

export async function fakeSession() {
  const kernel: ToKernel[] = [];
  const manifest = smallManifest(3);
  let session: Session | null = null;
  const performer = new Performer({
    manifest,
    sendKernel: (message) => kernel.push(message),
    sendInference: () => undefined,
    sampleRate: 48_000,
    now: () => 0,
    startTimer: () => () => undefined,
    onMove: (id, value, time) => session?.takeOver(id, value, time),
  });
  session = await Session.open({
    performer,
    manifest,
    bundle: { name: 'small', weightsHash: 'abc' },
    map: null,
    applyOutput: () => undefined,
    now: () => 0,
    startTicks: () => () => undefined,
    store: memoryStore(),
  });
  performer.begin();
  kernel.length = 0;
  return { session, performer, kernel };
}
