// A training thread: computes gradients and losses of batch shares over data shared with the coordinator.
import { parentPort, workerData } from 'node:worker_threads';
import { Random } from '../../src/dsp/random.ts';
import { frameValues, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { initTrainingBackend } from '../optimise/backend.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import { parameterLayout } from '../optimise/flatParameters.ts';
import { VaeStep, type FrozenListener, type LossSums, type Share, type TrainedShape } from './vae.ts';

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
  readonly listener?: FrozenListener;
}

export type ToThread =
  | {
      readonly type: 'gradient';
      readonly indices: number[];
      readonly klWeight: number;
      readonly seed: number;
      /** Whether the takes are changed in speed and level. */
      readonly vary: boolean;
    }
  | { readonly type: 'evaluate' | 'statistics'; readonly indices: number[] };

export type FromThread =
  | { readonly type: 'ready'; readonly backend: string }
  | { readonly type: 'done'; readonly sums: LossSums; readonly tensors: number }
  | { readonly type: 'failed'; readonly message: string };

/** Copies takes out of the shared set; with `random`, each changed in speed and level by a random amount. */
export function gatherShare(
  indices: readonly number[],
  shared: Pick<SharedArrays, 'features' | 'digits'>,
  shape: {
    readonly format: Pick<
      SpectrogramFormat,
      'frames' | 'melBands' | 'tracks' | 'hopSamples' | 'onsetSamples'
    >;
  },
  config: Pick<TrainingConfig, 'stretch' | 'levelOffset'>,
  random?: Random,
): Share {
  const { frames, melBands, hopSamples, onsetSamples } = shape.format;
  const values = frameValues(shape.format);
  const size = frames * values;
  const onset = onsetSamples / hopSamples;
  const features = new Float32Array(indices.length * size);
  const digits = Uint8Array.from(indices, (index) => shared.digits[index]);
  indices.forEach((index, i) => {
    const take = shared.features.subarray(index * size, (index + 1) * size);
    if (!random) {
      features.set(take, i * size);
      return;
    }
    const speed = 1 + random.uniform(-config.stretch, config.stretch);
    const level = random.uniform(-config.levelOffset, config.levelOffset);
    for (let frame = 0; frame < frames; frame++) {
      const source = onset + (frame - onset) * speed;
      const before = Math.floor(source);
      const share = source - before;
      const at = i * size + frame * values;
      for (let band = 0; band < melBands; band++) {
        const left = before >= 0 && before < frames ? take[before * values + band] : 0;
        const right = before + 1 >= 0 && before + 1 < frames ? take[(before + 1) * values + band] : 0;
        const value = (1 - share) * left + share * right;
        const moved = value > 0 ? Math.min(1, Math.max(0, value + level * Math.min(1, 10 * value))) : 0;
        features[at + band] = moved;
      }
      // Pitch goes on past the ends of a clip; speed and level change neither pitch nor voicing.
      const left = Math.min(frames - 1, Math.max(0, before)) * values;
      const right = Math.min(frames - 1, Math.max(0, before + 1)) * values;
      for (let channel = melBands; channel < values; channel++) {
        features[at + channel] = (1 - share) * take[left + channel] + share * take[right + channel];
      }
    }
  });
  return { features, digits };
}

async function main(port: NonNullable<typeof parentPort>): Promise<void> {
  const { index, config, shape, shared, listener } = workerData as ThreadData;
  const post = (message: FromThread): void => port.postMessage(message);
  const tf = await initTrainingBackend();
  const step = new VaeStep(shape, parameterLayout(shape), config, listener);
  post({ type: 'ready', backend: tf.getBackend() });

  const answer = async (message: ToThread): Promise<LossSums> => {
    switch (message.type) {
      case 'gradient': {
        const random = new Random(message.seed);
        return step.gradient(
          gatherShare(message.indices, shared, shape, config, message.vary ? random : undefined),
          shared.parameters,
          message.klWeight,
          random,
          shared.gradients[index],
          shared.batchStatistics[index],
        );
      }
      case 'statistics':
        return step.statistics(
          gatherShare(message.indices, shared, shape, config),
          shared.parameters,
          shared.batchStatistics[index],
        );
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
