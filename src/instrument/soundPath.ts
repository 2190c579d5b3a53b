// What an instrument has in one audio context: effects and output, kernel, recorder, watch and clock. It can be built again in
// another context, or in the same one, while everything that plays it lives on.
import { messageOf } from '../contract/errors.ts';
import type { Samples } from '../contract/units.ts';
import { isEffectParameter } from '../output/effects/effects.ts';
import type { ParameterId, ParameterValues } from '../contract/parameters.ts';
import { createOutputChain, type OutputChain } from '../output/outputChain.ts';
import { Recorder } from '../output/recorder.ts';
import { createKernelNode, type KernelNode, type KernelNodeOptions } from '../worklet/kernelNode.ts';
import type { AssetUrls } from './assets.ts';
import { EventClock, type ClockPair } from './eventClock.ts';
import { InstrumentError } from './instrumentError.ts';
import { KernelWatch } from './kernelWatch.ts';

const channels = 2;

/** What the kernel of a bundle is built from. */
export type KernelShape = Omit<KernelNodeOptions, 'urls' | 'channels'>;

/** Where a path lies and what leads to it. */
export interface SoundPathOptions {
  readonly context: BaseAudioContext;
  readonly assets: AssetUrls;
  /** Known once the bundle is read; effects and output are made meanwhile. */
  readonly shape: Promise<KernelShape> | KernelShape;
  /** The decoder's way to the kernel; transferred. */
  readonly decoderPort: MessagePort;
  /** What is heard goes there; null where the host connects `output`. */
  readonly destination: AudioNode | null;
}

/** Built by `SoundPath.open`; `close` ends all of it but the context. */
export class SoundPath {
  readonly context: BaseAudioContext;
  readonly kernel: KernelNode;
  readonly recorder: Recorder;
  readonly watch: KernelWatch;
  readonly #chain: OutputChain;
  readonly #clock: EventClock;
  #ending: Promise<void> | null = null;

  private constructor(context: BaseAudioContext, chain: OutputChain, kernel: KernelNode) {
    this.context = context;
    this.#chain = chain;
    this.kernel = kernel;
    this.#clock = new EventClock(context.sampleRate);
    this.watch = new KernelWatch(kernel);
    this.recorder = new Recorder(chain.port, context.sampleRate);
  }

  /**
   * @throws InstrumentError (rejection) when a worklet cannot be loaded or built; what `shape` rejects with
   */
  static async open(options: SoundPathOptions): Promise<SoundPath> {
    const { context, assets, destination, decoderPort } = options;
    const opening = audio(createOutputChain(context, assets));
    try {
      const [chain, shape] = await Promise.all([opening, options.shape]);
      const kernel = await audio(createKernelNode(context, { ...shape, urls: assets, channels }));
      kernel.connectPort(decoderPort);
      chain.connectSource(kernel.node);
      if (destination) chain.output.connect(destination);
      return new SoundPath(context, chain, kernel);
    } catch (reason) {
      decoderPort.close();
      void opening.then(
        (chain) => chain.dispose(),
        () => undefined,
      );
      throw reason;
    }
  }

  /** What is heard, behind the limiter. */
  get output(): AudioNode {
    return this.#chain.output;
  }

  /** Reads what is heard. */
  get analyser(): AnalyserNode {
    return this.#chain.analyser;
  }

  /** Called with the reason when the output stage stops for good. */
  onOutputFault(handler: (message: string) => void): void {
    this.#chain.onFault(handler);
  }

  /** Tells effects and volume what is to sound. */
  apply(values: Partial<ParameterValues>): void {
    for (const [name, value] of Object.entries(values)) {
      const id = name as ParameterId;
      if (id === 'outputGainDb') this.#chain.setGain(value);
      if (isEffectParameter(id)) this.#chain.effects.set(id, value);
    }
  }

  /** Compares the clocks; see `EventClock`. */
  observe(): void {
    this.#clock.observe(this.#clocks());
  }

  /** The audio clock has stood still. */
  forgetClock(): void {
    this.#clock.reset();
  }

  /** Frame of this context for a time stamp; undefined for now. See `EventClock`. */
  frameOf(eventMilliseconds: number | undefined): Samples | undefined {
    return this.#clock.frameOf(eventMilliseconds, this.#clocks());
  }

  /** When a frame of this context is played, on the page's clock. */
  millisecondsOf(frame: Samples): number {
    return this.#clock.millisecondsOf(frame, this.#clocks());
  }

  /** Ends processors, nodes, ports and timers; a take under way is given up. */
  close(): Promise<void> {
    return (this.#ending ??= this.#close());
  }

  async #close(): Promise<void> {
    this.watch.stop();
    this.recorder.dispose();
    await Promise.all([this.kernel.close(), this.#chain.dispose()]);
  }

  #clocks(): ClockPair {
    return { pageMilliseconds: performance.now(), contextSeconds: this.context.currentTime };
  }
}

async function audio<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (reason) {
    throw new InstrumentError(
      'audio',
      `The sound engine could not be started: ${messageOf(reason)}; reload the page and try again.`,
      { cause: reason },
    );
  }
}
