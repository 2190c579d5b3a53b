// What the real page loads before its first note: the files of the table of sizes, compressed as served, within the budgets.
import { beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { measureBuild, sizeTable, type SizeRow } from '../../scripts/sizes.mjs';
import { servePage } from '../../scripts/start.mjs';
import { launch, openPage, startPlaying } from './browser.ts';
import type { Probe } from './probe.ts';

declare const window: Window & { readonly probe: Probe };

const rows: SizeRow[] = await measureBuild(inject('outDir'));
const whole = rows[rows.length - 1];
/** Bytes of the body that was sent for each file; the browser's own figures leave workers and worklets out. */
const sent = new Map<string, number>();

beforeAll(async () => {
  const server = await servePage({ port: 4350, outDir: inject('outDir') });
  server.httpServer.on('request', (request, response) => {
    response.on('finish', () => {
      const file = request.url === '/' ? 'index.html' : (request.url ?? '').slice(1);
      // The probe's own worklet is no part of the page.
      if (file.startsWith('tests/')) return;
      const bytes = response.statusCode === 200 ? Number(response.getHeader('content-length')) : 0;
      sent.set(file, (sent.get(file) ?? 0) + bytes);
    });
  });
  const browser = await launch();
  try {
    const { page, faults } = await openPage(browser, server.address, { probe: true });
    await startPlaying(page);
    await page.keyboard.press('Digit4');
    await vi.waitFor(async () => {
      // A is six bits of 0 in base64, so this is a sample other than 0.
      expect((await page.evaluate(() => window.probe.heard())).base64).toMatch(/[^A=]/);
    }, 60_000);
    await page.waitForLoadState('networkidle');
    expect(faults).toEqual([]);
  } finally {
    await browser.close();
    await server.close();
  }
  console.log(sizeTable(rows));
});

describe('to the first note', () => {
  it('the browser asks for the files of the table and no others', () => {
    expect([...sent.keys()].sort()).toEqual(whole.files.map(({ file }) => file).sort());
  });

  it('each file is sent once, in brotli', () => {
    expect(Object.fromEntries(sent)).toEqual(
      Object.fromEntries(whole.files.map(({ file, br }) => [file, br])),
    );
  });

  it.each(rows.filter(({ budgetBytes }) => budgetBytes !== undefined))(
    '$name keeps to $budgetBytes bytes',
    ({ files, budgetBytes }) => {
      const bytes = files.reduce((sum, { file }) => sum + (sent.get(file) ?? 0), 0);
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThanOrEqual(budgetBytes ?? 0);
    },
  );
});
