// The plugin made, played, shown and destroyed in one context again and again: what is left of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPage } from '../../scripts/start.mjs';
import { launch } from '../browser/browser.ts';
import { median } from '../browser/keyOnsets.ts';
import { HeapInspector } from '../browser/heapInspector.ts';
import type { TestHost } from '../plugin-host/host.ts';
import { servePlugin } from '../plugin-host/pluginServer.ts';
import { atMost, figure, type Trial } from './trial.ts';

interface HostWindow extends Window {
  readonly host: TestHost;
  readonly context: AudioContext;
}
declare const window: HostWindow;

/** What the engine itself learns of a program is learnt by then. */
const warmUps = { quick: 10, full: 30 };
/**
 * How many plugins a heap is compared over, and how often. What a plugin leaves is left in every round, and is in their mean and in the middle one. What the
 * engine keeps once and gives back later is in two rounds and not in the mean, what it keeps for good in one and not in the middle one.
 */
const rounds = { quick: { count: 5, plugins: 6 }, full: { count: 5, plugins: 10 } };
/** On the page's heap, for each plugin. */
const mostBytes = 8000;

async function cycles(url: string, count: number): Promise<void> {
  const { host, context } = window;
  for (let k = 0; k < count; k++) {
    const plugin = await host.create(url, context);
    plugin.audioNode.connect(context.destination);
    plugin.audioNode.scheduleEvents({ type: 'wam-midi', data: { bytes: [0x90, 60, 100] } });
    const gui = (await plugin.createGui()) as Element & { readonly updateComplete: Promise<boolean> };
    document.body.append(gui);
    await gui.updateComplete;
    await host.pause(60);
    plugin.destroyGui(gui);
    await plugin.audioNode.close();
  }
}

export const pluginCycles: Trial = async ({ quick, progress }) => {
  const pageDir = mkdtempSync(join(tmpdir(), 'numvox-plugin-'));
  await buildPage({ outDir: pageDir });
  const site = await servePlugin(pageDir);
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.addInitScript('globalThis.__name = (f) => f;');
    await page.goto(site.address);
    await page.waitForFunction(() => 'host' in window);
    await page.evaluate(() => Object.assign(window, { context: new AudioContext() }));
    const run = (count: number) =>
      page.evaluate(`(${cycles.toString()})(${JSON.stringify(site.plugin)}, ${count})`);
    const { count, plugins } = quick ? rounds.quick : rounds.full;
    await run(quick ? warmUps.quick : warmUps.full);
    const inspector = await HeapInspector.of(page);
    const grown: number[] = [];
    let before = await inspector.pageHeapBytes();
    for (let round = 0; round < count; round++) {
      progress((round + 1) / (count + 1), 'plugins');
      await run(plugins);
      const now = await inspector.pageHeapBytes();
      grown.push((now - before) / plugins);
      before = now;
    }
    const mean = grown.reduce((sum, bytes) => sum + bytes, 0) / count;
    return [
      atMost(`workers after ${count * plugins} plugins`, page.workers().length, 0),
      atMost("page's heap, a plugin", Math.min(median(grown), mean), mostBytes, 'bytes'),
      figure("page's heap, a plugin, by rounds", grown.map((bytes) => bytes.toFixed(0)).join(', ')),
      atMost('elements', await page.evaluate(() => document.querySelectorAll('nv-plugin').length), 0),
    ];
  } finally {
    await browser.close();
    await site.close();
    rmSync(pageDir, { recursive: true, force: true });
  }
};
