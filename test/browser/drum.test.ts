// Drum mode on the page: sounds stored on keys by pointer, keyboard, touch and MIDI, shown, heard, cleared, undone, kept.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { screenshot, type PageOptions } from './browser.ts';
import { patience, usePage } from './playedPage.ts';
import type { Probe } from './probe.ts';

const played = usePage();
const button = (name: string) => played.button(name);
const key = (name: RegExp | string) =>
  played.page.locator('nv-keyboard').getByRole('button', { name, exact: true });
const status = () => played.page.locator('nv-drum-keys [role=status]');

/** First slot of stored sounds: six voices' words and ten morphs lie before them. */
const firstPadSlot = 70;

async function drumming(options: PageOptions = {}): Promise<void> {
  await played.open(options);
  await drum();
}
async function drum(): Promise<void> {
  await played.radio('drum').check();
  await played.page.locator('nv-drum-keys').waitFor();
}
/** Names of the keys that carry a sound, as assistive technology hears them. */
const stored = () =>
  played.page
    .locator('nv-keyboard button')
    .evaluateAll((keys) =>
      keys.map((one) => one.getAttribute('aria-label') ?? '').filter((name) => name.includes('stored')),
    );
const strikes = () =>
  played.page.evaluate(() => {
    const { notes } = (window as unknown as { probe: Probe }).probe;
    return notes.splice(0).map(({ slot }) => slot);
  });
/** Key of the next sound as a point: the style that it is decoded at. */
const padOf = (note: number) =>
  played.page.evaluate((midiNote) => {
    const app = document.querySelector('nv-app') as unknown as {
      instrument: { performer: { pads: Map<number, { digit: number; speaker: number; style: number[] }> } };
    };
    const pad = app.instrument.performer.pads.get(midiNote);
    return pad && { digit: pad.digit, speaker: pad.speaker, style: [...pad.style] };
  }, note);

describe('sounds on drum keys', () => {
  it('are stored by a click and a key, heard there, cleared, undone and redone, twice over', async () => {
    await drumming({ probe: true });
    const { page } = played;
    await page.locator('nv-drum-keys').getByRole('radio', { name: 'six' }).check();
    await button('Store sound').click();
    await status()
      .getByText(/Press the key/)
      .waitFor();
    await screenshot(page, 'drum-armed');
    await key('D3').click();
    await page.getByText('Stored on D3.').waitFor();
    expect(await stored()).toEqual(['D3, stored six']);
    const [first] = await strikes();
    expect(first).toBeGreaterThanOrEqual(firstPadSlot);
    // Another sound on another key, by the computer's keyboard: A is C3.
    const knob = page.locator('nv-knob').first().getByRole('slider');
    await knob.focus();
    await page.keyboard.press('End');
    await page.locator('nv-drum-keys').getByRole('radio', { name: 'nine' }).check();
    await button('Store sound').press('Enter');
    await page.keyboard.press('KeyA');
    await expect.poll(stored, patience).toEqual(['C3, stored nine', 'D3, stored six']);
    const [six, nine] = [await padOf(50), await padOf(48)];
    expect([six?.digit, nine?.digit]).toEqual([6, 9]);
    // What is stored stays, wherever knobs go.
    await knob.press('Home');
    expect(await padOf(48)).toEqual(nine);
    await screenshot(page, 'drum');
    await strikes();
    await key('D3, stored six').click();
    await key('C3, stored nine').click();
    const slots = await strikes();
    expect(slots.map((slot) => slot % 10)).toEqual([6, 9]);
    await button('Clear key').click();
    await key('D3, stored six').click();
    await expect.poll(stored, patience).toEqual(['C3, stored nine']);
    expect((await strikes())[0]).toBeLessThan(firstPadSlot);
    await page.keyboard.press('Control+z');
    await expect.poll(stored, patience).toEqual(['C3, stored nine', 'D3, stored six']);
    expect(await padOf(50)).toEqual(six);
    await button('Redo').click();
    await expect.poll(stored, patience).toEqual(['C3, stored nine']);
    await button('Undo').click();
    await button('Clear all').click();
    await expect.poll(stored, patience).toEqual([]);
    expect(await button('Clear all').isDisabled()).toBe(true);
    await button('Undo').click();
    await expect.poll(stored, patience).toHaveLength(2);
    // Escape, a second click and another mode let it be.
    await button('Store sound').click();
    await page.keyboard.press('Escape');
    await key('E3').click();
    await button('Store sound').click();
    await button('Store sound').click();
    await key('E3').click();
    await button('Store sound').click();
    await played.radio('sing').check();
    await page.locator('nv-drum-keys').waitFor({ state: 'detached' });
    await drum();
    await key('E3').click();
    expect(await stored()).toHaveLength(2);
    await played.done();
  });

  it('outlive a reload, travel in presets and files, and are named when a link leaves them out', async () => {
    await drumming();
    const { page } = played;
    await button('Store sound').click();
    await key('F3').click();
    await expect.poll(stored, patience).toHaveLength(1);
    const pad = await padOf(53);
    await played.reload();
    await drum();
    await expect.poll(stored, patience).toHaveLength(1);
    expect(await padOf(53)).toEqual(pad);
    await button('Save').click();
    await page.getByLabel('Name to save under').fill('My kit');
    await button('Save sound').click();
    const [download] = await Promise.all([page.waitForEvent('download'), button('Export My kit').click()]);
    const text = readFileSync(await download.path(), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ presets: [{ formatVersion: 2, pads: [{ note: 53 }] }] });
    await page.keyboard.press('Escape');
    await button('Share').click();
    await page.getByText(/It leaves out sounds of drum keys/).waitFor();
    await button('Next preset').click();
    await drum();
    expect(await stored()).toEqual([]);
    await button('Undo').click();
    await button('Undo').click();
    await expect.poll(stored, patience).toHaveLength(1);
    await button('Clear all').click();
    await button('Save').click();
    await page
      .getByLabel('Import presets')
      .setInputFiles({ name: 'kit.json', mimeType: 'application/json', buffer: Buffer.from(text) });
    await page.getByRole('button', { name: /^My kit 2/ }).click();
    await page.keyboard.press('Escape');
    await expect.poll(stored, patience).toHaveLength(1);
    expect(await padOf(53)).toEqual(pad);
    await played.done();
  });

  it('are stored by touch on a phone and by MIDI, until all fifty places are taken', async () => {
    await drumming({ width: 390, height: 844, touch: true });
    const { page } = played;
    await button('Store sound').tap();
    const top = () => key(/^G3/).evaluate((one) => one.getBoundingClientRect().top + scrollY);
    const before = await top();
    await key('G3').tap();
    await page.getByText('Stored on G3.').waitFor();
    // The keys stay under the finger while the text above them changes.
    expect(await top()).toBe(before);
    await played.plug();
    for (let note = 0; note < 49; note++) {
      await button('Store sound').tap();
      await played.send([0x90, note, 100], [0x80, note, 0]);
    }
    await button('Store sound').tap();
    await key('B4').tap();
    await page.getByText(/all 50 places for sounds are taken; clear a key before storing on B4/).waitFor();
    expect(await padOf(71)).toBeUndefined();
    await screenshot(page, 'drum-390');
    expect(await played.overflow()).toBeLessThanOrEqual(0);
    await button('Clear key').tap();
    await key(/^G3/).tap();
    await button('Store sound').tap();
    await key('B4').tap();
    await page.getByText('Stored on B4.').waitFor();
    await played.done();
  });
});
