// A training thread: computes gradients and losses of batch shares over data shared with the coordinator.
import { parentPort, workerData } from 'node:worker_threads';
import { Random } from '../../src/dsp/random.ts';
import { initTrainingBackend } from '../optimise/backend.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import { parameterLayout } from '../optimise/flatParameters.ts';
import { TakeShares } from './takeShares.ts';
import { VaeStep, type FreeWords, type Hearer, type LossSums, type TrainedShape } from './vae.ts';

/**
 * Memory shared by the coordinator and its threads. The coordinator writes `features` and `digits` before the threads
 * start, `parameters` and `statistics` between steps; each thread writes only its own gradient and batch statistics while
 * it owes an answer. Nothing here is ever reallocated.
 */
export interface SharedArrays {
  /** [takes, frames, frameValues] */
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
  readonly shape: TrainedShape;
  readonly shared: SharedArrays;
  /** They hear reconstructions. */
  readonly listeners: readonly Hearer[];
}

export type ToThread =
  | {
      readonly type: 'gradient';
      readonly indices: number[];
      readonly klWeight: number;
      readonly seed: number;
      /** Whether the takes are changed in speed and level. */
      readonly vary: boolean;
      /** Words beside the takes. */
      readonly free?: FreeWords;
    }
  | { readonly type: 'evaluate' | 'statistics'; readonly indices: number[] };

export type FromThread =
  | { readonly type: 'ready'; readonly backend: string }
  | { readonly type: 'done'; readonly sums: LossSums; readonly tensors: number }
  | { readonly type: 'failed'; readonly message: string };

async function main(port: NonNullable<typeof parentPort>): Promise<void> {
  const { index, config, shape, shared, listeners } = workerData as ThreadData;
  const post = (message: FromThread): void => port.postMessage(message);
  const tf = await initTrainingBackend();
  const step = new VaeStep(shape, parameterLayout(shape), config, listeners);
  const takes = new TakeShares(shared, shape.format, config);
  post({ type: 'ready', backend: tf.getBackend() });

  const answer = async (message: ToThread): Promise<LossSums> => {
    switch (message.type) {
      case 'gradient': {
        const random = new Random(message.seed);
        return step.gradient(
          {
            ...takes.gather(message.indices, message.vary ? random : undefined),
            ...(message.free ? { free: message.free } : {}),
          },
          shared.parameters,
          message.klWeight,
          random,
          shared.gradients[index],
          shared.batchStatistics[index],
        );
      }
      case 'statistics':
        return step.statistics(
          takes.gather(message.indices),
          shared.parameters,
          shared.batchStatistics[index],
        );
      case 'evaluate':
        return step.evaluate(takes.gather(message.indices), shared.parameters, shared.statistics);
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
