// Morphing on the page: scenes blended by pad and knob, the map of voices, and gestures that play by themselves.
import { readGestureFile } from '../../src/patch/presetSchema.ts';
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
    const { gesture } = readGestureFile(readFileSync(await download.path(), 'utf8'));
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
    const file = await download.path();
    await page.getByLabel('Load a gesture').setInputFiles(file);
    await page.getByText(/moves Scene X, Scene Y/).waitFor();
    await button('Play gesture').click();
    await button('Stop gesture').click();
    await page.getByLabel('Load a gesture').setInputFiles({
      name: 'broken.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{'),
    });
    await page.getByText(/broken\.json/).waitFor();
    expect(await button('Play gesture').isDisabled()).toBe(false);
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

  it('undoes and redoes what is stored and cleared in scenes, and what was recorded', async () => {
    await played.open();
    await tab('Morph').click();
    await button('Store scene A').click();
    await button('Clear scene A').click();
    expect(await button('Recall scene A').isDisabled()).toBe(true);
    await button('Undo').click();
    expect(await button('Recall scene A').isDisabled()).toBe(false);
    await button('Undo').click();
    expect(await button('Recall scene A').isDisabled()).toBe(true);
    await button('Redo').click();
    expect(await button('Recall scene A').isDisabled()).toBe(false);
    await button('Record gesture').click();
    await drag('Scene', [
      [0.2, 0.2],
      [0.8, 0.8],
    ]);
    await button('Stop recording').click();
    await button('Clear').click();
    await button('Undo').click();
    expect(await button('Play gesture').isDisabled()).toBe(false);
    await button('Undo').click();
    expect(await button('Play gesture').isDisabled()).toBe(true);
    await played.page.keyboard.press('Control+Shift+z');
    await expect.poll(() => button('Play gesture').isDisabled(), patience).toBe(false);
    // A point that undo takes away while a finger drags it: nothing is left to drag.
    const { page } = played;
    await button('Edit points').click();
    const lane = played.slider('Points of Scene X');
    await lane.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    const said = async () => (await lane.getAttribute('aria-valuetext')) ?? '';
    const before = await said();
    expect(before).toMatch(/^point (\d+) of \1:/);
    const box = await page.locator('nv-gesture-points .inner').first().boundingBox();
    if (!box) throw new Error('the lane is not on the page');
    const share = await page.evaluate(() => {
      const stage = document.querySelector('nv-app')!.shadowRoot!.querySelector('nv-stage') as unknown as {
        api: { gesturePoints: { lanes: { points: { at: number; position: number }[] }[] } };
      };
      return stage.api.gesturePoints.lanes[0].points.at(-1)!;
    });
    await page.mouse.move(box.x + share.at * box.width, box.y + (1 - share.position) * box.height);
    await page.mouse.down();
    await page.keyboard.press('Control+z');
    await page.mouse.move(box.x + share.at * box.width, box.y + 5);
    await page.mouse.up();
    const last = Number(/^point (\d+)/.exec(before)?.[1]);
    await expect.poll(said, patience).toContain(`of ${last - 1}:`);
    await played.done();
  });

  it.each([
    [1440, 900],
    [390, 844],
  ])('edits a gesture by its points while it plays, at %d x %d', async (width, height) => {
    await played.open({ width, height });
    const { page } = played;
    // A gesture with corners that are known: scene X up and down, and the attack.
    const points = [
      { at: 0, id: 'sceneX', value: 0.2 },
      { at: 0, id: 'sceneY', value: 0.2 },
      { at: 0, id: 'attack', value: 0.01 },
      { at: 0.5, id: 'sceneX', value: 0.6 },
      { at: 0.5, id: 'sceneY', value: 0.5 },
      { at: 1, id: 'sceneX', value: 0.2 },
      { at: 1, id: 'attack', value: 0.1 },
    ];
    const gestures = [{ name: 'known', unit: 'seconds', length: 1, loop: true, points }];
    const preset = { formatVersion: 1, name: 'Known', tags: [], values: {}, gestures };
    await button('Save').click();
    await page.getByLabel('Import presets').setInputFiles({
      name: 'known.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(preset)),
    });
    await page.getByRole('button', { name: /^Known/ }).click();
    await page.keyboard.press('Escape');
    await tab('Morph').click();
    await button('Edit points').click();
    const lane = (label: string) => played.slider(`Points of ${label}`);
    const said = (label: string) => lane(label).getAttribute('aria-valuetext');
    expect(await said('Scene X')).toBe('point 1 of 3: 0.00 s, 0.20');
    // Over the pad: the corner in the middle goes up to the right, in both parameters, without moving the place.
    await drag('Scene', [
      [0.6, 0.5],
      [0.9, 0.8],
    ]);
    await expect.poll(() => said('Scene X'), patience).toMatch(/^point 2 of 3: 0\.50 s, 0\.(89|90)/);
    expect(await said('Scene Y')).toMatch(/0\.20/);
    expect(await played.parameter('sceneX')).toBe(0);
    await screenshot(page, `points-${width}`, width < 500);
    // On the lane: value and time.
    const box = page.locator('nv-gesture-points .box').first().locator('.inner');
    await played.drag(box, [
      [0.5, 0.9],
      [0.75, 0.1],
    ]);
    await expect.poll(() => said('Scene X'), patience).toMatch(/^point 2 of 3: 0\.7[45] s, 0\.(09|10)/);
    await button('Undo').click();
    await expect.poll(() => said('Scene X'), patience).toMatch(/0\.50 s, 0\.(89|90)/);
    // Heard while it plays on.
    await button('Play gesture').click();
    await expect.poll(() => played.parameter('sceneX'), patience).toBeGreaterThan(0.65);
    await page.getByLabel('Value of the point').fill('1');
    await page.getByLabel('Value of the point').press('Enter');
    await expect.poll(() => played.parameter('sceneX'), patience).toBeGreaterThan(0.92);
    await button('Stop gesture').click();
    // By keys alone: choose, move, add, delete.
    await lane('Attack').focus();
    await page.keyboard.press('ArrowRight');
    expect(await said('Attack')).toBe('point 2 of 2: 1.00 s, 0.100 s');
    await page.keyboard.press('ArrowUp');
    expect(await said('Attack')).not.toMatch(/0\.100 s$/);
    await page.keyboard.press('Shift+ArrowLeft');
    expect(await said('Attack')).toMatch(/: 0\.99 s/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('Enter');
    expect(await said('Attack')).toMatch(/^point 2 of 3/);
    await page.keyboard.press('Delete');
    expect(await said('Attack')).toMatch(/of 2/);
    await button('Add point').click();
    expect(await said('Attack')).toMatch(/of 3/);
    await button('Delete point').click();
    await button('Delete point').click();
    expect(await said('Attack')).toMatch(/of 1/);
    await page.getByLabel('Time of the point').fill('7');
    await page.getByLabel('Time of the point').press('Enter');
    await page.getByText(/the time must be from 0\.00 s to 1\.00 s/).waitFor();
    for (let k = 0; k < 4; k++) await button('Undo').click();
    expect(await said('Attack')).toMatch(/of 3/);
    for (let k = 0; k < 4; k++) await button('Redo').click();
    expect(await said('Attack')).toMatch(/of 1/);
    // The corner over the pad goes by the Delete key, both of its points.
    await drag('Scene', [
      [0.98, 0.8],
      [0.98, 0.8],
    ]);
    await page.keyboard.press('Delete');
    await expect.poll(() => said('Scene X'), patience).toMatch(/of 2/);
    expect(await said('Scene Y')).toMatch(/of 1/);
    expect(await played.overflow()).toBeLessThanOrEqual(0);
    await button('Clear').click();
    await page.locator('nv-gesture-points').waitFor({ state: 'detached' });
    await played.done();
  });
});
