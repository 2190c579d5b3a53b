// numvox as an instrument of Tone.js, in the host's real Tone: live on the ponyfill and on a native context, and rendered offline.
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { fitTone } from '../helpers/toneFit.ts';
import { launch } from './browser.ts';
import { installCensus, type TakeCensus } from './census.ts';
import { HeapInspector } from './heapInspector.ts';
import type { Program } from './tonePage.ts';
import { serveTone } from './toneServer.ts';

interface TestWindow extends Window {
  readonly program: Program;
  readonly census: TakeCensus;
}
declare const window: TestWindow;

const rate = 48_000;
/** A voice's first sample is silent: its level rises from nothing. */
const firstHeard = 1;
const cycles = 100;
/** Cycles after which the compiler has learnt the code. */
const learnt = 30;
/** Bytes that a cycle may leave on the page's heap: as in dispose.test.ts, and as much again for what Tone and its ponyfill keep. */
const mostBytesOfOne = 16_000;

let browser: Browser;
let page: Page;
let inspector: HeapInspector;
let served: { address: string; close: () => Promise<void> };
const faults: string[] = [];

beforeAll(async () => {
  served = await serveTone(4376);
  browser = await launch();
  page = await browser.newPage();
  page.setDefaultTimeout(90_000);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(message.text());
  });
  await page.addInitScript('globalThis.__name = (f) => f;');
  await page.addInitScript(installCensus);
  inspector = await HeapInspector.of(page);
  await page.goto(served.address);
  await page.waitForFunction(() => 'program' in window);
});
afterAll(async () => {
  await browser.close();
  await served.close();
});
afterEach(() => {
  expect(faults.splice(0)).toEqual([]);
});

it.each(['ponyfill', 'native'] as const)(
  'plays live in a %s context: silent before, sound after, at its time to a sample, and follows signals',
  async (kind) => {
    const found = await page.evaluate(async (wanted) => {
      const { Tone, Numvox, useContext, peakOf, record, wait } = window.program;
      const context = await useContext(wanted);
      const voice = new Numvox({ backend: 'wasm', envelope: { keyUp: 'release', release: 0.005 } });
      const delay = new Tone.FeedbackDelay(0.01, 0.1).toDestination();
      const meter = new Tone.Waveform(4096);
      voice.chain(delay);
      delay.connect(meter);
      const isSame = (await voice.loaded) === voice;
      await Tone.loaded();
      const before = await peakOf(meter, 0.2);
      voice.triggerAttack(['C4', 200]);
      const after = await peakOf(meter, 0.4);
      voice.releaseAll();
      let released = 1;
      for (let k = 0; k < 20 && released > 1e-4; k++) released = await peakOf(meter, 0.2);
      // Times of Tone's transport against the samples that are heard.
      const transport = Tone.getTransport();
      const due: number[] = [];
      const loop = new Tone.Loop((time) => {
        due.push(Math.round(time * context.sampleRate));
        voice.triggerAttackRelease('C4', 0.03, time);
      }, '16n').start(0);
      transport.start('+0.1');
      const onsets = await record(voice, 1.2);
      transport.stop();
      loop.dispose();
      // Synced, and scheduled far ahead in no order.
      await wait(0.4);
      voice.sync();
      voice.triggerAttackRelease('C4', 0.03, '8n');
      voice.digit(1, 0.03, 0.1, 1, 'C4');
      transport.start('+0.05');
      const synced = await record(voice, 0.6);
      transport.stop();
      voice.unsync();
      voice.brightness.value = 5;
      await wait(0.4);
      const set = voice.instrument.parameter('brightness');
      voice.brightness.linearRampTo(-5, 0.2);
      await wait(0.6);
      const ramped = voice.instrument.parameter('brightness');
      const lfo = new Tone.LFO({ frequency: 6, min: -6, max: 6 }).connect(voice.brightness).start();
      const seen: number[] = [];
      for (let k = 0; k < 40; k++) {
        await wait(0.015);
        seen.push(voice.instrument.parameter('brightness'));
      }
      lfo.disconnect();
      voice.set({ reverb: 0.3, digit: 7 }, '+0.3');
      const early = voice.instrument.parameter('reverb');
      await wait(0.8);
      const later = [voice.instrument.parameter('reverb'), voice.instrument.parameter('digit')];
      voice.set({ preset: 'Choir', speaker: 'ben', envelope: { attack: '16n' } });
      const settings = voice.get();
      voice.dispose();
      await voice.closed;
      for (const node of [lfo, meter, delay]) node.dispose();
      return {
        isSame,
        before,
        after,
        released,
        late: onsets.slice(1).map((onset, k) => onset - onsets[0] - (due[k + 1] - due[0])),
        beats: onsets.length,
        synced: synced.slice(1).map((onset) => onset - synced[0]),
        rate: context.sampleRate,
        set,
        ramped,
        lowest: Math.min(...seen),
        highest: Math.max(...seen),
        timed: [early, ...later],
        settings,
        isDisposed: voice.disposed,
      };
    }, kind);
    expect(found.isSame).toBe(true);
    expect(found.before).toBe(0);
    expect(found.after).toBeGreaterThan(0.001);
    expect(found.released).toBeLessThan(1e-4);
    expect(found.beats).toBeGreaterThan(5);
    // Tone rounds nothing; whole samples are rounded here and there.
    expect(found.late.every((samples) => samples === 0)).toBe(true);
    expect(found.synced).toEqual([Math.round(0.15 * found.rate)]);
    expect(found.set).toBe(5);
    expect(found.ramped).toBe(-5);
    expect(found.lowest).toBeLessThan(-4.5);
    expect(found.highest).toBeGreaterThan(4.5);
    expect(found.timed).toEqual([0, 0.3, 7]);
    expect(found.settings).toMatchObject({ preset: 'Choir', play: { mode: 'sing', speaker: 1 } });
    expect(found.settings.envelope?.attack).toBeCloseTo(0.125, 6);
    expect(found.isDisposed).toBe(true);
  },
);

it('renders with Tone.Offline: parts, sequences, loops, phrases and chords at their times to a sample', async () => {
  const found = await page.evaluate(async (hertz) => {
    const { Tone, Numvox, onsetsOf } = window.program;
    const short = { backend: 'wasm', envelope: { keyUp: 'release', release: 0.005 } } as const;
    const render = async (
      play: (
        voice: InstanceType<typeof Numvox>,
        transport: ReturnType<typeof Tone.getTransport>,
      ) => void | Promise<void>,
    ) => {
      const buffer = await Tone.Offline(
        ({ transport }) => play(new Numvox(short).toDestination(), transport),
        1.5,
        1,
        hertz,
      );
      return onsetsOf(buffer.getChannelData(0));
    };
    return {
      transport: await render((voice, transport) => {
        const part = [
          { time: 0, notes: ['C4'] },
          { time: '4n', notes: ['C4', 'E4'] },
        ];
        new Tone.Part((time, { notes }) => void voice.triggerAttackRelease(notes, 0.03, time), part).start(0);
        new Tone.Sequence(
          (time, note) => void voice.triggerAttackRelease(note, 0.03, time),
          ['G4', 'E4'],
          '4n',
        ).start('16n');
        new Tone.Loop((time) => voice.digit('seven', 0.03, time), '2n').start('2n');
        transport.start(0.25);
      }),
      ahead: await render(async (voice) => {
        await voice.loaded;
        for (const time of [1, 0.2, 0.6]) voice.triggerAttackRelease('C4', 0.03, time);
        voice.word('3 - . one', 0.1, 0.7, 1, ['C4', 'E4']);
      }),
    };
  }, rate);
  const at = (...seconds: number[]) => seconds.map((second) => Math.round(second * rate) + firstHeard);
  expect(found.transport).toEqual(at(0.25, 0.375, 0.75, 0.875, 1.25, 1.375));
  expect(found.ahead).toEqual(at(0.2, 0.6, 0.7, 1));
});

it('sings frequencies of any tuning exactly', async () => {
  const hertz = [440, 432.1, 155.3, 261.6255653005986, 329.6275569128699];
  const samples = await page.evaluate(async (sampleRate) => {
    const { Tone, Numvox } = window.program;
    const buffer = await Tone.Offline(
      () => {
        const voice = new Numvox({
          assets: { model: 'assets/models/shipped/' },
          backend: 'wasm',
          pitch: { intonation: 0 },
          play: { hold: 'loop' },
        }).toDestination();
        [440, 432.1, '155.3hz', 'C4', Tone.Midi(64)].forEach((note, k) =>
          voice.triggerAttackRelease(note, 0.6, 0.7 * k),
        );
      },
      3.5,
      1,
      sampleRate,
    );
    return [...buffer.getChannelData(0)];
  }, rate);
  hertz.forEach((wanted, k) => {
    const stretch = Float32Array.from(samples.slice((0.7 * k + 0.3) * rate, (0.7 * k + 0.5) * rate));
    const cents = 1200 * Math.log2(fitTone(stretch, rate, wanted).hertz / wanted);
    console.log(`${wanted} Hz: ${cents.toFixed(2)} cents off`);
    expect(Math.abs(cents)).toBeLessThan(2);
  });
});

it('renders what signals, volume, mute and velocity say, and the same each time', async () => {
  const found = await page.evaluate(async (hertz) => {
    const { Tone, Numvox, levelsOf } = window.program;
    type Voice = InstanceType<typeof Numvox>;
    const render = async (play: (voice: Voice) => void, options: object = {}) => {
      const buffer = await Tone.Offline(
        () => {
          const voice = new Numvox({ backend: 'wasm', play: { hold: 'loop' }, ...options }).toDestination();
          // Below where the limiter sets in.
          voice.triggerAttackRelease('C4', 0.9, 0, 0.2);
          play(voice);
        },
        0.8,
        1,
        hertz,
      );
      return buffer.getChannelData(0);
    };
    const levels = async (play: (voice: Voice) => void, options?: object) =>
      levelsOf(await render(play, options), 8);
    const style = (voice: Voice) => {
      new Tone.LFO({ frequency: 2, min: -2, max: 2 }).connect(voice.signal('style1')).start(0);
    };
    const [one, other] = [await render(style, { preset: null }), await render(style)];
    const plain = await render(() => undefined);
    return {
      plain: levelsOf(plain, 8),
      step: await levels((voice) => void voice.outputGainDb.setValueAtTime(-60, 0.4)),
      ramp: await levels((voice) => void voice.outputGainDb.linearRampToValueAtTime(-60, 0.8)),
      lfo: await levels((voice) => {
        new Tone.LFO({ frequency: 2.5, min: -60, max: 0, type: 'square' })
          .connect(voice.outputGainDb)
          .start(0);
      }),
      later: await levels((voice) => void voice.set({ outputGainDb: -60 }, 0.4)),
      quiet: await levels(() => undefined, { volume: -20 }),
      mute: await levels((voice) => void (voice.mute = true)),
      isSame: one.every((sample, n) => sample === other[n]),
      isMoved: one.some((sample, n) => Math.abs(sample - plain[n]) > 1e-3),
    };
  }, rate);
  const share = (levels: readonly number[], k: number) => levels[k] / found.plain[k];
  for (const levels of [found.step, found.later]) {
    for (const k of [0, 1, 2]) expect(share(levels, k)).toBeCloseTo(1, 5);
    // Effects and volume move with the step that the moment lies in, 11 ms.
    expect(share(levels, 3)).toBeGreaterThan(0.9);
    for (const k of [5, 6, 7]) expect(share(levels, k)).toBeLessThan(0.01);
  }
  // 60 dB over eight parts: behind by the step and by the 20 ms that the gain is smoothed over, no more.
  for (const k of [1, 2, 3, 4, 5, 6]) {
    const behindDb = 20 * Math.log10(share(found.ramp, k)) + 7.5 * (k + 0.5);
    expect(behindDb).toBeGreaterThan(0);
    expect(behindDb).toBeLessThan(3.5);
  }
  // Half a period at the top, half at the bottom; a square of the browser's swings by a tenth about each.
  for (const k of [0, 5]) expect(share(found.lfo, k)).toBeGreaterThan(0.5);
  for (const k of [3, 7]) expect(share(found.lfo, k)).toBeLessThan(0.02);
  expect(share(found.quiet, 4)).toBeCloseTo(0.1, 5);
  expect(Math.max(...found.mute)).toBe(0);
  expect(found.isSame).toBe(true);
  expect(found.isMoved).toBe(true);
});

it('renders several voices behind effects, a part within a part and synced notes, though another context was set since', async () => {
  const found = await page.evaluate(async (hertz) => {
    const { Tone, Numvox, onsetsOf } = window.program;
    const short = { backend: 'wasm', envelope: { keyUp: 'release', release: 0.005 } } as const;
    const render = async (count: number) => {
      const buffer = await Tone.Offline(
        async ({ transport }) => {
          const delay = new Tone.Delay(0.1).toDestination();
          const voices = Array.from({ length: count }, () =>
            new Numvox({ ...short, volume: -12 }).connect(delay),
          );
          const offline = Tone.getContext();
          Tone.setContext(new Tone.Context());
          await Promise.all(voices.map(({ loaded }) => loaded));
          Tone.setContext(offline);
          voices.forEach((voice, k) => {
            // At times that are whole ticks of Tone's transport.
            if (k === 1) voice.sync().triggerAttackRelease('C4', 0.03, 0.375);
            else {
              // Events of a part within another are the outer one's to play.
              const inner = new Tone.Part<unknown>(() => undefined, [[0.125, 'C4']]);
              const outer = new Tone.Part<unknown>(
                (time) => voice.triggerAttackRelease('C4', 0.03, time),
                [],
              );
              outer.add(0.125 + 0.375 * k, inner);
              outer.start(0);
            }
          });
          transport.start(0);
        },
        1.5,
        1,
        hertz,
      );
      return onsetsOf(buffer.getChannelData(0));
    };
    return { one: await render(1), three: await render(3) };
  }, rate);
  const at = (...seconds: number[]) => seconds.map((second) => Math.round(second * rate) + firstHeard);
  expect(found.one).toEqual(at(0.35));
  expect(found.three).toEqual(at(0.35, 0.475, 1.1));
});

it('says what is wrong with options, notes and files, and plays nothing once it is disposed of', async () => {
  const said = await page.evaluate(async () => {
    const { Tone, Numvox, useContext } = window.program;
    await useContext('ponyfill');
    const saying = (act: () => unknown): string => {
      try {
        act();
        return 'taken';
      } catch (reason) {
        return String(reason);
      }
    };
    const rejection = (promise: Promise<unknown>) =>
      promise.then(
        () => 'resolved',
        (reason: unknown) => String(reason),
      );
    const lost = new Numvox({ backend: 'wasm', assets: { model: 'nowhere/' }, onerror: () => undefined });
    const nowhere = await rejection(lost.loaded);
    lost.dispose();
    await lost.closed;
    const hasty = new Numvox({ backend: 'wasm' });
    const early = rejection(hasty.loaded);
    hasty.dispose();
    await hasty.closed;
    const voice = new Numvox({ backend: 'wasm' });
    voice.triggerAttackRelease('C4', 0.1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await voice.loaded;
    const sayings = [
      saying(() => new Numvox('Choirs')),
      saying(() => voice.set({ reverbs: 1 } as object)),
      saying(() => voice.set({ envelope: { attack: -1 } })),
      saying(() => voice.set({ mode: 'shout' })),
      saying(() => voice.set({ speaker: 'carl' })),
      saying(() => voice.triggerAttack('H4')),
      saying(() => voice.triggerAttack('C4', 'soon')),
      saying(() => voice.triggerAttack('C4', 0, 2)),
      saying(() => voice.digit(10)),
      saying(() => voice.word('3 x 4')),
      saying(() => voice.signal('mode')),
      saying(() => (voice.brightness.value = 13)),
      saying(() => new Numvox(null as never)),
      saying(() => new Numvox({ context: new AudioContext() as never })),
      saying(() => new Numvox({ volume: NaN })),
      saying(() => voice.set(undefined as never)),
      saying(() => voice.set({ volume: -20 }, 'soon')),
      saying(() => voice.set({ effects: null as never })),
    ];
    voice.dispose();
    voice.dispose();
    sayings.push(
      saying(() => voice.triggerAttack('C4')),
      saying(() => voice.set({ reverb: 0.5 })),
      saying(() => voice.brightness),
      saying(() => voice.sync()),
      // What a transport still releases is nothing wrong.
      saying(() => voice.triggerRelease('C4').releaseAll()),
    );
    await voice.closed;
    void Tone;
    return { nowhere, early: await early, sayings };
  });
  expect(said.nowhere).toMatch(/InstrumentError: .*nowhere\/manifest.json answered 404/);
  expect(said.early).toMatch(/disposed of before it was loaded/);
  [
    /there is no preset "Choirs"; the presets are/,
    /RangeError: reverbs is no option/,
    /RangeError: attack must be a number from 0.001 to 5, got -1/,
    /RangeError: mode must be one of words, sing, lyrics, drum, got "shout"/,
    /RangeError: speaker must be one of ann, ben or a number, got "carl"/,
    /RangeError: note must be a name such as 'C4'.*got "H4"/,
    /RangeError: time must be seconds or a time.*got "soon"/,
    /RangeError: velocity must be a number from 0 to 1, got 2/,
    /RangeError: digit must be a whole number from 0 to 9 or its name, got 10/,
    /"x" is none of them/,
    /RangeError: signal must be one of style1, .*detune.*got "mode"/,
    /Value must be within \[-12, 12\], got: 13/,
    /TypeError: options must be an object such as \{ preset: 'Choir' \}, got null/,
    /TypeError: context must be one of Tone's, got an object; hand in new Tone.Context/,
    /RangeError: volume must be a number from -Infinity to 100, got NaN/,
    /TypeError: options must be an object.*got undefined/,
    /RangeError: time must be seconds or a time.*got "soon"/,
    /TypeError: effects must be an object of parameters.*got null/,
    ...[1, 2, 3, 4].map(() => /InstrumentError: Numvox was disposed of/),
    /^taken$/,
  ].forEach((pattern, k) => expect(said.sayings[k]).toMatch(pattern));
  // What was told to the console: the missing files, and the note that came too early.
  expect(faults.splice(0).filter((text) => !/404|nowhere|events came before/.test(text))).toEqual([]);
});

it(`leaves nothing of ${cycles} instruments that came and went`, async () => {
  const comeAndGo = (count: number) =>
    page.evaluate(async (times) => {
      const { Tone, Numvox, useContext } = window.program;
      if (!('lfo' in window)) {
        await useContext('ponyfill');
        Object.assign(window, { lfo: new Tone.LFO(3, -6, 6).start() });
      }
      const { lfo } = window as unknown as { lfo: InstanceType<typeof Tone.LFO> };
      const play = async (): Promise<void> => {
        const voice = new Numvox({ backend: 'wasm', preset: 'Choir' }).toDestination();
        lfo.connect(voice.brightness);
        voice.sync();
        await voice.loaded;
        voice.unsync();
        voice.triggerAttackRelease(['C4', 300], 1);
        voice.triggerAttackRelease('C4', 1, '+2');
        voice.style1.rampTo(1, 0.1);
        await new Promise((resolve) => setTimeout(resolve, 20));
        lfo.disconnect(voice.brightness);
        voice.dispose();
        await voice.closed;
      };
      // Several live side by side, and it takes less time.
      for (let k = 0; k < times; k += 5)
        await Promise.all(Array.from({ length: Math.min(5, times - k) }, play));
    }, count);
  const look = async () => {
    await page.waitForTimeout(300);
    const bytes = await inspector.pageHeapBytes();
    return { bytes, census: await page.evaluate(() => window.census()) };
  };
  await comeAndGo(5);
  const first = await look();
  const census = async () => {
    await inspector.pageHeapBytes();
    return page.evaluate(() => window.census());
  };
  const isAsFirst = () => expect.poll(census, { timeout: 20_000, interval: 300 }).toEqual(first.census);
  await comeAndGo(learnt - 5);
  const middle = await look();
  await comeAndGo(cycles - learnt);
  await isAsFirst();
  const last = await look();
  const bytesOfOne = (last.bytes - middle.bytes) / (cycles - learnt);
  console.log(`bytes that an instrument of Tone's left: ${Math.round(bytesOfOne)}`);
  expect(bytesOfOne).toBeLessThan(mostBytesOfOne);
});
