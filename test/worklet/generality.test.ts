// The kernel at any rate, transform, block length and split of blocks: the same samples, room enough, repeatable by seed.
import { describe, expect, test } from 'vitest';
import { defaultFormat, frameValues, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import { createLoops } from '../../src/dsp/createLoops.ts';
import { Random } from '../../src/dsp/random.ts';
import { interleave, trackFeatures } from '../../src/dsp/tracks.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { makeVoiceParts, Voice, voiceBytes, type VoicePlan } from '../../src/worklet/voice.ts';
import {
  clipMessage,
  makeKernel,
  noteMessage,
  runKernel,
  trackedFormat,
  type TimedMessage,
} from '../helpers/kernelRun.ts';
import { rms, syntheticWord } from '../helpers/signals.ts';

const modules = loadEngineModules();
const scalar = loadEngineModules('scalar');

/** A format of another rate with the default's proportions in time. */
function formatOf(sampleRate: number, fftSamples: number, hopSamples: number): SpectrogramFormat {
  return {
    ...trackedFormat,
    sampleRate,
    fftSamples,
    hopSamples,
    melHighHz: sampleRate / 2,
    frames: 32,
    onsetSamples: 2 * hopSamples,
  };
}

const formats = [formatOf(8000, 512, 128), formatOf(16000, 1024, 256), formatOf(24000, 2048, 512)] as const;

const clips = new Map<SpectrogramFormat, Float32Array>();
/** Features of a synthesised word with voiced and unvoiced parts. */
function clipOf(format: SpectrogramFormat): Float32Array {
  const known = clips.get(format);
  if (known) return known;
  const { sampleRate, frames, hopSamples, onsetSamples } = format;
  const clip = new Float32Array(frames * hopSamples);
  clip.set(syntheticWord(3, clip.length - 4 * onsetSamples, sampleRate), onsetSamples);
  const features = interleave(melFeatures(clip, format), trackFeatures(clip, format), format);
  clips.set(format, features);
  return features;
}

const seconds = 0.25;

/** Notes, controls, newer clips, a burst and silence, all at odd frames. */
function scoreAt(rate: number, format: SpectrogramFormat): TimedMessage[] {
  const features = clipOf(format);
  const dimmer = features.map((value) => 0.8 * value);
  const at = (time: number): number => Math.round(time * rate) | 1;
  const note = (noteId: number, slot: number, time: number, extra: object = {}): TimedMessage => ({
    at: 0,
    message: {
      ...noteMessage(slot, { frame: at(time), gain: 0.7 }),
      noteId,
      ...extra,
    } as TimedMessage['message'],
  });
  return [
    { at: 0, message: clipMessage(3, features) },
    { at: 0, message: clipMessage(4, dimmer) },
    note(1, 3, 0.003),
    note(2, 4, 0.011, { speed: -0.7 }),
    note(3, 3, 0.023, { speed: 0, pitchHz: 220 }),
    { at: at(0.041), message: { type: 'control', noteId: 1, speed: 0.37, pitchRatio: 1.3 } },
    { at: at(0.057), message: { type: 'control', noteId: 3, pitchHz: 330, position: 0.1 } },
    { at: at(0.071), message: clipMessage(3, dimmer, 1) },
    ...Array.from({ length: 11 }, (_, i) => note(10 + i, 3 + (i % 2), 0.09, { speed: 1 + i / 4 })),
    { at: at(0.101), message: { type: 'noteOff', noteId: 3, frame: at(0.121) } },
    { at: at(0.133), message: { type: 'control', noteId: 1, speed: 3, position: 0 } },
    { at: at(0.201), message: { type: 'silence' } },
    { at: at(0.207), message: noteMessage(4, { gain: 0.5 }) },
  ];
}

const splits: readonly (readonly number[])[] = [
  [32],
  [64],
  [127],
  [128],
  [333],
  [1000],
  [2048],
  [1, 7, 128, 333, 1024],
  [5, 31, 2048],
];

function play(
  format: SpectrogramFormat,
  contextRate: number,
  blocks: readonly number[],
  options: Parameters<typeof makeKernel>[0] = {},
): Float32Array {
  const kernel = makeKernel({ format, contextRate, maxVoices: 12, ...options });
  const score = scoreAt(contextRate, format);
  return runKernel(kernel, Math.round(seconds * contextRate), score, blocks, 7);
}

/** Bit for bit, and quicker than `toEqual` on long arrays. */
function expectSame(a: Float32Array, b: Float32Array): void {
  const first = a.findIndex((value, n) => !Object.is(value, b[n]));
  expect([a.length, first]).toEqual([b.length, -1]);
}

describe('any split of the blocks gives the same samples', () => {
  test.each([8000, 11025, 22050, 44100, 48000, 96000, 192000])('in a context of %i Hz', (rate) => {
    for (const format of formats) {
      const whole = play(format, rate, [Infinity]);
      expect(whole.every((value) => Number.isFinite(value))).toBe(true);
      expect(rms(whole)).toBeGreaterThan(0.003);
      // All at one rate; elsewhere a random third, which differs from rate to rate.
      const random = new Random(rate + format.fftSamples);
      const some = splits.filter(() => (rate === 48000 && format === formats[0]) || random.uniform() < 0.25);
      for (const blocks of [[128], ...some]) expectSame(play(format, rate, blocks), whole);
    }
  });

  test('in TypeScript, in scalar WebAssembly and as spectrograms alone', () => {
    const ways = [
      { modules: undefined },
      { modules: scalar },
      { playing: 'spectrogram' as const },
      { lookAheadFrames: 7, sweeps: 4 },
      { lookAheadFrames: 0, sweeps: 1 },
    ];
    for (const options of ways) {
      const whole = play(formats[0], 44100, [Infinity], options);
      expectSame(play(formats[0], 44100, [128], options), whole);
      expectSame(play(formats[0], 44100, [3, 100, 777], options), whole);
    }
  });
});

test('a context of another rate plays the same sound', () => {
  const level = (rate: number): number => rms(play(formats[0], rate, [128]));
  const reference = level(48000);
  // Changes fall into other quarters of a hop, most of all where there is no filter to wait for.
  for (const [rate, most] of [
    [8000, 0.6],
    [11025, 0.3],
    [22050, 0.3],
    [44100, 0.3],
    [96000, 0.3],
    [192000, 0.3],
  ]) {
    expect(Math.abs(20 * Math.log10(level(rate) / reference))).toBeLessThan(most);
  }
});

test('the same seed gives the same samples, another one other noise of the same level', () => {
  const [first, again, other] = [5, 5, 6].map((seed) => play(formats[0], 48000, [128], { seed }));
  expectSame(first, again);
  const difference = first.map((value, n) => value - other[n]);
  expect(rms(difference)).toBeGreaterThan(0.01 * rms(first));
  expect(Math.abs(20 * Math.log10(rms(other) / rms(first)))).toBeLessThan(1);
});

describe('the memory reserved', () => {
  const named = formats.map((format) => [format.sampleRate, format.fftSamples, format] as const);

  test.each(named)('at %i Hz and %i points holds 64 voices and is no waste', (_rate, _points, format) => {
    for (const contextRate of [8000, 11025, 44100, 48000, 192000, 44101]) {
      for (const maxLookAheadFrames of [0, 3, 32]) {
        const plan: VoicePlan = {
          format,
          contextRate,
          playing: 'harmonic',
          maxLookAheadFrames,
          seed: 1,
          voices: 68,
        };
        const bytes = voiceBytes(plan);
        const loops = createLoops(format.fftSamples, modules, bytes);
        const begin = loops.floats(0).byteOffset;
        const parts = makeVoiceParts(plan, loops);
        for (let i = 0; i < plan.voices; i++) new Voice(parts, i, 128);
        expect((loops.floats(0).byteOffset - begin) / bytes).toBeGreaterThan(2 / 3);
      }
    }
  });

  test('suffices for one voice, few and many bands, short hops and no tracks', () => {
    const [format] = formats;
    for (const change of [
      {},
      { melBands: 1 },
      { melBands: 200 },
      { hopSamples: 16 },
      { hopSamples: 256 },
      { fftSamples: 32, hopSamples: 8, melBands: 8 },
      { tracks: undefined },
    ]) {
      for (const maxVoices of [1, 64]) makeKernel({ format: { ...format, ...change }, maxVoices, modules });
    }
  });
});

test('a format of few frames, few bands and a short hop plays to its end', () => {
  const format: SpectrogramFormat = { ...defaultFormat, melBands: 23, frames: 5, hopSamples: 64 };
  const features = new Float32Array(5 * frameValues(format)).fill(0.8);
  const kernel = makeKernel({ format, contextRate: 22050 });
  const out = runKernel(kernel, 4000, [
    { at: 0, message: clipMessage(3, features) },
    { at: 0, message: noteMessage(3) },
  ]);
  expect(rms(out)).toBeGreaterThan(0.001);
  expect(kernel.status().activeVoices).toBe(0);
});
