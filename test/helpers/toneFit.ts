// What a pitched sound is made of: harmonics fitted by least squares, what they leave, its pitch and its beating.
import { solve } from './leastSquares.ts';

/** Harmonics are fitted up to this share of the rate, or of the model's when that is lower. */
const HIGHEST = 0.4875;
const MODEL_RATE = 8000;

/** A steady tone, as fitted. */
export interface ToneFit {
  /** Fundamental that fits best. */
  readonly hertz: number;
  /** Energy of the fitted harmonics over that of all the rest. */
  readonly harmonicToNoiseDb: number;
  /** Amplitudes of the harmonics, from the first on. */
  readonly amplitudes: readonly number[];
}

/**
 * Fits all harmonics of one fundamental, of constant amplitudes, to the whole of `samples`. The fundamental is
 * measured: from the guess on, it is moved by how far the harmonics' phases turn from the first half to the
 * second, until they stand.
 * @param guess within a tenth of a period over the whole
 */
export function fitTone(samples: Float32Array, sampleRate: number, guess: number): ToneFit {
  const half = samples.length >> 1;
  let hertz = guess;
  for (let round = 0; round < 3; round++) {
    const course = (n: number): number => (hertz * n) / sampleRate;
    const count = harmonicsOf(hertz, sampleRate);
    const first = fitStretch(samples, 0, half, course, count, 0);
    const second = fitStretch(samples, samples.length - half, samples.length, course, count, 0);
    let turned = 0;
    let weights = 0;
    for (let k = 0; k < count; k++) {
      const [a, b, c, d] = [first.re[k], first.im[k], second.re[k], second.im[k]];
      const weight = (k + 1) * (a * a + b * b);
      turned += (weight * Math.atan2(a * d - b * c, a * c + b * d)) / (2 * Math.PI);
      weights += weight * (k + 1);
    }
    hertz += ((turned / weights) * sampleRate) / (samples.length - half);
  }
  const { re, im, energy, residue } = fitStretch(
    samples,
    0,
    samples.length,
    (n) => (hertz * n) / sampleRate,
    harmonicsOf(hertz, sampleRate),
    0,
  );
  return {
    hertz,
    harmonicToNoiseDb: 10 * Math.log10((energy - residue) / residue),
    amplitudes: Array.from(re, (value, k) => Math.hypot(value, im[k])),
  };
}

/**
 * Largest difference in dB between the levels of stretches of eight whole periods, each half a stretch after the
 * other.
 */
export function beatingDb(samples: Float32Array, sampleRate: number, hertz: number): number {
  const length = Math.round((8 * sampleRate) / hertz);
  let least = Infinity;
  let most = -Infinity;
  for (let at = 0; at + length <= samples.length; at += length >> 1) {
    // A Hann window's nulls lie on the harmonics of the power, so that it matters little where a stretch begins.
    let sum = 0;
    for (let n = 0; n < length; n++) {
      sum += samples[at + n] ** 2 * (1 - Math.cos((2 * Math.PI * (n + 0.5)) / length));
    }
    const level = 10 * Math.log10(sum / length);
    least = Math.min(least, level);
    most = Math.max(most, level);
  }
  return most - least;
}

/**
 * Fits a tone along a course of pitch, with one constant gain and phase for each harmonic over the whole of
 * `samples`: whatever steps, drifts or lags is noise.
 * @param course phase of the fundamental in turns by sample, which may lie half-way between samples
 * @param law how the amplitude of a harmonic depends on its number and the fundamental in hertz; 0 leaves it out
 * @returns energy of the fitted harmonics over that of all the rest, in dB
 */
export function courseFitDb(
  samples: Float32Array,
  sampleRate: number,
  course: (n: number) => number,
  law: (k: number, hertz: number, n: number) => number,
): number {
  let lowest = Infinity;
  for (let n = 0; n < samples.length; n++) {
    lowest = Math.min(lowest, (course(n + 0.5) - course(n - 0.5)) * sampleRate);
  }
  const count = harmonicsOf(lowest, sampleRate);
  const { energy, residue } = fitStretch(samples, 0, samples.length, course, count, 0, (k, n) =>
    law(k, (course(n + 0.5) - course(n - 0.5)) * sampleRate, n),
  );
  return 10 * Math.log10((energy - residue) / residue);
}

/** A tone along a course of pitch: one entry for each stretch. */
export interface CourseFit {
  /** Middle of the stretch, in samples. */
  readonly at: number;
  /** Measured pitch against the course, in cents. */
  readonly cents: number;
  /** Energy of the harmonics over that of what they leave, by degrees of freedom. */
  readonly harmonicToNoiseDb: number;
}

/**
 * Follows a tone along a course of its phase: in each stretch all harmonics are fitted whose complex amplitudes
 * are parabolas of time, which takes in what the pitch and the levels differ from the course and constant
 * levels. A step of phase fits no parabola.
 * @param course phase of the fundamental in turns by sample, which may lie between samples
 * @param stretchSeconds how long a stretch is; each begins half of that after the last
 */
export function followTone(
  samples: Float32Array,
  sampleRate: number,
  course: (n: number) => number,
  stretchSeconds: number,
): CourseFit[] {
  const length = 2 * Math.round((stretchSeconds * sampleRate) / 2);
  const fits: CourseFit[] = [];
  for (let from = 0; from + length <= samples.length; from += length / 2) {
    const at = from + length / 2;
    const hertz = (course(at + 0.5) - course(at - 0.5)) * sampleRate;
    // The highest harmonic must stay below half the rate over the whole stretch.
    const ends = Math.max(course(from + 1) - course(from), course(from + length) - course(from + length - 1));
    const count = harmonicsOf(Math.max(hertz, ends * sampleRate), sampleRate);
    const fit = fitStretch(samples, from, from + length, course, count, 2);
    let slope = 0;
    let weights = 0;
    for (let k = 0; k < count; k++) {
      const power = fit.re[k] ** 2 + fit.im[k] ** 2;
      // The turning of the amplitude, (a' conj a) / |a|^2, in turns a half stretch for the fundamental.
      slope += ((k + 1) * (fit.im[count + k] * fit.re[k] - fit.re[count + k] * fit.im[k])) / (2 * Math.PI);
      weights += (k + 1) ** 2 * power;
    }
    const offset = ((slope / weights) * sampleRate) / (length / 2);
    const freedom = length / Math.max(1, length - 6 * count);
    fits.push({
      at,
      cents: 1200 * Math.log2((hertz + offset) / hertz),
      harmonicToNoiseDb: 10 * Math.log10((fit.energy - fit.residue) / (fit.residue * freedom)),
    });
  }
  return fits;
}

function harmonicsOf(hertz: number, sampleRate: number): number {
  return Math.floor((HIGHEST * Math.min(sampleRate, MODEL_RATE)) / hertz);
}

/**
 * Complex amplitudes of the first `count` harmonics: those of a degree of time follow those of the degree below.
 */
interface Stretch {
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly energy: number;
  readonly residue: number;
}

/**
 * Least squares over samples[from .. to - 1]; time runs from -1 to 1, and the signal is the sum of re cos - im
 * sin.
 */
function fitStretch(
  samples: Float32Array,
  from: number,
  to: number,
  course: (n: number) => number,
  count: number,
  degree: number,
  law: (k: number, n: number) => number = () => 1,
): Stretch {
  const unknowns = 2 * count * (degree + 1);
  const gram = new Float64Array(unknowns * unknowns);
  const right = new Float64Array(unknowns);
  const row = new Float64Array(unknowns);
  const middle = (from + to) / 2;
  const fill = (n: number): void => {
    const turn = 2 * Math.PI * course(n);
    const time = (n - middle) / ((to - from) / 2);
    for (let k = 0; k < count; k++) {
      const level = law(k + 1, n);
      const cos = level * Math.cos((k + 1) * turn);
      const sin = level * Math.sin((k + 1) * turn);
      for (let d = 0, power = 1; d <= degree; d++, power *= time) {
        row[2 * (d * count + k)] = power * cos;
        row[2 * (d * count + k) + 1] = -power * sin;
      }
    }
  };
  let energy = 0;
  for (let n = from; n < to; n++) {
    fill(n);
    energy += samples[n] ** 2;
    for (let i = 0; i < unknowns; i++) {
      right[i] += row[i] * samples[n];
      for (let j = 0; j <= i; j++) gram[i * unknowns + j] += row[i] * row[j];
    }
  }
  const solved = solve(gram, right);
  let residue = 0;
  for (let n = from; n < to; n++) {
    fill(n);
    let value = samples[n];
    for (let i = 0; i < unknowns; i++) value -= solved[i] * row[i];
    residue += value ** 2;
  }
  const re = Float64Array.from({ length: unknowns / 2 }, (_, i) => solved[2 * i]);
  const im = Float64Array.from({ length: unknowns / 2 }, (_, i) => solved[2 * i + 1]);
  return { re, im, energy, residue };
}
