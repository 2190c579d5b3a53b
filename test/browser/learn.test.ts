// MIDI learn on the page: pick, move, bound; soft takeover, ranges, unlearn, and bindings that outlive reload and replug.
import { describe, expect, it } from 'vitest';
import { screenshot, type PageOptions } from './browser.ts';
import { patience, usePage } from './playedPage.ts';

const played = usePage();
const button = (name: string) => played.button(name);
const tab = (name: string) => played.tab(name);

async function playing(size: PageOptions = {}): Promise<void> {
  await played.open(size);
  await played.plug();
}
/** Sends controller values one after the other. */
const turn = (controller: number, ...data: number[]) =>
  played.send(...data.map((value) => [0xb0, controller, value]));
const badge = (label: string) => played.page.locator('nv-knob', { has: played.slider(label) }).locator('.cc');

describe('MIDI learn on the page', () => {
  it('binds what is clicked to what is moved, waits for the knob to pick up, and keeps it over reload and replug', async () => {
    await playing();
    const { page } = played;
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
    expect(await played.parameter('sustain')).toBe(1);
    await screenshot(page, 'learn-bound');
    await button('Done').click();
    await turn(21, 80, 127);
    expect(await played.parameter('sustain')).toBe(1);
    await turn(21, 64);
    expect(await played.parameter('sustain')).toBeCloseTo(64 / 127, 6);
    await expect.poll(() => badge('Sustain').textContent(), patience).toBe('CC 21 ch 1');
    await expect
      .poll(() => page.getByRole('slider', { name: 'Sustain' }).getAttribute('aria-valuetext'), patience)
      .toBe('0.50');
    await played.unplug();
    await played.plug();
    await turn(21, 32);
    expect(await played.parameter('sustain')).toBeCloseTo(32 / 127, 6);
    await played.reload();
    await played.plug();
    await tab('Envelope').click();
    expect(await badge('Sustain').textContent()).toMatch(/CC 21 ch 1/);
    // Sustain stands where it was left: the knob, from its top, picks it up on the way down.
    await turn(21, 127, 100);
    expect(await played.parameter('sustain')).toBeCloseTo(32 / 127, 6);
    await turn(21, 20, 100);
    expect(await played.parameter('sustain')).toBeCloseTo(100 / 127, 6);
    await played.done();
  });

  it('gives a binding another range, refuses one outside, unlearns it, and restores the default', async () => {
    await playing();
    const { page } = played;
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
    expect(await played.parameter('vibratoDepth')).toBeCloseTo(100, 6);
    await button('Unlearn CC 22 ch 1').click();
    await button('Unlearn CC 1').click();
    await turn(22, 10);
    await turn(1, 10);
    expect(await played.parameter('vibratoDepth')).toBeCloseTo(100, 6);
    await button('Back to its default').click();
    await turn(1, 127);
    expect(await played.parameter('vibratoDepth')).toBe(200);
    await played.done();
  });

  it('reaches pads and choices too, and fits a phone', async () => {
    await playing({ width: 390, height: 844 });
    const { page } = played;
    await tab('Morph').click();
    await button('MIDI learn').click();
    await button('Learn Scene X').click();
    // The control is far below the top of the page; what to do next is in sight with it.
    await page.getByText(/it will move Scene X/).waitFor();
    expect(await page.evaluate(() => scrollY)).toBeGreaterThan(400);
    const panel = await page.locator('nv-learn').boundingBox();
    expect(panel?.y).toBeGreaterThanOrEqual(0);
    expect(panel?.height).toBeLessThanOrEqual(0.4 * 844);
    await turn(23, 127);
    expect(await played.parameter('sceneX')).toBe(0);
    await turn(23, 0, 127);
    await expect.poll(() => played.parameter('sceneX'), patience).toBe(1);
    await button('Learn Mode').click();
    await played.send([0x90, 24, 100], [0x80, 24, 0]);
    await button('Unlearn note 24 ch 1').waitFor();
    expect(await played.overflow()).toBeLessThanOrEqual(0);
    await screenshot(page, 'learn-390', true);
    await played.done();
  });

  it('finds encoders of three kinds out by a turn to and fro, lets their kind be changed, and learns 48 beside 16', async () => {
    await playing();
    const { page } = played;
    await tab('Effects').click();
    await turn(16, 10, 20, 30);
    await button('MIDI learn').click();
    const kinds = [
      ['Drive', 'drive', 30, 1, 127, 'two’s complement'],
      ['Chorus', 'chorus', 31, 1, 65, 'signed bit'],
      ['Delay', 'delay', 48, 65, 63, 'offset 64'],
    ] as const;
    for (const [label, id, controller, right, left, kind] of kinds) {
      const before = await played.parameter(id);
      await turn(controller, right, right);
      await button(`Learn ${label}`).click();
      await turn(controller, right, right, left);
      await page.getByText('it may be an endless encoder').waitFor();
      await turn(controller, left, right, right, left, left);
      const sendsAs = page.getByLabel(`CC ${controller} ch 1 sends as`);
      await expect.poll(() => sendsAs.inputValue(), patience).toBe(`encoder, ${kind}`);
      expect(Math.abs((await played.parameter(id)) - before)).toBeLessThan(0.05);
      const now = await played.parameter(id);
      await turn(controller, right);
      expect((await played.parameter(id)) - now).toBeGreaterThan(0.003);
      expect((await played.parameter(id)) - now).toBeLessThan(0.1);
    }
    await screenshot(page, 'learn-encoder');
    await turn(16, 40);
    const stood = await played.parameter('delay');
    await turn(48, 65, 65);
    expect(await played.parameter('delay')).toBeGreaterThan(stood);
    await page.getByLabel('CC 48 ch 1 sends as').selectOption('knob');
    await page.getByLabel('CC 48 ch 1 takeover').selectOption('jump');
    await turn(48, 127);
    expect(await played.parameter('delay')).toBe(1);
    await played.done();
  });
});
