// The model in Node, for the command line and for training's evaluation: bundle in, features and styles out.
import * as tf from '@tensorflow/tfjs';
import { digitCount } from '../contract/vocabulary.ts';
import type { Bundle } from './bundle.ts';
import { loadBundleFromFolder } from './bundle.node.ts';
import { frameValues } from '../contract/spectrogram.ts';
import { digitAnchor } from './latent.ts';
import { bandsOf, decode, encode } from './network.ts';
import { priorMapOf, type PriorMap } from './priorMap.ts';
import { initWasmBackend } from './kernels/nodeWasm.ts';

/**
 * A point to decode: digit-embedding point and player's style u.
 * @example
 * const { digitAnchors, speakers } = model.bundle.manifest;
 * const point: LatentPoint = {
 *   digit: Float32Array.from(digitAnchors[7]), style: Float32Array.from(speakers[0].styles[7]),
 * };
 */
export interface LatentPoint {
  readonly digit: Float32Array;
  readonly style: Float32Array;
}

/** What the encoder says of a recording: posterior mean and log-variance of its latent style z, and how likely each digit is. */
export interface Encoding {
  readonly latent: Float32Array;
  readonly logVariance: Float32Array;
  readonly digitProbabilities: Float32Array;
}

/**
 * A bundle with its network ready to run on the wasm backend.
 * @example
 * const [features] = await model.decode([point]); // frames x frameValues, each 0..1
 */
export interface NodeModel {
  readonly bundle: Bundle;
  /** Between the player's styles and the decoder's. */
  readonly priorMap: PriorMap;
  /** Features (frames x frameValues, clamped to [0, 1]) of each point. */
  decode(points: readonly LatentPoint[]): Promise<Float32Array[]>;
  /** Encodings of feature arrays (frames x frameValues each, of which only the bands are seen). */
  encode(features: readonly Float32Array[]): Promise<Encoding[]>;
  /** Frees the weights. */
  dispose(): void;
}

const batch = 25;

/**
 * Opens the bundle in `folder`.
 * @throws InputError when it is missing or malformed
 * @example
 * const model = await openModel(shippedModel());
 */
export async function openModel(folder: string): Promise<NodeModel> {
  const bundle = await loadBundleFromFolder(folder);
  await initWasmBackend();
  return modelOf(bundle);
}

/** The same for a bundle in memory; the tfjs backend must be ready. */
export function modelOf(bundle: Bundle): NodeModel {
  const { manifest } = bundle;
  const { frames } = manifest.format;
  const values = frameValues(manifest.format);
  const priorMap = priorMapOf(bundle);
  const { styleDimensions, digitDimensions } = manifest.latent;
  const tensors = new Map<string, tf.Tensor>();
  for (const [name, { shape, values }] of bundle.tensors) tensors.set(name, tf.tensor(values, [...shape]));
  const weights = (name: string): tf.Tensor => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`the bundle was loaded without ${name}`);
    return tensor;
  };

  const decodeBatch = async (points: readonly LatentPoint[]): Promise<Float32Array[]> => {
    const output = tf.tidy(() => {
      const digits = tf.tensor2d(
        flatten(
          points.map((point) => point.digit),
          digitDimensions,
          'digit point',
        ),
        [points.length, digitDimensions],
      );
      const styles = tf.tensor2d(
        flatten(
          points.map((point) => priorMap.toLatent(point.digit, point.style)),
          styleDimensions,
          'style',
        ),
        [points.length, styleDimensions],
      );
      return tf.clipByValue(decode(manifest, weights, digits, styles), 0, 1);
    });
    const decoded = (await output.data()) as Float32Array;
    output.dispose();
    return split(decoded, points.length);
  };

  const encodeBatch = async (features: readonly Float32Array[]): Promise<Encoding[]> => {
    const outputs = tf.tidy(() => {
      const input = tf.tensor3d(flatten(features, frames * values, 'features'), [
        features.length,
        frames,
        values,
      ]);
      const { mean, logVariance, digitLogits } = encode(manifest, weights, bandsOf(manifest.format, input));
      return [mean, logVariance, tf.softmax(digitLogits)];
    });
    const [means, logVariances, probabilities] = await Promise.all(
      outputs.map((output) => output.data() as Promise<Float32Array>),
    );
    tf.dispose(outputs);
    return features.map((_, i) => ({
      latent: means.slice(i * styleDimensions, (i + 1) * styleDimensions),
      logVariance: logVariances.slice(i * styleDimensions, (i + 1) * styleDimensions),
      digitProbabilities: probabilities.slice(i * digitCount, (i + 1) * digitCount),
    }));
  };

  return {
    bundle,
    priorMap,
    decode: (points) => inBatches(points, decodeBatch),
    encode: (features) => inBatches(features, encodeBatch),
    dispose: () => tf.dispose([...tensors.values()]),
  };
}

/** Index of the digit that the encoder hears. */
export function mostLikelyDigit({ digitProbabilities }: Pick<Encoding, 'digitProbabilities'>): number {
  return digitProbabilities.indexOf(Math.max(...digitProbabilities));
}

/** The point that an encoded recording lies at, as the player's style of `digit`. */
export function pointOf(
  model: Pick<NodeModel, 'bundle' | 'priorMap'>,
  encoding: Encoding,
  digit = mostLikelyDigit(encoding),
): LatentPoint {
  const anchor = digitAnchor(model.bundle.manifest, digit);
  return { digit: anchor, style: model.priorMap.toPlayer(anchor, encoding.latent) };
}

async function inBatches<In, Out>(
  items: readonly In[],
  run: (part: readonly In[]) => Promise<Out[]>,
): Promise<Out[]> {
  const results: Out[] = [];
  for (let start = 0; start < items.length; start += batch) {
    results.push(...(await run(items.slice(start, start + batch))));
  }
  return results;
}

function flatten(arrays: readonly Float32Array[], length: number, what: string): Float32Array {
  const flat = new Float32Array(arrays.length * length);
  arrays.forEach((array, i) => {
    if (array.length !== length)
      throw new RangeError(`${what} must have ${length} numbers, got ${array.length}`);
    flat.set(array, i * length);
  });
  return flat;
}

function split(values: Float32Array, parts: number): Float32Array[] {
  const length = values.length / parts;
  return Array.from({ length: parts }, (_, i) => values.slice(i * length, (i + 1) * length));
}
