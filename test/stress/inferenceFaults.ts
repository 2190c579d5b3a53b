// The decoder is made to fail in every way while sixteen notes are held and a take runs: what is heard, when the page notices, and
// when a fresh decoder has taken over.
import type { Browser, Page } from 'playwright-core';
import { launch, openPage, startPlaying } from '../browser/browser.ts';
import type { Probe } from '../browser/probe.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { holdModes, playModes, type ParameterId } from '../../src/contract/parameters.ts';
import { crowdOf, programsPerCore } from './crowd.ts';
import type { Instrument } from '../../src/instrument/instrument.ts';
import { atMost, figure, isSo, type Finding, type Trial } from './trial.ts';

interface StressWindow extends Window {
  readonly fakeMidi: FakeMidi;
  readonly probe: Probe;
  /** Every worker that the page has made. */
  readonly made: Worker[];
  /** So many of the next workers are ended as soon as they are made. */
  doomed: number;
  /** No worker can be made. */
  forbidden: boolean;
  /** When the latest decoder took over. */
  tookOverAt: number;
}
declare const window: StressWindow;

/** A way to fail. */
interface Fault {
  readonly name: string;
  /** Runs in the worker. */
  readonly inWorker?: string;
  /** Runs in the page instead. */
  readonly inPage?: string;
  /** It shows when something is decoded: a knob is turned right behind it. */
  readonly byKnob?: true;
  /** Much like another one: not tried in a hurry. */
  readonly isLike?: true;
}

/** Spoils what the wasm backend reads back: the bytes of a whole word. */
const spoil = (how: string): string => `
  const slice = Uint8Array.prototype.slice;
  Uint8Array.prototype.slice = function (...range) {
    const bytes = slice.apply(this, range);
    if (bytes.byteLength < 10_000) return bytes;
    const values = new Float32Array(bytes.buffer);
    ${how};
    return bytes;
  }`;
const toPort = (how: string): string => `
  const post = MessagePort.prototype.postMessage;
  MessagePort.prototype.postMessage = function (message, ...rest) {
    if (message?.type === 'clip') { ${how} }
    return post.call(this, message, ...rest);
  }`;

const faults: readonly Fault[] = [
  { name: 'throws', inWorker: `setTimeout(() => { throw new Error('thrown on purpose'); })` },
  { name: 'rejects', inWorker: `void Promise.reject(new Error('rejected on purpose'))` },
  { name: 'posts garbage to the page', inWorker: `self.postMessage({ noise: [1, 2, 3] })` },
  { name: 'hangs', inWorker: `setTimeout(() => { for (;;); })` },
  { name: 'is terminated', inPage: `window.made.at(-1).terminate()` },
  { name: 'ends itself', inWorker: `self.close()`, isLike: true },
  { name: 'gives NaN', inWorker: spoil('values.fill(NaN, 40, 50)'), byKnob: true },
  { name: 'gives infinity', inWorker: spoil('values[7] = Infinity'), byKnob: true },
  { name: 'gives nonsense out of range', inWorker: spoil('values.fill(1e6, 40, 50)'), byKnob: true },
  { name: 'gives zeros', inWorker: spoil('values.fill(0)'), byKnob: true, isLike: true },
  {
    name: 'finds no memory',
    inWorker: spoil(`throw new RangeError('Array buffer allocation failed')`),
    byKnob: true,
  },
  { name: 'posts garbage to the kernel', inWorker: toPort(`message = { type: 'silence' };`), byKnob: true },
  {
    name: 'posts broken clips to the kernel',
    inWorker: toPort('message.features[9] = NaN;'),
    byKnob: true,
    isLike: true,
  },
];
const dyingTwice: Fault = {
  name: 'dies, and so does the one after it',
  inPage: `window.doomed = 1; window.made.at(-1).terminate()`,
};

const chord = Array.from({ length: 16 }, (_, k) => 40 + 3 * k);
/** Kept sound: `hold` stands on the vowel for as long as the key is down. */
const patch: readonly (readonly [ParameterId, number])[] = [
  ['mode', playModes.indexOf('sing')],
  ['hold', holdModes.indexOf('hold')],
];

/** Runs in the page before any script of it. */
function keepWorkers(): void {
  const made: Worker[] = [];
  const Original = Worker;
  Object.assign(window, {
    made,
    doomed: 0,
    forbidden: false,
    Worker: class extends Original {
      constructor(...args: ConstructorParameters<typeof Worker>) {
        if (window.forbidden) throw new Error('forbidden on purpose');
        super(...args);
        made.push(this);
        if (window.doomed > 0) {
          window.doomed--;
          this.terminate();
        }
      }
    },
  });
}

/** What came of a fault. */
interface Course {
  /** Seconds from the fault. */
  readonly noticed: number;
  /** Seconds from the notice. */
  readonly tookOver: number;
  /** Until every word was as the knobs say again. */
  readonly settled: number;
  /** The longest time that the sound was away. */
  readonly gap: number;
  /** Neither patch, scenes nor undo were touched, and the take goes on. */
  readonly isPatchKept: boolean;
  readonly backend: string | null;
  readonly notices: readonly string[];
}

const patienceSeconds = 20;
const lastingMilliseconds = 1600;
/** Windows in which nothing of sixteen held notes is heard are a gap. */
const windowSeconds = 0.01;

class FaultyPage {
  readonly #page: Page;
  constructor(page: Page) {
    this.#page = page;
  }

  /** Starts, holds sixteen notes and records. */
  async begin(): Promise<void> {
    await startPlaying(this.#page);
    await this.#page.evaluate(
      async ({ values, notes }) => {
        const { instrument } = document.querySelector('nv-app') as unknown as { instrument: Instrument };
        for (const [id, value] of values) instrument.session.set(id, value);
        instrument.session.state.scenes.store(0);
        instrument.session.set('style2', 0.4);
        instrument.session.state.scenes.store(1);
        window.fakeMidi.plug('keys', 'Test Keys');
        await instrument.whenSettled();
        instrument.startRecording();
        Object.assign(window, { recordedFrom: instrument.context.currentTime });
        for (const note of notes) window.fakeMidi.send('keys', [0x90, note, 100]);
        await window.probe.pass(1.5);
      },
      { values: patch, notes: chord },
    );
  }

  get #workers() {
    return this.#page.workers().filter((worker) => worker.url().includes('inference.worker'));
  }

  /** Workers of the decoder that are alive. */
  get decoders(): number {
    return this.#workers.length;
  }

  async #inWorker(code: string): Promise<void> {
    const worker = this.#workers.at(-1);
    if (!worker) throw new Error('the page has no inference worker');
    await worker.evaluate(`${code}; undefined`);
  }

  /** Brings a fault about and watches until all is well again. */
  async suffer({ inWorker, inPage, byKnob }: Fault, untilSettled = true): Promise<Course> {
    const page = this.#page;
    const watching = await page.evaluateHandle(
      ([patience, untilSettled]) => {
        window.probe.clear();
        const { instrument } = document.querySelector('nv-app') as unknown as { instrument: Instrument };
        const { session } = instrument;
        // The log is bounded and counts what repeats: the newest entry tells whether there is a newer one.
        const known = instrument.faults.at(-1);
        const since = Date.now();
        const before = JSON.stringify([session.state.values, session.state.extras]);
        const course = { began: performance.now(), noticed: NaN, tookOver: NaN, settled: NaN, kept: false };
        const turn = () => session.set('style1', session.state.values.style1 > 0 ? -0.7 : 0.7);
        const done = new Promise<void>((resolve) => {
          const timer = setInterval(() => {
            const now = performance.now();
            if (Number.isNaN(course.noticed) && instrument.faults.at(-1) !== known) {
              course.noticed = now;
              // What is played and turned while no decoder is there.
              for (const [status, note] of [
                [0x90, 39],
                [0x80, 39],
              ])
                window.fakeMidi.send('keys', [status, note, 90]);
              turn();
            }
            const isRunning = instrument.status.decoding === 'running' && !Number.isNaN(course.noticed);
            if (Number.isNaN(course.tookOver) && isRunning) course.tookOver = window.tookOverAt = now;
            if (Number.isNaN(course.settled) && isRunning && instrument.status.settled) course.settled = now;
            if (
              !Number.isNaN(untilSettled ? course.settled : course.tookOver) ||
              now - course.began > 1000 * patience
            ) {
              clearInterval(timer);
              resolve();
            }
          }, 5);
        });
        return { course, done, since, before, turn };
      },
      [patienceSeconds, untilSettled] as const,
    );
    await watching.evaluate(({ course }) => (course.began = performance.now()));
    if (inWorker !== undefined) await this.#inWorker(inWorker);
    if (inPage !== undefined) await page.evaluate(inPage);
    if (byKnob) await watching.evaluate(({ turn }) => turn());
    const { course, since } = await watching.evaluate(async ({ course, done, since, before }, isTurned) => {
      await done;
      const { instrument } = document.querySelector('nv-app') as unknown as { instrument: Instrument };
      const { history } = instrument.session.state;
      const now = () => JSON.stringify([instrument.session.state.values, instrument.session.state.extras]);
      for (let turns = isTurned ? 2 : 1; turns > 0; turns--) {
        // Turns of one knob in a row may be one step.
        if (now() !== before) history.undo();
      }
      course.kept = now() === before && instrument.recording;
      return { course, since };
    }, byKnob === true);
    const { notices, backend } = await page.evaluate((from) => {
      const { instrument } = document.querySelector('nv-app') as unknown as { instrument: Instrument };
      const { faults, status } = instrument;
      return {
        notices: faults.filter(({ at }) => at >= from).map(({ what, now }) => `${what} ${now}`),
        backend: status.backend,
      };
    }, since);
    const gap = await this.#gap();
    return {
      noticed: (course.noticed - course.began) / 1000,
      tookOver: (course.tookOver - course.noticed) / 1000,
      settled: (course.settled - course.noticed) / 1000,
      gap,
      isPatchKept: course.kept,
      notices,
      backend,
    };
  }

  /** Seconds of the longest silence since the fault began. */
  async #gap(): Promise<number> {
    const { base64, sampleRate } = await this.#page.evaluate(() => window.probe.heard());
    const samples = new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
    const length = Math.round(windowSeconds * sampleRate);
    const levels: number[] = [];
    for (let at = 0; at + length <= samples.length; at += length) {
      let power = 0;
      for (let n = at; n < at + length; n++) power += samples[n] * samples[n];
      levels.push(Math.sqrt(power / length));
    }
    const usual = [...levels].sort((a, b) => a - b)[levels.length >> 1];
    let longest = 0;
    let silent = 0;
    for (const level of levels) {
      silent = level > 0.1 * usual && Number.isFinite(level) ? 0 : silent + 1;
      longest = Math.max(longest, silent);
    }
    return usual > 0 ? longest * windowSeconds : Infinity;
  }

  /** No decoder can be had any more: the sound goes on, the page says so, and its button begins anew. */
  async giveUp(): Promise<Finding[]> {
    const page = this.#page;
    const decoding = (wanted: string) =>
      page.waitForFunction((name) => {
        const { instrument } = document.querySelector('nv-app') as unknown as { instrument: Instrument };
        return instrument.status.decoding === name;
      }, wanted);
    await page.evaluate(() => {
      window.probe.clear();
      window.forbidden = true;
      window.made.at(-1)?.terminate();
    });
    await decoding('stopped');
    const told = await page.locator('#notice').innerText();
    const settling = await page.evaluate(() => {
      const { instrument } = document.querySelector('nv-app') as unknown as { instrument: Instrument };
      instrument.session.set('style1', 0.31);
      return instrument.whenSettled().then(
        () => 'settled',
        (reason: unknown) => String(reason),
      );
    });
    await page.evaluate(() => (window.forbidden = false));
    await page.locator('#notice').getByRole('button', { name: 'Put this notice away' }).click();
    const isAway = (await page.locator('#notice').count()) === 0;
    await page.locator('#stopped').getByRole('button', { name: 'Try again' }).click();
    await decoding('running');
    await page.evaluate(async () => {
      const { instrument } = document.querySelector('nv-app') as unknown as { instrument: Instrument };
      await instrument.whenSettled();
    });
    return [
      isSo('given up: the page says that knobs do not reach the words', /do not reach them/.test(told), told),
      isSo('given up: nobody waits for the decoder', /cannot be brought up to date/.test(settling), settling),
      atMost('given up: longest silence of the held notes', 1000 * (await this.#gap()), 0, 'ms'),
      isSo('given up: the notice can be put away, and Try again stays', isAway),
      isSo('given up: Try again has it decode again', true),
    ];
  }

  /** Lets a new decoder last before the next fault, which is no longer one of the same row then. */
  async rest(): Promise<void> {
    await this.#page.evaluate(async (lasting) => {
      const ends = window.tookOverAt + lasting;
      while (performance.now() < ends) await new Promise((resolve) => setTimeout(resolve, 20));
    }, lastingMilliseconds);
  }

  /** Ends the take. @returns how far its length is off the time that it ran, and what was lost on the way */
  end(): Promise<{
    offSeconds: number;
    lostFrames: number;
    missedNotes: number;
    underruns: number;
    state: string;
  }> {
    return this.#page.evaluate(async () => {
      const { instrument } = document.querySelector('nv-app') as unknown as { instrument: Instrument };
      const { recordedFrom } = window as unknown as { recordedFrom: number };
      const ran = instrument.context.currentTime - recordedFrom;
      const take = await instrument.stopRecording();
      const { missedNotes, underruns, state } = instrument.status;
      const offSeconds = Math.abs(take.seconds - ran);
      return { offSeconds, lostFrames: take.lostFrames, missedNotes, underruns, state };
    });
  }
}

async function open(
  browser: Browser,
  address: string,
  script?: (text: string) => string,
): Promise<FaultyPage> {
  const { page } = await openPage(browser, 'about:blank', { probe: true });
  await page.addInitScript(keepWorkers);
  if (script) {
    await page.route('**/inference.worker-*.js', async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: script(await answer.text()) });
    });
  }
  await page.goto(address);
  return new FaultyPage(page);
}

const worst = (courses: readonly Course[], of: (course: Course) => number): number =>
  courses.reduce((most, course) => Math.max(most, Number.isNaN(of(course)) ? Infinity : of(course)), 0);

/** The figures of a row of faults on one page, and the rows that fell short by name. */
function findingsOf(
  where: string,
  named: readonly (readonly [string, Course])[],
  most: { notice: number; takeOver: number },
): Finding[] {
  const courses = named.map(([, course]) => course);
  const failing = (isBad: (course: Course) => boolean): string =>
    named
      .filter(([, course]) => isBad(course))
      .map(([name]) => name)
      .join(', ');
  const kept = failing(({ isPatchKept }) => !isPatchKept);
  const untold = failing(({ notices }) => !/taken over/.test(notices.at(-1) ?? ''));
  return [
    atMost(
      `${where}: noticed`,
      worst(courses, (course) => course.noticed),
      most.notice,
      's',
      2,
    ),
    atMost(
      `${where}: then another one decodes`,
      worst(courses, (course) => course.tookOver),
      most.takeOver,
      's',
      2,
    ),
    atMost(
      `${where}: longest silence of the held notes`,
      1000 * worst(courses, (course) => course.gap),
      0,
      'ms',
    ),
    isSo(`${where}: patch, scenes and undo are as they were, the take goes on`, kept === '', kept),
    isSo(`${where}: the page says what has taken over`, untold === '', untold),
  ];
}

/** The trial: every fault on the wasm backend, then a graphics context that is lost again and again. */
export const inferenceFaults: Trial = async ({ quick, address, progress }) => {
  const findings: Finding[] = [];
  const at = await address();
  const browser = await launch();
  try {
    const page = await open(browser, `${at}?backend=wasm`);
    await page.begin();
    const named: (readonly [string, Course])[] = [];
    const rounds = quick ? 1 : 3;
    const tried = faults.filter(({ isLike }) => !quick || !isLike);
    for (let round = 0; round < rounds; round++) {
      for (const [k, fault] of tried.entries()) {
        progress((0.7 * (round + k / tried.length)) / rounds, fault.name);
        named.push([fault.name, await page.suffer(fault)]);
        await page.rest();
      }
    }
    for (const [name, { noticed, tookOver, settled }] of named.slice(0, tried.length)) {
      findings.push(
        figure(
          `a decoder that ${name}`,
          `noticed ${noticed.toFixed(2)} s, replaced ${tookOver.toFixed(2)} s, every word right ${settled.toFixed(2)} s`,
        ),
      );
    }
    // A worker starts later where other programs want the same cores.
    const crowd = crowdOf();
    findings.push(figure('programs that want each core', programsPerCore().toFixed(1)));
    findings.push(...findingsOf('worker', named, { notice: 1, takeOver: 2 * crowd }));
    if (!quick) {
      const twice = await page.suffer(dyingTwice);
      findings.push(
        ...findingsOf('two in a row', [[dyingTwice.name, twice]], { notice: 1, takeOver: 4 * crowd }),
      );
      await page.rest();
    }
    progress(0.75, 'no worker can be made');
    findings.push(...(await page.giveUp()));
    const { offSeconds, lostFrames, missedNotes, underruns, state } = await page.end();
    findings.push(
      atMost('the take is off the time that it ran by', 1000 * offSeconds, 100, 'ms'),
      atMost('frames that the take lost', lostFrames, 0),
      atMost('notes that found no sound', missedNotes, 0),
      figure('blocks over their time', String(underruns)),
      isSo('the instrument plays to the end', state === 'ready', state),
    );
  } finally {
    await browser.close();
  }
  progress(0.85, 'losing graphics contexts');
  const lost = await lostContexts(at, quick ? 1 : 10).catch((reason: unknown) => [
    isSo('WebGL in software: the page plays', false, String(reason).slice(0, 200)),
  ]);
  findings.push(...lost);
  return findings;
};

/** Keeps the context that is drawn with where `lose` finds it, and breaks shaders once it is told to. */
const contextKeeper = `
  const draw = WebGL2RenderingContext.prototype.drawElements;
  WebGL2RenderingContext.prototype.drawElements = function (...args) {
    self.drawnWith = this;
    return draw.apply(this, args);
  };\n`;
const brokenShaders = `
  const parameter = WebGL2RenderingContext.prototype.getProgramParameter;
  WebGL2RenderingContext.prototype.getProgramParameter = function (program, name) {
    return name === this.LINK_STATUS ? false : parameter.call(this, program, name);
  };\n`;
const lose = `self.drawnWith?.getExtension('WEBGL_lose_context').loseContext()`;

/**
 * Graphics contexts that are lost one after the other, ten in the full run, each after the one before had lasted: the decoder comes back
 * on WebGL, which was asked for. Then shaders do not link any more, and WebAssembly takes over.
 */
async function lostContexts(address: string, times: number): Promise<Finding[]> {
  const browser = await launch({ webGl: true });
  try {
    let isBroken = false;
    const page = await open(
      browser,
      `${address}?backend=webgl`,
      (text) => contextKeeper + (isBroken ? brokenShaders : '') + text,
    );
    await page.begin();
    const courses: [string, Course][] = [];
    for (let loss = 1; loss <= times; loss++) {
      const course = await page.suffer({ name: 'loses its context', inWorker: lose }, false);
      courses.push([`loss ${loss}`, course]);
      await page.rest();
    }
    const strayed = courses.filter(([, { backend }]) => backend !== 'webgl').map(([name]) => name);
    isBroken = true;
    const last = await page.suffer({ name: 'finds shaders that do not link', inWorker: lose }, false);
    await page.rest();
    return [
      figure('graphics contexts lost', String(times + 1)),
      isSo('WebGL takes over each time', strayed.length === 0, strayed.join(', ')),
      isSo(
        'shaders that do not link: WebAssembly takes over',
        last.backend === 'wasm',
        last.backend ?? 'nothing',
      ),
      atMost('workers of lost contexts that are left', page.decoders - 1, 0),
      // Shaders are compiled in software here, which takes seconds.
      ...findingsOf('WebGL in software', [...courses, ['shaders', last]], { notice: 1, takeOver: 20 }),
    ];
  } finally {
    await browser.close();
  }
}
