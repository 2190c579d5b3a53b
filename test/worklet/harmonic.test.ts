// Clips with pitch and voicing in the kernel: both ways of playing, blocks, crossing over, clips without tracks.
import { describe, expect, test } from 'vitest';
import {
  clipSamples,
  defaultFormat,
  defaultTracks,
  frameValues,
  trackOfF0,
} from '../../src/contract/spectrogram.ts';
import { melFeatures } from '../../src/dsp/analysis.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { trackPitch } from '../../src/dsp/pitch.ts';
import { interleave, trackFeatures } from '../../src/dsp/tracks.ts';
import { renderClip } from '../../src/worklet/renderClip.ts';
import { harmonicityDb } from '../helpers/harmonicity.ts';
import {
  clipMessage,
  clipOf,
  largestJump,
  makeKernel,
  noteMessage,
  runKernel,
  trackedFeatures,
  trackedFormat,
} from '../helpers/kernelRun.ts';
import { energyCentre, noise, rms, testWords } from '../helpers/signals.ts';
import { tone, vowel } from '../helpers/tones.ts';

const modules = loadEngineModules();
const fft = { modules };
const words = trackedFeatures(4);
const values = frameValues(trackedFormat);
const { melBands, frames } = trackedFormat;

/** A clip's bands alone. */
function bandsOf(features: Float32Array): Float32Array {
  return Float32Array.from(
    { length: frames * melBands },
    (_, i) => features[Math.floor(i / melBands) * values + (i % melBands)],
  );
}

/** Bands blurred over neighbouring ones, as a decoder's are: harmonics run into each other. */
function blurred(features: Float32Array): Float32Array {
  return features.map((value, i) => {
    const band = i % values;
    if (band >= melBands) return value;
    let sum = 0;
    let count = 0;
    for (let b = Math.max(0, band - 3); b <= Math.min(melBands - 1, band + 3); b++) {
      sum += features[i - band + b];
      count++;
    }
    return sum / count;
  });
}

test('played as a spectrogram a clip sounds as it did without its tracks', () => {
  const plain = renderClip(bandsOf(words[0]), defaultFormat, fft);
  expect(renderClip(words[0], trackedFormat, { ...fft, playing: 'spectrogram' })).toEqual(plain);
  expect(renderClip(bandsOf(words[0]), defaultFormat, { ...fft, playing: 'harmonic' })).toEqual(plain);
  expect(renderClip(words[0], trackedFormat, { ...fft, playing: 'harmonic' })).not.toEqual(plain);
});

test('noise without any voicing keeps its level, time and features, though held bins take random phases', () => {
  const clip = noise(clipSamples(trackedFormat), 1).map(
    (v, n) => 0.2 * v * Math.exp(-(((n - 2500) / 1200) ** 2)),
  );
  const bands = melFeatures(clip, trackedFormat);
  const tracks = trackFeatures(clip, trackedFormat);
  const channels = defaultTracks.channels.length;
  // Noise of no pitch: voicing is 0, and no harmonic sounds.
  expect(tracks.every((value, i) => i % channels === 0 || value === 0)).toBe(true);
  const features = interleave(bands, tracks, trackedFormat);
  const errors = (['harmonic', 'spectrogram'] as const).map((playing) => {
    const out = renderClip(features, trackedFormat, { ...fft, playing });
    expect(Math.abs(20 * Math.log10(rms(out) / rms(clip)))).toBeLessThan(1);
    expect(Math.abs(energyCentre(out) - energyCentre(clip))).toBeLessThan(32);
    const again = melFeatures(out, trackedFormat);
    return bands.reduce((sum, value, i) => sum + Math.abs(again[i] - value), 0) / bands.length;
  });
  expect(errors[0]).toBeLessThan(0.01);
  expect(errors[0]).toBeLessThan(1.2 * errors[1]);
});

test('words keep time, level and features', () => {
  for (const { samples } of testWords(15)) {
    const clip = clipOf(samples);
    const bands = melFeatures(clip, trackedFormat);
    const features = interleave(bands, trackFeatures(clip, trackedFormat), trackedFormat);
    const out = renderClip(features, trackedFormat, { ...fft, playing: 'harmonic' });
    expect(Math.abs(energyCentre(out) - energyCentre(clip))).toBeLessThan(64);
    expect(Math.abs(20 * Math.log10(rms(out) / rms(clip)))).toBeLessThan(2);
    const again = melFeatures(out, trackedFormat);
    const loud = Array.from(bands.keys()).filter((i) => bands[i] > 0.5);
    const error = loud.reduce((sum, i) => sum + Math.abs(again[i] - bands[i]), 0) / loud.length;
    expect(error).toBeLessThan(0.05);
  }
});

test('a blurred vowel keeps its pitch and its harmonics; as a spectrogram it grows hoarse', () => {
  const f0 = (t: number): number => 130 * 2 ** (-t / 2);
  const clip = tone({ sampleRate: 8000, samples: clipSamples(trackedFormat), f0, spectrum: vowel });
  const bands = melFeatures(clip, trackedFormat);
  const features = blurred(interleave(bands, trackFeatures(clip, trackedFormat), trackedFormat));
  const harmonicity = (playing: 'harmonic' | 'spectrogram'): number => {
    const out = renderClip(features, trackedFormat, { ...fft, playing });
    if (playing === 'harmonic') {
      const track = trackPitch(out, {
        sampleRate: 8000,
        hopSamples: 128,
        frames: 48,
        f0LowHz: 60,
        f0HighHz: 420,
      });
      for (let m = 4; m < 44; m++) expect(Math.abs(track[m] / f0(m * 0.016) - 1)).toBeLessThan(0.01);
    }
    let sum = 0;
    for (let m = 6; m < 42; m++) sum += harmonicityDb(out, 8000, m * 128, f0(m * 0.016)) / 36;
    return sum;
  };
  expect(harmonicity('harmonic')).toBeGreaterThan(harmonicity('spectrogram') + 6);
});

describe('in the kernel', () => {
  const kernel = (contextRate = 48000): ReturnType<typeof makeKernel> =>
    makeKernel({ contextRate, format: trackedFormat, playing: 'harmonic' });
  const score = [
    { at: 0, message: clipMessage(3, words[0]) },
    { at: 0, message: clipMessage(4, words[1]) },
    { at: 0, message: noteMessage(3, { frame: 77 }) },
    { at: 0, message: noteMessage(4, { frame: 5000 }) },
    { at: 4003, message: clipMessage(3, words[2], 1) },
    { at: 6000, message: noteMessage(3, { frame: 6001, revision: 1 }) },
    { at: 15000, message: { type: 'silence' } as const },
    { at: 15100, message: noteMessage(4, { gain: 0.5 }) },
  ];

  test.each([48000, 44100, 8000])('any split gives the same samples, at %i Hz', (rate) => {
    const whole = runKernel(kernel(rate), 20000, score, [20000]);
    expect(rms(whole)).toBeGreaterThan(0.001);
    expect(runKernel(kernel(rate), 20000, score, [128])).toEqual(whole);
    expect(runKernel(kernel(rate), 20000, score, [1, 7, 333, 128, 1024], 5)).toEqual(whole);
  });

  test('a clip of the wrong length is refused', () => {
    const replies: string[] = [];
    const strict = makeKernel({ format: trackedFormat }, (message) => {
      if (message.type === 'error') replies.push(message.message);
    });
    strict.receive(clipMessage(3, bandsOf(words[0])));
    expect(replies.join()).toMatch(/4080 features/);
  });

  test('crossing over between clips glides in pitch, without a step', () => {
    const held = (f0: number): Float32Array => {
      const samples = clipSamples(trackedFormat);
      const clip = tone({ sampleRate: 8000, samples, f0: () => f0, spectrum: vowel });
      const tracks = Float32Array.from({ length: frames * 5 }, (_, i) =>
        i % 5 === 0 ? trackOfF0(f0, defaultTracks) : 1,
      );
      return interleave(melFeatures(clip, trackedFormat), tracks, trackedFormat);
    };
    const [low, high] = [held(110), held(165)];
    const play = (first: Float32Array, second?: Float32Array): Float32Array =>
      runKernel(kernel(8000), 5600, [
        { at: 0, message: clipMessage(3, first) },
        { at: 0, message: noteMessage(3) },
        ...(second ? [{ at: 2000, message: clipMessage(3, second, 1) }] : []),
      ]);
    const out = play(low, high);
    expect(largestJump(out)).toBeLessThan(1.3 * Math.max(largestJump(play(low)), largestJump(play(high))));
    const track = trackPitch(out, {
      sampleRate: 8000,
      hopSamples: 128,
      frames: 43,
      f0LowHz: 60,
      f0HighHz: 420,
    });
    expect(track[8]).toBeCloseTo(110, 0);
    expect(track[36]).toBeCloseTo(165, 0);
    for (let m = 9; m < 36; m++) expect(track[m] / track[m - 1]).toBeGreaterThan(0.98);
  });
});
