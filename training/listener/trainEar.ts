// Training a recogniser on prepared takes that are varied as rooms, lines and other speakers would: ears, and a bundle's listener.
import { Float16Array } from '@petamoriken/float16';
import { SingleBar } from 'cli-progress';
import * as tf from '@tensorflow/tfjs';
import { InputError } from '../../src/contract/errors.ts';
import type { SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import { Random } from '../../src/dsp/random.ts';
import type { AfterConvolution, Weights } from '../../src/model/network.ts';
import { Adam, learningRateAt } from '../optimise/adam.ts';
import { initialise, layoutOf, type ParameterLayout } from '../optimise/flatParameters.ts';
import { bundleTensors } from '../optimise/foldNormalisation.ts';
import { byBatch, copyOut, Variables } from '../optimise/variables.ts';
import type { EarSchedule } from './earConfig.ts';
import { makeNoDigit } from './noDigits.ts';
import { EarVariation } from './earVariation.ts';

/** Batches of takes varied as in training, by which normalisation is measured at the end. */
const statisticsBatches = 24;
/** Weight of every head but the first. */
const headWeight = 0.3;
/** Of what is no digit, how much is made of digits on the spot where there are recordings of other words too. */
const madeShare = 0.5;

/** A network to train, from features to logits. */
export interface Recogniser {
  /** Without tracks. */
  readonly format: SpectrogramFormat;
  /** Shapes of its weights by name; those of convolutions end in `conv0.kernel`, `conv0.bias`, ... */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** The convolution whose maps drop out. */
  readonly lastConvolution: string;
  /** How many labels each head has; the first one's are the ten digits, and an eleventh for what is none where there are eleven. */
  readonly labels: readonly number[];
  /** What of the features [n, frames, melBands] does not depend on weights. */
  input(features: tf.Tensor3D): tf.Tensor3D;
  /** Logits of each head. */
  logits(weights: Weights, input: tf.Tensor3D, after?: AfterConvolution): tf.Tensor2D[];
}

/** A take to learn from. */
export interface EarTake {
  /** [frames, melBands] of the recogniser's format. */
  readonly features: Float32Array;
  readonly validBands: number;
  /** Of each head; -1 is unknown. The first is the digit, 10 where it is none. */
  readonly labels: readonly number[];
  readonly isSynthetic: boolean;
}

/** What `trainRecogniser` needs. */
export interface EarTraining {
  readonly recogniser: Recogniser;
  readonly schedule: EarSchedule;
  readonly takes: readonly EarTake[];
  readonly seed: number;
  readonly say?: (line: string) => void;
  /** Aborting throws its reason after the current step. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a recogniser. The tfjs backend must be ready; the result follows from takes, schedule and seed.
 * @returns values of every tensor, rounded to float16
 * @throws InputError when a digit has no take
 */
export async function trainRecogniser(training: EarTraining): Promise<Map<string, Float32Array>> {
  const { recogniser, schedule, seed, say, signal } = training;
  const { epochs, draws, batch } = schedule;
  const layout = layoutOf(recogniser.shapes, /^(.*\.conv\d+)\.bias$/);
  const parameters = new Float32Array(layout.length);
  const statistics = new Float32Array(layout.statisticsLength);
  initialise(layout, parameters, statistics, new Random(seed));
  const pool = new Pool(training);
  const variables = new Variables(layout.slots);
  const adam = new Adam(layout.length);
  const gradient = new Float32Array(layout.length);
  const steps = Math.ceil(draws / batch);
  const bar = new SingleBar({
    format: 'recogniser [{bar}] {percentage} %, {eta_formatted} left, loss {loss}',
  });
  bar.start(epochs * steps, 0, { loss: '-' });
  try {
    for (let epoch = 0; epoch < epochs; epoch++) {
      const random = new Random(seed * 1_000_003 + epoch);
      let loss = 0;
      for (let s = 0; s < steps; s++) {
        variables.load(parameters);
        loss += await lossGradient(training, layout, variables, pool.draw(batch, random), random, gradient);
        adam.update(parameters, gradient, learningRateAt(epoch * steps + s, epochs * steps, schedule));
        bar.update(epoch * steps + s + 1, { loss: (loss / (s + 1)).toFixed(3) });
        signal?.throwIfAborted();
      }
      say?.(`epoch ${epoch + 1}/${epochs}, loss ${(loss / steps).toFixed(3)}`);
    }
    variables.load(parameters);
    const random = new Random(seed + 7);
    for (let i = 0; i < statisticsBatches; i++) {
      const own = new Map<string, tf.Tensor>();
      const { features } = pool.draw(batch, random);
      tf.tidy(() => {
        recogniser.logits(variables.get, inputOf(recogniser, features), byBatch(variables, own));
      });
      const values = new Float32Array(layout.statisticsLength);
      await copyOut(layout.statistics, Object.fromEntries(own), values);
      for (let k = 0; k < values.length; k++) {
        statistics[k] = (i === 0 ? 0 : statistics[k]) + values[k] / statisticsBatches;
      }
    }
  } finally {
    bar.stop();
    variables.dispose();
  }
  return new Map(
    [...bundleTensors(layout, parameters, statistics)].map(([name, values]) => [
      name,
      Float32Array.from(Float16Array.from(values)),
    ]),
  );
}

interface Batch {
  readonly features: Float32Array;
  /** Of each head. */
  readonly labels: readonly Int16Array[];
}

/** Takes as magnitudes, drawn evenly over the digits and varied, with what is no digit among them where the recogniser names it. */
class Pool {
  readonly #training: EarTraining;
  readonly #variation: EarVariation;
  readonly #magnitudes: readonly Float32Array[];
  /** By digit, recordings and synthetic voices; then other words. */
  readonly #groups: readonly (readonly [number[], number[]])[];
  readonly #digits: readonly number[];

  constructor(training: EarTraining) {
    const { takes, recogniser } = training;
    this.#training = training;
    this.#variation = new EarVariation(recogniser.format);
    this.#magnitudes = takes.map(({ features }) => this.#variation.magnitudes(features));
    this.#groups = Array.from({ length: digitCount + 1 }, (_, d) => {
      const own = [...takes.keys()].filter((i) => takes[i].labels[0] === d);
      if (own.length === 0 && d < digitCount) {
        throw new InputError(`a recogniser needs takes of every digit, there is none of ${d}; add some`);
      }
      return [own.filter((i) => !takes[i].isSynthetic), own.filter((i) => takes[i].isSynthetic)];
    });
    this.#digits = [...takes.keys()].filter((i) => takes[i].labels[0] < digitCount);
  }

  draw(count: number, random: Random): Batch {
    const { recogniser, takes, schedule } = this.#training;
    const { format, labels: heads } = recogniser;
    const size = format.frames * format.melBands;
    const features = new Float32Array(count * size);
    const labels = heads.map(() => new Int16Array(count).fill(-1));
    for (let n = 0; n < count; n++) {
      const into = features.subarray(n * size, (n + 1) * size);
      const isNone = heads[0] > digitCount && random.uniform() < schedule.noneShare;
      const words = this.#groups[digitCount];
      if (isNone && (words[1].length === 0 || random.uniform() < madeShare)) {
        const parts = [0, 1].map(() => this.#digits[random.integer(this.#digits.length)]);
        const made = makeNoDigit(
          parts.map((i) => ({ magnitudes: this.#magnitudes[i], digit: takes[i].labels[0] })),
          format,
          random,
        );
        const valid = Math.min(...parts.map((i) => takes[i].validBands));
        this.#variation.vary(made, valid, this.#other(random), schedule.strength, random, into);
        labels[0][n] = digitCount;
        continue;
      }
      const [recorded, synthetic] = isNone ? words : this.#groups[random.integer(digitCount)];
      const isSynthetic =
        recorded.length === 0 || (synthetic.length > 0 && random.uniform() < schedule.syntheticShare);
      const group = isSynthetic ? synthetic : recorded;
      const i = group[random.integer(group.length)];
      const other = this.#other(random);
      this.#variation.vary(this.#magnitudes[i], takes[i].validBands, other, schedule.strength, random, into);
      heads.forEach((_, h) => (labels[h][n] = takes[i].labels[h]));
    }
    return { features, labels };
  }

  #other(random: Random): Float32Array {
    return this.#magnitudes[random.integer(this.#magnitudes.length)];
  }
}

function inputOf(recogniser: Recogniser, features: Float32Array): tf.Tensor3D {
  const { frames, melBands } = recogniser.format;
  return recogniser.input(tf.tensor3d(features, [features.length / (frames * melBands), frames, melBands]));
}

async function lossGradient(
  { recogniser, schedule: { dropout, smoothing } }: EarTraining,
  layout: ParameterLayout,
  variables: Variables,
  { features, labels }: Batch,
  random: Random,
  gradient: Float32Array,
): Promise<number> {
  const statistics = new Map<string, tf.Tensor>();
  const normalise = byBatch(variables, statistics);
  const input = tf.tidy(() => inputOf(recogniser, features));
  const dropping: AfterConvolution = (layer, maps) => {
    const normal = normalise(layer, maps);
    if (layer !== recogniser.lastConvolution || dropout === 0) return normal;
    // Whole channels: frames that neighbour each other would tell what dropped out.
    const mask = Float32Array.from({ length: normal.shape[0] * normal.shape[3] }, () =>
      random.uniform() < dropout ? 0 : 1 / (1 - dropout),
    );
    return tf.mul(normal, tf.tensor4d(mask, [normal.shape[0], 1, 1, normal.shape[3]]));
  };
  const { value, grads } = tf.variableGrads(() => {
    const losses = recogniser.logits(variables.get, input, dropping).map((logits, h) => {
      const own = labels[h];
      const count = recogniser.labels[h];
      const known = own.reduce((sum, label) => sum + (label >= 0 ? 1 : 0), 0);
      const shifted = tf.sub(logits, tf.max(logits, 1, true));
      const logNormaliser = tf.log(tf.sum(tf.exp(shifted), 1, true));
      const targets = tf.tensor2d(targetsOf(own, count, smoothing), [own.length, count]);
      const crossEntropy = tf.sum(tf.mul(targets, tf.sub(logNormaliser, shifted)));
      return tf.mul<tf.Scalar>(crossEntropy, (h === 0 ? 1 : headWeight) / Math.max(1, known));
    });
    return tf.addN(losses);
  }, variables.all);
  await copyOut(layout.slots, grads, gradient);
  const [loss] = await value.data();
  tf.dispose([input, value, ...statistics.values()]);
  return loss;
}

/** A row for each label: 1 - smoothing on it and the rest spread evenly (Szegedy et al. 2016); zeros for -1. */
function targetsOf(labels: Int16Array, count: number, smoothing: number): Float32Array {
  const targets = new Float32Array(labels.length * count);
  labels.forEach((label, i) => {
    if (label < 0) return;
    targets.fill(smoothing / count, i * count, (i + 1) * count);
    targets[i * count + label] += 1 - smoothing;
  });
  return targets;
}
