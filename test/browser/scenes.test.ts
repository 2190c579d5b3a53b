// Morphing on the page: scenes blended by pad and knob, the map of voices, and gestures that play by themselves.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readSong } from '../../src/midi/midiFile.ts';
import { screenshot } from './browser.ts';
import { patience, usePage } from './playedPage.ts';

const played = usePage();
const button = (name: string) => played.button(name);
const tab = (name: string) => played.tab(name);

/** Drags over a pad from place to place, each in shares of it with y upward. */
const drag = (label: string, places: readonly (readonly [number, number])[]) =>
  played.drag(
    played.page.locator('nv-pad', { has: played.page.getByLabel(`${label} X`) }).locator('.pad'),
    places,
  );

describe('morphing on the page', () => {
  it('blends scenes by pad and knob, leaves the knobs where they are, and recalls', async () => {
    await played.open();
    const { page } = played;
    await tab('Timbre').click();
    await played.type('Formant', '-6');
    await tab('Morph').click();
    await button('Store scene A').click();
    await tab('Timbre').click();
    await played.type('Formant', '6');
    await tab('Morph').click();
    await button('Store scene B').click();
    await played.type('Scenes', '1');
    expect(await played.parameter('formant')).toBe(-6);
    await drag('Scene', [
      [0.1, 0.05],
      [0.5, 0],
    ]);
    expect(await played.parameter('formant')).toBeCloseTo(0, 1);
    await page.getByLabel('Scene X').focus();
    await page.keyboard.press('End');
    expect(await played.parameter('formant')).toBeCloseTo(6, 1);
    // The knob counts from when it is moved, until the pad is moved again.
    await played.type('Scene', '0.5');
    expect(await played.parameter('formant')).toBeCloseTo(0, 6);
    await played.type('Scene', '0');
    expect(await played.parameter('formant')).toBe(-6);
    await screenshot(page, 'scenes');
    await button('Recall scene A').click();
    await played.type('Scenes', '0');
    expect(await played.parameter('formant')).toBe(-6);
    expect(await button('Recall scene D').isDisabled()).toBe(true);
    await played.done();
  });

  it('goes to the style of a place of the map', async () => {
    await played.open();
    const { page } = played;
    await tab('Morph').click();
    const style = () =>
      page.evaluate(() => {
        const app = document.querySelector('nv-app') as unknown as {
          instrument: { performer: { styleOf(speaker: number, digit: number): ArrayLike<number> } };
        };
        return Array.from(app.instrument.performer.styleOf(0, 3));
      });
    const before = await style();
    await played.type('Map', '1');
    const middle = await style();
    expect(middle).not.toEqual(before);
    await drag('Map', [
      [0.5, 0.5],
      [0.9, 0.8],
    ]);
    expect(await played.parameter('mapX')).toBeCloseTo(0.9, 1);
    expect(await style()).not.toEqual(middle);
    await played.type('Map', '0');
    expect(await style()).toEqual(before);
    await played.done();
  });

  it('records a gesture, loops it, exports it and clears it', async () => {
    await played.open();
    const { page } = played;
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
    const place = () => played.parameter('sceneX');
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
    await played.done();
  });

  it('writes a gesture of a knob with a controller into a MIDI file', async () => {
    await played.open();
    const { page } = played;
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
    await played.done();
  });
});
