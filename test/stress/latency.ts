// How soon keys are heard at each choice of latency, beside what a block and the former 2 ms would give.
import { playModes } from '../../src/contract/parameters.ts';
import type { LatencyChoice } from '../../src/instrument/latency.ts';
import { launch, openPage, startPlaying } from '../browser/browser.ts';
import { quantile, strikeKeys, wordsSettled, type Onsets } from '../browser/keyOnsets.ts';
import { probedKeys, type ProbedWindow } from '../browser/probedKeys.ts';
import { atMost, figure, isSo, type Finding, type Trial } from './trial.ts';

declare const window: ProbedWindow;

/** Until the margin has shrunk from its first 2 ms to what messages take. */
const settlingSeconds = 12;
/** Sung keys, which sound from their first sample. */
const keys = (count: number) => Array.from({ length: count }, (_, k) => 48 + (k % 10));

/** What is promised of a choice, in milliseconds; a busy machine is no ground for a promise of jitter. */
const promises: readonly { choice: LatencyChoice; median: number; p99: number | null }[] = [
  { choice: 'lowest', median: 5, p99: 6 },
  { choice: 'balanced', median: 12, p99: null },
];

export const latencyTrial: Trial = async ({ quick, address, progress }) => {
  const findings: Finding[] = [];
  const browser = await launch();
  try {
    for (const [n, { choice, median, p99 }] of promises.entries()) {
      progress(n / promises.length, `keys at ${choice}`);
      const { page, faults } = await openPage(browser, `${await address()}?backend=wasm`, { probe: true });
      await page.evaluate((kept) => localStorage.setItem('numvox-latency', kept), choice);
      await page.reload();
      await startPlaying(page);
      await page.evaluate(() => window.fakeMidi.plug('keys', 'Test Keys'));
      await wordsSettled(page);
      const { set, pass } = probedKeys(() => page);
      await set('mode', playModes.indexOf('sing'));
      await pass(quick ? settlingSeconds / 2 : settlingSeconds);
      const onsets = await strikeKeys(page, keys(quick ? 50 : 100));
      const shown = await page.locator('nv-status #latency').innerText();
      findings.push(
        ...findingsOf(choice, onsets, median, p99),
        figure(`${choice}: as the page says it`, shown),
      );
      findings.push(isSo(`${choice}: no errors on the page`, faults.length === 0, faults.join('; ')));
      await page.context().close();
    }
  } finally {
    await browser.close();
  }
  return findings;
};

function findingsOf(choice: LatencyChoice, onsets: Onsets, median: number, p99: number | null): Finding[] {
  const { latencyMs, punctualMs, offFrames, controlOffFrames, baseLatencyMs, sampleRate, late } = onsets;
  const jitter = (frames: readonly number[]) => (1000 * quantile(frames, 0.95)) / sampleRate;
  const name = `${choice}, ${latencyMs.length} keys`;
  return [
    atMost(`${name}: stamp to first sound, median`, quantile(punctualMs, 0.5), median, 'ms', 2),
    figure(
      `${name}: p99${p99 === null ? '' : ` (<= ${p99} ms on a quiet machine)`}`,
      `${quantile(punctualMs, 0.99).toFixed(2)} ms`,
    ),
    figure(
      `${name}: median and p99 with blocks as late as this machine asked for them`,
      `${quantile(latencyMs, 0.5).toFixed(2)}, ${quantile(latencyMs, 0.99).toFixed(2)} ms`,
    ),
    figure(`${name}: jitter, p95`, `${jitter(offFrames).toFixed(2)} ms`),
    figure(`${name}: jitter, were they played at once`, `${jitter(controlOffFrames).toFixed(2)} ms`),
    figure(`${name}: a block and the former 2 ms`, `${(baseLatencyMs + 2).toFixed(2)} ms`),
    figure(`${name}: came too late for their time`, String(late)),
  ];
}
