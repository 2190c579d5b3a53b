// Presets, undo, A/B and shared links on the page, kept across a reload.
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ParameterId } from '../../src/contract/parameters.ts';
import { factoryPresets } from '../../src/instrument/state/factory.ts';
import { launch, openPage, parameterOf, screenshot, startPlaying, type WatchedPage } from './browser.ts';

const address = `${inject('address')}?backend=wasm`;
/** A busy machine takes its time. */
const patience = { timeout: 30_000 };
let browser: Browser;
let watched: WatchedPage;
let page: Page;

async function playing(at = address, size: { width?: number; height?: number } = {}): Promise<void> {
  watched = await openPage(browser, at, size);
  ({ page } = watched);
  await startPlayingAny();
}

/** A shared patch may begin in a mode without digit keys. */
async function startPlayingAny(): Promise<void> {
  await page.getByRole('button', { name: 'Start' }).click();
  await page.locator('nv-panels').waitFor();
}

const button = (name: string) => page.getByRole('button', { name, exact: true });
const parameter = (id: ParameterId) => parameterOf(page, id);
const choir = factoryPresets.find(({ name }) => name === 'Choir')!;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function done(): Promise<void> {
  expect(watched.faults).toEqual([]);
  await page.context().close();
}

describe('presets', () => {
  it('are searched, loaded, saved, renamed, deleted, brought back, and outlive a reload', async () => {
    await playing();
    await button('Presets').click();
    await page.getByRole('searchbox', { name: 'Search presets' }).fill('CHOIR');
    await page.getByRole('button', { name: /^Choir sing/ }).click();
    expect(await parameter('reverb')).toBe(choir.values.reverb);
    await page.getByRole('searchbox', { name: 'Search presets' }).fill('');
    await page.getByLabel('Name to save under').fill('My choir');
    await button('Save sound').click();
    await button('Rename My choir').click();
    await page.getByLabel('New name').fill('Our choir');
    await page.getByLabel('New name').press('Enter');
    await button('Delete Our choir').click();
    await button('Bring back Our choir').click();
    await button('Export Our choir').waitFor();
    await screenshot(page, 'preset-browser');
    await page.reload();
    await startPlaying(page);
    await button('Presets').click();
    await page.getByRole('button', { name: /^Our choir/ }).click();
    await page.keyboard.press('Escape');
    expect(await parameter('reverb')).toBe(choir.values.reverb);
    expect(await button('Our choir').count()).toBe(1);
    await done();
  });

  it('travel as a file, and a broken file says what is wrong', async () => {
    await playing();
    await button('Presets').click();
    await page.getByLabel('Name to save under').fill('Travels');
    await button('Save sound').click();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      button('Export all of yours').click(),
    ]);
    const text = readFileSync(await download.path(), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ presets: [{ name: 'Travels' }] });
    const choose = (content: string) =>
      page
        .getByLabel('Import presets')
        .setInputFiles({ name: 'set.json', mimeType: 'application/json', buffer: Buffer.from(content) });
    await choose(text);
    await page.getByText('1 preset was added.').waitFor();
    await button('Export Travels 2').waitFor();
    await choose('{');
    await page.getByText(/set\.json is no JSON file/).waitFor();
    await done();
  });
});

describe('the history', () => {
  it('takes back and brings again by buttons and keys, one step for a turn of a knob', async () => {
    await playing();
    const slider = page.locator('nv-knob').first().getByRole('slider');
    // In one task: a busy machine may take longer between key presses than a turn of a knob may pause.
    await slider.evaluate((input) => {
      for (const value of ['0.05', '0.1', '0.15']) {
        (input as HTMLInputElement).value = value;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }
    });
    expect(await parameter('style1')).toBeCloseTo(0.15, 9);
    await page.keyboard.press('Control+z');
    expect(await parameter('style1')).toBe(0);
    await expect.poll(() => slider.getAttribute('aria-valuetext'), patience).toBe('0.00');
    expect(await button('Undo').isDisabled()).toBe(true);
    await page.keyboard.press('Control+Shift+z');
    expect(await parameter('style1')).toBeCloseTo(0.15, 9);
    await button('Undo').click();
    await button('Redo').click();
    expect(await parameter('style1')).toBeCloseTo(0.15, 9);
    await done();
  });

  it('compares A and B', async () => {
    await playing();
    const slider = page.locator('nv-knob').first().getByRole('slider');
    await slider.focus();
    await page.keyboard.press('End');
    await button('Side B').click();
    expect(await parameter('style1')).toBe(0);
    expect(await button('Side B').getAttribute('aria-pressed')).toBe('true');
    await button('Side A').click();
    expect(await parameter('style1')).toBe(2);
    await done();
  });

  it('shares a link that brings the sound back, and says what it could not read', async () => {
    await playing();
    await button('Next preset').click();
    await button('Next preset').click();
    expect(await parameter('reverb')).toBe(choir.values.reverb);
    await button('Share').click();
    const link = page.url();
    expect(link).toMatch(/backend=wasm#patch=1&/);
    await done();
    await playing(`${link}&volume9=3`);
    expect(await parameter('reverb')).toBe(choir.values.reverb);
    await page.getByText(/volume9/).waitFor();
    await done();
  });
});
