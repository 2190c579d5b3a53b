// The decoder on one tfjs backend: weights uploaded once, one latent point in, one spectrogram out.
import * as tf from '@tensorflow/tfjs-core';
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { Bundle } from './bundle.ts';
import { decode } from './network.ts';
import { priorMapOf, type PriorMap } from './priorMap.ts';
import type { BackendName } from './inferenceProtocol.ts';

/** Longest wait for a decode before the backend counts as dead: a lost WebGL context never answers. */
const watchdogMilliseconds = 8000;

/**
 * A warm decoder. Not re-entrant: wait for one decode before the next.
 * @example
 * import '@tensorflow/tfjs-backend-cpu';
 * const decoder = await Decoder.create(bundle, 'cpu');
 * const { digitAnchors, speakers } = bundle.manifest;
 * const features = await decoder.decode(Float32Array.from(digitAnchors[7]), Float32Array.from(speakers[0].styles[7]));
 */
export class Decoder {
  readonly backend: BackendName;
  readonly #bundle: Bundle;
  readonly #priorMap: PriorMap;
  readonly #weights = new Map<string, tf.Tensor>();

  private constructor(bundle: Bundle, backend: BackendName) {
    this.backend = backend;
    this.#bundle = bundle;
    this.#priorMap = priorMapOf(bundle);
    for (const [name, { shape, values }] of bundle.tensors) {
      if (name.startsWith('decoder.')) this.#weights.set(name, tf.tensor(values, [...shape]));
    }
  }

  /**
   * Uploads the bundle's decoder to a registered backend and runs it once, so that shaders are compiled.
   * @throws Error when the backend is not available here or does not compute
   */
  static async create(bundle: Bundle, backend: BackendName): Promise<Decoder> {
    if (!(await tf.setBackend(backend))) throw new Error(`the ${backend} backend is not available here`);
    await tf.ready();
    const decoder = new Decoder(bundle, backend);
    const { digitAnchors, speakers } = bundle.manifest;
    try {
      await decoder.decode(Float32Array.from(digitAnchors[0]), Float32Array.from(speakers[0].styles[0]));
    } catch (error) {
      decoder.dispose();
      throw error;
    }
    return decoder;
  }

  /**
   * Features (frames x frameValues) of a point as the network gives them: a little beyond [0, 1], and not checked, see
   * `clipFeatures`.
   * @param digitPoint digitDimensions numbers
   * @param style the player's style, styleDimensions numbers
   * @throws Error when the backend fails or does not answer within eight seconds
   */
  async decode(digitPoint: Float32Array, style: Float32Array): Promise<Float32Array> {
    const { manifest } = this.#bundle;
    const latent = this.#priorMap.toLatent(digitPoint, style);
    if (tf.getBackend() !== this.backend) await tf.setBackend(this.backend);
    const output = tf.tidy(() => {
      const weights = (name: string): tf.Tensor => {
        const tensor = this.#weights.get(name);
        if (!tensor) throw new Error(`the bundle was loaded without ${name}`);
        return tensor;
      };
      return decode(
        manifest,
        weights,
        tf.tensor2d(digitPoint, [1, manifest.latent.digitDimensions]),
        tf.tensor2d(latent, [1, manifest.latent.styleDimensions]),
      );
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () =>
          reject(
            new Error(`the ${this.backend} backend did not answer for ${watchdogMilliseconds / 1000} s`),
          ),
        watchdogMilliseconds,
      );
    });
    try {
      return (await Promise.race([output.data(), silence])) as Float32Array;
    } finally {
      clearTimeout(timer);
      output.dispose();
    }
  }

  /** Why nothing more can be decoded: a lost graphics context gives no answer, or zeros; undefined while all is well. */
  fault(): string | undefined {
    if (this.backend !== 'webgl' || tf.getBackend() !== 'webgl') return undefined;
    const { gl } = (tf.backend() as MathBackendWebGL).getGPGPUContext();
    return gl.isContextLost() ? 'the graphics context was lost' : undefined;
  }

  /** Frees the weights. */
  dispose(): void {
    for (const tensor of this.#weights.values()) tensor.dispose();
    this.#weights.clear();
  }
}
