// A trained ear, ready to hear: takes or sounds in, digits and how surely out; and the same differentiable, for losses.
import { readFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Float16Array } from '@petamoriken/float16';
import * as tf from '@tensorflow/tfjs';
import { InputError } from '../../src/contract/errors.ts';
import { wideFormat } from '../../src/contract/spectrogram.ts';
import type { Hertz } from '../../src/contract/units.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import { prepareTake } from '../../src/dsp/clip.ts';
import { bandwidthOfRate, validBands } from '../../src/dsp/bandwidth.ts';
import { writeWhole } from '../../src/node/files.ts';
import { earShapeSchema, type EarShape } from './earConfig.ts';
import { earInput, earShapes, hearWith } from './earNetwork.ts';
import type { Recogniser } from './trainEar.ts';

const batch = 50;
const values = wideFormat.frames * wideFormat.melBands;

/** A trained ear. */
export interface TrainedEar {
  readonly shape: EarShape;
  /** Values of every tensor that `earShapes` names, rounded to float16. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** An ear as something to train. */
export function recogniserOf(shape: EarShape): Recogniser {
  return {
    format: wideFormat,
    shapes: earShapes(shape),
    lastConvolution: `ear.conv${shape.layers.length - 1}`,
    labels: [digitCount],
    input: (features) => earInput(features, shape),
    logits: (weights, input, after) => [hearWith(shape, weights, input, after).logits],
  };
}

/** An ear that is ready; `dispose` frees its weights. */
export interface Ear {
  /**
   * Differentiable: features of the wide format's bands [n, frames, 96] to activations [n, units] and logits [n, 10]. What a loss hears with
   * may not judge what it trained.
   */
  readonly listen: (features: tf.Tensor3D) => { activations: tf.Tensor2D; logits: tf.Tensor2D };
  /**
   * Probabilities of the ten digits for each word.
   * @param features frames * 96 each, of the wide format; see `earFeatures`
   */
  hear(features: readonly Float32Array[]): Promise<Float32Array[]>;
  dispose(): void;
}

/**
 * A sound of any rate as an ear takes it; undefined when it is silent. What a rate cannot carry is 0.
 * @param samples mono, full scale 1
 * @param bandwidthHz up to which the sound tells anything, where that is less than its rate allows
 */
export function earFeatures(
  samples: Float32Array,
  sampleRate: Hertz,
  bandwidthHz = bandwidthOfRate(sampleRate, wideFormat.sampleRate),
): Float32Array | undefined {
  const { features, wordSamples } = prepareTake(samples, sampleRate, wideFormat);
  return wordSamples === 0
    ? undefined
    : withoutUpper(features, validBands(wideFormat, bandwidthHz), wideFormat.melBands);
}

/** The same features with the bands from `valid` on at 0. */
export function withoutUpper(features: Float32Array, valid: number, melBands: number): Float32Array {
  return features.map((value, i) => (i % melBands < valid ? value : 0));
}

/** Makes a trained ear ready; the tfjs backend must be. */
export function openEar({ shape, tensors }: TrainedEar): Ear {
  const weights = new Map<string, tf.Tensor>();
  for (const [name, dims] of earShapes(shape)) {
    weights.set(name, tf.tensor(tensors.get(name) ?? new Float32Array(0), dims));
  }
  const weight = (name: string): tf.Tensor => {
    const tensor = weights.get(name);
    if (!tensor) throw new Error(`an ear has no ${name}`);
    return tensor;
  };
  const listen: Ear['listen'] = (features) => hearWith(shape, weight, earInput(features, shape));
  return {
    listen,
    hear: async (features) => {
      const heard: Float32Array[] = [];
      for (let start = 0; start < features.length; start += batch) {
        const part = features.slice(start, start + batch);
        const packed = new Float32Array(part.length * values);
        part.forEach((one, i) => packed.set(one, i * values));
        const output = tf.tidy(() =>
          tf.softmax(
            listen(tf.tensor3d(packed, [part.length, wideFormat.frames, wideFormat.melBands])).logits,
          ),
        );
        const probabilities = (await output.data()) as Float32Array;
        output.dispose();
        part.forEach((_, i) => heard.push(probabilities.slice(i * digitCount, (i + 1) * digitCount)));
      }
      return heard;
    },
    dispose: () => tf.dispose([...weights.values()]),
  };
}

/** Writes an ear as packed JSON: its shape, what is told of it, and every tensor as base64 of its float16 values. */
export function writeEar(file: string, { shape, tensors }: TrainedEar, told: Record<string, unknown>): void {
  const encoded = [...tensors].map(([name, own]) => {
    const halves = Float16Array.from(own);
    return [name, Buffer.from(halves.buffer).toString('base64')] as const;
  });
  const text = JSON.stringify({ ...told, shape, tensors: Object.fromEntries(encoded) });
  writeWhole(file, gzipSync(text, { level: 9 }));
}

/**
 * Reads an ear that `writeEar` wrote.
 * @throws InputError when the file is missing or damaged
 */
export function readEar(file: string): TrainedEar {
  try {
    const { shape, tensors } = JSON.parse(gunzipSync(readFileSync(file)).toString('utf8')) as {
      shape: unknown;
      tensors: Record<string, string>;
    };
    const checked = earShapeSchema.parse(shape);
    const decoded = [...earShapes(checked)].map(([name, dims]) => {
      const bytes = Uint8Array.from(Buffer.from(tensors[name], 'base64'));
      const own = new Float32Array(new Float16Array(bytes.buffer));
      if (own.length !== dims.reduce((a, b) => a * b, 1)) throw new Error(`${name} has another size`);
      return [name, own] as const;
    });
    return { shape: checked, tensors: new Map(decoded) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new InputError(`${file} holds no ear: ${reason}; train it with npm run train:ears`);
  }
}
