// How long a key and a knob take to be heard, on the production build with fake MIDI, and that held notes follow the hands.
//
// keyOnsets.ts says what is measured of each key. Latency is printed, since it is the machine's too.
import type { Browser, Page } from 'playwright-core';
import { afterEach, beforeAll, afterAll, describe, expect, inject, it } from 'vitest';
import { holdModes, playModes } from '../../src/contract/parameters.ts';
import { trackPitch } from '../../src/dsp/pitch.ts';
import { launch, openPage, startPlaying, type WatchedPage } from './browser.ts';
import { heardOn, median, quantile, strikeKeys, wordsSettled } from './keyOnsets.ts';
import { probedKeys, type ProbedWindow } from './probedKeys.ts';

declare const window: ProbedWindow;

const address = `${inject('address')}?backend=wasm`;
const quantum = 128;
/** Distance between frames of the shipped bundle. */
const hopSeconds = 128 / 8000;

let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  browser = await launch();
});
afterEach(async () => {
  expect(watched.faults).toEqual([]);
  await page.context().close();
});
afterAll(() => browser.close());

async function playing({ twin = false } = {}): Promise<void> {
  watched = await openPage(browser, address, { probe: true });
  ({ page } = watched);
  if (twin) await page.evaluate(() => window.probe.makeTwin());
  await startPlaying(page);
  await page.evaluate(() => window.fakeMidi.plug('keys', 'Test Keys'));
  await settled();
}

const settled = () => wordsSettled(page);

const { send, pass, set } = probedKeys(() => page);

const heard = () => heardOn(page);
const peak = (samples: Float32Array) => samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

function report(name: string, values: readonly number[], unit: string): void {
  const [least, middle, high, most] = [0, 0.5, 0.95, 1].map((share) => quantile(values, share).toFixed(1));
  process.stdout.write(
    `  ${name}: min ${least}, median ${middle}, p95 ${high}, max ${most} ${unit} (${values.length})\n`,
  );
}

/** A move of a knob, in frames from the first that was rendered after it. */
interface Move {
  /** Until the clip was in the audio thread. */
  readonly clip: number;
  /** Until the first sample that the clip changed. */
  readonly changed: number;
}

/** Holds a sung note, moves a style knob and measures. */
async function turnKnob(value: number): Promise<Move> {
  await settled();
  const { early, from, clip, differences } = await page.evaluate(async (knob) => {
    const { probe, fakeMidi } = window;
    const before = probe.differences.length;
    fakeMidi.send('keys', [0x90, 57, 127]);
    await probe.pass(0.3);
    probe.withhold(true);
    await probe.pass(0.05);
    const early = probe.differences.length - before;
    const received = probe.received.length;
    const movedMs = Date.now();
    fakeMidi.send('keys', [0xb0, 70, knob]);
    for (let n = 0; probe.differences.length === before && n < 100; n++) await probe.pass(0.02);
    await probe.pass(0.05);
    const from = probe.rendered().find(({ ms }) => ms >= movedMs)?.frame ?? NaN;
    // "One", of the first speaker, is what sings.
    const clip = probe.received.slice(received).find(({ type, slot }) => type === 'clip' && slot === 1);
    const differences = probe.differences.slice(before);
    fakeMidi.send('keys', [0xb0, 120, 0]);
    fakeMidi.send('keys', [0x80, 57, 0]);
    await probe.pass(0.1);
    probe.withhold(false);
    return { early, from, clip: clip?.frame ?? NaN, differences };
  }, value);
  // The twins agree to the bit until the clip comes.
  expect(early).toBe(0);
  expect(differences).toHaveLength(1);
  return { clip: clip - from, changed: differences[0] - from };
}

const keysFrom = (lowest: number, count: number) =>
  Array.from({ length: count }, (_, k) => lowest + (k % 10));

describe('latency', () => {
  it('of a key is a block of the device and a few milliseconds, for every key, and steadier than at once', async () => {
    await playing();
    for (const mode of ['words', 'sing'] as const) {
      await set('mode', playModes.indexOf(mode));
      await pass(0.1);
      const onsets = await strikeKeys(page, keysFrom(48, 50));
      const { latencyMs, waitFrames, offFrames, controlOffFrames, onsetFrames, baseLatencyMs, late } = onsets;
      report(`${mode}: latency (a block is ${baseLatencyMs.toFixed(1)} ms)`, latencyMs, 'ms');
      report(`${mode}: wait`, waitFrames, 'frames');
      report(`${mode}: off`, offFrames, 'frames');
      report(`${mode}: off, were they heard at once`, controlOffFrames, 'frames');
      report(`${mode}: onset`, onsetFrames, 'frames');
      for (const frames of onsetFrames) expect(frames).toBeLessThan(quantum);
      // The margin follows the messages of this machine, and is no more than 5 ms however late they come.
      const longest = ((baseLatencyMs + 5) * onsets.sampleRate) / 1000 + quantum;
      for (const frames of waitFrames) expect(frames).toBeLessThanOrEqual(longest);
      // A key that comes to the page too late has no frame to wait for: few do, on a busy machine too.
      expect(late).toBeLessThan(waitFrames.length / 4);
      expect(quantile(offFrames, 0.9)).toBeLessThan(quantile(controlOffFrames, 0.9));
    }
  });

  it('of a style knob is a decode and a hop at most', { retry: 1 }, async () => {
    await playing({ twin: true });
    await set('mode', playModes.indexOf('sing'));
    await set('hold', holdModes.indexOf('hold'));
    const moves: Move[] = [];
    for (const value of [30, 100, 64, 127, 0, 80]) moves.push(await turnKnob(value));
    const { sampleRate } = await heard();
    const reportMs = (name: string, frames: (move: Move) => number) =>
      report(
        name,
        moves.map((move) => (1000 * frames(move)) / sampleRate),
        'ms',
      );
    reportMs('knob to clip', ({ clip }) => clip);
    reportMs('clip to sound', ({ clip, changed }) => changed - clip);
    reportMs('knob to sound', ({ changed }) => changed);
    for (const move of moves) {
      expect(move.changed).toBeGreaterThanOrEqual(move.clip);
      expect(move.changed - move.clip).toBeLessThanOrEqual(Math.ceil(hopSeconds * sampleRate));
    }
  });
});

describe('a held note', () => {
  /** Loudest sample of the last `seconds` heard. */
  async function level(seconds = 0.1): Promise<number> {
    const { samples, sampleRate } = await heard();
    return peak(samples.slice(-Math.round(seconds * sampleRate)));
  }
  async function singing(): Promise<void> {
    await playing();
    await set('mode', playModes.indexOf('sing'));
    await set('hold', holdModes.indexOf('hold'));
    await set('intonation', 0);
    await pass(0.1);
  }

  it('is sustained by the pedal and ends with it, and with its device when that is unplugged', async () => {
    await singing();
    await send([0x90, 57, 127], [0xb0, 64, 127], [0x80, 57, 0]);
    await pass(1.2);
    expect(await level()).toBeGreaterThan(0.01);
    await send([0xb0, 64, 0]);
    await pass(0.9);
    expect(await level()).toBe(0);
    await send([0x90, 57, 127], [0xb0, 64, 127]);
    await pass(1.2);
    expect(await level()).toBeGreaterThan(0.01);
    await page.evaluate(() => window.fakeMidi.unplug('keys'));
    await pass(0.9);
    expect(await level()).toBe(0);
  });

  it('is bent by its own MPE channel and the master channel, and by no other, within 10 cents', async () => {
    await singing();
    // The lower zone with 15 members, then a key of its first.
    await send([0xb0, 101, 0], [0xb0, 100, 6], [0xb0, 6, 15], [0x91, 57, 127]);
    await pass(0.4);
    const bend = (channel: number, semitones: number, range: number) => {
      const raw = Math.min(16383, 8192 + Math.round((8192 * semitones) / range));
      return send([0xe0 + channel - 1, raw & 127, raw >> 7]);
    };
    const cents: number[] = [];
    const sungCents = async (semitones: number) => {
      await pass(0.1);
      await page.evaluate(() => window.probe.clear());
      await pass(0.4);
      const { samples, sampleRate } = await heard();
      const hopSamples = Math.round(0.02 * sampleRate);
      const frames = Math.floor(samples.length / hopSamples);
      const track = trackPitch(samples, { sampleRate, hopSamples, frames, f0LowHz: 100, f0HighHz: 700 });
      const pitches = [...track].slice(3, -3).filter((hertz) => hertz > 0);
      expect(pitches.length).toBeGreaterThan(5);
      cents.push(1200 * Math.log2(median(pitches) / (220 * 2 ** (semitones / 12))));
    };
    await sungCents(0);
    await bend(2, 7.25, 48);
    await sungCents(7.25);
    await bend(3, -20, 48);
    await sungCents(7.25);
    await bend(1, 2, 2);
    await sungCents(9.25);
    process.stdout.write(`  MPE: off by ${cents.map((value) => value.toFixed(1)).join(', ')} cents\n`);
    for (const value of cents) expect(Math.abs(value)).toBeLessThan(10);
  });
});
