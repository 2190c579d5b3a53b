// End to end on the production build: fake MIDI plays the ten digits, and every sample that reaches the speakers is judged.
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import wavefile from 'wavefile';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { launch, openPage, startPlaying, type WatchedPage } from './browser.ts';
import type { Probe } from './probe.ts';

interface TestWindow extends Window {
  readonly fakeMidi: FakeMidi;
  readonly probe: Probe;
}
declare const window: TestWindow;

const address = inject('address');
/** A render quantum, and the kernel's inner step. */
const quantum = 128;
const kernelStep = 128;
const wordSeconds = 0.9;

let browser: Browser;
let watched: WatchedPage;
let page: Page;

/** Measuring software WebGL takes long at each start: page.test.ts does it, these tests name the backend. */
async function playing(query = '?backend=wasm'): Promise<void> {
  watched = await openPage(browser, `${address}${query}`, { probe: true });
  ({ page } = watched);
  await startPlaying(page);
  await page.evaluate(() => window.fakeMidi.plug('keys', 'Test Keys'));
}

/** Plays notes `spacing` seconds apart on future time stamps; resolves when the last word is over. */
async function playNotes(notes: readonly number[], spacing = wordSeconds): Promise<void> {
  await page.evaluate(
    async ([midiNotes, seconds]) => {
      const start = performance.now() + 1000;
      midiNotes.forEach((note, k) => {
        window.fakeMidi.send('keys', [0x90, note, 127], start + 1000 * seconds * k);
        window.fakeMidi.send('keys', [0x80, note, 0], start + 1000 * seconds * (k + 0.5));
      });
      await window.probe.pass(seconds * midiNotes.length + 1.2);
    },
    [notes, spacing] as const,
  );
}

async function heard(): Promise<{ firstFrame: number; sampleRate: number; samples: Float32Array }> {
  const { base64, ...rest } = await page.evaluate(() => window.probe.heard());
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return { ...rest, samples: new Float32Array(bytes.buffer) };
}
const notesSent = () => page.evaluate(() => window.probe.notes);
const clear = () => page.evaluate(() => window.probe.clear());
const peak = (samples: Float32Array) => samples.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
const energy = (samples: Float32Array) => samples.reduce((sum, x) => sum + x * x, 0);

/** Records what `act` plays through the page's own buttons and gives the file's channels. */
async function take(act: () => Promise<void>): Promise<Float32Array[]> {
  await page.getByRole('button', { name: 'Record', exact: true }).click();
  await act();
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Save WAV' }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^numvox-\d{8}-\d{6}\.wav$/);
  const wave = new wavefile.WaveFile(readFileSync(await download.path()));
  expect(wave.bitDepth).toBe('32f');
  return wave.getSamples(false, Float32Array) as unknown as Float32Array[];
}

/** True when the file is a stretch of what was heard, sample by sample. */
function isStretchOf(file: Float32Array, sound: Float32Array): boolean {
  const onset = file.findIndex((x) => x !== 0);
  if (onset < 0) return false;
  for (let at = sound.indexOf(file[onset]); at >= 0; at = sound.indexOf(file[onset], at + 1)) {
    const start = at - onset;
    if (start >= 0 && start + file.length <= sound.length && file.every((x, n) => x === sound[start + n])) {
      return true;
    }
  }
  return false;
}

beforeAll(async () => {
  browser = await launch();
});
afterEach(async () => {
  expect(watched.faults).toEqual([]);
  await page.context().close();
});
afterAll(() => browser.close());

describe('playing', () => {
  it('says ten separate digits from MIDI, on time, finite and unclipped', async () => {
    await playing();
    await clear();
    await playNotes([48, 49, 50, 51, 52]);
    await playNotes([53, 54, 55, 56, 57]);
    const { firstFrame, sampleRate, samples } = await heard();
    const notes = await notesSent();
    expect(notes.map((note) => note.slot)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(samples.every(Number.isFinite)).toBe(true);
    expect(peak(samples)).toBeLessThanOrEqual(1);
    const words = notes.map(({ frame }) => {
      const from = (frame ?? NaN) - firstFrame;
      expect(from).toBeGreaterThan(0);
      const before = samples.slice(from - Math.round(0.05 * sampleRate), from);
      expect(peak(before)).toBeLessThan(1e-4);
      const onset = samples.slice(from).findIndex((x) => x !== 0);
      expect(onset).toBeGreaterThanOrEqual(0);
      expect(onset).toBeLessThanOrEqual(quantum + kernelStep);
      return samples.slice(from, from + Math.round(0.8 * sampleRate));
    });
    for (const word of words) expect(Math.sqrt(energy(word) / word.length)).toBeGreaterThan(0.005);
    words.forEach((word, k) => {
      for (const other of words.slice(k + 1)) {
        const product = word.reduce((sum, x, n) => sum + x * other[n], 0);
        expect(Math.abs(product) / Math.sqrt(energy(word) * energy(other))).toBeLessThan(0.8);
      }
    });
  });

  it('plays wide voices where the address asks for them: what lies above 4 kHz is heard, and no error shows', async () => {
    await playing('?backend=wasm&model=models/wide/');
    // A six, whose fricatives are wide.
    await playNotes([54], 1.2);
    const { samples, sampleRate } = await heard();
    expect(peak(samples)).toBeGreaterThan(0.05);
    const { bins, magnitudes } = stftMagnitudes(samples, { fftSamples: 1024, hopSamples: 256 });
    const split = Math.round((4500 * 1024) / sampleRate);
    const end = Math.round((7500 * 1024) / sampleRate);
    let [upper, all] = [0, 0];
    magnitudes.forEach((magnitude, i) => {
      const bin = i % bins;
      all += magnitude ** 2;
      if (bin >= split && bin < end) upper += magnitude ** 2;
    });
    expect(10 * Math.log10(upper / all)).toBeGreaterThan(-25);
    expect(await page.locator('nv-app').textContent()).not.toMatch(/defect/);
  });

  it('plays chords loud without clipping, the repeat and random keys, every octave, and CC 120 silences', async () => {
    await playing();
    await clear();
    await page.evaluate(async () => {
      window.fakeMidi.send('keys', [0xb0, 7, 127]);
      for (let k = 0; k < 16; k++) window.fakeMidi.send('keys', [0x90, 48 + k, 127]);
      window.fakeMidi.send('keys', [0x90, 59, 127]);
      window.fakeMidi.send('keys', [0x90, 34, 127]);
      await window.probe.pass(0.3);
      window.fakeMidi.send('keys', [0xb0, 120, 0]);
      await window.probe.pass(0.4);
    });
    const { samples, sampleRate } = await heard();
    expect(samples.every(Number.isFinite)).toBe(true);
    expect(peak(samples)).toBeGreaterThan(0.05);
    expect(peak(samples)).toBeLessThanOrEqual(1);
    expect(peak(samples.slice(-Math.round(0.1 * sampleRate)))).toBe(0);
    const notes = await notesSent();
    expect(notes).toHaveLength(18);
    // A#1 lies below the first octave: it wraps to the last but one speaker and repeats B's random digit.
    expect(Math.floor(notes[17].slot / 10)).toBe(4);
    expect(notes[17].slot % 10).toBe(notes[16].slot % 10);
  });

  it('changes a sounding word when a knob moves', async () => {
    await playing();
    const once = async (withKnob: boolean) => {
      await clear();
      await page.evaluate(async (move) => {
        // A page that is held up for longer than the lead plays the note late, and no frame is asked for.
        window.fakeMidi.send('keys', [0x90, 48 + 9, 127], performance.now() + 1000);
        await window.probe.pass(1.1);
        if (move) window.fakeMidi.send('keys', [0xb0, 70, 127]);
        await window.probe.pass(1);
      }, withKnob);
      const { firstFrame, sampleRate, samples } = await heard();
      const [note] = await notesSent();
      expect(note.frame).not.toBeNull();
      const from = (note.frame ?? 0) - firstFrame;
      return samples.slice(from, from + Math.round(0.7 * sampleRate));
    };
    const plain = await once(false);
    const again = await once(false);
    const moved = await once(true);
    const difference = (a: Float32Array, b: Float32Array) => energy(a.map((x, n) => x - b[n])) / energy(a);
    expect(difference(plain, again)).toBeLessThan(1e-6);
    expect(difference(plain, moved)).toBeGreaterThan(0.001);
    expect(peak(moved)).toBeLessThanOrEqual(1);
  });

  it('records exactly what was heard, twice', async () => {
    await playing();
    await clear();
    const [left, right] = await take(() => playNotes([48, 55], 0.6));
    const first = await heard();
    expect(isStretchOf(left, first.samples)).toBe(true);
    expect(right).toEqual(left);
    expect(left.length / first.sampleRate).toBeGreaterThan(1.2);
    const [second] = await take(() => playNotes([50], 0.6));
    const both = await heard();
    expect(isStretchOf(second, both.samples)).toBe(true);
    expect(second.length).toBeLessThan(left.length);
    await clear();
    await playNotes([52], 0.6);
    expect(peak((await heard()).samples)).toBeGreaterThan(0.01);
  });

  it('answers pointer, computer keys, focus keys and the octave keys, and lights what sounds', async () => {
    await playing();
    await clear();
    const key = (name: string) => page.locator('nv-keys').getByRole('button', { name, exact: true });
    await key('three').hover();
    await page.mouse.down();
    expect(await key('three').getAttribute('data-pressed')).toBe('');
    await page.mouse.up();
    expect(await key('three').getAttribute('data-pressed')).toBeNull();
    await page.keyboard.press('Digit5');
    await page.keyboard.press('KeyX');
    await page.keyboard.press('Digit0');
    await key('seven').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Minus');
    const knob = page.locator('nv-knob').first().getByRole('slider');
    await knob.focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Digit2');
    expect((await notesSent()).map((note) => note.slot)).toEqual([3, 5, 10, 17, 17, 12]);
    expect(await knob.getAttribute('aria-valuetext')).toBe('+0.05');
    expect(await page.getByRole('radio', { name: 'jackson' }).isChecked()).toBe(true);
    await page.evaluate(() => window.fakeMidi.send('keys', [0x90, 72 + 8, 99]));
    expect(await key('eight').getAttribute('data-pressed')).toBe('');
    await page.evaluate(() => window.fakeMidi.unplug('keys'));
    await expect.poll(() => key('eight').getAttribute('data-pressed')).toBeNull();
    await page.getByText('No MIDI input is connected').waitFor();
  });

  it.each(['wasm', 'cpu'])('plays on the %s backend when asked to', async (backend) => {
    await playing(`?backend=${backend}`);
    await clear();
    await playNotes([48]);
    expect(peak((await heard()).samples)).toBeGreaterThan(0.01);
    expect(await page.locator('nv-status').getByText(backend).count()).toBeGreaterThan(0);
  });
});
