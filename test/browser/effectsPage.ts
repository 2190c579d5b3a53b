// In the page of the effects' tests: renders a source through the effects in an OfflineAudioContext.
import { Context as ToneContext } from 'tone/build/esm/core/context/Context.js';
import { createEffects, type EffectParameterId } from '../../src/output/effects/effects.ts';
import { measureLoopLag } from '../../src/output/effects/loopLag.ts';
import { Room } from '../../src/output/effects/room.ts';
import { wholeRoom } from '../helpers/wholeRoom.ts';
import { allAtOnce, pageSlices } from '../../src/output/effects/slices.ts';

/** What is rendered. */
export interface Scene {
  readonly sampleRate: number;
  /** Left and right, little-endian float32 in base64; their length is the scene's. */
  readonly sides: readonly [string, string];
  /** Parameters to set, at times in seconds; those at 0 are in force from the start. */
  readonly events: readonly {
    readonly at: number;
    readonly values: Partial<Record<EffectParameterId, number>>;
  }[];
  /** Times at which to note which effects are connected. */
  readonly looks?: readonly number[];
}

/** What came of it. */
export interface Rendered {
  /** Left and right, little-endian float32 in base64. */
  readonly sides: readonly string[];
  readonly active: readonly string[];
}

function base64(samples: Float32Array): string {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

function samplesOf(text: string): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

/** Renders a scene; what is to happen at a time happens in the quantum that holds it. */
export async function renderScene(scene: Scene): Promise<Rendered> {
  const { sampleRate, events, looks = [] } = scene;
  const sides = scene.sides.map(samplesOf);
  const seconds = sides[0].length / sampleRate;
  const context = new OfflineAudioContext(2, sides[0].length, sampleRate);
  const buffer = context.createBuffer(2, sides[0].length, sampleRate);
  sides.forEach((samples, side) => buffer.copyToChannel(samples, side));
  const source = new AudioBufferSourceNode(context, { buffer });
  source.start();
  const active: string[] = [];
  const toneContext = new ToneContext({
    context: context as unknown as AudioContext,
    lookAhead: 0,
    clockSource: 'offline',
  });
  /** Work by the quantum in which it is due: a context can stop only once in each. */
  const agenda = new Map<number, (() => void)[]>();
  const quantum = 128 / sampleRate;
  const at = (time: number, action: () => void): (() => void) => {
    const turn = Math.max(Math.ceil(time / quantum), Math.round(context.currentTime / quantum) + 1);
    const here = agenda.get(turn);
    let off = false;
    const work = (): void => {
      if (!off) action();
    };
    if (here) here.push(work);
    else {
      const list = [work];
      agenda.set(turn, list);
      if (turn * quantum < seconds) {
        void context.suspend(turn * quantum).then(async () => {
          for (const one of list) one();
          // What was set takes effect at the end of the page's task.
          await Promise.resolve();
          await context.resume();
        });
      }
    }
    return () => void (off = true);
  };
  const effects = createEffects(toneContext, source, context.destination, {
    later: (wait, action) => at(context.currentTime + wait, action),
    slices: allAtOnce,
    loopLag: await measureLoopLag(sampleRate),
  });
  const setAll = (values: object): void => {
    for (const [id, value] of Object.entries(values)) effects.set(id as EffectParameterId, value as number);
  };
  for (const { at: time, values } of events) {
    if (time === 0) setAll(values);
    else at(time, () => setAll(values));
  }
  for (const time of looks) at(time, () => active.push(effects.active.join(' ')));
  await Promise.resolve();
  const rendered = await context.startRendering();
  return {
    sides: [base64(rendered.getChannelData(0)), base64(rendered.getChannelData(1))],
    active,
  };
}

/** What is thrown when a parameter is set that is not there or out of range. */
export function refusal(id: string, value: number): string {
  const context = new OfflineAudioContext(2, 128, 48_000);
  const toneContext = new ToneContext({
    context: context as unknown as AudioContext,
    clockSource: 'offline',
  });
  const effects = createEffects(toneContext, context.createGain(), context.destination);
  try {
    effects.set(id as EffectParameterId, value);
    return 'taken';
  } catch (reason) {
    return String(reason);
  }
}

/** Longest that the page could not answer while something was done, in milliseconds. */
async function longestBlock(work: () => Promise<void> | void): Promise<number> {
  const { port1, port2 } = new MessageChannel();
  let [last, longest, isOver] = [performance.now(), 0, false];
  const watching = new Promise<void>((resolve) => {
    port1.onmessage = () => {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
      if (isOver) resolve();
      else port2.postMessage(null);
    };
  });
  port2.postMessage(null);
  await new Promise((resolve) => setTimeout(resolve, 50));
  longest = 0;
  await work();
  isOver = true;
  await watching;
  port1.close();
  return longest;
}

/** How long a room of 10 s blocks the page, at the worst, as one convolver and in parts; the least of several tries, in milliseconds. */
export async function roomBlocks(): Promise<{ whole: number; parts: number }> {
  const sampleRate = 48_000;
  const least = { whole: Infinity, parts: Infinity };
  for (let attempt = 0; attempt < 5; attempt++) {
    const context = new OfflineAudioContext(2, sampleRate, sampleRate);
    const toneContext = new ToneContext({
      context: context as unknown as AudioContext,
      clockSource: 'offline',
    });
    const whole = await longestBlock(() => {
      const sides = wholeRoom(10, sampleRate);
      const buffer = context.createBuffer(2, sides[0].length, sampleRate);
      sides.forEach((side, channel) => buffer.copyToChannel(side, channel));
      new ConvolverNode(context, { buffer, disableNormalization: true });
    });
    const parts = await longestBlock(
      () =>
        new Promise<void>((resolve) => {
          new Room(
            toneContext,
            (work) =>
              pageSlices(
                (function* () {
                  yield* work;
                  resolve();
                })(),
              ),
            10,
            1,
            () => undefined,
          );
        }),
    );
    least.whole = Math.min(least.whole, whole);
    least.parts = Math.min(least.parts, parts);
  }
  return least;
}

Object.assign(window, { renderScene, refusal, roomBlocks });
