// The bundle manifest: one schema that validates every bundle on load, and the types that follow from it.
import { digitCount } from '../contract/vocabulary.ts';
import { InputError } from '../contract/errors.ts';
import { faultOfTracks, type SpectrogramFormat, type TrackChannel } from '../contract/spectrogram.ts';
import { z } from '../schema.ts';

/** Version of the bundle layout that this code writes; it reads version 1 too, which lacks what is optional below. */
export const bundleFormatVersion = 2;

const count = z.int().check(z.positive());
const positive = z.number().check(z.positive());
const nonnegative = z.number().check(z.nonnegative());
const wholeFromZero = z.int().check(z.nonnegative());
const unitInterval = z.number().check(z.minimum(0), z.maximum(1));
const text = z.string().check(z.minLength(1));
const vector = z.array(z.number());

const formatSchema = z.strictObject({
  sampleRate: z.number().check(z.minimum(4000), z.maximum(96000)),
  fftSamples: count,
  hopSamples: count,
  melBands: count,
  melLowHz: nonnegative,
  melHighHz: positive,
  frames: count,
  onsetSamples: wholeFromZero,
  floor: positive,
  ceiling: positive,
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
  scaleBound: positive,
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

/** One tensor of the weight files: float16, little endian, row major. */
const tensorSchema = z.strictObject({
  name: text,
  shape: z.array(count),
  file: z.string().check(z.regex(/^[a-z0-9-]+\.bin$/, 'a plain .bin file name')),
  byteOffset: wholeFromZero,
});

const manifestSchema = z
  .strictObject({
    formatVersion: z.union([z.literal(1), z.literal(bundleFormatVersion)]),
    name: text,
    corpus: z.strictObject({
      name: text,
      licence: text,
      attribution: text,
      url: z.string(),
    }),
    format: formatSchema,
    latent: z.strictObject({ styleDimensions: count, digitDimensions: count }),
    architecture: architectureSchema,
    /** Points of the digit embedding: [10][digitDimensions]. */
    digitAnchors: z.array(vector).check(z.length(digitCount)),
    /** Mean style of each speaker's training takes, digit by digit: styles is [10][styleDimensions]. */
    speakers: z
      .array(z.strictObject({ name: text, styles: z.array(vector).check(z.length(digitCount)) }))
      .check(z.minLength(1)),
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
    /** Labels of the corpus points of the 2-D map: digit, and index of the speaker. */
    map: z.optional(
      z.strictObject({
        digits: z.array(z.int().check(z.minimum(0), z.maximum(9))).check(z.minLength(1)),
        speakers: z.array(wholeFromZero).check(z.minLength(1)),
      }),
    ),
    tensors: z.array(tensorSchema).check(z.minLength(1)),
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
      const fault = manifest.format.tracks && faultOfTracks(manifest.format.tracks);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: `format.${fault}` });
      const shrink = 2 ** (manifest.architecture.decoderFilters.length - 1);
      if (manifest.format.frames % shrink !== 0 || manifest.format.melBands % shrink !== 0) {
        context.addIssue({ code: 'custom', message: `frames and melBands must be multiples of ${shrink}` });
      }
      if (manifest.format.floor >= manifest.format.ceiling) {
        context.addIssue({ code: 'custom', message: 'format.floor must be below format.ceiling' });
      }
    }),
  );

export type Manifest = z.infer<typeof manifestSchema>;
export type Architecture = z.infer<typeof architectureSchema>;
export type Figures = z.infer<typeof figuresSchema>;
export type PriorMapShape = z.infer<typeof priorMapSchema>;
/** The listener's part of the manifest without its figures: what its network follows from. */
export type ListenerShape = Omit<z.infer<typeof listenerSchema>, 'figures'>;
export type TensorEntry = z.infer<typeof tensorSchema>;

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
    .map((issue) => `${issue.path.join('.') || 'manifest'}: ${issue.message}`);
  throw new InputError(
    `${where}: manifest.json is not a numvox bundle of format version ${bundleFormatVersion} (${faults.join('; ')}); train or export it again`,
  );
}
