// MIDI ports on the page: two equal controllers, rules of inputs, sending to an output that comes back, and a paused sound.
import { describe, expect, it } from 'vitest';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { screenshot } from './browser.ts';
import { patience, usePage } from './playedPage.ts';

interface TestWindow extends Window {
  readonly fakeMidi: FakeMidi;
  /** MIDI messages come in. */
  isActing?: boolean;
}
declare const window: TestWindow;

const played = usePage();
const sentBytes = (id: string) =>
  played.page.evaluate((port) => window.fakeMidi.sent(port).map(({ bytes }) => bytes.join(' ')), id);
const contextState = () =>
  played.page.evaluate(() => {
    const app = document.querySelector('nv-app') as unknown as { instrument: { context: AudioContext } };
    return app.instrument.context.state;
  });

describe('MIDI ports on the page', () => {
  it('gives two equal controllers profiles and settings of their own, over a reload', async () => {
    await played.open();
    const { page } = played;
    const plug = () =>
      page.evaluate(() => {
        window.fakeMidi.plug('one', 'Knobs');
        window.fakeMidi.plug('two', 'Knobs');
      });
    const turn = (port: string, ...data: number[]) =>
      page.evaluate(
        ([id, values]) => {
          for (const value of values) window.fakeMidi.send(id, [0xb0, 48, value]);
        },
        [port, data] as const,
      );
    await plug();
    await played.tab('Effects').click();
    await played.button('MIDI learn').click();
    await played.button('Learn Drive').click();
    await turn('one', 0, 30);
    await played.button('Learn Chorus').click();
    await turn('two', 0, 90);
    await played.button('Done').click();
    expect(await played.parameter('drive')).toBeCloseTo(30 / 127, 6);
    expect(await played.parameter('chorus')).toBeCloseTo(90 / 127, 6);
    await page.getByLabel('Knobs #2 is for').selectOption('keys');
    await turn('two', 91, 92);
    expect(await played.parameter('chorus')).toBeCloseTo(90 / 127, 6);
    await screenshot(page, 'midi-ports', true);
    await played.reload();
    await plug();
    await expect.poll(() => page.getByLabel('Knobs #2 is for').inputValue(), patience).toBe('keys');
    await page.getByLabel('Knobs #2 is for').selectOption('everything');
    await page.getByRole('checkbox', { name: 'Knobs', exact: true }).uncheck();
    await turn('one', 20, 40);
    await turn('two', 80, 100);
    expect(await played.parameter('drive')).toBeCloseTo(30 / 127, 6);
    expect(await played.parameter('chorus')).toBeCloseTo(100 / 127, 6);
    await played.done();
  });

  it('sends what is played and the clock to a bus that comes back, without feedback, and ends every note', async () => {
    await played.open({ width: 390, height: 844 });
    const { page } = played;
    await page.evaluate(() => {
      window.fakeMidi.plug('bus-in', 'Bus');
      window.fakeMidi.plug('keys', 'Test Keys');
      window.fakeMidi.plugOut('bus-out', 'Bus', 'bus-in');
    });
    await page.getByLabel('Send to').selectOption('none / Bus');
    expect(await played.overflow()).toBeLessThanOrEqual(0);
    await page.locator('nv-midi').scrollIntoViewIfNeeded();
    await screenshot(page, 'midi-ports-390');
    await page.keyboard.down('Digit5');
    await played.send([0x90, 60, 100], [0xb0, 70, 127], [0x80, 60, 0]);
    await expect.poll(() => sentBytes('bus-out'), patience).toContain('128 60 0');
    await page.waitForTimeout(500);
    const notes = (await sentBytes('bus-out')).filter((bytes) => /^(144|128|176) /.test(bytes));
    // The page's key 5 in the first octave, and the keyboard's: each once, though all of it came back.
    expect(notes).toEqual(['144 53 110', '144 60 100', '176 70 127', '128 60 0']);
    await played.button('Demo song').click();
    await expect.poll(() => sentBytes('bus-out'), patience).toContain('250');
    await expect
      .poll(async () => (await sentBytes('bus-out')).lastIndexOf('248'), patience)
      .toBeGreaterThan(100);
    await played.button('Stop song').click();
    await page.getByLabel('Send to').selectOption('nothing');
    const all = await sentBytes('bus-out');
    expect(all.filter((bytes) => bytes === '250')).toHaveLength(1);
    expect(all.filter((bytes) => bytes === '252')).toHaveLength(1);
    const down = new Set<string>();
    for (const [status, note] of all.map((bytes) => bytes.split(' ').map(Number))) {
      if (status >> 4 === 9) down.add(`${status & 15} ${note}`);
      if (status >> 4 === 8) down.delete(`${status & 15} ${note}`);
    }
    expect([...down]).toEqual([]);
    await page.keyboard.up('Digit5');
    await played.done();
  });

  it('goes on sounding by any key, click or MIDI note when the browser has paused it', async () => {
    await played.open();
    await played.plug();
    const { page } = played;
    // The page tries by itself, too: here a browser lets sound out for gestures alone.
    await page.evaluate(() => {
      const resume = Reflect.get(AudioContext.prototype, 'resume');
      AudioContext.prototype.resume = function (this: AudioContext) {
        const isAsked = window.event instanceof UIEvent || window.isActing;
        return isAsked ? resume.call(this) : new Promise(() => undefined);
      };
    });
    /** As a device of MIDI, whose messages are no gestures to the browser. */
    const sendActing = (...messages: readonly (readonly number[])[]) =>
      page.evaluate((all) => {
        window.isActing = true;
        for (const message of all) window.fakeMidi.send('keys', [...message]);
        window.isActing = false;
      }, messages);
    const pause = async () => {
      await page.evaluate(async () => {
        const app = document.querySelector('nv-app') as unknown as { instrument: { context: AudioContext } };
        await app.instrument.context.suspend();
      });
      await page.getByText('The browser has paused the sound').waitFor();
    };
    const acts = [
      () => page.keyboard.press('KeyQ'),
      () => page.getByRole('heading', { name: 'numvox' }).click(),
      () => sendActing([0x90, 60, 100], [0x80, 60, 0]),
      // Whatever is no MIDI wakes nothing and breaks nothing.
      () => sendActing([], [60], [0x90], [0xf4], [0xf0, 1], [0x90, 60, 100, 1]),
    ];
    for (const act of acts) {
      await pause();
      await act();
      await expect.poll(contextState, patience).toBe('running');
    }
    await played.done();
  });
});
