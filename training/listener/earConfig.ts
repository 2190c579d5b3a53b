// Ears: recognisers of digits that differ in front end, network and what they were trained on, so that one can judge another's pupil.
import { z } from 'zod';

const positive = z.number().positive();
const count = z.int().positive();
const share = z.number().min(0).max(1);
const pair = z.tuple([count, count]);

/** What an ear's network follows from. */
export const earShapeSchema = z.strictObject({
  /** The lowest so many bands of the wide format are heard. */
  reach: count.max(96),
  /** So many neighbouring bands are averaged as magnitudes; it divides `reach`. */
  group: count.default(1),
  /** Log magnitudes over a soft floor, or each band's energy against its own running mean (PCEN: Wang et al. 2017). */
  frontEnd: z.enum(['log', 'pcen']).default('log'),
  /** Soft floor, as a mel magnitude. */
  floor: positive.default(1e-3),
  /** Convolutions: [frames, bands] of the kernels and their strides. From `channelsFrom` on the bands are channels. */
  layers: z.array(z.strictObject({ filters: count, kernel: pair, stride: pair })).min(1),
  channelsFrom: z.int().min(0).default(99),
  /** The last maps as they are, or their mean and maximum over time. */
  pooling: z.enum(['flat', 'time']).default('flat'),
  units: count.default(64),
  leak: share.default(0.2),
});

/** How a recogniser is trained. */
export const earScheduleSchema = z.strictObject({
  epochs: count.default(24),
  /** Takes drawn for an epoch: digits evenly, and within a digit recordings and synthetic voices by `syntheticShare`. */
  draws: count.default(3200),
  syntheticShare: share.default(0.4),
  batch: count.default(32),
  /** One-cycle schedule, as in the autoencoder's configuration. */
  learningRate: positive.default(1e-3),
  peakRate: positive.default(3),
  warmUpShare: z.number().min(0).max(0.9).default(0.2),
  dropout: z.number().min(0).max(0.9).default(0.3),
  smoothing: z.number().min(0).max(0.5).default(0.05),
  /** Factor on the changes of `earVariation.ts`; 0 leaves takes as they are. */
  strength: z.number().min(0).max(2).default(1),
  /** Share of the draws that are no digit, where a recogniser has a name for that. */
  noneShare: share.default(0.3),
});

/** Every number that shapes an ear and its training. */
export const earConfigSchema = z.strictObject({
  shape: earShapeSchema,
  /** Which corpora it may hear while it learns, by their ids; takes of others are only measured. */
  corpora: z.array(z.string().min(1)).min(1),
  schedule: earScheduleSchema.default(earScheduleSchema.parse({})),
});

export type EarShape = Readonly<z.infer<typeof earShapeSchema>>;
export type EarSchedule = Readonly<z.infer<typeof earScheduleSchema>>;
export type EarConfig = Readonly<z.infer<typeof earConfigSchema>>;

/** Bands of the wide format that lie below 3.7 kHz, where FSDD's recordings end. */
const narrowReach = 68;

/** The ears that `npm run train:ears` trains: two judges that no loss ever hears with, and two for losses. */
export const ears: Readonly<Record<string, EarConfig>> = {
  /** Judge A: knows FSDD's six speakers. */
  fsdd: earConfigSchema.parse({
    shape: {
      reach: narrowReach,
      group: 2,
      layers: [
        { filters: 24, kernel: [3, 3], stride: [2, 2] },
        { filters: 40, kernel: [3, 3], stride: [2, 2] },
        { filters: 56, kernel: [3, 3], stride: [2, 2] },
      ],
    },
    corpora: ['fsdd'],
    schedule: earScheduleSchema.parse({ epochs: 12, draws: 2700, strength: 0.5 }),
  }),
  /** Judge B, the strangers' ear: never met FSDD. */
  strangers: earConfigSchema.parse({
    shape: {
      reach: 96,
      group: 2,
      frontEnd: 'pcen',
      layers: [
        { filters: 24, kernel: [3, 5], stride: [1, 2] },
        { filters: 32, kernel: [3, 3], stride: [2, 2] },
        { filters: 96, kernel: [3, 1], stride: [1, 1] },
        { filters: 96, kernel: [5, 1], stride: [2, 1] },
      ],
      channelsFrom: 2,
      pooling: 'time',
      units: 64,
    },
    corpora: ['wideband'],
    schedule: earScheduleSchema.parse({ epochs: 20 }),
  }),
  lossNarrow: earConfigSchema.parse({
    shape: {
      reach: 64,
      layers: [
        { filters: 64, kernel: [5, 1], stride: [2, 1] },
        { filters: 96, kernel: [5, 1], stride: [2, 1] },
        { filters: 96, kernel: [3, 1], stride: [1, 1] },
      ],
      channelsFrom: 0,
      floor: 3e-4,
    },
    corpora: ['fsdd', 'wideband'],
    schedule: earScheduleSchema.parse({ epochs: 12 }),
  }),
  lossWide: earConfigSchema.parse({
    shape: {
      reach: 96,
      group: 3,
      floor: 3e-4,
      layers: [
        { filters: 24, kernel: [5, 3], stride: [2, 1] },
        { filters: 40, kernel: [3, 3], stride: [2, 2] },
        { filters: 56, kernel: [3, 3], stride: [1, 2] },
      ],
      pooling: 'time',
    },
    corpora: ['fsdd', 'wideband'],
    schedule: earScheduleSchema.parse({ epochs: 12 }),
  }),
};

/** Those that are in no loss: A knows FSDD's speakers, B strangers alone. */
export const judges = ['fsdd', 'strangers'] as const;

/** Those that losses may hear with. */
export const lossEars = ['lossNarrow', 'lossWide'] as const;
