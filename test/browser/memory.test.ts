// Memory in Chromium: the heaps of the page and of its audio worklet while 64 voices of the production build play.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { KernelStatus } from '../../src/worklet/kernel.ts';
import type { KernelProcessorOptions } from '../../src/worklet/kernelProcessor.ts';
import { launch, openPage, startPlaying } from './browser.ts';
import { HeapInspector } from './heapInspector.ts';

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

it('64 voices played for 28 s leave nothing on the heaps of worklet and page', async () => {
  const { page, faults } = await openPage(browser, `${address}?backend=wasm`);
  const inspector = await HeapInspector.of(page);
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
