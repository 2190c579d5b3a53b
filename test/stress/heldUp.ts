// The page is held up, or hidden behind another one, while it plays: what sounds goes on, what is over is not made up for in a burst,
// songs and arpeggios stay on their beat. By Puppeteer, as Playwright keeps every page in front and its timers at full speed.
import { launch, type Browser, type Page } from 'puppeteer-core';
import { ensureChromium } from '../../scripts/chromium.mjs';
import { arpModes, holdModes, playModes } from '../../src/contract/parameters.ts';
import type { Instrument } from '../../src/instrument/instrument.ts';
import { writeSong } from '../../src/midi/songWriter.ts';
import type { Probe, Received } from '../browser/probe.ts';
import { installProbe } from '../browser/probe.ts';
import { createFakeMidi, type FakeMidi } from '../helpers/fakeMidi.ts';
import { atLeast, atMost, figure, isSo, type Finding, type Trial } from './trial.ts';

interface PlayedApp extends HTMLElement {
  readonly instrument: Instrument | null;
}
interface HeldWindow extends Window {
  readonly fakeMidi: FakeMidi;
  readonly probe: Probe;
  /**
   * The control: longest time between two ticks of the page's own timer, and how often those of a worker, which has nothing else to do,
   * came to the page later than a song is told ahead.
   */
  readonly timerGap: { take(): { pageMs: number; lateWorkerTicks: number } };
}
declare const window: HeldWindow;

/** What keeps a hidden page's timers at full speed. */
const patientFlags = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];
/** The control's worker. */
export const tickerModule = 'setInterval(() => postMessage(0), 25);';
/** A song is told a tenth of a second ahead: what ticks later than this cannot keep it in time. */
const toldAheadMs = 90;
const patienceMs = 60_000;
const ceilingDb = -0.1;

/** A song of short notes: one each quarter of a second. */
const songStep = 0.25;
const song = writeSong(
  Array.from({ length: 1200 }, (_, k) => k * songStep).flatMap((seconds, k) => [
    { seconds, type: 'noteOn' as const, channel: 3, note: 60 + (k % 10), velocity: 100 },
    { seconds: seconds + 0.15, type: 'noteOff' as const, channel: 3, note: 60 + (k % 10), velocity: 64 },
  ]),
  { name: 'Quarters' },
);
/** Keys that are held meanwhile, in octaves that the song does not use. */
const heldKeys = [36, 40, 43, 47];
/** At 120 beats a minute, by default. */
const arpeggioStep = 0.25;

async function opened(browser: Browser, address: string, faults: string[]): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', (error) => {
    faults.push(error instanceof Error ? error.message : String(error));
  });
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.evaluateOnNewDocument(`globalThis.__name = (f) => f;
    window.fakeMidi = (${createFakeMidi.toString()})(); navigator.requestMIDIAccess = () => window.fakeMidi.request();
    (${installProbe.toString()})();`);
  await page.goto(`${address}?backend=wasm`);
  await page.locator('::-p-aria(Start)').click();
  await page.waitForFunction(
    () => (document.querySelector('nv-app') as PlayedApp | null)?.instrument?.status.settled === true,
    { timeout: patienceMs },
  );
  await page.evaluate(
    ({ sing, hold, toldAheadMs }) => {
      const { instrument } = document.querySelector('nv-app') as PlayedApp;
      if (!instrument) throw new Error('the page has no instrument');
      instrument.session.set('mode', sing);
      instrument.session.set('hold', hold);
      window.fakeMidi.plug('keys', 'Test Keys');
      let [last, gap] = [performance.now(), 0];
      setInterval(() => {
        const now = performance.now();
        gap = Math.max(gap, now - last);
        last = now;
      }, 25);
      let [lastOfWorker, late] = [performance.now(), 0];
      new Worker('/tests/ticker.js').onmessage = () => {
        const now = performance.now();
        if (now - lastOfWorker > toldAheadMs) late++;
        lastOfWorker = now;
      };
      Object.assign(window, {
        timerGap: {
          take: () => {
            const taken = { pageMs: gap, lateWorkerTicks: late };
            [gap, late] = [0, 0];
            return taken;
          },
        },
      });
    },
    {
      sing: playModes.indexOf('sing'),
      hold: holdModes.indexOf('hold'),
      toldAheadMs,
    },
  );
  return page;
}

/** All sound off, the song stopped. */
async function panic(page: Page): Promise<void> {
  await page.keyboard.down('Control');
  await page.keyboard.press('.');
  await page.keyboard.up('Control');
  await page.evaluate(() => window.probe.pass(0.5));
}

const pass = (page: Page, seconds: number) => page.evaluate((s) => window.probe.pass(s), seconds);

/** A dropped song plays by itself. */
async function playSong(page: Page): Promise<void> {
  await page.evaluate(
    (content) => {
      const files = new DataTransfer();
      files.items.add(new File([Uint8Array.from(content)], 'quarters.mid'));
      const options = { dataTransfer: files, bubbles: true, cancelable: true };
      window.dispatchEvent(new DragEvent('dragover', options));
      window.dispatchEvent(new DragEvent('drop', options));
    },
    [...song],
  );
  await page.waitForFunction(() => window.probe.received.some(({ type }) => type === 'noteOn'), {
    timeout: patienceMs,
  });
}

const setArpeggio = (page: Page, mode: (typeof arpModes)[number]) =>
  page.evaluate((value) => {
    (document.querySelector('nv-app') as PlayedApp).instrument?.session.set('arpMode', value);
  }, arpModes.indexOf(mode));

const keys = (page: Page, down: boolean) =>
  page.evaluate(
    ({ notes, status }) => {
      for (const note of notes) window.fakeMidi.send('keys', [status, note, 100]);
    },
    { notes: heldKeys, status: down ? 0x90 : 0x80 },
  );

/** What came to the kernel and to the speakers since the probe was cleared. */
async function heard(page: Page) {
  // First, as minutes of samples keep the page busy for seconds.
  const received = await page.evaluate(() => window.probe.received.filter(({ type }) => type === 'noteOn'));
  const { base64, firstFrame, sampleRate } = await page.evaluate(() => window.probe.heard());
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  const samples = new Float32Array(bytes.buffer);
  return { samples, firstFrame, sampleRate, received };
}

const peakDbOf = (samples: Float32Array) =>
  20 * Math.log10(samples.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9));

/** Longest stretch of windows of 10 ms below -60 dBFS, in milliseconds. */
function silenceOf(samples: Float32Array, sampleRate: number): number {
  const window = Math.round(0.01 * sampleRate);
  let [longest, now] = [0, 0];
  for (let at = 0; at + window <= samples.length; at += window) {
    let loudest = 0;
    for (let n = at; n < at + window; n++) loudest = Math.max(loudest, Math.abs(samples[n]));
    now = loudest < 1e-3 ? now + 10 : 0;
    longest = Math.max(longest, now);
  }
  return longest;
}

/** Most notes that begin within a tenth of a second. */
function densest(received: readonly Received[], sampleRate: number): number {
  const begins = received
    .map(({ frame, askedFrame = frame }) => Math.max(frame, askedFrame))
    .sort((a, b) => a - b);
  return Math.max(
    0,
    ...begins.map((from, k) => begins.slice(k).filter((frame) => frame - from < 0.1 * sampleRate).length),
  );
}

/**
 * Of notes that should lie on a grid from the first of them on: the farthest that one is off from the one before it, in milliseconds,
 * and how many are missing.
 */
function onGrid(received: readonly Received[], sampleRate: number, step: number) {
  const frames = received.flatMap(({ askedFrame }) => askedFrame ?? []).sort((a, b) => a - b);
  const places = frames.map((frame) => (frame - frames[0]) / (step * sampleRate));
  const steps = places.slice(1).map((place, k) => place - places[k]);
  const worst = Math.max(0, ...steps.map((each) => Math.abs(each - Math.round(each))));
  const due = frames.length > 0 ? Math.round(places[places.length - 1]) + 1 : 0;
  return { worstMs: 1000 * worst * step, missing: due - frames.length, count: frames.length };
}

/** Holds the page's thread up, and has keys wait that were struck meanwhile: one that is over, one that is still down. */
const holdUp = (page: Page, milliseconds: number) =>
  page.evaluate((ms) => {
    const began = performance.now();
    while (performance.now() - began < ms);
    window.fakeMidi.send('keys', [0x90, 50, 100], began + 0.05 * ms);
    window.fakeMidi.send('keys', [0x80, 50, 0], began + 0.1 * ms);
    window.fakeMidi.send('keys', [0x90, 53, 100], began + 0.1 * ms);
  }, milliseconds);

async function blocked(page: Page, milliseconds: number): Promise<Finding[]> {
  const name = `page held up for ${milliseconds / 1000} s`;
  await keys(page, true);
  await pass(page, 0.4);
  await page.evaluate(() => window.probe.clear());
  await pass(page, 1);
  const before = (await heard(page)).received;
  await page.evaluate(() => window.probe.clear());
  await holdUp(page, milliseconds);
  await pass(page, 2.2);
  const { samples, sampleRate, received } = await heard(page);
  await page.evaluate(() => window.fakeMidi.send('keys', [0x80, 53, 0]));
  await keys(page, false);
  // Struck and let go, struck and held: the first is left out.
  const late = received.filter(({ frame, askedFrame }) => askedFrame === undefined || askedFrame <= frame);
  const ofSong = received.filter(({ askedFrame, frame }) => askedFrame !== undefined && askedFrame > frame);
  const { worstMs } = onGrid(ofSong, sampleRate, songStep);
  return [
    atMost(`${name}: longest silence of held notes`, silenceOf(samples, sampleRate), 0, 'ms'),
    atMost(
      `${name}: most notes in 0.1 s (${densest(before, sampleRate)} before)`,
      densest(received, sampleRate),
      4,
    ),
    atLeast(`${name}: keys and notes of the song that begin late, as they are still held`, late.length, 1),
    atMost(`${name}: the song is off its beat by`, worstMs, 2, 'ms', 2),
    atLeast(`${name}: notes of the song`, ofSong.length, Math.floor(1.8 / songStep)),
    atMost(`${name}: loudest sample`, peakDbOf(samples), ceilingDb, 'dBFS', 2),
  ];
}

async function blockedArpeggio(page: Page, milliseconds: number): Promise<Finding[]> {
  const name = `arpeggio, page held up for ${milliseconds / 1000} s`;
  await setArpeggio(page, 'up');
  await keys(page, true);
  await pass(page, 0.6);
  await page.evaluate(() => window.probe.clear());
  await page.evaluate((ms) => {
    const began = performance.now();
    while (performance.now() - began < ms);
  }, milliseconds);
  await pass(page, 1.2);
  const { sampleRate, received } = await heard(page);
  await keys(page, false);
  await setArpeggio(page, 'off');
  const { worstMs, count } = onGrid(received, sampleRate, arpeggioStep);
  return [
    atMost(`${name}: most notes in 0.1 s`, densest(received, sampleRate), 2),
    atMost(`${name}: off its beat by`, worstMs, 2, 'ms', 2),
    atLeast(`${name}: notes after it`, count, Math.floor(1 / arpeggioStep) - 1),
  ];
}

/** Another page in front of it: browsers let a hidden page's timers stand still for a second or more. */
async function hidden(browser: Browser, page: Page, seconds: number): Promise<Finding[]> {
  const findings: Finding[] = [];
  const front = await browser.newPage();
  for (const kind of ['song', 'arpeggio'] as const) {
    const step = kind === 'song' ? songStep : arpeggioStep;
    await page.bringToFront();
    if (kind === 'arpeggio') {
      await setArpeggio(page, 'up');
      await keys(page, true);
    } else await playSong(page);
    await front.bringToFront();
    await page.evaluate(async () => {
      while (document.visibilityState !== 'hidden') await new Promise((resolve) => setTimeout(resolve, 50));
      window.timerGap.take();
      window.probe.clear();
    });
    // A page that is hidden is asked seldom.
    await new Promise((resolve) => setTimeout(resolve, 1000 * seconds));
    const { pageMs, lateWorkerTicks } = await page.evaluate(() => window.timerGap.take());
    const { samples, sampleRate, received } = await heard(page);
    const { missing, count } = onGrid(received, sampleRate, step);
    const isLate = ({ frame, askedFrame }: Received) => askedFrame !== undefined && askedFrame < frame;
    const { worstMs } = onGrid(
      received.filter((note) => !isLate(note)),
      sampleRate,
      step,
    );
    const name = `${kind} on a page that is hidden for ${seconds} s`;
    findings.push(
      figure(`${name}: its timers stood still for`, `${(pageMs / 1000).toFixed(2)} s`),
      atLeast(`${name}: notes`, count, Math.floor((seconds - 1) / step)),
      atMost(`${name}: missing between them`, missing, 0),
      atMost(`${name}: off the beat by`, worstMs, 2, 'ms', 2),
      atMost(
        `${name}: came too late for their time (a worker's ticks)`,
        received.filter(isLate).length,
        lateWorkerTicks,
      ),
      atMost(`${name}: loudest sample`, peakDbOf(samples), ceilingDb, 'dBFS', 2),
    );
    await page.bringToFront();
    await keys(page, false);
    await setArpeggio(page, 'off');
    await panic(page);
  }
  return findings;
}

export const heldUp: Trial = async ({ quick, address, progress }) => {
  const findings: Finding[] = [];
  const faults: string[] = [];
  const browser = await launch({
    executablePath: ensureChromium(),
    headless: true,
    args: ['--no-sandbox', '--disable-gpu'],
    ignoreDefaultArgs: patientFlags,
    protocolTimeout: patienceMs + 200_000,
  });
  try {
    progress(0, 'opening the page');
    const page = await opened(browser, await address(), faults);
    await playSong(page);
    for (const milliseconds of [500, 5000]) {
      progress(0.2, `held up for ${milliseconds / 1000} s`);
      findings.push(...(await blocked(page, milliseconds)));
    }
    await panic(page);
    findings.push(...(await blockedArpeggio(page, quick ? 1500 : 5000)));
    progress(0.5, 'hidden');
    findings.push(...(await hidden(browser, page, quick ? 4 : 180)));
    await page.evaluate(() => window.probe.clear());
    await pass(page, 1.5);
    const { samples, sampleRate } = await heard(page);
    const end = samples.subarray(samples.length - Math.round(0.3 * sampleRate));
    findings.push(atMost('in the end: loudest sample', peakDbOf(end), -80, 'dBFS', 1));
    findings.push(isSo('no errors on the page', faults.length === 0, faults.join('; ').slice(0, 300)));
  } finally {
    await browser.close();
  }
  return findings;
};
