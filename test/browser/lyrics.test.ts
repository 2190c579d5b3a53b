// Lyrics on the page: a typed text steps with each note, shows where it is, loops or stops, and starts again.
import { describe, expect, it } from 'vitest';
import { screenshot } from './browser.ts';
import { patience, usePage } from './playedPage.ts';
import type { Probe } from './probe.ts';

const played = usePage();

describe('lyrics on the page', () => {
  it.each([
    [1440, 900],
    [390, 844],
  ])('sing one digit a note and show the next step, at %d x %d', async (width, height) => {
    await played.open({ width, height, probe: true });
    const { page } = played;
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
    expect(await played.overflow()).toBeLessThanOrEqual(0);
    await played.done();
  });
});
