// Other browsers: the page in Firefox itself, and in a Chromium that lacks what Safari lacks, one thing at a time and all at once.
import type { Browser, Page } from 'playwright-core';
import { launch, openPage } from '../browser/browser.ts';
import { startFirefox, type Firefox } from './firefox.ts';
import { playBrowser, tapScript, type Hands, type PlayedBrowser } from './playedBrowser.ts';
import { atLeast, atMost, figure, isSo, type Finding, type Trial } from './trial.ts';

/** RMS of a window of a word that is heard at all, and of nothing. */
const heard = 0.01;
const silent = 1e-3;

/** Something that a browser lacks. */
interface Gap {
  readonly name: string;
  /** Runs before the page's own scripts. */
  readonly page?: string;
  /** Runs before the scripts of worker and worklets, as far as their names begin so. */
  readonly script?: { readonly of: RegExp; readonly text: string };
  /** What the page must say of it; absent where nobody notices. */
  readonly said?: RegExp;
}

const gaps: readonly Gap[] = [
  { name: 'Web MIDI', page: 'delete Navigator.prototype.requestMIDIAccess;', said: /Web MIDI \(no MIDI/ },
  {
    name: 'WebGL in workers',
    page: 'delete globalThis.OffscreenCanvas;',
    script: { of: /inference\.worker/, text: 'delete globalThis.OffscreenCanvas;' },
    said: /WebGL in workers \(words are decoded by/,
  },
  {
    name: 'playback statistics',
    page: 'delete AudioContext.prototype.playbackStats; delete AudioContext.prototype.playoutStats;',
    said: /playback statistics/,
  },
  {
    name: 'render size',
    page: `delete BaseAudioContext.prototype.renderQuantumSize;
      globalThis.AudioContext = class extends AudioContext {
        constructor({ renderSizeHint, ...options } = {}) { super(options); }
      };`,
    said: /choice of the render size/,
  },
  {
    name: 'private files',
    page: `delete globalThis.FileSystemFileHandle; delete StorageManager.prototype.getDirectory;`,
  },
  {
    name: 'performance in worklets',
    script: { of: /(kernel|output)Processor/, text: 'delete globalThis.performance;' },
  },
  { name: 'output latency', page: 'delete AudioContext.prototype.outputLatency;' },
];

function handsOf(page: Page): Hands {
  return {
    evaluate: (script) => page.evaluate(script),
    start: () => page.getByRole('button', { name: 'Start' }).click(),
    down: (key) => page.keyboard.down(key),
    up: (key) => page.keyboard.up(key),
  };
}

/** The page without some things: what it says and whether it plays. */
async function without(
  browser: Browser,
  address: string,
  missing: readonly Gap[],
): Promise<{ played: PlayedBrowser; faults: readonly string[] }> {
  const { page, faults } = await openPage(browser, 'about:blank', { midi: 'fake' });
  try {
    await page.addInitScript(`${missing.map((gap) => gap.page ?? '').join('\n')}\n${tapScript}`);
    await page.route(/\/assets\/.*\.js$/, async (route) => {
      const path = new URL(route.request().url()).pathname;
      const scripts = missing.flatMap(({ script }) => (script?.of.test(path) ? [script.text] : []));
      if (scripts.length === 0) return route.fallback();
      const response = await route.fetch();
      const headers = response.headers();
      // They say how the answer came, not what is made of it here.
      for (const name of ['content-encoding', 'content-length']) Reflect.deleteProperty(headers, name);
      await route.fulfill({ status: 200, headers, body: `${scripts.join('\n')}\n${await response.text()}` });
    });
    await page.goto(address);
    const played = await playBrowser(handsOf(page), !missing.some(({ name }) => name === 'Web MIDI'));
    return {
      played,
      faults: faults.filter((fault) => !fault.startsWith(`request to ${new URL(address).origin}`)),
    };
  } finally {
    await page.context().close();
  }
}

function findingsOf(name: string, { played, faults }: { played: PlayedBrowser; faults: readonly string[] }) {
  return [
    atLeast(`${name}: a key, RMS`, played.key, heard, '', 3),
    atMost(`${name}: 150 ms after panic, RMS`, played.afterPanic, silent, '', 5),
    atLeast(`${name}: the next key, RMS`, played.next, heard, '', 3),
    atMost(`${name}: errors of the page`, faults.length, 0),
    ...(faults.length > 0 ? [figure(`${name}: the first`, faults[0].slice(0, 200))] : []),
  ];
}

async function inFirefox(firefox: Firefox, address: string, quick: boolean): Promise<readonly Finding[]> {
  const findings: Finding[] = [figure('Firefox', firefox.version)];
  if (!firefox.hasSound) {
    return [...findings, isSo('Firefox has a sound device', false, 'no: PulseAudio is not installed')];
  }
  for (const midi of quick ? (['fake', 'real'] as const) : (['fake', 'real', 'absent'] as const)) {
    const name = { fake: 'Firefox', real: 'Firefox, MIDI not yet allowed', absent: 'Firefox, no MIDI' }[midi];
    const { page, faults } = await firefox.open(address, midi, tapScript);
    const hands: Hands = {
      evaluate: (script) => page.evaluate(script),
      start: () => page.locator('>>> button.start').click(),
      down: (key) => page.keyboard.down(key as '5'),
      up: (key) => page.keyboard.up(key as '5'),
    };
    const played = await playBrowser(hands, midi === 'fake').catch((reason: unknown) => String(reason));
    await page.close();
    if (typeof played === 'string') {
      findings.push(isSo(`${name}: plays`, false, played.slice(0, 200)));
      continue;
    }
    findings.push(...findingsOf(name, { played, faults }));
    if (midi === 'fake') {
      findings.push(
        atLeast(`${name}: a MIDI key, RMS`, played.midi, heard, '', 3),
        isSo(`${name}: diagnostics name it`, /browser: .*Firefox/.test(played.diagnostics)),
        figure(`${name} decodes with`, played.backend),
      );
    }
    if (midi === 'absent') findings.push(isSo(`${name}: said`, /Web MIDI/.test(played.missing)));
  }
  return findings;
}

export const browsers: Trial = async ({ quick, address, progress }) => {
  const findings: Finding[] = [];
  const at = await address();
  progress(0.05, 'looking for Firefox');
  const firefox = await startFirefox().catch((reason: unknown) => String(reason));
  if (typeof firefox === 'string') findings.push(isSo('Firefox is there', false, firefox.slice(0, 200)));
  else {
    try {
      progress(0.1, 'playing in Firefox');
      findings.push(...(await inFirefox(firefox, at, quick)));
    } finally {
      await firefox.close();
    }
  }
  const browser = await launch();
  try {
    const runs = [gaps, ...(quick ? [] : gaps.map((gap) => [gap]))];
    for (const [k, missing] of runs.entries()) {
      const name = missing.length > 1 ? 'without all that Safari lacks' : `without ${missing[0].name}`;
      progress(0.5 + (0.5 * k) / runs.length, name);
      const result = await without(browser, at, missing).catch((reason: unknown) => String(reason));
      if (typeof result === 'string') {
        findings.push(isSo(`${name}: plays`, false, result.slice(0, 200)));
        continue;
      }
      findings.push(...findingsOf(name, result));
      const unsaid = missing.filter(({ said }) => said && !said.test(result.played.missing));
      findings.push(
        isSo(
          `${name}: the page says what is missing`,
          unsaid.length === 0,
          `not ${unsaid.map((gap) => gap.name).join(', ')}`,
        ),
      );
    }
  } finally {
    await browser.close();
  }
  return findings;
};
