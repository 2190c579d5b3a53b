// The variational autoencoder's loss and gradient on one share of a batch, in tfjs operations.
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../src/dsp/random.ts';
import { digitCount } from '../src/model/manifest.ts';
import {
  decode,
  decoderKernel,
  encode,
  type AfterConvolution,
  type NetworkShape,
} from '../src/model/network.ts';
import type { TrainingConfig } from './config.ts';
import { viewOf, type ParameterLayout, type ParameterSlot } from './parameters.ts';

/** Added to the variances of batch normalisation. */
export const normEpsilon = 1e-3;

/** Sums over the takes of a batch share; divide by the number of takes for means. */
export interface LossSums {
  /** Squared error of the features. */
  squaredError: number;
  /** KL divergence of the posterior from N(0, I), nats. */
  kl: number;
  /** Cross entropy of the digit head, nats. */
  crossEntropy: number;
  /** Takes whose digit the head names. */
  correct: number;
  takes: number;
}

/** One share of a batch. */
export interface Share {
  /** [n, frames, bands] */
  readonly features: Float32Array;
  /** n digits */
  readonly digits: Uint8Array;
}

/** The loss that training minimises, of sums over takes, per take. */
export function objective(sums: LossSums, config: TrainingConfig, klWeight: number): number {
  const { squaredError, kl, crossEntropy, takes } = sums;
  return (
    (squaredError / (2 * config.reconstructionVariance) + klWeight * kl + config.digitWeight * crossEntropy) /
    takes
  );
}

/** Computes losses and gradients with parameters kept outside tfjs in flat vectors. */
export class VaeStep {
  readonly #shape: NetworkShape;
  readonly #layout: ParameterLayout;
  readonly #config: TrainingConfig;
  readonly #variables: Map<string, tf.Variable>;

  constructor(shape: NetworkShape, layout: ParameterLayout, config: TrainingConfig) {
    this.#shape = shape;
    this.#layout = layout;
    this.#config = config;
    this.#variables = new Map(
      layout.slots.map(({ name, shape }) => [name, tf.variable(tf.zeros([...shape]), true, name)]),
    );
  }

  /**
   * Writes the gradient of the share's mean objective into `gradient` and the batch statistics of
   * normalisation into `batchStatistics`, and returns the loss sums.
   */
  async gradient(
    share: Share,
    parameters: Float32Array,
    klWeight: number,
    random: Random,
    gradient: Float32Array,
    batchStatistics: Float32Array,
  ): Promise<LossSums> {
    this.#load(parameters);
    const { styleDimensions } = this.#shape.latent;
    const n = share.digits.length;
    const noise = Float32Array.from({ length: n * styleDimensions }, () => random.normal());
    const kept: tf.Tensor[] = [];
    const statistics = new Map<string, tf.Tensor>();
    const { value, grads } = tf.variableGrads(() => {
      const normalise = this.#byBatch(statistics);
      const losses = this.#losses(share, normalise, tf.tensor2d(noise, [n, styleDimensions]));
      for (const loss of [losses.squaredError, losses.kl, losses.crossEntropy, losses.correct]) {
        kept.push(tf.keep(loss.clone()));
      }
      const { reconstructionVariance, digitWeight } = this.#config;
      const sum = tf.addN([
        tf.mul(losses.squaredError, 1 / (2 * reconstructionVariance)),
        tf.mul(losses.kl, klWeight),
        tf.mul(losses.crossEntropy, digitWeight),
      ]);
      return tf.div(sum, n);
    }, [...this.#variables.values()]);
    value.dispose();
    await copyOut(this.#layout.slots, grads, gradient);
    await copyOut(this.#layout.statistics, Object.fromEntries(statistics), batchStatistics);
    return sumsOf(kept, n);
  }

  /** Loss sums of a share as the trained network sees it: running statistics, the posterior mean, the true digit. */
  async evaluate(share: Share, parameters: Float32Array, statistics: Float32Array): Promise<LossSums> {
    this.#load(parameters);
    const outputs = tf.tidy(() => {
      const running = (layer: string, what: string) =>
        tf.tensor1d(viewOf(this.#layout.statistics, statistics, `${layer}.${what}`).slice());
      const losses = this.#losses(share, (layer, maps) =>
        this.#normalised(layer, maps, running(layer, 'mean'), running(layer, 'variance')),
      );
      return [losses.squaredError, losses.kl, losses.crossEntropy, losses.correct];
    });
    return sumsOf(outputs, share.digits.length);
  }

  /**
   * Writes the statistics that the share has, as a batch, in every normalised layer, the posterior mean in place of a draw,
   * and returns its loss sums.
   */
  async statistics(share: Share, parameters: Float32Array, batchStatistics: Float32Array): Promise<LossSums> {
    this.#load(parameters);
    const statistics = new Map<string, tf.Tensor>();
    const outputs = tf.tidy(() => {
      const losses = this.#losses(share, this.#byBatch(statistics));
      return [losses.squaredError, losses.kl, losses.crossEntropy, losses.correct];
    });
    await copyOut(this.#layout.statistics, Object.fromEntries(statistics), batchStatistics);
    return sumsOf(outputs, share.digits.length);
  }

  dispose(): void {
    for (const variable of this.#variables.values()) variable.dispose();
  }

  #load(parameters: Float32Array): void {
    for (const { name, shape, offset, length } of this.#layout.slots) {
      const values = tf.tensor(parameters.slice(offset, offset + length), [...shape]);
      this.#weight(name).assign(values);
      values.dispose();
    }
  }

  #weight(name: string): tf.Variable {
    const variable = this.#variables.get(name);
    if (!variable) throw new Error(`no parameter is called ${name}`);
    return variable;
  }

  /** Normalises by the batch's own statistics and keeps them. */
  #byBatch(statistics: Map<string, tf.Tensor>): AfterConvolution {
    return (layer, maps) => {
      const { mean, variance } = tf.moments(maps, [0, 1, 2]);
      statistics.set(`${layer}.mean`, tf.keep(mean.clone()));
      statistics.set(`${layer}.variance`, tf.keep(variance.clone()));
      return this.#normalised(layer, maps, mean, variance);
    };
  }

  #normalised(layer: string, maps: tf.Tensor4D, mean: tf.Tensor, variance: tf.Tensor): tf.Tensor4D {
    const scale = tf.mul(this.#weight(`${layer}.scale`), tf.rsqrt(tf.add(variance, normEpsilon)));
    const shift = tf.sub(this.#weight(`${layer}.shift`), tf.mul(mean, scale));
    return tf.add(tf.mul(maps, scale), shift);
  }

  #losses(share: Share, normalise: AfterConvolution, noise?: tf.Tensor2D) {
    const { frames, melBands } = this.#shape.format;
    const n = share.digits.length;
    const features = tf.tensor3d(share.features, [n, frames, melBands]);
    const oneHot = tf.tensor2d(
      Float32Array.from({ length: n * digitCount }, (_, i) =>
        share.digits[Math.floor(i / digitCount)] === i % digitCount ? 1 : 0,
      ),
      [n, digitCount],
    );
    const weights = (name: string) => this.#weight(name);
    const { mean, logVariance, digitLogits } = encode(this.#shape, weights, features, normalise);
    const styles = noise ? tf.add<tf.Tensor2D>(mean, tf.mul(noise, tf.exp(tf.mul(logVariance, 0.5)))) : mean;
    const digitPoints = tf.matMul<tf.Tensor2D>(oneHot, this.#weight('digit.embedding'));
    const output = decode(this.#shape, weights, digitPoints, styles, normalise);
    // Kingma & Welling 2014, appendix B.
    const kl = tf.mul(
      tf.sum(tf.sub(tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), 1), logVariance)),
      0.5,
    );
    const top = tf.max(digitLogits, 1, true);
    const shifted = tf.sub(digitLogits, top);
    const logNormaliser = tf.log(tf.sum(tf.exp(shifted), 1, true));
    const crossEntropy = tf.sum(tf.mul(oneHot, tf.sub(logNormaliser, shifted)));
    const correct = tf.sum(tf.mul(oneHot, tf.cast(tf.equal(digitLogits, top), 'float32')));
    // The decoder's output is clamped to 0: below it, silence is no error (censored regression, Tobin 1958).
    const heard = tf.where(tf.greater(features, 0), output, tf.relu(output));
    return { squaredError: tf.sum(tf.square(tf.sub(heard, features))), kl, crossEntropy, correct };
  }
}

async function copyOut(
  slots: readonly ParameterSlot[],
  tensors: Readonly<Record<string, tf.Tensor>>,
  into: Float32Array,
): Promise<void> {
  for (const { name, offset } of slots) {
    into.set(await tensors[name].data(), offset);
    tensors[name].dispose();
  }
}

async function sumsOf(losses: tf.Tensor[], takes: number): Promise<LossSums> {
  const [squaredError, kl, crossEntropy, correct] = await Promise.all(
    losses.map(async (loss) => ((await loss.data()) as Float32Array)[0]),
  );
  tf.dispose(losses);
  return { squaredError, kl, crossEntropy, correct, takes };
}

/**
 * Folds trained batch normalisation into a bundle's convolutions and splits the vector into a bundle's tensors
 * (decoder and encoder; the digit embedding goes into the manifest).
 */
export function bundleTensors(
  layout: ParameterLayout,
  parameters: Float32Array,
  statistics: Float32Array,
): Map<string, Float32Array> {
  const tensors = new Map<string, Float32Array>();
  for (const { name, offset, length } of layout.slots) {
    if (name === 'digit.embedding' || name.endsWith('.scale') || name.endsWith('.shift')) continue;
    tensors.set(name, parameters.slice(offset, offset + length));
  }
  for (const { name, shape } of layout.slots) {
    const layer = /^(.*)\.scale$/.exec(name)?.[1];
    if (layer === undefined) continue;
    const mean = viewOf(layout.statistics, statistics, `${layer}.mean`);
    const variance = viewOf(layout.statistics, statistics, `${layer}.variance`);
    const scale = viewOf(layout.slots, parameters, name);
    const shift = viewOf(layout.slots, parameters, `${layer}.shift`);
    const kernel = tensors.get(`${layer}.kernel`);
    if (!kernel) throw new Error(`layer ${layer} has no kernel`);
    const factors = scale.map((s, c) => s / Math.sqrt(variance[c] + normEpsilon));
    // A convolution's kernel ends with its output channels, a transposed one's with its input channels.
    const run = layer.startsWith('decoder.') ? kernel.length / (decoderKernel ** 2 * shape[0]) : 1;
    for (let i = 0; i < kernel.length; i++) kernel[i] *= factors[Math.floor(i / run) % factors.length];
    tensors.set(
      `${layer}.bias`,
      shift.map((b, c) => b - mean[c] * factors[c]),
    );
  }
  return tensors;
}
