// How long keys take to be heard on a page that a probe listens to: from their time stamps to their first samples.
//
// A device asks for sound in blocks (10 ms in headless Chromium, which plays to nowhere). Keys are played a block and what messages
// take on their way after their time stamps, so that they do not wait for more or less of a block as it falls out. Of each key these
// figures are taken:
// - wait: from the first frame that was not rendered yet when the key came to the kernel, where an event without a time would have
//   been heard, to the frame that the key asked for. A key that comes late waits less; longer one waits only while the device is late
//   with its own blocks;
// - off: how far the distance between time stamp and first sample other than 0 is from the median of all keys. The control is the
//   same of those events without a time, in the same run;
// - onset: from the frame that the kernel was asked for, or the next that it could make, to that sample;
// - latency: from the time stamp to the moment at which that sample is due at the destination, if the device plays a block as soon
//   as it has asked for it (the worklet's clock tells when that was, in whole milliseconds).
import type { Page } from 'playwright-core';
import type { ProbedWindow } from './probedKeys.ts';

declare const window: ProbedWindow;

/** Ten of each of the shipped bundle's six speakers. */
const bundleWords = 60;

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
export const quantile = (values: readonly number[], share: number): number =>
  sorted(values)[Math.min(values.length - 1, Math.floor(share * values.length))];
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** Waits until all words have come at the latest latent point; needs all that was received since the page was opened. */
export async function wordsSettled(page: Page): Promise<void> {
  await page.evaluate(async (all) => {
    const { probe } = window;
    for (;;) {
      const clips = probe.received.filter(({ type }) => type === 'clip');
      const revision = Math.max(...clips.map((clip) => clip.revision));
      const latest = clips.filter((clip) => clip.revision === revision);
      if (new Set(latest.map(({ slot }) => slot)).size >= all) return;
      await probe.pass(0.05);
    }
  }, bundleWords);
}

/** What the probe has heard since it was cleared. */
export async function heardOn(
  page: Page,
): Promise<{ firstFrame: number; sampleRate: number; samples: Float32Array }> {
  const { base64, ...rest } = await page.evaluate(() => window.probe.heard());
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return { ...rest, samples: new Float32Array(bytes.buffer) };
}

/** Of each key, in the order in which they were struck; see the top of this file. */
export interface Onsets {
  readonly latencyMs: readonly number[];
  /** The same if the device had asked for every block on time, which on a busy machine it does not. */
  readonly punctualMs: readonly number[];
  readonly waitFrames: readonly number[];
  readonly offFrames: readonly number[];
  readonly controlOffFrames: readonly number[];
  readonly onsetFrames: readonly number[];
  /** Keys that came to the page when their time had passed, and were played at once. */
  readonly late: number;
  /** Length of the device's block. */
  readonly baseLatencyMs: number;
  readonly sampleRate: number;
}

/**
 * Strikes keys one by one, at changing places in the device's block, and listens for the first sample of each.
 * @throws Error where a key is not heard, or more than a quarter of them begin while the one before still sounds
 */
export async function strikeKeys(page: Page, keys: readonly number[]): Promise<Onsets> {
  await page.evaluate(() => window.probe.clear());
  await page.evaluate(() => window.probe.pass(0.05));
  const sent = await page.evaluate(async (notes) => {
    const at: number[] = [];
    for (const [k, note] of notes.entries()) {
      await new Promise((resolve) => setTimeout(resolve, (3.7 * k) % 11));
      const stamp = performance.now();
      at.push(performance.timeOrigin + stamp);
      window.fakeMidi.send('keys', [0x90, note, 127], stamp);
      await window.probe.pass(0.04);
      window.fakeMidi.send('keys', [0x80, note, 0]);
      window.fakeMidi.send('keys', [0xb0, 120, 0]);
      await window.probe.pass(0.08);
    }
    return at;
  }, keys);
  const { firstFrame, sampleRate, samples } = await heardOn(page);
  const { notes, rendered, baseLatency } = await page.evaluate(() => ({
    notes: window.probe.received.filter(({ type }) => type === 'noteOn'),
    rendered: window.probe.rendered(),
    baseLatency: window.probe.baseLatency(),
  }));
  if (notes.length !== keys.length) throw new Error(`${keys.length} keys were struck, ${notes.length} came`);
  const all = notes.map(({ frame, askedFrame }, k) => {
    const asked = Math.max(frame, askedFrame ?? frame);
    const isClear = samples[asked - firstFrame - 1] === 0;
    const silent = samples.subarray(asked - firstFrame).findIndex((x) => x !== 0);
    if (silent < 0) throw new Error(`key ${k} is not heard`);
    return { frame, askedFrame, asked, onset: asked + silent, sent: sent[k], isClear };
  });
  // The key before has faded, but where a busy page let it go late.
  const struck = all.filter(({ isClear }) => isClear);
  if (struck.length < 0.75 * all.length) throw new Error('keys sound on into the next ones');
  const onsets = struck.map(({ onset }) => onset);
  const msOf = (frames: number) => (1000 * frames) / sampleRate;
  const distancesOf = (frames: readonly number[]) => frames.map((frame, k) => msOf(frame) - struck[k].sent);
  const offOf = (distances: readonly number[]) => {
    const usual = median(distances);
    return distances.map((distance) => Math.abs(((distance - usual) * sampleRate) / 1000));
  };
  const distances = distancesOf(onsets);
  // The first quantum of a block is rendered when the device asks for it, the others right after it: of all the first
  // are the latest, in relation to their frames. Half a millisecond makes up for the whole ones.
  const lines = rendered.map(({ frame, ms }) => ms + 0.5 - msOf(frame));
  const line = quantile(lines, 0.9);
  // The last quantum of a block is the earliest: from it the same, but for blocks that a busy machine asked for late.
  const quantumFrames = rendered.length > 1 ? rendered[1].frame - rendered[0].frame : 128;
  const punctual = quantile(lines, 0.02) + 0.5 + Math.max(0, 1000 * baseLatency - msOf(quantumFrames));
  return {
    latencyMs: distances.map((distance) => distance + line),
    punctualMs: distances.map((distance) => distance + punctual),
    waitFrames: struck.map(({ frame, askedFrame = frame }) => askedFrame - frame),
    offFrames: offOf(distances),
    controlOffFrames: offOf(distancesOf(struck.map(({ frame }) => frame))),
    onsetFrames: struck.map(({ onset, asked }) => onset - asked),
    late: struck.filter(({ askedFrame }) => askedFrame === undefined).length,
    baseLatencyMs: 1000 * baseLatency,
    sampleRate,
  };
}
