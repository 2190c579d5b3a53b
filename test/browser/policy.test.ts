// The page's security policy holds, and what breaks it is a fault of every browser test.
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
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
