// Small bundles with random weights: quick to make, and complete.
import { Random } from '../../src/dsp/random.ts';
import { defaultFormat } from '../../src/contract/spectrogram.ts';
import { bundleParts, partShapes } from '../../src/model/bundle.ts';
import { bundleFormatVersion, type Manifest } from '../../src/model/manifest.ts';

const figures = { takes: 0, errorShare: 0, meanSquaredError: 0, klNats: 0, digitAccuracy: 0 };

/** A manifest of a tiny network (16 frames x 16 bands) with two voices. */
export function tinyManifest(): Omit<Manifest, 'tensors'> {
  const random = new Random(3);
  const vector = (length: number) => Array.from({ length }, () => random.normal());
  const rows = (length: number) => Array.from({ length: 10 }, () => vector(length));
  return {
    formatVersion: bundleFormatVersion,
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
