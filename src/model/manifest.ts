// The bundle manifest: one schema that validates every bundle on load, and the types that follow from it.
import { z } from 'zod';
import { InputError } from '../contract/errors.ts';
import type { SpectrogramFormat } from '../contract/spectrogram.ts';

/** Version of the bundle layout that this code reads and writes. */
export const bundleFormatVersion = 1;
/** Digits 0-9: the instrument's vocabulary. */
export const digitCount = 10;

const count = z.int().positive();
const vector = z.array(z.number());

const formatSchema = z.strictObject({
  sampleRate: z.number().min(4000).max(96000),
  fftSamples: count,
  hopSamples: count,
  melBands: count,
  melLowHz: z.number().nonnegative(),
  melHighHz: z.number().positive(),
  frames: count,
  onsetSamples: z.int().nonnegative(),
  floor: z.number().positive(),
  ceiling: z.number().positive(),
}) satisfies z.ZodType<SpectrogramFormat>;

const architectureSchema = z.strictObject({
  /** Output channels of the encoder's 3x3 stride-2 convolutions. */
  encoderFilters: z.array(count).min(1),
  /** Channels of the decoder's smallest map, then of each 4x4 stride-2 transposed convolution. */
  decoderFilters: z.array(count).min(2),
  /** Negative slope of the leaky rectifiers. */
  leak: z.number().min(0).max(1),
});

/** Held-out and training figures of the shipped weights, as `training/evaluate.ts` measures them. */
const figuresSchema = z.strictObject({
  takes: z.int().nonnegative(),
  /** Squared error as a share of what predicting the mean training spectrogram costs. */
  errorShare: z.number().nonnegative(),
  /** Mean squared error on features in [0, 1]. */
  meanSquaredError: z.number().nonnegative(),
  /** Kullback-Leibler divergence of the posterior from N(0, I), per take. */
  klNats: z.number().nonnegative(),
  /** Share of takes whose digit the encoder names. */
  digitAccuracy: z.number().min(0).max(1),
});

/** One tensor of the weight files: float16, little endian, row major. */
const tensorSchema = z.strictObject({
  name: z.string().min(1),
  shape: z.array(count),
  file: z.string().regex(/^[a-z0-9-]+\.bin$/, 'a plain .bin file name'),
  byteOffset: z.int().nonnegative(),
});

const manifestSchema = z
  .strictObject({
    formatVersion: z.literal(bundleFormatVersion),
    name: z.string().min(1),
    corpus: z.strictObject({
      name: z.string().min(1),
      licence: z.string().min(1),
      attribution: z.string().min(1),
      url: z.string(),
    }),
    format: formatSchema,
    latent: z.strictObject({ styleDimensions: count, digitDimensions: count }),
    architecture: architectureSchema,
    /** Points of the digit embedding: [10][digitDimensions]. */
    digitAnchors: z.array(vector).length(digitCount),
    /** Mean style of each speaker's training takes, digit by digit: styles is [10][styleDimensions]. */
    speakers: z
      .array(z.strictObject({ name: z.string().min(1), styles: z.array(vector).length(digitCount) }))
      .min(1),
    /** Style directions for the knobs; a knob at 1 moves by the whole vector. */
    directions: z.array(z.strictObject({ name: z.string().min(1), vector })).min(2),
    tensors: z.array(tensorSchema).min(1),
    training: z.record(z.string(), z.unknown()),
    figures: z.strictObject({ train: figuresSchema, test: figuresSchema }),
  })
  .superRefine((manifest, context) => {
    const { styleDimensions, digitDimensions } = manifest.latent;
    const check = (what: string, length: number, wanted: number) => {
      if (length !== wanted) {
        context.addIssue({ code: 'custom', message: `${what} has ${length} numbers, expected ${wanted}` });
      }
    };
    manifest.digitAnchors.forEach((anchor, d) => check(`digitAnchors[${d}]`, anchor.length, digitDimensions));
    for (const speaker of manifest.speakers) {
      speaker.styles.forEach((style, d) =>
        check(`style of ${speaker.name}, digit ${d}`, style.length, styleDimensions),
      );
    }
    for (const direction of manifest.directions) {
      check(`direction ${direction.name}`, direction.vector.length, styleDimensions);
    }
    const shrink = 2 ** (manifest.architecture.decoderFilters.length - 1);
    if (manifest.format.frames % shrink !== 0 || manifest.format.melBands % shrink !== 0) {
      context.addIssue({ code: 'custom', message: `frames and melBands must be multiples of ${shrink}` });
    }
    if (manifest.format.floor >= manifest.format.ceiling) {
      context.addIssue({ code: 'custom', message: 'format.floor must be below format.ceiling' });
    }
  });

export type Manifest = z.infer<typeof manifestSchema>;
export type Architecture = z.infer<typeof architectureSchema>;
export type Figures = z.infer<typeof figuresSchema>;
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
