// Fits the voices to the encoded training set: a Gaussian of the player's style for each digit and speaker.
import { CholeskyDecomposition, Matrix } from 'ml-matrix';
import { digitCount } from '../../src/contract/vocabulary.ts';

/** Encoded training takes: the player's styles of their posterior means, with their labels. */
export interface EncodedTakes {
  readonly styles: readonly Float32Array[];
  readonly digits: ArrayLike<number>;
  readonly speakers: ArrayLike<number>;
}

/** What goes into the bundle's prior. */
export interface FittedPrior {
  /** [10, speakers, z] means, row major. */
  readonly means: Float32Array;
  /** [speakers, z, z] lower Cholesky factors of the covariances about them, times the spread, row major. */
  readonly factors: Float32Array;
}

/** Share of the covariance of all voices in each voice's own. */
const pooledShare = 0.3;
/**
 * Deviation of the drawn styles as a share of the fitted one. In the tails of a voice's Gaussian lie its neighbours: by the
 * listener 95.2 % of decoded words are of the voice asked for at 0.8, 98.8 % at 0.6, and all of the means themselves.
 */
const spread = 0.45;
/** Added to each variance so that a voice with few takes still has a factor. */
const varianceFloor = 1e-4;

/**
 * Fits the prior: the mean of every digit and speaker, and for every speaker the covariance about those means.
 * @throws RangeError when a digit and speaker have no take: nothing could be said in that voice
 */
export function fitPrior(takes: EncodedTakes, speakerCount: number): FittedPrior {
  const z = takes.styles[0].length;
  const counts = new Array<number>(digitCount * speakerCount).fill(0);
  const means = new Float32Array(digitCount * speakerCount * z);
  const groupOf = (take: number) => takes.digits[take] * speakerCount + takes.speakers[take];
  takes.styles.forEach((style, take) => {
    counts[groupOf(take)]++;
    for (let i = 0; i < z; i++) means[groupOf(take) * z + i] += style[i];
  });
  const empty = counts.indexOf(0);
  if (empty >= 0) {
    throw new RangeError(
      `digit ${Math.floor(empty / speakerCount)} of speaker ${empty % speakerCount} has no training take; every speaker must say every digit`,
    );
  }
  for (let i = 0; i < means.length; i++) means[i] /= counts[Math.floor(i / z)];
  const scatters = Array.from({ length: speakerCount }, () => Matrix.zeros(z, z));
  const takesOf = new Array<number>(speakerCount).fill(0);
  takes.styles.forEach((style, take) => {
    const base = groupOf(take) * z;
    const difference = Matrix.columnVector(Array.from(style, (value, i) => value - means[base + i]));
    scatters[takes.speakers[take]].add(difference.mmul(difference.transpose()));
    takesOf[takes.speakers[take]]++;
  });
  const pooled = scatters
    .reduce((sum, scatter) => sum.add(scatter), Matrix.zeros(z, z))
    .div(takes.styles.length);
  const factors = new Float32Array(speakerCount * z * z);
  scatters.forEach((scatter, s) => {
    const covariance = Matrix.mul(scatter, (1 - pooledShare) / takesOf[s])
      .add(Matrix.mul(pooled, pooledShare))
      .add(Matrix.eye(z, z, varianceFloor));
    const factor = new CholeskyDecomposition(covariance).lowerTriangularMatrix.mul(spread);
    factors.set(factor.to1DArray(), s * z * z);
  });
  return { means, factors };
}
