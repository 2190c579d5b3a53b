// Harmonics-to-noise ratio of a frame by its autocorrelation (Boersma 1993).
import { FractionalReader } from '../../src/dsp/fir.ts';

const reader = new FractionalReader();
/** Hann window; Boersma asks for several periods of the lowest pitch. */
const windowSeconds = 0.05;
/** Autocorrelation that a perfect harmonic sound is taken for at most: 50 dB. */
const highest = 1 - 1e-5;

/**
 * Harmonics-to-noise ratio in dB, 10 log10(r / (1 - r)), r the normalised autocorrelation at the period, divided by that of the
 * window; read between lags, and the highest within a tenth of the period asked for.
 * @returns -50..50
 */
export function harmonicityDb(samples: Float32Array, sampleRate: number, centre: number, f0: number): number {
  const length = 2 * Math.round((windowSeconds * sampleRate) / 2);
  const window = Float32Array.from(
    { length },
    (_, n) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (n + 0.5)) / length),
  );
  const frame = window.map((w, n) => w * (samples[centre - length / 2 + n] ?? 0));
  const period = sampleRate / f0;
  // The correlation is even in its lag: enough of both sides for reading between lags.
  const margin = 16;
  const most = Math.min(length - 1, Math.ceil(1.1 * period) + margin);
  const correlation = (signal: Float32Array): Float32Array =>
    Float32Array.from({ length: most + margin + 1 }, (_, i) => {
      const lag = Math.abs(i - margin);
      let sum = 0;
      for (let n = 0; n + lag < length; n++) sum += signal[n] * signal[n + lag];
      return sum;
    });
  const ofFrame = correlation(frame);
  const ofWindow = correlation(window);
  if (!(ofFrame[margin] > 0)) return -50;
  const shape = ofFrame.map((r, i) => (r / ofFrame[margin]) * (ofWindow[margin] / ofWindow[i]));
  let best = 1e-5;
  for (let lag = 0.9 * period; lag <= 1.1 * period; lag += 1 / 32) {
    best = Math.max(best, reader.read(shape, margin + lag));
  }
  const r = Math.min(highest, best);
  return 10 * Math.log10(r / (1 - r));
}
