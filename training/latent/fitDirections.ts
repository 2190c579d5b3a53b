// Style directions for the knobs: what the player's style changes, measured on decoded words, most audible first.
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import {
  f0OfTrack,
  frameValues,
  magnitudeOfFeature,
  type SpectrogramFormat,
} from '../../src/contract/spectrogram.ts';
import { Random } from '../../src/dsp/random.ts';
import { digitAnchor } from '../../src/model/latent.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import type { Listener } from '../../src/model/nodeListener.ts';
import type { LatentPoint, NodeModel } from '../../src/model/nodeModel.ts';

/** A direction of the player's style: unit length, so that 1 on its knob is one deviation of the prior. */
export interface Direction {
  readonly name: string;
  readonly vector: Float32Array;
  /** Root mean square change of the band features that a step of 1 makes. */
  readonly effect: number;
}

/** What can be measured on a word's features. Frames count as far as they are heard, so that nothing jumps at a threshold. */
export interface Measures {
  /** Seconds that are heard. */
  readonly duration: number;
  /** Mean band of the power, weighted by it: the spectral centroid on the mel scale. */
  readonly brightness: number;
  /** Mean f0 in semitones, weighted by the voicing; 0 without tracks or voice. */
  readonly pitch: number;
  /** Slope of the level over the word, decibels per second. */
  readonly 'loudness slope': number;
}

/** Frames within this many decibels of the loudest are heard, those at the edge by half. */
const audibleRangeDb = 30;
const edgeDb = 10;

/** Measures a word of features (frames x frameValues). */
export function measureWord(features: Float32Array, format: SpectrogramFormat): Measures {
  const { frames, melBands, hopSamples, sampleRate, tracks } = format;
  const values = frameValues(format);
  const power = new Float64Array(frames);
  let total = 0;
  let centroid = 0;
  for (let m = 0; m < frames; m++) {
    for (let band = 0; band < melBands; band++) {
      const magnitude = magnitudeOfFeature(features[m * values + band], format);
      power[m] += magnitude * magnitude;
      centroid += band * magnitude * magnitude;
    }
    total += power[m];
  }
  const levels = Array.from(power, (value) => 10 * Math.log10(Math.max(value, 1e-20)));
  const loudest = Math.max(...levels);
  const heard = levels.map((level, m) =>
    power[m] > 0 ? Math.min(1, Math.max(0, 0.5 + (level - loudest + audibleRangeDb) / edgeDb)) : 0,
  );
  const hopSeconds = hopSamples / sampleRate;
  const f0 = tracks?.channels.indexOf('f0') ?? -1;
  const voicing = tracks?.channels.indexOf('voicing1') ?? -1;
  let pitch = 0;
  if (tracks && f0 >= 0 && voicing >= 0) {
    const voiced = heard.map((share, m) => share * features[m * values + melBands + voicing]);
    const semitones = heard.map(
      (_, m) => 12 * Math.log2(f0OfTrack(features[m * values + melBands + f0], tracks)),
    );
    pitch = meanOf(semitones, voiced);
  }
  return {
    duration: heard.reduce((sum, share) => sum + share, 0) * hopSeconds,
    brightness: total > 0 ? centroid / total : 0,
    pitch,
    'loudness slope': slopeOf(levels, heard) / hopSeconds,
  };
}

/** Weighted mean; 0 when nothing has weight. */
function meanOf(values: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return total > 0 ? dot(values, weights) / total : 0;
}

/** Weighted least-squares slope per index; 0 where one index has all the weight. */
function slopeOf(values: readonly number[], weights: readonly number[]): number {
  const indices = values.map((_, i) => i);
  const [middle, level] = [meanOf(indices, weights), meanOf(values, weights)];
  const spread = weights.reduce((sum, weight, i) => sum + weight * (i - middle) ** 2, 0);
  const product = weights.reduce((sum, weight, i) => sum + weight * (i - middle) * (values[i] - level), 0);
  return spread > 0 ? product / spread : 0;
}

/** Words from which each dimension is tried, of each digit. */
const basesPerDigit = 6;
/** Step of a trial, in deviations of the prior: as far as a hand turns a knob at once. */
const trialStep = 0.75;

/**
 * Finds directions. Every dimension of u is tried from words drawn from the prior, which gives the mean gradient of every
 * measure and the metric of audible change, G = E[J' J] of the band features. The measures' gradients come first, made
 * orthogonal one after the other, the one that moves its measure most (in deviations over words) first; the principal axes of G
 * among what is left follow, each named by the two speakers between whom it moves what the listener hears.
 * @param onStep told how many of the words are done
 * @param listener names the speaker directions; without one, or with one speaker, they are called "style"
 */
export async function findDirections(
  model: NodeModel,
  listener: Listener | undefined,
  count: number,
  seed: number,
  onStep: (done: number, steps: number) => void = () => undefined,
): Promise<Direction[]> {
  const { format } = model.bundle.manifest;
  const size = model.bundle.manifest.latent.styleDimensions;
  const random = new Random(seed);
  const bases: LatentPoint[] = Array.from({ length: basesPerDigit * digitCount }, (_, b) => ({
    digit: digitAnchor(model.bundle.manifest, b % digitCount),
    style: Float32Array.from({ length: size }, () => random.normal()),
  }));
  const speakers = listener?.heads.find(({ name }) => name === 'speaker')?.labels ?? [];
  const measure = async (words: Float32Array[]) => {
    const hearings = speakers.length > 1 && listener ? await listener.hear(words) : [];
    return words.map((word, i) => {
      const { duration, brightness, pitch, 'loudness slope': slope } = measureWord(word, format);
      const likely = hearings[i]?.speaker.probabilities ?? new Float32Array(0);
      return [duration, brightness, pitch, slope, ...Array.from(likely, (p) => Math.log(Math.max(p, 1e-4)))];
    });
  };
  const names: (keyof Measures)[] = ['duration', 'brightness', 'pitch', 'loudness slope'];

  const metric = Matrix.zeros(size, size);
  const gradients = Matrix.zeros(names.length + speakers.length, size);
  const baseMeasures: number[][] = [];
  for (const [b, base] of bases.entries()) {
    const trials = Array.from({ length: size }, (_, k) => ({
      digit: base.digit,
      style: base.style.map((value, i) => (i === k ? value + trialStep : value)),
    }));
    const [word, ...changed] = await model.decode([base, ...trials]);
    const [atBase, ...atTrials] = await measure([word, ...changed]);
    baseMeasures.push(atBase);
    const differences = new Matrix(changed.map((other) => bandDifference(other, word, format)));
    metric.add(differences.mmul(differences.transpose()).div(trialStep ** 2 * bases.length));
    atTrials.forEach((values, k) =>
      values.forEach((value, a) => {
        const slope = (value - atBase[a]) / (trialStep * bases.length);
        gradients.set(a, k, gradients.get(a, k) + slope);
      }),
    );
    onStep(b + 1, bases.length);
  }

  const strength = (a: number) => {
    const values = baseMeasures.map((row) => row[a]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
    return deviation > 0 ? Math.hypot(...gradients.getRow(a)) / deviation : 0;
  };
  const order = names.map((_, a) => a).filter((a) => strength(a) > 0);
  order.sort((a, b) => strength(b) - strength(a));
  const found: { name: string; vector: number[] }[] = [];
  for (const a of order.slice(0, count)) {
    const vector = unit(
      without(
        gradients.getRow(a),
        found.map((one) => one.vector),
      ),
    );
    if (vector) found.push({ name: names[a], vector });
  }
  const used = new Set<string>();
  while (found.length < Math.min(count, size)) {
    const vector = mainAxis(
      metric,
      found.map((one) => one.vector),
    );
    const changes = speakers.map((_, s) => dot(gradients.getRow(names.length + s), vector));
    found.push({ name: nameOfSpeakers(speakers, changes, used, found.length), vector });
  }
  return found
    .map(({ name, vector }) => {
      const column = Matrix.columnVector(vector);
      const effect = Math.sqrt(Math.max(0, column.transpose().mmul(metric).mmul(column).get(0, 0)));
      return { name, vector: Float32Array.from(vector), effect };
    })
    .sort((a, b) => b.effect - a.effect);
}

/** Difference of the bands of two words, over the root of their number: the square sum is a mean square. */
function bandDifference(word: Float32Array, other: Float32Array, format: SpectrogramFormat): number[] {
  const { frames, melBands } = format;
  const values = frameValues(format);
  const scale = 1 / Math.sqrt(frames * melBands);
  return Array.from({ length: frames * melBands }, (_, i) => {
    const at = Math.floor(i / melBands) * values + (i % melBands);
    return scale * (word[at] - other[at]);
  });
}

/** The axis of largest metric among those orthogonal to `taken`. */
function mainAxis(metric: Matrix, taken: readonly number[][]): number[] {
  const size = metric.rows;
  const projection = Matrix.eye(size, size);
  for (const vector of taken) {
    const column = Matrix.columnVector(vector);
    projection.sub(column.mmul(column.transpose()));
  }
  // A little of the identity: what nobody hears still ranks above what is taken, whose eigenvalue is 0.
  const raised = Matrix.add(metric, Matrix.eye(size, size, 1e-9 * Math.max(metric.trace(), 1e-9)));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(
    projection.mmul(raised).mmul(projection),
    { assumeSymmetric: true },
  );
  const largest = realEigenvalues.indexOf(Math.max(...realEigenvalues));
  const axis = unit(without(eigenvectorMatrix.getColumn(largest), taken));
  if (!axis) throw new Error('the metric of audible change has no axis left');
  return axis;
}

/** The pair of speakers, not named before, from the one who grows unlikeliest to the one who grows likeliest. */
function nameOfSpeakers(
  speakers: readonly string[],
  changes: readonly number[],
  used: Set<string>,
  index: number,
): string {
  let best: { readonly pair: readonly [number, number]; readonly apart: number } | undefined;
  for (let from = 0; from < speakers.length; from++) {
    for (let to = 0; to < speakers.length; to++) {
      const apart = changes[to] - changes[from];
      if (apart <= (best?.apart ?? 0) || used.has(keyOf(from, to))) continue;
      best = { pair: [from, to], apart };
    }
  }
  if (!best) return `style ${index + 1}`;
  const [from, to] = best.pair;
  used.add(keyOf(from, to));
  return `${speakers[from]} to ${speakers[to]}`;
}

/** The same for both orders of a pair. */
const keyOf = (a: number, b: number): string => `${Math.min(a, b)} ${Math.max(a, b)}`;

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * b[i], 0);

/** `vector` without its parts along the orthonormal `taken`. */
function without(vector: readonly number[], taken: readonly number[][]): number[] {
  return taken.reduce<number[]>(
    (rest, axis) => {
      const along = dot(rest, axis);
      return rest.map((value, i) => value - along * axis[i]);
    },
    [...vector],
  );
}

function unit(vector: readonly number[]): number[] | undefined {
  const length = Math.hypot(...vector);
  return length > 1e-9 ? vector.map((value) => value / length) : undefined;
}
