// The inference worker: loads a bundle, keeps the fastest backend, and sends every decoded clip straight to the kernel.
import './kernels/browserBackends.ts';
import type { ToKernel } from '../worklet/kernelProtocol.ts';
import { messageOf } from '../contract/errors.ts';
import { loadBundle, loadTensors, readFrom, type Bundle, type ReadBundleFile } from './bundle.ts';
import { measureBackends } from './chooseBackend.ts';
import { Decoder } from './decoder.ts';
import { registerBrowserWasm } from './kernels/browserWasm.ts';
import { backendNames, type BackendName, type FromInference, type ToInference } from './inferenceProtocol.ts';
import type { Manifest } from './manifest.ts';
import { TargetQueue } from './targetQueue.ts';
import { mapOf, type MapPoints } from './voiceMap.ts';

const post = (message: FromInference, transfer: Transferable[] = []): void =>
  self.postMessage(message, { transfer });
const queue = new TargetQueue();
let kernelPort: MessagePort | null = null;
let bundle: Bundle | null = null;
let decoder: Decoder | null = null;
let reserves: BackendName[] = [];
let isRunning = false;
const turn = new MessageChannel();

self.onmessage = (event: MessageEvent<ToInference>): void => {
  const message = event.data;
  switch (message.type) {
    case 'load':
      load(message).catch(fail);
      break;
    case 'targets':
      queue.replace(message.revision, message.targets, message.held);
      run().catch(fail);
      break;
  }
};

function fail(error: unknown): void {
  post({ type: 'error', message: error instanceof Error ? error.message : String(error) });
}

async function load(message: Extract<ToInference, { type: 'load' }>): Promise<void> {
  kernelPort = message.kernelPort;
  post({ type: 'progress', step: 'loading the model', fraction: 0 });
  const read = readFrom(message.modelUrl);
  const loaded = await loadBundle(read, message.modelUrl, ['decoder', 'prior-map']);
  const loadingMap = loadMap(loaded.manifest, read, message.modelUrl);
  const hasWasm = await registerBrowserWasm().then(
    () => true,
    () => false,
  );
  const renderer = rendererName();
  const candidates = message.backend ? [message.backend] : worthTrying(renderer, hasWasm);
  const measured = await measureBackends(
    loaded,
    candidates,
    () => performance.now(),
    (backend) =>
      post({
        type: 'progress',
        step: `measuring ${backend}`,
        fraction: (1 + candidates.indexOf(backend)) / (candidates.length + 1),
      }),
  );
  if (measured.length === 0) {
    throw new Error(
      `none of ${candidates.join(', ')} can run the decoder here; update the browser or allow WebAssembly`,
    );
  }
  decoder = await Decoder.create(loaded, measured[0].backend);
  const others = measured.slice(1).map(({ backend }) => backend);
  reserves = [...new Set<BackendName>([...others, 'cpu'])].filter(
    (backend) => backend !== measured[0].backend && candidates.includes(backend),
  );
  bundle = loaded;
  const { map, mapFault } = await loadingMap;
  const ready: FromInference = {
    type: 'ready',
    manifest: loaded.manifest,
    weightsHash: loaded.identity.weightsHash,
    map,
    mapFault,
    backend: decoder.backend,
    milliseconds: Object.fromEntries(measured.map(({ backend, milliseconds }) => [backend, milliseconds])),
    renderer,
  };
  post(ready, map ? [map.positions.buffer as ArrayBuffer, map.styles.buffer as ArrayBuffer] : []);
  await run();
}

/** The bundle's map for the page, which has no use for the rest of the bundle. An instrument plays without one. */
async function loadMap(
  manifest: Manifest,
  read: ReadBundleFile,
  where: string,
): Promise<{ map: MapPoints | null; mapFault: string | null }> {
  if (!manifest.map) return { map: null, mapFault: null };
  try {
    const tensors = await loadTensors(manifest, read, where, ['map']);
    return { map: mapOf({ manifest, tensors }), mapFault: null };
  } catch (reason) {
    return { map: null, mapFault: messageOf(reason) };
  }
}

/** Decodes until nothing waits; a second call while one runs returns at once. */
async function run(): Promise<void> {
  if (isRunning || !decoder || !kernelPort) return;
  isRunning = true;
  try {
    for (let target = queue.take(); target; target = queue.take()) {
      const { digitPoint, ...point } = target;
      const features = await decodeSurely(digitPoint, target.style);
      const clip: ToKernel = { type: 'clip', ...point, features };
      kernelPort.postMessage(clip, [features.buffer as ArrayBuffer]);
      await messagesRead();
    }
    // Also where a list asks for nothing that is not decoded already, or drops what was left of the one before.
    post({ type: 'settled', revision: queue.revision });
  } finally {
    isRunning = false;
  }
}

/**
 * Lets the messages in that have come. A backend that answers without a task of its own, as wasm does, would otherwise
 * decode a list to its end before a newer one is heard of.
 */
function messagesRead(): Promise<void> {
  return new Promise((resolve) => {
    turn.port1.onmessage = () => resolve();
    turn.port2.postMessage(null);
  });
}

/** Decodes on the current backend; when it fails, moves to the next fastest one and tries again. */
async function decodeSurely(digitPoint: Float32Array, style: Float32Array): Promise<Float32Array> {
  for (;;) {
    if (!decoder || !bundle) throw new Error('the decoder is not loaded');
    try {
      return await decoder.decode(digitPoint, style);
    } catch (error) {
      const reserve = reserves.shift();
      if (!reserve) throw error;
      decoder = await Decoder.create(bundle, reserve);
      post({
        type: 'backend',
        backend: reserve,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

/**
 * Backends to measure. A WebGL that is drawn by the processor takes many seconds to compile its shaders and is then a
 * hundred times slower than wasm: it is tried only where wasm is not to be had.
 */
function worthTrying(renderer: string | null, hasWasm: boolean): readonly BackendName[] {
  const isSoftware =
    renderer !== null && /swiftshader|llvmpipe|softpipe|software|basic render/i.test(renderer);
  return isSoftware && hasWasm ? backendNames.filter((name) => name !== 'webgl') : backendNames;
}

function rendererName(): string | null {
  const gl = new OffscreenCanvas(1, 1).getContext('webgl');
  const info = gl?.getExtension('WEBGL_debug_renderer_info');
  return gl && info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : null;
}
