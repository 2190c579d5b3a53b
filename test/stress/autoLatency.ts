// The latency that the page chooses by itself: up when the sound breaks off, down again after a quiet minute, heard each time.
import type { Page } from 'playwright-core';
import { holdModes, parameterById, playModes } from '../../src/contract/parameters.ts';
import type { Instrument } from '../../src/instrument/instrument.ts';
import { launch, openPage, startPlaying } from '../browser/browser.ts';
import { probedKeys } from '../browser/probedKeys.ts';
import { CLICK, worstClick } from '../helpers/clicks.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { atMost, figure, isSo, type Finding, type Trial } from './trial.ts';

/** Behind what goes to the speakers of one context. */
interface Tap {
  readonly context: AudioContext;
  readonly port: MessagePort;
  readonly blocks: { frame: number; copy: Float32Array }[];
}
interface TappedWindow extends Window {
  readonly fakeMidi: FakeMidi;
  readonly taps: Tap[];
  readonly instrument: Instrument;
}
declare const window: TappedWindow;

/** Hands on what it hears; a number of milliseconds that is posted to it holds the audio thread up for so long, once. */
export const tapModule = `registerProcessor('tap', class extends AudioWorkletProcessor {
  #stall = 0;
  constructor() { super(); this.port.onmessage = ({ data }) => { this.#stall = data; }; }
  process([input], [output]) {
    const until = Date.now() + this.#stall;
    this.#stall = 0;
    while (Date.now() < until);
    const copy = input[0]?.slice() ?? new Float32Array(output[0].length);
    this.port.postMessage({ frame: currentFrame, copy }, [copy.buffer]);
    return true;
  }
});`;

/** Runs in the page before its scripts. */
function installTaps(): void {
  const taps: Tap[] = [];
  const connect = Reflect.get(AudioNode.prototype, 'connect') as (
    this: AudioNode,
    ...args: unknown[]
  ) => unknown;
  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]): unknown {
    const { context } = this;
    if (args[0] instanceof AudioDestinationNode && context instanceof AudioContext) {
      void context.audioWorklet.addModule('/tests/tap.js').then(() => {
        const node = new AudioWorkletNode(context, 'tap', { channelCount: 1, channelCountMode: 'explicit' });
        const tap: Tap = { context, port: node.port, blocks: [] };
        node.port.onmessage = ({ data }: MessageEvent<Tap['blocks'][number]>) => void tap.blocks.push(data);
        connect.call(this, node);
        connect.call(node, context.destination);
        taps.push(tap);
      });
    }
    return connect.apply(this, args);
  } as typeof AudioNode.prototype.connect;
  Object.assign(window, { taps });
}

const patienceMs = 30_000;
/** Breaks count once a context has settled. */
const settlingMs = 3500;
/** In the old context a held note, in the new one the next. */
const [first, second] = [50, 57];
/** Onsets are sudden by their nature. */
const onsetSeconds = 0.3;

const levelOf = (page: Page) => page.evaluate(() => window.instrument.status.latencyLevel);

/** Breaks in the sound of all contexts that there were, as the browser counts them. */
const breaks = (page: Page) =>
  page.evaluate(() =>
    window.taps.reduce(
      (sum, { context }) =>
        sum +
        ((context as { readonly playbackStats?: { readonly underrunEvents: number } }).playbackStats
          ?.underrunEvents ?? 0),
      0,
    ),
  );

/** Until the instrument plays in another context than the one of a tap. */
async function untilMoved(page: Page, tap: number): Promise<number> {
  const began = performance.now();
  const hasMoved = () =>
    page.evaluate(
      (at) => window.instrument.context !== window.taps[at].context && window.taps.length > at + 1,
      tap,
    );
  while (performance.now() < began + patienceMs && !(await hasMoved())) await page.waitForTimeout(50);
  return (performance.now() - began) / 1000;
}

/** What the last contexts have played, from when their taps were cleared on, without gaps. */
async function heardOf(
  page: Page,
  place: number,
): Promise<{ samples: Float32Array; sampleRate: number; gaps: string[] }> {
  const { base64, sampleRate, gaps } = await page.evaluate((at) => {
    const { blocks, context } = window.taps.at(at)!;
    // What was posted before the page listened may come after what was posted then.
    blocks.sort((a, b) => a.frame - b.frame);
    const length = blocks.reduce((sum, { copy }) => sum + copy.length, 0);
    const samples = new Float32Array(length);
    const missing: string[] = [];
    let [end, next] = [0, blocks[0]?.frame ?? 0];
    for (const { frame, copy } of blocks) {
      samples.set(copy, end);
      end += copy.length;
      // A context that begins runs evenly after some blocks.
      if (frame !== next && next > 0.1 * context.sampleRate)
        missing.push(`${frame - next} at ${(next / context.sampleRate).toFixed(3)} s`);
      next = frame + copy.length;
    }
    const bytes = new Uint8Array(samples.buffer);
    let text = '';
    for (let k = 0; k < bytes.length; k += 8192) text += String.fromCharCode(...bytes.subarray(k, k + 8192));
    return { base64: btoa(text), sampleRate: context.sampleRate, gaps: missing };
  }, place);
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return { samples: new Float32Array(bytes.buffer), sampleRate, gaps };
}

/** One change of latency with a note held: it sounds on where it began, and the next in the new context. */
async function step(
  page: Page,
  name: string,
  change: () => Promise<void>,
  level: string,
  isLoud = false,
): Promise<Finding[]> {
  const newest = await page.evaluate((note) => {
    window.fakeMidi.send('keys', [0x90, note, 110]);
    for (const tap of window.taps) tap.blocks.length = 0;
    return window.taps.length - 1;
  }, first);
  await page.waitForTimeout(1000 * onsetSeconds + 200);
  await change();
  const seconds = await untilMoved(page, newest);
  await page.evaluate((note) => window.fakeMidi.send('keys', [0x90, note, 110]), second);
  await page.waitForTimeout(1200);
  const [before, after] = [await heardOf(page, -2), await heardOf(page, -1)];
  const loudest = (samples: Float32Array) => samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const stayed = loudest(before.samples.subarray(-Math.round(0.2 * before.sampleRate)));
  await page.evaluate(
    (notes) => {
      for (const note of notes) window.fakeMidi.send('keys', [0x80, note, 0]);
    },
    [first, second],
  );
  // The context before goes once it is silent.
  await page.waitForTimeout(2500);
  const begun = after.samples.findIndex((x) => Math.abs(x) > 1e-4);
  const beside = before.samples.subarray(begun - after.samples.length);
  const clicks = [before, after].map(({ samples, sampleRate }) => {
    const steady = samples.findIndex((x) => Math.abs(x) > 1e-4) + onsetSeconds * sampleRate;
    return worstClick(samples, sampleRate, steady, samples.length - 0.1 * sampleRate).ratio;
  });
  return [
    isSo(
      `${name}: in another context`,
      (await page.evaluate(() => window.taps.length)) > newest + 1 && (await levelOf(page)) === level,
    ),
    figure(`${name}: after`, `${seconds.toFixed(1)} s`),
    isSo(
      `${name}: the held note sounds on, the next one in the new context`,
      stayed > 0.01 && loudest(after.samples.subarray(-Math.round(0.2 * after.sampleRate))) > 0.01,
    ),
    isSo(
      `${name}: no sample is missing, in either context`,
      before.gaps.length + after.gaps.length === 0,
      [...before.gaps, ...after.gaps].join(', '),
    ),
    // A limiter that begins to work is a bend in the sound, and stands out as one.
    isLoud
      ? atMost(`${name}: both together`, loudest(beside) + loudest(after.samples), 0.988, '', 3)
      : atMost(`${name}: worst sample against its surroundings`, Math.max(...clicks), CLICK, '', 1),
  ];
}

export const autoLatency: Trial = async ({ quick, address, progress }) => {
  const findings: Finding[] = [];
  const browser = await launch();
  try {
    const { page, faults } = await openPage(browser, `${await address()}?backend=wasm`);
    await page.addInitScript(installTaps);
    await page.evaluate(() => localStorage.setItem('numvox-latency', 'auto'));
    await page.reload();
    await startPlaying(page);
    await page.evaluate(() => {
      const app = document.querySelector('nv-app') as unknown as { instrument: Instrument };
      Object.defineProperty(window, 'instrument', { get: () => app.instrument });
      window.fakeMidi.plug('keys', 'Test Keys');
    });
    const { set } = probedKeys(() => page);
    await set('mode', playModes.indexOf('sing'));
    await set('hold', holdModes.indexOf('hold'));
    findings.push(isSo('auto begins with the lowest', (await levelOf(page)) === 'lowest'));
    await page.waitForTimeout(settlingMs);
    progress(0.3, 'breaks in the sound');
    const breakOff = async () => {
      for (let k = 0; k < 5; k++) {
        await page.evaluate(() => window.taps.at(-1)?.port.postMessage(120));
        await page.waitForTimeout(350);
      }
    };
    findings.push(...(await step(page, 'breaks: up to balanced', breakOff, 'balanced')));
    if (!quick) {
      progress(0.5, 'a quiet minute');
      const calm = await breaks(page);
      await page.waitForTimeout(58_000);
      const down = await step(page, 'quiet: down to lowest', () => Promise.resolve(), 'lowest');
      const broken = (await breaks(page)) - calm;
      // A machine that is too busy for this minute is none to go down on.
      findings.push(
        ...(broken > 0 ? [figure('the minute was not quiet: breaks in the sound', String(broken))] : down),
      );
    }
    progress(0.8, 'chosen by hand');
    const choose = (level: 'safe' | 'lowest') =>
      page.evaluate((to) => window.instrument.setLatency(to), level);
    if (!quick) findings.push(...(await step(page, 'chosen: safe', () => choose('safe'), 'safe')));
    // As loud as can be: the limiters of both contexts work.
    await set('outputGainDb', parameterById('outputGainDb').max);
    findings.push(...(await step(page, 'chosen, loud: lowest', () => choose('lowest'), 'lowest', true)));
    findings.push(isSo('no errors on the page', faults.length === 0, faults.join('; ').slice(0, 300)));
  } finally {
    await browser.close();
  }
  return findings;
};
