// A discontinuity detector: how far the worst sample stands out of what is predicted from its surroundings.
import { resample } from '../../src/dsp/resampler.ts';
import { solve } from './leastSquares.ts';

/** Rate at which the predictor works: that of the model, to which all that it plays is limited. */
const PREDICTOR_RATE = 8000;
/** Coefficients: two for each harmonic of a tone from 100 Hz on, so that a steady one is predicted wholly. */
const ORDER = 80;
/** Keeps pure tones, whose equations are singular, solvable. */
const PINCH = 1e-9;
/** Half of the stretch that a predictor is fitted to, and the whole of what it then predicts: 50 ms. */
const HALF_FIT = 400;
/** Where the local level is measured: longer than any period of a voice, so that its pulses are no clicks. */
const SURROUNDINGS_SECONDS = 0.024;
const GAP_SECONDS = 0.001;
/**
 * Least level of a residual against the signal round it, and against the loudest sample: far below what is
 * heard.
 */
const LOCAL_FLOOR = 2e-4;
const GLOBAL_FLOOR = 1e-4;

/** Where the worst sample lies, and how far it stands out. */
export interface Click {
  /** Sample of the signal. */
  readonly at: number;
  /** 0 for silence. */
  readonly ratio: number;
}

/** A ratio above this is a click: of 60 natural words the greatest reaches 21, with a plosive. */
export const CLICK = 25;

/**
 * The largest residual of a signal in relation to the level of the residual round it. At 8 kHz the residual is
 * that of a linear predictor of 10 ms, fitted anew to every 100 ms; what lies above 4 kHz at higher rates, which
 * no clip has, is a residual itself. The level is the greater of those of the 24 ms before and of the 24 ms
 * after, less what a click itself leaves there.
 *
 * Measured (clicks.test.ts): steady, gliding and trembling vowels up to 8, natural words up to 21, a step or a
 * pulse of one hundredth of a vowel's peak above 30, an abrupt onset above 30. In noise only what rises out of
 * it is found. Clicks that come oftener than every 24 ms hide each other: fit such a tone along its phase
 * instead (toneFit.ts).
 * @param begin first sample that is judged: leave out an onset that is meant to be sudden. Default 0
 * @param end sample after the last one that is judged. Default the signal's end
 */
export function clickiness(
  samples: Float32Array,
  sampleRate: number,
  begin = 0,
  end = samples.length,
): number {
  return worstClick(samples, sampleRate, begin, end).ratio;
}

/** As `clickiness`, with the place. */
export function worstClick(
  samples: Float32Array,
  sampleRate: number,
  begin = 0,
  end = samples.length,
): Click {
  const low = resample(samples, sampleRate, PREDICTOR_RATE);
  const scale = sampleRate / PREDICTOR_RATE;
  const first = worstOf(predictionResidual(low), low, PREDICTOR_RATE, ORDER, begin / scale, end / scale);
  const inLow = { at: Math.round(first.at * scale), ratio: first.ratio };
  if (sampleRate <= PREDICTOR_RATE) return inLow;
  // A quarter more than the predictor's rate keeps images of the kernel's own resampler, just above 4 kHz, out
  // of the upper band.
  const pass = 1.25 * PREDICTOR_RATE;
  const kept = resample(resample(samples, sampleRate, pass), pass, sampleRate);
  const high = Float64Array.from(samples, (value, n) => value - kept[n]);
  const inHigh = worstOf(high, samples, sampleRate, Math.round((64 * sampleRate) / pass), begin, end);
  return inHigh.ratio > inLow.ratio ? inHigh : inLow;
}

/**
 * Largest ratio of a residual to its surroundings; a click leaves `tail` samples after it, which count for
 * nothing.
 */
function worstOf(
  residual: Float64Array,
  signal: Float32Array,
  rate: number,
  tail: number,
  begin: number,
  end: number,
): Click {
  const length = residual.length;
  const energy = runningEnergy(residual);
  const signalEnergy = runningEnergy(signal);
  const peak = signal.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const span = Math.round(SURROUNDINGS_SECONDS * rate);
  const gap = Math.round(GAP_SECONDS * rate);
  const level = (sums: Float64Array, from: number, to: number): number => {
    const low = Math.min(length, Math.max(0, from));
    const high = Math.min(length, Math.max(0, to));
    return Math.sqrt(Math.max(0, sums[high] - sums[low]) / span);
  };
  let worst = { at: 0, ratio: 0 };
  for (let n = Math.max(0, Math.ceil(begin)); n < Math.min(length, end); n++) {
    const round = Math.max(
      level(energy, n - gap - span, n - gap),
      level(energy, n + gap + tail, n + gap + tail + span),
    );
    const floor = LOCAL_FLOOR * level(signalEnergy, n - span, n + span) + GLOBAL_FLOOR * peak;
    const ratio = Math.abs(residual[n]) / (round + floor);
    if (ratio > worst.ratio) worst = { at: n, ratio };
  }
  return worst;
}

function runningEnergy(values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let n = 0; n < values.length; n++) sums[n + 1] = sums[n] + values[n] * values[n];
  return sums;
}

/** Residual of predictors fitted by least squares (the covariance method) to overlapping stretches. */
function predictionResidual(signal: Float32Array): Float64Array {
  // Silence goes before, so that a sound that sets in at full level is a click.
  const lead = ORDER + HALF_FIT;
  const x = new Float64Array(lead + signal.length + 2 * HALF_FIT);
  x.set(signal, lead);
  const residual = new Float64Array(signal.length);
  for (let at = 0; at < signal.length; at += HALF_FIT) {
    const from = lead + at - HALF_FIT / 2;
    const coefficients = fit(x, from, from + 2 * HALF_FIT);
    const end = Math.min(signal.length, at + HALF_FIT);
    for (let n = at; n < end; n++) {
      let value = x[lead + n];
      for (let k = 0; k < ORDER; k++) value -= coefficients[k] * x[lead + n - 1 - k];
      residual[n] = value;
    }
  }
  return residual;
}

/** Predictor of x[from] to x[to - 1] from the ORDER samples before each. */
function fit(x: Float64Array, from: number, to: number): Float64Array {
  // Products of the signal at lags i and j, from 1 on; each diagonal follows from its first entry.
  const products = new Float64Array(ORDER * ORDER);
  const right = new Float64Array(ORDER);
  for (let lag = 0; lag <= ORDER; lag++) {
    let sum = 0;
    for (let n = from; n < to; n++) sum += x[n] * x[n - lag];
    if (lag > 0) right[lag - 1] = sum;
    for (let i = 1; i + lag <= ORDER; i++) {
      sum += x[from - i] * x[from - i - lag] - x[to - i] * x[to - i - lag];
      products[(i + lag - 1) * ORDER + i - 1] = sum;
    }
  }
  return solve(products, right, PINCH);
}
