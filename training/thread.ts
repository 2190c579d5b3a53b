// A training thread: computes gradients and losses of batch shares over data shared with the coordinator.
import { parentPort, workerData } from 'node:worker_threads';
import { Random } from '../src/dsp/random.ts';
import type { NetworkShape } from '../src/model/network.ts';
import { initTrainingBackend } from './backend.ts';
import type { TrainingConfig } from './config.ts';
import { parameterLayout } from './parameters.ts';
import { VaeStep, type LossSums, type Share } from './vae.ts';

/**
 * Memory shared by the coordinator and its threads. The coordinator writes `features` and `digits` before the threads
 * start, `parameters` and `statistics` between steps; each thread writes only its own gradient and batch statistics while
 * it owes an answer. Nothing here is ever reallocated.
 */
export interface SharedArrays {
  /** [takes, frames, bands] */
  readonly features: Float32Array;
  readonly digits: Uint8Array;
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
  readonly gradients: readonly Float32Array[];
  readonly batchStatistics: readonly Float32Array[];
}

export interface ThreadData {
  readonly index: number;
  readonly config: TrainingConfig;
  readonly shape: NetworkShape;
  readonly shared: SharedArrays;
}

export type ToThread =
  | {
      readonly type: 'gradient';
      readonly indices: number[];
      readonly klWeight: number;
      readonly seed: number;
    }
  | { readonly type: 'evaluate'; readonly indices: number[] };

export type FromThread =
  | { readonly type: 'ready'; readonly backend: string }
  | { readonly type: 'done'; readonly sums: LossSums; readonly tensors: number }
  | { readonly type: 'failed'; readonly message: string };

/** Copies takes out of the shared set; with `random`, each shifted in time and level by a random amount. */
export function gatherShare(
  indices: readonly number[],
  shared: Pick<SharedArrays, 'features' | 'digits'>,
  shape: NetworkShape,
  config: Pick<TrainingConfig, 'shiftFrames' | 'levelOffset'>,
  random?: Random,
): Share {
  const { melBands } = shape.format;
  const size = shape.format.frames * melBands;
  const features = new Float32Array(indices.length * size);
  const digits = Uint8Array.from(indices, (index) => shared.digits[index]);
  indices.forEach((index, i) => {
    const shift = random ? (random.integer(2 * config.shiftFrames + 1) - config.shiftFrames) * melBands : 0;
    const level = random ? random.uniform(-config.levelOffset, config.levelOffset) : 0;
    for (let k = Math.max(0, shift); k < Math.min(size, size + shift); k++) {
      const value = shared.features[index * size + k - shift];
      features[i * size + k] = value > 0 ? Math.min(1, Math.max(0, value + level)) : 0;
    }
  });
  return { features, digits };
}

async function main(port: NonNullable<typeof parentPort>): Promise<void> {
  const { index, config, shape, shared } = workerData as ThreadData;
  const post = (message: FromThread): void => port.postMessage(message);
  const tf = await initTrainingBackend();
  const step = new VaeStep(shape, parameterLayout(shape), config);
  post({ type: 'ready', backend: tf.getBackend() });

  const answer = async (message: ToThread): Promise<LossSums> => {
    switch (message.type) {
      case 'gradient': {
        const random = new Random(message.seed);
        return step.gradient(
          gatherShare(message.indices, shared, shape, config, random),
          shared.parameters,
          message.klWeight,
          random,
          shared.gradients[index],
          shared.batchStatistics[index],
        );
      }
      case 'evaluate':
        return step.evaluate(
          gatherShare(message.indices, shared, shape, config),
          shared.parameters,
          shared.statistics,
        );
    }
  };
  port.on('message', (message: ToThread) => {
    answer(message).then(
      (sums) => post({ type: 'done', sums, tensors: tf.memory().numTensors }),
      (error: unknown) =>
        post({
          type: 'failed',
          message: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
    );
  });
}

if (parentPort) await main(parentPort);
