// Everything that the page loads is spoilt in every way, one file at a time: what the page says, and whether "Try again" plays once
// the file is whole, without a reload and with all that the player had.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Instrument } from '../../src/instrument/instrument.ts';
import type { SessionApi } from '../../src/session/sessionApi.ts';
import { launch } from '../browser/browser.ts';
import { FaultyServer, type Spoiling } from './faultyServer.ts';
import { atMost, figure, isSo, type Finding, type Trial } from './trial.ts';

interface App extends HTMLElement {
  readonly instrument: Instrument | null;
}
interface Stage extends HTMLElement {
  readonly api: SessionApi;
}

/** A file, and how it is spoilt. */
interface Part {
  readonly name: string;
  readonly file: RegExp;
  readonly ways: readonly Spoiling[];
  /** What the page must say of it, whichever way it is spoilt. */
  readonly says: RegExp;
  /** The page plays without it, and says what that costs. */
  readonly isSpare?: true;
  /** Much like another one: not tried in a hurry. */
  readonly isLike?: true;
}

const program: readonly Spoiling[] = ['missing', 'failing', 'web page', 'gone'];
const ofBundle: readonly Spoiling[] = [...program, 'cut off', 'altered'];
/** A page where one of these is spoilt does not play. */
const parts: readonly Part[] = [
  { name: 'manifest', file: /\/manifest\.json/, ways: ofBundle, says: /manifest/ },
  { name: 'weights', file: /\/decoder\.bin/, ways: ofBundle, says: /decoder\.bin/ },
  { name: 'kernel worklet', file: /\/kernelProcessor/, ways: program, says: /sound engine.*kernelProcessor/ },
  { name: 'output worklet', file: /\/outputProcessor/, ways: program, says: /sound engine.*outputProcessor/ },
  {
    name: 'worker',
    file: /\/inference\.worker/,
    ways: program,
    says: /decoder.*program could not be loaded/,
  },
  {
    name: 'map',
    file: /\/map\.bin/,
    ways: program,
    says: /map of voices is missing.*map\.bin/,
    isSpare: true,
  },
  {
    name: 'wasm of the engine',
    file: /\/engine[^/]*\.wasm/,
    ways: program,
    says: /slower.*engine.*\.wasm/,
    isSpare: true,
  },
  {
    name: 'wasm of the FFT',
    file: /\/pffft[^/]*\.wasm/,
    ways: program,
    says: /slower.*pffft.*\.wasm/,
    isSpare: true,
    isLike: true,
  },
  {
    name: 'wasm of our kernels',
    file: /\/gemm[^/]*\.wasm/,
    ways: program,
    says: /slower.*gemm.*\.wasm/,
    isSpare: true,
  },
  // The address asks for this decoder; where it does not, another one takes over.
  {
    name: 'wasm of TensorFlow.js',
    file: /\/tfjs[^/]*\.wasm/,
    ways: program,
    says: /could not be used.*tfjs.*\.wasm/,
  },
];

/** What comes slowly, and what the page says of it: of scripts browsers tell nothing. */
const slowParts = [
  { name: 'weights', file: /\/decoder\.bin/, says: 'nothing has come for' },
  { name: 'kernel worklet', file: /\/kernelProcessor/, says: 'longer than usual' },
  { name: 'worker', file: /\/inference\.worker/, says: 'longer than usual' },
] as const;

const presetName = 'Kept through faults';
const keptTempo = 97;

/** Runs in the page: what a player has there. */
async function leaveSomething({ name, tempo }: { name: string; tempo: number }): Promise<void> {
  const app = document.querySelector('nv-app') as unknown as App;
  const stage = app.shadowRoot?.querySelector('nv-stage') as unknown as Stage;
  stage.api.set('tempo', tempo, 'Tempo');
  await stage.api.presets?.save(name);
}

/** Runs in the page: is it there, and does a key sound. */
async function whatIsThere(): Promise<{ names: string[]; tempo: number; peak: number }> {
  const { instrument, shadowRoot } = document.querySelector('nv-app') as unknown as App;
  const stage = shadowRoot?.querySelector('nv-stage') as unknown as Stage;
  if (!instrument) throw new Error('the page has no instrument');
  const analyser = new AnalyserNode(instrument.context);
  instrument.output.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  let peak = 0;
  instrument.noteOn(60, 120);
  const until = performance.now() + 15_000;
  while (peak < 0.001 && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    analyser.getFloatTimeDomainData(samples);
    peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  }
  instrument.noteOff(60);
  return {
    names: (stage.api.presets?.entries ?? []).map(({ name }) => name),
    tempo: instrument.parameter('tempo'),
    peak,
  };
}

/** Everything that is read on the page, and how it stands. */
async function said(page: Page): Promise<{ phase: string; text: string }> {
  return page.evaluate(() => {
    const app = document.querySelector('nv-app') as unknown as { phase: string; fault: string } & HTMLElement;
    const texts: string[] = [];
    const walk = (root: ParentNode): void => {
      for (const element of root.querySelectorAll<HTMLElement>('*')) {
        if (element.shadowRoot) walk(element.shadowRoot);
        else if (element.checkVisibility()) {
          for (const child of element.childNodes) {
            if (child.nodeType === Node.TEXT_NODE) texts.push(child.textContent?.trim() ?? '');
          }
        }
      }
    };
    if (app.phase === 'playing' && app.shadowRoot) walk(app.shadowRoot);
    return { phase: app.phase, text: app.phase === 'playing' ? texts.filter(Boolean).join(' ') : app.fault };
  });
}

/** Presses a button, and waits until the page plays or says why not. */
async function begin(page: Page, button: string): Promise<{ phase: string; text: string }> {
  await page.getByRole('button', { name: button }).click();
  await page.waitForFunction(() => {
    const app = document.querySelector('nv-app') as unknown as { phase: string };
    return app.phase !== 'loading';
  });
  return said(page);
}

type Left = Awaited<ReturnType<BrowserContext['storageState']>>;

async function opened(browser: Browser, address: string, left?: Left): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, storageState: left });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.addInitScript('globalThis.__name = (f) => f; delete Navigator.prototype.requestMIDIAccess;');
  await page.goto(`${address}?backend=wasm`);
  return page;
}

/** What is wrong with a page that should play with all that the player had; empty for nothing. */
async function missingOf(page: Page): Promise<string> {
  const { names, tempo, peak } = await page.evaluate(whatIsThere);
  return [
    ...(names.includes(presetName) ? [] : ['the preset is gone']),
    ...(tempo === keptTempo ? [] : [`the tempo is ${tempo}`]),
    ...(peak > 0.001 ? [] : ['a key is silent']),
  ].join(', ');
}

/** Spoils a part in each way on one page, mends it and tries again. */
async function spoilt(
  server: FaultyServer,
  page: Page,
  part: Part,
  ways: readonly Spoiling[],
): Promise<string[]> {
  const faults: string[] = [];
  let button = 'Start';
  for (const way of ways) {
    server.spoil(part.file, way);
    const { phase, text } = await begin(page, button);
    if (server.spoilt === 0) faults.push(`${way}: was not asked for`);
    if (!part.says.test(text)) faults.push(`${way}: the page says "${text.slice(0, 300)}"`);
    if (phase === 'playing') {
      if (!part.isSpare) faults.push(`${way}: the page plays`);
      else {
        const missing = await missingOf(page);
        if (missing) faults.push(`${way}: ${missing}`);
      }
      server.mend();
      return faults;
    }
    if (part.isSpare) faults.push(`${way}: the page does not play`);
    button = 'Try again';
  }
  server.mend();
  const { phase, text } = await begin(page, 'Try again');
  const missing = phase === 'playing' ? await missingOf(page) : `does not play: ${text}`;
  if (missing) faults.push(`mended and tried again: ${missing}`);
  return faults;
}

/** Clear texts, "Try again" without a reload, nothing lost. */
export const loadingFaults: Trial = async ({ quick, address, progress }) => {
  progress(0, 'building the page');
  const server = await FaultyServer.open(await address());
  const browser = await launch();
  const findings: Finding[] = [];
  try {
    const first = await opened(browser, server.address);
    await begin(first, 'Start');
    await first.evaluate(leaveSomething, { name: presetName, tempo: keptTempo });
    // The session is written a second after a change at the latest, here on a busy machine.
    await first.waitForTimeout(3000);
    const left = await first.context().storageState({ indexedDB: true });
    await first.context().close();
    // One at a time where the page plays all the same, in a row on one page where it does not.
    const tried = parts.filter(({ isLike }) => !quick || !isLike);
    const runs = tried.flatMap((part, k) =>
      !part.isSpare
        ? [{ part, ways: part.ways }]
        : (quick ? [part.ways[k % part.ways.length]] : part.ways).map((way) => ({ part, ways: [way] })),
    );
    for (const [k, { part, ways }] of runs.entries()) {
      progress(k / (runs.length + 1), part.name);
      const page = await opened(browser, server.address, left);
      const faults = await spoilt(server, page, part, ways);
      findings.push(isSo(`${part.name}: ${ways.join(', ')}`, faults.length === 0, faults.join('; ')));
      await page.context().close();
    }
    progress(runs.length / (runs.length + 1), 'slow weights');
    for (const slow of quick ? slowParts.slice(0, 1) : slowParts) {
      findings.push(...(await slowly(server, await opened(browser, server.address, left), slow)));
    }
  } finally {
    await browser.close();
    await server.close();
  }
  return findings;
};

/** Files that stop half-way for some seconds: the page tells so, and plays in the end. */
async function slowly(
  server: FaultyServer,
  page: Page,
  { name, file, says }: (typeof slowParts)[number],
): Promise<readonly Finding[]> {
  server.spoil(file, 'slow');
  const began = performance.now();
  await page.getByRole('button', { name: 'Start' }).click();
  const isTold = await page
    .getByText(says)
    .waitFor({ timeout: 20_000 })
    .then(
      () => true,
      () => false,
    );
  const toldSeconds = (performance.now() - began) / 1000;
  await page.locator('nv-keys').waitFor();
  const missing = await missingOf(page);
  return [
    isSo(`slow ${name}: the page tells that it waits`, isTold),
    atMost(`slow ${name}: told after`, toldSeconds, 15, 's', 1),
    isSo(`slow ${name}: plays in the end`, missing === '', missing),
    figure(`slow ${name}: played after`, `${((performance.now() - began) / 1000).toFixed(1)} s`),
  ];
}
