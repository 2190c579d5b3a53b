// The output stage in the audio worklet: limits what goes to the speakers and hands it to the recorder.
import { registerOnce } from '../worklet/registerOnce.ts';
import { Limiter, outputCeiling } from './limiter.ts';
import type { FromOutput, ToOutput } from './outputProtocol.ts';
import { SignalProcessor } from './signalProcessor.ts';
import { TakeWriter } from './takeWriter.ts';

declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: never) => AudioWorkletProcessor,
): void;

class OutputProcessor extends AudioWorkletProcessor {
  readonly #limiter = new Limiter(sampleRate);
  /** Absent once the page has let go of the stage: the memory of its chunks is 4 MB. */
  #writer: TakeWriter | undefined = new TakeWriter((message, transfer) =>
    this.port.postMessage(message, transfer),
  );

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<ToOutput>) => this.#receive(event.data);
  }

  process(inputs: readonly Float32Array[][], outputs: readonly Float32Array[][]): boolean {
    this.#limiter.process(inputs[0], outputs[0]);
    if (this.#writer) this.#writer.write(outputs[0]);
    else this.port.postMessage({ type: 'closed' } satisfies FromOutput);
    // A processor that gives true lives as long as its context.
    return this.#writer !== undefined;
  }

  #receive(message: ToOutput): void {
    if (message.type === 'share') {
      this.#limiter.moveCeiling(outputCeiling / message.stages);
      return;
    }
    this.#writer?.receive(message);
    if (message.type === 'close') this.#writer = undefined;
  }
}

registerOnce(registerProcessor, 'numvox-output', OutputProcessor);
// In the same module, since every context with signals to follow has an output.
registerOnce(registerProcessor, 'numvox-signals', SignalProcessor);
