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
 * Fits the prior: the mean of every digit and speaker, and for every speaker the covariance about those means. A digit that a speaker never
 * said has the mean of those that they did say: a player's style means the same person whatever the word.
 * @param takes those of an unknown speaker (-1) are left out
 * @throws RangeError when a speaker has no take at all
 */
export function fitPrior(takes: EncodedTakes, speakerCount: number): FittedPrior {
  const z = takes.styles[0].length;
  const counts = new Array<number>(digitCount * speakerCount).fill(0);
  const means = new Float32Array(digitCount * speakerCount * z);
  const groupOf = (take: number) => takes.digits[take] * speakerCount + takes.speakers[take];
  const known = [...takes.styles.keys()].filter((take) => takes.speakers[take] >= 0);
  for (const take of known) {
    const style = takes.styles[take];
    counts[groupOf(take)]++;
    for (let i = 0; i < z; i++) means[groupOf(take) * z + i] += style[i];
  }
  for (let i = 0; i < means.length; i++) means[i] /= Math.max(1, counts[Math.floor(i / z)]);
  for (let speaker = 0; speaker < speakerCount; speaker++) fillUnsaid(means, counts, speaker, speakerCount);
  const scatters = Array.from({ length: speakerCount }, () => Matrix.zeros(z, z));
  const takesOf = new Array<number>(speakerCount).fill(0);
  for (const take of known) {
    const style = takes.styles[take];
    const base = groupOf(take) * z;
    const difference = Matrix.columnVector(Array.from(style, (value, i) => value - means[base + i]));
    scatters[takes.speakers[take]].add(difference.mmul(difference.transpose()));
    takesOf[takes.speakers[take]]++;
  }
  const pooled = scatters.reduce((sum, scatter) => sum.add(scatter), Matrix.zeros(z, z)).div(known.length);
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

function fillUnsaid(means: Float32Array, counts: readonly number[], speaker: number, speakers: number): void {
  const z = means.length / counts.length;
  const digits = Array.from({ length: digitCount }, (_, digit) => digit * speakers + speaker);
  const said = digits.filter((group) => counts[group] > 0);
  if (said.length === 0) throw new RangeError(`speaker ${speaker} has no training take`);
  for (const group of digits.filter((each) => counts[each] === 0)) {
    for (let i = 0; i < z; i++) {
      means[group * z + i] = said.reduce((sum, other) => sum + means[other * z + i], 0) / said.length;
    }
  }
}
