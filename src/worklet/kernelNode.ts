// The kernel as an audio node: loads the processor and its WebAssembly, and gives typed messages.
import { messageOf } from '../contract/errors.ts';
import { wasmBytes } from '../contract/wasmBytes.ts';
import type { SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Loops } from '../dsp/loops.ts';
import type { EngineModules } from '../dsp/wasmLoops.ts';
import type { KernelOptions, KernelStatus } from './kernel.ts';
import type { KernelProcessorOptions } from './kernelProcessor.ts';
import { KernelOutbox } from './kernelOutbox.ts';
import type { FromKernel, ToKernel } from './kernelProtocol.ts';
import { endProcessor, isOffline, loadWorkletModule } from './workletModules.ts';

/** Addresses of what the node loads, absolute. */
export interface KernelUrls {
  /** Module of the audio worklet: `kernelProcessor.ts`, bundled. */
  readonly kernelProcessor: string;
  /** The hot loops in WebAssembly with SIMD, and the transform that they use. */
  readonly engine: string;
  readonly fft: string;
  /** The same without SIMD. */
  readonly engineScalar: string;
  readonly fftScalar: string;
}

/** How to make a kernel node; the context gives the rate. */
export interface KernelNodeOptions extends Omit<KernelOptions, 'contextRate' | 'modules' | 'clock'> {
  readonly urls: KernelUrls;
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
  /** Takes clips of another thread through `port`, which is transferred, and of none before it. */
  connectPort(port: MessagePort): void;
  /** Called with the reason when what came through that port is no clip; once for a port. */
  onRefused(handler: (message: string) => void): void;
  /** Why slower loops than asked for run; null where none of their files was at fault. */
  readonly loopsFault: string | null;
  /** Rejects when the kernel has stopped or does not answer within 5 s (a suspended context may not). */
  status(): Promise<KernelStatus>;
  /** Called with the reason when a message is refused, the kernel cannot be built, or its processor stops. */
  onError(handler: (message: string) => void): void;
  /** Called when the processor threw: its port still answers, but it makes no block any more. */
  onStop(handler: () => void): void;
  /**
   * Ends the processor and frees its memory; questions that wait are rejected. Nothing is heard or answered any more. Resolves
   * as `endProcessor` does.
   */
  close(): Promise<void>;
}

const STATUS_TIMEOUT_MS = 5000;

/** Compiled loops, if any, and what was wrong with the files of faster ones. */
interface CompiledLoops {
  readonly modules?: EngineModules;
  readonly fault: string | null;
}

const fetchBytes = async (url: string): Promise<ArrayBuffer> => wasmBytes(url, (address) => fetch(address));

/** The fastest compiled loops from `fastest` on; no modules where none can be fetched or compiled. */
async function compileLoops(urls: KernelUrls, fastest: Loops['kind']): Promise<CompiledLoops> {
  const pairs = fastest === 'javascript' ? [] : [[urls.fftScalar, urls.engineScalar] as const];
  if (fastest === 'simd') pairs.unshift([urls.fft, urls.engine] as const);
  let fault: string | null = null;
  for (const pair of pairs) {
    const files = await Promise.all(pair.map(fetchBytes)).catch((reason: unknown) => {
      fault ??= messageOf(reason);
    });
    if (!files) continue;
    try {
      const [fft, loops] = await Promise.all(files.map((bytes) => WebAssembly.compile(bytes)));
      return { modules: { fft, loops }, fault };
    } catch {
      // An engine without SIMD refuses to compile it; that is no fault of the file.
    }
  }
  return { fault };
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
  const { urls, messages = [], channels = 1, loops = 'simd', ...kernel } = options;
  const [{ modules, fault }] = await Promise.all([
    compileLoops(urls, loops),
    loadWorkletModule(context, urls.kernelProcessor),
  ]);
  const isLive = !isOffline(context);
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
  return new PortedKernelNode(node, isLive, fault);
}

/** A question about the status that has not been answered yet. */
interface Question {
  readonly resolve: (status: KernelStatus) => void;
  readonly reject: (reason: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

class PortedKernelNode implements KernelNode {
  readonly node: AudioWorkletNode;
  readonly loopsFault: string | null;
  readonly #outbox: KernelOutbox;
  readonly #waiting = new Map<number, Question>();
  #nextId = 1;
  readonly #handlers: ((message: string) => void)[] = [];
  readonly #stopHandlers: (() => void)[] = [];
  readonly #refusedHandlers: ((message: string) => void)[] = [];
  #fault: string | undefined;
  #ending: Promise<void> | null = null;

  constructor(node: AudioWorkletNode, isLive: boolean, loopsFault: string | null) {
    this.node = node;
    this.loopsFault = loopsFault;
    this.#outbox = new KernelOutbox({
      post: (message) => node.port.postMessage(message, []),
      isLive,
    });
    node.port.onmessage = (event: MessageEvent<FromKernel>) => this.#receive(event.data);
    // Chromium (156) calls this handler, and no listener of the event.
    node.onprocessorerror = () => {
      this.#report('the audio processor stopped');
      for (const handler of this.#stopHandlers) handler();
    };
  }

  send(message: ToKernel, transfer: Transferable[] = []): void {
    if (transfer.length === 0) return this.#outbox.send(message);
    this.#outbox.flush();
    this.node.port.postMessage(message, transfer);
  }

  connectPort(port: MessagePort): void {
    this.send({ type: 'port', port }, [port]);
  }

  status(): Promise<KernelStatus> {
    if (this.#ending) return Promise.reject(new Error('the kernel was closed'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error(`the kernel did not answer within ${STATUS_TIMEOUT_MS} ms`));
      }, STATUS_TIMEOUT_MS);
      this.#waiting.set(id, { resolve, reject, timer });
      this.send({ type: 'status', id });
    });
  }

  onError(handler: (message: string) => void): void {
    this.#handlers.push(handler);
    // The kernel may have failed before anyone listened.
    if (this.#fault !== undefined) handler(this.#fault);
  }

  onRefused(handler: (message: string) => void): void {
    this.#refusedHandlers.push(handler);
  }

  onStop(handler: () => void): void {
    this.#stopHandlers.push(handler);
  }

  close(): Promise<void> {
    if (this.#ending) return this.#ending;
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(new Error('the kernel was closed'));
    }
    this.#waiting.clear();
    this.#handlers.length = 0;
    this.#refusedHandlers.length = 0;
    this.#outbox.flush();
    return (this.#ending = endProcessor(this.node));
  }

  #receive(message: FromKernel): void {
    switch (message.type) {
      case 'status': {
        const question = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        clearTimeout(question?.timer);
        question?.resolve(message);
        break;
      }
      case 'error':
        this.#report(message.message);
        break;
      case 'refused':
        for (const handler of this.#refusedHandlers) handler(message.message);
        break;
      case 'closed':
        // `close` waits for it.
        break;
    }
  }

  #report(message: string): void {
    this.#fault ??= message;
    for (const handler of this.#handlers) handler(message);
  }
}
