// The library in a host's page: whose context it is, whose Tone, several instruments at once, and rendering offline.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launch } from './browser.ts';
import type { Host } from './hostPage.ts';
import { serveHost } from './hostServer.ts';

interface TestWindow extends Window {
  readonly host: Host;
  /** Every native context made, and how often something was connected to one's destination. */
  readonly made: { readonly contexts: BaseAudioContext[]; destinations: number };
}
declare const window: TestWindow;

let browser: Browser;
let page: Page;
let served: { address: string; close: () => Promise<void> };
const faults: string[] = [];

beforeAll(async () => {
  served = await serveHost(4350);
  browser = await launch();
});
afterAll(async () => {
  await browser.close();
  await served.close();
});

/** Before any script of the page: counts contexts, live ones, and connections to destinations. */
function countContexts(): void {
  const made = { contexts: [] as BaseAudioContext[], destinations: 0 };
  const Native = AudioContext;
  globalThis.AudioContext = class extends Native {
    constructor(options?: AudioContextOptions) {
      super(options);
      made.contexts.push(this);
    }
  };
  const connect = Reflect.get(AudioNode.prototype, 'connect') as (
    this: AudioNode,
    ...args: unknown[]
  ) => unknown;
  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]): unknown {
    if (args[0] instanceof AudioDestinationNode && this.context instanceof Native) made.destinations++;
    return connect.apply(this, args);
  } as typeof AudioNode.prototype.connect;
  Object.assign(window, { made });
}

beforeEach(async () => {
  faults.length = 0;
  page = await browser.newPage();
  page.setDefaultTimeout(90_000);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.addInitScript('globalThis.__name = (f) => f;');
  await page.addInitScript(countContexts);
  await page.goto(served.address);
  await page.waitForFunction(() => 'host' in window);
});
afterEach(async () => {
  await page.close();
  expect(faults).toEqual([]);
});

describe('a host', () => {
  it('keeps its handlers, its destination, its Tone and its context as they were', async () => {
    const found = await page.evaluate(async () => {
      const { host, made } = window;
      const context = new AudioContext();
      let changes = 0;
      const handler = () => void changes++;
      context.onstatechange = handler;
      await context.suspend();
      const instrument = await host.createInstrument({ context, backend: 'wasm' });
      const stateAfter = context.state;
      // Effects are built when they are first heard, songs' transports when they are opened.
      instrument.setParameters({ reverb: 0.5, delay: 0.5, chorus: 0.5, drive: 0.5, eqLow: 3 });
      const transport = host.toneTransports(context)(
        { moments: [0], durationSeconds: 1 },
        {
          due: () => undefined,
          ended: () => undefined,
          turned: () => undefined,
          started: () => undefined,
          ticked: () => undefined,
        },
      );
      transport.start(0.1, 0);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const states: string[] = [instrument.status.contextState];
      const stillSuspended = context.state;
      changes = 0;
      await context.resume();
      await new Promise((resolve) => setTimeout(resolve, 100));
      states.push(instrument.status.contextState);
      transport.dispose();
      await instrument.dispose();
      const contexts = made.contexts.length;
      const { destinations } = made;
      // Tone's own context, made now.
      const own = host.tone.getContext();
      const second = await host.createInstrument({ context, backend: 'wasm' });
      await second.dispose();
      return {
        stateAfter,
        stillSuspended,
        states,
        changes,
        isHandlerKept: context.onstatechange === handler,
        contexts,
        destinations,
        isToneKept: host.tone.getContext() === own,
        contextState: context.state,
      };
    });
    expect(found).toEqual({
      stateAfter: 'suspended',
      stillSuspended: 'suspended',
      states: ['suspended', 'running'],
      changes: 1,
      isHandlerKept: true,
      contexts: 1,
      destinations: 0,
      isToneKept: true,
      contextState: 'running',
    });
  });

  it('hears two instruments in one context and one in another, and the others play on when one is disposed of', async () => {
    const found = await page.evaluate(async () => {
      const { host } = window;
      const [here, there] = [new AudioContext(), new AudioContext()];
      const instruments = await Promise.all(
        [here, here, there].map((context) => host.createInstrument({ context, backend: 'wasm' })),
      );
      // A held vowel goes on.
      for (const instrument of instruments) instrument.setParameters({ mode: 1, hold: 2 });
      const peaks = async (players: readonly number[]) => {
        for (const k of players) instruments[k].noteOn(60, 120);
        const found = await Promise.all(players.map((k) => host.peakOf(instruments[k].output, 0.5)));
        for (const k of players) instruments[k].noteOff(60);
        return found.map((peak) => peak > 0.001);
      };
      const together = await peaks([0, 1, 2]);
      await instruments[0].dispose();
      const after = await peaks([1, 2]);
      await instruments[1].dispose();
      const alone = await peaks([2]);
      await instruments[2].dispose();
      const states = [here.state, there.state];
      const late = await host.createInstrument({ context: here, backend: 'wasm' });
      late.noteOn(60, 120);
      const again = (await host.peakOf(late.output, 0.5)) > 0.001;
      await late.dispose();
      return { together, after, alone, states, again };
    });
    expect(found).toEqual({
      together: [true, true, true],
      after: [true, true],
      alone: [true],
      states: ['running', 'running'],
      again: true,
    });
  });

  it('may have loaded the same processors from another address', async () => {
    const peak = await page.evaluate(async () => {
      const { host } = window;
      const context = new AudioContext();
      for (const name of ['kernelProcessor', 'outputProcessor']) {
        await context.audioWorklet.addModule(new URL(`assets/${name}.js?another`, document.baseURI));
      }
      const instrument = await host.createInstrument({ context, backend: 'wasm' });
      instrument.noteOn(60, 120);
      return host.peakOf(instrument.output, 0.5);
    });
    expect(peak).toBeGreaterThan(0.001);
  });

  it('may leave the context to the instrument, which closes it in the end', async () => {
    const found = await page.evaluate(async () => {
      const { host, made } = window;
      const instrument = await host.createInstrument({ connect: true, backend: 'wasm' });
      const { context } = instrument;
      instrument.noteOn(60, 120);
      const isHeard = (await host.peakOf(instrument.output, 0.5)) > 0.001;
      const before = {
        state: context.state,
        destinations: made.destinations,
        contexts: made.contexts.length,
      };
      await instrument.dispose();
      return { isHeard, before, after: context.state };
    });
    expect(found).toEqual({
      isHeard: true,
      before: { state: 'running', destinations: 1, contexts: 1 },
      after: 'closed',
    });
  });

  it.each(['native', 'ponyfill', 'raw ponyfill'] as const)(
    'may hand in a Tone.js context (%s)',
    async (kind) => {
      const found = await page.evaluate(async (wanted) => {
        const { host, made } = window;
        const { Context, setContext, getContext, Gain } = host.tone;
        const tone = wanted === 'native' ? new Context({ context: new AudioContext() }) : new Context();
        setContext(tone);
        const context = wanted === 'raw ponyfill' ? tone.rawContext : tone;
        const instrument = await host.createInstrument({ context, connect: true, backend: 'wasm' });
        if (wanted === 'native') instrument.output.connect(new Gain().input as AudioNode);
        instrument.noteOn(60, 120);
        const isHeard = (await host.peakOf(instrument.output, 0.5)) > 0.001;
        await instrument.dispose();
        return {
          isHeard,
          contexts: made.contexts.length,
          isInside: made.contexts[0] === instrument.context,
          state: tone.state,
          isKept: getContext() === tone,
        };
      }, kind);
      expect(found).toEqual({ isHeard: true, contexts: 1, isInside: true, state: 'running', isKept: true });
    },
  );

  it('is told what is wrong with a context or an asset', async () => {
    const reasons = await page.evaluate(async () => {
      const { host } = window;
      const reasonOf = (options: object) =>
        host.createInstrument(options).then(
          () => 'taken',
          (reason: unknown) => String(reason),
        );
      return [
        await reasonOf({ context: { sampleRate: 48_000 } }),
        await reasonOf({ context: null }),
        await reasonOf({ assets: { engin: 'x' } }),
        await reasonOf({ assets: { model: 'nowhere' }, backend: 'wasm' }),
      ];
    });
    expect(reasons[0]).toMatch(/InstrumentError: context must be an AudioContext.*got an object of Object/);
    expect(reasons[1]).toMatch(/got null/);
    expect(reasons[2]).toMatch(/RangeError: assets.engin is no asset; the names are kernelProcessor,/);
    expect(reasons[3]).toMatch(/InstrumentError: .*nowhere\/manifest.json answered 404/);
  });
});

describe('an offline context', () => {
  it('renders notes at their frames, alike each time', async () => {
    const found = await page.evaluate(async () => {
      const { host } = window;
      const render = async () => {
        const context = new OfflineAudioContext(2, 48_000, 48_000);
        const instrument = await host.createInstrument({ context, connect: true, backend: 'wasm' });
        instrument.setParameters({ mode: 1, hold: 2, reverb: 0.4 });
        instrument.performer.noteOn(1, 60, 120, 12_000);
        instrument.performer.noteOff(1, 60, undefined, 30_000);
        await instrument.whenSettled();
        const samples = (await context.startRendering()).getChannelData(0);
        const first = samples.findIndex((sample) => sample !== 0);
        await instrument.dispose();
        return { samples, first, peak: Math.max(...samples.map(Math.abs)) };
      };
      const [one, other] = [await render(), await render()];
      return {
        first: one.first,
        peak: one.peak,
        isAlike: one.samples.every((sample, n) => sample === other.samples[n]),
      };
    });
    expect(found.first).toBeGreaterThanOrEqual(12_000);
    expect(found.first).toBeLessThan(12_256);
    expect(found.peak).toBeGreaterThan(0.001);
    expect(found.isAlike).toBe(true);
  });
});
