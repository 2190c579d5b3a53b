// Memory in Chromium: the heaps of the page and of its audio worklet while 64 voices of the production build play.
import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { KernelStatus } from '../../src/worklet/kernel.ts';
import type { KernelProcessorOptions } from '../../src/worklet/kernelProcessor.ts';
import { launch, openPage, startPlaying } from './browser.ts';

interface TestWindow extends Window {
  /** The page's own kernel node and what it was made with. */
  readonly kernel: AudioWorkletNode;
  readonly kernelOptions: KernelProcessorOptions;
}
declare const window: TestWindow;

const address = inject('address');
const voices = 64;
const looks = 7;
/** The first half still holds what the compiler learns of code that it meets for the first time. */
const settled = 3;
/** Time between looks; a word that is read fifty times slower lasts longer than all of them. */
const betweenMs = 4000;
const speed = 0.02;

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

interface Sender {
  send(method: string, values: object): Promise<unknown>;
}

/** Speaks the inspector's protocol to the audio worklet of a page, which has a heap of its own. */
class WorkletInspector {
  readonly #session: CDPSession;
  readonly #answers = new Map<number, (result: unknown) => void>();
  #target: string | undefined;
  #nextId = 1;

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'audio_worklet' || targetInfo.type === 'worklet') this.#target = sessionId;
    });
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result } = JSON.parse(message) as { id?: number; result?: unknown };
      if (id !== undefined) this.#answers.get(id)?.(result);
    });
  }

  static async of(page: Page): Promise<WorkletInspector> {
    const inspector = new WorkletInspector(await page.context().newCDPSession(page));
    const attach = { autoAttach: true, waitForDebuggerOnStart: false, flatten: false };
    await inspector.#session.send('Target.setAutoAttach', attach);
    return inspector;
  }

  /** Bytes in use in the worklet's heap after a collection. */
  async heapBytes(): Promise<number> {
    await this.#ask('HeapProfiler.collectGarbage');
    return ((await this.#ask('Runtime.getHeapUsage')) as { usedSize: number }).usedSize;
  }

  /** Bytes in use in the page's heap after a collection. */
  async pageHeapBytes(): Promise<number> {
    await this.#session.send('HeapProfiler.collectGarbage');
    return (await this.#session.send('Runtime.getHeapUsage')).usedSize;
  }

  async #ask(method: string): Promise<unknown> {
    const id = this.#nextId++;
    const answer = new Promise((resolve) => this.#answers.set(id, resolve));
    // Playwright's types know only the protocol with flat sessions, in which it keeps the worklet's to itself.
    const session = this.#session as unknown as Sender;
    const message = JSON.stringify({ id, method, params: {} });
    await session.send('Target.sendMessageToTarget', { sessionId: this.#target, message });
    return answer;
  }
}

it('64 voices played for 28 s leave nothing on the heaps of worklet and page', async () => {
  const { page, faults } = await openPage(browser, `${address}?backend=wasm`);
  const inspector = await WorkletInspector.of(page);
  await page.evaluate(() => {
    const Native = AudioWorkletNode;
    globalThis.AudioWorkletNode = class extends Native {
      constructor(context: BaseAudioContext, name: string, options?: AudioWorkletNodeOptions) {
        super(context, name, options);
        if (name === 'numvox-kernel') {
          Object.assign(globalThis, { kernel: this, kernelOptions: options?.processorOptions as unknown });
        }
      }
    };
  });
  await startPlaying(page);
  const status = (): Promise<KernelStatus> =>
    page.evaluate(
      () =>
        new Promise<KernelStatus>((resolve) => {
          const { port } = window.kernel;
          port.addEventListener('message', ({ data }: MessageEvent<KernelStatus & { id: number }>) => {
            if (data.id === 99) resolve(data);
          });
          port.postMessage({ type: 'status', id: 99 });
        }),
    );
  await expect.poll(async () => (await status()).clips).toBeGreaterThanOrEqual(10);
  await page.evaluate(
    ([count, slow]) => {
      const { styleDimensions } = window.kernelOptions.kernel;
      for (let i = 0; i < count; i++) {
        window.kernel.port.postMessage({
          type: 'noteOn',
          noteId: 1000 + i,
          slot: i % 10,
          revision: 0,
          style: new Float32Array(styleDimensions),
          gain: 0.02,
          speed: slow,
          pitchHz: 100 + 5 * i,
        });
      }
    },
    [voices, speed] as const,
  );
  const worklet: number[] = [];
  const own: number[] = [];
  let most = 0;
  for (let look = 0; look < looks; look++) {
    await page.waitForTimeout(betweenMs);
    most = Math.max(most, (await status()).activeVoices);
    worklet.push(await inspector.heapBytes());
    own.push(await inspector.pageHeapBytes());
  }
  // A slow machine may let some go; the rest must play on.
  expect(most).toBeGreaterThan(16);
  // One number a quantum that stays would be 50 kB.
  expect(worklet[looks - 1] - worklet[settled]).toBeLessThan(25_000);
  expect(own[looks - 1] - own[settled]).toBeLessThan(300_000);
  expect(faults).toEqual([]);
  await page.context().close();
});
