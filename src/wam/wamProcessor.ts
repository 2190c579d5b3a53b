// The WAM processor: behind the instrument's output, it hands sound on as it is, and events to the page at their time. The SDK's parts
// are called here instead of being injected as text, which a host's policy may forbid and a minifier break.
import type { WamEvent, WamParameterInfoMap } from '@webaudiomodules/api';
import getRingBuffer from '@webaudiomodules/sdk/src/RingBuffer.js';
import getWamEventRingBuffer from '@webaudiomodules/sdk/src/WamEventRingBuffer.js';
import getWamParameter from '@webaudiomodules/sdk/src/WamParameter.js';
import getWamParameterInterpolator from '@webaudiomodules/sdk/src/WamParameterInterpolator.js';
import getWamProcessor from '@webaudiomodules/sdk/src/WamProcessor.js';
import type { Samples, Seconds } from '../contract/units.ts';
import { registerOnce } from '../worklet/registerOnce.ts';
import { descriptor } from './descriptor.ts';
import { parameterInfo } from './parameterInfo.ts';
import { goesOn, type PassOn, type WamProcessorOptions } from './wamProtocol.ts';

declare const sampleRate: number;
declare const currentTime: number;
declare function registerProcessor(name: string, processor: unknown): void;

/**
 * Events that are known early go to the page so long before their time: then it may be busy for longer without a note being late. What
 * has gone can not be cleared any more, so it is not much.
 */
const leadSeconds: Seconds = 0.03;

const { identifier } = descriptor;
// In this order: each finds the ones before in the module's scope.
getRingBuffer(identifier);
getWamEventRingBuffer(identifier);
getWamParameter(identifier);
getWamParameterInterpolator(identifier);
const WamProcessor = getWamProcessor(identifier);

class NumvoxWamProcessor extends WamProcessor {
  constructor(options: AudioWorkletNodeOptions) {
    super(options);
    const { delaySeconds } = options.processorOptions as WamProcessorOptions;
    this._compensationDelay = delaySeconds;
    this._initialize();
    this._initialized = true;
  }

  override _generateWamParameterInfo(): WamParameterInfoMap {
    return parameterInfo();
  }

  override async _onMessage(message: MessageEvent<Partial<PassOn>>): Promise<void> {
    const { passOn } = message.data;
    if (passOn) this.emitEvents({ ...passOn, time: passOn.time ?? currentTime });
    else await super._onMessage(message);
  }

  override process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    if (this._destroyed) return false;
    const input = inputs[0];
    const output = outputs[0];
    for (let c = 0; c < output.length; c++) {
      if (c < input.length) output[c].set(input[c]);
    }
    // Quanta of 128 frames are a habit of today's contexts.
    this._samplesPerQuantum = output[0].length;
    if (this._eventQueue.length > 0)
      this.#carryOut(currentTime, this._samplesPerQuantum + leadSeconds * sampleRate);
    return true;
  }

  /** Events that are due soon go to the page, which plays them at their time, and on to what is connected. */
  #carryOut(now: Seconds, frames: Samples): void {
    const queue = this._eventQueue;
    for (const queued of queue) {
      // An event without a time is for now, and would spoil the order of the others.
      if (!isTime(queued.event.time)) queued.event = { ...queued.event, time: now };
    }
    queue.sort((a, b) => timeOf(a.event) - timeOf(b.event));
    let due = 0;
    while (due < queue.length && Math.round((timeOf(queue[due].event) - now) * sampleRate) < frames) due++;
    for (const { id, event } of queue.splice(0, due)) {
      if (goesOn(event)) this.emitEvents(event);
      if (id) this.port.postMessage({ id, response: 'add/event' });
      else this.port.postMessage({ event });
    }
  }
}

function isTime(time: number | undefined): time is number {
  return time !== undefined && Number.isFinite(time);
}

function timeOf({ time = 0 }: WamEvent): Seconds {
  return time;
}

registerOnce(registerProcessor, identifier, NumvoxWamProcessor);
