// The parameters on the page: tabs, typed values, choices, modes with their keys, and what fits at two sizes.
import { describe, expect, it } from 'vitest';
import { modulationTargets } from '../../src/contract/parameters.ts';
import { tabGroups, tabName } from '../../src/ui/panels/panelGroups.ts';
import { screenshot } from './browser.ts';
import { patience, usePage } from './playedPage.ts';

/** The smallest side of what a finger must hit, in CSS pixels. */
const fingerPixels = 40;

const played = usePage();
const tab = (name: string) => played.tab(name);
const slider = (name: string) => played.slider(name);
const textOfSlider = (name: string) => slider(name).getAttribute('aria-valuetext');

/** Notes that the page's instrument is given from now on: each call takes what came since the one before. */
async function heardNotes(): Promise<() => Promise<string[]>> {
  const { page } = played;
  await page.evaluate(() => {
    const app = document.querySelector('nv-app') as unknown as {
      instrument: { noteOn(note: number): void; noteOff(note: number): void };
      notes: string[];
    };
    app.notes = [];
    const { instrument } = app;
    for (const name of ['noteOn', 'noteOff'] as const) {
      const real = instrument[name].bind(instrument);
      instrument[name] = (...args) => {
        app.notes.push(`${name} ${args[0]}`);
        real(...args);
      };
    }
  });
  return () =>
    page.evaluate(() => (document.querySelector('nv-app') as unknown as { notes: string[] }).notes.splice(0));
}

describe('the panels', () => {
  it('type, reset, refuse nonsense, follow MIDI, and go round by arrow keys', async () => {
    await played.open();
    const { page } = played;
    await tab('Style').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await tab('Envelope').getAttribute('aria-selected')).toBe('true');
    await slider('Attack').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('0.25 s');
    await page.keyboard.press('Enter');
    expect(await played.parameter('attack')).toBe(0.25);
    expect(await textOfSlider('Attack')).toBe('0.250 s');
    // Digits typed into a field are no notes; on the dial they play again.
    expect(
      await slider('Attack').evaluate((one) => (one.getRootNode() as ShadowRoot).activeElement === one),
    ).toBe(true);
    await page.keyboard.press('Enter');
    await page.keyboard.type('soon');
    await page.keyboard.press('Enter');
    await page.getByText(/Attack must be .*"soon"/).waitFor();
    await page.keyboard.press('Escape');
    expect(await played.parameter('attack')).toBe(0.25);
    await page
      .locator('nv-knob', { has: slider('Attack') })
      .locator('.dial')
      .dblclick();
    expect(await played.parameter('attack')).toBe(0.001);
    await tab('Pitch').click();
    await played.plug();
    await played.send([0xb0, 1, 127]);
    await expect.poll(() => textOfSlider('Vibrato depth'), patience).toBe('200 ct');
    await played.done();
  });

  it('choose by buttons and by lists', async () => {
    await played.open();
    const { page } = played;
    await tab('Play').click();
    await played.radio('stutter').check();
    expect(await played.parameter('hold')).toBe(3);
    await tab('Effects').click();
    await page.getByRole('combobox', { name: 'Delay time' }).selectOption('1/16');
    expect(await played.parameter('delayTime')).toBe(6);
    await played.done();
  });

  it.each([1440, 390])(
    'aim modulation at styles by their names, in lists that trim none, %s px wide',
    async (width) => {
      await played.open({ width, height: 900 });
      const { page } = played;
      await tab('Modulation').click();
      const list = page.getByRole('combobox', { name: 'LFO to' });
      await list.selectOption('style: pitch');
      expect(await played.parameter('lfoTo')).toBe(modulationTargets.indexOf('style 4'));
      await list.selectOption('release');
      expect(await played.parameter('lfoTo')).toBe(modulationTargets.indexOf('release'));
      expect(
        await list.locator('optgroup').evaluateAll((all) => all.map((one) => one.getAttribute('label'))),
      ).toEqual(['Sound', 'Envelope', 'Style']);
      /** Room for the arrow and the padding, CSS pixels. */
      const arrow = 20;
      const room = await page.locator('nv-panels select').evaluateAll((lists) =>
        (lists as HTMLSelectElement[]).map((one) => {
          const context = document.createElement('canvas').getContext('2d')!;
          context.font = getComputedStyle(one).font;
          const widest = Math.max(...[...one.options].map(({ text }) => context.measureText(text).width));
          return one.clientWidth - widest;
        }),
      );
      expect(room).toHaveLength(6);
      expect(Math.min(...room)).toBeGreaterThan(arrow);
      expect(await played.overflow()).toBeLessThanOrEqual(0);
      await played.done();
    },
  );

  it('keep a tuning over a reload and over presets, say a broken file, and forget it when it is reset', async () => {
    await played.open();
    const { page } = played;
    const choose = (name: string, text: string) =>
      page
        .getByLabel('Load a Scala scale or keyboard map')
        .setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text, 'latin1') });
    await tab('Pitch').click();
    await choose('fifths.scl', 'Only f\xfcnfths\n 2\n 3 / 2\n 2/1\n');
    await page.getByText('Only fünfths').waitFor();
    await page.getByText(/^Keys 0-53, 73-127 would lie outside 27\.5 Hz to 20 kHz/).waitFor();
    await choose('broken.scl', 'nothing');
    await page
      .getByRole('alert')
      .getByText(/Scala scale/)
      .waitFor();
    await played.button('Next preset').click();
    await played.reload();
    await tab('Pitch').click();
    await page.getByText('Only fünfths').waitFor();
    const name = () =>
      page.evaluate(() => {
        const app = document.querySelector('nv-app') as unknown as {
          instrument: { performer: { tuningName: string } };
        };
        return app.instrument.performer.tuningName;
      });
    expect(await name()).toBe('Only fünfths');
    await played.button('Equal temperament').click();
    await played.reload();
    expect(await name()).toBe('equal temperament');
    await tab('Pitch').click();
    await page.locator('nv-tuning').waitFor();
    expect(await played.button('Equal temperament').count()).toBe(0);
    await played.done();
  });

  it.each([
    [1440, 900],
    [390, 844],
  ])('fit %d x %d in every tab and mode, with room for fingers', async (width, height) => {
    await played.open({ width, height });
    const { page } = played;
    for (const group of tabGroups) {
      await tab(tabName(group)).click();
      expect(await played.overflow()).toBeLessThanOrEqual(0);
    }
    await screenshot(page, `panels-${width}`, true);
    for (const mode of ['sing', 'drum', 'lyrics', 'words']) {
      await played.radio(mode).check();
      await page.locator(mode === 'words' ? 'nv-keys' : 'nv-keyboard').waitFor();
      expect(await played.overflow()).toBeLessThanOrEqual(0);
      const small = await page.locator('nv-play button, nv-play label').evaluateAll(
        (all, least) =>
          all
            .map((one) => one.getBoundingClientRect())
            // Layout rounds to a fraction of a pixel.
            .filter(({ width: w, height: h }) => w > 0 && Math.min(w, h) < least - 0.5)
            .map(({ width: w, height: h }) => `${w} x ${h}`),
        fingerPixels,
      );
      expect(small).toEqual([]);
      await screenshot(page, `mode-${mode}-${width}`, true);
    }
    await played.done();
  });
});

describe('the modes', () => {
  it('sing by letters, choose the digit by numbers, shift octaves by Z and X, and slide by pointer', async () => {
    await played.open();
    const { page } = played;
    await played.radio('sing').check();
    await page.locator('nv-keyboard').waitFor();
    await page.keyboard.press('Digit7');
    expect(await played.parameter('digit')).toBe(7);
    await expect.poll(() => page.getByRole('radio', { name: 'seven' }).isChecked(), patience).toBe(true);
    const notes = await heardNotes();
    // Again and any are of words mode.
    await page.keyboard.press('Minus');
    await page.keyboard.press('Equal');
    expect(await notes()).toEqual([]);
    await page.keyboard.down('KeyG');
    const key = (name: string) => page.locator('nv-keyboard').getByRole('button', { name, exact: true });
    await expect.poll(() => key('G3').getAttribute('data-pressed'), patience).toBe('');
    await page.keyboard.press('KeyX');
    await page.keyboard.up('KeyG');
    expect(await notes()).toEqual(['noteOn 55', 'noteOff 55']);
    await page.keyboard.press('KeyA');
    expect(await notes()).toEqual(['noteOn 60', 'noteOff 60']);
    const from = await key('C4').boundingBox();
    const to = await key('D4').boundingBox();
    if (!from || !to) throw new Error('the keys are not on the page');
    await page.mouse.move(from.x + from.width / 2, from.y + from.height - 20);
    await page.mouse.down();
    await page.mouse.move(to.x + to.width / 2, to.y + to.height - 20);
    await page.mouse.up();
    expect(await notes()).toEqual(['noteOn 60', 'noteOn 62', 'noteOff 60', 'noteOff 62']);
    await played.done();
  });

  it('leave no note hanging when focus or keys go away, and show the voice that sings, which can be undone', async () => {
    await played.open();
    const { page } = played;
    const voice = (name: string) => played.radio(name).isChecked();
    const notes = await heardNotes();
    await played.plug();
    // C4 in words: zero, by the second voice; the knob stays where it is.
    await played.send([0x90, 60, 90], [0x80, 60, 0]);
    await expect
      .poll(
        () => page.locator('nv-speakers input:checked').evaluate((one) => one.closest('label')?.innerText),
        patience,
      )
      .toContain('C4');
    await played.radio('sing').check();
    await expect.poll(() => voice('george'), patience).toBe(true);
    await played.radio('lucas').check();
    expect(await played.parameter('speaker')).toBe(2);
    await played.button('Undo').click();
    expect(await played.parameter('speaker')).toBe(0);
    await expect.poll(() => voice('george'), patience).toBe(true);
    await played.button('E3').focus();
    await page.keyboard.down('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.up('Space');
    expect(await notes()).toEqual(['noteOn 52', 'noteOff 52']);
    const box = await played.button('C4').boundingBox();
    if (!box) throw new Error('the key is not on the page');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height - 20);
    await page.mouse.down();
    await page.evaluate(() => {
      const app = document.querySelector('nv-app') as unknown as {
        instrument: { setParameters(values: { mode: number }): void };
      };
      app.instrument.setParameters({ mode: 0 });
    });
    await page.locator('nv-keys').waitFor();
    await page.mouse.up();
    expect(await notes()).toEqual(['noteOn 60', 'noteOff 60']);
    await played.done();
  });
});
