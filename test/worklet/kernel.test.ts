// The kernel: when notes start, what they play, and that blocks do not matter.
import { describe, expect, test } from 'vitest';
import { clipSamples, defaultFormat } from '../../src/contract/spectrogram.ts';
import type { FromKernel, ToKernel } from '../../src/worklet/kernelProtocol.ts';
import {
  clipMessage,
  largestJump,
  makeKernel,
  noteMessage,
  runKernel,
  trackedFormat,
  wordFeatures,
} from '../helpers/kernelRun.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import { rms } from '../helpers/signals.ts';
import { parametersMessage, vowelClip } from '../helpers/voiceRun.ts';

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

  test('a frame that is past, absent or no number means now', () => {
    for (const frame of [undefined, 5, NaN]) {
      const kernel = makeKernel();
      const out = runKernel(kernel, 1280, [
        { at: 0, message: clipMessage(3, words[0]) },
        { at: 512, message: noteMessage(3, frame === undefined ? {} : { frame }) },
        { at: 600, message: { type: 'noteOff', noteId: 3, frame: NaN } },
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

  test('a chord upon as many voices as there are takes them without a click', () => {
    const kernel = makeKernel({ format: trackedFormat, maxVoices: 64 });
    kernel.receive(clipMessage(0, vowelClip(120)));
    const held = (noteId: number, gain: number): ToKernel =>
      ({ ...noteMessage(0, { gain }), noteId, speed: 0.01, pitchHz: 110 }) as ToKernel;
    for (let v = 0; v < 64; v++) kernel.receive(held(v, 0.1));
    const out = new Float32Array(36000);
    kernel.process([out.subarray(0, 24000)]);
    // Unheard themselves: what is judged are the voices that they take.
    for (let v = 0; v < 64; v++) kernel.receive(held(100 + v, 0));
    kernel.process([out.subarray(24000)]);
    expect(kernel.status().activeVoices).toBe(64);
    expect(clickiness(out, 48000, 12000, 30000)).toBeLessThan(CLICK);
  });

  test('of many notes in a cell of 128 frames, eight start at once and the rest at the next cell', () => {
    const start = (index: number): number => {
      const kernel = makeKernel({ maxVoices: 64 });
      const messages = Array.from({ length: 12 }, (_, i) => ({
        at: 0,
        message: { ...noteMessage(3, { frame: 130 + i, gain: i === index ? 1 : 0 }), noteId: i } as ToKernel,
      }));
      const out = runKernel(kernel, 1024, [{ at: 0, message: clipMessage(3, words[0]) }, ...messages]);
      return out.findIndex((value) => value !== 0);
    };
    // The first frame of a note fades in from 0.
    expect([0, 5, 7].map(start)).toEqual([131, 136, 138]);
    expect([8, 11].map(start)).toEqual([257, 257]);
  });

  /** A chord of which one note is heard, and what is sent behind it. */
  const chordOf = (count: number, heard: number, behind: readonly ToKernel[], contextRate = 48_000) => {
    const kernel = makeKernel({ maxVoices: 64, contextRate, format: trackedFormat });
    kernel.receive(clipMessage(3, vowelClip(120)));
    kernel.receive(parametersMessage({ attackSeconds: 0.004, releaseSeconds: 0.01, endsWords: false }));
    for (let k = 0; k < count; k++) {
      kernel.receive({ ...noteMessage(3, { frame: 256, gain: k === heard ? 1 : 0 }), noteId: k } as ToKernel);
    }
    for (const message of behind) kernel.receive(message);
    const out = new Float32Array(4800);
    for (let n = 0; n < out.length; n += 96) kernel.process([out.subarray(n, n + 96)], n);
    return { kernel, out };
  };

  test('a note of a chord that waits for its turn sounds as long as it was to, though its key is up by then', () => {
    const keysUp = Array.from({ length: 40 }, (_, noteId): ToKernel => ({
      type: 'noteOff',
      noteId,
      frame: 736,
    }));
    const [first, last] = [0, 39].map((heard) => chordOf(40, heard, keysUp));
    const [soon, late] = [256, 256 + 4 * 128];
    expect(last.out.findIndex((value) => value !== 0)).toBeGreaterThan(736);
    const whole = rms(first.out, soon, soon + 2000);
    expect(whole).toBeGreaterThan(0.001);
    expect(rms(last.out, late, late + 2000) / whole).toBeCloseTo(1, 1);
    expect(first.kernel.status().activeVoices + last.kernel.status().activeVoices).toBe(0);
  });

  test('at a low rate a chord is as soon together as at a high one', () => {
    const onset = (heard: number): number =>
      chordOf(16, heard, [], 8000).out.findIndex((value) => value !== 0);
    // 3 ms, not 128 frames, which are 16 ms there.
    expect(onset(8) - onset(0)).toBeLessThanOrEqual(24);
  });

  test('silence ends the notes of a chord that wait, too', () => {
    const kernel = makeKernel({ maxVoices: 64 });
    kernel.receive(clipMessage(3, words[0]));
    for (let k = 0; k < 64; k++) kernel.receive({ ...noteMessage(3), noteId: k } as ToKernel);
    kernel.process([new Float32Array(256)]);
    kernel.receive({ type: 'silence' });
    kernel.process([new Float32Array(4800)]);
    expect(kernel.status()).toMatchObject({ activeVoices: 0, missedNotes: 0 });
  });

  test('of two chords of 64 in one block the second sounds whole, and no note of the first hangs', () => {
    const kernel = makeKernel({ maxVoices: 64 });
    kernel.receive(clipMessage(3, words[0]));
    for (let k = 0; k < 128; k++) {
      kernel.receive({ ...noteMessage(3, { gain: 0.1 }), noteId: k, speed: 0 } as ToKernel);
      if (k === 63) for (let key = 0; key < 64; key++) kernel.receive({ type: 'noteOff', noteId: key });
    }
    kernel.process([new Float32Array(9600)]);
    for (let k = 64; k < 128; k++) expect(kernel.sounds(k)).toBe(true);
    expect(kernel.status().activeVoices).toBe(64);
    for (let k = 64; k < 128; k++) kernel.receive({ type: 'noteOff', noteId: k });
    kernel.process([new Float32Array(48_000)]);
    expect(kernel.status().activeVoices).toBe(0);
  });

  test('notes beyond the 256 that can wait are counted as missed', () => {
    const kernel = makeKernel();
    kernel.receive(clipMessage(3, words[0]));
    for (let i = 0; i < 260; i++) kernel.receive(noteMessage(3, { frame: 48000 }));
    expect(kernel.status().missedNotes).toBe(4);
    kernel.receive({ type: 'silence' });
    for (let i = 0; i < 10; i++) kernel.receive(noteMessage(3, { frame: 48000 }));
    expect(kernel.status().missedNotes).toBe(4);
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

describe('note-off', () => {
  const held = (extra: object = {}): ToKernel => ({ ...noteMessage(3), speed: 0, ...extra }) as ToKernel;
  const frozen = (messages: { at: number; message: ToKernel }[]): Float32Array =>
    runKernel(makeKernel(), 9600, [{ at: 0, message: clipMessage(3, words[0]) }, ...messages]);

  test('ends a sound that stands still at its frame, in any split of the blocks', () => {
    const score = [
      { at: 0, message: clipMessage(3, words[0]) },
      { at: 0, message: held() },
      { at: 100, message: { type: 'noteOff', noteId: 3, frame: 5003 } as const },
    ];
    const out = runKernel(makeKernel(), 9600, score, [9600]);
    expect(rms(out, 4500, 5003)).toBeGreaterThan(0.001);
    expect(out.subarray(5003 + 241).every((value) => value === 0)).toBe(true);
    expect(runKernel(makeKernel(), 9600, score, [128])).toEqual(out);
    expect(runKernel(makeKernel(), 9600, score, [1, 77, 500], 2)).toEqual(out);
  });

  test('is not lost when it comes before its note has begun', () => {
    const off = { type: 'noteOff', noteId: 3 } as const;
    const before = frozen([
      { at: 0, message: held({ frame: 2000 }) },
      { at: 500, message: { ...off, frame: 4000 } },
    ]);
    const after = frozen([
      { at: 0, message: held({ frame: 2000 }) },
      { at: 4000, message: off },
    ]);
    expect(before).toEqual(after);
    expect(rms(before, 3000, 4000)).toBeGreaterThan(0.001);
    expect(before.subarray(4241).every((value) => value === 0)).toBe(true);
  });
});

describe('control', () => {
  test('changes the named note only', () => {
    const two = [
      { at: 0, message: clipMessage(3, words[0]) },
      { at: 0, message: clipMessage(4, words[1]) },
      { at: 0, message: noteMessage(3) },
    ];
    const control = { at: 2000, message: { type: 'control', noteId: 4, speed: 0.5 } as const };
    expect(runKernel(makeKernel(), 9600, [...two, control])).toEqual(runKernel(makeKernel(), 9600, two));
    const both = [...two, { at: 0, message: noteMessage(4) }];
    expect(runKernel(makeKernel(), 9600, [...both, control])).not.toEqual(
      runKernel(makeKernel(), 9600, both),
    );
  });

  test('is heard only after the look-ahead: what was read before stays as it was', () => {
    const play = (messages: { at: number; message: ToKernel }[]): Float32Array =>
      runKernel(makeKernel(), 9600, [
        { at: 0, message: clipMessage(3, words[0]) },
        { at: 0, message: noteMessage(3) },
        ...messages,
      ]);
    const plain = play([]);
    const jumped = play([{ at: 3000, message: { type: 'control', noteId: 3, position: 0.3 } }]);
    const first = plain.findIndex((value, n) => value !== jumped[n]);
    // Look-ahead 3, the frame read ahead of it and half a window: five hops of 768 frames at the most, one at the least.
    expect(first).toBeGreaterThan(3000);
    expect(first).toBeLessThan(3000 + 5 * 768);
  });

  test('values out of range are refused and change nothing', () => {
    const replies: FromKernel[] = [];
    const kernel = makeKernel({}, (message) => replies.push(message));
    kernel.receive(clipMessage(3, words[0]));
    kernel.receive(noteMessage(3));
    const bad = [
      { speed: 9 },
      { speed: NaN },
      { pitchHz: 20 },
      { pitchRatio: 17 },
      { pitchRatio: 0.01 },
      { position: -1 },
      { position: NaN },
    ];
    for (const values of bad) kernel.receive({ type: 'control', noteId: 3, ...values });
    kernel.receive({ ...noteMessage(3), speed: 8.5 } as ToKernel);
    kernel.receive({ ...noteMessage(3), pitchHz: Infinity } as ToKernel);
    expect(replies.map((reply) => reply.type)).toEqual(Array(bad.length + 2).fill('error'));
    const out = new Float32Array(9600);
    kernel.process([out]);
    const plain = runKernel(makeKernel(), 9600, [
      { at: 0, message: clipMessage(3, words[0]) },
      { at: 0, message: noteMessage(3) },
    ]);
    expect(out).toEqual(plain);
  });
});

describe('clips', () => {
  const clipSlotOf = (speaker: number, digit: number): number => 10 * speaker + digit;
  const play = (messages: { at: number; message: ToKernel }[]): Float32Array =>
    runKernel(makeKernel(), wordFrames, messages);
  const exactly = (features: Float32Array): Float32Array =>
    play([
      { at: 0, message: clipMessage(3, features) },
      { at: 0, message: noteMessage(3) },
    ]);

  test('a note whose exact clip is missing starts from the nearest style of the same digit', () => {
    const out = play([
      { at: 0, message: clipMessage(clipSlotOf(0, 3), words[0], 0, 1) },
      { at: 0, message: clipMessage(clipSlotOf(1, 3), words[1], 0, 5) },
      { at: 0, message: clipMessage(clipSlotOf(0, 4), words[2], 0, 4) },
      { at: 0, message: noteMessage(clipSlotOf(0, 3), { revision: 2, style: 4 }) },
    ]);
    expect(out).toEqual(exactly(words[1]));
  });

  test('and crosses over, without a step, when the exact clip arrives', () => {
    const [from, to] = [exactly(words[0]), exactly(words[3])];
    const out = play([
      { at: 0, message: clipMessage(clipSlotOf(1, 3), words[0], 0, 1) },
      { at: 0, message: noteMessage(clipSlotOf(0, 3), { revision: 2, style: 4 }) },
      { at: 1200, message: clipMessage(clipSlotOf(0, 3), words[3], 2, 4) },
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
    expect(kernel.status()).toMatchObject({ missedNotes: 1, underruns: 0, activeVoices: 0, clips: 1 });
  });

  test('a clip with values that are no finite number is refused, and the one before it sounds on', () => {
    const bad = words[1].slice();
    bad[1000] = Infinity;
    const replies: FromKernel[] = [];
    const play = (later: readonly { readonly at: number; readonly message: ToKernel }[]): Float32Array =>
      runKernel(
        makeKernel({}, (message) => replies.push(message)),
        wordFrames,
        [
          { at: 0, message: clipMessage(3, words[0]) },
          { at: 0, message: noteMessage(3, { revision: 1 }) },
          ...later,
        ],
      );
    const disturbed = play([{ at: 2560, message: clipMessage(3, bad, 1) }]);
    expect(replies).toEqual([
      { type: 'error', message: expect.stringMatching(/features.*finite.*Infinity/) as unknown },
    ]);
    expect(disturbed).toEqual(play([]));
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
      {
        type: 'status',
        id: 42,
        frame: 0,
        activeVoices: 0,
        clips: 1,
        failedBlocks: 0,
        missedNotes: 0,
        underruns: 0,
        load: 0,
        lookAheadFrames: 3,
        sweeps: 2,
        nonFinite: 0,
        loops: 'simd',
      },
    ]);
    expect(makeKernel({ modules: undefined }).status().loops).toBe('javascript');
  });

  test('malformed clips and notes are answered with an error that names the fault', () => {
    const replies: FromKernel[] = [];
    const kernel = makeKernel({}, (message) => replies.push(message));
    kernel.receive(clipMessage(99, words[0]));
    kernel.receive(clipMessage(3, new Float32Array(5)));
    kernel.receive(noteMessage(3, { gain: NaN }));
    kernel.receive(noteMessage(-1));
    expect(replies.map((reply) => reply.type)).toEqual(['error', 'error', 'error', 'error']);
    expect(JSON.stringify(replies[0])).toMatch(/clip.slot must be a whole number from 0 to 19, got 99/);
    expect(kernel.status().clips).toBe(0);
  });

  test('clips of another thread come over a port of their own', () => {
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

  test('of what another thread sends nothing but clips is taken, and the first refusal is told', () => {
    const replies: FromKernel[] = [];
    const kernel = makeKernel({}, (message) => replies.push(message));
    const portOf = () => {
      const port = { isClosed: false, onmessage: null as ((event: { data: unknown }) => void) | null };
      const asPort = Object.assign(port, { close: () => (port.isClosed = true) });
      kernel.receive({ type: 'port', port: asPort as unknown as MessagePort });
      return { port, say: (data: unknown) => port.onmessage?.({ data }) };
    };
    const first = portOf();
    first.say(clipMessage(3, words[0]));
    const broken = words[1].slice();
    broken[7] = NaN;
    const loud = words[1].slice();
    loud[7] = 1.5;
    const garbage: unknown[] = [
      ...[undefined, null, 7, 'clip', [], {}, { type: 'clip' }, new ArrayBuffer(8)],
      ...[{ type: 'silence' }, { type: 'close' }, { type: 'status', id: 1 }, noteMessage(3)],
      clipMessage(3, broken, 2),
      clipMessage(3, loud, 2),
      clipMessage(3, new Float32Array(5), 2),
      { ...clipMessage(3, words[1], 2), features: [...words[1]] },
      { ...clipMessage(3, words[1], 2), style: null },
      { ...clipMessage(3, words[1], 2), revision: NaN },
      { ...clipMessage(3, words[1], 2), noteId: 'all' },
      { ...clipMessage(3, words[1], 2), slot: -1 },
    ];
    for (const data of garbage) first.say(data);
    expect(replies).toEqual([{ type: 'refused', message: 'what was sent to the kernel is no clip' }]);
    expect(kernel.status()).toMatchObject({ clips: 1, activeVoices: 0 });
    const second = portOf();
    expect(first.port.isClosed).toBe(true);
    first.say(clipMessage(5, words[0]));
    second.say(clipMessage(3, broken, 2));
    expect(replies.at(-1)).toMatchObject({
      type: 'refused',
      message: expect.stringMatching(/got NaN/) as unknown,
    });
    expect(replies).toHaveLength(2);
    expect(kernel.status().clips).toBe(1);
    const voiced = runKernel(kernel, 2560, [{ at: 0, message: noteMessage(3) }]);
    expect(rms(voiced)).toBeGreaterThan(0.001);
  });

  test('options out of range are refused by name', () => {
    expect(() => makeKernel({ slots: 0 })).toThrow(/slots/);
    expect(() => makeKernel({ maxVoices: 100 })).toThrow(/maxVoices/);
    expect(() => makeKernel({ contextRate: 44100.5 })).toThrow(/contextRate/);
    expect(() => makeKernel({ outputGain: 2 })).toThrow(/outputGain/);
    expect(() => makeKernel({ lookAheadFrames: 33 })).toThrow(/lookAheadFrames/);
    expect(() => makeKernel({ sweeps: 1.5 })).toThrow(/sweeps/);
    expect(() => makeKernel({ seed: 1.5 })).toThrow(/seed/);
  });
});
