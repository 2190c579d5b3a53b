// An inference worker without a thread: keeps what it is sent, says what a test has it say, and answers pings while it lives.
import type { InferenceWorker } from '../../src/instrument/inferenceClient.ts';
import type { BackendName, FromInference, ToInference } from '../../src/model/inferenceProtocol.ts';
import { smallManifest } from './manifest.ts';

/** What a worker says once it has loaded. */
export function readyAnswer(backend: BackendName = 'wasm'): Extract<FromInference, { type: 'ready' }> {
  return {
    type: 'ready',
    manifest: smallManifest(),
    weightsHash: null,
    map: null,
    mapFault: null,
    wasmFault: null,
    backend,
    milliseconds: { [backend]: 4 },
    renderer: null,
    files: { 'http://x/manifest.json': new ArrayBuffer(5) },
  };
}

export class FakeWorker implements InferenceWorker {
  readonly sent: ToInference[] = [];
  onmessage: ((event: MessageEvent<unknown>) => void) | null = null;
  onmessageerror: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  isTerminated = false;
  /** How long the decode under way has lasted; null where pings are not answered. */
  answers: number | null = 0;

  postMessage(message: ToInference): void {
    this.sent.push(message);
    const decodingMilliseconds = this.answers;
    if (message.type === 'ping' && decodingMilliseconds !== null) {
      queueMicrotask(() => this.say({ type: 'pong', decodingMilliseconds }));
    }
  }

  terminate(): void {
    this.isTerminated = true;
  }

  say(data: unknown): void {
    this.onmessage?.({ data } as MessageEvent<unknown>);
  }

  crash(message: string): void {
    this.onerror?.({ message, preventDefault: () => undefined } as ErrorEvent);
  }

  /** Messages of one type that it was sent. */
  of<T extends ToInference['type']>(type: T): Extract<ToInference, { type: T }>[] {
    return this.sent.filter((message): message is Extract<ToInference, { type: T }> => message.type === type);
  }
}
