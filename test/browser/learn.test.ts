// MIDI learn on the page: pick, move, bound; soft takeover, ranges, unlearn, and bindings that outlive reload and replug.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ParameterId } from '../../src/contract/parameters.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { launch, openPage, parameterOf, screenshot, startPlaying, type WatchedPage } from './browser.ts';

const address = `${inject('address')}?backend=wasm`;
/** A busy machine takes its time. */
const patience = { timeout: 30_000 };
let browser: Browser;
let watched: WatchedPage;
let page: Page;

async function playing(size: { width?: number; height?: number } = {}): Promise<void> {
  watched = await openPage(browser, address, size);
  ({ page } = watched);
  await startPlaying(page);
  await plug();
}
const plug = () =>
  page.evaluate(() => {
    (window as unknown as { fakeMidi: FakeMidi }).fakeMidi.plug('keys', 'Test Keys');
  });
/** Sends controller values one after the other. */
const turn = (controller: number, ...data: number[]) =>
  page.evaluate(
    ([cc, values]) => {
      const { fakeMidi } = window as unknown as { fakeMidi: FakeMidi };
      for (const value of values) fakeMidi.send('keys', [0xb0, cc, value]);
    },
    [controller, data] as const,
  );
const button = (name: string) => page.getByRole('button', { name, exact: true });
const tab = (name: string) => page.getByRole('tab', { name, exact: true });
const parameter = (id: ParameterId) => parameterOf(page, id);
const badge = (label: string) =>
  page.locator('nv-knob', { has: page.getByRole('slider', { name: label, exact: true }) }).locator('.cc');

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function done(): Promise<void> {
  expect(watched.faults).toEqual([]);
  await page.context().close();
}

describe('MIDI learn on the page', () => {
  it('binds what is clicked to what is moved, waits for the knob to pick up, and keeps it over reload and replug', async () => {
    await playing();
    await tab('Envelope').click();
    await button('MIDI learn').click();
    await button('Learn Sustain').click();
    await page.getByText(/Move a knob.*it will move Sustain/).waitFor();
    await screenshot(page, 'learn-armed');
    // Sustain stands at its top; a knob at its bottom must not let it jump.
    await turn(21, 20);
    await expect
      .poll(() => badge('Sustain').textContent(), patience)
      .toMatch(/CC 21 ch 1.*pick up from below/);
    expect(await parameter('sustain')).toBe(1);
    await screenshot(page, 'learn-bound');
    await button('Done').click();
    await turn(21, 80, 127);
    expect(await parameter('sustain')).toBe(1);
    await turn(21, 64);
    expect(await parameter('sustain')).toBeCloseTo(64 / 127, 6);
    await expect.poll(() => badge('Sustain').textContent(), patience).toBe('CC 21 ch 1');
    await expect
      .poll(() => page.getByRole('slider', { name: 'Sustain' }).getAttribute('aria-valuetext'), patience)
      .toBe('0.50');
    await page.evaluate(() => (window as unknown as { fakeMidi: FakeMidi }).fakeMidi.unplug('keys'));
    await plug();
    await turn(21, 32);
    expect(await parameter('sustain')).toBeCloseTo(32 / 127, 6);
    await page.reload();
    await startPlaying(page);
    await plug();
    await tab('Envelope').click();
    expect(await badge('Sustain').textContent()).toMatch(/CC 21 ch 1/);
    await turn(21, 127, 100);
    expect(await parameter('sustain')).toBeCloseTo(100 / 127, 6);
    await done();
  });

  it('gives a binding another range, refuses one outside, unlearns it, and restores the default', async () => {
    await playing();
    await tab('Pitch').click();
    await button('MIDI learn').click();
    await button('Learn Vibrato depth').click();
    await turn(22, 5);
    const from = page.getByLabel('CC 22 ch 1 from');
    await from.fill('900');
    await from.press('Enter');
    await page
      .getByRole('alert')
      .getByText(/Vibrato depth/)
      .waitFor();
    const to = page.getByLabel('CC 22 ch 1 to');
    await to.fill('100 ct');
    await to.press('Enter');
    await page.getByLabel('CC 22 ch 1 takeover').selectOption('jump');
    await turn(22, 127);
    expect(await parameter('vibratoDepth')).toBeCloseTo(100, 6);
    await button('Unlearn CC 22 ch 1').click();
    await button('Unlearn CC 1').click();
    await turn(22, 10);
    await turn(1, 10);
    expect(await parameter('vibratoDepth')).toBeCloseTo(100, 6);
    await button('Back to its default').click();
    await turn(1, 127);
    expect(await parameter('vibratoDepth')).toBe(200);
    await done();
  });

  it('reaches pads and choices too, and fits a phone', async () => {
    await playing({ width: 390, height: 844 });
    await tab('Morph').click();
    await button('MIDI learn').click();
    await button('Learn Scene X').click();
    await turn(23, 127);
    expect(await parameter('sceneX')).toBe(0);
    await turn(23, 0, 127);
    await expect.poll(() => parameter('sceneX'), patience).toBe(1);
    await button('Learn Mode').click();
    await page.evaluate(() => {
      const { fakeMidi } = window as unknown as { fakeMidi: FakeMidi };
      fakeMidi.send('keys', [0x90, 24, 100]);
      fakeMidi.send('keys', [0x80, 24, 0]);
    });
    await button('Unlearn note 24 ch 1').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await screenshot(page, 'learn-390', true);
    await done();
  });
});
