// Takes and notices while somebody plays: nothing that was recorded is lost, and no notice moves a key.
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { launch, openPage, screenshot, startPlaying } from './browser.ts';

const address = inject('address');
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

const record = (page: Page) => page.locator('nv-recorder').getByRole('button').first();

/** Records for a moment. */
async function take(page: Page): Promise<void> {
  await record(page).click();
  await page.waitForTimeout(600);
  await record(page).click();
  await page.getByRole('link', { name: 'Save WAV' }).waitFor();
}

/** What the page does when the instrument fails for good while a take runs: the take is handed over, and the stage goes. */
const endSound = (page: Page) =>
  page.evaluate(() => {
    const app = document.querySelector('nv-app') as unknown as {
      instrument: { endedTakes: { emit(take: unknown): void } };
    };
    const blob = new Blob(['RIFF', new Uint8Array(50_000)]);
    app.instrument.endedTakes.emit({ blob, seconds: 1, frames: 48_000, lostFrames: 0 });
    Object.assign(app, { phase: 'start', fault: 'The sound engine stopped.' });
  });

it('keeps takes that were not saved when another is recorded and when the sound fails for good', async () => {
  const { page, faults } = await openPage(browser, `${address}?backend=wasm`);
  await startPlaying(page);
  await take(page);
  await take(page);
  const kept = page.locator('nv-takes').getByRole('link');
  expect([await kept.count(), await page.getByRole('link', { name: 'Save WAV' }).count()]).toEqual([1, 1]);
  // Saved, it gives its place to the next one; the other stays.
  await page.getByRole('link', { name: 'Save WAV' }).click();
  await record(page).click();
  await page.waitForTimeout(600);
  expect(await kept.count()).toBe(1);
  await endSound(page);
  await page.getByRole('alert').getByText('stopped').waitFor();
  await expect.poll(() => kept.count()).toBe(2);
  await screenshot(page, 'takes-after-failure');
  const [download] = await Promise.all([page.waitForEvent('download'), kept.last().click()]);
  const file = readFileSync(await download.path());
  expect([file.toString('latin1', 0, 4), file.length > 48_000]).toEqual(['RIFF', true]);
  // The instrument that is started next has them, too, and asks before they are lost.
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('nv-recorder').waitFor();
  await expect.poll(() => kept.count()).toBe(1);
  expect(
    await page.evaluate(() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))),
  ).toBe(true);
  expect(faults).toEqual([]);
  await page.context().close();
});

it.each([
  [1440, 900],
  [390, 844],
])('shows notices in a place of their own at %i x %i: keys stay where they are', async (width, height) => {
  const { page, faults } = await openPage(browser, `${address}?backend=wasm`, { width, height });
  await startPlaying(page);
  const places = () =>
    page.evaluate(() => {
      const stage = document.querySelector('nv-app')!.shadowRoot!.querySelector('nv-stage')!.shadowRoot!;
      return ['nv-presets', 'nv-play', '.panic'].map((name) => {
        const { top, bottom, left, right } = stage.querySelector(name)!.getBoundingClientRect();
        return [top, bottom, left, right];
      });
    });
  const before = await places();
  expect(await page.locator('nv-notices').getByRole('status').count()).toBe(0);
  await page.evaluate(() => {
    const stage = document.querySelector('nv-app')!.shadowRoot!.querySelector('nv-stage')!;
    Object.assign(stage, { message: `${'a long name of a file '.repeat(12)}is no MIDI file (.mid).` });
  });
  await page.getByRole('button', { name: 'New', exact: true }).click();
  const notices = page.locator('nv-notices');
  await notices.getByText('Everything is as at first').waitFor();
  expect(await places()).toEqual(before);
  const bar = (await notices.locator('.bar').boundingBox())!;
  for (const [top, bottom, left, right] of before) {
    const isApart =
      bar.y + bar.height <= top || bar.y >= bottom || bar.x + bar.width <= left || bar.x >= right;
    expect(isApart, `${JSON.stringify(bar)} over ${top}, ${bottom}, ${left}, ${right}`).toBe(true);
  }
  await screenshot(page, `notices-${width}`);
  await notices.getByRole('button', { name: 'Show all of the notices' }).click();
  await screenshot(page, `notices-${width}-open`);
  expect(await places()).toEqual(before);
  await notices.getByRole('button', { name: 'Put this notice away' }).click();
  await expect.poll(() => notices.getByRole('alert').count()).toBe(0);
  expect(await places()).toEqual(before);
  expect(faults).toEqual([]);
  await page.context().close();
});
