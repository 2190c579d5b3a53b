// Each example on the packed package, under its strict policy: opened, used as its text says, and heard.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { buildExamples, examples } from '../../scripts/examples.mjs';
import { servePage } from '../../scripts/start.mjs';
import { decodeWav, writeWav } from '../../src/node/wav.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { launch, openPage, screenshot } from './browser.ts';
import { installPackage } from './installedPackage.ts';

interface TestWindow extends Window {
  /** The loudest sample that came to a destination since it was asked last. */
  readonly heardPeak: () => number;
  readonly fakeMidi: FakeMidi;
}
declare const window: TestWindow;

const outDir = fileURLToPath(new URL('../../runs/examples/', import.meta.url));

let browser: Browser;
let served: { address: string; close: () => Promise<void> };
beforeAll(async () => {
  const { folder } = installPackage(inject('packageHome'));
  await buildExamples({ outDir, modules: join(folder, 'dist-library'), logLevel: 'error' });
  served = await servePage({ port: 4390, outDir });
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  await served.close();
});

/** Runs in the page before its scripts: listens to all that goes to the destination of a live context. */
function listen(): void {
  let peak = 0;
  const connect = Reflect.get(AudioNode.prototype, 'connect') as (
    this: AudioNode,
    ...args: unknown[]
  ) => unknown;
  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]): unknown {
    if (args[0] instanceof AudioDestinationNode && this.context instanceof AudioContext) {
      const analyser = new AnalyserNode(this.context, { fftSize: 8192 });
      const samples = new Float32Array(8192);
      connect.call(this, analyser);
      setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      }, 40);
    }
    return connect.apply(this, args);
  } as typeof AudioNode.prototype.connect;
  const heardPeak = () => {
    const heard = peak;
    peak = 0;
    return heard;
  };
  Object.assign(window, { heardPeak });
}

/** What is done on each page until it sounds; what each gives is its loudest sample. */
const uses: Readonly<Record<string, (page: Page) => Promise<number>>> = {
  hello: async (page) => {
    await page.getByRole('button', { name: '7' }).click();
    await page.getByText('Ready').waitFor();
    return peakOf(page);
  },
  sequence: async (page) => {
    await page.getByRole('button', { name: 'Play' }).click();
    await page.getByText('Playing').waitFor();
    await page.getByLabel('Digits').fill('77..');
    return peakOf(page);
  },
  morph: async (page) => {
    const pad = (await page.locator('#pad').boundingBox())!;
    await page.mouse.move(pad.x + pad.width / 4, pad.y + pad.height / 4);
    await page.mouse.down();
    await page.getByText('Press and move').waitFor();
    const peak = await peakOf(page);
    await page.mouse.move(pad.x + pad.width / 2, pad.y + (3 * pad.height) / 4);
    expect(await page.locator('#place').getAttribute('style')).toMatch(/left: 50%; top: 75%/);
    await page.mouse.up();
    return peak;
  },
  midi: async (page) => {
    await page.evaluate(() => window.fakeMidi.plug('k', 'Seaboard'));
    await page.getByRole('button', { name: 'Start' }).click();
    await page.locator('li', { hasText: 'Seaboard' }).waitFor();
    await page.evaluate(() => {
      const { fakeMidi } = window;
      // The MPE configuration message: a lower zone of 15 channels. Then a note, bent, on a member channel.
      for (const [controller, value] of [
        [101, 0],
        [100, 6],
        [6, 15],
      ]) {
        fakeMidi.send('k', [0xb0, controller, value]);
      }
      fakeMidi.send('k', [0xe2, 0, 80]);
      fakeMidi.send('k', [0x92, 60, 100]);
    });
    await page.getByText('Note 60 on channel 3').waitFor();
    return peakOf(page);
  },
  bounce: async (page) => {
    await page.getByRole('button', { name: 'Bounce' }).click();
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'numvox.wav' }).click();
    const file = await (await downloading).path();
    await page.getByText(/6 s rendered in/).waitFor();
    const { samples, sampleRate } = decodeWav(readFileSync(file), 'numvox.wav');
    expect(samples.length / sampleRate).toBe(6);
    return samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  },
  invert: async (page) => {
    const path = join(outDir, 'sweep.wav');
    const sweep = Float32Array.from({ length: 32_000 }, (_, n) => 0.4 * Math.sin(0.02 * n + 4e-6 * n * n));
    writeWav(path, sweep, 16_000);
    await page.locator('[type=file]').setInputFiles(path);
    await page.getByText(/2\.0 s made anew in/).waitFor();
    await page.getByLabel('Through 80 mel bands').check();
    await page.getByText(/2\.0 s made anew in/).waitFor();
    await page.getByRole('button', { name: 'Play copy' }).click();
    return peakOf(page);
  },
};

/** Waits until something is heard. */
async function peakOf(page: Page): Promise<number> {
  let peak = 0;
  await expect
    .poll(async () => (peak = Math.max(peak, await page.evaluate(() => window.heardPeak()))), {
      timeout: 20_000,
    })
    .toBeGreaterThan(0.02);
  return peak;
}

it('has a use for every example', () => {
  expect(Object.keys(uses).sort()).toEqual(examples);
});

it.each(examples)('%s is heard', async (name) => {
  const context = await openPage(browser, `${served.address}index.html`);
  const { page, faults } = context;
  await page.addInitScript(listen);
  await page.locator(`a[href="${name}/index.html"]`).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  const peak = await uses[name](page);
  expect(peak).toBeGreaterThan(0.02);
  expect(peak).toBeLessThanOrEqual(1.1);
  await screenshot(page, `example-${name}`);
  await page.setViewportSize({ width: 390, height: 844 });
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  expect(overflow).toBe(false);
  await screenshot(page, `example-${name}-phone`, true);
  expect(faults).toEqual([]);
  const lines = ['main.ts', 'index.html'].map(
    (file) =>
      readFileSync(new URL(`../../examples/${name}/${file}`, import.meta.url), 'utf8').split('\n').length - 1,
  );
  for (const count of lines) expect(count).toBeLessThan(60);
  await page.context().close();
});
