// What the kernel's messages do, each held against another way to the very same samples: waiting notes, channels, stealing, late clips.
import { describe, expect, test } from 'vitest';
import { plainVoiceParameters } from '../../src/contract/voiceParameters.ts';
import type { Kernel } from '../../src/worklet/kernel.ts';
import { type KernelOptions } from '../../src/worklet/kernel.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import {
  clipMessage,
  makeKernel,
  runKernel,
  trackedFormat,
  type TimedMessage,
} from '../helpers/kernelRun.ts';
import { rms } from '../helpers/signals.ts';
import { note, parametersMessage, vowelClip, wordClip, type NoteExtra } from '../helpers/voiceRun.ts';

const rate = 8000;
const vowel = vowelClip(130);
const otherVowel = vowelClip(150, (hertz) => 1 / (1 + ((hertz - 900) / 120) ** 2) + 0.003);
const word = wordClip();
const silent = new Float32Array(vowel.length);
const style = new Float32Array(2);

type Control = Partial<Omit<Extract<ToKernel, { type: 'control' }>, 'type'>>;
const control = (extra: Control): ToKernel => ({ type: 'control', ...extra });
const change = (extra: Partial<Omit<Extract<ToKernel, { type: 'word' }>, 'type'>> = {}): ToKernel => ({
  type: 'word',
  noteId: 3,
  slot: 4,
  revision: 0,
  style,
  ...extra,
});
const kernelOf = (options: Partial<KernelOptions> = {}): Kernel =>
  makeKernel({
    contextRate: rate,
    format: trackedFormat,
    playing: 'harmonic',
    outputGain: 1,
    // Fewer are made sooner.
    maxVoices: 4,
    ...options,
  });

/** Plays messages, each at its frame or at 0; slot 3 holds a vowel, 4 another, 5 a word, 6 silence. */
function play(
  messages: readonly (ToKernel | TimedMessage)[],
  frames = 2400,
  kernel = kernelOf(),
): Float32Array {
  const clips = [vowel, otherVowel, word, silent].map((clip, i) => ({
    at: 0,
    message: clipMessage(3 + i, clip),
  }));
  const timed = messages.map((message) =>
    'at' in message && 'message' in message ? message : { at: 0, message },
  );
  return runKernel(kernel, frames, [...clips, ...timed]);
}
const at = (frame: number, message: ToKernel): TimedMessage => ({ at: frame, message });
/** The first and the last sample that is not 0. */
const ends = (samples: Float32Array): [number, number] => [
  samples.findIndex((value) => value !== 0),
  samples.findLastIndex((value) => value !== 0),
];

describe('a note that waits', () => {
  const waiting = (extra: NoteExtra = {}): ToKernel => note({ frame: 1000, slot: 5, ...extra });

  test.each<[string, Control, NoteExtra]>([
    ['speed', { speed: 0.5 }, { speed: 0.5 }],
    ['pitch', { pitchHz: 310 }, { pitchHz: 310 }],
    ['pan', { pan: 0.5 }, { pan: 0.5 }],
    ['distances', { offsets: { breath: 0.7, speed: -0.5 } }, { offsets: { breath: 0.7, speed: -0.5 } }],
  ])('begins with the %s that it was told, as if its message had said so', (_, told, said) => {
    const stereo = (messages: readonly ToKernel[]): Float32Array[] => {
      const kernel = kernelOf();
      kernel.receive(clipMessage(5, word));
      for (const message of messages) kernel.receive(message);
      const channels = [new Float32Array(2400), new Float32Array(2400)];
      kernel.process(channels);
      return channels;
    };
    const later = stereo([waiting(), control({ noteId: 3, ...told })]);
    expect(later).toEqual(stereo([waiting(said)]));
    expect(later).not.toEqual(stereo([waiting()]));
    // Another note's control is not for it, and one that says nothing changes nothing.
    expect(stereo([waiting(), control({ noteId: 4, ...told })])).toEqual(stereo([waiting()]));
    expect(stereo([waiting(said), control({ noteId: 3 })])).toEqual(later);
  });

  test('glides from its own pitch to the one that it was told with a time', () => {
    const told = play([waiting({ pitchHz: 150 }), control({ noteId: 3, pitchHz: 300, glideSeconds: 0.1 })]);
    const direct = play([
      waiting({ pitchHz: 150 }),
      at(1000, control({ noteId: 3, pitchHz: 300, glideSeconds: 0.1 })),
    ]);
    expect(told).toEqual(direct);
    expect(told).not.toEqual(play([waiting({ pitchHz: 300 })]));
  });

  test('reads from the place that it was told, in seconds of its clip', () => {
    // The s is over after frame 24 of 16 ms; what sounds there is an s again, and after frame 30 nothing.
    const level = (seconds: number): number =>
      rms(play([waiting(), control({ noteId: 3, position: seconds })]), 1000, 1300);
    expect(level((40 * 128) / 8000)).toBe(0);
    expect(level((16 * 128) / 8000)).toBeGreaterThan(2 * level((27 * 128) / 8000));
    expect(level((27 * 128) / 8000)).toBeGreaterThan(0);
  });

  test('takes factors on pitch and gain along', () => {
    const told = play([waiting({ pitchHz: 150 }), control({ noteId: 3, pitchRatio: 2, gain: 0.5 })]);
    const plain = play([waiting({ pitchHz: 300 })]);
    for (const n of [1400, 1600, 1800]) {
      expect(rms(told, n, n + 200) / rms(plain, n, n + 200)).toBeCloseTo(0.5, 1);
    }
  });

  test('begins with the word that it was told, its revision and its digit', () => {
    expect(play([waiting({ slot: 3 }), change()])).toEqual(play([waiting({ slot: 4 })]));
    // Slot 14 holds nothing: the nearest of its digit speaks, until its own clip comes.
    expect(play([waiting({ slot: 3 }), change({ slot: 14 })])).toEqual(play([waiting({ slot: 4 })]));
    expect(play([waiting({ slot: 3 }), change({ slot: 14, digit: 5 })])).toEqual(play([waiting()]));
    const late = [change({ slot: 4, revision: 2 }), at(1400, clipMessage(4, vowel, 2))];
    expect(play([waiting({ slot: 3 }), ...late])).toEqual(
      play([waiting({ slot: 4, revision: 2 }), at(1400, clipMessage(4, vowel, 2))]),
    );
  });
});

test('a note that says no more is played at full velocity, its own pitch and speed, in the middle, from its onset', () => {
  const parameters = parametersMessage({
    velocityAmount: 1,
    velocityTarget: 'breath',
    velocityTargetAmount: 1,
  });
  const said = { velocity: 1, pitchHz: 0, speed: 1, pan: 0, digit: 5, from: 'onset' } as const;
  const plain = play([parameters, note({ slot: 5 })]);
  expect(plain).toEqual(play([parameters, note({ slot: 5, ...said })]));
  expect(plain).not.toEqual(play([parameters, note({ slot: 5, from: 'start' })]));
  expect(plain).toEqual(play([parameters, note({ slot: 5 })], 2400, kernelOf({ seed: 1 })));
  expect(plain).not.toEqual(play([parameters, note({ slot: 5 })], 2400, kernelOf({ seed: 0 })));
});

describe('a control', () => {
  test('says nothing of what it does not name', () => {
    const start = [
      note({ pitchHz: 150, speed: 0.5, pan: 0.4 }),
      control({ noteId: 3, pitchRatio: 1.5, gain: 0.5, offsets: { breath: 1 } }),
    ];
    const plain = play(start);
    expect(play([...start, at(700, control({ noteId: 3 }))])).toEqual(plain);
    expect(play([...start, at(700, control({}))])).toEqual(plain);
    // The same values once more are no change either; of distances none that is heard.
    expect(play([...start, at(700, control({ noteId: 3, pitchRatio: 1.5, gain: 0.5 }))])).toEqual(plain);
  });

  test.each<[string, Control]>([
    ['speed', { speed: 0.5 }],
    ['pitch', { pitchHz: 310 }],
    ['a factor on the pitch', { pitchRatio: 1.5 }],
    ['gain', { gain: 0.3 }],
    ['place', { position: 0.1 }],
    ['distances', { offsets: { breath: 1 } }],
  ])('of %s without a note is for all that sound, with one for that alone', (_, told) => {
    // By its contour a steady vowel tells where it is read.
    const notes = [
      parametersMessage({ intonation: 1 }),
      note({ slot: 5, pitchHz: 150 }),
      note({ noteId: 8, slot: 5, pitchHz: 220 }),
    ];
    const each = [3, 8].map((noteId) => at(700, control({ noteId, ...told })));
    const all = play([...notes, at(700, control(told))]);
    expect(all).toEqual(play([...notes, ...each]));
    const none = play(notes);
    const one = play([...notes, each[1]]);
    expect(one).not.toEqual(none);
    expect(one).not.toEqual(all);
    expect(play([...notes, at(700, control({ noteId: 9, ...told }))])).toEqual(none);
  });
});

describe('channels', () => {
  const fill = (channels: number, ...lengths: number[]): Float32Array[] => {
    const kernel = kernelOf();
    kernel.receive(clipMessage(3, vowel));
    kernel.receive(note({ pan: 0.6, pitchHz: 200 }));
    const outputs = Array.from({ length: channels }, () => new Float32Array(1000).fill(9));
    let from = 0;
    for (const length of lengths) {
      kernel.process(outputs.map((output) => output.subarray(from, from + length)));
      from += length;
    }
    return outputs;
  };

  test('beyond two take left and right in turns; a single one has the sum wherever notes stand', () => {
    const [left, right, third, fourth] = fill(4, 1000);
    expect(third).toEqual(left);
    expect(fourth).toEqual(right);
    expect(rms(right)).toBeGreaterThan(1.5 * rms(left));
    expect(fill(2, 1000)).toEqual([left, right]);
    expect(fill(1, 1000)[0]).not.toEqual(left);
  });

  test('go on where the last block ended when none says its frame', () => {
    expect(fill(2, 100, 1, 899)).toEqual(fill(2, 1000));
    const kernel = kernelOf();
    kernel.receive(clipMessage(3, vowel));
    kernel.receive(note({ frame: 150 }));
    const out = new Float32Array(400);
    for (let n = 0; n < 400; n += 100) kernel.process([out.subarray(n, n + 100)]);
    expect(ends(out)[0]).toBe(151);
  });

  test('carry the sum of the voices by the output gain, half of it unless told otherwise', () => {
    const level = (options: Partial<KernelOptions>): Float32Array => play([note()], 600, kernelOf(options));
    const whole = level({});
    expect(level({ outputGain: 0.25 })).toEqual(whole.map((value) => 0.25 * value));
    const { contextRate, format } = { contextRate: rate, format: trackedFormat };
    expect(
      play([note()], 600, makeKernel({ contextRate, format, playing: 'harmonic', maxVoices: 4 })),
    ).toEqual(whole.map((value) => 0.5 * value));
  });
});

describe('stealing', () => {
  /** Each of some notes by itself in the middle of all others, which are silent but as loud. */
  const each = (
    count: number,
    messages: (slotOf: (index: number) => number) => (ToKernel | TimedMessage)[],
    maxVoices: number,
    frames = 1200,
  ): [number, number][] =>
    Array.from({ length: count }, (_, heard) =>
      ends(
        play(
          messages((i) => (i === heard ? 3 : 6)),
          frames,
          kernelOf({ maxVoices }),
        ),
      ),
    );
  const numbered = (slotOf: (index: number) => number, frames: readonly number[]): ToKernel[] =>
    frames.map((frame, i) => note({ noteId: i, slot: slotOf(i), frame }));

  test('of notes as loud takes the oldest', () => {
    const last = each(4, (slotOf) => numbered(slotOf, [0, 1, 2, 400]), 3).map(([, end]) => end);
    expect(last[0]).toBeLessThan(441);
    for (const end of last.slice(1)) expect(end).toBe(1199);
  });

  test('of notes as loud takes the oldest wherever among the voices it is', () => {
    // The first ends before the third begins, which plays in its place.
    const loop = parametersMessage({ hold: 'loop', releaseSeconds: 0.01 });
    const score = (slotOf: (index: number) => number): (ToKernel | TimedMessage)[] => [
      loop,
      ...numbered(slotOf, [0, 10, 300, 400]),
      { type: 'noteOff', noteId: 0, frame: 50 },
    ];
    const last = each(4, score, 2).map(([, end]) => end);
    expect(last[0]).toBeLessThan(150);
    expect(last[1]).toBeGreaterThan(399);
    expect(last[1]).toBeLessThan(441);
    expect(last.slice(2)).toEqual([1199, 1199]);
  });

  test('cuts the oldest of those that fade when no voice is idle', () => {
    // One voice and four that fade: the sixth note within a fade has to take one of them, and so on.
    const frames = [0, 400, 401, 402, 403, 404, 405, 406];
    const last = each(8, (slotOf) => numbered(slotOf, frames), 1).map(([, end]) => end);
    expect(last.slice(0, 3)).toEqual([403, 404, 405]);
    for (const end of last.slice(3, 7)) expect(end).toBeGreaterThan(410);
    expect(last[7]).toBe(1199);
  });

  test('cuts none that sounds, however old, while others fade', () => {
    // Two voices, the first of them louder than all that come and go on the second.
    const loudness = (slotOf: (index: number) => number): ToKernel[] =>
      [0, 400, 401, 402, 403, 404, 405].map((frame, i) =>
        note({ noteId: i, slot: slotOf(i), frame, gain: i === 0 ? 1 : 0.5 }),
      );
    const [first, second] = each(2, loudness, 2);
    expect(first[1]).toBe(1199);
    expect(second[1]).toBe(404);
  });

  test('lets all notes sound that there are voices for', () => {
    const last = each(3, (slotOf) => numbered(slotOf, [0, 1, 2]), 3).map(([, end]) => end);
    expect(last).toEqual([1199, 1199, 1199]);
  });
});

describe('a newer clip', () => {
  const newer = (extra: object = {}): TimedMessage => at(800, { ...clipMessage(3, otherVowel, 1), ...extra });
  const start = [note({ pitchHz: 200 })];

  test('is for all notes of its slot, for one when it names that, for none that has it or fades', () => {
    const plain = play(start);
    expect(play([...start, newer()])).not.toEqual(plain);
    expect(play([...start, newer({ noteId: 3 })])).toEqual(play([...start, newer()]));
    expect(play([...start, newer({ noteId: 4 })])).toEqual(plain);
    expect(play([...start, newer({ slot: 7 })])).toEqual(plain);
    expect(play([note({ pitchHz: 200, revision: 0 }), newer({ revision: 0 })])).toEqual(plain);
    const silenced = [...start, at(790, { type: 'silence' } as const)];
    expect(play([...silenced, newer()])).toEqual(play(silenced));
  });

  test('that is late is dropped, of the same revision replaces what notes begin with', () => {
    const second = note({ noteId: 5, frame: 1000, pitchHz: 200 });
    const from = (clip: ToKernel): Float32Array => play([at(100, clip), second]);
    expect(from(clipMessage(3, otherVowel, 0))).toEqual(play([{ ...second, slot: 4 } as ToKernel]));
    const held = play([at(50, clipMessage(3, vowel, 5)), at(100, clipMessage(3, otherVowel, 4)), second]);
    expect(held).toEqual(play([second]));
  });

  test('of a note that began with a borrowed clip comes when it has the revision that was asked for', () => {
    const borrowed = note({ slot: 13, revision: 2, pitchHz: 200 });
    const own = (revision: number): Float32Array =>
      play([borrowed, at(800, clipMessage(13, otherVowel, revision))]);
    expect(own(1)).toEqual(play([borrowed]));
    expect(own(2)).not.toEqual(play([borrowed]));
    expect(own(2)).toEqual(play([...start, newer()]));
  });
});

describe('a word', () => {
  const start = note({ pitchHz: 200 });
  const go = (extra: object): TimedMessage => at(800, change(extra));

  test('of the same note at another point crosses over in features, once that clip is there', () => {
    const same = go({ slot: 4, at: 'same' });
    expect(play([start, same])).toEqual(play([start, at(800, clipMessage(3, otherVowel, 1))]));
    // Not there yet: nothing of another point is to be heard meanwhile.
    const late = go({ slot: 14, at: 'same', revision: 1 });
    expect(play([start, late])).toEqual(play([start]));
    expect(play([start, late, at(800, clipMessage(14, otherVowel, 1))])).toEqual(play([start, same]));
  });

  test('that has no clip at all is missed, and the note goes on', () => {
    const kernel = kernelOf();
    expect(play([start, go({ slot: 9 })], 2400, kernel)).toEqual(play([start]));
    expect(kernel.status().missedNotes).toBe(1);
  });

  test('is for the note of its id alone, and for none that fades', () => {
    expect(play([start, go({ noteId: 4 })])).toEqual(play([start]));
    const silenced = [start, at(790, { type: 'silence' } as const)];
    expect(play([...silenced, go({})])).toEqual(play(silenced));
    expect(play([...silenced, go({ slot: 9 })])).toEqual(play(silenced));
  });

  test('borrowed from another slot is replaced by its own clip when that comes, by none that is older', () => {
    const borrowed = go({ slot: 14, revision: 3 });
    const own = (revision: number): Float32Array =>
      play([start, borrowed, at(1400, clipMessage(14, vowel, revision))]);
    expect(own(2)).toEqual(play([start, go({})]));
    expect(own(3)).not.toEqual(own(2));
    // Its own from the beginning, of the revision that the slot has.
    const exact = [start, go({ revision: 0 })];
    expect(play([...exact, at(1400, clipMessage(4, vowel, 0))])).toEqual(play(exact));
    expect(play([...exact, at(1400, clipMessage(4, vowel, 1))])).not.toEqual(play(exact));
  });
});

test.each(['word', 'note'])('a %s without a clip of its own borrows the one of the nearest style', (kind) => {
  const near = (wanted: number): Float32Array => {
    const own = { slot: 14, revision: 0, style: Float32Array.of(wanted, 0) };
    const far = { ...clipMessage(15, word, 0, 5), digit: 4 } as ToKernel;
    return kind === 'word'
      ? play([far, note({ pitchHz: 200 }), at(800, change(own))])
      : play([far, note({ pitchHz: 200, ...own })]);
  };
  expect(near(1)).toEqual(near(0));
  expect(near(4)).toEqual(near(5));
  expect(near(4)).not.toEqual(near(1));
});

test('sizes out of range are refused by name', () => {
  for (const styleDimensions of [-1, 1.5, 4097]) {
    expect(() => kernelOf({ styleDimensions })).toThrow(/styleDimensions/);
  }
  for (const slots of [0, 10001, NaN]) expect(() => kernelOf({ slots })).toThrow(/slots/);
  for (const maxVoices of [0, 65]) expect(() => kernelOf({ maxVoices })).toThrow(/maxVoices/);
  const format = { ...trackedFormat, frames: 0 };
  expect(() => kernelOf({ format })).toThrow(/format.frames/);
});

describe('parameters', () => {
  test('that change nothing that is read leave every sample', () => {
    const hold = parametersMessage({ hold: 'hold' });
    const plain = play([hold, note({ slot: 5 })]);
    for (const frame of [700, 771, 900]) {
      expect(play([hold, note({ slot: 5 }), at(frame, hold)])).toEqual(plain);
    }
    const other = {
      type: 'parameters',
      parameters: { ...plainVoiceParameters, hold: 'hold', breath: 1 },
    } as const;
    expect(play([hold, note({ slot: 5 }), at(700, other)])).not.toEqual(plain);
  });
});

describe('the load', () => {
  /** A kernel on a machine so slow that voices must go; ends of each of some notes, heard by itself. */
  const shed = (ups: readonly number[]): number[] =>
    [0, 1, 2].map((heard) => {
      let now = 0;
      // Each block takes ten times as long as it lasts.
      let isEnd = true;
      const clock = (): number => {
        isEnd = !isEnd;
        if (isEnd) now += (10 * 128) / rate;
        return now;
      };
      const kernel = kernelOf({ clock });
      const notes = [0, 1, 2].map((i) => note({ noteId: i, slot: i === heard ? 3 : 6 }));
      const offs = ups.map((noteId): ToKernel => ({ type: 'noteOff', noteId }));
      return ends(
        play([parametersMessage({ hold: 'loop', releaseSeconds: 5 }), ...notes, ...offs], 4000, kernel),
      )[1];
    });

  test('that is too high takes one voice after the other, the oldest first', () => {
    const [a, b, c] = shed([]);
    expect(a).toBeLessThan(b);
    expect(b).toBeLessThan(c);
    expect(c).toBeLessThan(3999);
  });

  test('that is too high takes those whose key is up first', () => {
    const [a, b, c] = shed([2]);
    expect(c).toBeLessThan(a);
    expect(a).toBeLessThan(b);
    const [d, e, f] = shed([1, 2]);
    expect(e).toBeLessThan(f);
    expect(f).toBeLessThan(d);
  });
});

test('warming up takes hundreds of hops and changes nothing that can be heard or counted', () => {
  const warm = kernelOf();
  warm.warmUp();
  expect(warm.work).toBeGreaterThan(800);
  const cold = kernelOf();
  expect(warm.status()).toEqual(cold.status());
  const score = [note({ slot: 5 }), note({ noteId: 4, frame: 300 })];
  expect(play(score, 2400, warm)).toEqual(play(score, 2400, cold));
  expect(warm.status()).toEqual(cold.status());
});

describe('a kernel', () => {
  test('sounds from its first slot too, by a note and by a change of word', () => {
    const kernel = kernelOf();
    kernel.receive(clipMessage(0, vowel));
    kernel.receive(note({ slot: 0 }));
    kernel.receive(change({ slot: 0, digit: 0 }));
    const out = new Float32Array(1200);
    kernel.process([out]);
    expect(rms(out, 600, 1200)).toBeGreaterThan(0);
    expect(kernel.status().missedNotes).toBe(0);
  });

  test('starts eight notes in every stretch of 128 frames, and the ninth of one with the next', () => {
    const starts = (count: number, frame: number): number => {
      const kernel = kernelOf({ maxVoices: 24 });
      kernel.receive(clipMessage(3, vowel));
      for (let k = 0; k < count; k++) kernel.receive(note({ noteId: k, frame: 0 }));
      for (let k = 0; k < count; k++) kernel.receive(note({ noteId: 100 + k, frame: 130 }));
      kernel.process([new Float32Array(frame + 1)]);
      return kernel.status().activeVoices;
    };
    expect([starts(8, 0), starts(8, 130)]).toEqual([8, 16]);
    expect([starts(9, 0), starts(9, 128)]).toEqual([8, 9]);
  });

  test('lets the port of another thread go for the next one, and when it is closed', () => {
    const kernel = kernelOf();
    const closed: number[] = [];
    const portOf = (name: number) =>
      ({ onmessage: null, close: () => void closed.push(name) }) as unknown as MessagePort;
    for (const name of [1, 2]) kernel.receive({ type: 'port', port: portOf(name) });
    expect(closed).toEqual([1]);
    kernel.receive({ type: 'close' });
    kernel.receive({ type: 'close' });
    expect(closed).toEqual([1, 2]);
  });
});
