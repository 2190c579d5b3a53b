// What an instrument has in one audio context: effects and output, kernel, recorder, watch and clock. It can be built again in
// another context, or in the same one, while everything that plays it lives on.
import { messageOf } from '../contract/errors.ts';
import { logWarning } from '../log.ts';
import type { Samples, Seconds } from '../contract/units.ts';
import { isEffectParameter } from '../output/effects/effects.ts';
import type { ParameterId, ParameterValues } from '../contract/parameters.ts';
import { createOutputChain, type Outlet, type OutputChain } from '../output/outputChain.ts';
import { Recorder } from '../output/recorder.ts';
import { createKernelNode, type KernelNode, type KernelNodeOptions } from '../worklet/kernelNode.ts';
import type { ToKernel } from '../worklet/kernelProtocol.ts';
import type { AssetUrls } from './assets.ts';
import type { ContextFrames } from './audioTimeline.ts';
import { EventClock, type ClockPair } from './eventClock.ts';
import { InstrumentError } from './instrumentError.ts';
import { KernelWatch } from './kernelWatch.ts';

const channels = 2;
/** -80 dB: what is cut off below it nobody hears. */
const silentAmplitude = 1e-4;

/** What the kernel of a bundle is built from. */
export type KernelShape = Omit<KernelNodeOptions, 'urls' | 'channels'>;

/** Where a path lies and what leads to it. */
export interface SoundPathOptions {
  readonly context: BaseAudioContext;
  readonly assets: AssetUrls;
  /** Known once the bundle is read; effects and output are made meanwhile. */
  readonly shape: Promise<KernelShape> | KernelShape;
  /** Where it ends; the path's owner makes it, connects it and takes it apart. */
  readonly outlet: Outlet;
  /** Called with the reason when a part of it has ended by itself. */
  readonly onStop: (part: 'kernel' | 'output', reason: string, path: SoundPath) => void;
}

/** Built by `SoundPath.open`; `close` ends all of it but context and outlet. */
export class SoundPath {
  readonly context: BaseAudioContext;
  readonly outlet: Outlet;
  readonly recorder: Recorder;
  /** Where its frames lie on the instrument's time. */
  frames: ContextFrames | null = null;
  readonly #options: SoundPathOptions;
  readonly #chain: OutputChain;
  readonly #clock: EventClock;
  #shape: KernelShape;
  #kernel!: KernelNode;
  #watch!: KernelWatch;
  #ending: Promise<void> | null = null;

  private constructor(options: SoundPathOptions, chain: OutputChain, shape: KernelShape) {
    const { context, outlet } = options;
    this.#options = options;
    this.context = context;
    this.outlet = outlet;
    this.#chain = chain;
    this.#shape = shape;
    this.#clock = new EventClock(context.sampleRate);
    this.recorder = new Recorder(chain.port, context.sampleRate);
    chain.onFault((message) => options.onStop('output', message, this));
  }

  /** @throws InstrumentError (rejection) when a worklet cannot be loaded or built; what `shape` rejects with */
  static async open(options: SoundPathOptions): Promise<SoundPath> {
    const { context, assets, outlet } = options;
    const opening = audio(createOutputChain(context, assets, outlet));
    try {
      const [chain, shape] = await Promise.all([opening, options.shape]);
      const path = new SoundPath(options, chain, shape);
      path.#take(await path.#makeKernel());
      return path;
    } catch (reason) {
      void opening.then(
        (chain) => chain.dispose(),
        () => undefined,
      );
      throw reason;
    }
  }

  get kernel(): KernelNode {
    return this.#kernel;
  }

  get watch(): KernelWatch {
    return this.#watch;
  }

  /**
   * Builds the kernel again; effects, their tails and a take go on.
   * @throws InstrumentError (rejection) when it cannot be built
   */
  async renewKernel(): Promise<void> {
    const kernel = await this.#makeKernel();
    this.#watch.stop();
    void this.#kernel.close();
    if (this.#ending) void kernel.close();
    else this.#take(kernel);
  }

  /** Sends a message whose frames are the instrument's. */
  send(message: ToKernel): void {
    this.#kernel.send(this.frames ? this.frames.translated(message) : message);
  }

  #makeKernel(): Promise<KernelNode> {
    const { context, assets } = this.#options;
    return audio(createKernelNode(context, { ...this.#shape, urls: assets, channels }));
  }

  #take(kernel: KernelNode): void {
    this.#kernel = kernel;
    this.#watch = new KernelWatch(kernel);
    this.#chain.connectSource(kernel.node);
    kernel.onError((message) => void this.#kernelFault(kernel, message));
    kernel.onStop(() => this.#stopped(kernel, 'its processor threw an error'));
  }

  #stopped(kernel: KernelNode, reason: string): void {
    if (!this.#ending && kernel === this.#kernel) this.#options.onStop('kernel', reason, this);
  }

  /** A refused message leaves the kernel playing; a kernel that does not answer any more is lost. */
  async #kernelFault(kernel: KernelNode, message: string): Promise<void> {
    const isAlive = await kernel.status().then(
      () => true,
      () => false,
    );
    if (isAlive && kernel === this.#kernel) logWarning(`the kernel refused a message: ${message}`);
    else if (!isAlive) this.#stopped(kernel, message);
  }

  /** Tells effects and volume what is to sound. */
  apply(values: Partial<ParameterValues>): void {
    for (const [name, value] of Object.entries(values)) {
      const id = name as ParameterId;
      if (id === 'outputGainDb') this.#chain.setGain(value);
      if (isEffectParameter(id)) this.#chain.effects.set(id, value);
    }
  }

  /** So many paths are heard at once: together they keep to the ceiling. */
  share(paths: number): void {
    this.#chain.share(paths);
  }

  /** Ends what rings in the effects. */
  silenceEffects(): void {
    this.#chain.effects.silence();
  }

  /** Compares the clocks; see `EventClock`. */
  observe(): void {
    this.#clock.observe(this.#clocks());
  }

  /** The kernel was asked something at a time of the page's clock, when `frame` was its next; see `EventClock`. */
  arrived(askedMilliseconds: number, frame: Samples): void {
    this.#clock.arrived(askedMilliseconds, frame);
  }

  /** Time from an event's stamp to its frame, besides the device's block. */
  get marginSeconds(): Seconds {
    return this.#clock.marginSeconds;
  }

  /** By how much this context's clock is ahead of the page's. */
  get leadSeconds(): Seconds {
    return this.#clock.leadSeconds;
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

  /** True when no voice sounds and nothing of the effects is heard any more. */
  async isSilent(): Promise<boolean> {
    const voices = await this.#kernel.status().then(
      ({ activeVoices }) => activeVoices,
      () => 0,
    );
    if (voices > 0) return false;
    const samples = new Float32Array(this.outlet.analyser.fftSize);
    this.outlet.analyser.getFloatTimeDomainData(samples);
    return samples.every((sample) => Math.abs(sample) < silentAmplitude);
  }

  /** Ends processors, nodes, ports and timers; a take under way is given up. */
  close(): Promise<void> {
    return (this.#ending ??= this.#close());
  }

  async #close(): Promise<void> {
    this.#watch.stop();
    this.recorder.dispose();
    await Promise.all([this.#kernel.close(), this.#chain.dispose()]);
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
      `The sound engine could not be started: ${messageOf(reason)}; check that all files of the build are there and reachable, then try again.`,
      { cause: reason },
    );
  }
}
