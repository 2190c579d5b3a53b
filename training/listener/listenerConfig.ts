// The listener's part of the training configuration.
import { z } from 'zod';

const positive = z.number().positive();
const count = z.int().positive();
const share = z.number().min(0).max(1);

/** Every number that shapes a listener and its training. */
export const listenerConfigSchema = z.strictObject({
  /** Bands of its input: a divisor of the format's melBands. */
  bands: count.default(40),
  /** Its soft floor, as a mel magnitude. */
  floor: positive.default(1e-3),
  filters: z.array(count).min(1).default([24, 48, 64]),
  units: count.default(56),
  leak: share.default(0.2),
  epochs: count.default(16),
  batch: count.default(32),
  /** One-cycle schedule, as in the autoencoder's configuration. */
  learningRate: positive.default(1e-3),
  peakRate: positive.default(3),
  warmUpShare: z.number().min(0).max(0.9).default(0.2),
  /** Share of the dense layer's inputs that drop out of each step. */
  dropout: z.number().min(0).max(0.9).default(0.4),
  /** Share of each target that is spread over all labels. */
  smoothing: z.number().min(0).max(0.5).default(0.01),
  /** Weight of each other head's cross entropy beside the digit's. */
  headWeight: z.number().nonnegative().default(0.5),
  /** Largest changes of a take, either way, drawn anew for each use: speed, onset, mel bands, level, tilt from edge to edge. */
  stretch: z.number().min(0).max(0.5).default(0.18),
  shiftFrames: z.number().nonnegative().default(3),
  bandShift: z.number().nonnegative().default(1.5),
  levelDb: z.number().nonnegative().default(4),
  tiltDb: z.number().nonnegative().default(4),
  /** Shares of the uses in which a take is blurred, or has a rectangle erased. */
  blurShare: share.default(0.4),
  eraseShare: share.default(0.4),
  /** Share of the epochs, at the end, in which all these changes but the blur shrink to `calmStrength` of what they were. */
  calmShare: share.default(0.3),
  calmStrength: share.default(0.3),
  /** Share of the training takes that are also learnt as they sound through the vocoder. */
  vocoderShare: share.default(0.25),
});

export type ListenerConfig = Readonly<z.infer<typeof listenerConfigSchema>>;
