// Small bundles with random weights: quick to make, and complete.
import { Random } from '../../src/dsp/random.ts';
import { defaultFormat, defaultTracks } from '../../src/contract/spectrogram.ts';
import type { Bundle } from '../../src/model/bundle.ts';
import { bundleParts, partShapes } from '../../src/model/shapes.ts';
import { bundleFormatVersion, type Manifest } from '../../src/model/manifest.ts';

const figures = { takes: 0, errorShare: 0, meanSquaredError: 0, klNats: 0, digitAccuracy: 0 };

/** The listener's part of a tiny manifest: digit, two speakers and a gender. */
export const tinyListener: NonNullable<Manifest['listener']> = {
  bands: 8,
  floor: 1e-3,
  filters: [3, 4],
  units: 5,
  leak: 0.2,
  heads: [
    { name: 'digit', labels: Array.from({ length: 10 }, (_, d) => String(d)) },
    { name: 'speaker', labels: ['ann', 'ben'] },
    { name: 'gender', labels: ['female', 'male'] },
  ],
  figures: { train: {}, test: {} },
};

/** A manifest of the first format version: a tiny network (16 frames x 16 bands) with two voices, and nothing beside it. */
export function tinyManifestVersion1(): Omit<Manifest, 'tensors'> {
  const random = new Random(3);
  const vector = (length: number) => Array.from({ length }, () => random.normal());
  const rows = (length: number) => Array.from({ length: 10 }, () => vector(length));
  return {
    formatVersion: 1,
    name: 'tiny',
    corpus: { name: 'none', licence: 'none', attribution: 'random numbers', url: '' },
    format: { ...defaultFormat, frames: 16, melBands: 16 },
    latent: { styleDimensions: 4, digitDimensions: 3 },
    architecture: { encoderFilters: [4, 6], decoderFilters: [6, 5, 4], leak: 0.2 },
    digitAnchors: rows(3),
    speakers: [
      { name: 'ann', styles: rows(4) },
      { name: 'ben', styles: rows(4) },
    ],
    directions: [
      { name: 'style 1', vector: vector(4) },
      { name: 'style 2', vector: vector(4) },
    ],
    training: { seed: 3 },
    figures: { train: figures, test: figures },
  };
}

/** The same network with every part that the current format version knows: tracks, prior map, listener and map. */
export function tinyManifest(): Omit<Manifest, 'tensors'> {
  const old = tinyManifestVersion1();
  const points = 12;
  return {
    ...old,
    formatVersion: bundleFormatVersion,
    format: { ...old.format, tracks: defaultTracks },
    architecture: { ...old.architecture, trackUnits: 5 },
    directions: old.directions.map(({ vector }, k) => ({
      name: ['duration', 'ann to ben'][k],
      vector,
      effect: 0.2 - 0.1 * k,
    })),
    priorMap: { couplings: 2, units: 6, scaleBound: 1 },
    listener: tinyListener,
    map: {
      digits: Array.from({ length: points }, (_, i) => i % 10),
      speakers: Array.from({ length: points }, (_, i) => i % 2),
    },
  };
}

/** Random values for every tensor that the manifest demands. */
export function tinyTensors(manifest = tinyManifest()): Map<string, Float32Array> {
  const random = new Random(4);
  const tensors = new Map<string, Float32Array>();
  for (const part of bundleParts) {
    for (const [name, shape] of partShapes(manifest, part)) {
      const length = shape.reduce((a, b) => a * b, 1);
      tensors.set(
        name,
        Float32Array.from({ length }, () => 0.3 * random.normal()),
      );
    }
  }
  return tensors;
}

/** A bundle in memory with random values for every tensor. */
export function tinyBundle(manifest: Omit<Manifest, 'tensors'> = tinyManifest()): Bundle {
  const values = tinyTensors(manifest);
  const tensors = bundleParts.flatMap((part) =>
    [...partShapes(manifest, part)].map(
      ([name, shape]) => [name, { shape, values: values.get(name) ?? new Float32Array(0) }] as const,
    ),
  );
  return {
    manifest: { ...manifest, tensors: [] },
    identity: { name: manifest.name, weightsHash: null },
    tensors: new Map(tensors),
  };
}
