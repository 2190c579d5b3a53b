// Lyrics on the page: a typed text steps with each note, shows where it is, loops or stops, and starts again.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launch, openPage, screenshot, startPlaying, type WatchedPage } from './browser.ts';
import type { Probe } from './probe.ts';

const address = `${inject('address')}?backend=wasm`;
/** A busy machine takes its time. */
const patience = { timeout: 30_000 };
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe('lyrics on the page', () => {
  it.each([
    [1440, 900],
    [390, 844],
  ])('sing one digit a note and show the next step, at %d x %d', async (width, height) => {
    watched = await openPage(browser, address, { width, height, probe: true });
    ({ page } = watched);
    await startPlaying(page);
    await page.getByRole('radio', { name: 'lyrics', exact: true }).check();
    const field = page.getByLabel('Lyrics', { exact: true });
    await field.fill('3 1 . four');
    await field.press('Enter');
    const current = () => page.locator('nv-lyrics [aria-current=step]').allTextContents();
    const steps = async () => (await current()).map((text) => text.trim());
    expect(await steps()).toEqual(['3']);
    const digits = () =>
      page.evaluate(() => (window as unknown as { probe: Probe }).probe.notes.map(({ slot }) => slot % 10));
    await page.keyboard.press('KeyA');
    await expect.poll(steps, patience).toEqual(['1']);
    await page.keyboard.press('KeyD');
    await expect.poll(steps, patience).toEqual(['·']);
    await screenshot(page, `lyrics-${width}`);
    await page.keyboard.press('KeyG');
    await expect.poll(steps, patience).toEqual(['4']);
    await page.keyboard.press('KeyG');
    await expect.poll(steps, patience).toEqual(['3']);
    expect(await digits()).toEqual([3, 1, 4]);
    await page.getByRole('checkbox', { name: 'Loop' }).uncheck();
    await page.getByText(/The text is over/).waitFor();
    expect(await steps()).toEqual([]);
    await page.keyboard.press('KeyA');
    expect(await digits()).toEqual([3, 1, 4]);
    await page.getByRole('button', { name: 'From the start' }).click();
    await expect.poll(steps, patience).toEqual(['3']);
    await page.keyboard.press('KeyA');
    expect(await digits()).toEqual([3, 1, 4, 3]);
    await field.fill('3 1 banana');
    await page.getByText(/"banana" is none of them/).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    expect(watched.faults).toEqual([]);
    await page.context().close();
  });
});
