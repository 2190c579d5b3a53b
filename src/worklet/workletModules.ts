// What nodes in an audio worklet have in common: their modules are loaded once in a context, and their processors are ended.
import { messageOf } from '../contract/errors.ts';
import { inTime } from '../contract/inTime.ts';
import type { Seconds } from '../contract/units.ts';

/** A processor that has not ended by then is left to its context. */
const longestEnd: Seconds = 1;
/** A server that accepts and says nothing would be waited for for ever. */
const longestLoad: Seconds = 60;

/** What was loaded or is on its way, by address. */
const loadings = new WeakMap<BaseAudioContext, Map<string, Promise<void>>>();

/** True for a context that renders to a buffer: it waits for every block, and need not keep up with anything. */
export function isOffline(context: BaseAudioContext): context is OfflineAudioContext {
  return 'startRendering' in context;
}

/**
 * Loads a module into the worklet of a context. The same address is asked for once; after a failure it can be tried again.
 * @throws (rejects) when the module cannot be fetched or is no script
 */
export function loadWorkletModule(context: BaseAudioContext, url: string): Promise<void> {
  const known = loadings.get(context) ?? new Map<string, Promise<void>>();
  loadings.set(context, known);
  const loading =
    known.get(url) ??
    inTime(context.audioWorklet.addModule(url), longestLoad, `nothing has come for ${longestLoad} s`).catch(
      (reason: unknown) => {
        // Browsers do not say which.
        throw new Error(`${url} could not be loaded (${messageOf(reason)})`, { cause: reason });
      },
    );
  known.set(url, loading);
  loading.catch(() => known.delete(url));
  return loading;
}

/**
 * Tells the processor of a node to end with its next block, and takes the node out of the graph. Resolves once it has ended;
 * at once where the context does not run. Chromium (156) keeps the nodes of processors that had not ended when their context was
 * closed, and the context with them.
 */
export async function endProcessor(node: AudioWorkletNode): Promise<void> {
  const { port, context } = node;
  node.onprocessorerror = null;
  port.onmessage = null;
  const isRunning = context.state === 'running';
  const ended = new Promise<void>((resolve) => {
    if (!isRunning) return resolve();
    const timer = setTimeout(resolve, 1000 * longestEnd);
    port.onmessage = ({ data }: MessageEvent<{ readonly type: string }>) => {
      if (data.type !== 'closed') return;
      clearTimeout(timer);
      resolve();
    };
  });
  port.postMessage({ type: 'close' });
  node.disconnect();
  await ended;
  port.onmessage = null;
  port.close();
}
