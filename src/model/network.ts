// The network in tfjs operations: encoder and decoder as they run both in training and in the instrument.
import * as tf from '@tensorflow/tfjs-core';
import { frameValues, type SpectrogramFormat } from '../contract/spectrogram.ts';
import { digitCount } from '../contract/vocabulary.ts';
import { type Architecture, type Manifest } from './manifest.ts';

/** What the shapes of a network follow from. */
export interface NetworkShape {
  readonly format: Pick<SpectrogramFormat, 'frames' | 'melBands' | 'tracks'>;
  readonly latent: Manifest['latent'];
  readonly architecture: Architecture;
}

/** Finds a weight by name; throws when it is missing. */
export type Weights = (name: string) => tf.Tensor;

/**
 * What happens to a convolution's output before its rectifier: the instrument adds the bias of the layer (`encoder.conv0`,
 * `decoder.up1`, ...), training normalises by the batch (Ioffe & Szegedy 2015), which export folds into kernel and bias.
 */
export type AfterConvolution = (layer: string, maps: tf.Tensor4D) => tf.Tensor4D;

const encoderKernel = 3;
/** Side of the decoder's transposed kernels: twice the stride, so that every output cell is covered alike. */
export const decoderKernel = 4;

/** Frames, bands and channels of the decoder's smallest map. */
function seedMap({ format, architecture }: NetworkShape): [number, number, number] {
  const shrink = 2 ** (architecture.decoderFilters.length - 1);
  return [format.frames / shrink, format.melBands / shrink, architecture.decoderFilters[0]];
}

/** Shapes of the decoder's weights, by name. */
export function decoderShapes(shape: NetworkShape): Map<string, number[]> {
  const { decoderFilters } = shape.architecture;
  const { styleDimensions, digitDimensions } = shape.latent;
  const seed = seedMap(shape).reduce((a, b) => a * b);
  const shapes = new Map<string, number[]>([
    ['decoder.dense.kernel', [digitDimensions + styleDimensions, seed]],
    ['decoder.dense.bias', [seed]],
  ]);
  for (let i = 1; i < decoderFilters.length; i++) {
    shapes.set(`decoder.up${i}.kernel`, [
      decoderKernel,
      decoderKernel,
      decoderFilters[i],
      decoderFilters[i - 1],
    ]);
    shapes.set(`decoder.up${i}.bias`, [decoderFilters[i]]);
  }
  shapes.set('decoder.out.kernel', [3, 3, decoderFilters[decoderFilters.length - 1], 1]);
  shapes.set('decoder.out.bias', [1]);
  const { trackUnits } = shape.architecture;
  if (trackUnits !== undefined) {
    const values = shape.format.frames * (frameValues(shape.format) - shape.format.melBands);
    shapes.set('decoder.trackHidden.kernel', [digitDimensions + styleDimensions, trackUnits]);
    shapes.set('decoder.trackHidden.bias', [trackUnits]);
    shapes.set('decoder.track.kernel', [trackUnits, values]);
    shapes.set('decoder.track.bias', [values]);
  }
  return shapes;
}

/** Shapes of the encoder's weights, by name. */
export function encoderShapes({ format, latent, architecture }: NetworkShape): Map<string, number[]> {
  const { encoderFilters } = architecture;
  const shapes = new Map<string, number[]>();
  let [frames, bands, channels] = [format.frames, format.melBands, 1];
  encoderFilters.forEach((filters, i) => {
    shapes.set(`encoder.conv${i}.kernel`, [encoderKernel, encoderKernel, channels, filters]);
    shapes.set(`encoder.conv${i}.bias`, [filters]);
    [frames, bands, channels] = [Math.ceil(frames / 2), Math.ceil(bands / 2), filters];
  });
  const flat = frames * bands * channels;
  shapes.set('encoder.style.kernel', [flat, 2 * latent.styleDimensions]);
  shapes.set('encoder.style.bias', [2 * latent.styleDimensions]);
  shapes.set('encoder.digit.kernel', [flat, digitCount]);
  shapes.set('encoder.digit.bias', [digitCount]);
  return shapes;
}

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
