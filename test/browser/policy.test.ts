// The page's security policy holds, and what breaks it is a fault of every browser test.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { writeSong } from '../../src/midi/songWriter.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { launch, openPage, startPlaying } from './browser.ts';

const address = inject('address');
let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

it('plays without a word against the policy, and tells of code made at run time, inline scripts and other places', async () => {
  const { page, faults } = await openPage(browser, `${address}?backend=wasm`);
  await startPlaying(page);
  expect(faults).toEqual([]);
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = true';
    document.head.append(script);
    const code: unknown = 'window.ran = true';
    setTimeout(code as () => void);
    void fetch('https://example.invalid/').catch(() => undefined);
  });
  // Header and page say the same policy, and both tell what breaks it.
  for (const broken of [/inline script/, /string as JavaScript/, /example\.invalid/]) {
    await expect.poll(() => faults.join('\n')).toMatch(broken);
  }
  expect(await page.evaluate(() => 'ran' in window)).toBe(false);
  await page.context().close();
});

it('asks before voices are loaded from another place, and loads nothing when told not to', async () => {
  const { page, faults } = await openPage(browser, `${address}?model=https://example.invalid/voices/`);
  const asked: string[] = [];
  page.on('dialog', (dialog) => {
    asked.push(dialog.message());
    void dialog.dismiss();
  });
  await page.getByRole('button', { name: 'Start' }).click();
  await expect.poll(() => page.getByRole('alert').textContent()).toMatch(/Nothing was loaded from https/);
  expect(asked).toEqual([expect.stringContaining('https://example.invalid')]);
  expect(faults).toEqual([]);
  await page.context().close();
});

it('asks once where it is told to, however often it is tried again', async () => {
  const { page } = await openPage(browser, `${address}?model=https://example.invalid/voices/`);
  let asked = 0;
  page.on('dialog', (dialog) => {
    asked++;
    void dialog.accept();
  });
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByRole('alert').getByText('example.invalid').waitFor();
  const again = page.getByRole('button', { name: 'Try again' });
  await again.click();
  await again.waitFor();
  expect(asked).toBe(1);
  await page.context().close();
});

it('shows names from bundles, songs, presets and ports as they are written, and makes nothing of them', async () => {
  const hostile = (name: string) => `<img src=x onerror=ran=1>${name}`;
  const { page, faults } = await openPage(browser, 'about:blank');
  await page.route('**/manifest.json', async (route) => {
    const response = await route.fetch();
    const manifest = (await response.json()) as {
      speakers: { name: string }[];
      directions: { name: string }[];
    };
    manifest.speakers[0].name = hostile('george');
    manifest.directions[0].name = hostile('slope');
    await route.fulfill({ response, json: manifest });
  });
  await page.goto(`${address}?backend=wasm`);
  await startPlaying(page);
  await page.evaluate((name) => {
    (window as unknown as { fakeMidi: FakeMidi }).fakeMidi.plug('keys', name);
  }, hostile('keys'));
  const song = writeSong(
    [
      { seconds: 0, type: 'noteOn', channel: 1, note: 60, velocity: 100 },
      { seconds: 1, type: 'noteOff', channel: 1, note: 60, velocity: 64 },
    ],
    { name: hostile('song') },
  );
  await page.evaluate(
    (content) => {
      const files = new DataTransfer();
      files.items.add(new File([Uint8Array.from(content)], '<img src=x onerror=ran=1>.mid'));
      window.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
    },
    [...song],
  );
  for (const name of ['george', 'keys', 'song']) {
    await page.getByText(hostile(name)).first().waitFor();
  }
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByLabel('Name to save under').fill(hostile('preset'));
  await page.getByRole('button', { name: 'Save sound', exact: true }).click();
  await page.getByText(hostile('preset')).first().waitFor();
  await page.evaluate(() => {
    (document.querySelector('nv-app') as unknown as { fault: string }).fault =
      '<img src=x onerror=ran=1>fault';
  });
  await page.getByText(hostile('fault')).first().waitFor();
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.evaluate(() => 'ran' in window)).toBe(false);
  const own = `request to ${new URL(address).origin}`;
  expect(faults.filter((fault) => fault !== own)).toEqual([]);
  await page.context().close();
});
