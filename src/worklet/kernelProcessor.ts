// The AudioWorklet shell around the kernel: passes messages and blocks on.
import type { Seconds } from '../contract/units.ts';
import { Kernel, type KernelOptions } from './kernel.ts';
import type { FromKernel, ToKernel } from './kernelProtocol.ts';
import { registerOnce } from './registerOnce.ts';

/** What crosses into the worklet when the node is made. */
export interface KernelProcessorOptions {
  readonly kernel: Omit<KernelOptions, 'contextRate' | 'clock'>;
  /** False in an offline context, which waits for every block: its sound must not depend on the machine's speed. */
  readonly isLive: boolean;
  readonly messages: readonly ToKernel[];
}

declare const sampleRate: number;
declare const currentFrame: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: KernelProcessorOptions }) => AudioWorkletProcessor,
): void;

/**
 * Seconds from any origin. Most browsers hide `performance` from worklets; Date.now() counts whole milliseconds,
 * and the kernel's load governor allows for that.
 */
const hasPerformance = typeof globalThis.performance?.now === 'function';
const origin = Date.now();
const clock = (): Seconds => (hasPerformance ? performance.now() : Date.now() - origin) / 1000;

/** Blocks in a row that may fail before the processor ends and the page makes another. */
const mostFailures = 16;

class KernelProcessor extends AudioWorkletProcessor {
  #kernel: Kernel | undefined;
  #failures = 0;

  constructor(options: { processorOptions: KernelProcessorOptions }) {
    super();
    const { kernel: kernelOptions, isLive, messages } = options.processorOptions;
    const reply = (message: FromKernel): void => this.port.postMessage(message);
    try {
      const kernel = new Kernel(
        { ...kernelOptions, contextRate: sampleRate, clock: isLive ? clock : undefined },
        reply,
      );
      if (isLive) kernel.warmUp();
      for (const message of messages) kernel.receive(message);
      this.port.onmessage = (event: MessageEvent<ToKernel>) => {
        kernel.receive(event.data);
        // Its memory goes at once: a suspended context does not ask for another block.
        if (event.data.type === 'close') this.#kernel = undefined;
      };
      this.#kernel = kernel;
    } catch (error) {
      reply({ type: 'error', message: error instanceof Error ? error.message : String(error) });
    }
  }

  process(_inputs: readonly Float32Array[][], outputs: Float32Array[][]): boolean {
    if (this.#kernel) this.#make(this.#kernel, outputs[0]);
    else this.port.postMessage({ type: 'closed' } satisfies FromKernel);
    // A processor that gives true lives as long as its context.
    return this.#kernel !== undefined;
  }

  /** A block that fails is silent: thrown, the error would end the processor, and the sound for as long as another takes to make. */
  #make(kernel: Kernel, output: Float32Array[]): void {
    try {
      kernel.process(output, currentFrame);
      this.#failures = 0;
    } catch (error) {
      if (++this.#failures > mostFailures) throw error;
      for (let c = 0; c < output.length; c++) output[c].fill(0);
      kernel.abandonBlock();
    }
  }
}

registerOnce(registerProcessor, 'numvox-kernel', KernelProcessor);
