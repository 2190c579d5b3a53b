// Quality part of the engine's benchmark: spectral convergence of every method on the same words, true and mel magnitudes.
import type { Decibels, Samples } from '../../src/contract/units.ts';
import type { RealFft } from '../../src/dsp/fft.ts';
import { CountingFft } from '../helpers/countingFft.ts';
import type { MelFilterbank } from '../../src/dsp/mel.ts';
import { stftMagnitudes, type StftSizes } from '../../src/dsp/stft.ts';
import { spectralConvergenceDb } from '../helpers/spectralConvergence.ts';
import { padded } from '../helpers/convergence.ts';
import { griffinLim } from '../helpers/griffinLim.ts';
import { nonNegativeLeastSquares } from '../helpers/nonNegativeLeastSquares.ts';
import { clippedPseudoInverse } from '../helpers/pseudoInverse.ts';
import { rtisiLa } from '../helpers/rtisiLa.ts';
import { noise } from '../helpers/signals.ts';
import { spsi } from '../helpers/spsi.ts';
import type { PlotPoint } from './enginePlot.ts';

/** A way to find phases. */
export interface Method {
  /** Settings of one name are joined by a line in the plot: 'numvox, look-ahead 3'. */
  readonly name: string;
  /** What distinguishes it from others of its name, and its label in the plot: '2 sweeps (live)'. */
  readonly setting: string;
  /**
   * Samples from magnitudes (scaled as by `stftMagnitudes`, frame m centred on sample m * hop), and how many FFTs, inverse
   * ones included, it ran in all.
   */
  readonly rebuild: (
    magnitudes: Float32Array,
    sizes: StftSizes,
    length: Samples,
  ) => { readonly samples: Float32Array; readonly ffts: number };
}

/** A way from mel magnitudes back to linear ones: reads `bands` values of `mel`, writes `bins` values of `magnitudes`. */
export interface MelInversion {
  readonly name: string;
  readonly invert: (mel: Float32Array, magnitudes: Float32Array) => void;
}

/** Shares of the words, 0..1, on which a method's convergence is better than its rival's. */
export interface Comparison {
  readonly rival: string;
  /** By `trueDb`. */
  readonly trueShare: number;
  /** By `melDb`. */
  readonly melShare: number;
}

/** A method's line of the table; decibels are means over the words of spectral convergence. */
export interface QualityRow {
  readonly name: string;
  readonly setting: string;
  /** Given the true magnitudes, against them. */
  readonly trueDb: Decibels;
  /** Given magnitudes that came back from mel bands, against those given. */
  readonly melDb: Decibels;
  /** Given magnitudes that came back from mel bands, against the true ones. */
  readonly melToTrueDb: Decibels;
  /** What one more hop of noise costs: no frame of it is silent, and neither start nor end counts. */
  readonly fftsPerHop: number;
  /** Fast Griffin-Lim in each setting. */
  readonly betterThan: readonly Comparison[];
  readonly words: number;
}

/** Distance of the magnitudes that came back from mel bands to the true ones, mean over the words. */
export interface InversionRow {
  readonly name: string;
  readonly distanceDb: Decibels;
  readonly words: number;
}

/** What the table is measured on. */
export interface QualityConditions {
  /** Each gets 512 zeros on either side. */
  readonly words: readonly { readonly samples: Float32Array }[];
  readonly sizes: StftSizes;
  readonly bank: MelFilterbank;
  /** The inversion through which `melDb` and `melToTrueDb` are measured. */
  readonly inversion: MelInversion;
  readonly fft: RealFft;
}

/** The offline method that the engine is to beat on most single words. */
const rivalName = 'fast Griffin-Lim';

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function griffinLimMethod(name: string, iterations: number, momentum: number, fft: RealFft): Method {
  return {
    name,
    setting: `${iterations} iterations`,
    rebuild: (magnitudes, sizes, length) => {
      const counting = new CountingFft(fft);
      const samples = griffinLim(magnitudes, sizes, length, { iterations, momentum, seed: 1, fft: counting });
      return { samples, ffts: counting.count };
    },
  };
}

function rtisiLaMethod(iterations: number, fft: RealFft): Method {
  return {
    name: 'RTISI-LA, look-ahead 3',
    setting: `${iterations} iterations`,
    rebuild: (magnitudes, sizes, length) => {
      const counting = new CountingFft(fft);
      const options = { lookAheadFrames: 3, iterations, fft: counting };
      return { samples: rtisiLa(magnitudes, sizes, length, options), ffts: counting.count };
    },
  };
}

const spsiMethod = (fft: RealFft): Method => ({
  name: 'SPSI',
  setting: 'one pass',
  rebuild: (magnitudes, sizes, length) => {
    const counting = new CountingFft(fft);
    return { samples: spsi(magnitudes, sizes, length, counting), ffts: counting.count };
  },
});

/** Griffin-Lim and fast Griffin-Lim with 32 and 60 iterations, RTISI-LA with 2 and 8, and SPSI, by our own implementations. */
export function referenceMethods(fft: RealFft): Method[] {
  return [
    griffinLimMethod('Griffin-Lim', 32, 0, fft),
    griffinLimMethod('Griffin-Lim', 60, 0, fft),
    griffinLimMethod(rivalName, 32, 0.99, fft),
    griffinLimMethod(rivalName, 60, 0.99, fft),
    rtisiLaMethod(2, fft),
    rtisiLaMethod(8, fft),
    spsiMethod(fft),
  ];
}

/** Clipped pseudo-inverse and non-negative least squares. */
export function referenceInversions(bank: MelFilterbank): MelInversion[] {
  return [
    { name: 'clipped pseudo-inverse', invert: clippedPseudoInverse(bank) },
    { name: 'non-negative least squares', invert: nonNegativeLeastSquares(bank) },
  ];
}

/** Magnitudes through the mel bands and back. */
function throughMel(magnitudes: Float32Array, bank: MelFilterbank, inversion: MelInversion): Float32Array {
  const mel = new Float32Array(bank.bands);
  const frame = new Float32Array(bank.bins);
  const back = new Float32Array(magnitudes.length);
  for (let at = 0; at < magnitudes.length; at += bank.bins) {
    bank.forward(magnitudes, mel, at);
    inversion.invert(mel, frame);
    back.set(frame, at);
  }
  return back;
}

/** FFTs that a method runs on so many hops of noise. */
function fftsOnNoise(rebuild: Method['rebuild'], sizes: StftSizes, hops: number, fft: RealFft): number {
  const hiss = noise(hops * sizes.hopSamples, 1);
  return rebuild(stftMagnitudes(hiss, sizes, undefined, fft).magnitudes, sizes, hiss.length).ffts;
}

/** A line for each method, all on the same words. `betterThan` compares with those rivals that are among `methods`. */
export function qualityRows(methods: readonly Method[], conditions: QualityConditions): QualityRow[] {
  const { words, sizes, bank, inversion, fft } = conditions;
  const prepared = words.map(({ samples }) => {
    const signal = padded(samples);
    const { frames, magnitudes } = stftMagnitudes(signal, sizes, undefined, fft);
    return { length: signal.length, frames, magnitudes, back: throughMel(magnitudes, bank, inversion) };
  });
  const levels = methods.map(({ rebuild }) =>
    prepared.map(({ length, frames, magnitudes, back }) => {
      const again = (given: Float32Array): Float32Array =>
        stftMagnitudes(rebuild(given, sizes, length).samples, sizes, frames, fft).magnitudes;
      const fromBack = again(back);
      return {
        trueDb: spectralConvergenceDb(again(magnitudes), magnitudes),
        melDb: spectralConvergenceDb(fromBack, back),
        melToTrueDb: spectralConvergenceDb(fromBack, magnitudes),
      };
    }),
  );
  return methods.map(({ name, setting, rebuild }, i) => ({
    name,
    setting,
    trueDb: mean(levels[i].map(({ trueDb }) => trueDb)),
    melDb: mean(levels[i].map(({ melDb }) => melDb)),
    melToTrueDb: mean(levels[i].map(({ melToTrueDb }) => melToTrueDb)),
    fftsPerHop: (fftsOnNoise(rebuild, sizes, 96, fft) - fftsOnNoise(rebuild, sizes, 64, fft)) / 32,
    betterThan: methods.flatMap((rival, r) =>
      r !== i && rival.name === rivalName
        ? [
            {
              rival: `${rival.name}, ${rival.setting}`,
              trueShare: mean(levels[i].map(({ trueDb }, w) => (trueDb < levels[r][w].trueDb ? 1 : 0))),
              melShare: mean(levels[i].map(({ melDb }, w) => (melDb < levels[r][w].melDb ? 1 : 0))),
            },
          ]
        : [],
    ),
    words: words.length,
  }));
}

/** The lines as points of the plot, on true magnitudes. */
export function plotPoints(rows: readonly QualityRow[]): PlotPoint[] {
  return rows.map(({ name, setting, fftsPerHop, trueDb }) => ({
    series: name,
    label: setting,
    fftsPerHop,
    convergenceDb: trueDb,
  }));
}

/** A line for each mel inversion. */
export function inversionRows(
  inversions: readonly MelInversion[],
  conditions: Omit<QualityConditions, 'inversion'>,
): InversionRow[] {
  const { words, sizes, bank, fft } = conditions;
  return inversions.map((inversion) => ({
    name: inversion.name,
    distanceDb: mean(
      words.map(({ samples }) => {
        const { magnitudes } = stftMagnitudes(padded(samples), sizes, undefined, fft);
        return spectralConvergenceDb(throughMel(magnitudes, bank, inversion), magnitudes);
      }),
    ),
    words: words.length,
  }));
}
