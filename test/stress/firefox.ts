// Firefox for the stress trials, driven by WebDriver BiDi: Playwright needs a Firefox of its own, Puppeteer takes everybody's.
import { launch, type Browser, type Page } from 'puppeteer-core';
import { ensureFirefox } from '../../scripts/firefox.mjs';
import { createFakeMidi } from '../helpers/fakeMidi.ts';
import { startNullSound } from './nullSound.ts';

/** A page of Firefox with what went wrong in it. */
export interface FirefoxPage {
  readonly page: Page;
  readonly faults: string[];
}

/** A running Firefox. */
export interface Firefox {
  readonly version: string;
  /** False where it has no device to play to, and so no context runs. */
  readonly hasSound: boolean;
  /** @param script runs before the page's own */
  open(address: string, midi: 'real' | 'fake' | 'absent', script: string): Promise<FirefoxPage>;
  close(): Promise<void>;
}

const midiScripts = {
  real: '',
  fake: `window.fakeMidi = (${createFakeMidi.toString()})(); navigator.requestMIDIAccess = () => window.fakeMidi.request();`,
  absent: 'delete Navigator.prototype.requestMIDIAccess;',
};

/** @throws Error saying what to do where there is none and none can be installed */
export async function startFirefox(): Promise<Firefox> {
  const executablePath = ensureFirefox();
  const sound = await startNullSound();
  let browser: Browser;
  try {
    browser = await launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      protocolTimeout: 30_000,
      env: { ...process.env, ...sound?.env },
    });
  } catch (reason) {
    await sound?.close();
    throw reason;
  }
  return {
    version: await browser.version(),
    hasSound: sound !== null,
    async open(address, midi, script) {
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => {
        faults.push(`page error: ${error instanceof Error ? error.message : String(error)}`);
      });
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(`console: ${message.text()}`);
      });
      // Functions travel as source text; esbuild's name helper does not exist in the page.
      await page.evaluateOnNewDocument(`globalThis.__name = (f) => f; ${midiScripts[midi]} ${script}`);
      await page.goto(address);
      return { page, faults };
    },
    async close() {
      await browser.close();
      await sound?.close();
    },
  };
}
