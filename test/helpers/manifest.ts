// A small, valid manifest for tests of everything that stands on a bundle but needs no weights.
import { defaultFormat } from '../../src/contract/spectrogram.ts';
import { parseManifest, type Manifest } from '../../src/model/manifest.ts';

/** A manifest with `speakers` speakers whose style of digit d is [speaker, d], and two unit directions. */
export function smallManifest(speakers = 3): Manifest {
  const figures = { takes: 0, errorShare: 1, meanSquaredError: 1, klNats: 0, digitAccuracy: 0 };
  return parseManifest(
    {
      formatVersion: 1,
      name: 'small',
      corpus: { name: 'none', licence: 'none', attribution: 'none', url: '' },
      format: defaultFormat,
      latent: { styleDimensions: 2, digitDimensions: 1 },
      architecture: { encoderFilters: [4], decoderFilters: [4, 4], leak: 0.2 },
      digitAnchors: Array.from({ length: 10 }, (_, d) => [d]),
      speakers: Array.from({ length: speakers }, (_, s) => ({
        name: `speaker${s}`,
        styles: Array.from({ length: 10 }, (_, d) => [s, d]),
      })),
      directions: [
        { name: 'one', vector: [1, 0] },
        { name: 'two', vector: [0, 1] },
      ],
      tensors: [{ name: 't', shape: [1], file: 'decoder.bin', byteOffset: 0 }],
      training: {},
      figures: { train: figures, test: figures },
    },
    'a test',
  );
}
