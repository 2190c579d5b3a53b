// Soak: seeded play over all modes and parameters with a song and a take; what it leaves on the heaps and in the browser, and silence in the end.
import { parameters } from '../../src/contract/parameters.ts';
import { openStressPage, secondsToSilence, type StressPage, type StressWindow } from './stressPage.ts';
import { atMost, figure, isSo, type Finding, type TrialSetting } from './trial.ts';
import type { SongPlayer } from '../../src/midi/songPlayer.ts';
import type { Census } from '../browser/census.ts';

declare const window: StressWindow & {
  soak?: { stop(): void; readonly actions: number };
  /** The page's panel of songs. */
  readonly soakSong: { readonly song: SongPlayer };
};

/** Stretches of play, each with a rest behind it; nothing may grow from the first rest to the last. */
const full = { stretchSeconds: 300, stretches: 6 };
const quick = { stretchSeconds: 6, stretches: 2 };
/**
 * Bytes that the page's heap may grow by. In the quick run the compiler still learns: what is asked of it is that a leak of
 * what a second of play makes would show.
 */
const mostGrowth = { full: 2e6, quick: 3e6 };
const silentWithinSeconds = 10;
/** Fades by 60 dB. */
const longestRoomSeconds = 4;
/** Effects that nobody hears are let go after a while, and what they were made of is collected later still. */
const restSeconds = 4;

interface Look {
  readonly page: number;
  readonly worklet: number;
  readonly textures: number;
  readonly silence: number;
  readonly census: Census;
}

/** Runs in the page: plays by chance until it is stopped. */
function beginPlaying({
  seed,
  ranges,
}: {
  seed: number;
  ranges: readonly { id: string; min: number; max: number; isWhole: boolean }[];
}): void {
  let state = seed || 1;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const upTo = (count: number): number => Math.floor(count * random());
  const send = (...bytes: number[]): void => window.fakeMidi.send('keys', bytes);
  let actions = 0;
  const held: [channel: number, note: number][] = [];
  const { song } = window.soakSong;
  const act = (): void => {
    actions++;
    const channel = upTo(4);
    const kind = random();
    if (kind < 0.4) {
      const note = 36 + upTo(60);
      send(0x90 + channel, note, 1 + upTo(127));
      held.push([channel, note]);
      if (held.length > 12) {
        const [on, key] = held.shift()!;
        send(0x80 + on, key, 64);
      }
    } else if (kind < 0.6 && held.length > 0) {
      const [[on, key]] = held.splice(upTo(held.length), 1);
      send(0x80 + on, key, 64);
    } else if (kind < 0.85) {
      const { id, min, max, isWhole } = ranges[upTo(ranges.length)];
      const value = min + (max - min) * random();
      window.stress.instrument().session.set(id as never, isWhole ? Math.round(value) : value);
    } else if (kind < 0.9) send(0xe0 + channel, upTo(128), upTo(128));
    else if (kind < 0.94) send(0xb0 + channel, [1, 7, 10, 11, 70, 71, 72][upTo(7)], upTo(128));
    else if (kind < 0.97) send(0xb0 + channel, 64, upTo(2) * 127);
    else if (kind < 0.985) send(0xd0 + channel, upTo(128));
    else if (kind < 0.99) send(0xc0 + channel, upTo(16));
    else window.stress.instrument().session.state.history.undo();
  };
  const timer = setInterval(() => {
    for (let k = 0; k < 2; k++) act();
    // The song plays on and on.
    if (song.state !== 'playing') song.play();
  }, 50);
  window.soak = {
    get actions() {
      return actions;
    },
    stop() {
      clearInterval(timer);
      song.stop();
      for (const [channel, note] of held.splice(0)) send(0x80 + channel, note, 64);
      for (let channel = 0; channel < 4; channel++) send(0xb0 + channel, 64, 0);
    },
  };
}

/** Ends what sounds, takes all values back, and looks at what is left. */
async function rest(stressed: StressPage): Promise<Look> {
  const { page, heaps } = stressed;
  await page.evaluate(() => {
    window.soak!.stop();
    // What would sound for ever by the player's own wish.
    window.stress.instrument().session.startNew();
  });
  const silence = await secondsToSilence(stressed, 30);
  await page.waitForTimeout(1000 * restSeconds);
  await heaps.pageHeapBytes();
  await page.waitForTimeout(500);
  return {
    silence,
    page: await heaps.pageHeapBytes(),
    worklet: await heaps.heapBytes(),
    textures: await stressed.textures(),
    census: await page.evaluate(() => window.census()),
  };
}

/** Plays the plan and gives its figures. */
async function play(
  stressed: StressPage,
  plan: typeof full,
  { isQuick, seed, progress }: Pick<TrialSetting, 'seed' | 'progress'> & { readonly isQuick: boolean },
): Promise<Finding[]> {
  const { page, faults } = stressed;
  await page.getByRole('button', { name: 'Demo song', exact: true }).click();
  await page.getByRole('button', { name: 'Pause song', exact: true }).waitFor();
  // What is dropped or bound by chance may hide the panel of the song.
  await page.evaluate(() => {
    const seek = (root: ParentNode): Element | null => {
      for (const element of root.querySelectorAll('*')) {
        const found =
          element.localName === 'nv-song' ? element : element.shadowRoot && seek(element.shadowRoot);
        if (found) return found;
      }
      return null;
    };
    Object.assign(window, { soakSong: seek(document) });
  });
  await page.evaluate(() => window.stress.instrument().startRecording());
  const ranges = parameters
    .filter(({ id }) => id !== 'outputGainDb')
    .map(({ id, min, max, decimals }) => ({
      id,
      min,
      // A room of ten seconds rings for longer than silence may take, by the player's own wish.
      max: id === 'reverbSeconds' ? longestRoomSeconds : max,
      isWhole: decimals === 0,
    }));
  const looks: Look[] = [];
  let actions = 0;
  const begin = performance.now();
  const passed = () => (performance.now() - begin) / 1000;
  for (let stretch = 0; stretch < plan.stretches; stretch++) {
    await page.evaluate(beginPlaying, { seed: seed + stretch, ranges });
    const end = passed() + plan.stretchSeconds;
    while (passed() < end) {
      progress(passed() / (plan.stretches * plan.stretchSeconds), `${passed().toFixed(0)} s played`);
      await page.waitForTimeout(Math.min(10_000, 1000 * (end - passed())));
      await stressed.requirePlaying();
    }
    actions += await page.evaluate(() => window.soak!.actions);
    looks.push(await rest(stressed));
  }
  const played = passed();
  const take = await page.evaluate(async () => {
    const { seconds, lostFrames } = await window.stress.instrument().stopRecording();
    return { seconds, lostFrames };
  });
  const metered = await stressed.metered();
  const kernel = await stressed.kernelStatus();
  const grown = (of: (look: Look) => number): number => of(looks[looks.length - 1]) - of(looks[0]);
  const counts = ['listeners', 'nodes', 'workers', 'contexts', 'ports'] as const;
  return [
    figure('played', `${played.toFixed(0)} s, ${actions} actions`),
    atMost(
      'growth of the page heap',
      grown(({ page: bytes }) => bytes / 1e6),
      (isQuick ? mostGrowth.quick : mostGrowth.full) / 1e6,
      'MB',
      2,
    ),
    atMost(
      'growth of the worklet heap',
      grown(({ worklet }) => worklet / 1e6),
      0.25,
      'MB',
      3,
    ),
    atMost(
      'growth in textures',
      grown(({ textures }) => textures),
      0,
    ),
    ...counts.map((name) =>
      atMost(
        `growth in ${name}`,
        grown(({ census }) => census[name]),
        0,
      ),
    ),
    atMost(
      'silence after the last release',
      Math.max(...looks.map(({ silence }) => silence)),
      silentWithinSeconds,
      's',
      1,
    ),
    atMost('samples that are no numbers', metered.nonFinite + kernel.nonFinite, 0),
    atMost('largest sample', metered.peak, 0.98, '', 3),
    atMost('frames lost from the take', take.lostFrames, 0),
    isSo(`the take is whole (${take.seconds.toFixed(0)} s)`, take.seconds > 0.9 * played),
    isSo('no error on the page', faults.length === 0, faults[0]),
    ...looks.map(({ page: own, worklet, textures, census }, k) =>
      figure(
        `rest ${k + 1}`,
        `page ${(own / 1e6).toFixed(2)} MB, worklet ${(worklet / 1e6).toFixed(2)} MB, ${census.nodes} nodes, ${census.listeners} listeners, ${textures} textures`,
      ),
    ),
  ];
}

/** Promise 10 of docs/reliability.md. */
export async function soak({ quick: isQuick, seed, address, progress }: TrialSetting): Promise<Finding[]> {
  const plan = isQuick ? quick : full;
  const stressed = await openStressPage(await address(), { webGl: true });
  try {
    return await stressed.explained(() => play(stressed, plan, { isQuick, seed, progress }));
  } finally {
    await stressed.close();
  }
}
