// Chromium for the browser tests: one launch per file, a page that fails the test on any error, and the probes in it.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ensureChromium } from '../../scripts/chromium.mjs';
import type { ParameterId } from '../../src/contract/parameters.ts';
import { createFakeMidi } from '../helpers/fakeMidi.ts';
import { installProbe } from './probe.ts';

const quietArguments = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
/** WebGL in software: the WebGL decoder is tested on machines without a GPU too, but everything drawn is slow. */
const softwareWebGl = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
/** A busy machine with two cores takes its time. */
const patienceMs = 90_000;

/** Starts a headless Chromium with a fresh profile; without `webGl` the page finds none. */
export function launch({ webGl = false } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: ensureChromium(),
    headless: true,
    args: [...quietArguments, ...(webGl ? softwareWebGl : ['--disable-gpu'])],
    timeout: patienceMs,
  });
}

/** A page with what went wrong in it. */
export interface WatchedPage {
  readonly page: Page;
  /** Page errors, console errors and requests that leave the page's own origin. */
  readonly faults: string[];
}

/** How a page is opened. */
export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  /** 'fake': window.fakeMidi stands in for the machine's MIDI; 'absent' and 'refused' take it away. */
  readonly midi?: 'fake' | 'absent' | 'refused';
  /** The screen takes fingers. */
  readonly touch?: boolean;
  /** Put an AudioWorklet recorder in front of the speakers (window.probe). */
  readonly probe?: boolean;
}

/** Opens an address in a context of its own. */
export async function openPage(
  browser: Browser,
  address: string,
  options: PageOptions = {},
): Promise<WatchedPage> {
  const { width = 1440, height = 900, midi = 'fake', probe = false, touch = false } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    acceptDownloads: true,
    hasTouch: touch,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const faults: string[] = [];
  const { origin } = new URL(address);
  page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.origin !== origin) faults.push(`request to ${url.origin}`);
  });
  // Functions travel as source text; esbuild's name helper does not exist in the page.
  await page.addInitScript('globalThis.__name = (f) => f;');
  if (midi === 'fake') {
    await page.addInitScript(
      `window.fakeMidi = (${createFakeMidi.toString()})(); navigator.requestMIDIAccess = () => window.fakeMidi.request();`,
    );
  } else if (midi === 'absent') {
    await page.addInitScript('delete Navigator.prototype.requestMIDIAccess;');
  } else {
    await page.addInitScript(
      "navigator.requestMIDIAccess = () => Promise.reject(new DOMException('no', 'SecurityError'));",
    );
  }
  if (probe) await page.addInitScript(installProbe);
  await page.goto(address);
  return { page, faults };
}

/** Presses Start and waits until the keys are there. */
export async function startPlaying(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start' }).click();
  await page.locator('nv-keys').waitFor();
}

/** Value of a parameter of the page's instrument. */
export function parameterOf(page: Page, id: ParameterId): Promise<number> {
  return page.evaluate((name) => {
    const app = document.querySelector('nv-app') as unknown as {
      instrument: { parameter(id: string): number };
    };
    return app.instrument.parameter(name);
  }, id);
}

/** Saves a screenshot under runs/screens/, which git ignores. */
export async function screenshot(page: Page, name: string, fullPage = false): Promise<void> {
  const folder = fileURLToPath(new URL('../../runs/screens/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}${name}.png`, fullPage });
}
