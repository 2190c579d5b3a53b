// How much a held noise rings: tones in it, by its autocorrelation and by how steady its bins are.
import { stftMagnitudes } from '../../src/dsp/stft.ts';
import { solve } from './leastSquares.ts';

/** Enough for the colour of a fricative, too few for tones. */
const ORDER = 24;
/** Lags beyond the window of 512 samples, within which frames share samples, up to half a second. */
const FIRST_LAG = 513;
const LAST_LAG = 4096;

/**
 * Largest normalised autocorrelation of a whitened signal at lags beyond the window: about 4 / sqrt(length) for
 * noise, 1 for what repeats itself.
 */
export function largestCorrelation(samples: Float32Array): number {
  const flat = whitened(samples);
  const energy = flat.reduce((sum, value) => sum + value * value, 0);
  let largest = 0;
  for (let lag = FIRST_LAG; lag <= LAST_LAG; lag++) {
    let sum = 0;
    for (let n = lag; n < flat.length; n++) sum += flat[n] * flat[n - lag];
    largest = Math.max(largest, Math.abs(sum) / energy);
  }
  return largest;
}

/**
 * Variance of a bin's power over time, divided by the square of its mean, averaged over the bins that sound: 1
 * for Gaussian noise, 0 for steady tones. Its frames are four times as long as the model's, whose magnitudes are
 * held and do not fluctuate.
 */
export function fluctuation(samples: Float32Array): number {
  const bins = 1025;
  const { frames, magnitudes } = stftMagnitudes(samples, { fftSamples: 2048, hopSamples: 1024 });
  const means = new Float64Array(bins);
  const squares = new Float64Array(bins);
  // Frames at the ends reach into silence.
  for (let m = 1; m < frames - 2; m++) {
    for (let k = 0; k < bins; k++) {
      const power = magnitudes[m * bins + k] ** 2 / (frames - 3);
      means[k] += power;
      squares[k] += power * power * (frames - 3);
    }
  }
  const loudest = Math.max(...means);
  const sounding = Array.from(means.keys()).filter((k) => means[k] > 1e-2 * loudest);
  return sounding.reduce((sum, k) => sum + squares[k] / means[k] ** 2 - 1, 0) / sounding.length;
}

function whitened(samples: Float32Array): Float64Array {
  const correlation = Array.from({ length: ORDER + 1 }, (_, lag) => {
    let sum = 0;
    for (let n = lag; n < samples.length; n++) sum += samples[n] * samples[n - lag];
    return sum;
  });
  const gram = Float64Array.from(
    { length: ORDER * ORDER },
    (_, i) => correlation[Math.abs((i % ORDER) - Math.floor(i / ORDER))],
  );
  const predictor = solve(gram, Float64Array.from(correlation.slice(1)), 1e-6);
  return Float64Array.from(samples, (value, n) => {
    let rest = value;
    for (let k = 0; k < ORDER && n > k; k++) rest -= predictor[k] * samples[n - 1 - k];
    return rest;
  });
}
