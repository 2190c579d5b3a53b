// Instruments that come and go: a hundred of them leave the browser as the first one left it.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launch } from './browser.ts';
import { installCensus, type Census, type TakeCensus } from './census.ts';
import { HeapInspector } from './heapInspector.ts';
import type { Host } from './hostPage.ts';
import { serveHost } from './hostServer.ts';

interface TestWindow extends Window {
  readonly host: Host;
  readonly census: TakeCensus;
}
declare const window: TestWindow;

const cycles = 100;
/** Cycles after which the compiler has learnt the code: until then the heaps grow by what it keeps of it. */
const learnt = 30;
/** Bytes that a cycle may leave on a heap: three times what was measured on the page (2.4 kB), 30 times that of the worklet (0.3 kB). */
const mostBytesOfOne = 8_000;

let browser: Browser;
let page: Page;
let served: { address: string; close: () => Promise<void> };
beforeAll(async () => {
  served = await serveHost(4360);
  browser = await launch();
  page = await browser.newPage();
  page.setDefaultTimeout(90_000);
});
afterAll(async () => {
  await browser.close();
  await served.close();
});

/** Makes instruments one after the other, plays, records and a song with each, and disposes of it. */
function comeAndGo(times: number, where: 'host' | 'own'): Promise<Census> {
  return page.evaluate(
    async ([count, isOwn]) => {
      const { host } = window;
      const shared = (window as unknown as { shared?: AudioContext }).shared ?? new AudioContext();
      Object.assign(window, { shared });
      let during = window.census();
      for (let k = 0; k < count; k++) {
        const instrument = await host.createInstrument({
          ...(isOwn ? {} : { context: shared }),
          connect: true,
          backend: 'wasm',
        });
        instrument.setParameters({ reverb: 0.3, delay: 0.3, chorus: 0.5, drive: 0.5, eqLow: 3 });
        instrument.noteOn(60, 100);
        instrument.startRecording();
        const ignore = () => undefined;
        const listener = { due: ignore, ended: ignore, turned: ignore, started: ignore, ticked: ignore };
        const song = host.toneTransports(instrument.context)({ moments: [0], durationSeconds: 1 }, listener);
        song.start(instrument.context.currentTime, 0);
        await new Promise((resolve) => setTimeout(resolve, 20));
        during = window.census();
        song.dispose();
        await instrument.dispose();
      }
      return during;
    },
    [times, where === 'own'] as const,
  );
}

it('a hundred instruments leave workers, ports, nodes, listeners, timers and heaps as the first one did', async () => {
  await page.addInitScript('globalThis.__name = (f) => f;');
  await page.addInitScript(installCensus);
  const inspector = await HeapInspector.of(page);
  await page.goto(served.address);
  await page.waitForFunction(() => 'host' in window);
  const look = async () => {
    // Processors end with a block, and their nodes are let go after it.
    await page.waitForTimeout(300);
    const [own, worklet] = [await inspector.pageHeapBytes(), await inspector.heapBytes()];
    return { own, worklet, census: await page.evaluate(() => window.census()) };
  };
  const during = await comeAndGo(1, 'host');
  expect(during.workers).toBe(2);
  expect(during.nodes).toBeGreaterThan(20);
  expect(during.ports).toBeGreaterThanOrEqual(2);
  expect(during.timers).toBeGreaterThanOrEqual(2);
  const first = await look();
  expect(first.census).toMatchObject({ workers: 0, contexts: 1, ports: 0, timers: 0 });
  const census = async () => {
    await inspector.pageHeapBytes();
    return page.evaluate(() => window.census());
  };
  /** On a busy machine the last processors end, and their nodes go, some blocks later. */
  const isAsFirst = () => expect.poll(census, { timeout: 20_000, interval: 300 }).toEqual(first.census);
  await comeAndGo(learnt - 1, 'host');
  await isAsFirst();
  const middle = await look();
  await comeAndGo(cycles - learnt, 'host');
  await isAsFirst();
  const last = await look();
  expect(last.own - middle.own).toBeLessThan((cycles - learnt) * mostBytesOfOne);
  expect(last.worklet - middle.worklet).toBeLessThan((cycles - learnt) * mostBytesOfOne);
  const withOwn = await comeAndGo(5, 'own');
  expect(withOwn.contexts).toBe(2);
  // A closed context goes as soon as its thread has ended.
  await isAsFirst();
  const bytesOf = (heap: 'own' | 'worklet') => Math.round((last[heap] - middle[heap]) / (cycles - learnt));
  console.log(`bytes that an instrument left: page ${bytesOf('own')}, worklet ${bytesOf('worklet')}`);
});
