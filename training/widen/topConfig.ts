// The top network's part of the training configuration.
import { z } from 'zod';

const positive = z.number().positive();
const count = z.int().positive();

/** Every number that shapes the network which infers upper bands, and its training. */
export const topConfigSchema = z.strictObject({
  /** Channels of each layer. */
  units: count.default(160),
  /** Layers before the last one, each over `kernelFrames` frames. */
  layers: count.default(4),
  kernelFrames: count.default(5),
  leak: z.number().min(0).max(1).default(0.2),
  epochs: count.default(12),
  batch: count.default(32),
  /** One-cycle schedule, as in the autoencoder's configuration. */
  learningRate: positive.default(1e-3),
  peakRate: positive.default(2),
  warmUpShare: z.number().min(0).max(0.9).default(0.2),
  /** Largest changes of a take's level and of its tilt from edge to edge, either way, drawn anew for each use. */
  levelDb: z.number().nonnegative().default(6),
  tiltDb: z.number().nonnegative().default(4),
});

export type TopConfig = Readonly<z.infer<typeof topConfigSchema>>;
