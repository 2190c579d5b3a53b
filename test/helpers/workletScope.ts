// The scope of an audio worklet in Node: processors are registered, made and run by a test.
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

/** A processor as its context sees it. */
export interface Processor {
  readonly port: FakePort;
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}

/** The worklet's end of a node's port. */
export class FakePort {
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly sent: unknown[] = [];

  postMessage(message: unknown): void {
    this.sent.push(message);
  }
}

/** Loads a processor's module as a worklet would. @param file relative to the repository */
export async function loadProcessor(file: string): Promise<new (options?: object) => Processor> {
  const found: (new (options?: object) => Processor)[] = [];
  Object.assign(globalThis, {
    sampleRate: 48_000,
    currentFrame: 0,
    AudioWorkletProcessor: class {
      readonly port = new FakePort();
    },
    registerProcessor: (_name: string, processor: new (options?: object) => Processor) =>
      found.push(processor),
  });
  try {
    await import(pathToFileURL(resolve(file)).href);
  } finally {
    Reflect.deleteProperty(globalThis, 'registerProcessor');
  }
  return found[0];
}
