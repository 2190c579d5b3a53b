// Reads signals in the audio worklet, one for each input, so that whoever made them can move parameters by them.
import type { Samples } from '../contract/units.ts';
import type { FromSignals, SignalProcessorOptions, ToSignals } from './signalProtocol.ts';

declare const currentFrame: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
/**
 * Tells of a signal when it has moved, with the first value of the render quantum, at most once in `intervalFrames`, of all that have
 * moved together; without an interval when it is asked. An input to which nothing is connected is none.
 */
export class SignalProcessor extends AudioWorkletProcessor {
  readonly #interval: Samples;
  /** As each was told of last, as it is now, and how far it may go untold. */
  readonly #told: Float64Array;
  readonly #now: Float64Array;
  readonly #tolerance: Float64Array;
  #nextFrame: Samples = 0;
  #hasEnded = false;

  constructor({
    processorOptions: { signals, intervalFrames },
  }: {
    processorOptions: SignalProcessorOptions;
  }) {
    super();
    this.#interval = intervalFrames;
    this.#told = new Float64Array(signals).fill(NaN);
    this.#now = new Float64Array(signals).fill(NaN);
    this.#tolerance = new Float64Array(signals);
    this.port.onmessage = ({ data }: MessageEvent<ToSignals>) => this.#receive(data);
  }

  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    let hasMoved = false;
    for (let k = 0; k < this.#now.length; k++) {
      const channels = inputs[k];
      if (channels.length === 0) continue;
      const value = channels[0][0];
      this.#now[k] = value;
      // False where nothing was asked for.
      if (Math.abs(value - this.#told[k]) > this.#tolerance[k]) hasMoved = true;
    }
    if (this.#hasEnded) this.port.postMessage({ type: 'closed' } satisfies FromSignals);
    else if (hasMoved && this.#interval > 0 && currentFrame >= this.#nextFrame) {
      this.#nextFrame = currentFrame + this.#interval;
      this.#tell();
    }
    // A processor that gives true lives as long as its context.
    return !this.#hasEnded;
  }

  #tell(): void {
    const moved: [number, number][] = [];
    for (let k = 0; k < this.#now.length; k++) {
      const value = this.#now[k];
      if (!(Math.abs(value - this.#told[k]) > this.#tolerance[k])) continue;
      this.#told[k] = value;
      moved.push([k, value]);
    }
    this.port.postMessage({ type: 'moved', moved } satisfies FromSignals);
  }

  #receive(message: ToSignals): void {
    if (message.type === 'close') this.#hasEnded = true;
    else if (message.type === 'read') this.#tell();
    else {
      this.#told[message.signal] = message.value;
      this.#tolerance[message.signal] = message.tolerance;
    }
  }
}
