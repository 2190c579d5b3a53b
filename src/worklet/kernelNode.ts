// The kernel as an audio node: loads the processor and its WebAssembly, and gives typed messages.
import type { SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Loops } from '../dsp/loops.ts';
import type { EngineModules } from '../dsp/wasmLoops.ts';
import loopsUrl from '../../generated/engine.wasm?url';
import scalarLoopsUrl from '../../generated/engine-scalar.wasm?url';
import fftUrl from '../../generated/pffft.wasm?url';
import scalarFftUrl from '../../generated/pffft-scalar.wasm?url';
import type { KernelOptions, KernelStatus } from './kernel.ts';
import type { KernelProcessorOptions } from './kernelProcessor.ts';
import processorUrl from './kernelProcessor.ts?worker&url';
import type { FromKernel, ToKernel } from './kernelProtocol.ts';

/** How to make a kernel node; the context gives the rate. */
export interface KernelNodeOptions extends Omit<KernelOptions, 'contextRate' | 'modules' | 'clock'> {
  readonly format: SpectrogramFormat;
  /** Messages that the kernel takes before its first block: an offline context renders before any port is read. */
  readonly messages?: readonly ToKernel[];
  /** Channels of the output, all alike. Default 1. */
  readonly channels?: number;
  /** The fastest loops to try; default 'simd'. Where they do not run, the next slower ones do. */
  readonly loops?: Loops['kind'];
}

/** A kernel that runs in a worklet. */
export interface KernelNode {
  /** Source without inputs. */
  readonly node: AudioWorkletNode;
  send(message: ToKernel, transfer?: Transferable[]): void;
  /** Lets another thread send ToKernel messages through `port`, which is transferred. */
  connectPort(port: MessagePort): void;
  /** Rejects when the kernel has stopped or does not answer within 5 s (a suspended context may not). */
  status(): Promise<KernelStatus>;
  /** Called with the reason when a message is refused, the kernel cannot be built, or its processor stops. */
  onError(handler: (message: string) => void): void;
}

const STATUS_TIMEOUT_MS = 5000;

async function compile(url: string): Promise<WebAssembly.Module> {
  const response = await fetch(new URL(url, import.meta.url));
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** The fastest compiled loops from `fastest` on; undefined where none can be fetched or compiled. */
async function compileLoops(fastest: Loops['kind']): Promise<EngineModules | undefined> {
  const pairs = fastest === 'javascript' ? [] : [[scalarFftUrl, scalarLoopsUrl] as const];
  if (fastest === 'simd') pairs.unshift([fftUrl, loopsUrl] as const);
  for (const urls of pairs) {
    try {
      const [fft, loops] = await Promise.all(urls.map(compile));
      return { fft, loops };
    } catch {
      // An engine without SIMD refuses to compile it.
    }
  }
  return undefined;
}

function makeNode(
  context: BaseAudioContext,
  options: KernelProcessorOptions,
  channels: number,
): AudioWorkletNode {
  return new AudioWorkletNode(context, 'numvox-kernel', {
    numberOfInputs: 0,
    numberOfOutputs: 1,
    outputChannelCount: [channels],
    processorOptions: options,
  });
}

/**
 * Makes a kernel node in a native context (Tone's default ponyfill context cannot hold one).
 * @throws (rejects) when the processor's module cannot be loaded
 */
export async function createKernelNode(
  context: BaseAudioContext,
  options: KernelNodeOptions,
): Promise<KernelNode> {
  const { messages = [], channels = 1, loops = 'simd', ...kernel } = options;
  const [modules] = await Promise.all([
    compileLoops(loops),
    context.audioWorklet.addModule(new URL(processorUrl, import.meta.url)),
  ]);
  const isLive = !(context instanceof OfflineAudioContext);
  let node: AudioWorkletNode;
  try {
    node = makeNode(
      context,
      { kernel: modules ? { ...kernel, modules } : kernel, isLive, messages },
      channels,
    );
  } catch (error) {
    // Some browsers do not let compiled modules into a worklet.
    if (!(error instanceof DOMException && error.name === 'DataCloneError')) throw error;
    node = makeNode(context, { kernel, isLive, messages }, channels);
  }
  return new PortedKernelNode(node);
}

class PortedKernelNode implements KernelNode {
  readonly node: AudioWorkletNode;
  readonly #waiting = new Map<number, (status: KernelStatus) => void>();
  #nextId = 1;
  readonly #handlers: ((message: string) => void)[] = [];
  #fault: string | undefined;

  constructor(node: AudioWorkletNode) {
    this.node = node;
    node.port.onmessage = (event: MessageEvent<FromKernel>) => this.#receive(event.data);
    node.onprocessorerror = () => this.#report('the audio processor stopped');
  }

  send(message: ToKernel, transfer: Transferable[] = []): void {
    this.node.port.postMessage(message, transfer);
  }

  connectPort(port: MessagePort): void {
    this.send({ type: 'port', port }, [port]);
  }

  status(): Promise<KernelStatus> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`the kernel did not answer within ${STATUS_TIMEOUT_MS} ms`));
      }, STATUS_TIMEOUT_MS);
      this.#waiting.set(id, (status) => {
        clearTimeout(timer);
        resolve(status);
      });
      this.send({ type: 'status', id });
    });
  }

  onError(handler: (message: string) => void): void {
    this.#handlers.push(handler);
    // The kernel may have failed before anyone listened.
    if (this.#fault !== undefined) handler(this.#fault);
  }

  #receive(message: FromKernel): void {
    switch (message.type) {
      case 'status':
        this.#waiting.get(message.id)?.(message);
        this.#waiting.delete(message.id);
        break;
      case 'error':
        this.#report(message.message);
        break;
    }
  }

  #report(message: string): void {
    this.#fault ??= message;
    for (const handler of this.#handlers) handler(message);
  }
}
