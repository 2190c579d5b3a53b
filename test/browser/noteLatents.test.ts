// Notes of their own on the production page: all that are held follow a turning knob in turn, and the slow oscillator on a style
// asks for what sounds alone.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { holdModes, modulationTargets, playModes } from '../../src/contract/parameters.ts';
import { launch, openPage, startPlaying, type WatchedPage } from './browser.ts';
import { probedKeys, type ProbedWindow } from './probedKeys.ts';
import type { Received } from './probe.ts';

declare const window: ProbedWindow;

const keys = [48, 52, 55, 59, 60, 64, 67, 71];
/** The shipped bundle's words, morphs and pads lie before the slots of single notes. */
const firstOwn = 60 + 10 + 50;

let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  browser = await launch();
  watched = await openPage(browser, `${inject('address')}?backend=wasm`, { probe: true });
  ({ page } = watched);
  await startPlaying(page);
  await page.evaluate(() => window.fakeMidi.plug('keys', 'Test Keys'));
  await set('mode', playModes.indexOf('sing'));
  await set('hold', holdModes.indexOf('hold'));
  await pass(1.5);
});
afterEach(() => {
  expect(watched.faults).toEqual([]);
});
afterAll(() => browser.close());

const { send, pass, set } = probedKeys(() => page);

/** Clips that came to the kernel since the last call; none is lost or told twice. */
async function clips(): Promise<Received[]> {
  const received = await page.evaluate(() => window.probe.received.splice(0));
  return received.filter(({ type }) => type === 'clip');
}

/** Turns a style knob to and fro for two seconds. */
function turnKnob(): Promise<void> {
  return page.evaluate(async () => {
    const { probe, fakeMidi } = window;
    for (let k = 0; k < 200; k++) {
      fakeMidi.send('keys', [0xb0, 70, Math.round(64 + 60 * Math.sin(k / 20))]);
      await probe.pass(0.01);
    }
  });
}

it('eight held notes of their own follow a turning knob in turn, and all have its last place', async () => {
  await set('variation', 0.5);
  await send(...keys.map((key) => [0x90, key, 100]));
  await pass(0.5);
  await clips();
  const begin = performance.now();
  await turnKnob();
  const turning = await clips();
  const seconds = (performance.now() - begin) / 1000;
  process.stdout.write(`  ${(turning.length / seconds).toFixed(0)} decodes a second\n`);
  const counts = keys.map((_, k) => turning.filter(({ slot }) => slot === firstOwn + k).length);
  process.stdout.write(`  of each note: ${counts.join(', ')}\n`);
  expect(Math.min(...counts)).toBeGreaterThan(0);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(0.2 * Math.max(...counts) + 2);
  await pass(1);
  const resting = await clips();
  // Each comes once more at its last place, and few were under way when the knob stopped: nothing had piled up.
  expect(resting.filter(({ slot }) => slot >= firstOwn).length).toBeLessThanOrEqual(2 * keys.length);
  const last = keys.map((_, k) => [...turning, ...resting].findLast(({ slot }) => slot === firstOwn + k));
  expect(new Set(last.map((clip) => clip?.revision)).size).toBe(1);
});

it('a note that starts asks for one decode, and the slow oscillator for what sounds alone', async () => {
  await send(...keys.map((key) => [0x80, key, 0]));
  await pass(2);
  await clips();
  await send([0x90, 62, 100]);
  await pass(0.5);
  const started = await clips();
  expect(started.map(({ slot }) => slot >= firstOwn)).toEqual([true]);
  await set('lfoTo', modulationTargets.indexOf('style 1'));
  await set('lfoAmount', 0.5);
  await pass(2);
  const swung = await clips();
  expect(new Set(swung.map(({ slot }) => slot))).toEqual(new Set([started[0].slot]));
  // As a knob does that is turned for as long: the machine decides how often either comes.
  await set('lfoAmount', 0);
  await pass(0.5);
  await clips();
  await turnKnob();
  const turned = (await clips()).filter(({ slot }) => slot === started[0].slot);
  process.stdout.write(`  decodes in two seconds: ${swung.length} swung, ${turned.length} turned\n`);
  // A swing goes in steps that can just not be told, blended: not one a hop, but many.
  expect(swung.length).toBeGreaterThan(turned.length / 6);
  expect(swung.length).toBeLessThan(turned.length / 2);
});
