// Training the listener: a small network that names what is said, by whom, and what else the corpus tells of its speakers.
import { Float16Array } from '@petamoriken/float16';
import { SingleBar } from 'cli-progress';
import { InputError } from '../../src/contract/errors.ts';
import type { SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { Random } from '../../src/dsp/random.ts';
import { listenerShapes } from '../../src/model/shapes.ts';
import type { ListenerShape, Manifest } from '../../src/model/manifest.ts';
import { openListener, packBands } from '../../src/model/nodeListener.ts';
import { Adam, learningRateAt } from '../optimise/adam.ts';
import { measureListener, type LabelledFeatures } from './confusion.ts';
import { headsOf, labelsOf, type Labels } from '../corpus/labels.ts';
import type { ListenerConfig } from './listenerConfig.ts';
import { throughVocoder, varyTake, type Variation } from './listenerData.ts';
import { ListenerStep, listenerLayout, type ListenerBatch } from './listenerStep.ts';
import { initialise, type ParameterLayout } from '../optimise/flatParameters.ts';
import { shuffled } from '../optimise/shuffled.ts';
import { bundleTensors } from '../optimise/foldNormalisation.ts';

/** What `trainListener` needs. */
export interface ListenerOptions {
  readonly format: SpectrogramFormat;
  readonly train: LabelledFeatures;
  /** Only measured. */
  readonly test: LabelledFeatures;
  readonly config: ListenerConfig;
  readonly seed: number;
  /** Lines of news; the progress bar is drawn only on a terminal. */
  readonly say?: (line: string) => void;
  /** Aborting stops after the current step. */
  readonly signal?: AbortSignal;
}

/** Share of takes that each head names as labelled, by head; a head none of whose labels is known has no figure. */
export type ListenerFigures = NonNullable<Manifest['listener']>['figures'];

/** A trained listener as a bundle holds it. */
export interface TrainedListener {
  readonly shape: ListenerShape;
  /** Values of every tensor that `listenerShapes` names, already rounded to float16. */
  readonly tensors: Map<string, Float32Array>;
  readonly figures: ListenerFigures;
}

/**
 * Trains a listener. The tfjs backend must be ready. The result follows from the takes, the configuration and the seed.
 * @returns null when it was stopped
 * @throws InputError when the configuration does not fit the format
 */
export async function trainListener(options: ListenerOptions): Promise<TrainedListener | null> {
  const { format, config, seed, train, test } = options;
  if (format.melBands % config.bands !== 0) {
    throw new InputError(
      `training configuration: listener.bands must divide melBands; ${config.bands} does not divide ${format.melBands}`,
    );
  }
  const { bands, floor, filters, units, leak } = config;
  const shape: ListenerShape = { bands, floor, filters, units, leak, heads: headsOf(train.takes) };
  const layout = listenerLayout(format, shape);
  const parameters = new Float32Array(layout.length);
  const statistics = new Float32Array(layout.statisticsLength);
  initialise(layout, parameters, statistics, new Random(seed));
  const pool = gatherPool(options, shape);
  const step = new ListenerStep(format, shape, layout, config);
  try {
    if (!(await runEpochs(options, pool, step, layout, parameters))) return null;
    await measureStatistics(options, pool, step, parameters, statistics);
  } finally {
    step.dispose();
  }
  const tensors = new Map(
    [...bundleTensors(layout, parameters, statistics)].map(([name, values]) => [
      name,
      Float32Array.from(Float16Array.from(values)),
    ]),
  );
  const listener = openListener({
    manifest: { name: 'listener', format, listener: shape },
    tensors: new Map(
      [...listenerShapes(format, shape)].map(([name, dims]) => [
        name,
        { shape: dims, values: tensors.get(name) ?? new Float32Array(0) },
      ]),
    ),
  });
  const figures = {
    train: await measureListener(listener, train),
    test: await measureListener(listener, test),
  };
  listener.dispose();
  return { shape, tensors, figures };
}

/** Everything that is learnt from: the training takes, then those of them that went through the vocoder. */
interface Pool {
  /** frames x melBands each */
  readonly features: readonly Float32Array[];
  readonly labels: readonly Labels[];
}

function gatherPool({ format, train, config, seed, say }: ListenerOptions, shape: ListenerShape): Pool {
  const features = train.features.map((one) => packBands([one], format));
  const takes = [...train.takes];
  const random = new Random(seed + 1);
  const modules = loadEngineModules();
  train.takes.forEach((take, i) => {
    if (random.uniform() >= config.vocoderShare) return;
    const playing = format.tracks && random.integer(2) === 1 ? 'harmonic' : 'spectrogram';
    const heard = throughVocoder(train.features[i], format, playing, random.bits(), modules);
    if (!heard) return;
    features.push(heard);
    takes.push(take);
  });
  say?.(
    `listener: ${train.takes.length} takes and ${takes.length - train.takes.length} of them through the vocoder; names ${shape.heads.map(({ name, labels }) => `${name} (${labels.length})`).join(', ')}`,
  );
  return { features, labels: labelsOf(takes, shape.heads) };
}

async function runEpochs(
  { format, config, seed, say, signal }: ListenerOptions,
  pool: Pool,
  step: ListenerStep,
  layout: ParameterLayout,
  parameters: Float32Array,
): Promise<boolean> {
  const adam = new Adam(layout.length);
  const gradient = new Float32Array(layout.length);
  const batchStatistics = new Float32Array(layout.statisticsLength);
  const size = format.frames * format.melBands;
  const steps = Math.ceil(pool.features.length / config.batch);
  const bar = new SingleBar({ format: 'listener [{bar}] {percentage} %, {eta_formatted} left, loss {loss}' });
  bar.start(config.epochs * steps, 0, { loss: '-' });
  try {
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      const random = new Random(seed * 1_000_003 + epoch);
      const variation = variationAt(epoch, config);
      const order = shuffled([...pool.features.keys()], random);
      let loss = 0;
      for (let s = 0; s < steps; s++) {
        const indices = order.slice(s * config.batch, (s + 1) * config.batch);
        const batch = batchOf(pool, indices, size, (take, into) =>
          varyTake(take, into, format, variation, random),
        );
        loss += await step.gradient(batch, parameters, random, gradient, batchStatistics);
        adam.update(parameters, gradient, learningRateAt(epoch * steps + s, config.epochs * steps, config));
        bar.update(epoch * steps + s + 1, { loss: (loss / (s + 1)).toFixed(3) });
        if (signal?.aborted) return false;
      }
      say?.(`listener: epoch ${epoch + 1}/${config.epochs}, loss ${(loss / steps).toFixed(3)}`);
    }
    return true;
  } finally {
    bar.stop();
  }
}

/** How takes are varied in an epoch: the last ones are nearer to what will be asked. */
function variationAt(epoch: number, config: ListenerConfig): Variation {
  const strength = epoch < (1 - config.calmShare) * config.epochs ? 1 : config.calmStrength;
  return {
    stretch: strength * config.stretch,
    shiftFrames: strength * config.shiftFrames,
    bandShift: strength * config.bandShift,
    levelDb: strength * config.levelDb,
    tiltDb: strength * config.tiltDb,
    blurShare: config.blurShare,
    eraseShare: strength * config.eraseShare,
  };
}

/**
 * Measures the statistics of batch normalisation anew over the training takes as they are, with the final parameters
 * (Wu & Johnson 2021, "precise batch normalisation").
 */
async function measureStatistics(
  { format, train, config }: ListenerOptions,
  pool: Pool,
  step: ListenerStep,
  parameters: Float32Array,
  statistics: Float32Array,
): Promise<void> {
  const takes = train.takes.length;
  const batchStatistics = new Float32Array(statistics.length);
  const size = format.frames * format.melBands;
  statistics.fill(0);
  for (let start = 0; start < takes; start += config.batch) {
    const indices = [...pool.features.keys()].slice(start, Math.min(takes, start + config.batch));
    const batch = batchOf(pool, indices, size, (take, into) => into.set(take));
    await step.statistics(batch, parameters, batchStatistics);
    for (let i = 0; i < statistics.length; i++) {
      statistics[i] += (batchStatistics[i] * indices.length) / takes;
    }
  }
}

function batchOf(
  pool: Pool,
  indices: readonly number[],
  size: number,
  put: (take: Float32Array, into: Float32Array) => void,
): ListenerBatch {
  const features = new Float32Array(indices.length * size);
  indices.forEach((index, i) => put(pool.features[index], features.subarray(i * size, (i + 1) * size)));
  return { features, labels: pool.labels.map((labels) => Int16Array.from(indices, (i) => labels[i])) };
}
