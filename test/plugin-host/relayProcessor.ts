// A second WAM of the tests' host: notes down the events that reach it in the audio thread, and sends events on when it is told to.
import type { WamEvent } from '@webaudiomodules/api';
import getRingBuffer from '@webaudiomodules/sdk/src/RingBuffer.js';
import getWamEventRingBuffer from '@webaudiomodules/sdk/src/WamEventRingBuffer.js';
import getWamParameter from '@webaudiomodules/sdk/src/WamParameter.js';
import getWamParameterInterpolator from '@webaudiomodules/sdk/src/WamParameterInterpolator.js';
import getWamProcessor from '@webaudiomodules/sdk/src/WamProcessor.js';

declare const currentTime: number;
declare const sampleRate: number;
declare function registerProcessor(name: string, processor: unknown): void;

const relayId = 'test.relay';
getRingBuffer(relayId);
getWamEventRingBuffer(relayId);
getWamParameter(relayId);
getWamParameterInterpolator(relayId);
const WamProcessor = getWamProcessor(relayId);

/** Sends each event that it was given in the quantum in which its time comes, as sequencers do. */
class RelayProcessor extends WamProcessor {
  #toEmit: WamEvent[] = [];

  override async _onMessage(message: MessageEvent<{ emit?: WamEvent[] }>): Promise<void> {
    if (message.data.emit) this.#toEmit.push(...message.data.emit);
    else await super._onMessage(message);
  }

  override scheduleEvents(...events: WamEvent[]): void {
    this.port.postMessage({ heard: events, at: currentTime });
  }

  override process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    if (this._destroyed) return false;
    const end = currentTime + outputs[0][0].length / sampleRate;
    const due = this.#toEmit.filter(({ time = 0 }) => time < end);
    this.#toEmit = this.#toEmit.filter(({ time = 0 }) => time >= end);
    if (due.length > 0) this.emitEvents(...due);
    return true;
  }
}

registerProcessor(relayId, RelayProcessor);
