// Floods: 10,000 MIDI messages a second of every kind from a worker's clock; whether the page answers, and what is left when it is over.
import type { CDPSession, Page } from 'playwright-core';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { crowdOf, programsPerCore } from './crowd.ts';
import { openStressPage, secondsToSilence, type StressWindow } from './stressPage.ts';
import { atLeast, atMost, figure, isSo, type Finding, type TrialSetting } from './trial.ts';

const wantedRate = 10_000;
const seconds = { full: 60, quick: 8 };
/** A shorter flood goes before, in which the compiler learns the way of messages. */
const learningSeconds = 4;
/** Largest growth of the page's heap over the flood, in MB: one object of 100 bytes that stayed for each message would be 10. */
const mostGrowth = 2;
const silentWithinSeconds = 10;
/** Share of a core in % that a flood may cost the page's main thread: the rest is for drawing and for answers. */
const mostOfMainThread = 50;
const longestAnswerMs = 100;

/** Twice in a page: what floods it, and what asks it whether it answers. */
const floodSource = `
let state = 1;
const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
const upTo = (count) => Math.floor(count * random());
const held = { keys: [], mpe: [] };
const on = (port, channel, note, velocity) => {
  held[port].push([channel, note]);
  return [port, [0x90 + channel, note, velocity]];
};
const off = (port, [channel, note]) => [port, [0x80 + channel, note, 64]];
/** A port holds this many keys at most. */
const most = 20;
const makers = [
  [0.2, () => on('keys', upTo(4), 24 + upTo(80), 1 + upTo(127))],
  [0.18, () => held.keys.length > 0 ? off('keys', ...held.keys.splice(upTo(held.keys.length), 1)) : ['keys', [0xfe]]],
  [0.06, () => on('mpe', 1 + upTo(15), 24 + upTo(80), 1 + upTo(127))],
  [0.06, () => held.mpe.length > 0 ? off('mpe', ...held.mpe.splice(upTo(held.mpe.length), 1)) : ['mpe', [0xfe]]],
  [0.18, () => ['keys', [0xb0 + upTo(16), [1, 5, 7, 10, 11, 16, 70, 71, 72, 73, 74, 75, 76, 77, 91, 93][upTo(16)], upTo(128)]]],
  [0.02, () => ['keys', [0xb0 + upTo(4), [64, 66, 67][upTo(3)], 127 * upTo(2)]]],
  [0.08, () => ['keys', [0xe0 + upTo(16), upTo(128), upTo(128)]]],
  [0.06, () => ['mpe', [0xe1 + upTo(15), upTo(128), upTo(128)]]],
  [0.05, () => ['mpe', [0xb1 + upTo(15), 74, upTo(128)]]],
  [0.04, () => ['mpe', [0xd1 + upTo(15), upTo(128)]]],
  [0.03, () => ['keys', [0xd0 + upTo(16), upTo(128)]]],
  [0.02, () => ['keys', [0xa0 + upTo(4), 24 + upTo(80), upTo(128)]]],
  [0.01, () => ['keys', [0xf0, 0x7e, ...Array.from({ length: 40 }, () => upTo(128)), 0xf7]]],
  [0.01, () => ['keys', [0xf8]]],
];
const make = () => {
  for (const port of ['keys', 'mpe']) if (held[port].length > most) return off(port, held[port].shift());
  let kind = random();
  for (const [share, maker] of makers) if ((kind -= share) < 0) return maker();
  return ['keys', [0xfe]];
};
onmessage = ({ data: { rate, seconds, seed } }) => {
  state = seed;
  let made = 0;
  const begin = performance.now();
  const timer = setInterval(() => {
    const passed = (performance.now() - begin) / 1000;
    const due = Math.floor(rate * Math.min(seconds, passed));
    const batch = [];
    for (; made < due; made++) batch.push(make());
    if (passed < seconds) return postMessage({ batch });
    clearInterval(timer);
    for (const port of ['keys', 'mpe']) for (const key of held[port].splice(0)) batch.push(off(port, key));
    for (let channel = 0; channel < 16; channel++) {
      for (const pedal of [64, 66, 67]) batch.push(['keys', [0xb0 + channel, pedal, 0]]);
    }
    postMessage({ batch, made, isLast: true });
  }, 1);
};`;

const askSource = `
let sent = new Map(), next = 0, times = [];
const timer = setInterval(() => { sent.set(next, performance.now()); postMessage({ ping: next++ }); }, 20);
onmessage = ({ data }) => {
  if (data !== 'end') { times.push(performance.now() - sent.get(data.pong)); sent.delete(data.pong); }
  else { clearInterval(timer); for (const since of sent.values()) times.push(performance.now() - since); postMessage({ times }); }
};`;

interface Flooded {
  readonly delivered: number;
  readonly seconds: number;
  /** Milliseconds that the page took to answer, sorted. */
  readonly answers: readonly number[];
  /** Milliseconds of each task longer than 50. */
  readonly longTasks: readonly number[];
}

declare const window: StressWindow & { fakeMidi: FakeMidi };

/** Runs in the page. */
async function flood(given: {
  floodSource: string;
  askSource: string;
  rate: number;
  seconds: number;
  seed: number;
}): Promise<Flooded> {
  const start = (source: string) =>
    new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })));
  const asker = start(given.askSource);
  const flooder = start(given.floodSource);
  const longTasks: number[] = [];
  const observer = new PerformanceObserver((list) =>
    longTasks.push(...list.getEntries().map(({ duration }) => duration)),
  );
  observer.observe({ type: 'longtask' });
  const answers = new Promise<number[]>((resolve) => {
    asker.onmessage = ({ data }: MessageEvent<{ ping: number } | { times: number[] }>) => {
      if ('times' in data) resolve(data.times);
      else asker.postMessage({ pong: data.ping });
    };
  });
  let delivered = 0;
  const begin = performance.now();
  await new Promise<void>((resolve, reject) => {
    flooder.onmessage = ({
      data: { batch, isLast },
    }: MessageEvent<{ batch: [string, number[]][]; isLast?: boolean }>) => {
      void (async () => {
        for (const [port, bytes] of batch) {
          // A page that has fallen behind for good would be fed for minutes: what it is late for has not arrived.
          const isLate = performance.now() - begin > 1000 * given.seconds + 500;
          const ends = bytes[0] < 0x90 || (bytes[0] & 0xf0) === 0xb0;
          if (isLate && !ends) continue;
          window.fakeMidi.send(port, bytes);
          if (!isLate) delivered++;
          // Each message of a device is an event of its own.
          await Promise.resolve();
        }
        if (isLast) resolve();
      })().catch(reject);
    };
    flooder.postMessage({ rate: given.rate, seconds: given.seconds, seed: given.seed });
  });
  const seconds = (performance.now() - begin) / 1000;
  asker.postMessage('end');
  const times = await answers;
  asker.terminate();
  flooder.terminate();
  observer.disconnect();
  return { delivered, seconds, answers: times.sort((a, b) => a - b), longTasks };
}

/** What a page's main thread has done since the page was opened, in seconds. */
interface MainThread {
  /** Of processor time, which other programs add nothing to. */
  readonly processor: number;
  /** Of time with something to do: the same, and waiting for a core. */
  readonly busy: number;
}

async function metrics(session: CDPSession): Promise<Readonly<Record<string, number>>> {
  const answer = await session.send('Performance.getMetrics');
  return Object.fromEntries(answer.metrics.map(({ name, value }) => [name, value]));
}

async function watchMainThread(page: Page): Promise<() => Promise<MainThread>> {
  const [processor, clock] = await Promise.all([1, 2].map(() => page.context().newCDPSession(page)));
  await processor.send('Performance.enable', { timeDomain: 'threadTicks' });
  await clock.send('Performance.enable', { timeDomain: 'timeTicks' });
  return async () => {
    const [ofThread, ofClock] = await Promise.all([metrics(processor), metrics(clock)]);
    return { processor: ofThread.ThreadTime, busy: ofClock.TaskDuration };
  };
}

/** Promise 4 of docs/reliability.md. */
export async function floods({ quick, seed, address, progress }: TrialSetting): Promise<Finding[]> {
  const stressed = await openStressPage(await address());
  try {
    const { page, faults, heaps } = stressed;
    await page.evaluate(() => {
      window.fakeMidi.plug('mpe', 'Stress MPE');
      // The lower zone of all fifteen channels.
      for (const bytes of [
        [0xb0, 101, 0],
        [0xb0, 100, 6],
        [0xb0, 6, 15],
      ]) {
        window.fakeMidi.send('mpe', bytes);
      }
    });
    const run = (length: number, its: number) =>
      page.evaluate(flood, { floodSource, askSource, rate: wantedRate, seconds: length, seed: its + 1 });
    progress(0, 'learning');
    await run(learningSeconds, seed);
    await page.waitForTimeout(2000);
    const mainThread = await watchMainThread(page);
    const before = await heaps.pageHeapBytes();
    const length = quick ? seconds.quick : seconds.full;
    progress(learningSeconds / length, `${length} s of flood`);
    const begun = await mainThread();
    const { delivered, seconds: took, answers, longTasks } = await run(length, seed + 1);
    const ended = await mainThread();
    const processor = ended.processor - begun.processor;
    const busy = ended.busy - begun.busy;
    // What is promised of times and of the rate gives way by as much.
    const waiting = crowdOf();
    const silence = await secondsToSilence(stressed, 30);
    await page.waitForTimeout(1000);
    const after = await heaps.pageHeapBytes();
    const kernel = await stressed.kernelStatus();
    const metered = await stressed.metered();
    const lit = await page.locator('[data-pressed]').count();
    const rank = (share: number) => answers[Math.min(answers.length - 1, Math.floor(share * answers.length))];
    return [
      atLeast('messages a second that arrived', delivered / length, (0.95 * wantedRate) / waiting),
      figure('messages', String(delivered)),
      isSo('no exception', faults.length === 0, faults[0]),
      figure('flood took', `${took.toFixed(1)} s`),
      atMost('stuck notes: voices that still sound', kernel.activeVoices + lit, 0),
      atMost('silence after the last release', silence, silentWithinSeconds * waiting, 's', 1),
      atMost('samples that are no numbers', metered.nonFinite + kernel.nonFinite, 0),
      atMost('main thread, processor time', (100 * processor) / took, mostOfMainThread, '%'),
      figure('main thread, with waiting for a core', `${((100 * busy) / took).toFixed(0)} %`),
      figure('programs that want each core', programsPerCore().toFixed(1)),
      figure('page answers in, median', `${rank(0.5).toFixed(0)} ms`),
      // A short run is for machines that are busy with other things: they answer late without a flood too.
      quick
        ? figure('page answers in, 99 of 100', `${rank(0.99).toFixed(0)} ms`)
        : atMost('page answers in, 99 of 100', rank(0.99), longestAnswerMs * waiting, 'ms'),
      figure('page answers in, longest', `${rank(1).toFixed(0)} ms`),
      figure('tasks above 50 ms', String(longTasks.length)),
      atMost('growth of the page heap', (after - before) / 1e6, mostGrowth, 'MB', 2),
      figure('notes that found no room', String(kernel.missedNotes)),
      figure('quanta over budget', String(kernel.underruns)),
    ];
  } finally {
    await stressed.close();
  }
}
