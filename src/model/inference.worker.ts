// The inference worker: an inference session with tfjs, the network and the clock of a worker round it.
import './kernels/browserBackends.ts';
import { messageOf } from '../contract/errors.ts';
import { loadBundle, loadTensors, type ReadBundleFile } from './bundle.ts';
import { addressIn, loadingText, readFrom } from './bundleFetch.ts';
import { measureBackends, timeDecodes } from './chooseBackend.ts';
import { Decoder } from './decoder.ts';
import { InferenceSession, type LoadedMap } from './inferenceSession.ts';
import { registerBrowserWasm } from './kernels/browserWasm.ts';
import type { ToInference } from './inferenceProtocol.ts';
import { KeptFiles } from './keptFiles.ts';
import type { Manifest } from './manifest.ts';
import { mapOf } from './voiceMap.ts';

const turn = new MessageChannel();
const now = (): number => performance.now();
const kept = new KeptFiles();

const session = new InferenceSession({
  post: (message, transfer) => self.postMessage(message, { transfer }),
  load: async ({ modelUrl: url, modelFiles, files = {} }, onProgress) => {
    kept.add(files);
    const addressOf = (file: string) => addressIn(url, file, modelFiles);
    const fetched = readFrom(addressOf, (progress) => onProgress(loadingText(progress)));
    const read: ReadBundleFile = (file, options) => {
      const address = addressOf(file);
      if (options.isFresh) kept.forget(address);
      return kept.bytes(address, () => fetched(file, options));
    };
    const bundle = await loadBundle(read, url, ['decoder', 'prior-map']);
    return { bundle, loadingMap: loadMap(bundle.manifest, read, url) };
  },
  registerWasm: ({ urls }) => registerBrowserWasm(urls, (url, read) => kept.bytes(url, read)),
  releaseFiles: () => kept.release(),
  now,
  rendererName,
  measure: (bundle, candidates, onProgress) => measureBackends(bundle, candidates, now, onProgress),
  time: async (decoder, { manifest }) => (await timeDecodes(decoder, manifest, now)).milliseconds,
  createDecoder: (bundle, backend) => Decoder.create(bundle, backend),
  messagesRead: () =>
    new Promise((resolve) => {
      turn.port1.onmessage = () => resolve();
      turn.port2.postMessage(null);
    }),
});

// A promise that nobody waits for is no error to the page.
self.addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  session.fail(messageOf(event.reason));
});
self.onmessage = (event: MessageEvent<ToInference>): void => void session.receive(event.data);

/** The bundle's map for the page, which has no use for the rest of the bundle. An instrument plays without one. */
async function loadMap(manifest: Manifest, read: ReadBundleFile, where: string): Promise<LoadedMap> {
  if (!manifest.map) return { map: null, mapFault: null };
  try {
    const tensors = await loadTensors(manifest, read, where, ['map']);
    return { map: mapOf({ manifest, tensors }), mapFault: null };
  } catch (reason) {
    return { map: null, mapFault: messageOf(reason) };
  }
}

/** Null where workers draw nothing, as in older Safaris. */
function rendererName(): string | null {
  if (typeof OffscreenCanvas === 'undefined') return null;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl');
  const info = gl?.getExtension('WEBGL_debug_renderer_info');
  return gl && info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : null;
}
