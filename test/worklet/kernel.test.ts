// The kernel: when notes start, what they play, and that blocks do not matter.
import { describe, expect, test } from 'vitest';
import { clipSamples, defaultFormat } from '../../src/contract/spectrogram.ts';
import type { FromKernel, ToKernel } from '../../src/worklet/protocol.ts';
import { slotOf } from '../../src/worklet/kernel.ts';
import {
  clipMessage,
  largestJump,
  makeKernel,
  noteMessage,
  runKernel,
  wordFeatures,
} from '../helpers/kernelRun.ts';
import { rms } from '../helpers/signals.ts';

const words = wordFeatures(6);
const wordFrames = Math.ceil(((clipSamples(defaultFormat) - defaultFormat.onsetSamples + 64) * 48000) / 8000);

describe('note-on', () => {
  test('sounds in its own block, from its own frame, with the word at once', () => {
    const kernel = makeKernel();
    const out = runKernel(kernel, 4800, [
      { at: 0, message: clipMessage(3, words[0]) },
      { at: 0, message: noteMessage(3, { frame: 1000 }) },
    ]);
    expect(out.subarray(0, 1001).every((value) => value === 0)).toBe(true);
    expect(out.subarray(1001, 1024).some((value) => value !== 0)).toBe(true);
    expect(rms(out, 1000 + 480, 1000 + 960)).toBeGreaterThan(0.004);
  });

  test('a past or absent frame means now', () => {
    for (const frame of [undefined, 5]) {
      const kernel = makeKernel();
      const out = runKernel(kernel, 1280, [
        { at: 0, message: clipMessage(3, words[0]) },
        { at: 512, message: noteMessage(3, frame === undefined ? {} : { frame }) },
      ]);
      expect(out.subarray(0, 513).every((value) => value === 0)).toBe(true);
      expect(out.subarray(513, 560).some((value) => value !== 0)).toBe(true);
    }
  });

  test('plays to the end of its clip, not longer, and noteOff does not cut it', () => {
    const kernel = makeKernel();
    const out = runKernel(kernel, wordFrames + 4800, [
      { at: 0, message: clipMessage(3, words[0]) },
      { at: 0, message: noteMessage(3) },
      { at: 640, message: { type: 'noteOff', noteId: 3 } },
    ]);
    expect(rms(out, 9600, 14400)).toBeGreaterThan(0.005);
    expect(out.subarray(wordFrames).every((value) => value === 0)).toBe(true);
    expect(kernel.status().activeVoices).toBe(0);
  });

  test('gain scales the voice and the default output gain leaves headroom', () => {
    const level = (gain: number, outputGain?: number): Float32Array =>
      runKernel(makeKernel(outputGain === undefined ? {} : { outputGain }), 9600, [
        { at: 0, message: clipMessage(3, words[0]) },
        { at: 0, message: noteMessage(3, { gain }) },
      ]);
    const full = level(1);
    expect(rms(level(0.25)) / rms(full)).toBeCloseTo(0.25, 5);
    expect(rms(level(1, 1)) / rms(full)).toBeCloseTo(2, 5);
  });

  test('two voices are the sum of each alone', () => {
    const clips = [clipMessage(3, words[0]), clipMessage(4, words[1])].map((message) => ({ at: 0, message }));
    const both = runKernel(makeKernel(), 9600, [
      ...clips,
      { at: 0, message: noteMessage(3) },
      { at: 700, message: noteMessage(4) },
    ]);
    const first = runKernel(makeKernel(), 9600, [...clips, { at: 0, message: noteMessage(3) }]);
    const second = runKernel(makeKernel(), 9600, [...clips, { at: 700, message: noteMessage(4) }]);
    for (let n = 0; n < both.length; n++) expect(Math.abs(both[n] - first[n] - second[n])).toBeLessThan(1e-6);
  });
});

describe('blocks', () => {
  const score = [
    { at: 0, message: clipMessage(3, words[0]) },
    { at: 0, message: clipMessage(4, words[1]) },
    { at: 0, message: noteMessage(3, { frame: 77 }) },
    { at: 0, message: noteMessage(4, { frame: 5000 }) },
    { at: 4003, message: clipMessage(3, words[2], 1) },
    { at: 6000, message: noteMessage(3, { frame: 6001, revision: 1 }) },
    { at: 9999, message: noteMessage(4) },
    { at: 15000, message: { type: 'silence' } as const },
    { at: 15100, message: noteMessage(4, { gain: 0.5 }) },
  ];

  test.each([48000, 44100, 8000, 96000])('any split gives the same samples, at %i Hz', (contextRate) => {
    const whole = runKernel(makeKernel({ contextRate }), 20000, score, [20000]);
    expect(rms(whole)).toBeGreaterThan(0.001);
    expect(runKernel(makeKernel({ contextRate }), 20000, score, [128])).toEqual(whole);
    expect(runKernel(makeKernel({ contextRate }), 20000, score, [1, 7, 333, 128, 1024], 5)).toEqual(whole);
  });

  test('stealing too is the same in any split', () => {
    const rush = [
      { at: 0, message: clipMessage(3, words[0]) },
      ...Array.from({ length: 12 }, (_, i) => ({ at: 0, message: noteMessage(3, { frame: 131 * i }) })),
    ];
    const whole = runKernel(makeKernel({ maxVoices: 2 }), 6000, rush, [6000]);
    expect(runKernel(makeKernel({ maxVoices: 2 }), 6000, rush, [64, 1, 200], 3)).toEqual(whole);
  });

  test('every channel gets the same, no channel is no error', () => {
    const kernel = makeKernel();
    kernel.receive(clipMessage(3, words[0]));
    kernel.receive(noteMessage(3));
    const left = new Float32Array(960).fill(5);
    const right = new Float32Array(960).fill(6);
    kernel.process([left, right]);
    expect(left).toEqual(right);
    expect(rms(left)).toBeGreaterThan(0);
    kernel.process([]);
  });
});

describe('voices', () => {
  test('more notes than voices: the oldest fades out without a click', () => {
    const notes = Array.from({ length: 8 }, (_, i) => ({
      at: 0,
      message: noteMessage(3, { frame: 1500 * i }),
    }));
    const kernel = makeKernel({ maxVoices: 2 });
    let most = 0;
    kernel.receive(clipMessage(3, words[0]));
    for (const { message } of notes) kernel.receive(message);
    const out = new Float32Array(14400);
    for (let n = 0; n < out.length; n += 128) {
      const block = new Float32Array(128);
      kernel.process([block], n);
      out.set(block.subarray(0, Math.min(128, out.length - n)), n);
      most = Math.max(most, kernel.status().activeVoices);
    }
    expect(most).toBe(3);
    const alone = runKernel(makeKernel(), 14400, [
      { at: 0, message: clipMessage(3, words[0]) },
      { at: 0, message: noteMessage(3) },
    ]);
    expect(largestJump(out)).toBeLessThan(3 * largestJump(alone));
  });

  test('silence fades everything within 5 ms, without a step', () => {
    const kernel = makeKernel();
    const out = runKernel(kernel, 9600, [
      { at: 0, message: clipMessage(3, words[0]) },
      { at: 0, message: noteMessage(3) },
      { at: 0, message: noteMessage(3, { frame: 8000 }) },
      { at: 4800, message: { type: 'silence' } },
    ]);
    expect(out.subarray(4800 + 241).every((value) => value === 0)).toBe(true);
    expect(largestJump(out, 4800, 5100)).toBeLessThanOrEqual(largestJump(out, 0, 4800) * 1.2);
    expect(kernel.status().activeVoices).toBe(0);
  });
});

describe('clips', () => {
  const play = (messages: { at: number; message: ToKernel }[]): Float32Array =>
    runKernel(makeKernel(), wordFrames, messages);
  const exactly = (features: Float32Array): Float32Array =>
    play([
      { at: 0, message: clipMessage(3, features) },
      { at: 0, message: noteMessage(3) },
    ]);

  test('a note whose exact clip is missing starts from the nearest style of the same digit', () => {
    const out = play([
      { at: 0, message: clipMessage(slotOf(0, 3), words[0], 0, 1) },
      { at: 0, message: clipMessage(slotOf(1, 3), words[1], 0, 5) },
      { at: 0, message: clipMessage(slotOf(0, 4), words[2], 0, 4) },
      { at: 0, message: noteMessage(slotOf(0, 3), { revision: 2, style: 4 }) },
    ]);
    expect(out).toEqual(exactly(words[1]));
  });

  test('and crosses over, without a step, when the exact clip arrives', () => {
    const [from, to] = [exactly(words[0]), exactly(words[3])];
    const out = play([
      { at: 0, message: clipMessage(slotOf(1, 3), words[0], 0, 1) },
      { at: 0, message: noteMessage(slotOf(0, 3), { revision: 2, style: 4 }) },
      { at: 1200, message: clipMessage(slotOf(0, 3), words[3], 2, 4) },
    ]);
    expect(out.subarray(0, 1200)).toEqual(from.subarray(0, 1200));
    expect(out.subarray(0, 9600)).not.toEqual(from.subarray(0, 9600));
    // Past the crossing (four frames, and those already in flight) the level follows the exact clip.
    for (let n = 9600; n + 2400 <= wordFrames; n += 2400) {
      expect(Math.abs(rms(out, n, n + 2400) - rms(to, n, n + 2400))).toBeLessThan(0.2 * rms(to) + 1e-4);
    }
    expect(largestJump(out)).toBeLessThan(1.5 * Math.max(largestJump(from), largestJump(to)));
  });

  test('a newer revision for a sounding slot is crossed over to, an older one is ignored', () => {
    const start = [
      { at: 0, message: clipMessage(3, words[0], 4) },
      { at: 0, message: noteMessage(3, { revision: 4 }) },
    ];
    expect(play([...start, { at: 600, message: clipMessage(3, words[3], 3) }])).toEqual(exactly(words[0]));
    expect(play([...start, { at: 600, message: clipMessage(3, words[3], 5) }])).not.toEqual(
      exactly(words[0]),
    );
  });

  test('a newer clip in the middle of a crossing does not make a step', () => {
    const out = play([
      { at: 0, message: clipMessage(3, words[0], 0) },
      { at: 0, message: noteMessage(3) },
      ...[1, 2, 3, 4, 5].map((revision) => ({
        at: 1000 * revision,
        message: clipMessage(3, words[revision % 4], revision),
      })),
    ]);
    const loudest = Math.max(...words.slice(0, 4).map((word) => largestJump(exactly(word))));
    expect(largestJump(out)).toBeLessThan(2 * loudest);
  });

  test('a digit without any clip stays silent and is counted', () => {
    const kernel = makeKernel();
    const out = runKernel(kernel, 1280, [
      { at: 0, message: clipMessage(4, words[0]) },
      { at: 0, message: noteMessage(3) },
    ]);
    expect(out.every((value) => value === 0)).toBe(true);
    expect(kernel.status()).toMatchObject({ underruns: 1, activeVoices: 0, clips: 1 });
  });

  test('values that are no finite number become silence and are counted', () => {
    const bad = words[0].slice();
    bad.fill(NaN, 800, 880);
    bad[1000] = Infinity;
    const kernel = makeKernel();
    const out = runKernel(kernel, wordFrames, [
      { at: 0, message: clipMessage(3, bad) },
      { at: 0, message: noteMessage(3) },
    ]);
    expect(kernel.status().nonFinite).toBe(81);
    expect(out.every((value) => Number.isFinite(value))).toBe(true);
    expect(rms(out)).toBeGreaterThan(0.001);
  });

  test('a decoder that never quite says zero leaves no hiss', () => {
    const out = exactly(new Float32Array(words[0].length).fill(0.005));
    expect(rms(out)).toBeLessThan(2e-4);
  });
});

describe('messages', () => {
  test('status answers with the id and the counters', () => {
    const replies: FromKernel[] = [];
    const kernel = makeKernel({}, (message) => replies.push(message));
    kernel.receive(clipMessage(3, words[0]));
    kernel.receive({ type: 'status', id: 42 });
    expect(replies).toEqual([
      { type: 'status', id: 42, activeVoices: 0, clips: 1, underruns: 0, nonFinite: 0, fft: 'simd' },
    ]);
  });

  test('malformed clips and notes are answered with an error that names the fault', () => {
    const replies: FromKernel[] = [];
    const kernel = makeKernel({}, (message) => replies.push(message));
    kernel.receive(clipMessage(99, words[0]));
    kernel.receive(clipMessage(3, new Float32Array(5)));
    kernel.receive(noteMessage(3, { gain: NaN }));
    kernel.receive(noteMessage(-1));
    expect(replies.map((reply) => reply.type)).toEqual(['error', 'error', 'error', 'error']);
    expect(JSON.stringify(replies[0])).toMatch(/slot below 20/);
    expect(kernel.status().clips).toBe(0);
  });

  test('a second port may send the same messages', () => {
    const kernel = makeKernel();
    const { port1, port2 } = new MessageChannel();
    kernel.receive({ type: 'port', port: port1 });
    return new Promise<void>((resolve) => {
      port2.postMessage(clipMessage(3, words[0]));
      const wait = (): void => {
        if (kernel.status().clips === 1) {
          port1.close();
          resolve();
        } else setTimeout(wait, 1);
      };
      wait();
    });
  });

  test('options out of range are refused by name', () => {
    expect(() => makeKernel({ slots: 0 })).toThrow(/slots/);
    expect(() => makeKernel({ maxVoices: 100 })).toThrow(/maxVoices/);
    expect(() => makeKernel({ contextRate: 44100.5 })).toThrow(/outputRate/);
    expect(() => makeKernel({ outputGain: 2 })).toThrow(/outputGain/);
  });
});
