// The kernel on a machine that is too slow: effort falls first, then voices fade, without a click, and all comes back.
import { describe, expect, test, vi } from 'vitest';
import {
  clipSamples,
  defaultFormat,
  defaultTracks,
  frameValues,
  trackOfF0,
} from '../../src/contract/spectrogram.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import { interleave } from '../../src/dsp/tracks.ts';
import type { Kernel } from '../../src/worklet/kernel.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import {
  clipMessage,
  makeKernel,
  noteMessage,
  trackedFeatures,
  trackedFormat,
} from '../helpers/kernelRun.ts';
import { rms } from '../helpers/signals.ts';
import { tone, vowel } from '../helpers/tones.ts';

const rate = 48000;
const quantum = 128;
/** Share of real time that the governor lets blocks take. */
const limit = 0.7;
const full = { lookAheadFrames: 3, sweeps: 2 };
const least = { lookAheadFrames: 0, sweeps: 0 };
const words = trackedFeatures(3);
const held = vowelFeatures();

/** A steady vowel of 120 Hz, voiced throughout. */
function vowelFeatures(): Float32Array {
  const samples = clipSamples(trackedFormat);
  const clip = tone({ sampleRate: 8000, samples, f0: () => 120, spectrum: vowel });
  const channels = frameValues(trackedFormat) - trackedFormat.melBands;
  const pitch = trackOfF0(120, defaultTracks);
  const tracks = Float32Array.from({ length: trackedFormat.frames * channels }, (_, i) =>
    i % channels === 0 ? pitch : 1,
  );
  return interleave(melFeatures(clip, trackedFormat), tracks, trackedFormat);
}

/** A kernel on a machine that does `ffts` units of work a second, and so always does the same. */
class SlowMachine {
  ffts = Infinity;
  readonly kernel: Kernel;
  readonly #output = [new Float32Array(quantum)];
  #frame = 0;
  #busy = 0;
  #worked = 0;

  constructor(playing: 'harmonic' | 'spectrogram' = 'harmonic') {
    const clock = (): number => {
      const { work } = this.kernel;
      this.#busy += (work - this.#worked) / this.ffts;
      this.#worked = work;
      return this.#busy;
    };
    this.kernel = makeKernel({ format: trackedFormat, maxVoices: 64, playing, clock });
    words.forEach((features, slot) => this.kernel.receive(clipMessage(slot, features)));
    this.kernel.receive(clipMessage(9, held));
  }

  /** Plays on for some seconds, in whole quanta. */
  run(seconds: number): Float32Array {
    const out = new Float32Array(Math.ceil((seconds * rate) / quantum) * quantum);
    for (let at = 0; at < out.length; at += quantum) {
      this.kernel.process(this.#output, this.#frame);
      out.set(this.#output[0], at);
      this.#frame += quantum;
    }
    return out;
  }

  /** A note that lasts for ten times its word. */
  play(noteId: number, extra: object = {}): void {
    this.kernel.receive({ ...noteMessage(noteId % 3), noteId, speed: 0.1, ...extra } as ToKernel);
  }

  get effort(): { lookAheadFrames: number; sweeps: number } {
    const { lookAheadFrames, sweeps } = this.kernel.status();
    return { lookAheadFrames, sweeps };
  }

  /** Slows the machine down until what now sounds takes `share` of real time at full effort. */
  slowTo(share: number): void {
    const before = this.kernel.work;
    this.run(0.16);
    this.ffts = (this.kernel.work - before) / 0.16 / share;
  }
}

/** Clicks in a piece cut out of a longer sound, whose ends are clicks themselves. */
function inside(sound: Float32Array): number {
  return clickiness(sound, rate, 0.02 * rate, sound.length - 0.02 * rate);
}

describe('effort', () => {
  test('falls until the load is under the limit, keeps all voices, and returns after the load', () => {
    const machine = new SlowMachine();
    for (let i = 0; i < 16; i++) machine.play(i);
    machine.run(0.3);
    machine.slowTo(0.5);
    machine.run(1);
    expect(machine.effort).toEqual(full);
    expect(machine.kernel.status().load).toBeCloseTo(0.5, 1);
    machine.slowTo(1.1);
    machine.run(0.5);
    expect(machine.effort).not.toEqual(full);
    machine.run(0.5);
    const { load, underruns, activeVoices } = machine.kernel.status();
    expect(load).toBeLessThan(limit);
    expect(load).toBeGreaterThan(0.3);
    expect(activeVoices).toBe(16);
    machine.run(1);
    // None but the blocks before the governor knew.
    expect(machine.kernel.status().underruns).toBe(underruns);
    for (let i = 4; i < 16; i++) machine.kernel.receive({ type: 'control', noteId: i, speed: 8 });
    machine.run(3.5);
    expect(machine.effort).toEqual(full);
    expect(machine.kernel.status().activeVoices).toBe(4);
  });

  test.each(['harmonic', 'spectrogram'] as const)('falls and returns without a click, %s', (playing) => {
    const machine = new SlowMachine(playing);
    machine.play(9, { slot: 9, speed: 0, gain: 0.5 });
    for (let i = 0; i < 7; i++) machine.play(i, { gain: 0 });
    machine.run(0.5);
    machine.slowTo(1.05);
    const falling = machine.run(0.5);
    expect(machine.effort.sweeps).toBeLessThan(2);
    expect(machine.kernel.status().activeVoices).toBe(8);
    for (let i = 0; i < 7; i++) machine.kernel.receive({ type: 'control', noteId: i, speed: 8 });
    const rising = machine.run(4);
    expect(machine.effort).toEqual(full);
    for (const sound of [falling, rising.subarray(0, rate), rising.subarray(rate, 3 * rate)]) {
      expect(rms(sound)).toBeGreaterThan(0.01);
      expect(inside(sound)).toBeLessThan(CLICK);
    }
  });
});

describe('voices', () => {
  /** Frame at which the last sample of a note is heard, while only that note is audible. */
  function endOf(note: number): number {
    const machine = new SlowMachine();
    for (let i = 0; i < 6; i++) machine.play(i, { gain: i === note ? 1 : 0 });
    machine.run(0.2);
    for (const noteId of [3, 1, 4]) machine.kernel.receive({ type: 'noteOff', noteId });
    machine.slowTo(6);
    const out = machine.run(2);
    let end = out.length;
    while (end > 0 && out[end - 1] === 0) end--;
    return end;
  }

  test('fade at the least effort only, released ones first, then the oldest; one at least stays', () => {
    const ends = [0, 1, 2, 3, 4, 5].map(endOf);
    const order = [0, 1, 2, 3, 4, 5].sort((a, b) => ends[a] - ends[b]);
    const gone = order.filter((note) => ends[note] < 1.9 * rate);
    expect(gone.length).toBeGreaterThanOrEqual(4);
    expect(gone).toEqual([1, 3, 4, 0, 2, 5].slice(0, gone.length));
    // One after the other: each one's relief is awaited.
    for (let i = 1; i < gone.length; i++) {
      expect(ends[gone[i]] - ends[gone[i - 1]]).toBeGreaterThan(quantum);
    }
  });

  test('fade until the load is under the limit, without a click and without more underruns', () => {
    const machine = new SlowMachine();
    machine.play(9, { slot: 9, speed: 0, gain: 0.5 });
    for (let i = 0; i < 12; i++) {
      machine.play(20 + i, { slot: 9, speed: 0, gain: 0.05, pitchHz: 150 + 20 * i });
    }
    machine.run(0.3);
    machine.slowTo(3);
    const shed = machine.run(1);
    expect(machine.effort).toEqual(least);
    const { activeVoices, load, underruns } = machine.kernel.status();
    expect(activeVoices).toBeLessThan(13);
    expect(activeVoices).toBeGreaterThan(0);
    expect(load).toBeLessThan(limit);
    expect(inside(shed)).toBeLessThan(CLICK);
    machine.run(1);
    expect(machine.kernel.status()).toMatchObject({ activeVoices, underruns });
  });
});

describe('without a clock', () => {
  test('no time is read, and effort and load stay what they were', () => {
    const clocks = [vi.spyOn(performance, 'now'), vi.spyOn(Date, 'now')];
    const kernel = makeKernel({ format: trackedFormat });
    kernel.receive(clipMessage(3, words[0]));
    kernel.receive(noteMessage(3));
    for (let i = 0; i < 100; i++) kernel.process([new Float32Array(quantum)]);
    for (const clock of clocks) {
      expect(clock).not.toHaveBeenCalled();
      clock.mockRestore();
    }
    expect(kernel.status()).toMatchObject({ ...full, load: 0, underruns: 0 });
  });

  test('the samples are those of a machine with time enough', () => {
    const play = (options: object): Float32Array => {
      const kernel = makeKernel({ format: { ...defaultFormat, tracks: trackedFormat.tracks }, ...options });
      kernel.receive(clipMessage(3, words[0]));
      kernel.receive(noteMessage(3));
      const out = new Float32Array(75 * quantum);
      for (let at = 0; at < out.length; at += quantum) kernel.process([out.subarray(at, at + quantum)], at);
      return out;
    };
    let time = 0;
    const plain = play({});
    expect(play({ clock: () => (time += 1e-4) })).toEqual(plain);
    expect(play({ clock: () => (time += 0.004) })).not.toEqual(plain);
  });
});
