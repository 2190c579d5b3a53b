// The browser's own store of presets: what is written lies there for the next page, and a broken write leaves
// nothing.
import { readFileSync } from 'node:fs';
import ts from 'typescript';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type * as storeModule from '../../src/ui/page/browserStore.ts';
import { launch } from './browser.ts';

/** An origin of its own, answered by the test: the module needs nothing of the page. */
const origin = 'http://localhost:4399/';
const moduleAddress = `${origin}store.js`;
const html = `<!doctype html><script type="module">
  import * as storeModule from '${moduleAddress}';
  window.storeModule = storeModule;
</script>`;

declare global {
  interface Window {
    /** Put there by the page that this test serves. */
    storeModule: typeof storeModule;
  }
}

let browser: Browser;
let context: BrowserContext;
beforeAll(async () => {
  browser = await launch();
  context = await browser.newContext();
  const source = readFileSync(new URL('../../src/ui/page/browserStore.ts', import.meta.url), 'utf8');
  const options = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(source, { compilerOptions: options });
  await context.route(`${origin}**`, (route) =>
    route.request().url() === moduleAddress
      ? route.fulfill({ contentType: 'text/javascript', body: outputText })
      : route.fulfill({ contentType: 'text/html', body: html }),
  );
});
afterAll(() => browser.close());

async function open(): Promise<Page> {
  const page = await context.newPage();
  await page.goto(origin);
  return page;
}

it('keeps pairs over a reload, in order, and deletes by undefined', async () => {
  const page = await open();
  await page.evaluate(async () => {
    const store = await window.storeModule.browserStore('test');
    await store.write(
      new Map<string, unknown>([
        ['b', { list: [1, 2] }],
        ['c', 'gone'],
        ['a', 1],
      ]),
    );
    await store.write(new Map([['c', undefined]]));
  });
  await page.reload();
  const pairs = await page.evaluate(async () => {
    return (await window.storeModule.browserStore('test')).entries();
  });
  expect(pairs).toEqual([
    ['a', 1],
    ['b', { list: [1, 2] }],
  ]);
  await page.close();
});

it('writes all or nothing, and two pages see each other', async () => {
  const [first, second] = [await open(), await open()];
  const write = (page: Page, key: string, breaks: boolean) =>
    page.evaluate(
      async ({ key, breaks }) => {
        const store = await window.storeModule.browserStore('shared');
        const changes = new Map<string, unknown>([[key, 1]]);
        // Functions cannot be cloned: the write fails in the middle.
        if (breaks) changes.set(`${key} too`, () => 1);
        return store.write(changes).then(
          () => 'written',
          () => 'refused',
        );
      },
      { key, breaks },
    );
  expect(await write(first, 'first', false)).toBe('written');
  expect(await write(second, 'broken', true)).toBe('refused');
  expect(await write(second, 'second', false)).toBe('written');
  const pairs = await first.evaluate(async () => {
    return (await window.storeModule.browserStore('shared')).entries();
  });
  expect(pairs).toEqual([
    ['first', 1],
    ['second', 1],
  ]);
});

it('says so where the browser has none', async () => {
  const page = await open();
  const fault = await page.evaluate(async () => {
    return window.storeModule
      .browserStore('none', null as unknown as IDBFactory)
      .catch((reason: Error) => reason.message);
  });
  expect(fault).toMatch(/no IndexedDB; presets last until the page is closed/);
  await page.close();
});
