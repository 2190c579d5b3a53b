// The kernel's node with a fake context: what is loaded and from where, questions, and closing.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKernelNode, type KernelNode } from '../../src/worklet/kernelNode.ts';
import { loadWorkletModule } from '../../src/worklet/workletModules.ts';
import { defaultFormat } from '../../src/contract/spectrogram.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';

/** The smallest WebAssembly module. */
const emptyWasm = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

class FakeNode {
  readonly sent: ToKernel[] = [];
  isClosed = false;
  isConnected = true;
  onprocessorerror: (() => void) | null = null;
  readonly port = {
    onmessage: null as ((event: { data: unknown }) => void) | null,
    postMessage: (message: ToKernel) => this.sent.push(message),
    close: () => (this.isClosed = true),
  };
  readonly context: { readonly state: AudioContextState };
  readonly options: AudioWorkletNodeOptions;

  constructor(
    context: { readonly state: AudioContextState },
    _name: string,
    options: AudioWorkletNodeOptions,
  ) {
    this.context = context;
    this.options = options;
  }

  disconnect(): void {
    this.isConnected = false;
  }
}

const urls = {
  kernelProcessor: 'https://host/kernel.js',
  engine: 'https://host/engine.wasm',
  fft: 'https://host/fft.wasm',
  engineScalar: 'https://host/engine-scalar.wasm',
  fftScalar: 'https://host/fft-scalar.wasm',
};
const fetched: string[] = [];
const added: string[] = [];
let refusals = 0;
const makeContext = (more = {}) =>
  ({
    audioWorklet: {
      addModule: (url: string) => {
        added.push(url);
        return refusals-- > 0 ? Promise.reject(new Error('unreachable')) : Promise.resolve();
      },
    },
    state: 'running',
    ...more,
  }) as unknown as BaseAudioContext;
const makeNode = (context: BaseAudioContext): Promise<KernelNode> =>
  createKernelNode(context, { urls, format: defaultFormat, slots: 10, styleDimensions: 2 });

beforeEach(() => {
  fetched.length = added.length = 0;
  refusals = 0;
  vi.stubGlobal('AudioWorkletNode', FakeNode);
  vi.stubGlobal('fetch', (url: string) => {
    fetched.push(url);
    return Promise.resolve(new Response(emptyWasm));
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('the kernel node', () => {
  it('takes everything from the addresses that it is given, and watches the load of live contexts only', async () => {
    const live = (await makeNode(makeContext())).node as unknown as FakeNode;
    expect(fetched).toEqual([urls.fft, urls.engine]);
    expect(added).toEqual([urls.kernelProcessor]);
    expect(live.options.processorOptions).toMatchObject({ isLive: true });
    const offline = await makeNode(makeContext({ startRendering: () => undefined }));
    expect((offline.node as unknown as FakeNode).options.processorOptions).toMatchObject({ isLive: false });
  });

  it('names the file that slower loops run for want of, and none where the browser cannot run it', async () => {
    expect((await makeNode(makeContext())).loopsFault).toBeNull();
    vi.stubGlobal('fetch', (url: string) =>
      Promise.resolve(new Response(url === urls.engine ? '<!doctype html>' : emptyWasm)),
    );
    const slower = await makeNode(makeContext());
    expect(slower.loopsFault).toContain(urls.engine);
    expect((slower.node as unknown as FakeNode).options).toHaveProperty('processorOptions.kernel.modules');
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(new Uint8Array([...emptyWasm, 1]))));
    expect((await makeNode(makeContext())).loopsFault).toBeNull();
  });

  it('is answered, or gives up after 5 s', async () => {
    vi.useFakeTimers();
    const kernel = await makeNode(makeContext());
    const node = kernel.node as unknown as FakeNode;
    const first = kernel.status();
    node.port.onmessage?.({ data: { type: 'status', id: 1, clips: 7 } });
    expect((await first).clips).toBe(7);
    expect(vi.getTimerCount()).toBe(0);
    const second = expect(kernel.status()).rejects.toThrow(/did not answer within 5000 ms/);
    await vi.advanceTimersByTimeAsync(5000);
    await second;
  });

  it('closes: the processor is told, ports and timers go, and questions are rejected', async () => {
    vi.useFakeTimers();
    const kernel = await makeNode(makeContext());
    const node = kernel.node as unknown as FakeNode;
    const faults: string[] = [];
    kernel.onError((message) => faults.push(message));
    const waiting = expect(kernel.status()).rejects.toThrow(/the kernel was closed/);
    const stopped = node.onprocessorerror;
    const ended = kernel.close();
    expect(kernel.close()).toBe(ended);
    await waiting;
    expect(node.sent.filter(({ type }) => type === 'close')).toHaveLength(1);
    expect([node.isClosed, node.isConnected]).toEqual([false, false]);
    node.port.onmessage?.({ data: { type: 'closed' } });
    await ended;
    expect(node.isClosed).toBe(true);
    expect([node.port.onmessage, node.onprocessorerror]).toEqual([null, null]);
    expect(vi.getTimerCount()).toBe(0);
    stopped?.();
    expect(faults).toEqual([]);
    await expect(kernel.status()).rejects.toThrow(/the kernel was closed/);
  });
});

describe('ending a processor', () => {
  it('is not waited for where the context does not run, nor for ever', async () => {
    vi.useFakeTimers();
    const suspended = await makeNode(makeContext({ state: 'suspended' }));
    await suspended.close();
    expect((suspended.node as unknown as FakeNode).isClosed).toBe(true);
    const running = await makeNode(makeContext());
    const ended = running.close();
    await vi.advanceTimersByTimeAsync(999);
    expect((running.node as unknown as FakeNode).isClosed).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await ended;
    expect((running.node as unknown as FakeNode).isClosed).toBe(true);
  });
});

describe('modules of a worklet', () => {
  it('are loaded once in each context, and again after a failure', async () => {
    const [one, other] = [makeContext(), makeContext()];
    await Promise.all([loadWorkletModule(one, 'a.js'), loadWorkletModule(one, 'a.js')]);
    await loadWorkletModule(one, 'b.js');
    await loadWorkletModule(other, 'a.js');
    expect(added).toEqual(['a.js', 'b.js', 'a.js']);
    refusals = 1;
    const third = makeContext();
    await expect(loadWorkletModule(third, 'a.js')).rejects.toThrow('unreachable');
    await loadWorkletModule(third, 'a.js');
    expect(added).toHaveLength(5);
  });
});
