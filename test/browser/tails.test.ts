// Echoes and reverb that ring while another preset is chosen on the page: they ring on, as if nothing had happened.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { type ParameterId } from '../../src/contract/parameters.ts';
import { divisions } from '../../src/contract/choices.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { launch, openPage, parameterOf, startPlaying, type WatchedPage } from './browser.ts';
import type { Probe } from './probe.ts';

interface TestWindow extends Window {
  readonly fakeMidi: FakeMidi;
  readonly probe: Probe;
}
declare const window: TestWindow;

/** From echo to echo. */
const echoSeconds = 0.25;
/** The word is over by then, and all that sounds is effects. */
const changeSeconds = 1.5;
const endSeconds = 4;
const ringing: Partial<Record<ParameterId, number>> = {
  delay: 0.5,
  delayTime: divisions.indexOf('1/8'),
  delayFeedback: 0.7,
  reverb: 0.5,
  reverbSeconds: 3,
};

let browser: Browser;
let watched: WatchedPage;
let page: Page;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
afterEach(async () => {
  expect(watched.faults).toEqual([]);
  await page.context().close();
});

/** What rings after a word, from its key on; after `changeSeconds` the preset is clicked. */
async function ringOut(preset: string | null): Promise<{ samples: Float32Array; sampleRate: number }> {
  watched = await openPage(browser, `${inject('address')}?backend=wasm`, { probe: true });
  ({ page } = watched);
  await startPlaying(page);
  await page.getByRole('button', { name: 'Presets' }).click();
  await page.getByRole('searchbox', { name: 'Search presets' }).fill(preset ?? '');
  await page.evaluate((values) => {
    const app = document.querySelector('nv-app') as unknown as {
      instrument: { setParameter(id: string, value: number): void };
    };
    for (const [id, value] of Object.entries(values)) app.instrument.setParameter(id, value);
    window.fakeMidi.plug('keys', 'Test Keys');
  }, ringing);
  const onset = await page.evaluate(async (seconds) => {
    const { probe, fakeMidi } = window;
    // The room is prepared, and the word decoded.
    await probe.pass(1.5);
    probe.clear();
    fakeMidi.send('keys', [0x90, 60, 110]);
    await probe.pass(0.1);
    fakeMidi.send('keys', [0x80, 60, 0]);
    await probe.pass(seconds - 0.1);
    return probe.received.find(({ type }) => type === 'noteOn')?.frame ?? NaN;
  }, changeSeconds);
  if (preset !== null) {
    await page
      .getByRole('button', { name: new RegExp(`^${preset} `) })
      .first()
      .click();
    expect(await parameterOf(page, 'delayFeedback')).not.toBe(ringing.delayFeedback);
  }
  const seconds = endSeconds + 0.5 - changeSeconds;
  const { base64, firstFrame, sampleRate } = await page.evaluate(async (s) => {
    await window.probe.pass(s);
    return window.probe.heard();
  }, seconds);
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return { samples: new Float32Array(bytes.buffer).subarray(onset - firstFrame), sampleRate };
}

/** Levels in dB, one for each echo from the change on. */
function levels({ samples, sampleRate }: { samples: Float32Array; sampleRate: number }): number[] {
  const length = Math.round(echoSeconds * sampleRate);
  const first = Math.round(changeSeconds / echoSeconds);
  return Array.from({ length: Math.round(endSeconds / echoSeconds) - first }, (_, k) => {
    const part = samples.subarray((first + k) * length, (first + k + 1) * length);
    return 10 * Math.log10(part.reduce((sum, x) => sum + x * x, 1e-12) / length);
  });
}

describe('echoes and reverb on the page', () => {
  let untouched: number[] = [];
  beforeAll(async () => {
    const sound = await ringOut(null);
    untouched = levels(sound);
    await page.context().close();
    // There is a tail to lose.
    expect(untouched[0]).toBeGreaterThan(-50);
    expect(untouched.at(-1)!).toBeLessThan(untouched[0] - 15);
  });

  it.each([
    // The room stays, with another decay time for what is new.
    { name: 'Choir', least: -1.5, judged: 10 },
    // Echoes on their way no longer go on into the room.
    { name: 'Spoken Digits', least: -9, judged: 10 },
    // Echoes fade faster and come in another time.
    { name: 'Arpeggio', least: -12, judged: 5 },
  ])('ring on without a cut, a click or a doubling when $name is chosen', async ({ name, least, judged }) => {
    const sound = await ringOut(name);
    const found = levels(sound);
    const changes = found.map((level, k) => level - untouched[k]);
    console.log(`${name}: ${changes.map((change) => change.toFixed(1)).join(' ')} dB`);
    for (const change of changes) expect(change).toBeLessThan(1.5);
    for (const change of changes.slice(0, judged)) expect(change).toBeGreaterThan(least);
    for (const [k, level] of found.entries()) if (k > 0) expect(level - found[k - 1]).toBeGreaterThan(-10);
    const { samples, sampleRate } = sound;
    expect(clickiness(samples, sampleRate, sampleRate, endSeconds * sampleRate)).toBeLessThan(CLICK);
  });
});
