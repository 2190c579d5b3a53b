// Fits the prior map: a flow by maximum likelihood over the encoded training takes, so that u ~ N(0, I) lands on what the encoder uses.
import * as tf from '@tensorflow/tfjs';
import { EigenvalueDecomposition, Matrix, solve } from 'ml-matrix';
import { z } from 'zod';
import { Random } from '../../src/dsp/random.ts';
import type { Manifest, PriorMapShape } from '../../src/model/manifest.ts';
import { couplingHalves, priorMapShapes } from '../../src/model/shapes.ts';
import { Adam, learningRateAt } from '../optimise/adam.ts';
import { layoutOf, type ParameterSlot } from '../optimise/flatParameters.ts';
import { copyOut, Variables } from '../optimise/variables.ts';

const count = z.int().positive();

/** How the prior map is fitted. */
export const priorMapConfigSchema = z.strictObject({
  couplings: count.default(6),
  units: count.default(64),
  /** Bound of each coupling's log-scales. */
  scaleBound: z.number().positive().default(1),
  steps: count.default(2500),
  batch: count.default(256),
  learningRate: z.number().positive().default(1e-3),
  /** Deviation of the draws about a take's posterior mean, as a share of the posterior's own. */
  posteriorShare: z.number().nonnegative().default(1),
  /** Deviation of noise added in whitened coordinates: a flow of few takes would fit them one by one. */
  jitter: z.number().nonnegative().default(0.15),
  /** How far takes are pulled to the mean of their digit and speaker before the fit, 0..1: the tails are where words blur. */
  contraction: z.number().min(0).max(1).default(0.35),
  /** Decay of the kernels towards 0 per step, as a share of the rate. */
  weightDecay: z.number().nonnegative().default(0.02),
});
export type PriorMapConfig = z.infer<typeof priorMapConfigSchema>;

/** Encoded takes: posterior means and log-variances [styleDimensions each], with their labels. */
export interface PosteriorTakes {
  readonly means: readonly Float32Array[];
  readonly logVariances: readonly Float32Array[];
  readonly digits: ArrayLike<number>;
  readonly speakers: ArrayLike<number>;
}

/** A fitted map: its part of the manifest, its tensors, and mean negative log-likelihoods in nats per take. */
export interface FittedPriorMap {
  readonly shape: PriorMapShape;
  readonly tensors: Map<string, Float32Array>;
  readonly trainNats: number;
}

/**
 * Fits the map. The linear part comes first, from the takes' means by digit (regressed on the digit points) and the principal
 * axes of what is left; the couplings then learn by Adam. Deterministic by seed; a tfjs backend must be ready.
 * @param digitAnchors [10][digitDimensions]
 * @param onStep told how many steps of all are done
 */
export async function fitPriorMap(
  takes: PosteriorTakes,
  digitAnchors: readonly (readonly number[])[],
  config: PriorMapConfig,
  seed: number,
  onStep: (done: number, steps: number) => void = () => undefined,
): Promise<FittedPriorMap> {
  const styleDimensions = takes.means[0].length;
  const latent = { styleDimensions, digitDimensions: digitAnchors[0].length };
  const shape = { couplings: config.couplings, units: config.units, scaleBound: config.scaleBound };
  const centres = contracted(takes, config.contraction);
  const { tensors, whitened, whiten } = linearPart(takes, centres, digitAnchors);
  const flow = new FlowStep(shape, latent);
  const random = new Random(seed);
  const parameters = flow.initial(random);
  const adam = new Adam(parameters.length);
  const gradient = new Float32Array(parameters.length);
  const schedule = { learningRate: config.learningRate, peakRate: 1, warmUpShare: 0.05 };
  let trainNats = 0;
  for (let step = 0; step < config.steps; step++) {
    const points = new Float32Array(config.batch * styleDimensions);
    const conditions = new Float32Array(config.batch * latent.digitDimensions);
    for (let b = 0; b < config.batch; b++) {
      const take = random.integer(takes.means.length);
      conditions.set(digitAnchors[takes.digits[take]], b * latent.digitDimensions);
      const noise = takes.logVariances[take].map(
        (logVariance) => config.posteriorShare * Math.exp(0.5 * logVariance) * random.normal(),
      );
      const turned = whiten(noise);
      for (let i = 0; i < styleDimensions; i++) {
        points[b * styleDimensions + i] = whitened[take][i] + turned[i] + config.jitter * random.normal();
      }
    }
    const nats = await flow.gradient(parameters, points, conditions, gradient);
    trainNats = step === 0 ? nats : trainNats + 0.02 * (nats - trainNats);
    const rate = learningRateAt(step, config.steps, schedule);
    adam.update(parameters, gradient, rate);
    for (const { name, offset, length } of flow.slots) {
      if (!name.endsWith('.kernel')) continue;
      for (let i = offset; i < offset + length; i++) parameters[i] *= 1 - rate * config.weightDecay;
    }
    onStep(step + 1, config.steps);
  }
  for (const { name, offset, length } of flow.slots)
    tensors.set(name, parameters.slice(offset, offset + length));
  flow.dispose();
  return { shape, tensors, trainNats };
}

/** The takes' means, each pulled towards the mean of its digit and speaker. */
function contracted({ means, digits, speakers }: PosteriorTakes, contraction: number): Float64Array[] {
  const groups = new Map<string, { sum: Float64Array; takes: number }>();
  const keyOf = (take: number) => `${digits[take]} ${speakers[take]}`;
  means.forEach((mean, take) => {
    // Takes of many people who each said little have no middle of their own.
    if (speakers[take] < 0) return;
    const group = groups.get(keyOf(take)) ?? { sum: new Float64Array(mean.length), takes: 0 };
    mean.forEach((value, i) => (group.sum[i] += value));
    group.takes++;
    groups.set(keyOf(take), group);
  });
  return means.map((mean, take) => {
    if (speakers[take] < 0) return Float64Array.from(mean);
    const { sum, takes } = groups.get(keyOf(take))!;
    return Float64Array.from(mean, (value, i) => value + contraction * (sum[i] / takes - value));
  });
}

/** z = rotation h + digit' e + offset, with h white: the tensors, every take's h, and how a difference of z is whitened. */
function linearPart(
  takes: PosteriorTakes,
  centres: readonly Float64Array[],
  digitAnchors: readonly (readonly number[])[],
): {
  tensors: Map<string, Float32Array>;
  whitened: Float64Array[];
  whiten: (difference: ArrayLike<number>) => Float64Array;
} {
  const size = centres[0].length;
  const latents = new Matrix(centres.map((centre) => Array.from(centre)));
  const design = new Matrix(Array.from(takes.digits, (digit) => [1, ...digitAnchors[digit]]));
  // A little ridge: the anchors of few digits need not span their space.
  const gram = design.transpose().mmul(design);
  const ridge = Matrix.eye(gram.rows, gram.rows, 1e-3);
  const coefficients = solve(gram.add(ridge), design.transpose().mmul(latents));
  const residual = Matrix.sub(latents, design.mmul(coefficients));
  const covariance = residual.transpose().mmul(residual).div(centres.length);
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  const deviations = realEigenvalues.map((value) => Math.sqrt(Math.max(value, 1e-6)));
  // Largest axes alternate between the couplings' halves, so that neither half is the weak one.
  const order = deviations.map((_, i) => i).sort((a, b) => deviations[b] - deviations[a]);
  const middle = Math.ceil(size / 2);
  const column = Array.from({ length: size }, (_, i) => order[i < middle ? 2 * i : 2 * (i - middle) + 1]);
  const whiten = (difference: ArrayLike<number>): Float64Array =>
    Float64Array.from(column, (axis) => {
      let sum = 0;
      for (let i = 0; i < size; i++) sum += eigenvectorMatrix.get(i, axis) * difference[i];
      return sum / deviations[axis];
    });
  const rotation = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    column.forEach((axis, j) => (rotation[i * size + j] = eigenvectorMatrix.get(i, axis) * deviations[axis]));
  }
  const rows = coefficients.to2DArray();
  return {
    tensors: new Map([
      ['priorMap.rotation', rotation],
      ['priorMap.digit', Float32Array.from(rows.slice(1).flat())],
      ['priorMap.offset', Float32Array.from(rows[0])],
    ]),
    whitened: residual.to2DArray().map(whiten),
    whiten,
  };
}

/** The couplings' negative log-likelihood and its gradient, in tfjs. */
class FlowStep {
  readonly slots: readonly ParameterSlot[];
  readonly #shape: PriorMapShape;
  readonly #latent: Manifest['latent'];
  readonly #variables: Variables;

  constructor(shape: PriorMapShape, latent: Manifest['latent']) {
    this.#shape = shape;
    this.#latent = latent;
    const couplings = [...priorMapShapes(shape, latent)].filter(([name]) => /^priorMap\.\d/.test(name));
    // Nothing here is normalised by the batch.
    this.slots = layoutOf(couplings, /^$/).slots;
    this.#variables = new Variables(this.slots);
  }

  /** Hidden layers with variance 1 / fan-in (Glorot & Bengio 2010), the last layer near 0: the flow starts as the identity. */
  initial(random: Random): Float32Array {
    const last = this.slots[this.slots.length - 1];
    const parameters = new Float32Array(last.offset + last.length);
    for (const { name, shape, offset, length } of this.slots) {
      if (!name.endsWith('.kernel')) continue;
      const deviation = (name.includes('third') ? 0.01 : 1) / Math.sqrt(shape[0]);
      for (let i = 0; i < length; i++) parameters[offset + i] = deviation * random.normal();
    }
    return parameters;
  }

  /** Mean negative log-likelihood (nats, of the whitened points) and its gradient. */
  async gradient(
    parameters: Float32Array,
    points: Float32Array,
    conditions: Float32Array,
    gradient: Float32Array,
  ): Promise<number> {
    const { styleDimensions, digitDimensions } = this.#latent;
    const n = points.length / styleDimensions;
    this.#variables.load(parameters);
    const { value, grads } = tf.variableGrads(
      () =>
        this.#loss(tf.tensor2d(points, [n, styleDimensions]), tf.tensor2d(conditions, [n, digitDimensions])),
      this.#variables.all,
    );
    const [nats] = await value.data();
    value.dispose();
    await copyOut(this.slots, grads, gradient);
    return nats;
  }

  #loss(points: tf.Tensor2D, conditions: tf.Tensor2D): tf.Scalar {
    const { styleDimensions } = this.#latent;
    const { scaleBound } = this.#shape;
    const weight = (name: string) => this.#variables.get(name) as tf.Variable<tf.Rank.R2>;
    const n = points.shape[0];
    let h = points;
    let logScales: tf.Tensor = tf.zeros([n]);
    for (let c = this.#shape.couplings - 1; c >= 0; c--) {
      const { kept, moved } = couplingHalves(c, styleDimensions);
      const a = tf.slice(h, [0, kept[0]], [n, kept[1]]);
      const b = tf.slice(h, [0, moved[0]], [n, moved[1]]);
      const layer = (x: tf.Tensor2D, name: string): tf.Tensor2D =>
        tf.add(tf.matMul(x, weight(`priorMap.${c}.${name}.kernel`)), weight(`priorMap.${c}.${name}.bias`));
      const first = tf.tanh(layer(tf.concat([a, conditions], 1), 'first'));
      const third = layer(tf.tanh(layer(first, 'second')), 'third');
      const raw = tf.slice(third, [0, 0], [n, moved[1]]);
      const shift = tf.slice(third, [0, moved[1]], [n, moved[1]]);
      const logScale = tf.mul(tf.tanh(tf.div(raw, scaleBound)), scaleBound);
      const back = tf.mul<tf.Tensor2D>(tf.sub(b, shift), tf.exp(tf.neg(logScale)));
      h = tf.concat<tf.Tensor2D>(kept[0] === 0 ? [a, back] : [back, a], 1);
      logScales = tf.add(logScales, tf.sum(logScale, 1));
    }
    const constant = 0.5 * styleDimensions * Math.log(2 * Math.PI);
    const nats = tf.mean<tf.Scalar>(tf.add(tf.mul(tf.sum(tf.square(h), 1), 0.5), logScales));
    return tf.add(nats, constant);
  }

  dispose(): void {
    this.#variables.dispose();
  }
}
