// The page's end of one inference worker: what it says is checked, and its first fault is its last word.
import {
  backendNames,
  type DecoderUrls,
  type ModelFiles,
  type FromInference,
  type ToInference,
} from '../model/inferenceProtocol.ts';
import type { BackendName } from '../model/inferenceProtocol.ts';
import type { FileBytes } from '../model/keptFiles.ts';

/** The part of a Worker that is used here. */
export interface InferenceWorker {
  postMessage(message: ToInference, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

export type Ready = Extract<FromInference, { type: 'ready' }>;
export type Refused = Extract<FromInference, { type: 'refused' }>;

/** What a worker tells. */
export interface InferenceEvents {
  readonly onProgress: (step: string, fraction: number) => void;
  readonly onReady: (ready: Ready) => void;
  readonly onSettled: (revision: number) => void;
  readonly onRefused: (refused: Refused) => void;
  /** It is alive; how long the decode under way has lasted. */
  readonly onPong: (decodingMilliseconds: number) => void;
  /** Once: how it failed, as the end of a sentence that begins with "The decoder". Nothing is told afterwards. */
  readonly onFault: (fault: WorkerFault) => void;
}

/** A fault of a worker. */
export interface WorkerFault {
  /** The end of a sentence that begins with "The decoder". */
  readonly what: string;
  /** The worker's own words, where it could say any: a missing bundle, no backend. */
  readonly said?: string;
}

/** What is loaded and where from. */
export interface LoadRequest {
  /** Folder of the bundle, ending in '/'. */
  readonly modelUrl: string;
  /** Addresses of files of the bundle that lie elsewhere, by name. */
  readonly modelFiles?: ModelFiles | undefined;
  readonly urls: DecoderUrls;
  /** Where decoded clips go; transferred. */
  readonly kernelPort: MessagePort;
  /** Decode with this one instead of measuring all. */
  readonly backend?: BackendName | undefined;
  /** What a worker before this one had loaded. */
  readonly files?: FileBytes | undefined;
}

const shownText = 300;

/** Owns the worker; `close` ends it. */
export class InferenceClient {
  readonly #worker: InferenceWorker;
  readonly #events: InferenceEvents;
  #isReady = false;
  #isOver = false;
  /** The latest revision that was asked for: none beyond it can be settled. */
  #asked = -1;

  constructor(worker: InferenceWorker, events: InferenceEvents) {
    this.#worker = worker;
    this.#events = events;
    worker.onmessage = (event) => this.#receive(event.data);
    worker.onmessageerror = () => this.#fault({ what: 'sent a message that cannot be read' });
    worker.onerror = (event) => {
      event.preventDefault();
      const said = event.message || 'its program could not be loaded';
      this.#fault({
        what: `failed (${said.slice(0, shownText)})`,
        said: `the decoder's worker failed: ${said}`,
      });
    };
  }

  /** Has a bundle loaded; `onReady` or `onFault` tells what came of it. */
  load({ modelUrl, modelFiles, urls, kernelPort, backend, files }: LoadRequest): void {
    const message: ToInference = {
      type: 'load',
      modelUrl,
      urls,
      kernelPort,
      ...(modelFiles ? { modelFiles } : {}),
      ...(backend ? { backend } : {}),
      ...(files ? { files } : {}),
    };
    this.#worker.postMessage(message, [kernelPort]);
  }

  /** Sends targets on, or asks whether it is alive. */
  send(message: Extract<ToInference, { type: 'targets' | 'ping' }>): void {
    if (message.type === 'targets') this.#asked = Math.max(this.#asked, message.revision);
    this.#worker.postMessage(message, []);
  }

  /** Clips go to another kernel from now on. The port is transferred. */
  connectKernel(kernelPort: MessagePort): void {
    this.#worker.postMessage({ type: 'kernel', kernelPort }, [kernelPort]);
  }

  /** Ends the worker. */
  close(): void {
    this.#isOver = true;
    this.#worker.onmessage = null;
    this.#worker.onmessageerror = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
  }

  #receive(data: unknown): void {
    if (this.#isOver) return;
    if (!isAnswer(data, this.#asked) || (data.type === 'ready' && this.#isReady)) {
      this.#fault({ what: 'sent what it cannot mean' });
      return;
    }
    switch (data.type) {
      case 'progress':
        return this.#events.onProgress(data.step, data.fraction);
      case 'ready':
        this.#isReady = true;
        return this.#events.onReady(data);
      case 'settled':
        return this.#events.onSettled(data.revision);
      case 'refused':
        return this.#events.onRefused(data);
      case 'pong':
        return this.#events.onPong(data.decodingMilliseconds);
      case 'error':
        return this.#fault({ what: `failed (${data.message.slice(0, shownText)})`, said: data.message });
    }
  }

  #fault(fault: WorkerFault): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onFault(fault);
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isBetween = (value: unknown, min: number, max: number): value is number =>
  typeof value === 'number' && value >= min && value <= max;
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** A message of the protocol, and one that can be true. What a broken worker sends may be anything. */
function isAnswer(data: unknown, asked: number): data is FromInference {
  if (!isRecord(data)) return false;
  const isRevision = Number.isInteger(data.revision) && isBetween(data.revision, -1, asked);
  switch (data.type) {
    case 'progress':
      return isText(data.step) && isBetween(data.fraction, 0, 1);
    case 'ready':
      return (
        isRecord(data.manifest) &&
        isRecord(data.milliseconds) &&
        isRecord(data.files) &&
        backendNames.some((name) => name === data.backend)
      );
    case 'settled':
      return isRevision;
    case 'refused':
      return isRevision && isText(data.reason);
    case 'pong':
      return isBetween(data.decodingMilliseconds, 0, Infinity);
    case 'error':
      return isText(data.message);
    default:
      return false;
  }
}
