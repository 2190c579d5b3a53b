// The page's end of the inference worker: load once, then targets; faults and changes of backend come back as events.
import type { BackendName, DecoderUrls, FromInference, ToInference } from '../model/inferenceProtocol.ts';
import { InstrumentError } from './instrumentError.ts';

/** The part of a Worker that is used here. */
export interface InferenceWorker {
  postMessage(message: ToInference, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<FromInference>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  terminate(): void;
}

/** What the worker reports after it is ready, and progress before. */
export interface InferenceEvents {
  readonly onProgress: (step: string, fraction: number) => void;
  readonly onSettled: (revision: number) => void;
  readonly onBackend: (backend: BackendName, reason: string) => void;
  readonly onFault: (error: InstrumentError) => void;
}

/** What is loaded and where from. */
export interface LoadRequest {
  /** Folder of the bundle, ending in '/'. */
  readonly modelUrl: string;
  readonly urls: DecoderUrls;
  /** Where decoded clips go; transferred. */
  readonly kernelPort: MessagePort;
  /** Decode with this one instead of measuring all. */
  readonly backend?: BackendName | undefined;
}

export type Ready = Extract<FromInference, { type: 'ready' }>;

const advice = 'check that the model folder is complete and reachable, then try again';

/** Owns the worker; `close` ends it. */
export class InferenceClient {
  readonly #worker: InferenceWorker;
  readonly #events: InferenceEvents;
  #settleLoad: { resolve: (ready: Ready) => void; reject: (reason: InstrumentError) => void } | null = null;

  constructor(worker: InferenceWorker, events: InferenceEvents) {
    this.#worker = worker;
    this.#events = events;
    worker.onmessage = (event) => this.#receive(event.data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fault(`the decoder's worker failed: ${event.message || 'its program could not be loaded'}`);
    };
  }

  /**
   * Loads a bundle.
   * @throws InstrumentError (rejection) when the bundle is missing or damaged or no backend can run it
   */
  load({ modelUrl, urls, kernelPort, backend }: LoadRequest): Promise<Ready> {
    return new Promise((resolve, reject) => {
      this.#settleLoad = { resolve, reject };
      const message = { type: 'load', modelUrl, urls, kernelPort, ...(backend ? { backend } : {}) } as const;
      this.#worker.postMessage(message, [kernelPort]);
    });
  }

  /** Sends targets on. */
  send(message: ToInference): void {
    this.#worker.postMessage(message, []);
  }

  /** Clips go to another kernel from now on. The port is transferred. */
  connectKernel(kernelPort: MessagePort): void {
    this.#worker.postMessage({ type: 'kernel', kernelPort }, [kernelPort]);
  }

  /** Ends the worker; a load under way is rejected. */
  close(): void {
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
    this.#settleLoad?.reject(
      new InstrumentError('closed', 'the instrument was closed while loading; start it again'),
    );
    this.#settleLoad = null;
  }

  #receive(message: FromInference): void {
    switch (message.type) {
      case 'progress':
        this.#events.onProgress(message.step, message.fraction);
        return;
      case 'ready':
        this.#settleLoad?.resolve(message);
        this.#settleLoad = null;
        return;
      case 'settled':
        this.#events.onSettled(message.revision);
        return;
      case 'backend':
        this.#events.onBackend(message.backend, message.reason);
        return;
      case 'error':
        this.#fault(message.message);
        return;
    }
  }

  #fault(reason: string): void {
    const error = new InstrumentError('model', `The model could not be used: ${reason}; ${advice}.`);
    if (this.#settleLoad) {
      this.#settleLoad.reject(error);
      this.#settleLoad = null;
    } else {
      this.#events.onFault(error);
    }
  }
}
