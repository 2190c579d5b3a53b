// Speed, freeze, reverse and jumps: how long they last, at which pitch, and that none of them clicks.
import { describe, expect, test } from 'vitest';
import type { Playing } from '../../src/contract/playing.ts';
import { clipSamples, defaultTracks, frameValues, trackOfF0 } from '../../src/contract/spectrogram.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import { trackPitch } from '../../src/dsp/pitch.ts';
import { interleave, trackFeatures } from '../../src/dsp/tracks.ts';
import type { ToKernel } from '../../src/worklet/kernelProtocol.ts';
import { CLICK, clickiness } from '../helpers/clicks.ts';
import {
  clipMessage,
  clipOf,
  makeKernel,
  noteMessage,
  runKernel,
  trackedFormat,
  type TimedMessage,
} from '../helpers/kernelRun.ts';
import { noise, rms, testWords } from '../helpers/signals.ts';
import { tone, vowel } from '../helpers/tones.ts';

const ways: readonly Playing[] = ['harmonic', 'spectrogram'];
const rate = 8000;
const { hopSamples, frames, onsetSamples } = trackedFormat;
const hopSeconds = hopSamples / rate;
const channels = frameValues(trackedFormat) - trackedFormat.melBands;
const f0 = 140;

/** Features of a sound whose tracks are known. */
function known(clip: Float32Array, hertz: number, voicing: number): Float32Array {
  const pitch = trackOfF0(hertz, defaultTracks);
  const tracks = Float32Array.from({ length: frames * channels }, (_, i) =>
    i % channels === 0 ? pitch : voicing,
  );
  return interleave(melFeatures(clip, trackedFormat), tracks, trackedFormat);
}

const length = clipSamples(trackedFormat);
const vowelClip = known(tone({ sampleRate: rate, samples: length, f0: () => f0, spectrum: vowel }), f0, 1);
const noiseClip = known(
  noise(length, 4).map((value) => 0.1 * value),
  f0,
  0,
);
const word = clipOf(testWords(15)[0].samples);
const wordClip = interleave(
  melFeatures(word, trackedFormat),
  trackFeatures(word, trackedFormat),
  trackedFormat,
);

/** One note, and messages at times in seconds after it. */
function play(
  features: Float32Array,
  playing: Playing,
  seconds: number,
  note: object,
  later: readonly (readonly [number, ToKernel])[] = [],
): Float32Array {
  const kernel = makeKernel({ format: trackedFormat, contextRate: rate, playing, outputGain: 1 });
  const messages: TimedMessage[] = [
    { at: 0, message: clipMessage(3, features) },
    { at: 0, message: { ...noteMessage(3), ...note } },
    ...later.map(([time, message]) => ({ at: Math.round(time * rate), message })),
  ];
  const out = runKernel(kernel, Math.round(seconds * rate), messages);
  expect(out.every((value) => Number.isFinite(value))).toBe(true);
  return out;
}

function control(values: object): ToKernel {
  return { type: 'control', noteId: 3, ...values };
}

/** Seconds until the last sample that is not 0. */
function lasting(out: Float32Array): number {
  let end = out.length;
  while (end > 0 && out[end - 1] === 0) end--;
  return end / rate;
}

/** Cents between the pitch of frames of 16 ms and `hertz`, at the worst, between two times. */
function worstCents(out: Float32Array, hertz: number, from: number, to: number): number {
  const track = trackPitch(out, {
    sampleRate: rate,
    hopSamples,
    frames: Math.floor(out.length / hopSamples),
    f0LowHz: hertz / 1.6,
    f0HighHz: hertz * 1.6,
  });
  const some = track.subarray(Math.ceil(from / hopSeconds), Math.floor(to / hopSeconds));
  return Math.max(...some.map((value) => Math.abs(1200 * Math.log2(value / hertz))));
}

/** Levels of pieces of 16 ms. */
function contour(out: Float32Array): number[] {
  return Array.from({ length: Math.floor(out.length / hopSamples) }, (_, m) =>
    rms(out, m * hopSamples, (m + 1) * hopSamples),
  );
}

/** Largest correlation of two contours over shifts of up to three pieces. */
function likeness(a: readonly number[], b: readonly number[]): number {
  let best = -1;
  for (let shift = -3; shift <= 3; shift++) {
    const pairs = a.flatMap((x, m) => (m + shift in b ? [[x, b[m + shift]]] : []));
    const [meanX, meanY] = [0, 1].map((i) => pairs.reduce((sum, pair) => sum + pair[i], 0) / pairs.length);
    let [xy, xx, yy] = [0, 0, 0];
    for (const [x, y] of pairs) {
      xy += (x - meanX) * (y - meanY);
      xx += (x - meanX) ** 2;
      yy += (y - meanY) ** 2;
    }
    best = Math.max(best, xy / Math.sqrt(xx * yy));
  }
  return best;
}

const speeds = [0.1, 0.25, 0.5, 1, 2, 4, 8] as const;
/** Seconds of clip that are heard at speed 1: from shortly before the onset to the clip's end. */
const wholeSeconds = (length - onsetSamples) / rate;

describe.each(ways)('%s', (playing) => {
  test.each(speeds)('at speed %d a word lasts as long as that says, and ends', (speed) => {
    const seconds = wholeSeconds / speed;
    const out = play(wordClip, playing, seconds + 0.3, { speed });
    // The onset comes 8 ms after the note at any speed, and the last frame rings out within half a window.
    expect(
      Math.abs(lasting(play(vowelClip, playing, seconds + 0.3, { speed })) - 0.008 - seconds),
    ).toBeLessThan(0.036 + hopSeconds / speed);
    expect(rms(out)).toBeGreaterThan(0.005);
    expect(lasting(out)).toBeLessThan(0.008 + seconds + 0.036 + hopSeconds / speed);
  });

  test.each(speeds)('at speed %d a vowel keeps its pitch and does not click', (speed) => {
    const seconds = Math.min(1.2, wholeSeconds / speed);
    const out = play(vowelClip, playing, seconds, { speed });
    if (speed <= 2)
      expect(worstCents(out, f0, 0.05, seconds - 0.06)).toBeLessThan(playing === 'harmonic' ? 2 : 15);
    expect(clickiness(out, rate, 0.02 * rate, out.length - 0.06 * rate)).toBeLessThan(CLICK);
    expect(rms(out, 0.02 * rate, out.length - 0.06 * rate)).toBeGreaterThan(0.1);
  });

  test('standing still, vowel and noise last until the key goes up, at an even level', () => {
    for (const features of [vowelClip, noiseClip]) {
      const off = { type: 'noteOff', noteId: 3 } as const;
      const still = [control({ speed: 0 })] as const;
      const out = play(features, playing, 2, {}, [
        [0.2, still[0]],
        [1.3, off],
      ]);
      expect(lasting(out)).toBeGreaterThan(1.3);
      expect(lasting(out)).toBeLessThan(1.306);
      const levels = contour(out.subarray(0.25 * rate, 1.28 * rate));
      const mean = levels.reduce((sum, x) => sum + x, 0) / levels.length;
      for (const level of levels) expect(Math.abs(20 * Math.log10(level / mean))).toBeLessThan(4);
      expect(clickiness(out, rate, 0.02 * rate, 1.28 * rate)).toBeLessThan(CLICK);
      if (features === vowelClip) {
        expect(worstCents(out, f0, 0.05, 1.28)).toBeLessThan(playing === 'harmonic' ? 2 : 15);
      }
    }
  });

  test.each([-0.5, -1])('at speed %d a word is played backwards from its end, and ends', (speed) => {
    const forward = play(wordClip, playing, wholeSeconds + 0.1, {});
    const backward = play(wordClip, playing, wholeSeconds / -speed + 0.3, { speed });
    const stretched = play(wordClip, playing, wholeSeconds / -speed + 0.3, { speed: -speed });
    const trimmed = (out: Float32Array): Float32Array => {
      const loud = 0.02 * Math.max(...contour(out));
      const levels = contour(out);
      const first = levels.findIndex((level) => level > loud);
      const last = levels.findLastIndex((level) => level > loud);
      return out.subarray(first * hopSamples, (last + 1) * hopSamples);
    };
    const wanted = contour(trimmed(stretched)).reverse();
    expect(likeness(contour(trimmed(backward)), wanted)).toBeGreaterThan(0.95);
    // A word is no palindrome: forwards it is less like its reverse.
    expect(likeness(contour(trimmed(forward)), contour(trimmed(forward)).reverse())).toBeLessThan(0.9);
    expect(lasting(backward)).toBeLessThan(wholeSeconds / -speed + 0.1);
    expect(Math.abs(20 * Math.log10(rms(backward) / rms(stretched)))).toBeLessThan(2);
  });

  test('a vowel played backwards keeps its pitch and does not click', () => {
    for (const speed of [-0.5, -1]) {
      const out = play(vowelClip, playing, 0.6, { speed });
      expect(worstCents(out, f0, 0.05, 0.55)).toBeLessThan(playing === 'harmonic' ? 2 : 15);
      expect(clickiness(out, rate, 0.02 * rate, out.length - 0.02 * rate)).toBeLessThan(CLICK);
    }
  });

  test('jumps every 50 ms do not click', () => {
    for (const features of [vowelClip, noiseClip]) {
      const places = [0.1, 0.5, 0.3, 0.2, 0.6, 0.05, 0.4, 0.25, 0.55, 0.15];
      const jumps = places.map((position, i) => [0.1 + 0.05 * i, control({ position })] as const);
      const out = play(features, playing, 0.65, {}, jumps);
      expect(clickiness(out, rate, 0.02 * rate, out.length - 0.02 * rate)).toBeLessThan(CLICK);
      expect(rms(out, 0.02 * rate)).toBeGreaterThan(0.02);
      if (features === vowelClip) {
        expect(worstCents(out, f0, 0.05, 0.62)).toBeLessThan(playing === 'harmonic' ? 2 : 15);
      }
    }
  });

  test('changes of speed while it sounds do not click, nor do turns', () => {
    for (const features of [vowelClip, noiseClip]) {
      const course = [0.1, 8, -2, 0, 1, -8, 0.25, 4, -0.5, 0.5];
      const changes = course.map((speed, i) => [0.06 + 0.05 * i, control({ speed })] as const);
      const out = play(features, playing, 0.62, { speed: 0.5 }, [
        [0.05, control({ position: 0.4 })],
        ...changes,
      ]);
      expect(clickiness(out, rate, 0.02 * rate, out.length - 0.02 * rate)).toBeLessThan(CLICK);
      expect(rms(out, 0.02 * rate)).toBeGreaterThan(0.02);
    }
  });

  test('a jump back from beyond the end goes on', () => {
    const seconds = wholeSeconds + 0.008;
    const out = play(vowelClip, playing, seconds + 0.5, {}, [[seconds - 0.1, control({ position: 0.3 })]]);
    expect(lasting(out)).toBeGreaterThan(seconds + 0.2);
    expect(worstCents(out, f0, 0.05, seconds + 0.1)).toBeLessThan(playing === 'harmonic' ? 2 : 15);
  });
});

test('a speed that differs from 1 by nothing is the same sound', () => {
  for (const playing of ways) {
    expect(play(wordClip, playing, 1, { speed: 1 })).toEqual(play(wordClip, playing, 1, {}));
  }
});
