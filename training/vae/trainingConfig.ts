// The training configuration: one frozen record, stored with the weights, that a run follows from.
import { z } from 'zod';
import { InputError } from '../../src/contract/errors.ts';
import { defaultFormat, wideFormat } from '../../src/contract/spectrogram.ts';
import { lossEars } from '../listener/earConfig.ts';
import { listenerConfigSchema } from '../listener/listenerConfig.ts';
import { topConfigSchema } from '../widen/topConfig.ts';
import { priorMapConfigSchema } from '../latent/fitPriorMap.ts';

const positive = z.number().positive();
const count = z.int().positive();

/** A record inside the configuration whose fields all have defaults. */
const nested = <T extends z.ZodType>(schema: T) => schema.prefault({} as never);

/** Every number that shapes a run; `parseConfig` fills in the defaults. */
const configSchema = z.strictObject({
  seed: z.int().nonnegative().default(1),
  epochs: count.default(60),
  batch: count.default(32),
  /** Adam's learning rate; the schedule multiplies it. */
  learningRate: positive.default(1e-3),
  /** Highest multiple of the learning rate, reached after `warmUpShare` of all steps (one-cycle, Smith 2018). */
  peakRate: positive.default(2),
  warmUpShare: z.number().min(0).max(0.9).default(0.2),
  /** Variance of the decoder's Gaussian: the squared error counts 1 / (2 x variance). */
  reconstructionVariance: positive.default(0.0035),
  /** Final weight of the KL term, reached linearly over `klWarmUpEpochs`. */
  klWeight: z.number().nonnegative().default(1),
  klWarmUpEpochs: z.number().nonnegative().default(8),
  /** Weight of the digit head's cross entropy. */
  digitWeight: z.number().nonnegative().default(10),
  /** Variances of the predicted tracks, in their own units of [0, 1]. */
  f0Variance: positive.default(1.5e-4),
  voicingVariance: positive.default(0.015),
  /** Weight of the listener's cross entropy of the digit in a reconstruction. */
  misheardWeight: z.number().nonnegative().default(40),
  /** Weight of the listener's halved squared distance between the activations of a take and its reconstruction. */
  mismatchWeight: z.number().nonnegative().default(3),
  /** Weight of the listener's cross entropy of words decoded between the styles of two takes of a digit. */
  mixWeight: z.number().nonnegative().default(20),
  /** How many such words are decoded for each take of a batch. */
  mixShare: z.number().min(0).max(0.5).default(0.25),
  /** Weight of the same of styles of takes decoded with another digit, and how many for each take: what their speakers never said. */
  swapWeight: z.number().nonnegative().default(0),
  swapShare: z.number().min(0).max(1).default(0.25),
  /**
   * Epochs after the others in which the decoder alone learns, and is held to words of free styles too: draws of the prior that was fitted, and
   * places between voices.
   */
  polishEpochs: z.int().nonnegative().default(0),
  /** Base rate of these epochs, which falls along a cosine. */
  polishRate: positive.default(3e-4),
  /** How many free words are decoded for each take of a batch, and the weight of the listeners' cross entropy of them. */
  freeShare: z.number().min(0).max(2).default(0.5),
  freeWeight: z.number().nonnegative().default(20),
  /** Names of the speakers who are voices of the bundle; empty for those that the next two choose. */
  voices: z.array(z.string().min(1)).default([]),
  /** Who says every digit is a voice of the bundle, and who has so many training takes of so many digits; others teach it. */
  voiceTakes: count.default(12),
  voiceDigits: count.max(10).default(4),
  /** Largest gradient norm of a step; a larger gradient is scaled down to it. */
  gradientNorm: positive.default(1000),
  /** Largest change of speed of a training clip about its onset, either way, drawn anew for each use. */
  stretch: z.number().min(0).max(0.5).default(0.08),
  /** Share of the epochs, at the end, that use the takes as they are: the last steps fit what will be asked. */
  plainShare: z.number().min(0).max(1).default(0.52),
  /** Largest change of level of a training clip, as a feature offset, either way. */
  levelOffset: z.number().nonnegative().default(0.02),
  /** Largest change of the length of the vocal tract with its pitch, either way: all frequencies times up to 1 + this. */
  tractChange: z.number().min(0).max(0.5).default(0),
  /** Share of the uses in which the encoder sees a take as a recording of `narrowHz` has it, while the decoder owes all of it. */
  narrowShare: z.number().min(0).max(1).default(0),
  narrowHz: positive.default(3700),
  /** What more the squared error of a frame counts as far as it sounds and is unvoiced, where blur is heard first. */
  unvoicedWeight: z.number().nonnegative().default(0),
  /** Training stops when the validation loss has not fallen for this many epochs. */
  patience: count.default(15),
  /** One of this many training takes of each digit and speaker is kept for validation. */
  validationShare: count.default(25),
  styleDimensions: count.default(40),
  digitDimensions: count.default(8),
  encoderFilters: z.array(count).min(1).default([32, 64, 128, 144]),
  decoderFilters: z.array(count).min(2).default([192, 128, 64, 40, 20]),
  leak: z.number().min(0).max(1).default(0.2),
  /** Whether the decoder predicts pitch and voicing too, and from how many hidden units. */
  tracks: z.boolean().default(true),
  trackUnits: count.default(80),
  /** Model rate: 8,000, or 16,000 Hz for voices up to 7.9 kHz. */
  sampleRate: z
    .union([z.literal(defaultFormat.sampleRate), z.literal(wideFormat.sampleRate)])
    .default(defaultFormat.sampleRate),
  /** 80 at 8,000 Hz and 96 at 16,000 Hz unless said otherwise. */
  melBands: count.default(defaultFormat.melBands),
  frames: count.default(defaultFormat.frames),
  /** Of the kernels in the bundle: 8 bits with a scale for each channel, or float16. */
  weightBits: z.union([z.literal(8), z.literal(16)]).default(8),
  threads: count.default(2),
  listener: nested(listenerConfigSchema),
  /** More listeners in the loss, each with what differs from the first. */
  ears: z.array(listenerConfigSchema.partial()).default([]),
  /** Ears in the loss, by their names in `ears` (`training/listener/earConfig.ts`); of wide models alone. */
  lossEars: z.array(z.enum(lossEars)).default([]),
  lossEarEpochs: count.default(12),
  top: nested(topConfigSchema),
  priorMap: nested(priorMapConfigSchema),
});

export type TrainingConfig = Readonly<z.infer<typeof configSchema>>;

/**
 * Fills in defaults and checks a configuration.
 * @throws InputError naming the fields that are wrong
 */
export function parseConfig(json: unknown): TrainingConfig {
  const result = configSchema.superRefine(checkSizes).safeParse(withWideDefaults(json));
  if (result.success) return Object.freeze(result.data);
  const faults = result.error.issues
    .slice(0, 4)
    .map((issue) => `${issue.path.join('.') || 'config'}: ${issue.message}`);
  throw new InputError(`training configuration: ${faults.join('; ')}`);
}

/** What a wide model's configuration leaves open is of its format: a listener's bands divide the model's. */
function withWideDefaults(json: unknown): unknown {
  if (typeof json !== 'object' || json === null || !('sampleRate' in json)) return json;
  if (json.sampleRate !== wideFormat.sampleRate) return json;
  const { melBands } = wideFormat;
  const given = 'listener' in json && typeof json.listener === 'object' ? json.listener : {};
  return { melBands, ...json, listener: { bands: melBands / 2, ...given } };
}

/** The decoder doubles its map at every layer: frames and bands must be that often even. */
function checkSizes(config: z.infer<typeof configSchema>, context: z.RefinementCtx): void {
  const multiple = 2 ** (config.decoderFilters.length - 1);
  for (const field of ['frames', 'melBands'] as const) {
    if (config[field] % multiple === 0) continue;
    context.addIssue({
      code: 'custom',
      path: [field],
      message: `must be a multiple of ${multiple} with ${config.decoderFilters.length} decoderFilters, got ${config[field]}`,
    });
  }
  const isWide = (['sampleRate', 'frames', 'melBands'] as const).every(
    (field) => config[field] === wideFormat[field],
  );
  if (config.lossEars.length > 0 && !isWide) {
    context.addIssue({
      code: 'custom',
      path: ['lossEars'],
      message: `ears hear the wide format alone: sampleRate ${wideFormat.sampleRate}, frames ${wideFormat.frames}, melBands ${wideFormat.melBands}`,
    });
  }
}
