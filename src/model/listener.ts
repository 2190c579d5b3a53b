// The listener in tfjs operations: a small classifier of a word's digit, speaker and other labels, for training and the tools.
import * as tf from '@tensorflow/tfjs-core';
import type { SpectrogramFormat } from '../contract/spectrogram.ts';
import type { ListenerShape } from './manifest.ts';
import type { AfterConvolution, Weights } from './network.ts';

type ListenerFormat = Pick<SpectrogramFormat, 'frames' | 'melBands' | 'floor' | 'ceiling'>;

/**
 * What the listener hears of a model's features: neighbouring mel bands averaged as magnitudes, under a higher floor that the
 * weak texture of noise and phase reconstruction does not reach. Differentiable.
 * @param features [n, frames, melBands]
 * @returns [n, frames, listener.bands]
 */
export function listenerInput(
  features: tf.Tensor3D,
  format: ListenerFormat,
  listener: Pick<ListenerShape, 'bands' | 'floor'>,
): tf.Tensor3D {
  const { frames, melBands, floor, ceiling } = format;
  const magnitudes = tf.sub(tf.exp(tf.mul(features, Math.log1p(ceiling / floor))), 1);
  const grouped = tf.reshape(magnitudes, [-1, frames, listener.bands, melBands / listener.bands]);
  const ratio = tf.mul(tf.mean(grouped, 3), floor / listener.floor);
  return tf.div(tf.log(tf.add(ratio, 1)), Math.log1p(ceiling / listener.floor));
}

/**
 * The listener.
 * @param input [n, frames, bands] of `listenerInput`
 * @returns the dense layer's activations [n, units] and each head's logits [n, labels]
 */
export function listen(
  listener: ListenerShape,
  weights: Weights,
  input: tf.Tensor3D,
  afterConvolution: AfterConvolution = (layer, maps) => tf.add(maps, weights(`${layer}.bias`)),
): { activations: tf.Tensor2D; logits: ReadonlyMap<string, tf.Tensor2D> } {
  const [n, frames, bands] = input.shape;
  let maps = tf.reshape<tf.Rank.R4>(input, [n, frames, bands, 1]);
  listener.filters.forEach((_, i) => {
    const kernel = weights(`listener.conv${i}.kernel`) as tf.Tensor4D;
    maps = tf.leakyRelu(
      afterConvolution(`listener.conv${i}`, tf.conv2d(maps, kernel, 2, 'same')),
      listener.leak,
    );
  });
  const dense = (x: tf.Tensor2D, name: string): tf.Tensor2D =>
    tf.add(tf.matMul(x, weights(`listener.${name}.kernel`)), weights(`listener.${name}.bias`));
  const flat = tf.reshape<tf.Rank.R2>(maps, [n, -1]);
  const activations = tf.leakyRelu(dense(flat, 'dense'), listener.leak);
  return {
    activations,
    logits: new Map(listener.heads.map(({ name }) => [name, dense(activations, name)])),
  };
}
