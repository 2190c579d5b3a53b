// The sound is made to fail in every way while notes are held and a take runs: how soon it is back, what is kept, what hangs, and
// how loud it ever gets.
import type { Browser, Page } from 'playwright-core';
import { holdModes, playModes } from '../../src/contract/parameters.ts';
import type { Fault as LoggedFault } from '../../src/instrument/faultLog.ts';
import type { Instrument } from '../../src/instrument/instrument.ts';
import { launch, openPage, startPlaying } from '../browser/browser.ts';
import { probedKeys } from '../browser/probedKeys.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { atMost, isSo, type Finding, type Trial } from './trial.ts';

interface FaultyWindow extends Window {
  readonly fakeMidi: FakeMidi;
  readonly instrument: Instrument;
  /** What there was when a fault was put there. */
  /** Largest magnitude that went to the speakers of any context, through the faults. */
  loudest: number;
  readonly before: {
    readonly context: BaseAudioContext;
    readonly newest: LoggedFault | undefined;
    readonly at: number;
  };
}
declare const window: FaultyWindow;

/** A way to fail: `inPage` runs with the instrument as `instrument` and its context as `context`. */
interface Fault {
  readonly name: string;
  readonly inPage: string;
  /** Until the sound is back, a busy machine's patience included. */
  readonly mostSeconds: number;
  /** The fault ends what sounds, and is told. */
  readonly loses: boolean;
  /** The take ends by itself and is kept. */
  readonly endsTake?: true;
}

const poison = (what: 'kernel' | 'output', blocks: number): string =>
  `new AudioWorkletNode(context, 'poison').port.postMessage({ ${what}: ${blocks} })`;

const faults: readonly Fault[] = [
  { name: 'context closed', inPage: 'void context.close()', mostSeconds: 3, loses: true, endsTake: true },
  {
    name: 'device gone',
    inPage: `context.dispatchEvent(new Event('error'))`,
    mostSeconds: 3,
    loses: true,
    endsTake: true,
  },
  {
    name: 'clock stands still',
    inPage: `const at = context.currentTime; Object.defineProperty(context, 'currentTime', { get: () => at })`,
    mostSeconds: 8,
    loses: true,
    endsTake: true,
  },
  {
    name: 'rate of the next context halved',
    inPage: `const Native = AudioContext;
      window.AudioContext = class extends Native {
        constructor(options) { super({ ...options, sampleRate: 22050 }); window.AudioContext = Native; }
      };
      void context.close()`,
    mostSeconds: 3,
    loses: true,
    endsTake: true,
  },
  {
    name: 'render size of the next context doubled',
    inPage: `const Native = AudioContext;
      window.AudioContext = class extends Native {
        constructor(options) { super({ ...options, renderSizeHint: 256 }); window.AudioContext = Native; }
      };
      void context.close()`,
    mostSeconds: 3,
    loses: true,
    endsTake: true,
  },
  { name: 'context suspended', inPage: 'void context.suspend()', mostSeconds: 3, loses: false },
  {
    name: 'context interrupted',
    inPage: `Object.defineProperty(context, 'state', { configurable: true, get: () => 'interrupted' });
      context.resume = () => { delete context.state; delete context.resume;
        context.dispatchEvent(new Event('statechange')); return Promise.resolve(); };
      context.dispatchEvent(new Event('statechange'))`,
    mostSeconds: 3,
    loses: false,
  },
  { name: 'one block of the kernel fails', inPage: poison('kernel', 1), mostSeconds: 3, loses: true },
  { name: 'kernel processor throws', inPage: poison('kernel', 2), mostSeconds: 3, loses: true },
  {
    name: 'output processor throws',
    inPage: poison('output', 1),
    mostSeconds: 3,
    loses: true,
    endsTake: true,
  },
];

/** In front of the worklets' own scripts: processors that fail when they are told to. */
export const poisonModule = `
if (!globalThis.poison) {
  globalThis.poison = { kernel: 0, output: 0 };
  const fail = (what) => { if (poison[what] > 0) { poison[what]--; throw new Error('poisoned'); } };
  const { fill } = Float32Array.prototype;
  let inKernel = false;
  Float32Array.prototype.fill = function (...rest) { if (inKernel) fail('kernel'); return fill.apply(this, rest); };
  const register = registerProcessor;
  globalThis.registerProcessor = (name, Processor) => register(name, class extends Processor {
    process(...blocks) {
      if (name === 'numvox-output') fail('output');
      inKernel = name === 'numvox-kernel';
      try { return super.process(...blocks); } finally { inKernel = false; }
    }
  });
  register('poison', class extends AudioWorkletProcessor {
    constructor() { super(); this.port.onmessage = ({ data }) => Object.assign(poison, data); }
    process() { return true; }
  });
}
`;

/** Runs in the page before its scripts: a meter behind everything that goes to the speakers. */
function installPeaks(): void {
  window.loudest = 0;
  const connect = Reflect.get(AudioNode.prototype, 'connect') as (
    this: AudioNode,
    ...args: unknown[]
  ) => unknown;
  AudioNode.prototype.connect = function (this: AudioNode, ...args: unknown[]): unknown {
    const { context } = this;
    if (args[0] instanceof AudioDestinationNode && context instanceof AudioContext) {
      void context.audioWorklet.addModule('/tests/meter.js').then(() => {
        const meter = new AudioWorkletNode(context, 'stress-meter');
        meter.port.onmessage = ({ data }: MessageEvent<{ loudest: number }>) => {
          window.loudest = Math.max(window.loudest, data.loudest);
        };
        connect.call(this, meter);
        connect.call(meter, context.destination);
      });
    }
    return connect.apply(this, args);
  } as typeof AudioNode.prototype.connect;
}

const patienceMs = 30_000;
const ceiling = 10 ** (-0.1 / 20);

async function openPoisoned(browser: Browser, address: string): Promise<{ page: Page; faults: string[] }> {
  const watched = await openPage(browser, `${address}?backend=wasm`);
  const { page } = watched;
  await page.addInitScript(() => {
    const add = Reflect.get(AudioWorklet.prototype, 'addModule');
    AudioWorklet.prototype.addModule = async function (this: AudioWorklet, module: string | URL) {
      await add.call(this, '/tests/poison.js');
      await add.call(this, module);
    };
  });
  await page.addInitScript(installPeaks);
  await page.reload();
  await startPlaying(page);
  await page.evaluate(() => {
    const app = document.querySelector('nv-app') as unknown as { instrument: Instrument };
    Object.defineProperty(window, 'instrument', { get: () => app.instrument });
    window.fakeMidi.plug('keys', 'Test Keys');
  });
  return watched;
}

interface Outcome {
  readonly seconds: number;
  /** Of all that was heard until now. */
  readonly loudest: number;
  readonly isTold: boolean;
  readonly isHeard: boolean;
  readonly isQuiet: boolean;
  readonly isKept: boolean;
}

/** Holds notes, records, injects, and plays on. */
async function fail(page: Page, fault: Fault): Promise<Outcome> {
  await page.evaluate(() => {
    window.instrument.session.set('reverb', 0.21);
    for (const note of [52, 55, 59, 64]) window.fakeMidi.send('keys', [0x90, note, 127]);
  });
  await page.waitForTimeout(500);
  // As a text: the page itself allows no evaluation.
  await page.evaluate(`{
    const { instrument } = window;
    const { context } = instrument;
    window.before = { context, newest: instrument.faults.at(-1), at: performance.now() };
    ${fault.inPage};
  }`);
  const seconds = await page.evaluate(async (mostMs) => {
    const { instrument, before } = window;
    const isNoticed = () =>
      instrument.status.sound !== 'running' || instrument.faults.at(-1) !== before.newest;
    const isBack = () => instrument.status.sound === 'running' && performance.now() > before.at + 300;
    let wasNoticed = false;
    while (performance.now() < before.at + mostMs && !(wasNoticed && isBack())) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      wasNoticed ||= isNoticed();
    }
    return (performance.now() - before.at) / 1000;
  }, patienceMs);
  const listen = (milliseconds: number) =>
    page.evaluate(async (ms) => {
      const samples = new Float32Array(2048);
      let peak = 0;
      for (const began = performance.now(); performance.now() - began < ms;) {
        await new Promise((resolve) => setTimeout(resolve, 15));
        window.instrument.analyser.getFloatTimeDomainData(samples);
        for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      }
      return peak;
    }, milliseconds);
  await page.evaluate(() => {
    for (const note of [52, 55, 59, 64]) window.fakeMidi.send('keys', [0x80, note, 0]);
    window.fakeMidi.send('keys', [0x90, 57, 127]);
  });
  const peak = await listen(700);
  const state = await page.evaluate(() => {
    window.fakeMidi.send('keys', [0x80, 57, 0]);
    window.instrument.session.set('reverb', 0);
    const { status, recording } = window.instrument;
    return { notice: status.notice, recording };
  });
  const isKept = fault.endsTake
    ? !state.recording &&
      (await page.locator('nv-recorder').getByText('The sound was lost; this is').count()) > 0
    : state.recording;
  await page.waitForTimeout(1800);
  const rest = await listen(300);
  const { voices, loudest } = await page.evaluate(() => ({
    voices: window.instrument.status.activeVoices,
    loudest: window.loudest,
  }));
  return {
    seconds,
    loudest: Math.max(peak, rest, loudest),
    isTold: !fault.loses || state.notice !== null,
    isHeard: peak > 0.01,
    isQuiet: rest < 1e-3 && voices === 0,
    isKept,
  };
}

export const audioFaults: Trial = async ({ address, progress }) => {
  const findings: Finding[] = [];
  const browser = await launch();
  let loudest = 0;
  try {
    const { page, faults: errors } = await openPoisoned(browser, await address());
    const { set } = probedKeys(() => page);
    await set('mode', playModes.indexOf('sing'));
    await set('hold', holdModes.indexOf('hold'));
    for (const [n, fault] of faults.entries()) {
      progress(n / faults.length, fault.name);
      const record = page.locator('nv-recorder button[aria-pressed]');
      if ((await record.getAttribute('aria-pressed')) !== 'true') await record.click();
      const outcome = await fail(page, fault);
      loudest = Math.max(loudest, outcome.loudest);
      findings.push(atMost(`${fault.name}: sounds again`, outcome.seconds, fault.mostSeconds, 's', 2));
      const { isTold, isHeard, isQuiet, isKept } = outcome;
      const wrong = [
        isTold ? '' : 'not told',
        isHeard ? '' : 'a new note is silent',
        isQuiet ? '' : 'a note hangs',
        isKept ? '' : 'the take is lost',
      ].filter((text) => text !== '');
      findings.push(
        isSo(`${fault.name}: new note heard, none hangs, take kept`, wrong.length === 0, wrong.join(', ')),
      );
    }
    const reverbKept = await page.evaluate(() => window.instrument.session.state.values.reverb === 0);
    findings.push(isSo('session as it was after all of them', reverbKept));
    findings.push(
      atMost(
        'loudest sample, through the faults',
        20 * Math.log10(loudest),
        20 * Math.log10(ceiling),
        'dBFS',
        2,
      ),
    );
    const own = errors.filter((text) => !text.includes('poisoned'));
    findings.push(isSo('no errors on the page but those put there', own.length === 0, own.join('; ')));
  } finally {
    await browser.close();
  }
  return findings;
};
