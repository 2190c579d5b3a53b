// Presets, undo, A/B and shared links on the page, kept across a reload.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { factoryPresets } from '../../src/patch/factoryPresets.ts';
import { screenshot } from './browser.ts';
import { patience, usePage } from './playedPage.ts';

const played = usePage();
const button = (name: string) => played.button(name);
const choir = factoryPresets.find(({ name }) => name === 'Choir')!;

describe('presets', () => {
  it('are searched, loaded, saved, renamed, deleted, brought back, and outlive a reload', async () => {
    await played.open();
    const { page } = played;
    await button('Presets').click();
    await page.getByRole('searchbox', { name: 'Search presets' }).fill('CHOIR');
    await page.getByRole('button', { name: /^Choir sing/ }).click();
    expect(await played.parameter('reverb')).toBe(choir.values.reverb);
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
    await played.reload();
    // The page stands where it was.
    await button('Our choir').waitFor();
    await button('New').click();
    await button('Presets').click();
    await page.getByRole('button', { name: /^Our choir/ }).click();
    await page.keyboard.press('Escape');
    expect(await played.parameter('reverb')).toBe(choir.values.reverb);
    expect(await button('Our choir').count()).toBe(1);
    await played.done();
  });

  it('travel as a file, and a broken file says what is wrong', async () => {
    await played.open();
    const { page } = played;
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
    await played.done();
  });
});

describe('the history', () => {
  it('takes back and brings again by buttons and keys, one step for a turn of a knob', async () => {
    await played.open();
    const { page } = played;
    const slider = page.locator('nv-knob').first().getByRole('slider');
    // In one task: a busy machine may take longer between key presses than a turn of a knob may pause.
    await slider.evaluate((input) => {
      for (const value of ['0.05', '0.1', '0.15']) {
        (input as HTMLInputElement).value = value;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }
    });
    expect(await played.parameter('style1')).toBeCloseTo(0.15, 9);
    await page.keyboard.press('Control+z');
    expect(await played.parameter('style1')).toBe(0);
    await expect.poll(() => slider.getAttribute('aria-valuetext'), patience).toBe('0.00');
    expect(await button('Undo').isDisabled()).toBe(true);
    await page.keyboard.press('Control+Shift+z');
    expect(await played.parameter('style1')).toBeCloseTo(0.15, 9);
    await button('Undo').click();
    await button('Redo').click();
    expect(await played.parameter('style1')).toBeCloseTo(0.15, 9);
    await played.done();
  });

  it('shows what was taken back before the page had drawn it', async () => {
    await played.open();
    const slider = played.page.locator('nv-knob').first().getByRole('slider');
    await slider.evaluate((input) => {
      (input as HTMLInputElement).value = '0.15';
      input.dispatchEvent(new Event('input', { bubbles: true }));
      input.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'z', ctrlKey: true, bubbles: true, composed: true }),
      );
    });
    expect(await played.parameter('style1')).toBe(0);
    await expect.poll(() => slider.getAttribute('aria-valuetext'), patience).toBe('0.00');
    expect(await slider.inputValue()).toBe('0');
    await played.done();
  });

  it('compares A and B', async () => {
    await played.open();
    const { page } = played;
    const slider = page.locator('nv-knob').first().getByRole('slider');
    await slider.focus();
    await page.keyboard.press('End');
    await button('Side B').click();
    expect(await played.parameter('style1')).toBe(0);
    expect(await button('Side B').getAttribute('aria-pressed')).toBe('true');
    await button('Side A').click();
    expect(await played.parameter('style1')).toBe(2);
    await played.done();
  });

  it('shares a link that brings the sound back, and says what it could not read', async () => {
    await played.open();
    const { page } = played;
    await button('Next preset').click();
    await button('Next preset').click();
    expect(await played.parameter('reverb')).toBe(choir.values.reverb);
    await button('Share').click();
    const link = page.url();
    expect(link).toMatch(/backend=wasm#patch=1&/);
    await played.done();
    await played.open({}, `${link}&volume9=3`);
    expect(await played.parameter('reverb')).toBe(choir.values.reverb);
    await played.page.getByText(/volume9/).waitFor();
    await played.done();
  });
});
