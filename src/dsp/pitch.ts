// Pitch: the fundamental frequency of every frame by pYIN's candidates and a Viterbi path, offline.
import { requireInteger, requireNumber, requireSamples, requireSettings } from '../contract/errors.ts';
import type { Frames, Hertz, Samples, Seconds } from '../contract/units.ts';
import { filterCentred, lowPass } from './fir.ts';

/**
 * Where and in which range to look for a fundamental.
 * @example
 * const options: PitchOptions = { sampleRate: 16000, hopSamples: 160, frames: 100, f0LowHz: 60, f0HighHz: 500 };
 */
export interface PitchOptions {
  readonly sampleRate: Hertz;
  /** Distance between frames; frame m is centred on sample m * hopSamples. */
  readonly hopSamples: Samples;
  readonly frames: Frames;
  readonly f0LowHz: Hertz;
  /** Above f0LowHz, below a sixth of the rate. */
  readonly f0HighHz: Hertz;
}

/** Harmonics above this only sharpen the dips of the difference function until they fall between the lags of a low rate. */
const cutoffHz: Hertz = 1000;
const filterSeconds: Seconds = 0.004;
/** What is compared with itself one period later (de Cheveigne & Kawahara 2002 use 25 ms). */
const integrationSeconds: Seconds = 0.02;
/**
 * pYIN's prior over YIN's threshold is a beta distribution with parameters 2 and this: its mean is 0.1 where dips compete, as
 * a laxer one prefers dips at a part of the period, and 0.25 where voiced competes with unvoiced, as speech is rough.
 */
const choiceBeta = 18;
const voicingBeta = 2;
/** Least probability of anything: what is improbable in a frame may still be right for its neighbours' sake. */
const leastProbability = 1e-4;
/** Costs, in nats, of a jump by an octave and of a change between voiced and unvoiced. */
const octaveCost = 8;
const switchCost = 3;
/** Frames this far below the loudest one are silence whatever their period: hum, reverberation. */
const silenceDb = -40;

/** A possible fundamental of a frame, and its cost as minus the logarithm of its probability. */
interface Candidate {
  /** log2 of the frequency in hertz; NaN for "unvoiced". */
  readonly octave: number;
  readonly cost: number;
}

/**
 * Fundamental frequency of every frame in hertz, 0 where it is unvoiced.
 *
 * Candidates are the dips of YIN's cumulative mean normalised difference (de Cheveigne & Kawahara 2002), weighed by the share of
 * all plausible thresholds that would choose them (pYIN: Mauch & Dixon 2014; for a beta prior that share has a closed form).
 * A Viterbi path chooses among them and "unvoiced". Lags are compared symmetrically round the frame's centre, so a glide
 * does not shift the track in time.
 * @param samples mono; samples outside count as zeros
 * @throws RangeError on options out of range, TypeError on samples or options that are none
 * @example
 * const hertz = trackPitch(samples, { sampleRate: 16000, hopSamples: 160, frames: 100, f0LowHz: 60, f0HighHz: 500 });
 */
export function trackPitch(samples: Float32Array, options: PitchOptions): Float32Array {
  requireSamples('samples', samples);
  const { sampleRate, hopSamples, frames, f0LowHz, f0HighHz } = requireSettings(
    'options',
    options,
    '{ sampleRate: 16000, hopSamples: 160, frames: 100, f0LowHz: 60, f0HighHz: 500 }',
  );
  requireNumber('sampleRate', sampleRate, 1000, 768000);
  requireInteger('hopSamples', hopSamples, 1, 1e6);
  requireInteger('frames', frames, 1, 1e7);
  requireNumber('f0HighHz', f0HighHz, 1, sampleRate / 6, 'at most a sixth of the rate');
  requireNumber('f0LowHz', f0LowHz, 10, f0HighHz - 1, 'below f0HighHz');
  const width = Math.round(integrationSeconds * sampleRate);
  const lags = Math.ceil(sampleRate / f0LowHz) + 1;
  const margin = width + lags;
  const padded = new Float32Array(Math.max(samples.length, frames * hopSamples) + 2 * margin);
  padded.set(filterCentred(samples, lowPass(cutoffHz, sampleRate, filterSeconds)), margin);
  const levels = Float64Array.from({ length: frames }, (_, m) =>
    energy(padded, margin + m * hopSamples - (width >> 1), width),
  );
  const silence = levels.reduce((a, b) => Math.max(a, b), 0) * 10 ** (silenceDb / 10);
  const unvoiced: Candidate = { octave: NaN, cost: 0 };
  const difference = new Float64Array(lags + 1);
  const columns = Array.from({ length: frames }, (_, m) => {
    if (!(levels[m] > silence)) return [unvoiced];
    normalisedDifference(padded, margin + m * hopSamples, width, difference);
    return candidates(difference, sampleRate, f0LowHz, f0HighHz);
  });
  return Float32Array.from(cheapestPath(columns), ({ octave }) => (octave === octave ? 2 ** octave : 0));
}

function energy(samples: Float32Array, from: Samples, length: Samples): number {
  let sum = 0;
  for (let n = from; n < from + length; n++) sum += samples[n] * samples[n];
  return sum;
}

/** Writes YIN's cumulative mean normalised difference for lags 0 .. out.length - 1, round the sample `centre`. */
function normalisedDifference(
  samples: Float32Array,
  centre: Samples,
  width: Samples,
  out: Float64Array,
): void {
  let total = 0;
  out[0] = 1;
  for (let lag = 1; lag < out.length; lag++) {
    const from = centre - ((width + lag) >> 1);
    let sum = 0;
    for (let n = from; n < from + width; n++) {
      const d = samples[n] - samples[n + lag];
      sum += d * d;
    }
    total += sum;
    out[lag] = total > 0 ? (sum * lag) / total : 1;
  }
}

/** Probability that a threshold drawn from a beta distribution with parameters 2 and `beta` exceeds `x`. */
function thresholdAbove(x: number, beta: number): number {
  const inside = Math.min(1, Math.max(0, x));
  return (1 - inside) ** beta * (1 + beta * inside);
}

/** The dips that some threshold would choose (a threshold takes the first dip below it), and "unvoiced". */
function candidates(
  difference: Float64Array,
  sampleRate: Hertz,
  f0LowHz: Hertz,
  f0HighHz: Hertz,
): Candidate[] {
  const dips: { octave: number; mass: number }[] = [];
  let deepest = 1;
  for (let lag = 2; lag < difference.length - 1; lag++) {
    const [left, here, right] = [difference[lag - 1], difference[lag], difference[lag + 1]];
    if (here > left || here >= right) continue;
    // The parabola through three points of the dip: its bottom lies between lags.
    const curvature = left - 2 * here + right;
    const offset = curvature > 0 ? (left - right) / (2 * curvature) : 0;
    const depth = Math.max(0, here - (curvature * offset * offset) / 2);
    const f0 = sampleRate / (lag + offset);
    if (depth >= deepest || f0 < f0LowHz || f0 > f0HighHz) continue;
    const mass = thresholdAbove(depth, choiceBeta) - thresholdAbove(deepest, choiceBeta);
    dips.push({ octave: Math.log2(f0), mass });
    deepest = depth;
  }
  const voiced = thresholdAbove(deepest, voicingBeta);
  const total = dips.reduce((sum, { mass }) => sum + mass, 1e-12);
  const costOf = (probability: number): number => -Math.log(Math.max(leastProbability, probability));
  return [
    { octave: NaN, cost: costOf(1 - voiced) },
    ...dips.map(({ octave, mass }) => ({ octave, cost: costOf((voiced * mass) / total) })),
  ];
}

/** Viterbi's path through one candidate of each column. */
function cheapestPath(columns: readonly (readonly Candidate[])[]): Candidate[] {
  let costs = columns[0].map(({ cost }) => cost);
  const origins: number[][] = [];
  for (let m = 1; m < columns.length; m++) {
    const origin: number[] = [];
    const before = columns[m - 1];
    costs = columns[m].map((candidate) => {
      let best = Infinity;
      let from = 0;
      for (let i = 0; i < before.length; i++) {
        const cost = costs[i] + transitionCost(before[i].octave, candidate.octave);
        if (cost < best) [best, from] = [cost, i];
      }
      origin.push(from);
      return best + candidate.cost;
    });
    origins.push(origin);
  }
  let at = costs.indexOf(costs.reduce((a, b) => Math.min(a, b), Infinity));
  const path: Candidate[] = [columns[columns.length - 1][at]];
  for (let m = columns.length - 1; m > 0; m--) {
    at = origins[m - 1][at];
    path.push(columns[m - 1][at]);
  }
  return path.reverse();
}

function transitionCost(from: number, to: number): number {
  const isVoiced = from === from;
  if (isVoiced !== (to === to)) return switchCost;
  return isVoiced ? octaveCost * Math.abs(to - from) : 0;
}
