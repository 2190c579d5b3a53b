// What the inference worker does, without the worker: loads a bundle, keeps the fastest backend, decodes what is asked for, and
// moves to the next backend when one fails.
import { messageOf } from '../contract/errors.ts';
import type { Bundle } from './bundle.ts';
import type { MeasuredBackend } from './chooseBackend.ts';
import { backendNames, type BackendName, type FromInference, type ToInference } from './inferenceProtocol.ts';
import { clipOf } from './clipOf.ts';
import { LatentPaths } from './latentPaths.ts';
import { TargetQueue } from './targetQueue.ts';
import type { MapPoints } from './voiceMap.ts';

/** The part of a decoder that is used here. */
export interface SessionDecoder {
  readonly backend: BackendName;
  decode(digitPoint: Float32Array, style: Float32Array): Promise<Float32Array>;
  dispose(): void;
}

/** The bundle's map, or what is wrong with it. */
export interface LoadedMap {
  readonly map: MapPoints | null;
  readonly mapFault: string | null;
}

/** What the session finds in its surroundings. */
export interface InferenceHost {
  readonly post: (message: FromInference, transfer: Transferable[]) => void;
  /** What is decoded with, and the map, which may come later. `onProgress` is told how far the loading is, in words. */
  readonly load: (
    url: string,
    onProgress: (step: string) => void,
  ) => Promise<{ readonly bundle: Bundle; readonly loadingMap: Promise<LoadedMap> }>;
  /** Makes the wasm backend ready to be chosen; rejects where that is not to be had. */
  readonly registerWasm: (message: LoadMessage) => Promise<void>;
  /** The graphics renderer that WebGL reports, where it does. */
  readonly rendererName: () => string | null;
  /** Backends that work, fastest first; `onProgress` is told of each before it is tried. */
  readonly measure: (
    bundle: Bundle,
    candidates: readonly BackendName[],
    onProgress: (backend: BackendName) => void,
  ) => Promise<MeasuredBackend[]>;
  /** Median time of a decode, in milliseconds. */
  readonly time: (decoder: SessionDecoder, bundle: Bundle) => Promise<number>;
  /** A warm decoder; rejects where the backend does not work. */
  readonly createDecoder: (bundle: Bundle, backend: BackendName) => Promise<SessionDecoder>;
  /** Resolves once the messages that have come have been handled. */
  readonly messagesRead: () => Promise<void>;
}

export type LoadMessage = Extract<ToInference, { type: 'load' }>;
type KernelPort = Pick<MessagePort, 'postMessage'>;

/** One bundle, decoded until its worker ends. */
export class InferenceSession {
  readonly #host: InferenceHost;
  readonly #queue = new TargetQueue();
  #kernelPort: KernelPort | null = null;
  #bundle: Bundle | null = null;
  #decoder: SessionDecoder | null = null;
  #reserves: BackendName[] = [];
  #isRunning = false;
  #paths: LatentPaths | null = null;

  constructor(host: InferenceHost) {
    this.#host = host;
  }

  /** Handles a message of the page; what goes wrong is posted as an error. */
  async receive(message: ToInference): Promise<void> {
    try {
      switch (message.type) {
        case 'load':
          await this.#load(message);
          break;
        case 'kernel':
          this.#kernelPort = message.kernelPort;
          break;
        case 'targets':
          this.#queue.replace(message.revision, message.targets, message.held);
          await this.#run();
          break;
      }
    } catch (error) {
      this.#post({ type: 'error', message: messageOf(error) });
    }
  }

  #post(message: FromInference, transfer: Transferable[] = []): void {
    this.#host.post(message, transfer);
  }

  async #load(message: LoadMessage): Promise<void> {
    const host = this.#host;
    this.#kernelPort = message.kernelPort;
    this.#post({ type: 'progress', step: 'loading the model', fraction: 0 });
    const { bundle, loadingMap } = await host.load(message.modelUrl, (step) =>
      this.#post({ type: 'progress', step, fraction: 0 }),
    );
    const hasWasm = await host.registerWasm(message).then(
      () => true,
      () => false,
    );
    const renderer = host.rendererName();
    const candidates = message.backend ? [message.backend] : worthTrying(renderer, hasWasm);
    const { decoder, measured } = await this.#choose(bundle, candidates);
    this.#decoder = decoder;
    const others = measured.slice(1).map(({ backend }) => backend);
    this.#reserves = [...new Set<BackendName>([...others, 'cpu'])].filter(
      (backend) => backend !== decoder.backend && candidates.includes(backend),
    );
    this.#bundle = bundle;
    const { map, mapFault } = await loadingMap;
    const ready: FromInference = {
      type: 'ready',
      manifest: bundle.manifest,
      weightsHash: bundle.identity.weightsHash,
      map,
      mapFault,
      backend: decoder.backend,
      milliseconds: Object.fromEntries(measured.map(({ backend, milliseconds }) => [backend, milliseconds])),
      renderer,
    };
    this.#post(ready, map ? [map.positions.buffer as ArrayBuffer, map.styles.buffer as ArrayBuffer] : []);
    await this.#run();
  }

  /** A decoder on the fastest backend. Where there is no choice it is timed alone, which saves making it twice. */
  async #choose(
    bundle: Bundle,
    candidates: readonly BackendName[],
  ): Promise<{ decoder: SessionDecoder; measured: readonly MeasuredBackend[] }> {
    const host = this.#host;
    const onProgress = (backend: BackendName): void =>
      this.#post({
        type: 'progress',
        step: `measuring ${backend}`,
        fraction: (1 + candidates.indexOf(backend)) / (candidates.length + 1),
      });
    if (candidates.length === 1) {
      const [backend] = candidates;
      onProgress(backend);
      try {
        const decoder = await host.createDecoder(bundle, backend);
        return { decoder, measured: [{ backend, milliseconds: await host.time(decoder, bundle) }] };
      } catch (error) {
        throw new Error(`${noneOf(candidates)} (${messageOf(error)})`, { cause: error });
      }
    }
    const measured = await host.measure(bundle, candidates, onProgress);
    if (measured.length === 0) throw new Error(noneOf(candidates));
    return { decoder: await host.createDecoder(bundle, measured[0].backend), measured };
  }

  /** Decodes until nothing waits; a second call while one runs returns at once. */
  async #run(): Promise<void> {
    if (this.#isRunning || !this.#bundle) return;
    this.#isRunning = true;
    try {
      for (let target = this.#queue.take(); target; target = this.#queue.take()) {
        const [features] = await this.#pathsOf(this.#bundle).features([target]);
        // Another kernel may have taken its place meanwhile.
        this.#kernelPort?.postMessage(clipOf(target, features), [features.buffer as ArrayBuffer]);
        // A backend that answers without a task of its own, as wasm does, would otherwise decode a list to its end before a
        // newer one is heard of.
        await this.#host.messagesRead();
      }
      // Also where a list asks for nothing that is not decoded already, or drops what was left of the one before.
      this.#post({ type: 'settled', revision: this.#queue.revision });
    } finally {
      this.#isRunning = false;
    }
  }

  #pathsOf(bundle: Bundle): LatentPaths {
    this.#paths ??= new LatentPaths(bundle.manifest.format, async (points) => {
      const decoded: Float32Array[] = [];
      for (const { digit, style } of points) decoded.push(await this.#decodeSurely(bundle, digit, style));
      return decoded;
    });
    return this.#paths;
  }

  /**
   * Decodes on the current backend; when it fails, moves to the next fastest one that starts and tries again.
   * @throws Error naming what each backend failed of, when none is left
   */
  async #decodeSurely(bundle: Bundle, digitPoint: Float32Array, style: Float32Array): Promise<Float32Array> {
    const failures: string[] = [];
    for (;;) {
      const decoder = this.#decoder;
      if (decoder) {
        try {
          return await decoder.decode(digitPoint, style);
        } catch (error) {
          failures.push(`${decoder.backend}: ${messageOf(error)}`);
          this.#decoder = null;
          letGo(decoder);
        }
      }
      const reserve = this.#reserves.shift();
      if (!reserve) {
        const why = failures.length > 0 ? ` (${failures.join('; ')})` : '';
        throw new Error(`no backend is left that decodes${why}`);
      }
      try {
        this.#decoder = await this.#host.createDecoder(bundle, reserve);
        this.#post({ type: 'backend', backend: reserve, reason: failures.join('; ') });
      } catch (error) {
        failures.push(`${reserve}: ${messageOf(error)}`);
      }
    }
  }
}

/** Frees the weights; those of a lost graphics context may not let themselves be freed, and are gone with it. */
function letGo(decoder: SessionDecoder): void {
  try {
    decoder.dispose();
  } catch {
    // Its backend is not used again.
  }
}

function noneOf(candidates: readonly BackendName[]): string {
  return `none of ${candidates.join(', ')} can run the decoder here; update the browser or allow WebAssembly`;
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
