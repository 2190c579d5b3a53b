// Faults of storage: no database, everything blocked, a database that never opens, a full disk, two tabs; whether the page plays, tells
// the truth about what is kept, loses nothing, and asks before it is closed only where something would be lost.
import type { Browser, Page } from 'playwright-core';
import { launch, openPage, parameterOf } from '../browser/browser.ts';
import { atMost, isSo, type Finding, type Trial, type TrialSetting } from './trial.ts';

const noDatabase = `Object.defineProperty(globalThis, 'indexedDB', { value: undefined });`;
const allBlocked = `
  for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) Object.defineProperty(globalThis, name, {
    get: () => { throw new DOMException('blocked', 'SecurityError'); },
  });`;
const closedClipboard = `
  navigator.clipboard.writeText = () => Promise.reject(new DOMException('closed', 'NotAllowedError'));`;
const neverOpens = `IDBFactory.prototype.open = () => new EventTarget();`;
/** A quota that DevTools lowers counts half a minute later: the browser estimates what is left. */
const fillable = `{
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (...args) {
    if (globalThis.isFull) throw new DOMException('', 'QuotaExceededError');
    return put.apply(this, args);
  };
}`;
const patience = 30_000;

/** A page of the trial, with hands for what it needs. */
class StoragePage {
  readonly page: Page;
  readonly #faults: readonly string[];
  #asked = 0;

  constructor(page: Page, faults: readonly string[]) {
    this.page = page;
    this.#faults = faults;
    page.on('dialog', (dialog) => {
      this.#asked++;
      void dialog.accept();
    });
  }

  /** What went wrong in it. */
  get faults(): readonly string[] {
    // It was opened empty, so that its own origin counts as a stranger.
    return this.#faults.filter((fault) => !fault.startsWith('request to'));
  }

  static async open(browser: Browser, address: string, script = ''): Promise<StoragePage> {
    const { page, faults } = await openPage(browser, 'about:blank');
    await page.addInitScript(script);
    await page.goto(address);
    const opened = new StoragePage(page, faults);
    page.setDefaultTimeout(patience);
    await opened.start();
    return opened;
  }

  async start(): Promise<void> {
    await this.page.getByRole('button', { name: 'Start' }).click();
    await this.page.locator('nv-panels').waitFor();
  }

  set(id: string, value: number): Promise<void> {
    return this.page.evaluate(
      ([name, to]) => {
        const app = document.querySelector('nv-app') as unknown as {
          instrument: { setParameter(id: string, value: number): void };
        };
        app.instrument.setParameter(name, to);
      },
      [id, value] as const,
    );
  }

  /** Saves the sound; gives what the page says of it. */
  async save(name: string): Promise<string> {
    const { page } = this;
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByLabel('Name to save under').fill(name);
    await page.getByRole('button', { name: 'Save sound', exact: true }).click();
    const status = page.locator('nv-preset-browser').getByRole('status');
    await status.filter({ hasText: /\S/ }).waitFor();
    const said = (await status.textContent()) ?? '';
    await page.keyboard.press('Escape');
    return said;
  }

  async lists(name: string): Promise<boolean> {
    await this.page.getByRole('button', { name: 'Save', exact: true }).click();
    const found = await this.page.getByRole('button', { name: `Export ${name}`, exact: true }).count();
    await this.page.keyboard.press('Escape');
    return found === 1;
  }

  /** What the page says is not kept. */
  async unkept(): Promise<string> {
    const said = await this.page.locator('.paused').allTextContents();
    return said
      .map((text) => text.trim())
      .filter((text) => /kept|until the page/.test(text))
      .join(' ');
  }

  /** Until the page says so, or not. */
  async says(pattern: RegExp): Promise<boolean> {
    const end = Date.now() + patience;
    while (Date.now() < end) {
      if (pattern.test(await this.unkept())) return true;
      await this.page.waitForTimeout(100);
    }
    return false;
  }

  /** Whether leaving would ask now. */
  asks(): Promise<boolean> {
    return this.page.evaluate(() => !dispatchEvent(new Event('beforeunload', { cancelable: true })));
  }

  /** Closes the page as a person does: true when it asked before. */
  async close(): Promise<boolean> {
    const before = this.#asked;
    const closed = this.page.waitForEvent('close', { timeout: patience });
    await this.page.close({ runBeforeUnload: true });
    await closed;
    await this.page.context().close();
    return this.#asked > before;
  }
}

async function withoutDatabase(browser: Browser, address: string): Promise<Finding[]> {
  const name = 'no IndexedDB';
  const page = await StoragePage.open(browser, address, noDatabase);
  const said = await page.says(/^Presets that you save last only until the page is closed, all else is kept/);
  await page.set('drive', 0.4);
  await page.page.waitForTimeout(600);
  await page.page.reload();
  await page.start();
  const drive = await parameterOf(page.page, 'drive');
  const saved = await page.save('Mine');
  const asked = await page.close();
  return [
    isSo(`${name}: said`, said),
    isSo(`${name}: what was played is there after a reload`, Math.abs(drive - 0.4) < 1e-6, String(drive)),
    isSo(
      `${name}: a preset is not called saved without more`,
      /only until this page is closed/.test(saved),
      saved,
    ),
    isSo(`${name}: leaving asks, as a preset would be lost`, asked),
    atMost(`${name}: errors of the page`, page.faults.length, 0),
  ];
}

async function blocked(browser: Browser, address: string): Promise<Finding[]> {
  const name = 'everything blocked';
  const page = await StoragePage.open(browser, address, allBlocked + closedClipboard);
  const said = await page.says(/lasts only until the page is closed/);
  await page.set('drive', 0.4);
  await page.page.getByRole('button', { name: 'Copy diagnostics' }).click();
  const report = page.page.getByRole('textbox', { name: 'Diagnostics' });
  const copied = await report.inputValue();
  const isSelected = await report.evaluate(
    (area: HTMLTextAreaElement) => area.selectionEnd - area.selectionStart === area.value.length,
  );
  await page.page.locator('nv-latency select').selectOption('safe');
  const asked = await page.close();
  return [
    isSo(`${name}: said`, said),
    isSo(`${name}: leaving asks`, asked),
    isSo(
      `${name}, clipboard too: diagnostics stand there to be copied, and tell of it`,
      /^numvox: .*storage: What you do here lasts only/s.test(copied) && isSelected,
      copied.slice(0, 80),
    ),
    atMost(`${name}: errors of the page`, page.faults.length, 0),
  ];
}

async function full(browser: Browser, address: string): Promise<Finding[]> {
  const name = 'quota full';
  const page = await StoragePage.open(browser, address, fillable);
  const fill = (isFull: boolean) =>
    page.page.evaluate((full) => void Object.assign(globalThis, { isFull: full }), isFull);
  await page.page.waitForTimeout(600);
  await fill(true);
  await page.set('drive', 0.6);
  const said = await page.says(/no room left .* kept in a smaller store/);
  const saved = await page.save('Full');
  const listed = await page.lists('Full');
  await fill(false);
  // Nothing is touched: it is tried again by itself.
  const end = Date.now() + patience;
  while ((await page.unkept()) !== '' && Date.now() < end) await page.page.waitForTimeout(100);
  const recovered = (await page.unkept()) === '';
  const later = await page.save('Later');
  await page.page.reload();
  await page.start();
  const drive = await parameterOf(page.page, 'drive');
  const kept = await page.lists('Later');
  const asked = await page.close();
  return [
    isSo(`${name}: said`, said),
    isSo(
      `${name}: a preset that was not stored is not called saved`,
      !/^Saved/.test(saved) && !listed,
      saved,
    ),
    isSo(`${name}: kept by itself when there is room again, and the notice goes`, recovered),
    isSo(`${name}: then saved is saved`, /^Saved as Later\.$/.test(later) && kept, later),
    isSo(
      `${name}: what was played meanwhile is there after a reload`,
      Math.abs(drive - 0.6) < 1e-6,
      String(drive),
    ),
    isSo(`${name}: leaving asks nothing`, !asked, 'it asked'),
    atMost(`${name}: errors of the page`, page.faults.length, 0),
  ];
}

async function unsavedTake(browser: Browser, address: string): Promise<Finding[]> {
  const page = await StoragePage.open(browser, address);
  const { page: tab } = page;
  await tab.getByRole('button', { name: 'Record', exact: true }).click();
  await tab.waitForTimeout(300);
  const whileRecording = await page.asks();
  await tab.getByRole('button', { name: 'Stop', exact: true }).first().click();
  const link = tab.getByRole('link', { name: 'Save WAV' });
  await link.waitFor();
  const before = await page.asks();
  await link.click();
  const after = await page.asks();
  return [
    isSo('a take that is being recorded: leaving asks', whileRecording),
    isSo('a take that was not saved: leaving asks', before),
    isSo('a take that was saved: leaving asks nothing', !after && !(await page.close()), 'it asked'),
  ];
}

async function neverOpening(browser: Browser, address: string): Promise<Finding[]> {
  const name = 'a database that never opens';
  const page = await StoragePage.open(browser, address, neverOpens);
  const said = await page.says(/does not open its database/);
  await page.close();
  return [isSo(`${name}: the page plays and says so`, said)];
}

async function twoTabs(browser: Browser, address: string): Promise<Finding[]> {
  const first = await StoragePage.open(browser, address);
  const second = new StoragePage(await first.page.context().newPage(), []);
  await second.page.goto(address);
  await second.start();
  await Promise.all([first.save('From one'), second.save('From the other')]);
  const lists = [];
  for (const page of [first, second]) {
    await page.page.waitForTimeout(300);
    lists.push(await page.lists('From one'), await page.lists('From the other'));
  }
  await first.page.context().close();
  return [isSo('two tabs that save at once: each has both presets', !lists.includes(false))];
}

async function run({ quick, address, progress }: TrialSetting): Promise<readonly Finding[]> {
  const at = `${await address()}?backend=wasm`;
  const browser = await launch();
  const parts = [withoutDatabase, blocked, full, unsavedTake, ...(quick ? [] : [neverOpening, twoTabs])];
  const findings: Finding[] = [];
  try {
    for (const [k, part] of parts.entries()) {
      progress(k / parts.length, part.name);
      const found = await part(browser, at).catch((reason: unknown) => [
        isSo(part.name, false, String(reason).slice(0, 200)),
      ]);
      findings.push(...found);
    }
  } finally {
    await browser.close();
  }
  return findings;
}

export const storageFaults: Trial = run;
