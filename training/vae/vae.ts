// The variational autoencoder's loss and gradient on one share of a batch, in tfjs operations.
// Long, since every term of the loss is here.
import * as tf from '@tensorflow/tfjs';
import { frameValues, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import type { Random } from '../../src/dsp/random.ts';
import { listen, listenerInput } from '../../src/model/listener.ts';
import { type NetworkShape, listenerShapes } from '../../src/model/shapes.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import type { ListenerShape } from '../../src/model/manifest.ts';
import { bandsOf, decode, encode, type AfterConvolution } from '../../src/model/network.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import { openEar, type TrainedEar } from '../listener/openEar.ts';
import { viewOf, type ParameterLayout } from '../optimise/flatParameters.ts';
import { byBatch, copyOut, normalised, Variables } from '../optimise/variables.ts';

/** Losses of a batch share, each a sum over its takes; divide by the number of takes for means. */
export const lossNames = [
  /** Squared error of the bands. */
  'squaredError',
  /** Squared error of the tracks, each over twice its variance: f0 where voiced, and voicing. */
  'trackError',
  /** KL divergence of the posterior from N(0, I), nats. */
  'kl',
  /** Cross entropy of the digit head, nats. */
  'crossEntropy',
  /** Cross entropy of the digit that the listener hears in the reconstruction, nats. */
  'misheard',
  /** Squared distance of the listener's activations between take and reconstruction, halved. */
  'mismatch',
  /** The same as `misheard`, of words decoded between the styles of two takes; training only. */
  'mixMisheard',
  /** The same of takes' styles with another digit; training only. */
  'swapMisheard',
  /** The same of words of free styles; in the last epochs only. */
  'freeMisheard',
  /** Takes whose digit the head names. */
  'correct',
] as const;
export type LossName = (typeof lossNames)[number];
export type LossSums = Record<LossName | 'takes', number>;

/** Sums of nothing. */
export function emptySums(): LossSums {
  const entries = [...lossNames, 'takes'].map((name) => [name, 0]);
  return Object.fromEntries(entries) as LossSums;
}

/** A trained listener to hear reconstructions with; its weights stay as they are. */
export interface FrozenListener {
  readonly shape: ListenerShape;
  readonly tensors: ReadonlyMap<string, Float32Array>;
}

/** Who hears: listeners of the model's own format, and ears of the wide one. */
export type Hearer = FrozenListener | TrainedEar;

/** Bands [n, frames, melBands] to activations [n, units] and logits [n, 10]. */
type Hear = (bands: tf.Tensor3D) => { activations: tf.Tensor2D; logits: tf.Tensor2D };

/** One share of a batch. */
export interface Share {
  /** What the decoder owes: [n, frames, frameValues]. */
  readonly features: Float32Array;
  /** What the encoder sees of it, as long; all of it where absent. */
  readonly seen?: Float32Array;
  /** n digits */
  readonly digits: Uint8Array;
  /** Words to be heard as their digits, of no take. */
  readonly free?: FreeWords;
}

/** Words of styles that no take has. */
export interface FreeWords {
  readonly digits: Uint8Array;
  /** [words, styleDimensions] */
  readonly styles: Float32Array;
}

/** A frame whose mean feature is above 1 / this sounds. */
const soundingSlope = 4;

/** What each loss counts in the sum that training minimises. */
function lossWeights(config: TrainingConfig, klWeight: number): Partial<Record<LossName, number>> {
  return {
    squaredError: 1 / (2 * config.reconstructionVariance),
    trackError: 1,
    kl: klWeight,
    crossEntropy: config.digitWeight,
    misheard: config.misheardWeight,
    mismatch: config.mismatchWeight,
    mixMisheard: config.mixWeight,
    swapMisheard: config.swapWeight,
    freeMisheard: config.freeWeight,
  };
}

/** The loss that training minimises, of sums over takes, per take. */
export function objective(sums: LossSums, config: TrainingConfig, klWeight: number): number {
  const weights = Object.entries(lossWeights(config, klWeight)) as [LossName, number][];
  return weights.reduce((total, [name, weight]) => total + weight * sums[name], 0) / sums.takes;
}

/** A network's shape with the whole format that its features follow. */
export type TrainedShape = NetworkShape & { readonly format: SpectrogramFormat };

/** Computes losses and gradients with parameters kept outside tfjs in flat vectors. */
export class VaeStep {
  readonly #shape: TrainedShape;
  readonly #layout: ParameterLayout;
  readonly #config: TrainingConfig;
  readonly #variables: Variables;
  readonly #hearers: readonly { readonly hear: Hear; readonly dispose: () => void }[];

  constructor(
    shape: TrainedShape,
    layout: ParameterLayout,
    config: TrainingConfig,
    hearers: readonly Hearer[] = [],
  ) {
    this.#shape = shape;
    this.#hearers = hearers.map((hearer) =>
      isEar(hearer) ? heardByEar(hearer) : heardByListener(hearer, shape.format),
    );
    this.#layout = layout;
    this.#config = config;
    this.#variables = new Variables(layout.slots);
  }

  /**
   * Writes the gradient of the share's mean objective into `gradient` and the batch statistics of
   * normalisation into `batchStatistics`, and returns the loss sums.
   */
  async gradient(
    share: Share,
    parameters: Float32Array,
    klWeight: number,
    random: Random,
    gradient: Float32Array,
    batchStatistics: Float32Array,
  ): Promise<LossSums> {
    this.#variables.load(parameters);
    const { styleDimensions } = this.#shape.latent;
    const n = share.digits.length;
    const normal = (length: number) => Float32Array.from({ length }, () => random.normal());
    const noise = normal(n * styleDimensions);
    const mixes = this.#drawMixes(share, random);
    const swaps = this.#drawSwaps(share, random);
    let kept: tf.Tensor[] = [];
    const statistics = new Map<string, tf.Tensor>();
    const { value, grads } = tf.variableGrads(() => {
      const normalise = byBatch(this.#variables, statistics);
      const losses = this.#losses(share, normalise, tf.tensor2d(noise, [n, styleDimensions]), mixes, swaps);
      kept = inOrder(losses).map((loss) => tf.keep(loss.clone()));
      const weights = Object.entries(lossWeights(this.#config, klWeight)) as [LossName, number][];
      const parts = weights.flatMap(([name, weight]) => {
        const loss = losses[name];
        return loss && weight > 0 ? [tf.mul(loss, weight)] : [];
      });
      return tf.div<tf.Scalar>(tf.addN(parts), n);
    }, this.#variables.all);
    value.dispose();
    await copyOut(this.#layout.slots, grads, gradient);
    await copyOut(this.#layout.statistics, Object.fromEntries(statistics), batchStatistics);
    return sumsOf(kept, n);
  }

  /** Loss sums of a share as the trained network sees it: running statistics, the posterior mean, the true digit. */
  async evaluate(share: Share, parameters: Float32Array, statistics: Float32Array): Promise<LossSums> {
    this.#variables.load(parameters);
    const outputs = tf.tidy(() => {
      const running = (layer: string, what: string) =>
        tf.tensor1d(viewOf(this.#layout.statistics, statistics, `${layer}.${what}`).slice());
      const losses = this.#losses(share, (layer, maps) =>
        normalised(this.#variables, layer, maps, running(layer, 'mean'), running(layer, 'variance')),
      );
      return inOrder(losses);
    });
    return sumsOf(outputs, share.digits.length);
  }

  /**
   * Writes the statistics that the share has, as a batch, in every normalised layer, the posterior mean in place of a draw,
   * and returns its loss sums.
   */
  async statistics(share: Share, parameters: Float32Array, batchStatistics: Float32Array): Promise<LossSums> {
    this.#variables.load(parameters);
    const statistics = new Map<string, tf.Tensor>();
    const outputs = tf.tidy(() => {
      const losses = this.#losses(share, byBatch(this.#variables, statistics));
      return inOrder(losses);
    });
    await copyOut(this.#layout.statistics, Object.fromEntries(statistics), batchStatistics);
    return sumsOf(outputs, share.digits.length);
  }

  dispose(): void {
    this.#variables.dispose();
    for (const { dispose } of this.#hearers) dispose();
  }

  #losses(
    share: Share,
    normalise: AfterConvolution,
    noise?: tf.Tensor2D,
    mixes?: Mixes,
    swaps?: Swaps,
  ): Losses {
    const { format } = this.#shape;
    const n = share.digits.length;
    const dims: [number, number, number] = [n, format.frames, frameValues(format)];
    const whole = tf.tensor3d(share.features, dims);
    const features = bandsOf(format, whole);
    const seen = share.seen ? bandsOf(format, tf.tensor3d(share.seen, dims)) : features;
    const oneHot = oneHotOf(share.digits);
    const weights = this.#variables.get;
    const { mean, logVariance, digitLogits } = encode(this.#shape, weights, seen, normalise);
    const styles = noise ? tf.add<tf.Tensor2D>(mean, tf.mul(noise, tf.exp(tf.mul(logVariance, 0.5)))) : mean;
    const digitPoints = tf.matMul<tf.Tensor2D>(oneHot, weights('digit.embedding'));
    const others = [
      ...(mixes ? [mixedPoints(mixes, digitPoints, styles)] : []),
      ...(swaps ? [this.#swappedPoints(swaps, styles)] : []),
      ...(share.free ? [this.#freePoints(share.free)] : []),
    ];
    const decoded = decode(
      this.#shape,
      weights,
      tf.concat<tf.Tensor2D>([digitPoints, ...others.map((points) => points.digitPoints)]),
      tf.concat<tf.Tensor2D>([styles, ...others.map((points) => points.styles)]),
      normalise,
    );
    const allBands = bandsOf(format, decoded);
    const bands = tf.slice(allBands, [0, 0, 0], [n, -1, -1]);
    // Kingma & Welling 2014, appendix B.
    const kl = tf.mul(
      tf.sum(tf.sub(tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), 1), logVariance)),
      0.5,
    );
    const top = tf.max(digitLogits, 1, true);
    const correct = tf.sum(tf.mul(oneHot, tf.cast(tf.equal(digitLogits, top), 'float32')));
    // The decoder's output is clamped to 0: below it, silence is no error (censored regression, Tobin 1958).
    const heard = tf.where(tf.greater(features, 0), bands, tf.relu(bands));
    return {
      squaredError: tf.sum(this.#weighed(tf.square(tf.sub(heard, features)), whole)),
      ...(format.tracks
        ? { trackError: this.#trackError(whole, tf.slice(decoded, [0, 0, 0], [n, -1, -1])) }
        : {}),
      kl,
      crossEntropy: crossEntropyOf(digitLogits, oneHot),
      ...this.#heard(features, allBands, oneHot, {
        mixMisheard: mixes?.digits,
        swapMisheard: swaps?.digits,
        freeMisheard: share.free?.digits,
      }),
      correct,
    };
  }

  /** Squared errors [n, frames, bands] with the weight of their frames: unvoiced sounds count more where the configuration says so. */
  #weighed(squares: tf.Tensor3D, whole: tf.Tensor3D): tf.Tensor3D {
    const { melBands, tracks } = this.#shape.format;
    const { unvoicedWeight } = this.#config;
    const voicings = tracks?.channels.filter((name) => name.startsWith('voicing')).length ?? 0;
    if (unvoicedWeight === 0 || voicings === 0) return squares;
    const isVoicing = (tracks?.channels ?? []).map((name) => (name.startsWith('voicing') ? 1 / voicings : 0));
    const voiced = tf.sum(tf.mul(tf.slice(whole, [0, 0, melBands], [-1, -1, -1]), isVoicing), 2, true);
    const sounds = tf.minimum(1, tf.mul(soundingSlope, tf.mean(bandsOf(this.#shape.format, whole), 2, true)));
    return tf.mul(squares, tf.add(1, tf.mul(unvoicedWeight, tf.mul(tf.sub(1, voiced), sounds))));
  }

  #swappedPoints({ takes, digits }: Swaps, styles: tf.Tensor2D) {
    const points = this.#variables.get('digit.embedding') as tf.Tensor2D;
    return {
      digitPoints: tf.matMul<tf.Tensor2D>(oneHotOf(digits), points),
      // As a product: the wasm backend has no gradient of a gather.
      styles: tf.matMul<tf.Tensor2D>(selectionOf(takes, styles.shape[0]), styles),
    };
  }

  #freePoints({ digits, styles }: FreeWords): { digitPoints: tf.Tensor2D; styles: tf.Tensor2D } {
    const points = this.#variables.get('digit.embedding') as tf.Tensor2D;
    return {
      digitPoints: tf.matMul<tf.Tensor2D>(oneHotOf(digits), points),
      styles: tf.tensor2d(styles, [digits.length, this.#shape.latent.styleDimensions]),
    };
  }

  /** What the hearers make of the decoded bands, the mean over them: of the reconstructions, and of the words after them, which are of no take. */
  #heard(
    features: tf.Tensor3D,
    allBands: tf.Tensor3D,
    oneHot: tf.Tensor2D,
    words: Partial<Record<LossName, Uint8Array | undefined>>,
  ): Losses {
    if (this.#hearers.length === 0) return {};
    const decoded = tf.clipByValue<tf.Tensor3D>(allBands, 0, 1);
    const each = this.#hearers.map(({ hear }) => {
      const original = hear(features);
      const heard = hear(decoded);
      const n = features.shape[0];
      const part = (values: tf.Tensor2D, from: number, count: number) =>
        tf.slice(values, [from, 0], [count, -1]);
      const difference = tf.sub(part(heard.activations, 0, n), original.activations);
      const losses: Losses = {
        misheard: crossEntropyOf(part(heard.logits, 0, n), oneHot),
        mismatch: tf.mul(tf.sum(tf.square(difference)), 0.5),
      };
      let from = n;
      for (const [name, digits] of Object.entries(words)) {
        if (!digits) continue;
        losses[name as LossName] = crossEntropyOf(part(heard.logits, from, digits.length), oneHotOf(digits));
        from += digits.length;
      }
      return losses;
    });
    const names = Object.keys(each[0]) as LossName[];
    const meanOf = (name: LossName) =>
      tf.div(tf.addN(each.flatMap((losses: Losses) => losses[name] ?? [])), each.length);
    return Object.fromEntries(names.map((name) => [name, meanOf(name)]));
  }

  /** Squared errors of the tracks over twice their variances: f0 counts as far as the frame is voiced. */
  #trackError(whole: tf.Tensor3D, decoded: tf.Tensor3D): tf.Tensor {
    const { melBands, tracks } = this.#shape.format;
    const { f0Variance, voicingVariance } = this.#config;
    const channels = tracks?.channels ?? [];
    const isVoicing = channels.map((name) => (name.startsWith('voicing') ? 1 : 0));
    const voicings = isVoicing.reduce<number>((a, b) => a + b, 0);
    const cut = (values: tf.Tensor3D) => tf.slice(values, [0, 0, melBands], [-1, -1, -1]);
    const wanted = cut(whole);
    const square = tf.square(tf.sub(cut(decoded), wanted));
    const voiced = tf.div(tf.sum(tf.mul(wanted, isVoicing), 2, true), Math.max(1, voicings));
    const f0 = channels.map((name) => (name === 'f0' ? 1 / (2 * f0Variance) : 0));
    const voicing = isVoicing.map((one) => one / (2 * voicingVariance));
    return tf.sum(tf.mul(square, tf.add(tf.mul(voiced, f0), voicing)));
  }

  /** Pairs of takes of one digit that lie beside each other in the share, and where between their styles to decode. */
  #drawMixes({ digits }: Share, random: Random): Mixes | undefined {
    const { mixWeight, mixShare } = this.#config;
    if (this.#hearers.length === 0 || mixWeight === 0) return undefined;
    const { styleDimensions } = this.#shape.latent;
    const pairs: number[] = [];
    for (let i = 0; i + 1 < digits.length && pairs.length < mixShare * digits.length; i += 2) {
      if (digits[i] === digits[i + 1]) pairs.push(i);
    }
    if (pairs.length === 0) return undefined;
    const shares = new Float32Array(pairs.length * styleDimensions);
    pairs.forEach((_, p) => {
      // Half of them on the straight line, half with a share of its own in every dimension: a style that no take has.
      const onLine = random.uniform() < 0.5;
      const share = random.uniform();
      for (let k = 0; k < styleDimensions; k++) {
        shares[p * styleDimensions + k] = onLine ? share : random.uniform();
      }
    });
    return { pairs, digits: Uint8Array.from(pairs, (i) => digits[i]), shares };
  }

  /** Takes whose style is decoded with another digit: what somebody never said. */
  #drawSwaps({ digits }: Share, random: Random): Swaps | undefined {
    const { swapWeight, swapShare } = this.#config;
    const count = Math.round(swapShare * digits.length);
    if (this.#hearers.length === 0 || swapWeight === 0 || count === 0) return undefined;
    const takes = Array.from({ length: count }, () => random.integer(digits.length));
    return {
      takes,
      digits: Uint8Array.from(takes, (i) => (digits[i] + 1 + random.integer(digitCount - 1)) % digitCount),
    };
  }
}

const isEar = (hearer: Hearer): hearer is TrainedEar => 'reach' in hearer.shape;

function heardByEar(ear: TrainedEar): { hear: Hear; dispose: () => void } {
  const opened = openEar(ear);
  return { hear: opened.listen, dispose: () => opened.dispose() };
}

function heardByListener({ shape, tensors }: FrozenListener, format: SpectrogramFormat) {
  const weights = new Map<string, tf.Tensor>();
  for (const [name, dims] of listenerShapes(format, shape)) {
    const values = tensors.get(name);
    if (!values) throw new Error(`a listener has no tensor ${name}`);
    weights.set(name, tf.tensor(values, dims));
  }
  const weight = (name: string): tf.Tensor => weights.get(name) as tf.Tensor;
  const hear: Hear = (bands) => {
    const { activations, logits } = listen(shape, weight, listenerInput(bands, format, shape));
    return { activations, logits: logits.get('digit') as tf.Tensor2D };
  };
  return { hear, dispose: () => tf.dispose([...weights.values()]) };
}

/** Scalar sums over a share's takes; absent ones are 0. */
type Losses = Partial<Record<LossName, tf.Tensor>>;

function inOrder(losses: Losses): tf.Tensor[] {
  return lossNames.map((name) => losses[name] ?? tf.scalar(0));
}

/** Points between takes: the first take of each pair, its digit, and [pairs, styleDimensions] shares of the second. */
interface Mixes {
  readonly pairs: readonly number[];
  readonly digits: Uint8Array;
  readonly shares: Float32Array;
}

/** Takes of a share by their places, and the digits that their styles are decoded with. */
interface Swaps {
  readonly takes: readonly number[];
  readonly digits: Uint8Array;
}

function mixedPoints(mixes: Mixes, digitPoints: tf.Tensor2D, styles: tf.Tensor2D) {
  const row = (values: tf.Tensor2D, i: number) => tf.slice(values, [i, 0], [1, -1]);
  const rows = (values: tf.Tensor2D, offset: number) =>
    tf.concat<tf.Tensor2D>(mixes.pairs.map((i) => row(values, i + offset)));
  const first = rows(styles, 0);
  const shares = tf.tensor2d(mixes.shares, first.shape);
  return {
    digitPoints: rows(digitPoints, 0),
    styles: tf.add<tf.Tensor2D>(first, tf.mul(shares, tf.sub(rows(styles, 1), first))),
  };
}

/** [places, rows]: a one in each row, at a place. */
function selectionOf(places: ArrayLike<number>, rows: number): tf.Tensor2D {
  const values = new Float32Array(places.length * rows);
  for (let i = 0; i < places.length; i++) values[i * rows + places[i]] = 1;
  return tf.tensor2d(values, [places.length, rows]);
}

function oneHotOf(digits: Uint8Array): tf.Tensor2D {
  return selectionOf(digits, digitCount);
}

/** Sum over rows, nats. */
function crossEntropyOf(logits: tf.Tensor2D, oneHot: tf.Tensor2D): tf.Tensor {
  const shifted = tf.sub(logits, tf.max(logits, 1, true));
  const logNormaliser = tf.log(tf.sum(tf.exp(shifted), 1, true));
  return tf.sum(tf.mul(oneHot, tf.sub(logNormaliser, shifted)));
}

async function sumsOf(losses: tf.Tensor[], takes: number): Promise<LossSums> {
  const values = await Promise.all(losses.map(async (loss) => ((await loss.data()) as Float32Array)[0]));
  tf.dispose(losses);
  const sums = emptySums();
  lossNames.forEach((name, i) => (sums[name] = values[i]));
  return { ...sums, takes };
}
