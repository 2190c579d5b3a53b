// The inference worker: an inference session with tfjs, the network and the clock of a worker round it.
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import { fetchBundle } from './bundle.ts';
import { measureBackends, timeDecodes } from './chooseBackend.ts';
import { Decoder } from './decoder.ts';
import { InferenceSession } from './inferenceSession.ts';
import { registerBrowserWasm } from './kernels/browserWasm.ts';
import type { FromInference, ToInference } from './inferenceProtocol.ts';

const turn = new MessageChannel();
const now = (): number => performance.now();

const session = new InferenceSession({
  post: (message: FromInference) => self.postMessage(message),
  fetchBundle: (url) => fetchBundle(url, ['decoder', 'prior-map']),
  registerWasm: ({ urls }) => registerBrowserWasm(urls),
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

self.onmessage = (event: MessageEvent<ToInference>): void => void session.receive(event.data);

function rendererName(): string | null {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl');
  const info = gl?.getExtension('WEBGL_debug_renderer_info');
  return gl && info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : null;
}
