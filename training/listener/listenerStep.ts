// The listener's loss and gradient on one batch, in tfjs operations.
import * as tf from '@tensorflow/tfjs';
import type { SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import type { Random } from '../../src/dsp/random.ts';
import { listen, listenerInput } from '../../src/model/listener.ts';
import { listenerShapes } from '../../src/model/shapes.ts';
import type { ListenerShape } from '../../src/model/manifest.ts';
import type { Labels } from '../corpus/labels.ts';
import type { ListenerConfig } from './listenerConfig.ts';
import { layoutOf, type ParameterLayout } from '../optimise/flatParameters.ts';
import { byBatch, copyOut, Variables } from '../optimise/variables.ts';

/** Takes to learn from at once. */
export interface ListenerBatch {
  /** [takes, frames, melBands] */
  readonly features: Float32Array;
  /** Of each head; -1 does not count. */
  readonly labels: readonly Labels[];
}

/** The listener's parameters, batch normalisation after its convolutions included. */
export function listenerLayout(format: SpectrogramFormat, listener: ListenerShape): ParameterLayout {
  return layoutOf(listenerShapes(format, listener), /^(listener\.conv\d+)\.bias$/);
}

/** Computes gradients with parameters kept outside tfjs in flat vectors; tfjs names its variables, so one at a time. */
export class ListenerStep {
  readonly #format: SpectrogramFormat;
  readonly #listener: ListenerShape;
  readonly #layout: ParameterLayout;
  readonly #config: ListenerConfig;
  readonly #variables: Variables;

  constructor(
    format: SpectrogramFormat,
    listener: ListenerShape,
    layout: ParameterLayout,
    config: ListenerConfig,
  ) {
    this.#format = format;
    this.#listener = listener;
    this.#layout = layout;
    this.#config = config;
    this.#variables = new Variables(layout.slots);
  }

  /**
   * Writes the gradient of the batch's mean loss into `gradient` and its statistics of normalisation into `batchStatistics`.
   * @param random draws what drops out
   * @returns the loss: cross entropies in nats, weighted
   */
  async gradient(
    batch: ListenerBatch,
    parameters: Float32Array,
    random: Random,
    gradient: Float32Array,
    batchStatistics: Float32Array,
  ): Promise<number> {
    this.#variables.load(parameters);
    const statistics = new Map<string, tf.Tensor>();
    const input = this.#input(batch);
    const { value, grads } = tf.variableGrads(
      () => this.#loss(input, batch.labels, statistics, random),
      this.#variables.all,
    );
    await copyOut(this.#layout.slots, grads, gradient);
    await copyOut(this.#layout.statistics, Object.fromEntries(statistics), batchStatistics);
    const [loss] = await value.data();
    tf.dispose([input, value]);
    return loss;
  }

  /** Writes the statistics that a batch has in every normalised layer. */
  async statistics(
    batch: ListenerBatch,
    parameters: Float32Array,
    batchStatistics: Float32Array,
  ): Promise<void> {
    this.#variables.load(parameters);
    const statistics = new Map<string, tf.Tensor>();
    tf.tidy(() => {
      listen(this.#listener, this.#variables.get, this.#input(batch), byBatch(this.#variables, statistics));
    });
    await copyOut(this.#layout.statistics, Object.fromEntries(statistics), batchStatistics);
  }

  dispose(): void {
    this.#variables.dispose();
  }

  #input({ features, labels }: ListenerBatch): tf.Tensor3D {
    const { frames, melBands } = this.#format;
    return tf.tidy(() =>
      listenerInput(
        tf.tensor3d(features, [labels[0].length, frames, melBands]),
        this.#format,
        this.#listener,
      ),
    );
  }

  #loss(
    input: tf.Tensor3D,
    labels: readonly Labels[],
    statistics: Map<string, tf.Tensor>,
    random: Random,
  ): tf.Scalar {
    const { dropout, smoothing, headWeight } = this.#config;
    const normalise = byBatch(this.#variables, statistics);
    const last = `listener.conv${this.#listener.filters.length - 1}`;
    const { logits } = listen(this.#listener, this.#variables.get, input, (layer, maps) => {
      const normal = normalise(layer, maps);
      // A rectifier keeps factors: what drops out before it drops out of the dense layer's input.
      return layer === last
        ? tf.mul<tf.Tensor4D>(normal, dropoutMask(normal.shape, dropout, random))
        : normal;
    });
    const losses = this.#listener.heads.map(({ name, labels: names }, h) => {
      const targets = tf.tensor2d(smoothTargets(labels[h], names.length, smoothing), [
        labels[h].length,
        names.length,
      ]);
      const known = labels[h].reduce((sum, label) => sum + (label >= 0 ? 1 : 0), 0);
      const scores = logits.get(name) as tf.Tensor2D;
      const shifted = tf.sub(scores, tf.max(scores, 1, true));
      const logNormaliser = tf.log(tf.sum(tf.exp(shifted), 1, true));
      const crossEntropy = tf.sum(tf.mul(targets, tf.sub(logNormaliser, shifted)));
      return tf.mul<tf.Scalar>(crossEntropy, (h === 0 ? 1 : headWeight) / Math.max(1, known));
    });
    return tf.addN(losses);
  }
}

function dropoutMask(shape: [number, number, number, number], dropout: number, random: Random): tf.Tensor4D {
  const length = shape.reduce((a, b) => a * b, 1);
  const kept = 1 / (1 - dropout);
  const mask = Float32Array.from({ length }, () => (random.uniform() < dropout ? 0 : kept));
  return tf.tensor4d(mask, shape);
}

/** One row for each label: 1 - smoothing on it and the rest spread evenly (Szegedy et al. 2016); zeros for -1. */
function smoothTargets(labels: Labels, values: number, smoothing: number): Float32Array {
  const targets = new Float32Array(labels.length * values);
  labels.forEach((label, i) => {
    if (label < 0) return;
    targets.fill(smoothing / values, i * values, (i + 1) * values);
    targets[i * values + label] += 1 - smoothing;
  });
  return targets;
}
