// The page keeps its session by itself: after a reload, a crash or a fault it stands where it was, and two pages do not get in each
// other's way.
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { screenshot } from './browser.ts';
import { address, patience, usePage } from './playedPage.ts';

const played = usePage();
const { button, tab, radio } = {
  button: (name: string) => played.button(name),
  tab: (name: string) => played.tab(name),
  radio: (name: string) => played.radio(name),
};
const scale = '! fifths.scl\nOnly fifths\n 2\n!\n 3/2\n 2/1\n';

/** What every page of this file is left with. */
async function leave(): Promise<void> {
  const { page } = played;
  await button('Next preset').click();
  await radio('lyrics').check();
  await page.getByRole('textbox', { name: /lyrics/i }).fill('3 1 4');
  await tab('Pitch').click();
  await page
    .getByLabel('Load a Scala scale or keyboard map')
    .setInputFiles({ name: 'fifths.scl', mimeType: 'text/plain', buffer: Buffer.from(scale) });
  await tab('Timbre').click();
  await played.type('Formant', '3.5');
  await button('Side B').click();
  await played.type('Breath', '0.25');
  await expect.poll(() => played.parameter('breath'), patience).toBeCloseTo(0.25, 6);
}

/** The same, told from the page. */
async function standsThere(page: Page): Promise<void> {
  await expect.poll(() => played.parameter('breath'), patience).toBeCloseTo(0.25, 6);
  expect(await button('Side B').getAttribute('aria-pressed')).toBe('true');
  await button('Side A').click();
  expect(await played.parameter('formant')).toBeCloseTo(3.5, 6);
  expect(await page.getByRole('textbox', { name: /lyrics/i }).inputValue()).toBe('3 1 4');
  await tab('Pitch').click();
  await page.getByText('Only fifths').waitFor();
}

/** Until what was moved last is kept. */
const kept = () => played.page.waitForTimeout(1500);

describe('the session', () => {
  it('stands after a reload where it was, and New begins anew and can be undone', async () => {
    await played.open();
    const { page } = played;
    await leave();
    // At once: leaving the page keeps what moved last.
    await played.reload();
    await standsThere(page);
    await screenshot(page, 'session');
    await button('New').click();
    expect(await played.parameter('formant')).toBe(0);
    await button('Presets').waitFor();
    await page.getByText('equal temperament').waitFor();
    await button('Undo').click();
    expect(await played.parameter('formant')).toBeCloseTo(3.5, 6);
    await page.getByText('Only fifths').waitFor();
    await button('Redo').click();
    await kept();
    await played.reload();
    expect(await played.parameter('formant')).toBe(0);
    await played.done();
  });

  it('comes back after a crash of the page, and in a window that is opened anew', async () => {
    await played.open();
    await leave();
    await kept();
    const context = played.page.context();
    await played.crash();
    const page = await context.newPage();
    await page.goto(address);
    await played.use(page);
    await standsThere(page);
    await played.done();
  });

  it('goes on after a fault of the instrument', async () => {
    await played.open();
    await leave();
    const { page } = played;
    await page.evaluate(() => {
      const app = document.querySelector('nv-app') as unknown as {
        instrument: { dispose(): Promise<void> };
        fault: string;
        phase: string;
      };
      app.phase = 'start';
      app.fault = 'The sound engine failed; start it again.';
    });
    await button('Try again').click();
    await page.locator('nv-panels').waitFor();
    await standsThere(page);
    await played.done();
  });

  it('is one for each page, and a preset that is saved in one appears in the other', async () => {
    await played.open();
    const first = played.page;
    await button('Next preset').click();
    const second = await first.context().newPage();
    await second.goto(address);
    await played.use(second);
    await tab('Timbre').click();
    await played.type('Formant', '-2');
    const save = async (page: Page, name: string) => {
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByLabel('Name to save under').fill(name);
      await page.getByRole('button', { name: 'Save sound', exact: true }).click();
      await page.getByRole('button', { name: `Export ${name}`, exact: true }).waitFor();
      await page.keyboard.press('Escape');
    };
    await save(second, 'From the second');
    await save(first, 'From the first');
    for (const page of [first, second]) {
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      for (const name of ['From the second', 'From the first']) {
        await page.getByRole('button', { name: `Export ${name}`, exact: true }).waitFor();
      }
      await page.keyboard.press('Escape');
    }
    await kept();
    const formants: number[] = [];
    for (const page of [first, second]) {
      await page.reload();
      await played.use(page);
      formants.push(await played.parameter('formant'));
    }
    expect(formants[1]).toBeCloseTo(-2, 6);
    expect(formants[0]).not.toBeCloseTo(-2, 1);
    await played.done();
  });
});
