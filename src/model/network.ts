// The network in tfjs operations: encoder and decoder as they run both in training and in the instrument.
import * as tf from '@tensorflow/tfjs-core';
import { seedMap, type NetworkShape } from './shapes.ts';

/** Finds a weight by name; throws when it is missing. */
export type Weights = (name: string) => tf.Tensor;

/**
 * What happens to a convolution's output before its rectifier: the instrument adds the bias of the layer (`encoder.conv0`,
 * `decoder.up1`, ...), training normalises by the batch (Ioffe & Szegedy 2015), which export folds into kernel and bias.
 */
export type AfterConvolution = (layer: string, maps: tf.Tensor4D) => tf.Tensor4D;

/** The bands of features that may carry tracks: [n, frames, frameValues] to [n, frames, bands]. */
export function bandsOf(format: NetworkShape['format'], features: tf.Tensor3D): tf.Tensor3D {
  if (features.shape[2] === format.melBands) return features;
  return tf.slice(features, [0, 0, 0], [features.shape[0], format.frames, format.melBands]);
}

/**
 * The encoder.
 * @param features [n, frames, bands], in [0, 1]
 * @returns posterior mean and log-variance of the style, [n, styleDimensions] each, and digit logits [n, 10]
 */
export function encode(
  shape: NetworkShape,
  weights: Weights,
  features: tf.Tensor3D,
  afterConvolution: AfterConvolution = (layer, maps) => tf.add(maps, weights(`${layer}.bias`)),
): { mean: tf.Tensor2D; logVariance: tf.Tensor2D; digitLogits: tf.Tensor2D } {
  const { encoderFilters, leak } = shape.architecture;
  const { styleDimensions } = shape.latent;
  const n = features.shape[0];
  let maps = tf.reshape<tf.Rank.R4>(features, [n, shape.format.frames, shape.format.melBands, 1]);
  encoderFilters.forEach((_, i) => {
    const kernel = weights(`encoder.conv${i}.kernel`) as tf.Tensor4D;
    maps = tf.leakyRelu(afterConvolution(`encoder.conv${i}`, tf.conv2d(maps, kernel, 2, 'same')), leak);
  });
  const flat = tf.reshape<tf.Rank.R2>(maps, [n, -1]);
  const dense = (name: string): tf.Tensor2D =>
    tf.add(tf.matMul(flat, weights(`${name}.kernel`)), weights(`${name}.bias`));
  const style = dense('encoder.style');
  return {
    mean: tf.slice(style, [0, 0], [n, styleDimensions]),
    logVariance: tf.slice(style, [0, styleDimensions], [n, styleDimensions]),
    digitLogits: dense('encoder.digit'),
  };
}

/**
 * The decoder.
 * @param digitPoints [n, digitDimensions]
 * @param styles [n, styleDimensions]
 * @returns features [n, frames, frameValues], bands first, then tracks; not clamped: values a little outside [0, 1] mean 0 or 1
 */
export function decode(
  shape: NetworkShape,
  weights: Weights,
  digitPoints: tf.Tensor2D,
  styles: tf.Tensor2D,
  afterConvolution: AfterConvolution = (layer, maps) => tf.add(maps, weights(`${layer}.bias`)),
): tf.Tensor3D {
  const { decoderFilters, leak } = shape.architecture;
  const n = styles.shape[0];
  const [frames, bands, channels] = seedMap(shape);
  const code = tf.concat<tf.Tensor2D>([digitPoints, styles], 1);
  const dense = tf.add(tf.matMul(code, weights('decoder.dense.kernel')), weights('decoder.dense.bias'));
  let maps = tf.leakyRelu(tf.reshape<tf.Rank.R4>(dense, [n, frames, bands, channels]), leak);
  for (let i = 1; i < decoderFilters.length; i++) {
    const size: [number, number, number, number] = [n, frames << i, bands << i, decoderFilters[i]];
    const up = tf.conv2dTranspose(maps, weights(`decoder.up${i}.kernel`) as tf.Tensor4D, size, 2, 'same');
    maps = tf.leakyRelu(afterConvolution(`decoder.up${i}`, up), leak);
  }
  const out = tf.add(
    tf.conv2d(maps, weights('decoder.out.kernel') as tf.Tensor4D, 1, 'same'),
    weights('decoder.out.bias'),
  );
  const features = tf.reshape<tf.Rank.R3>(out, [n, shape.format.frames, shape.format.melBands]);
  if (shape.architecture.trackUnits === undefined) return features;
  // Tracks follow slow paths that belong to no band: a small dense head of the code says them better than a map.
  const layer = (x: tf.Tensor2D, name: string): tf.Tensor2D =>
    tf.add(tf.matMul(x, weights(`decoder.${name}.kernel`)), weights(`decoder.${name}.bias`));
  const tracks = layer(tf.leakyRelu(layer(code, 'trackHidden'), leak), 'track');
  return tf.concat([features, tf.reshape<tf.Rank.R3>(tracks, [n, shape.format.frames, -1])], 2);
}
