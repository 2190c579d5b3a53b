// What every network's training step does with tfjs: named variables of a flat vector, gradients out, normalisation by batch.
import * as tf from '@tensorflow/tfjs';
import type { AfterConvolution } from '../../src/model/network.ts';
import type { ParameterSlot } from './flatParameters.ts';

/** Added to the variances of batch normalisation. */
export const normEpsilon = 1e-3;

/** The tfjs variables of a layout's slots. tfjs knows variables by name: dispose of these before the same are made again. */
export class Variables {
  readonly #slots: readonly ParameterSlot[];
  readonly #variables: ReadonlyMap<string, tf.Variable>;

  constructor(slots: readonly ParameterSlot[]) {
    this.#slots = slots;
    this.#variables = new Map(
      slots.map(({ name, shape }) => {
        const zeros = tf.zeros([...shape]);
        const variable = tf.variable(zeros, true, name);
        zeros.dispose();
        return [name, variable];
      }),
    );
  }

  /** All of them, in the order of the slots. */
  get all(): tf.Variable[] {
    return [...this.#variables.values()];
  }

  /** One by name. */
  readonly get = (name: string): tf.Variable => {
    const variable = this.#variables.get(name);
    if (!variable) throw new Error(`no parameter is called ${name}`);
    return variable;
  };

  /** Takes the values of a flat vector. */
  load(parameters: Float32Array): void {
    for (const { name, shape, offset, length } of this.#slots) {
      const values = tf.tensor(parameters.slice(offset, offset + length), [...shape]);
      this.get(name).assign(values);
      values.dispose();
    }
  }

  dispose(): void {
    for (const variable of this.#variables.values()) variable.dispose();
  }
}

/** Writes tensors by name into the slots of a flat vector and disposes of them. */
export async function copyOut(
  slots: readonly ParameterSlot[],
  tensors: Readonly<Record<string, tf.Tensor>>,
  into: Float32Array,
): Promise<void> {
  for (const { name, offset } of slots) {
    into.set(await tensors[name].data(), offset);
    tensors[name].dispose();
  }
}

/** A layer's maps, normalised (Ioffe & Szegedy 2015) with its variables `{layer}.scale` and `{layer}.shift`. */
export function normalised(
  variables: Variables,
  layer: string,
  maps: tf.Tensor4D,
  mean: tf.Tensor,
  variance: tf.Tensor,
): tf.Tensor4D {
  const scale = tf.mul(variables.get(`${layer}.scale`), tf.rsqrt(tf.add(variance, normEpsilon)));
  const shift = tf.sub(variables.get(`${layer}.shift`), tf.mul(mean, scale));
  return tf.add(tf.mul(maps, scale), shift);
}

/** Normalises by the batch's own statistics and keeps them as `{layer}.mean` and `{layer}.variance`. */
export function byBatch(variables: Variables, statistics: Map<string, tf.Tensor>): AfterConvolution {
  return (layer, maps) => {
    const { mean, variance } = tf.moments(maps, [0, 1, 2]);
    statistics.set(`${layer}.mean`, tf.keep(mean.clone()));
    statistics.set(`${layer}.variance`, tf.keep(variance.clone()));
    return normalised(variables, layer, maps, mean, variance);
  };
}
