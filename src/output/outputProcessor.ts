// The output stage in the audio worklet: limits what goes to the speakers and hands it to the recorder.
import { Limiter } from './limiter.ts';
import type { ToOutput } from './outputProtocol.ts';
import { TakeWriter } from './takeWriter.ts';

declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

class OutputProcessor extends AudioWorkletProcessor {
  readonly #limiter = new Limiter(sampleRate);
  readonly #writer = new TakeWriter((message, transfer) => this.port.postMessage(message, transfer));

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<ToOutput>) => this.#writer.receive(event.data);
  }

  process(inputs: readonly Float32Array[][], outputs: readonly Float32Array[][]): boolean {
    this.#limiter.process(inputs[0], outputs[0]);
    this.#writer.write(outputs[0]);
    return true;
  }
}

registerProcessor('numvox-output', OutputProcessor);
