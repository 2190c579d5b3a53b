// Directions of style: measures that go the right way, and knobs found and named on a model whose every dimension is known.
import { describe, expect, it } from 'vitest';
import {
  defaultFormat,
  defaultTracks,
  featureOfMagnitude,
  frameValues,
  trackOfF0,
  type SpectrogramFormat,
} from '../../../src/contract/spectrogram.ts';
import type { Listener } from '../../../src/model/nodeListener.ts';
import type { LatentPoint, NodeModel } from '../../../src/model/nodeModel.ts';
import { findDirections, measureWord } from '../../../training/latent/fitDirections.ts';
import { smallManifest } from '../../helpers/manifest.ts';

const format: SpectrogramFormat = { ...defaultFormat, frames: 32, melBands: 16, tracks: defaultTracks };
const values = frameValues(format);
const hopSeconds = format.hopSamples / format.sampleRate;

/** What a made-up word is like. */
interface Word {
  readonly frames?: number;
  /** Centre of its bands. */
  readonly band?: number;
  readonly f0Hz?: number;
  /** Decibels per frame. */
  readonly slope?: number;
  readonly voicing?: number;
  /** Bend of the spectrum that leaves its centre where it is. */
  readonly ripple?: number;
}

/** Features of a word that begins at frame 4. */
function wordOf({
  frames = 12,
  band = 7,
  f0Hz = 120,
  slope = 0,
  voicing = 0.9,
  ripple = 0,
}: Word): Float32Array {
  const features = new Float32Array(format.frames * values);
  for (let m = 0; m < format.frames; m++) {
    // The end fades within a frame, so that the length is a number and no count.
    const sounding = m < 4 ? 0 : Math.min(1, Math.max(0, 4 + frames - m));
    for (let b = 0; b < format.melBands; b++) {
      const shape = Math.exp(-0.5 * ((b - band) / 2) ** 2) * (1 + ripple * Math.cos(1.5 * (b - band)));
      const magnitude = 0.05 * 10 ** ((slope * (m - 4)) / 20) * shape * sounding;
      features[m * values + b] = featureOfMagnitude(magnitude, format);
    }
    features[m * values + format.melBands] = trackOfF0(f0Hz, defaultTracks);
    features[m * values + format.melBands + 1] = sounding > 0 ? voicing : 0;
  }
  return features;
}

describe('measureWord', () => {
  const measure = (word: Word) => measureWord(wordOf(word), format);

  it('measures a longer word longer, in seconds', () => {
    expect(measure({ frames: 12 }).duration).toBeCloseTo(12 * hopSeconds, 6);
    expect(measure({ frames: 20 }).duration).toBeCloseTo(20 * hopSeconds, 6);
    // The tail of a falling word fades out about 30 dB below its loudest frame.
    const falling = measure({ frames: 20, slope: -3.01 }).duration / hopSeconds;
    expect(falling).toBeGreaterThan(9);
    expect(falling).toBeLessThan(12);
  });

  it('measures a brighter word brighter, in bands', () => {
    expect(measure({ band: 6 }).brightness).toBeCloseTo(6, 1);
    expect(measure({ band: 9 }).brightness).toBeCloseTo(9, 1);
    expect(measure({ band: 7, ripple: 0.4 }).brightness).toBeCloseTo(7, 1);
  });

  it('measures a higher voice higher, in semitones, of voiced frames only', () => {
    expect(measure({ f0Hz: 200 }).pitch - measure({ f0Hz: 100 }).pitch).toBeCloseTo(12, 3);
    expect(measure({ voicing: 0 }).pitch).toBe(0);
    const plain = { ...format, tracks: undefined };
    const bands = new Float32Array(format.frames * format.melBands).fill(0.5);
    expect(measureWord(bands, plain).pitch).toBe(0);
    expect(measureWord(bands, plain).duration).toBeCloseTo(32 * hopSeconds, 6);
  });

  it('measures the slope of the level, in decibels per second', () => {
    expect(measure({ slope: -0.5 })['loudness slope']).toBeCloseTo(-0.5 / hopSeconds, 1);
    expect(measure({ slope: 0.5 })['loudness slope']).toBeCloseTo(0.5 / hopSeconds, 1);
    expect(Math.abs(measure({})['loudness slope'])).toBeLessThan(1e-3);
  });

  it('gives zeros for silence, and a single frame no slope', () => {
    const nothing = { duration: 0, brightness: 0, pitch: 0, 'loudness slope': 0 };
    expect(measureWord(new Float32Array(format.frames * values), format)).toEqual(nothing);
    const single = measure({ frames: 1 });
    expect(single.duration).toBeCloseTo(hopSeconds, 6);
    expect(single['loudness slope']).toBe(0);
  });
});

const size = 6;

/** A model of six known dimensions: length, bands, pitch and slope, what tells two speakers apart, and nothing. */
const model = {
  bundle: {
    manifest: { ...smallManifest(), format, latent: { styleDimensions: size, digitDimensions: 1 } },
    tensors: new Map(),
  },
  decode: (points: readonly LatentPoint[]) =>
    Promise.resolve(
      points.map(({ style: [length, bands, pitch, slope, ripple] }) =>
        wordOf({
          frames: 12 + 2 * length,
          band: 7 + 0.7 * bands,
          f0Hz: 120 * 2 ** (pitch / 6),
          slope: 0.3 * slope,
          ripple: 0.2 * ripple,
        }),
      ),
    ),
} as unknown as NodeModel;

/** Hears the ripple in the first frame: the sharper the peak, the likelier is ben against ann; carl is between them. */
const listener = {
  heads: [
    { name: 'digit', labels: ['0'] },
    { name: 'speaker', labels: ['ann', 'ben', 'carl'] },
  ],
  hear: (words: readonly Float32Array[]) =>
    Promise.resolve(
      words.map((features) => {
        const bands = features.subarray(4 * values, 4 * values + format.melBands);
        const top = bands.indexOf(Math.max(...bands));
        const peak = bands[top] - 0.5 * (bands[top - 2] + bands[top + 2]);
        const scores = [Math.exp(-20 * peak), Math.exp(20 * peak), 1];
        const total = scores.reduce((a, b) => a + b);
        const probabilities = Float32Array.from(scores, (score) => score / total);
        return { speaker: { label: 'ann', confidence: 0, probabilities } };
      }),
    ),
} as unknown as Listener;

describe('findDirections', () => {
  it('finds what each dimension changes, by name, at right angles and most audible first', async () => {
    const found = await findDirections(model, listener, 5, 1);
    const names = found.map(({ name }) => name);
    expect([...names].sort().slice(1)).toEqual(['brightness', 'duration', 'loudness slope', 'pitch']);
    const of = (name: string) => Array.from(found.find((one) => one.name === name)!.vector);
    const along = (name: string, dimension: number) => expect(of(name)[dimension], name).toBeGreaterThan(0.9);
    along('duration', 0);
    along('brightness', 1);
    along('pitch', 2);
    along('loudness slope', 3);
    const pair = names.find((name) => name.includes(' to '))!;
    expect(pair).toMatch(/^(ann to ben|ben to ann)$/);
    expect(Math.abs(of(pair)[4])).toBeGreaterThan(0.9);
    expect(of(pair)[4] > 0).toBe(pair === 'ann to ben');
    found.forEach(({ vector, effect }, i) => {
      for (let j = 0; j < i; j++) {
        expect(Math.abs(vector.reduce((sum, v, k) => sum + v * found[j].vector[k], 0))).toBeLessThan(1e-5);
      }
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      if (i > 0) expect(effect).toBeLessThanOrEqual(found[i - 1].effect);
    });
    // Pitch is no matter of the bands: no step is heard in them.
    expect(found.at(-1)!.name).toBe('pitch');
    expect(found[0].effect).toBeGreaterThan(0.02);
  });

  it('repeats itself for a seed and differs a little for another', async () => {
    const [first, again, other] = [
      await findDirections(model, listener, 5, 1),
      await findDirections(model, listener, 5, 1),
      await findDirections(model, listener, 5, 2),
    ];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    expect(other.map(({ name }) => name).sort()).toEqual(first.map(({ name }) => name).sort());
  });

  it('calls what it cannot name a style, also what nobody hears, and gives no more than there are dimensions', async () => {
    const all = await findDirections(model, undefined, 8, 1);
    expect(all).toHaveLength(size);
    const rest = all.map(({ name }) => name).filter((name) => name.startsWith('style'));
    expect(rest.sort()).toEqual(['style 5', 'style 6']);
    const two = await findDirections(model, undefined, 2, 1);
    expect(two).toHaveLength(2);
  });
});
