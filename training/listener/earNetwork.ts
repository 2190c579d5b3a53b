// An ear in tfjs operations, differentiable from the features of a wide model to what is heard.
import * as tf from '@tensorflow/tfjs';
import { wideFormat } from '../../src/contract/spectrogram.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import type { AfterConvolution, Weights } from '../../src/model/network.ts';
import type { EarShape } from './earConfig.ts';

/** Share of a band's running mean that a frame brings, and how far the mean is divided out; Wang et al. 2017, fixed. */
const smoothingShare = 0.06;
const gainExponent = 0.8;
const rootBias = 2;
const rootExponent = 0.5;

/** Shapes of an ear's weights, by name. */
export function earShapes(shape: EarShape): Map<string, number[]> {
  const shapes = new Map<string, number[]>();
  let [frames, bands, channels] = [wideFormat.frames, shape.reach / shape.group, 1];
  shape.layers.forEach(({ filters, kernel, stride }, i) => {
    if (i === shape.channelsFrom) [bands, channels] = [1, bands * channels];
    shapes.set(`ear.conv${i}.kernel`, [...kernel, channels, filters]);
    shapes.set(`ear.conv${i}.bias`, [filters]);
    [frames, bands, channels] = [Math.ceil(frames / stride[0]), Math.ceil(bands / stride[1]), filters];
  });
  const inputs = bands * channels * (shape.pooling === 'time' ? 2 : frames);
  shapes.set('ear.dense.kernel', [inputs, shape.units]);
  shapes.set('ear.dense.bias', [shape.units]);
  shapes.set('ear.digit.kernel', [shape.units, digitCount]);
  shapes.set('ear.digit.bias', [digitCount]);
  return shapes;
}

/**
 * What an ear hears of features.
 * @param features [n, frames, 96] bands of the wide format, in [0, 1]; bands that are unknown are 0
 * @returns [n, frames, reach / group]
 */
export function earInput(features: tf.Tensor3D, shape: EarShape): tf.Tensor3D {
  const { frames, floor, ceiling } = wideFormat;
  const n = features.shape[0];
  const bands = shape.reach / shape.group;
  const low = tf.slice(features, [0, 0, 0], [n, frames, shape.reach]);
  const ratio = tf.sub(tf.exp(tf.mul(low, Math.log1p(ceiling / floor))), 1);
  const magnitudes = tf.mul<tf.Tensor3D>(
    shape.group === 1 ? ratio : tf.mean(tf.reshape(ratio, [n, frames, bands, shape.group]), 3),
    floor,
  );
  if (shape.frontEnd === 'log') {
    return tf.div(tf.log(tf.add(tf.div(magnitudes, shape.floor), 1)), Math.log1p(ceiling / shape.floor));
  }
  // The mean of frames past, as one product: row t holds the weights of frames 0 to t, the first stands for those before it.
  const weights = Float32Array.from({ length: frames * frames }, (_, at) => {
    const [t, s] = [Math.floor(at / frames), at % frames];
    if (s > t) return 0;
    return (s === 0 ? 1 : smoothingShare) * (1 - smoothingShare) ** (t - s);
  });
  const past = tf.tensor2d(weights, [frames, frames]);
  const byFrame = tf.reshape<tf.Rank.R2>(tf.transpose(magnitudes, [1, 0, 2]), [frames, n * bands]);
  const mean = tf.transpose(tf.reshape<tf.Rank.R3>(tf.matMul(past, byFrame), [frames, n, bands]), [1, 0, 2]);
  const gained = tf.div(magnitudes, tf.pow(tf.add(mean, shape.floor), gainExponent));
  return tf.sub(tf.pow(tf.add(gained, rootBias), rootExponent), rootBias ** rootExponent);
}

/**
 * An ear.
 * @param input [n, frames, bands] of `earInput`
 * @returns the dense layer's activations [n, units] and logits [n, 10]
 */
export function hearWith(
  shape: EarShape,
  weights: Weights,
  input: tf.Tensor3D,
  afterConvolution: AfterConvolution = (layer, maps) => tf.add(maps, weights(`${layer}.bias`)),
): { activations: tf.Tensor2D; logits: tf.Tensor2D } {
  const n = input.shape[0];
  let maps = tf.reshape<tf.Rank.R4>(input, [n, input.shape[1], input.shape[2], 1]);
  shape.layers.forEach(({ stride }, i) => {
    if (i === shape.channelsFrom)
      maps = tf.reshape(maps, [n, maps.shape[1], 1, maps.shape[2] * maps.shape[3]]);
    const kernel = weights(`ear.conv${i}.kernel`) as tf.Tensor4D;
    maps = tf.leakyRelu(
      afterConvolution(`ear.conv${i}`, tf.conv2d(maps, kernel, stride, 'same')),
      shape.leak,
    );
  });
  const flat =
    shape.pooling === 'flat'
      ? tf.reshape<tf.Rank.R2>(maps, [n, -1])
      : tf.reshape<tf.Rank.R2>(tf.concat([tf.mean(maps, 1), tf.max(maps, 1)], 1), [n, -1]);
  const dense = (x: tf.Tensor2D, name: string): tf.Tensor2D =>
    tf.add(tf.matMul(x, weights(`ear.${name}.kernel`)), weights(`ear.${name}.bias`));
  const activations = tf.leakyRelu(dense(flat, 'dense'), shape.leak);
  return { activations, logits: dense(activations, 'digit') };
}
