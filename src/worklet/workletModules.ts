// Modules of an audio worklet: each is loaded once in a context, however many instruments live there.

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
  const loading = known.get(url) ?? context.audioWorklet.addModule(url);
  known.set(url, loading);
  loading.catch(() => known.delete(url));
  return loading;
}
