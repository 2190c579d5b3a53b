// How loud a clip will be heard, as a word and where its vowel is held: found from its spectrogram when it is stored.
import { frameValues, magnitudeOfFeature, type SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Decibels, Frames, Hertz, Seconds } from '../contract/units.ts';
import { hertzOfMel, melOfHertz } from '../dsp/mel.ts';
import type { ClipShape } from './clipShape.ts';

/** Loudness that words and held vowels are brought to, LUFS: the shipped voices' means, so that the whole stays as loud. */
const wordAim = -20.6;
const vowelAim = -14.3;
/** Nothing is raised or lowered by more: a clip that is nearly silent stays so. */
const mostDb: Decibels = 15;
/** Blocks and their distance (ITU-R BS.1770-4), and the share of the mean of all at which a block counts half. */
const blockSeconds: Seconds = 0.4;
const stepSeconds: Seconds = 0.1;
const gateShare = 0.2;
/** What BS.1770 adds to the power of a K-weighted signal in decibels. */
const offsetDb: Decibels = -0.691;
/** Energy of the main lobe of a Hann window over that of its middle bin. */
const lobeEnergy = 1.5;
/** Steps of a feature in the table of powers: 0.1 dB, since a logarithm a band would cost as much as an FFT a frame. */
const tableSteps = 1024;
/** Coefficients of the two K-weighting filters at 48 kHz (BS.1770-4, tables 1 and 2): numerator, then denominator. */
const weightingRate: Hertz = 48000;
const weighting: readonly (readonly [readonly number[], readonly number[]])[] = [
  [
    [1.53512485958697, -2.69169618940638, 1.19839281085285],
    [1, -1.69065929318241, 0.73248077421585],
  ],
  [
    [1, -2, 1],
    [1, -1.99004745483398, 0.99007225036621],
  ],
];

/** Measures clips of one format. The constructor allocates, nothing else does. */
export class ClipLevels {
  readonly #format: SpectrogramFormat;
  /** Power of a feature, and what a band's counts by. */
  readonly #powers: Float64Array;
  readonly #weights: Float64Array;
  readonly #frames: Float64Array;
  /** Where words begin to be heard, the length and distance of blocks, and their powers. */
  readonly #onset: Frames;
  readonly #block: Frames;
  readonly #step: Frames;
  readonly #blocks: Float64Array;

  constructor(format: SpectrogramFormat) {
    const { melBands, melLowHz, melHighHz, sampleRate, fftSamples, hopSamples, onsetSamples, frames } =
      format;
    this.#format = format;
    this.#powers = Float64Array.from(
      { length: tableSteps + 1 },
      (_, k) => magnitudeOfFeature(k / tableSteps, format) ** 2,
    );
    const low = melOfHertz(melLowHz);
    const step = (melOfHertz(melHighHz) - low) / (melBands + 1);
    const binHertz = sampleRate / fftSamples;
    this.#weights = Float64Array.from({ length: melBands }, (_, band) => {
      const bins = (hertzOfMel(low + (band + 2) * step) - hertzOfMel(low + band * step)) / 2 / binHertz;
      return (bins * weightOf(hertzOfMel(low + (band + 1) * step))) / (2 * lobeEnergy);
    });
    this.#frames = new Float64Array(frames);
    this.#onset = Math.min(frames - 1, Math.floor(onsetSamples / hopSamples));
    this.#block = Math.max(1, Math.round((blockSeconds * sampleRate) / hopSamples));
    this.#step = (stepSeconds * sampleRate) / hopSamples;
    this.#blocks = new Float64Array(Math.max(1, Math.ceil((frames - this.#onset) / this.#step)));
  }

  /**
   * Writes the gains that bring the clip whose features begin at `features[at]` to the common loudness.
   * @param shape of the clip, measured
   */
  measure(features: Float32Array, at: number, shape: ClipShape): void {
    const { frames, melBands } = this.#format;
    const values = frameValues(this.#format);
    const powers = this.#frames;
    for (let m = 0; m < frames; m++) {
      let sum = 0;
      for (let band = 0; band < melBands; band++) {
        const feature = Math.min(1, Math.max(0, features[at + m * values + band]));
        sum += this.#weights[band] * this.#powers[Math.round(feature * tableSteps)];
      }
      powers[m] = sum;
    }
    shape.wordDb = gainTo(wordAim, this.#gated());
    // Where the vowel is held; the drift about it is less than a frame.
    const middle = Math.round(shape.steady);
    const powerAt = (m: Frames) => powers[Math.min(frames - 1, Math.max(0, m))];
    shape.vowelDb = gainTo(vowelAim, (powerAt(middle - 1) + 2 * powerAt(middle) + powerAt(middle + 1)) / 4);
  }

  /**
   * Mean power of the blocks from the onset on, the soft ones counting less. BS.1770 leaves out whole blocks below its
   * gate, so a word whose ending lies about it would be taken for 2 LU louder or softer by a hair.
   */
  #gated(): number {
    const powers = this.#frames;
    const blocks = this.#blocks;
    let mean = 0;
    for (let k = 0; k < blocks.length; k++) {
      const from = this.#onset + Math.round(k * this.#step);
      const to = Math.min(powers.length, from + this.#block);
      let sum = 0;
      for (let m = from; m < to; m++) sum += powers[m];
      blocks[k] = sum / this.#block;
      mean += blocks[k] / blocks.length;
    }
    let sum = 0;
    let weights = 0;
    for (let k = 0; k < blocks.length; k++) {
      if (!(blocks[k] > 0)) continue;
      const weight = blocks[k] / (blocks[k] + gateShare * mean);
      sum += weight * blocks[k];
      weights += weight;
    }
    return weights > 0 ? sum / weights : 0;
  }
}

function gainTo(aim: Decibels, power: number): Decibels {
  if (!(power > 0)) return 0;
  return Math.min(mostDb, Math.max(-mostDb, aim - offsetDb - 10 * Math.log10(power)));
}

/** Factor on the power at a frequency. */
function weightOf(hertz: Hertz): number {
  const angle = (2 * Math.PI * hertz) / weightingRate;
  const power = (taps: readonly number[]): number => {
    const real = taps.reduce((sum, tap, k) => sum + tap * Math.cos(k * angle), 0);
    const imaginary = taps.reduce((sum, tap, k) => sum + tap * Math.sin(k * angle), 0);
    return real * real + imaginary * imaginary;
  };
  return weighting.reduce((gain, [above, below]) => (gain * power(above)) / power(below), 1);
}
