// The node that reads signals: its processor lies in the module of the output.
import type { FromSignals, SignalProcessorOptions, ToSignals } from '../output/signalProtocol.ts';
import { endProcessor, isOffline } from '../worklet/workletModules.ts';

/** How often a live signal that moves is told of: as often as a decode takes. */
const intervalSeconds = 0.008;

/** Follows signals, each by an input of one AudioWorkletNode; the context must have loaded the module of the output. */
export class SignalReader {
  readonly #node: AudioWorkletNode;
  readonly #onMove: (signal: number, value: number) => void;
  #answer: (() => void) | null = null;

  /**
   * @param signals how many can be followed
   * @param pulledBy what pulls the node, which gives silence: browsers may leave one out that leads nowhere
   */
  constructor(
    context: BaseAudioContext,
    signals: number,
    pulledBy: AudioNode,
    onMove: (signal: number, value: number) => void,
  ) {
    this.#onMove = onMove;
    const intervalFrames = isOffline(context) ? 0 : Math.round(intervalSeconds * context.sampleRate);
    const processorOptions: SignalProcessorOptions = { signals, intervalFrames };
    this.#node = new AudioWorkletNode(context, 'numvox-signals', {
      numberOfInputs: signals,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      channelCount: 1,
      channelCountMode: 'explicit',
      channelInterpretation: 'discrete',
      processorOptions,
    });
    this.#node.port.onmessage = ({ data }: MessageEvent<FromSignals>) => {
      if (data.type !== 'moved') return;
      for (const [signal, value] of data.moved) this.#onMove(signal, value);
      this.#answer?.();
      this.#answer = null;
    };
    this.#node.connect(pulledBy);
  }

  /** Follows `source` from `value` on, which is known. */
  follow(signal: number, source: AudioNode, value: number, tolerance: number): void {
    this.#send({ type: 'follow', signal, value, tolerance });
    source.connect(this.#node, 0, signal);
  }

  /** Reads all signals as they were in the last render quantum; resolves when `onMove` was told. */
  async read(): Promise<void> {
    const answered = new Promise<void>((resolve) => (this.#answer = resolve));
    this.#send({ type: 'read' });
    await answered;
  }

  /** Ends the processor; resolves as `endProcessor` does. */
  close(): Promise<void> {
    this.#answer?.();
    return endProcessor(this.#node);
  }

  #send(message: ToSignals): void {
    this.#node.port.postMessage(message);
  }
}
