// A flood of MIDI at the built page in headless Chromium: how much of its main thread it takes, beside a fixed workload.
import type { Page } from 'playwright-core';
import { fileURLToPath } from 'node:url';
import { buildPage, servePage } from '../../scripts/start.mjs';
import type { ChannelMessage } from '../../src/midi/message.ts';
import { launch, openPage, startPlaying } from '../browser/browser.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { floodSecond, type FloodKind } from '../helpers/flood.ts';

const port = 4341;
const seconds = 4;
/** What of the flood is sent a few at a time, as a driver hands it over. */
const batchMs = 4;

/** Seconds of the main thread's own processor time. */
export interface FloodCost {
  /** Of one second of the whole flood. */
  readonly flood: number;
  /** Of one second in which the same events are made and nobody hears them. */
  readonly idle: number;
  /** Of the fixed workload: some 10 million sines. */
  readonly fixed: number;
  /** Milliseconds on the clock for each message's own task, without what comes of it later. */
  readonly each: Readonly<Record<FloodKind, number>>;
}

declare const window: { fakeMidi: FakeMidi };

function bytesOf(message: ChannelMessage): number[] {
  const status = (kind: number) => kind + message.channel - 1;
  switch (message.type) {
    case 'program':
      return [status(0xc0), message.data];
    case 'noteOn':
      return [status(0x90), message.note, message.velocity];
    case 'noteOff':
      return [status(0x80), message.note, message.velocity];
    case 'control':
      return [status(0xb0), message.controller, message.data];
    case 'bend': {
      const value = Math.min(16383, Math.max(0, Math.round(8192 + 8191 * message.bend)));
      return [status(0xe0), value & 127, value >> 7];
    }
    default:
      throw new Error(`the flood has no ${message.type}`);
  }
}

/** Measures on a page that has been started. */
async function measure(page: Page): Promise<FloodCost> {
  const session = await page.context().newCDPSession(page);
  // Processor time of the thread, so that other programs count for less.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')!.value;
  };
  const costOf = async (run: () => Promise<unknown>): Promise<number> => {
    const before = await busy();
    await run();
    return (await busy()) - before;
  };
  const send = (second: number, to = 'keys') =>
    page.evaluate(
      async ({ all, batch, to }) => {
        const spent: Record<string, number> = {};
        const begin = performance.now();
        let next = 0;
        while (next < all.length) {
          const now = performance.now() - begin;
          while (next < all.length && all[next].ms <= now) {
            const { kind, bytes } = all[next++];
            const from = performance.now();
            window.fakeMidi.send(to, bytes);
            spent[kind] = (spent[kind] ?? 0) + performance.now() - from;
            // Each message of a device is an event of its own.
            await Promise.resolve();
          }
          await new Promise((resolve) => setTimeout(resolve, batch));
        }
        return spent;
      },
      {
        all: floodSecond(second).map(({ ms, kind, message }) => ({ ms, kind, bytes: bytesOf(message) })),
        batch: batchMs,
        to,
      },
    );
  const wait = (ms: number) =>
    page.evaluate((time) => new Promise((resolve) => setTimeout(resolve, time)), ms);
  await send(0);
  await wait(1000);
  // The same events, made and sent to nobody.
  const idle = (await costOf(async () => [await send(1, 'nobody'), await send(2, 'nobody')])) / 2;
  const fixed = await costOf(() =>
    page.evaluate(() => {
      let sum = 0;
      for (let k = 0; k < 1e7; k++) sum += Math.sin(k);
      return sum;
    }),
  );
  const spent = {} as Record<FloodKind, number>;
  let flood = 0;
  for (let second = 1; second <= seconds; second++) {
    flood += await costOf(async () => {
      for (const [kind, ms] of Object.entries(await send(second)) as [FloodKind, number][]) {
        spent[kind] = (spent[kind] ?? 0) + ms;
      }
    });
  }
  const counts = floodSecond(1).reduce<Record<string, number>>(
    (sum, { kind }) => ({ ...sum, [kind]: (sum[kind] ?? 0) + 1 }),
    {},
  );
  const each = Object.fromEntries(
    Object.entries(spent).map(([kind, ms]) => [kind, ms / seconds / counts[kind]]),
  ) as Record<FloodKind, number>;
  return { flood: flood / seconds, idle, fixed, each };
}

/** Builds the page, floods it and closes it again. */
export async function floodCost(): Promise<FloodCost> {
  const outDir = fileURLToPath(new URL('../../runs/page/', import.meta.url));
  await buildPage({ outDir });
  const server = await servePage({ port, outDir });
  const browser = await launch();
  try {
    const { page } = await openPage(browser, `${server.address}?backend=wasm`);
    await startPlaying(page);
    await page.evaluate(() => window.fakeMidi.plug('keys', 'Test Keys'));
    return await measure(page);
  } finally {
    await browser.close();
    await server.close();
  }
}
