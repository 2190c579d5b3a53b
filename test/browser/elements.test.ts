// Elements in other people's pages: before they are told what they show, taken elsewhere, taken away and put back.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as Elements from '../../src/indexElements.ts';
import { launch } from './browser.ts';

interface TestWindow extends Window {
  readonly elements: typeof Elements;
}
declare const window: TestWindow;

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

it('show nothing until they are told what, then that, wherever they stand', async () => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../../src/indexElements.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    write: false,
  });
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  await page.addInitScript('globalThis.__name = (f) => f;');
  await page.route('http://elements.test/**', (route) =>
    route.fulfill(
      route.request().url().endsWith('.js')
        ? { contentType: 'text/javascript', body: outputFiles[0].text }
        : {
            contentType: 'text/html',
            body: '<!doctype html><script type="module">import * as elements from "./elements.js"; Object.assign(window, { elements });</script>',
          },
    ),
  );
  await page.goto('http://elements.test/');
  await page.waitForFunction(() => 'elements' in window);
  const found = await page.evaluate(async () => {
    const { applyTheme, defineElements, parameterById, parameterIds } = window.elements;
    await defineElements();
    const values = Object.fromEntries(parameterIds.map((id) => [id, parameterById(id).defaultValue]));
    const told: Record<string, object> = {
      'nv-knob': { parameter: parameterById('reverb') },
      'nv-choice': { parameter: parameterById('mode') },
      'nv-control': { parameterId: 'reverb' },
      'nv-panels': { values, directions: [] },
    };
    const shown: Record<string, number[]> = {};
    for (const [name, properties] of Object.entries(told)) {
      const element = document.createElement(name) as HTMLElement & { updateComplete: Promise<boolean> };
      const counts: number[] = [];
      const look = async () => {
        await element.updateComplete;
        counts.push(element.shadowRoot!.querySelectorAll('*').length);
      };
      document.body.append(element);
      await look();
      Object.assign(element, properties);
      await look();
      const elsewhere = document.body.appendChild(document.createElement('div'));
      elsewhere.append(element);
      await look();
      element.remove();
      document.body.append(element);
      await look();
      shown[name] = counts;
    }
    let said = '';
    try {
      applyTheme(document.querySelector<HTMLElement>('main')!);
    } catch (error) {
      said = String(error);
    }
    return { shown, said };
  });
  await page.close();
  for (const [name, [before, ...after]] of Object.entries(found.shown)) {
    expect(before, name).toBe(0);
    expect(after[0], name).toBeGreaterThan(0);
    expect(new Set(after).size, name).toBe(1);
  }
  expect(found.said).toMatch(/TypeError: element must be an HTML element.*got null; leave it out/);
  expect(faults).toEqual([]);
});
