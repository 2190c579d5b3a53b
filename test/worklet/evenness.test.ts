// How evenly the kernel spreads its work over the quanta, counted in units of one FFT: steady play, and bursts of notes.
import { describe, expect, test } from 'vitest';
import type { Playing } from '../../src/contract/playing.ts';
import { defaultFormat } from '../../src/contract/spectrogram.ts';
import { stepCosts } from '../../src/dsp/phaseEngine.ts';
import type { Kernel } from '../../src/worklet/kernel.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import {
  clipMessage,
  makeKernel,
  noteMessage,
  trackedFeatures,
  trackedFormat,
  wordFeatures,
} from '../helpers/kernelRun.ts';

const clips = { harmonic: trackedFeatures(4), spectrogram: wordFeatures(4) };
const ways: readonly Playing[] = ['harmonic', 'spectrogram'];
const largestStep = Math.max(...Object.values(stepCosts));
const quantum = 128;

interface Scene {
  readonly playing?: Playing;
  readonly contextRate?: number;
}

function sceneKernel({ playing = 'harmonic', contextRate = 48000 }: Scene): Kernel {
  const format = playing === 'harmonic' ? trackedFormat : defaultFormat;
  const kernel = makeKernel({ format, contextRate, maxVoices: 64, playing });
  clips[playing].forEach((features, slot) => kernel.receive(clipMessage(slot, features)));
  return kernel;
}

/** A note that lasts for seconds: of a word that is read ten times slower than it was said, unless told otherwise. */
function longNote(noteId: number, extra: object = {}): ToKernel {
  return { ...noteMessage(noteId % 4, { gain: 0.5 }), noteId, speed: 0.1, ...extra } as ToKernel;
}

/** Work of each of the next blocks. */
function workOf(kernel: Kernel, blocks: number, length = quantum): number[] {
  const output = [new Float32Array(length)];
  return Array.from({ length: blocks }, () => {
    const before = kernel.work;
    kernel.process(output);
    return kernel.work - before;
  });
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Lets the notes' first hops pass, then gives the work of the blocks of 0.4 s. */
function steadyWork(kernel: Kernel, contextRate: number, length: number): number[] {
  workOf(kernel, Math.ceil((0.2 * contextRate) / length), length);
  return workOf(kernel, Math.ceil((0.4 * contextRate) / length), length);
}

describe('in steady play no quantum costs more than twice the mean', () => {
  const notes: readonly [string, object][] = [
    ['their own pitch', {}],
    ['82 Hz', { pitchHz: 82 }],
    ['880 Hz, standing still', { pitchHz: 880, speed: 0 }],
  ];
  for (const playing of ways) {
    test.each(notes)(`${playing}, at %s`, (_name, extra) => {
      for (const contextRate of [44100, 48000]) {
        for (const length of [quantum, 2 * quantum]) {
          for (const voices of [1, 2, 3, 8, 32, 64]) {
            const kernel = sceneKernel({ playing, contextRate });
            for (let i = 0; i < voices; i++) kernel.receive(longNote(i, extra));
            const work = steadyWork(kernel, contextRate, length);
            expect(kernel.status().activeVoices).toBe(voices);
            expect(Math.max(...work) / mean(work)).toBeLessThan(2);
          }
        }
      }
    });
  }

  test('for voices that start one after the other, from 8 on below 1.5 times', () => {
    for (const playing of ways) {
      for (const contextRate of [44100, 48000]) {
        for (const voices of [1, 2, 8, 32, 64]) {
          const kernel = sceneKernel({ playing, contextRate });
          for (let i = 0; i < voices; i++) kernel.receive(longNote(i, { frame: 371 * i }));
          workOf(kernel, Math.ceil((371 * voices) / quantum));
          const work = steadyWork(kernel, contextRate, quantum);
          expect(Math.max(...work) / mean(work)).toBeLessThan(voices < 8 ? 2 : 1.5);
        }
      }
    }
  });

  test('for one voice in whichever place, wherever its hops begin', () => {
    for (let place = 0; place < 10; place++) {
      const kernel = sceneKernel({ contextRate: 44100 });
      for (let i = 0; i <= place; i++) kernel.receive(longNote(i, { frame: 37 * place, speed: 0 }));
      workOf(kernel, 8);
      for (let i = 0; i < place; i++) kernel.receive({ type: 'noteOff', noteId: i });
      const work = steadyWork(kernel, 44100, quantum);
      expect(kernel.status().activeVoices).toBe(1);
      expect(Math.max(...work) / mean(work)).toBeLessThan(2);
    }
  });

  test('of 32 frames, a quarter of what is usual, it may be one step more: no step is cut in two', () => {
    for (const playing of ways) {
      for (const voices of [1, 8, 32, 64]) {
        const kernel = sceneKernel({ playing });
        for (let i = 0; i < voices; i++) kernel.receive(longNote(i));
        const work = steadyWork(kernel, 48000, 32);
        expect(Math.max(...work)).toBeLessThan(2 * mean(work) + largestStep);
        if (voices >= 32) expect(Math.max(...work) / mean(work)).toBeLessThan(2);
      }
    }
  });
});

describe('a burst of notes in one block', () => {
  const bursts: readonly [number, number][] = [
    [0, 16],
    [8, 16],
    [32, 16],
    [0, 64],
  ];

  test.each(bursts)(
    'over %i voices, of %i notes: only the quanta of the starts cost more',
    (voices, notes) => {
      for (const playing of ways) {
        const kernel = sceneKernel({ playing });
        for (let i = 0; i < voices; i++) kernel.receive(longNote(i));
        workOf(kernel, 75);
        const before = mean(workOf(kernel, 75));
        for (let i = 0; i < notes; i++) kernel.receive(longNote(100 + i));
        // Eight start in each quantum, however many there are.
        const starts = workOf(kernel, notes / 8);
        const after = workOf(kernel, 150);
        const steady = mean(after.slice(75));
        expect(Math.max(...after)).toBeLessThan(2 * steady);
        // Of the first 0.1 s too: the look-ahead grows in hops that cost no more than twice a steady one.
        expect(mean(after.slice(0, 6))).toBeLessThan(1.5 * steady);
        // A start makes the frames that lie over the first sample: the work of two hops (of six quanta) of a voice.
        const hop = (6 * (steady - before)) / notes;
        for (const start of starts) expect((start - steady) / 8).toBeLessThan(2.5 * hop);
      }
    },
  );

  /** Frame of the first sample that differs when one of many notes is heard. */
  function onsetOf(note: number, notes: number, frame: number, voices: number): number {
    const play = (gain: number): Float32Array => {
      const kernel = sceneKernel({});
      for (let i = 0; i < voices; i++) kernel.receive(longNote(i));
      const out = new Float32Array(2048);
      kernel.process([out.subarray(0, 512)]);
      for (let i = 0; i < notes; i++) {
        kernel.receive(longNote(100 + i, { frame, gain: i === note ? gain : 0 }));
      }
      kernel.process([out.subarray(512)]);
      return out;
    };
    const [silent, heard] = [play(0), play(1)];
    return heard.findIndex((value, n) => value !== silent[n]);
  }

  test.each([
    [16, 8],
    [16, 32],
    [64, 0],
  ])('of %i notes over %i voices is heard eight by eight, a quantum apart', (notes, voices) => {
    for (const frame of [512, 517, 639]) {
      for (const note of [0, 7, 8, 15, notes - 9, notes - 8, notes - 1]) {
        const onset = onsetOf(note, notes, frame, voices);
        // The fade in begins at 0: what is heard of a note is its second sample.
        const late = Math.floor(note / 8);
        expect(onset).toBe(1 + (late === 0 ? frame : 512 + quantum * late));
      }
    }
  });

  test('keeps no note waiting that comes later: two start on time in each quantum', () => {
    const onsets = (count: number): number[] => {
      const starting = (note: number): number => {
        const play = (gain: number): Float32Array => {
          const kernel = sceneKernel({});
          for (let i = 0; i < 40; i++) kernel.receive(longNote(i, { frame: 512, gain: 0 }));
          for (let i = 0; i < count; i++) {
            kernel.receive(longNote(100 + i, { frame: 700, gain: i === note ? gain : 0 }));
          }
          const out = new Float32Array(2048);
          kernel.process([out]);
          return out;
        };
        return play(1).findIndex((value) => value !== 0);
      };
      return Array.from({ length: count }, (_, note) => starting(note));
    };
    // The third waits behind the 24 that waited already.
    expect(onsets(3)).toEqual([701, 701, 512 + 5 * quantum + 1]);
  });

  test('of more notes than there are voices gives up those that waited longest, which nobody would have heard', () => {
    const kernel = sceneKernel({});
    for (let i = 0; i < 90; i++) kernel.receive(longNote(i));
    workOf(kernel, 1);
    expect(kernel.status().missedNotes).toBe(90 - 8 - 64);
    workOf(kernel, 8);
    expect([kernel.sounds(8), kernel.sounds(25), kernel.sounds(26), kernel.sounds(89)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });
});
