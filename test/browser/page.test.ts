// The page itself: faults shown with what to do, MIDI absent or refused, layout at two sizes, isolation, dev server.
import type { Browser } from 'playwright-core';
import { createServer } from 'vite';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { playings } from '../../src/contract/playing.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import type { KernelProcessorOptions } from '../../src/worklet/kernelProcessor.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { launch, openPage, screenshot, startPlaying } from './browser.ts';

const address = inject('address');
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe('the page', () => {
  it('says what to do when the bundle is missing, and works after trying again', async () => {
    const { page } = await openPage(browser, `${address}?model=models/none/`);
    await page.getByRole('button', { name: 'Start' }).click();
    const alert = page.getByRole('alert');
    await alert.getByText(/model could not be used/).waitFor();
    expect(await alert.textContent()).toMatch(/models\/none.*then try again/s);
    await screenshot(page, 'missing-bundle');
    await page.evaluate(() => history.replaceState(null, '', location.pathname));
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.locator('nv-keys').waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.context().close();
  });

  it('says what to do when the bundle is damaged', async () => {
    const { page } = await openPage(browser, address);
    await page.route('**/decoder.bin', (route) => route.fulfill({ body: Buffer.alloc(100) }));
    await page.getByRole('button', { name: 'Start' }).click();
    await page
      .getByRole('alert')
      .getByText(/model could not be used/)
      .waitFor();
    await page.context().close();
  });

  it('says what to do when the sound engine cannot be loaded', async () => {
    const { page } = await openPage(browser, address);
    await page.evaluate(() => {
      AudioWorklet.prototype.addModule = () => Promise.reject(new DOMException('unreachable', 'AbortError'));
    });
    await page.getByRole('button', { name: 'Start' }).click();
    await page
      .getByRole('alert')
      .getByText(/sound engine could not be started.*try again/s)
      .waitFor();
    await page.context().close();
  });

  it('says so in a browser without Web Audio', async () => {
    const { page } = await openPage(browser, address);
    await page.evaluate(() => Reflect.deleteProperty(globalThis, 'AudioContext'));
    await page.getByRole('button', { name: 'Start' }).click();
    await page
      .getByRole('alert')
      .getByText(/no Web Audio; open the page in a current browser/)
      .waitFor();
    await page.context().close();
  });

  it.each([
    ['absent', /no Web MIDI/],
    ['refused', /MIDI was refused/],
  ] as const)('plays on when MIDI is %s', async (midi, text) => {
    const { page, faults } = await openPage(browser, address, { midi });
    await startPlaying(page);
    await page.locator('nv-midi').getByText(text).waitFor();
    await page.keyboard.press('Digit4');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it.each([
    [1440, 900],
    [390, 844],
  ])('fits %d x %d without sideways scrolling, isolated, from its own origin only', async (width, height) => {
    const { page, faults } = await openPage(browser, address, { width, height });
    await screenshot(page, `door-${width}`);
    await startPlaying(page);
    await page.locator('nv-keys').getByRole('button', { name: 'four' }).hover();
    await page.mouse.down();
    await page.waitForTimeout(150);
    await screenshot(page, `playing-${width}`, true);
    await page.mouse.up();
    const dials = await page
      .locator('nv-knob .dial')
      .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON() as DOMRect));
    for (const dial of dials) {
      expect(Math.min(dial.width, dial.height)).toBeGreaterThanOrEqual(44);
      const overlapping = dials.filter(
        ({ x, y, right, bottom }) => x < dial.right && dial.x < right && y < dial.bottom && dial.y < bottom,
      );
      expect(overlapping).toHaveLength(1);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('shows a knob for each direction of the bundle, under its name, and lets the other controllers be', async () => {
    const { page, faults } = await openPage(browser, `${address}?backend=wasm`);
    const names = ['duration', 'speaker1 to speaker2', 'brightness'];
    await page.route('**/manifest.json', async (route) => {
      const response = await route.fetch();
      const manifest = (await response.json()) as { directions: { name: string }[] };
      const directions = names.map((name, k) => ({ ...manifest.directions[k], name }));
      await route.fulfill({ response, json: { ...manifest, directions } });
    });
    await startPlaying(page);
    const labels = ['Duration', 'Speaker1 to speaker2', 'Brightness', 'Volume'];
    const sliders = page.locator('nv-knob').getByRole('slider');
    expect(await sliders.evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')))).toEqual(
      labels,
    );
    await page.evaluate(() => {
      const { fakeMidi } = window as unknown as { fakeMidi: FakeMidi };
      fakeMidi.plug('keys', 'Test Keys');
      for (let cc = 70; cc <= 77; cc++) fakeMidi.send('keys', [0xb0, cc, 127]);
      fakeMidi.send('keys', [0xb0, 72, 0]);
    });
    const text = (name: string) => page.getByRole('slider', { name }).getAttribute('aria-valuetext');
    await expect.poll(() => text('Brightness')).toBe('\u22122.00');
    expect(await text('Duration')).toBe('+2.00');
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it('plays as the address asks, and leads to the other way where the bundle has tracks', async () => {
    for (const playing of playings) {
      const { page, faults } = await openPage(browser, `${address}?backend=wasm&playing=${playing}`);
      await page.evaluate(() => {
        const Native = AudioWorkletNode;
        globalThis.AudioWorkletNode = class extends Native {
          constructor(context: BaseAudioContext, name: string, options?: AudioWorkletNodeOptions) {
            super(context, name, options);
            if (name === 'numvox-kernel')
              Object.assign(globalThis, { processorOptions: options?.processorOptions as unknown });
          }
        };
      });
      await startPlaying(page);
      const asked = await page.evaluate(
        () =>
          (globalThis as unknown as { processorOptions: KernelProcessorOptions }).processorOptions.kernel
            .playing,
      );
      expect(asked).toBe(playing);
      const { format } = (await (
        await page.request.get(`${address}models/fsdd/manifest.json`)
      ).json()) as Manifest;
      const other = playings.find((name) => name !== playing);
      const links = await page
        .getByRole('link', { name: /^switch to / })
        .evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).search));
      expect(links).toEqual(format.tracks ? [`?backend=wasm&playing=${other}`] : []);
      expect(faults).toEqual([]);
      await page.context().close();
    }
  });

  it('starts from the dev server without reloading in the middle', async () => {
    // A file saved during the test reloads the page rightly; only a dependency met late must not.
    const server = await createServer({
      server: { port: 4330, watch: { ignored: ['**'] } },
      logLevel: 'silent',
    });
    await server.listen();
    try {
      const { page, faults } = await openPage(browser, server.resolvedUrls?.local[0] ?? '');
      let loads = 0;
      page.on('load', () => loads++);
      await startPlaying(page);
      const peak = () =>
        page.evaluate(() => {
          const { instrument } = document.querySelector('nv-app') as unknown as {
            instrument: { analyser: AnalyserNode };
          };
          const samples = new Float32Array(instrument.analyser.fftSize);
          instrument.analyser.getFloatTimeDomainData(samples);
          return Math.max(...samples.map(Math.abs));
        });
      expect(await peak()).toBe(0);
      await page.keyboard.down('Digit1');
      await expect.poll(peak, { timeout: 30_000, interval: 20 }).toBeGreaterThan(0.01);
      await page.keyboard.up('Digit1');
      expect(loads).toBe(0);
      expect(faults).toEqual([]);
      await page.context().close();
    } finally {
      await server.close();
    }
  });
});
