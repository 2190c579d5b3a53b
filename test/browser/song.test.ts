// Songs on the page: the demo, a dropped MIDI file, transport, tempo and loop; other dropped files go where they belong.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readSong } from '../../src/midi/midiFile.ts';
import { writeSong } from '../../src/midi/songWriter.ts';
import type { SongEvent } from '../../src/midi/song.ts';
import type { Instrument } from '../../src/instrument/instrument.ts';
import type { FakeMidi } from '../helpers/fakeMidi.ts';
import { launch, openPage, parameterOf, screenshot, startPlaying, type WatchedPage } from './browser.ts';
import type { Probe } from './probe.ts';

const address = `${inject('address')}?backend=wasm`;
/** A busy machine takes its time. */
const patience = { timeout: 30_000 };
let browser: Browser;
let watched: WatchedPage;
let page: Page;

async function playing(size: { width?: number; height?: number } = {}): Promise<void> {
  watched = await openPage(browser, address, { ...size, probe: true });
  ({ page } = watched);
  await startPlaying(page);
}
const button = (name: string) => page.getByRole('button', { name, exact: true });
const notes = () => page.evaluate(() => (window as unknown as { probe: Probe }).probe.notes);

/** Drops a file on the middle of the page. */
const drop = (name: string, bytes: Uint8Array) =>
  page.evaluate(
    ([fileName, content]) => {
      const files = new DataTransfer();
      files.items.add(new File([Uint8Array.from(content)], fileName));
      const options = { dataTransfer: files, bubbles: true, cancelable: true };
      window.dispatchEvent(new DragEvent('dragover', options));
      window.dispatchEvent(new DragEvent('drop', options));
    },
    [name, [...bytes]] as const,
  );

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

async function done(): Promise<void> {
  expect(watched.faults).toEqual([]);
  await page.context().close();
}

describe('a song on the page', () => {
  it('is the demo at a click: plays, pauses, goes on, stops', async () => {
    await playing();
    // Tone's ticks come from workers of their own: while nothing plays there are none.
    const tickers = () => page.workers().filter((worker) => worker.url().startsWith('blob:')).length;
    expect(tickers()).toBe(0);
    await button('Demo song').click();
    await button('Pause song').waitFor();
    await expect.poll(async () => (await notes()).length, patience).toBeGreaterThan(2);
    expect(tickers()).toBe(1);
    await screenshot(page, 'song', true);
    await button('Pause song').click();
    const paused = (await notes()).length;
    await page.evaluate(() => (window as unknown as { probe: Probe }).probe.pass(0.5));
    expect((await notes()).length).toBe(paused);
    await button('Play song').click();
    await expect.poll(async () => (await notes()).length, patience).toBeGreaterThan(paused);
    await button('Stop song').click();
    await expect.poll(() => page.getByLabel('Place in the song').inputValue(), patience).toBe('0');
    await expect.poll(tickers, patience).toBe(0);
    expect(await button('Undo').getAttribute('title')).not.toMatch(/Vibrato/);
    await done();
  });

  it('goes where its place is dragged to, however long the finger stays there while it plays', async () => {
    await playing();
    await button('Demo song').click();
    await button('Pause song').waitFor();
    const place = page.getByLabel('Place in the song');
    await place.scrollIntoViewIfNeeded();
    const box = await place.boundingBox();
    if (!box) throw new Error('the place is not on the page');
    const half = Number(await place.getAttribute('max')) / 2;
    await page.mouse.move(box.x + 10, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    // The song is read many times meanwhile.
    await page.evaluate(() => (window as unknown as { probe: Probe }).probe.pass(1));
    expect(Math.abs(Number(await place.inputValue()) - half)).toBeLessThan(1);
    await page.mouse.up();
    await expect.poll(async () => Number(await place.inputValue()), patience).toBeGreaterThan(half - 1);
    await button('Stop song').click();
    await done();
  });

  it('is dropped as a file and plays on its frames, faster when asked', async () => {
    await playing({ width: 390, height: 844 });
    const song = writeSong(
      [0, 0.5, 1, 1.5].flatMap((seconds, k) => [
        { seconds, type: 'noteOn' as const, channel: 1, note: 48 + k, velocity: 100 },
        { seconds: seconds + 0.2, type: 'noteOff' as const, channel: 1, note: 48 + k, velocity: 64 },
      ]),
      { name: 'Four words' },
    );
    await drop('four.mid', song);
    await page.locator('nv-song').getByRole('status').getByText('Four words').waitFor();
    await expect.poll(async () => (await notes()).length, patience).toBe(4);
    const rate = await page.evaluate(
      async () => (await (window as unknown as { probe: Probe }).probe.heard()).sampleRate,
    );
    const played = await notes();
    expect(played.map(({ slot }) => slot)).toEqual([0, 1, 2, 3]);
    played.slice(1).forEach(({ frame }, k) => {
      // Ticks of the file are half a millisecond long.
      expect(Math.abs((frame ?? 0) - (played[k].frame ?? 0) - 0.5 * rate)).toBeLessThan(0.001 * rate);
    });
    await page.getByLabel('Tempo of the song').fill('1');
    await page.getByText('2.00 ×').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await done();
  });

  it('keeps to the file to a frame, over changes of tempo, round its loop and after a pause', async () => {
    await playing();
    const events: SongEvent[] = [0, 0.11, 0.2, 0.37, 0.5, 0.6001, 0.7003, 0.85, 0.95].flatMap(
      (seconds, k) => [
        { seconds, type: 'noteOn' as const, channel: 1, note: 48 + k, velocity: 60 },
        { seconds: seconds + 0.05, type: 'noteOff' as const, channel: 1, note: 48 + k, velocity: 64 },
      ],
    );
    events.push({ seconds: 0.3, type: 'tempo', bpm: 97 }, { seconds: 0.555, type: 'tempo', bpm: 181 });
    const bytes = writeSong(events, { name: 'Nine words', durationSeconds: 1.0371 });
    const song = readSong(bytes);
    const starts = song.events.flatMap(({ type, seconds }) => (type === 'noteOn' ? [seconds] : []));
    await page.evaluate(() => (window as unknown as { probe: Probe }).probe.clear());
    await drop('nine.mid', bytes);
    await page.getByLabel('Loop the song').check();
    await expect.poll(async () => (await notes()).length, patience).toBeGreaterThan(4 * starts.length);
    await button('Pause song').click();
    const rate = await page.evaluate(
      async () => (await (window as unknown as { probe: Probe }).probe.heard()).sampleRate,
    );
    const played = await notes();
    const begin = played[0].frame ?? NaN;
    const errors = played.map(({ frame }, k) => {
      const round = Math.floor(k / starts.length);
      const seconds = round * song.durationSeconds + starts[k % starts.length];
      return (frame ?? NaN) - begin - seconds * rate;
    });
    // The first frame is rounded too.
    for (const error of errors) expect(Math.abs(error)).toBeLessThanOrEqual(1);
    // Told ahead, all but where a busy page came too late for the look-ahead.
    const ahead = played.filter(({ frame, postedFrame }) => (frame ?? 0) > postedFrame);
    expect(ahead.length / played.length).toBeGreaterThan(0.9);
    // After a pause it goes on from its place with the same distances.
    await page.evaluate(() => (window as unknown as { probe: Probe }).probe.clear());
    await button('Play song').click();
    await expect.poll(async () => (await notes()).length, patience).toBeGreaterThan(starts.length);
    await button('Stop song').click();
    const resumed = await notes();
    const first = starts.findIndex((_, k) =>
      resumed.slice(1).every(({ frame }, n) => {
        const at = (i: number) =>
          starts[i % starts.length] + Math.floor(i / starts.length) * song.durationSeconds;
        return Math.abs((frame ?? NaN) - (resumed[0].frame ?? NaN) - (at(k + n + 1) - at(k)) * rate) <= 1;
      }),
    );
    expect(first).toBeGreaterThanOrEqual(0);
    await done();
  });

  it('plays on while the timers of the page stand still, as they do in the background', async () => {
    await playing();
    const name = 'nine.mid';
    const events = Array.from({ length: 20 }, (_, k): SongEvent[] => [
      { seconds: k / 10, type: 'noteOn', channel: 1, note: 48 + (k % 10), velocity: 60 },
      { seconds: k / 10 + 0.05, type: 'noteOff', channel: 1, note: 48 + (k % 10), velocity: 64 },
      { seconds: k / 10, type: 'control', channel: 1, controller: 1, data: 6 * k },
    ]).flat();
    await page.evaluate(() => {
      const still = () => 0;
      Object.assign(window, { setTimeout: still, setInterval: still });
    });
    await drop(name, writeSong(events));
    await expect.poll(async () => (await notes()).length, patience).toBe(20);
    await expect.poll(() => parameterOf(page, 'vibratoDepth'), patience).toBeCloseTo((200 * 114) / 127, 3);
    const late = (await notes()).filter(({ frame, postedFrame }) => (frame ?? 0) <= postedFrame);
    expect(late.length).toBeLessThan(3);
    await done();
  });

  it('has the tempo to itself while a clock runs, and keeps it through its programs', async () => {
    await playing();
    const asked = await page.evaluate(async () => {
      const { fakeMidi } = window as unknown as { fakeMidi: FakeMidi };
      fakeMidi.plug('clock', 'Drum machine');
      const tickMs = 60_000 / 120 / 24;
      let next = performance.now();
      setInterval(() => {
        for (; next <= performance.now(); next += tickMs) fakeMidi.send('clock', [0xf8], next);
      }, 5);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { instrument } = document.querySelector('nv-app') as unknown as { instrument: Instrument };
      instrument.setParameter('tempo', 70);
      return instrument.parameter('tempo');
    });
    expect(asked).toBe(70);
    const tempo = () => parameterOf(page, 'tempo');
    await expect.poll(tempo, patience).toBeCloseTo(120, 0);
    // A program at its front brings a preset with a tempo of its own.
    await button('Demo song').click();
    await expect.poll(tempo, patience).toBeCloseTo(88, 1);
    await expect.poll(async () => (await notes()).length, patience).toBeGreaterThan(3);
    expect(await tempo()).toBeCloseTo(88, 1);
    await button('Stop song').click();
    await expect.poll(tempo, patience).toBeCloseTo(120, 0);
    await done();
  });

  it('is sought by a drag that may take its time', async () => {
    await playing();
    await button('Demo song').click();
    await button('Pause song').waitFor();
    const place = page.getByLabel('Place in the song');
    await place.scrollIntoViewIfNeeded();
    const { x, y, width, height } = (await place.boundingBox())!;
    const longest = Number(await place.getAttribute('max'));
    await page.mouse.move(x + 10, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + height / 2);
    await page.evaluate(() => (window as unknown as { probe: Probe }).probe.pass(0.7));
    expect(Math.abs(Number(await place.inputValue()) - longest / 2)).toBeLessThan(0.05 * longest);
    await page.mouse.up();
    await button('Pause song').click();
    await expect.poll(async () => Number(await place.inputValue()), patience).toBeGreaterThan(0.45 * longest);
    await page.evaluate(() => (window as unknown as { probe: Probe }).probe.pass(0.3));
    expect(Number(await place.inputValue())).toBeLessThan(0.7 * longest);
    await done();
  });

  it('is not needed for a beat: an arpeggio keeps to the clock of a device', async () => {
    await playing();
    const told = await page.evaluate(async () => {
      const { fakeMidi, probe } = window as unknown as { fakeMidi: FakeMidi; probe: Probe };
      const { instrument } = document.querySelector('nv-app') as unknown as { instrument: Instrument };
      instrument.setParameters({ arpMode: 1, arpRate: 4 });
      fakeMidi.plug('clock', 'Drum machine');
      const tickMs = 60_000 / 120 / 24;
      const begin = performance.now() + 100;
      const offsets: number[] = [];
      const tickTo = async (from: number, to: number) => {
        for (let k = from; k < to; k++) {
          const due = begin + k * tickMs;
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
          fakeMidi.send('clock', [0xf8], due);
          offsets.push(instrument.context.currentTime - performance.now() / 1000);
        }
      };
      await tickTo(0, 24);
      fakeMidi.send('clock', [0xfa]);
      await tickTo(24, 34);
      probe.clear();
      fakeMidi.send('clock', [0x90, 60, 100]);
      await tickTo(34, 24 * 8);
      fakeMidi.send('clock', [0xfc]);
      fakeMidi.send('clock', [0x80, 60, 64]);
      const { sampleRate } = instrument.context;
      const mean = offsets.reduce((sum, value) => sum + value, 0) / offsets.length;
      // The first tick behind the start, on the audio clock.
      const beatZero = (begin + 24 * tickMs) / 1000 + mean;
      return probe.notes.map(({ frame }) => ((frame ?? NaN) / sampleRate - beatZero) / 0.25);
    });
    expect(told.length).toBeGreaterThan(8);
    // In steps of the arpeggio: on the beat, and even. The device's blocks blur the way from clock to clock.
    const errors = told.map((place) => place - Math.round(place)).sort((a, b) => a - b);
    expect(Math.abs(errors[errors.length >> 1])).toBeLessThan(0.12);
    const uneven = told.slice(1).map((place, k) => Math.abs(place - told[k] - 1));
    expect(uneven.sort((a, b) => a - b)[uneven.length >> 1]).toBeLessThan(0.06);
    await done();
  });

  it('has parts that are muted, heard alone and given digits and voices; drums are muted where keys sing', async () => {
    await playing({ width: 390, height: 844 });
    const part = (channel: number, note: number): SongEvent[] =>
      [0, 0.5, 1, 1.5].flatMap((seconds): SongEvent[] => [
        { seconds, type: 'noteOn', channel, note, velocity: 100 },
        { seconds: seconds + 0.2, type: 'noteOff', channel, note, velocity: 64 },
      ]);
    const whole = writeSong([...part(1, 60), ...part(2, 64), ...part(10, 36)], { name: 'Trio' });
    // The end of the track is missing, and the name of the file says nothing.
    const damaged = whole.slice(0, -4);
    await page.evaluate(() => {
      const { instrument } = document.querySelector('nv-app') as unknown as { instrument: Instrument };
      instrument.setParameters({ mode: 1, digit: 0 });
    });
    const heard = async () => new Set((await notes()).map(({ slot }) => slot));
    await drop('trio', damaged);
    const panel = page.locator('nv-song');
    await panel.getByText(/trio is damaged and plays as far as it could be mended/).waitFor();
    await panel.getByText('Muted now, as keys sing.').waitFor();
    await expect.poll(async () => (await notes()).length, patience).toBe(8);
    expect(await heard()).toEqual(new Set([0]));
    await panel.getByText('3 parts').click();
    await panel.getByLabel('Digit of Channel 1', { exact: true }).selectOption('7');
    await panel.getByLabel('Voice of Channel 2', { exact: true }).selectOption({ index: 2 });
    await panel.getByLabel('Channel 10, the drums').selectOption('Drum mode');
    await expect.poll(() => panel.getByText('Muted now, as keys sing.').count()).toBe(0);
    await screenshot(page, 'songParts', true);
    await page.setViewportSize({ width: 1440, height: 900 });
    await screenshot(page, 'songPartsWide', true);
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await page.evaluate(() => (window as unknown as { probe: Probe }).probe.clear());
    await button('Play song').click();
    await expect.poll(async () => (await notes()).length, patience).toBe(12);
    expect(await heard()).toEqual(new Set([7, 10, 0]));
    await page.evaluate(() => (window as unknown as { probe: Probe }).probe.clear());
    await button('Solo Channel 1').click();
    await button('Play song').click();
    await expect.poll(async () => (await notes()).length, patience).toBe(4);
    expect(await heard()).toEqual(new Set([7]));
    // What was set of a song is there again with its file, also after a reload.
    await expect
      .poll(() =>
        page.evaluate(() =>
          JSON.stringify(
            (
              document.querySelector('nv-app') as unknown as { instrument: Instrument }
            ).instrument.session.getState().songs,
          ),
        ),
      )
      .toMatch(/"solo":true/);
    await done();
  });

  it('that is no song says what is wrong; presets and scales go where they belong', async () => {
    await playing();
    await drop('broken.mid', Uint8Array.from([1, 2, 3]));
    await page
      .locator('nv-song')
      .getByText(/broken\.mid/)
      .waitFor();
    await drop('notes.txt', Uint8Array.from([65]));
    await page.getByText(/notes\.txt is no MIDI file/).waitFor();
    // The first error is past.
    expect(
      await page
        .locator('nv-song')
        .getByText(/broken\.mid/)
        .count(),
    ).toBe(0);
    const scale = '! just.scl\nTwo notes\n 2\n!\n 3/2\n 2/1\n';
    await drop('just.scl', new TextEncoder().encode(scale));
    await page.getByRole('tab', { name: 'Pitch' }).click();
    await page.getByText('Two notes').waitFor();
    await button('Equal temperament').click();
    await page.getByText('equal temperament').waitFor();
    const preset = { presets: [{ formatVersion: 1, name: 'Dropped', tags: [], values: { formant: 3 } }] };
    await drop('mine.json', new TextEncoder().encode(JSON.stringify(preset)));
    await button('Export Dropped').waitFor();
    await done();
  });

  it('ships as a small file', () => {
    const file = readFileSync(fileURLToPath(new URL('../../public/songs/demo.mid', import.meta.url)));
    expect(file.length).toBeLessThan(10_000);
  });
});
