// The listener in Node, for the command line and for training's evaluation: features in, what it hears and how surely out.
import * as tf from '@tensorflow/tfjs';
import { InputError } from '../contract/errors.ts';
import { frameValues, type SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Bundle } from './bundle.ts';
import { listen, listenerInput } from './listener.ts';
import type { ListenerShape } from './manifest.ts';

/** What one head says of one word. */
export interface Heard {
  /** The most likely label. */
  readonly label: string;
  /** Its probability. */
  readonly confidence: number;
  /** Of every label, in the order of the manifest. */
  readonly probabilities: Float32Array;
}

/** What the listener says of one word, by head; `digit` is always there, and `speaker` where there are several. */
export type Hearing = Readonly<Record<string, Heard>>;

/** A bundle's listener, ready to run. */
export interface Listener {
  /** Heads in the order of the manifest. */
  readonly heads: ListenerShape['heads'];
  /**
   * Hears words: features of the bundle's format, frames * frameValues(format) numbers each. Only the bands are heard.
   * @throws RangeError on features of another length
   */
  hear(features: readonly Float32Array[]): Promise<Hearing[]>;
  /** Frees the weights. */
  dispose(): void;
}

/** What a listener needs of a bundle. */
export interface ListenerBundle {
  readonly manifest: {
    readonly name: string;
    readonly format: SpectrogramFormat;
    readonly listener?: ListenerShape | undefined;
  };
  readonly tensors: Bundle['tensors'];
}

/** Label of the digit head for what is no digit; listeners of older bundles lack it. */
export const noDigit = 'none';

const batch = 50;

/**
 * The listener of a bundle; the tfjs backend must be ready.
 * @throws InputError when the bundle has none
 */
export function openListener({ manifest, tensors }: ListenerBundle): Listener {
  const { format, listener } = manifest;
  if (!listener) {
    throw new InputError(
      `the model ${manifest.name} has no listener; train it again, or give another model with --model`,
    );
  }
  const loaded = new Map<string, tf.Tensor>();
  for (const [name, { shape, values }] of tensors) {
    if (name.startsWith('listener.')) loaded.set(name, tf.tensor(values, [...shape]));
  }
  const weights = (name: string): tf.Tensor => {
    const tensor = loaded.get(name);
    if (!tensor) throw new Error(`the bundle was loaded without ${name}`);
    return tensor;
  };

  const hearBatch = async (features: readonly Float32Array[]): Promise<Hearing[]> => {
    const outputs = tf.tidy(() => {
      const bands = tf.tensor3d(packBands(features, format), [
        features.length,
        format.frames,
        format.melBands,
      ]);
      const { logits } = listen(listener, weights, listenerInput(bands, format, listener));
      return [...logits.values()].map((head) => tf.softmax(head));
    });
    const answers = await Promise.all(outputs.map((output) => output.data() as Promise<Float32Array>));
    tf.dispose(outputs);
    return features.map((_, i) =>
      Object.fromEntries(
        listener.heads.map(({ name, labels }, h) => [
          name,
          heard(labels, answers[h].slice(i * labels.length, (i + 1) * labels.length)),
        ]),
      ),
    );
  };

  return {
    heads: listener.heads,
    hear: async (features) => {
      const hearings: Hearing[] = [];
      for (let start = 0; start < features.length; start += batch) {
        hearings.push(...(await hearBatch(features.slice(start, start + batch))));
      }
      return hearings;
    },
    dispose: () => tf.dispose([...loaded.values()]),
  };
}

/**
 * The bands of spectrograms without their tracks, one after the other: [n, frames, melBands].
 * @throws RangeError on features that are not frames * frameValues(format) long
 */
export function packBands(
  features: readonly Float32Array[],
  format: Pick<SpectrogramFormat, 'frames' | 'melBands' | 'tracks'>,
): Float32Array {
  const { frames, melBands } = format;
  const values = frameValues(format);
  const packed = new Float32Array(features.length * frames * melBands);
  features.forEach((one, i) => {
    if (one.length !== frames * values) {
      throw new RangeError(`features must have ${frames * values} numbers, got ${one.length}`);
    }
    for (let m = 0; m < frames; m++) {
      packed.set(one.subarray(m * values, m * values + melBands), (i * frames + m) * melBands);
    }
  });
  return packed;
}

function heard(labels: readonly string[], probabilities: Float32Array): Heard {
  const best = probabilities.indexOf(Math.max(...probabilities));
  return { label: labels[best], confidence: probabilities[best], probabilities };
}
