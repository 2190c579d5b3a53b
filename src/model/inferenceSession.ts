// What the inference worker does, without the worker: loads a bundle, keeps the fastest backend, and decodes what is asked for.
// When that fails it says so: the page makes a fresh worker (src/instrument/inferenceSupervisor.ts), which no fault outlives.
import { messageOf } from '../contract/errors.ts';
import type { Bundle } from './bundle.ts';
import type { MeasuredBackend } from './chooseBackend.ts';
import {
  backendNames,
  type BackendName,
  type DecodeTarget,
  type FromInference,
  type ToInference,
} from './inferenceProtocol.ts';
import { clipOf } from './clipOf.ts';
import { clipFeatures, NoWordError } from './decodedClip.ts';
import type { FileBytes } from './keptFiles.ts';
import { LatentPaths } from './latentPaths.ts';
import { TargetQueue } from './targetQueue.ts';
import type { MapPoints } from './voiceMap.ts';

/** The part of a decoder that is used here. */
export interface SessionDecoder {
  readonly backend: BackendName;
  /** Features as the network gives them, not checked. */
  decode(digitPoint: Float32Array, style: Float32Array): Promise<Float32Array>;
  /** Why it cannot decode any more; undefined while it can. */
  fault(): string | undefined;
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
    message: LoadMessage,
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
  /** The bytes of all that was loaded. */
  readonly releaseFiles: () => Promise<FileBytes>;
  /** A clock in milliseconds. */
  readonly now: () => number;
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
  #isRunning = false;
  #hasFailed = false;
  /** When the decode under way began; 0 without one. */
  #decodingSince = 0;
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
        case 'ping':
          this.#answer();
          break;
      }
    } catch (error) {
      this.fail(messageOf(error));
    }
  }

  /** Says that nothing more is to be expected, once. */
  fail(message: string): void {
    if (!this.#hasFailed) this.#post({ type: 'error', message });
    this.#hasFailed = true;
  }

  #answer(): void {
    const fault = this.#decoder?.fault();
    if (fault !== undefined) this.fail(fault);
    const decodingMilliseconds = this.#decodingSince ? this.#host.now() - this.#decodingSince : 0;
    this.#post({ type: 'pong', decodingMilliseconds });
  }

  #post(message: FromInference, transfer: Transferable[] = []): void {
    this.#host.post(message, transfer);
  }

  async #load(message: LoadMessage): Promise<void> {
    const host = this.#host;
    this.#kernelPort = message.kernelPort;
    this.#post({ type: 'progress', step: 'loading the model', fraction: 0 });
    const { bundle, loadingMap } = await host.load(message, (step) =>
      this.#post({ type: 'progress', step, fraction: 0 }),
    );
    const wasmFault = await host.registerWasm(message).then(() => null, messageOf);
    const renderer = host.rendererName();
    const candidates = message.backend ? [message.backend] : worthTrying(renderer, wasmFault === null);
    const { decoder, measured } = await this.#choose(bundle, candidates, wasmFault);
    this.#decoder = decoder;
    this.#bundle = bundle;
    const { map, mapFault } = await loadingMap;
    const files = await host.releaseFiles();
    const ready: FromInference = {
      type: 'ready',
      files,
      manifest: bundle.manifest,
      weightsHash: bundle.identity.weightsHash,
      map,
      mapFault,
      wasmFault,
      backend: decoder.backend,
      milliseconds: Object.fromEntries(measured.map(({ backend, milliseconds }) => [backend, milliseconds])),
      renderer,
    };
    const ofMap = map ? [map.positions.buffer as ArrayBuffer, map.styles.buffer as ArrayBuffer] : [];
    this.#post(ready, [...ofMap, ...Object.values(files)]);
    await this.#run();
  }

  /** A decoder on the fastest backend. Where there is no choice it is timed alone, which saves making it twice. */
  async #choose(
    bundle: Bundle,
    candidates: readonly BackendName[],
    wasmFault: string | null,
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
        throw new Error(`${noneOf(candidates)} (${wasmFault ?? messageOf(error)})`, { cause: error });
      }
    }
    const measured = await host.measure(bundle, candidates, onProgress);
    if (measured.length === 0) {
      throw new Error(noneOf(candidates) + (wasmFault === null ? '' : ` (${wasmFault})`));
    }
    return { decoder: await host.createDecoder(bundle, measured[0].backend), measured };
  }

  /** Decodes until nothing waits; a second call while one runs returns at once. */
  async #run(): Promise<void> {
    if (this.#isRunning || this.#hasFailed || !this.#bundle) return;
    this.#isRunning = true;
    const refused = new Set<number>();
    try {
      for (let target = this.#queue.take(); target; target = this.#queue.take()) {
        const features = await this.#featuresOf(this.#bundle, target, refused);
        if (features) {
          // Another kernel may have taken its place meanwhile.
          this.#kernelPort?.postMessage(clipOf(target, features), [features.buffer as ArrayBuffer]);
          refused.delete(target.slot);
        }
        // A backend that answers without a task of its own, as wasm does, would otherwise decode a list to its end before a
        // newer one is heard of.
        await this.#host.messagesRead();
      }
      // Also where a list asks for nothing that is not decoded already, or drops what was left of the one before.
      if (refused.size === 0) this.#post({ type: 'settled', revision: this.#queue.revision });
    } finally {
      this.#isRunning = false;
    }
  }

  /** Features of a target, checked; null where they are no word, which is told for the first slot that it befalls. */
  async #featuresOf(
    bundle: Bundle,
    target: DecodeTarget,
    refused: Set<number>,
  ): Promise<Float32Array | null> {
    try {
      const [features] = await this.#pathsOf(bundle).features([target]);
      return features;
    } catch (error) {
      const fault = this.#decoder?.fault();
      if (fault !== undefined) throw new Error(fault, { cause: error });
      if (!(error instanceof NoWordError)) throw error;
      this.#queue.giveBack(target);
      const { slot, revision } = target;
      if (refused.size === 0) this.#post({ type: 'refused', slot, revision, reason: error.message });
      refused.add(slot);
      return null;
    }
  }

  #pathsOf(bundle: Bundle): LatentPaths {
    const { format } = bundle.manifest;
    this.#paths ??= new LatentPaths(format, async (points) => {
      const decoded: Float32Array[] = [];
      for (const { digit, style } of points) {
        // Between two words of one target a slow backend hears whether anybody asks if it is alive.
        if (decoded.length > 0) await this.#host.messagesRead();
        decoded.push(clipFeatures(await this.#decode(digit, style), format));
      }
      return decoded;
    });
    return this.#paths;
  }

  async #decode(digitPoint: Float32Array, style: Float32Array): Promise<Float32Array> {
    if (!this.#decoder) throw new Error('there is no decoder');
    this.#decodingSince = this.#host.now();
    try {
      return await this.#decoder.decode(digitPoint, style);
    } finally {
      this.#decodingSince = 0;
    }
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
