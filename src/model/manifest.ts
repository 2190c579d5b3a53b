// The bundle manifest: one schema that validates every bundle on load, held to the types of manifestShape.ts.
import { digitCount } from '../contract/vocabulary.ts';
import { InputError, printable } from '../contract/errors.ts';
import {
  faultOfTracks,
  frameValues,
  type SpectrogramFormat,
  type TrackChannel,
} from '../contract/spectrogram.ts';
import { z } from '../schema.ts';
import type { Manifest } from './manifestShape.ts';

export type {
  Architecture,
  Figures,
  ListenerShape,
  Manifest,
  PriorMapShape,
  TensorEntry,
} from './manifestShape.ts';

/**
 * Version of the bundle layout that this code writes. It reads version 2 too, whose weights are all float16, and version 1, which lacks
 * what is optional below.
 */
export const bundleFormatVersion = 3;

const count = z.int().check(z.positive());
const positive = z.number().check(z.positive());
const nonnegative = z.number().check(z.nonnegative());
const wholeFromZero = z.int().check(z.nonnegative());
const unitInterval = z.number().check(z.minimum(0), z.maximum(1));
/** Names and labels are shown in one line; what explains itself is longer. */
const text = z.string().check(z.minLength(1), z.maxLength(200));
const longText = z.string().check(z.maxLength(20_000));
/** Styles lie within some standard deviations of 0; beyond this single precision would lose them. */
const farthest = 1e6;
const vector = z.array(z.number().check(z.minimum(-farthest), z.maximum(farthest)));
/** Powers of two that there are transforms for. */
const [smallestFft, largestFft] = [8, 65_536];
/** Of a clip: bands and channels of all frames. What a note decodes and every slot of the kernel holds. */
const mostClipValues = 2 ** 20;
/** Of all words of all voices, which the kernel holds at once: 128 MiB. */
const mostKernelValues = 2 ** 25;
/** A magnitude of 1 is full scale. */
const [lowestFloor, highestCeiling] = [1e-12, 1e3];
const mostSpeakers = 1000;
/** exp() of it is still far from the end of single precision. */
const greatestScaleBound = 20;
/** What a coupling needs: a kernel and a bias of three layers. */
const tensorsOfCoupling = 6;

const formatSchema = z.strictObject({
  sampleRate: z.number().check(z.minimum(4000), z.maximum(96000)),
  fftSamples: count,
  hopSamples: count,
  melBands: count,
  melLowHz: nonnegative,
  melHighHz: positive,
  frames: count,
  onsetSamples: wholeFromZero,
  floor: z.number().check(z.minimum(lowestFloor)),
  ceiling: z.number().check(z.positive(), z.maximum(highestCeiling)),
  tracks: z.optional(
    z.strictObject({
      channels: z.readonly(z.array(z.custom<TrackChannel>((name) => typeof name === 'string'))),
      f0LowHz: positive,
      f0HighHz: positive,
      voicingEdgesHz: z.readonly(z.array(nonnegative)),
    }),
  ),
}) satisfies z.ZodMiniType<SpectrogramFormat>;

const architectureSchema = z.strictObject({
  /** Output channels of the encoder's 3x3 stride-2 convolutions. */
  encoderFilters: z.array(count).check(z.minLength(1)),
  /** Channels of the decoder's smallest map, then of each 4x4 stride-2 transposed convolution. */
  decoderFilters: z.array(count).check(z.minLength(2)),
  /** Negative slope of the leaky rectifiers. */
  leak: unitInterval,
  /** Units of the hidden layer that the tracks are predicted from; absent without tracks. */
  trackUnits: z.optional(count),
});

/** The prior map: a normalising flow of affine couplings from the player's style u to the latent style z. */
const priorMapSchema = z.strictObject({
  couplings: count,
  /** Units of each coupling's two hidden layers. */
  units: count,
  /** Bound of each coupling's log-scales. */
  scaleBound: z.number().check(z.positive(), z.maximum(greatestScaleBound)),
});

/** The listener: a small classifier that names digit, speaker and whatever else the corpus labels. */
const listenerSchema = z.strictObject({
  /** Bands of its input, a divisor of format.melBands. */
  bands: count,
  /** Its soft floor, as a mel magnitude. */
  floor: positive,
  /** Output channels of its 3x3 stride-2 convolutions. */
  filters: z.array(count).check(z.minLength(1)),
  /** Units of its dense layer. */
  units: count,
  leak: unitInterval,
  /** What it names; the first head is `digit`. */
  heads: z
    .array(z.strictObject({ name: text, labels: z.array(text).check(z.minLength(1)) }))
    .check(z.minLength(1)),
  /** Share of takes that each head names as labelled, by head; takes whose label is unknown do not count. */
  figures: z.strictObject({
    train: z.record(z.string(), z.number()),
    test: z.record(z.string(), z.number()),
  }),
});

/** Held-out and training figures of the shipped weights, as `training/report/figures.ts` measures them. */
const figuresSchema = z.strictObject({
  takes: wholeFromZero,
  /** Squared error as a share of what predicting the mean training spectrogram costs. */
  errorShare: nonnegative,
  /** Mean squared error on features in [0, 1]. */
  meanSquaredError: nonnegative,
  /** Kullback-Leibler divergence of the posterior from N(0, I), per take. */
  klNats: nonnegative,
  /** Share of takes whose digit the encoder names. */
  digitAccuracy: unitInterval,
  /** Mean distance of the predicted f0 from the tracked one in voiced frames, semitones. */
  f0ErrorSemitones: z.optional(nonnegative),
});

const fileName = z.string().check(z.regex(/^[a-z0-9-]{1,60}\.bin$/, 'a plain .bin file name'));

/** One tensor of the weight files, little endian, row major: float16 unless `channelAxis` is there. */
const tensorSchema = z.strictObject({
  name: text,
  shape: z.array(count),
  file: fileName,
  byteOffset: wholeFromZero,
  /** The axis along which each channel has a scale of its own: float16 scales, then whole numbers of 8 bits. */
  channelAxis: z.optional(wholeFromZero),
});

const sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/));

const provenanceSchema = z.strictObject({
  corpus: text,
  source: z.optional(text),
  licence: text,
  attribution: longText.check(z.minLength(1)),
  url: longText,
  clips: z.strictObject({ train: wholeFromZero, test: wholeFromZero }),
  speakers: count,
  /** Of the sorted lines "side digit take speaker", each with a line feed. */
  clipsHash: sha256,
});

const manifestSchema = z
  .strictObject({
    formatVersion: z.union([z.literal(1), z.literal(2), z.literal(bundleFormatVersion)]),
    name: text,
    corpus: z.strictObject({
      name: text,
      licence: text,
      attribution: longText.check(z.minLength(1)),
      url: longText,
    }),
    /** Each corpus, and each part of it of one origin: clips trained on and held out, and a hash of their list. */
    corpora: z.optional(z.array(provenanceSchema)),
    format: formatSchema,
    latent: z.strictObject({ styleDimensions: count, digitDimensions: count }),
    architecture: architectureSchema,
    /** Points of the digit embedding: [10][digitDimensions]. */
    digitAnchors: z.array(vector).check(z.length(digitCount)),
    /** Mean style of each speaker's training takes, digit by digit: styles is [10][styleDimensions]. */
    speakers: z
      .array(z.strictObject({ name: text, styles: z.array(vector).check(z.length(digitCount)) }))
      .check(z.minLength(1), z.maxLength(mostSpeakers)),
    /**
     * Style directions for the knobs, most audible first; a knob at 1 moves by the whole vector. `effect` is the root mean
     * square change of the features that a knob at 1 makes.
     */
    directions: z
      .array(z.strictObject({ name: text, vector, effect: z.optional(nonnegative) }))
      .check(z.minLength(2)),
    /** Without one, the player's style is the latent style itself. */
    priorMap: z.optional(priorMapSchema),
    listener: z.optional(listenerSchema),
    /** Labels of the corpus points of the 2-D map: digit, and index of the speaker, -1 for somebody who is no voice. */
    map: z.optional(
      z.strictObject({
        digits: z.array(z.int().check(z.minimum(0), z.maximum(9))).check(z.minLength(1)),
        speakers: z.array(z.int().check(z.minimum(-1))).check(z.minLength(1)),
      }),
    ),
    tensors: z.array(tensorSchema).check(z.minLength(1)),
    /** Length and SHA-256 (lower-case hexadecimal) of each weight file; bundles of before it was written lack it. */
    files: z.optional(
      z.record(
        fileName,
        z.strictObject({ bytes: count, sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)) }),
      ),
    ),
    training: z.record(z.string(), z.unknown()),
    /** Mean losses per take of every epoch, by name, on the takes trained on and on those kept back for validation. */
    history: z.optional(
      z.array(
        z.strictObject({
          seconds: nonnegative,
          train: z.record(z.string(), z.number()),
          validation: z.record(z.string(), z.number()),
        }),
      ),
    ),
    figures: z.strictObject({ train: figuresSchema, test: figuresSchema }),
  })
  .check(
    z.superRefine((manifest, context) => {
      const { styleDimensions, digitDimensions } = manifest.latent;
      const check = (what: string, length: number, wanted: number) => {
        if (length !== wanted) {
          context.addIssue({ code: 'custom', message: `${what} has ${length} numbers, expected ${wanted}` });
        }
      };
      manifest.digitAnchors.forEach((anchor, d) =>
        check(`digitAnchors[${d}]`, anchor.length, digitDimensions),
      );
      for (const speaker of manifest.speakers) {
        speaker.styles.forEach((style, d) =>
          check(`style of ${speaker.name}, digit ${d}`, style.length, styleDimensions),
        );
      }
      for (const direction of manifest.directions) {
        check(`direction ${direction.name}`, direction.vector.length, styleDimensions);
      }
      if (manifest.map && manifest.map.digits.length !== manifest.map.speakers.length) {
        context.addIssue({ code: 'custom', message: 'map.digits and map.speakers must be of one length' });
      }
      if (manifest.listener && manifest.format.melBands % manifest.listener.bands !== 0) {
        context.addIssue({ code: 'custom', message: 'listener.bands must divide format.melBands' });
      }
      if ((manifest.format.tracks === undefined) !== (manifest.architecture.trackUnits === undefined)) {
        context.addIssue({
          code: 'custom',
          message: 'format.tracks and architecture.trackUnits go together',
        });
      }
      const fault =
        manifest.format.tracks && faultOfTracks(manifest.format.tracks, manifest.format.sampleRate);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: `format.${fault}` });
      const shrink = 2 ** (manifest.architecture.decoderFilters.length - 1);
      if (manifest.format.frames % shrink !== 0 || manifest.format.melBands % shrink !== 0) {
        context.addIssue({ code: 'custom', message: `frames and melBands must be multiples of ${shrink}` });
      }
      if (manifest.format.floor >= manifest.format.ceiling) {
        context.addIssue({ code: 'custom', message: 'format.floor must be below format.ceiling' });
      }
      for (const message of faultsOfSizes(manifest)) context.addIssue({ code: 'custom', message });
    }),
  ) satisfies z.ZodMiniType<Manifest>;

/**
 * Sizes that ask for more than the files give: before anything is allocated by them. The lengths of filters, heads and map are
 * those of lists in the manifest itself, and all other sizes are those of tensors, whose bytes must be there.
 */
function* faultsOfSizes({
  format,
  speakers,
  priorMap,
  listener,
  map,
  tensors,
  files,
}: Sized): Generator<string> {
  const { sampleRate, fftSamples, hopSamples, melBands, melLowHz, melHighHz, frames, onsetSamples } = format;
  if (fftSamples < smallestFft || fftSamples > largestFft || !Number.isInteger(Math.log2(fftSamples))) {
    yield `format.fftSamples must be a power of two from ${smallestFft} to ${largestFft}, got ${fftSamples}`;
  }
  if (hopSamples > fftSamples) yield `format.hopSamples must be at most fftSamples, got ${hopSamples}`;
  if (melBands > fftSamples / 2) yield `format.melBands must be at most half of fftSamples, got ${melBands}`;
  if (!(melLowHz < melHighHz && melHighHz <= sampleRate / 2)) {
    yield `format.melLowHz must be below melHighHz, and that at most half the sample rate (${sampleRate / 2}), got ${melLowHz} and ${melHighHz}`;
  }
  if (onsetSamples >= frames * hopSamples) {
    yield `format.onsetSamples must lie within the ${frames} frames, got ${onsetSamples}`;
  }
  const clip = frames * frameValues(format);
  if (clip > mostClipValues) yield `format: a clip has ${clip} values; at most ${mostClipValues} are read`;
  if (clip * digitCount * speakers.length > mostKernelValues) {
    yield `the words of ${speakers.length} speakers have ${clip * digitCount * speakers.length} values; at most ${mostKernelValues} are held`;
  }
  if (priorMap && priorMap.couplings * tensorsOfCoupling > tensors.length) {
    yield `priorMap.couplings needs ${tensorsOfCoupling} tensors each, got ${priorMap.couplings} couplings and ${tensors.length} tensors`;
  }
  if (listener && listener.floor >= format.ceiling) yield 'listener.floor must be below format.ceiling';
  if (map?.speakers.some((speaker) => speaker >= speakers.length)) {
    yield `map.speakers must be indices of the ${speakers.length} speakers`;
  }
  const astray = tensors.find(({ shape, channelAxis = 0 }) => channelAxis >= shape.length);
  if (astray) {
    yield `tensors: channelAxis of ${astray.name} must be one of its ${astray.shape.length} axes, got ${astray.channelAxis}`;
  }
  if (files) {
    const missing = tensors.find(({ file }) => !(file in files));
    if (missing) yield `files must tell length and SHA-256 of ${missing.file}`;
  }
}

type Sized = Pick<Manifest, 'format' | 'speakers' | 'priorMap' | 'listener' | 'map' | 'tensors' | 'files'>;

/** Characters of each fault that is told. */
const longestFault = 200;

/**
 * Validates a manifest.
 * @param json the parsed content of manifest.json
 * @param where the place to name in messages (a folder or an address)
 * @throws InputError naming the first few faults
 */
export function parseManifest(json: unknown, where: string): Manifest {
  const result = manifestSchema.safeParse(json);
  if (result.success) return result.data;
  const faults = result.error.issues
    .slice(0, 3)
    .map((issue) => printable(`${issue.path.join('.') || 'manifest'}: ${issue.message}`, longestFault));
  throw new InputError(
    `${where}: manifest.json is not a numvox bundle of format version ${bundleFormatVersion} (${faults.join('; ')}); train or export it again`,
  );
}
