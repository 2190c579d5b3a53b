// Morphing on the page: scenes blended by pad and knob, the map of voices, and gestures that play by themselves.
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ParameterId } from '../../src/contract/parameters.ts';
import { readSong } from '../../src/midi/midiFile.ts';
import { launch, openPage, parameterOf, screenshot, startPlaying, type WatchedPage } from './browser.ts';

const address = `${inject('address')}?backend=wasm`;
/** A busy machine takes its time. */
const patience = { timeout: 30_000 };
let browser: Browser;
let watched: WatchedPage;
let page: Page;

async function playing(): Promise<void> {
  watched = await openPage(browser, address);
  ({ page } = watched);
  await startPlaying(page);
}
const button = (name: string) => page.getByRole('button', { name, exact: true });
const tab = (name: string) => page.getByRole('tab', { name, exact: true });
const parameter = (id: ParameterId) => parameterOf(page, id);

/** Types a value under a knob of the open tab. */
async function type(label: string, text: string): Promise<void> {
  await page.getByRole('slider', { name: label, exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

/** Drags over a pad from place to place, each in shares of it with y upward. */
async function drag(label: string, places: readonly (readonly [number, number])[]): Promise<void> {
  const pad = page.locator('nv-pad', { has: page.getByLabel(`${label} X`) }).locator('.pad');
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  if (!box) throw new Error(`the ${label} pad is not on the page`);
  const at = ([x, y]: readonly [number, number]) =>
    [box.x + x * box.width, box.y + (1 - y) * box.height] as const;
  await page.mouse.move(...at(places[0]));
  await page.mouse.down();
  for (const place of places) await page.mouse.move(...at(place));
  await page.mouse.up();
}

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function done(): Promise<void> {
  expect(watched.faults).toEqual([]);
  await page.context().close();
}

describe('morphing on the page', () => {
  it('blends scenes by pad and knob, leaves the knobs where they are, and recalls', async () => {
    await playing();
    await tab('Timbre').click();
    await type('Formant', '-6');
    await tab('Morph').click();
    await button('Store scene A').click();
    await tab('Timbre').click();
    await type('Formant', '6');
    await tab('Morph').click();
    await button('Store scene B').click();
    await type('Scenes', '1');
    expect(await parameter('formant')).toBe(-6);
    await drag('Scene', [
      [0.1, 0.05],
      [0.5, 0],
    ]);
    expect(await parameter('formant')).toBeCloseTo(0, 1);
    await page.getByLabel('Scene X').focus();
    await page.keyboard.press('End');
    expect(await parameter('formant')).toBeCloseTo(6, 1);
    // The knob counts from when it is moved, until the pad is moved again.
    await type('Scene', '0.5');
    expect(await parameter('formant')).toBeCloseTo(0, 6);
    await type('Scene', '0');
    expect(await parameter('formant')).toBe(-6);
    await screenshot(page, 'scenes');
    await button('Recall scene A').click();
    await type('Scenes', '0');
    expect(await parameter('formant')).toBe(-6);
    expect(await button('Recall scene D').isDisabled()).toBe(true);
    await done();
  });

  it('goes to the style of a place of the map', async () => {
    await playing();
    await tab('Morph').click();
    const style = () =>
      page.evaluate(() => {
        const app = document.querySelector('nv-app') as unknown as {
          instrument: { performer: { styleOf(speaker: number, digit: number): ArrayLike<number> } };
        };
        return Array.from(app.instrument.performer.styleOf(0, 3));
      });
    const before = await style();
    await type('Map', '1');
    const middle = await style();
    expect(middle).not.toEqual(before);
    await drag('Map', [
      [0.5, 0.5],
      [0.9, 0.8],
    ]);
    expect(await parameter('mapX')).toBeCloseTo(0.9, 1);
    expect(await style()).not.toEqual(middle);
    await type('Map', '0');
    expect(await style()).toEqual(before);
    await done();
  });

  it('records a gesture, loops it, exports it and clears it', async () => {
    await playing();
    await tab('Morph').click();
    await button('Record gesture').click();
    await drag('Scene', [
      [0.2, 0.2],
      [0.8, 0.3],
      [0.6, 0.9],
    ]);
    await button('Stop recording').click();
    await page.getByText(/moves Scene X, Scene Y/).waitFor();
    await button('Export MIDI').click();
    await page.getByText(/no controller moves Scene X, Scene Y/).waitFor();
    const [download] = await Promise.all([page.waitForEvent('download'), button('Export JSON').click()]);
    const { gesture } = JSON.parse(readFileSync(await download.path(), 'utf8')) as {
      gesture: { points: unknown[] };
    };
    expect(gesture.points.length).toBeGreaterThanOrEqual(4);
    const place = () => parameter('sceneX');
    await page.getByLabel('Scene X').focus();
    await page.keyboard.press('Home');
    expect(await place()).toBe(0);
    await button('Play gesture').click();
    await expect.poll(place, patience).toBeGreaterThan(0.1);
    await screenshot(page, 'gesture');
    await button('Stop gesture').click();
    const stopped = await place();
    await page.waitForTimeout(100);
    expect(await place()).toBe(stopped);
    await button('Clear').click();
    expect(await button('Play gesture').isDisabled()).toBe(true);
    await done();
  });

  it('writes a gesture of a knob with a controller into a MIDI file', async () => {
    await playing();
    await button('Undo').waitFor();
    await tab('Morph').click();
    await button('Record gesture').click();
    await tab('Style').click();
    const slider = page.locator('nv-knob').first().getByRole('slider');
    await slider.focus();
    await page.keyboard.press('End');
    await tab('Morph').click();
    await button('Stop recording').click();
    const [download] = await Promise.all([page.waitForEvent('download'), button('Export MIDI').click()]);
    const song = readSong(new Uint8Array(readFileSync(await download.path())));
    const controls = song.events.filter((event) => event.type === 'control');
    expect(controls.at(-1)).toMatchObject({ controller: 70, data: 127 });
    await done();
  });
});
