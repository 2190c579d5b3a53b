// How the listener's takes are varied: nothing moves without a range, each change does what it says, and order follows from a seed.
import { expect, test } from 'vitest';
import {
  defaultFormat,
  defaultTracks,
  featureOfMagnitude,
  magnitudeOfFeature,
} from '../../../src/contract/spectrogram.ts';
import { prepareTake } from '../../../src/dsp/clip.ts';
import { loadEngineModules } from '../../../src/dsp/wasmLoops.node.ts';
import { Random } from '../../../src/dsp/random.ts';
import { throughVocoder, varyTake, type Variation } from '../../../training/listener/listenerData.ts';
import { syntheticTake } from '../../helpers/syntheticCorpus.ts';

const format = { ...defaultFormat, melBands: 40 };
const { frames, melBands } = format;
const still: Variation = {
  stretch: 0,
  shiftFrames: 0,
  bandShift: 0,
  levelDb: 0,
  tiltDb: 0,
  blurShare: 0,
  eraseShare: 0,
};
const word = prepareTake(syntheticTake(4, 0, 8000, new Random(1)), 8000, format).features;

function varied(variation: Partial<Variation>, seed = 1, take = word): Float32Array {
  const into = new Float32Array(take.length);
  varyTake(take, into, format, { ...still, ...variation }, new Random(seed));
  return into;
}

/** Centre of gravity along frames and bands. */
function centre(take: Float32Array): [number, number] {
  let [mass, time, band] = [0, 0, 0];
  take.forEach((value, i) => {
    mass += value;
    time += value * Math.floor(i / melBands);
    band += value * (i % melBands);
  });
  return [time / mass, band / mass];
}

test('without any range a take stays as it is', () => {
  varied({}).forEach((value, i) => expect(value).toBeCloseTo(word[i], 5));
});

test('values stay within 0 and 1, silence stays silence, and what lies round the target is not touched', () => {
  const all: Variation = {
    stretch: 0.3,
    shiftFrames: 5,
    bandShift: 4,
    levelDb: 20,
    tiltDb: 20,
    blurShare: 1,
    eraseShare: 1,
  };
  const silence = new Float32Array(word.length);
  for (let seed = 0; seed < 20; seed++) {
    const canvas = new Float32Array(word.length + 2).fill(7);
    varyTake(word, canvas.subarray(1, 1 + word.length), format, all, new Random(seed));
    expect([canvas[0], canvas[canvas.length - 1]]).toEqual([7, 7]);
    expect(canvas.subarray(1, -1).every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(varied(all, seed, silence).every((value) => value === 0)).toBe(true);
  }
});

test('the same seed varies alike, another seed differently', () => {
  expect(varied({ stretch: 0.1, eraseShare: 1 }, 3)).toEqual(varied({ stretch: 0.1, eraseShare: 1 }, 3));
  expect(varied({ stretch: 0.1 }, 3)).not.toEqual(varied({ stretch: 0.1 }, 4));
});

test('shifts move the centre of gravity both ways, by as much as they may and no more', () => {
  const [time, band] = centre(word);
  const moves = Array.from({ length: 40 }, (_, seed) => centre(varied({ shiftFrames: 2 }, seed))[0] - time);
  expect(Math.min(...moves)).toBeLessThan(-1.5);
  expect(Math.max(...moves)).toBeGreaterThan(1.5);
  expect(Math.max(...moves.map(Math.abs))).toBeLessThan(2.05);
  const higher = Array.from({ length: 40 }, (_, seed) => centre(varied({ bandShift: 2 }, seed))[1] - band);
  expect(Math.min(...higher)).toBeLessThan(-0.5);
  expect(Math.max(...higher)).toBeGreaterThan(0.5);
});

test('a level is one gain of all magnitudes, within its range', () => {
  const changed = varied({ levelDb: 6 }, 2);
  const gains: number[] = [];
  changed.forEach((value, i) => {
    if (word[i] > 0.3 && value < 1)
      gains.push(magnitudeOfFeature(value, format) / magnitudeOfFeature(word[i], format));
  });
  expect(gains.length).toBeGreaterThan(100);
  expect(Math.max(...gains) / Math.min(...gains)).toBeLessThan(1.01);
  expect(Math.abs(20 * Math.log10(gains[0]))).toBeGreaterThan(0.1);
  expect(Math.abs(20 * Math.log10(gains[0]))).toBeLessThan(6);
});

test('a tilt raises one edge and lowers the other', () => {
  const flat = new Float32Array(word.length).fill(featureOfMagnitude(0.01, format));
  const changed = varied({ tiltDb: 12 }, 5, flat);
  const decibels = (b: number): number => 20 * Math.log10(magnitudeOfFeature(changed[b], format) / 0.01);
  expect(decibels(0) * decibels(melBands - 1)).toBeLessThan(0);
  expect(decibels(melBands / 2)).toBeCloseTo(0, 2);
});

test('a blur keeps the mass of a single cell and spreads it to its neighbours', () => {
  const cell = new Float32Array(word.length);
  const at = 10 * melBands + 20;
  cell[at] = 1;
  const blurred = varied({ blurShare: 1 }, 1, cell);
  expect(blurred.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
  expect(blurred[at]).toBeLessThan(1);
  for (const beside of [at - 1, at + 1, at - melBands, at + melBands]) {
    expect(blurred[beside]).toBeGreaterThan(0);
  }
  expect(blurred[at - 2]).toBe(0);
});

test('an erased rectangle is a fifth of the frames and bands at most', () => {
  const full = new Float32Array(word.length).fill(0.5);
  const holes = Array.from({ length: 60 }, (_, seed) =>
    varied({ eraseShare: 1 }, seed, full).reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0),
  );
  expect(Math.min(...holes)).toBeGreaterThan(0);
  expect(Math.max(...holes)).toBeLessThanOrEqual(Math.ceil(frames / 5) * Math.ceil(melBands / 5));
  expect(Math.max(...holes)).toBeGreaterThan(30);
});

test('a word that went through the vocoder is the same word a little rougher, and silence is none', () => {
  const heard = throughVocoder(word, format, 'spectrogram', 1, loadEngineModules());
  expect(heard).toHaveLength(word.length);
  const difference = word.reduce((sum, value, i) => sum + (value - (heard?.[i] ?? 0)) ** 2, 0);
  const energy = word.reduce((sum, value) => sum + value ** 2, 0);
  expect(difference / energy).toBeGreaterThan(1e-5);
  expect(difference / energy).toBeLessThan(0.1);
  expect(
    throughVocoder(new Float32Array(word.length), format, 'spectrogram', 1, loadEngineModules()),
  ).toBeUndefined();
});

test('a word with tracks goes through either way of playing, and its bands come back', () => {
  const tracked = { ...format, tracks: defaultTracks };
  const take = prepareTake(syntheticTake(4, 0, 8000, new Random(1)), 8000, tracked).features;
  const [harmonic, spectrogram] = (['harmonic', 'spectrogram'] as const).map((playing) =>
    throughVocoder(take, tracked, playing, 1, loadEngineModules()),
  );
  expect(harmonic).toHaveLength(word.length);
  expect(spectrogram).toHaveLength(word.length);
  expect(harmonic).not.toEqual(spectrogram);
});
