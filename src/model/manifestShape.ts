// What a checked manifest is, in types that need no schema: the schema of manifest.ts is held to them. docs/bundle.md explains them.
import type { SpectrogramFormat } from '../contract/spectrogram.ts';

/** Sizes of encoder and decoder. */
export interface Architecture {
  /** Output channels of the encoder's 3x3 stride-2 convolutions. */
  encoderFilters: number[];
  /** Channels of the decoder's smallest map, then of each 4x4 stride-2 transposed convolution. */
  decoderFilters: number[];
  /** Negative slope of the leaky rectifiers. */
  leak: number;
  /** Units of the hidden layer that the tracks are predicted from; absent without tracks. */
  trackUnits?: number | undefined;
}

/** Held-out or training figures of a bundle's weights. */
export interface Figures {
  takes: number;
  /** Squared error as a share of what predicting the mean training spectrogram costs. */
  errorShare: number;
  /** Mean squared error on features in [0, 1]. */
  meanSquaredError: number;
  /** Kullback-Leibler divergence of the posterior from N(0, I), per take. */
  klNats: number;
  /** Share of takes whose digit the encoder names, 0..1. */
  digitAccuracy: number;
  /** Mean distance of the predicted f0 from the tracked one in voiced frames, semitones. */
  f0ErrorSemitones?: number | undefined;
}

/** The prior map: a normalising flow of affine couplings from the player's style u to the latent style z. */
export interface PriorMapShape {
  couplings: number;
  /** Units of each coupling's two hidden layers. */
  units: number;
  /** Bound of each coupling's log-scales. */
  scaleBound: number;
}

/** The listener's part of the manifest without its figures: what its network follows from. */
export interface ListenerShape {
  /** Bands of its input, a divisor of format.melBands. */
  bands: number;
  /** Its soft floor, as a mel magnitude. */
  floor: number;
  /** Output channels of its 3x3 stride-2 convolutions. */
  filters: number[];
  /** Units of its dense layer. */
  units: number;
  leak: number;
  /** What it names; the first head is `digit`. */
  heads: { name: string; labels: string[] }[];
}

/** One tensor of the weight files, little endian, row major: float16 unless `channelAxis` is there. */
export interface TensorEntry {
  name: string;
  shape: number[];
  file: string;
  byteOffset: number;
  /** The axis along which each channel has a scale of its own: float16 scales, then whole numbers of 8 bits. */
  channelAxis?: number | undefined;
}

/**
 * What a bundle says of itself, checked: names, sizes, anchors, voices, tensors; see docs/bundle.md.
 * @example
 * const { speakers, format }: Manifest = bundle.manifest;
 * const voices = speakers.map(({ name }) => name);
 */
export interface Manifest {
  formatVersion: 1 | 2 | 3;
  name: string;
  corpus: { name: string; licence: string; attribution: string; url: string };
  /** What of which corpora it was trained on and measured with; bundles of before several could be lack it. */
  corpora?:
    | {
        corpus: string;
        source?: string | undefined;
        licence: string;
        attribution: string;
        url: string;
        clips: { train: number; test: number };
        speakers: number;
        clipsHash: string;
      }[]
    | undefined;
  format: SpectrogramFormat;
  latent: { styleDimensions: number; digitDimensions: number };
  architecture: Architecture;
  /** Points of the digit embedding: [10][digitDimensions]. */
  digitAnchors: number[][];
  /** Mean style of each speaker's training takes, digit by digit: styles is [10][styleDimensions]. */
  speakers: { name: string; styles: number[][] }[];
  /**
   * Style directions for the knobs, most audible first; a knob at 1 moves by the whole vector. `effect` is the root mean square
   * change of the features that a knob at 1 makes.
   */
  directions: { name: string; vector: number[]; effect?: number | undefined }[];
  /** Without one, the player's style is the latent style itself. */
  priorMap?: PriorMapShape | undefined;
  /** `figures`: share of takes that each head names as labelled, by head. */
  listener?:
    | (ListenerShape & { figures: { train: Record<string, number>; test: Record<string, number> } })
    | undefined;
  /** Labels of the corpus points of the 2-D map: digit, and index of the speaker, -1 for somebody who is no voice. */
  map?: { digits: number[]; speakers: number[] } | undefined;
  tensors: TensorEntry[];
  /** Length and SHA-256 (lower-case hexadecimal) of each weight file; bundles of before it was written lack it. */
  files?: Record<string, { bytes: number; sha256: string }> | undefined;
  training: Record<string, unknown>;
  figures: { train: Figures; test: Figures };
  /** Mean losses per take of every epoch, by name, on the takes trained on and on those kept back for validation. */
  history?:
    { seconds: number; train: Record<string, number>; validation: Record<string, number> }[] | undefined;
}
