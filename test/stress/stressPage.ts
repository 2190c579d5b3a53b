// A page that a trial plays on: fake MIDI, the kernel's own counters, and a meter before the speakers that keeps figures and no samples.
import type { Browser, Page } from 'playwright-core';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import type { Instrument } from '../../src/instrument/instrument.ts';
import { messageOf } from '../../src/contract/errors.ts';
import type { KernelStatus } from '../../src/worklet/kernel.ts';
import { launch, openPage, startPlaying } from '../browser/browser.ts';
import { installCensus, type TakeCensus } from '../browser/census.ts';
import { HeapInspector } from '../browser/heapInspector.ts';

/** What the meter has counted since it began. */
export interface Metered {
  readonly nonFinite: number;
  /** Largest magnitude that goes to the speakers. */
  readonly peak: number;
  readonly frames: number;
  /** Seconds since the last sample above -80 dBFS. */
  readonly silentSeconds: number;
}

/** What trials find in such a page. */
export interface StressWindow extends Window {
  readonly fakeMidi: FakeMidi;
  readonly census: TakeCensus;
  readonly stress: {
    kernelStatus(): Promise<KernelStatus>;
    /** What reaches the speakers. */
    metered(): Promise<Metered>;
    /** The instrument that the page plays. */
    instrument(): Instrument;
  };
}
declare const window: StressWindow;

/** Lines that are kept of what a page tells. */
const mostTold = 40;

/** The meter's module for worklets. */
export const meterModule = `
registerProcessor('stress-meter', class extends AudioWorkletProcessor {
  #nonFinite = 0; #peak = 0; #frames = 0; #loudFrame = 0; #told = 0;
  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      this.port.postMessage({
        id: data, nonFinite: this.#nonFinite, peak: this.#peak, frames: this.#frames,
        silentSeconds: (currentFrame - this.#loudFrame) / sampleRate,
      });
    };
  }
  process([input]) {
    this.#frames += 128;
    for (const channel of input) {
      for (let n = 0; n < channel.length; n++) {
        const size = Math.abs(channel[n]);
        if (size - size !== 0) this.#nonFinite++;
        else if (size > this.#peak) this.#peak = size;
        if (size > 1e-4) this.#loudFrame = currentFrame + n;
      }
    }
    // Unasked, since a context that is closed answers no more.
    if (this.#peak > 1.01 * this.#told) this.port.postMessage({ loudest: (this.#told = this.#peak) });
    return true;
  }
});`;

/** Runs in the page before it makes its context. */
function installMeter(): void {
  const kernels: AudioWorkletNode[] = [];
  const meters: AudioWorkletNode[] = [];
  const Native = AudioWorkletNode;
  const [Destination, Context] = [AudioDestinationNode, AudioContext];
  globalThis.AudioWorkletNode = class extends Native {
    constructor(context: BaseAudioContext, name: string, options?: AudioWorkletNodeOptions) {
      super(context, name, options);
      if (name === 'numvox-kernel') kernels.push(this);
    }
  };
  const connect = Reflect.get(AudioNode.prototype, 'connect') as (
    this: AudioNode,
    ...args: unknown[]
  ) => unknown;
  const wrapped = function (this: AudioNode, ...args: unknown[]): unknown {
    const [destination] = args;
    const { context } = this;
    if (destination instanceof Destination && context instanceof Context) {
      void context.audioWorklet.addModule('/tests/meter.js').then(() => {
        const meter = new Native(context, 'stress-meter', { numberOfOutputs: 1 });
        connect.call(this, meter);
        connect.call(meter, context.destination);
        meters.push(meter);
      });
    }
    return connect.apply(this, args);
  };
  AudioNode.prototype.connect = wrapped as typeof AudioNode.prototype.connect;
  let latest: Instrument | null = null;
  // A page that gives up puts its instrument away; what it has to tell is asked of it all the same.
  const instrument = () => {
    const app = document.querySelector('nv-app') as unknown as { instrument: Instrument | null };
    latest = app.instrument ?? latest;
    if (!latest) throw new Error('the page has no instrument yet');
    return latest;
  };
  addEventListener('pagehide', () => console.warn('the page is left'));
  let nextId = 1_000_000;
  const ask = <Answer>(node: AudioWorkletNode | undefined, message: (id: number) => unknown) =>
    new Promise<Answer>((resolve, reject) => {
      if (!node) return reject(new Error('there is no sound yet'));
      const id = nextId++;
      const hear = ({ data }: MessageEvent<Answer & { id?: number }>): void => {
        if (data.id !== id) return;
        node.port.removeEventListener('message', hear);
        resolve(data);
      };
      node.port.addEventListener('message', hear);
      node.port.start();
      node.port.postMessage(message(id));
    });
  Object.assign(window, {
    stress: {
      kernelStatus: () => ask<KernelStatus>(kernels.at(-1), (id) => ({ type: 'status', id })),
      metered: () =>
        ask<Metered>(
          meters.findLast((meter) => meter.context === instrument().context),
          (id) => id,
        ),
      instrument,
    } satisfies StressWindow['stress'],
  });
}

/** Runs in a worker as it begins. */
function countTextures(): void {
  const scope = globalThis as { textures?: number };
  scope.textures = 0;
  const { prototype } = WebGL2RenderingContext;
  const made = Reflect.get(prototype, 'createTexture');
  const gone = Reflect.get(prototype, 'deleteTexture');
  prototype.createTexture = function (this: WebGL2RenderingContext) {
    scope.textures!++;
    return made.call(this);
  };
  prototype.deleteTexture = function (this: WebGL2RenderingContext, texture) {
    if (texture) scope.textures!--;
    gone.call(this, texture);
  };
}

/** What a page tells while it lives, with the seconds since it was opened; the latest. */
function listen(page: Page): readonly string[] {
  const told: string[] = [];
  const begin = performance.now();
  const tell = (what: string): void => {
    told.push(`${((performance.now() - begin) / 1000).toFixed(1)} s: ${what}`);
    if (told.length > mostTold) told.shift();
  };
  page.on('console', (message) => tell(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => tell(`error: ${error.stack ?? error.message}`));
  page.on('crash', () => tell('the page crashed'));
  page.on('framenavigated', (frame) => tell(`went to ${frame.url()}`));
  page.on('requestfailed', (request) => tell(`request failed: ${request.url()}`));
  page.on('worker', (worker) => {
    tell(`worker ${worker.url()}`);
    worker.on('close', () => tell(`worker ended ${worker.url()}`));
  });
  return told;
}

/** Runs in the page. */
function tellOfInstrument(): string {
  const { status, faults } = window.stress.instrument();
  const alert = document.querySelector('nv-app')?.shadowRoot?.querySelector('.alert')?.textContent.trim();
  return JSON.stringify({ alert, status, faults }, null, 2);
}

/** A started page in a browser of its own. Call `close` in any case. */
export interface StressPage {
  readonly page: Page;
  readonly faults: readonly string[];
  readonly heaps: HeapInspector;
  /**
   * Does something with the page.
   * @throws what it throws (rejection), with all that page, console and instrument tell of why
   */
  explained<T>(act: () => Promise<T>): Promise<T>;
  /** @throws Error (rejection) when the page has put its instrument away */
  requirePlaying(): Promise<void>;
  kernelStatus(): Promise<KernelStatus>;
  metered(): Promise<Metered>;
  /** Textures that workers have made since they began, less those that they let go. */
  textures(): Promise<number>;
  close(): Promise<void>;
}

/** How a page is opened. */
export interface StressPageOptions {
  /** Runs in the page before Start. */
  readonly beforeStart?: () => void | Promise<void>;
  /** The decoder runs in WebGL, in software, and its textures are counted. Default wasm. */
  readonly webGl?: boolean;
}

/** Opens the built page with the input `keys`, and waits until the words that it begins with are decoded. */
export async function openStressPage(
  address: string,
  { beforeStart, webGl = false }: StressPageOptions = {},
): Promise<StressPage> {
  const browser: Browser = await launch({ webGl });
  try {
    const { page, faults } = await openPage(browser, `${address}?backend=${webGl ? 'webgl' : 'wasm'}`);
    const told = listen(page);
    const heaps = await HeapInspector.of(page);
    page.on('worker', (worker) => void worker.evaluate(countTextures).catch(() => undefined));
    // In this order: the census puts classes of its own in the place of the browser's.
    await page.evaluate(installMeter);
    await page.evaluate(installCensus);
    if (beforeStart) await page.evaluate(beforeStart);
    await startPlaying(page);
    await page.evaluate(() => window.fakeMidi.plug('keys', 'Stress Keys'));
    const kernelStatus = () => page.evaluate(() => window.stress.kernelStatus());
    await page.waitForFunction(async () => (await window.stress.kernelStatus()).clips >= 10);
    return {
      page,
      faults,
      heaps,
      async explained(act) {
        try {
          return await act();
        } catch (reason) {
          const tells = await page.evaluate(tellOfInstrument).catch(String);
          throw new Error([messageOf(reason), tells, ...told, ...faults].join('\n  '), { cause: reason });
        }
      },
      requirePlaying: () =>
        page.evaluate(() => {
          const { state } = window.stress.instrument().status;
          if (state !== 'ready') throw new Error(`the page's instrument is ${state}`);
        }),
      kernelStatus,
      metered: () => page.evaluate(() => window.stress.metered()),
      async textures() {
        const counts = await Promise.all(
          page
            .workers()
            .map((worker) => worker.evaluate(() => (globalThis as { textures?: number }).textures ?? 0)),
        );
        return counts.reduce((sum, count) => sum + count, 0);
      },
      close: () => browser.close(),
    };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** Seconds of waiting until no voice sounds and the speakers are silent; Infinity when that has not come after `mostSeconds`. */
export async function secondsToSilence(stressed: StressPage, mostSeconds: number): Promise<number> {
  const begin = performance.now();
  for (;;) {
    const [{ activeVoices }, { silentSeconds }] = await Promise.all([
      stressed.kernelStatus(),
      stressed.metered(),
    ]);
    const passed = (performance.now() - begin) / 1000;
    if (activeVoices === 0 && silentSeconds > 0.5) return Math.max(0, passed - silentSeconds);
    if (passed > mostSeconds + 1) return Infinity;
    await stressed.page.waitForTimeout(200);
  }
}
