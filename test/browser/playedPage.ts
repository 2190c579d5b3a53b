// What the tests of the page's panels share: one browser for a file, a page that plays, and hands for its controls.
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject } from 'vitest';
import type { ParameterId } from '../../src/contract/parameters.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { launch, openPage, parameterOf, type PageOptions, type WatchedPage } from './browser.ts';

/** For `expect.poll`: a busy machine takes its time. */
export const patience = { timeout: 30_000 };

/** The page with the decoder that needs no choosing. */
export const address = `${inject('address')}?backend=wasm`;

/** Call once at the top of a test file: starts a browser before its tests and ends it after them. */
export function usePage(): PlayedPage {
  const played = new PlayedPage();
  beforeAll(() => played.launch());
  afterAll(() => played.close());
  return played;
}

/** The page of the test that runs. */
export class PlayedPage {
  #browser: Browser | null = null;
  #watched: WatchedPage | null = null;

  async launch(): Promise<void> {
    this.#browser = await launch();
  }

  async close(): Promise<void> {
    await this.#browser?.close();
  }

  get page(): Page {
    if (!this.#watched) throw new Error('no page is open; call open() first');
    return this.#watched.page;
  }

  /** Opens a page of its own and starts it. */
  async open(options: PageOptions = {}, at = address): Promise<void> {
    if (!this.#browser) throw new Error('the browser is not there; call usePage() at the top of the file');
    this.#watched = await openPage(this.#browser, at, options);
    await this.start();
  }

  /** Presses Start and waits for the controls: a shared patch may begin in a mode without digit keys. */
  async start(): Promise<void> {
    await this.button('Start').click();
    await this.page.locator('nv-panels').waitFor();
  }

  /** Goes on with another page of the same context, and starts it. */
  async use(page: Page): Promise<void> {
    if (!this.#watched) throw new Error('no page is open; call open() first');
    if (page !== this.page) {
      page.setDefaultTimeout(90_000);
      const { faults } = this.#watched;
      page.on('pageerror', (error) => faults.push(`page error: ${error.message}`));
      this.#watched = { page, faults };
    }
    await this.start();
  }

  /** The page's process dies, as by a defect of the browser. */
  async crash(): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    const gone = this.page.waitForEvent('crash');
    void session.send('Page.crash').catch(() => undefined);
    await gone;
  }

  /** As a player who comes back. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.start();
  }

  /** Ends the test's page; whatever went wrong in it fails the test. */
  async done(): Promise<void> {
    expect(this.#watched?.faults).toEqual([]);
    await this.page.context().close();
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  tab(name: string): Locator {
    return this.page.getByRole('tab', { name, exact: true });
  }

  radio(name: string): Locator {
    return this.page.getByRole('radio', { name, exact: true });
  }

  slider(name: string): Locator {
    return this.page.getByRole('slider', { name, exact: true });
  }

  /** Value of a parameter as it sounds. */
  parameter(id: ParameterId): Promise<number> {
    return parameterOf(this.page, id);
  }

  /** Types a value under a knob of the open tab. */
  async type(label: string, text: string): Promise<void> {
    await this.slider(label).focus();
    await this.page.keyboard.press('Enter');
    await this.page.keyboard.type(text);
    await this.page.keyboard.press('Enter');
  }

  /** Pixels by which the page is wider than the window. */
  overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  }

  /** Plugs a MIDI keyboard in. */
  plug(): Promise<void> {
    return this.page.evaluate(() => {
      (window as unknown as { fakeMidi: FakeMidi }).fakeMidi.plug('keys', 'Test Keys');
    });
  }

  unplug(): Promise<void> {
    return this.page.evaluate(() => {
      (window as unknown as { fakeMidi: FakeMidi }).fakeMidi.unplug('keys');
    });
  }

  /** Sends messages of the MIDI keyboard. */
  send(...messages: readonly (readonly number[])[]): Promise<void> {
    return this.page.evaluate((all) => {
      const { fakeMidi } = window as unknown as { fakeMidi: FakeMidi };
      for (const message of all) fakeMidi.send('keys', [...message]);
    }, messages);
  }

  /** Drags from place to place in an element, each in shares of its box with y upward. */
  async drag(element: Locator, places: readonly (readonly [number, number])[]): Promise<void> {
    await element.scrollIntoViewIfNeeded();
    const box = await element.boundingBox();
    if (!box) throw new Error('what is to be dragged over is not on the page');
    const at = ([x, y]: readonly [number, number]) =>
      [box.x + x * box.width, box.y + (1 - y) * box.height] as const;
    await this.page.mouse.move(...at(places[0]));
    await this.page.mouse.down();
    for (const place of places) await this.page.mouse.move(...at(place));
    await this.page.mouse.up();
  }
}
