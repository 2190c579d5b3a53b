// Shares of a batch as a step uses them: takes copied out of the shared set, varied in speed, level and size of the speaker, seen wide or narrow.
import { frameValues, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { hertzOfMel, melOfHertz } from '../../src/dsp/mel.ts';
import type { Random } from '../../src/dsp/random.ts';
import { topSplit } from '../widen/topNetwork.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import type { Share } from './vae.ts';

type Variation = Pick<TrainingConfig, 'stretch' | 'levelOffset' | 'tractChange' | 'narrowShare' | 'narrowHz'>;

/** The takes that shares are made of. */
export interface SharedTakes {
  /** [takes, frames, frameValues] */
  readonly features: Float32Array;
  readonly digits: Uint8Array;
}

/** Makes shares of batches. */
export class TakeShares {
  readonly #takes: SharedTakes;
  readonly #format: SpectrogramFormat;
  readonly #variation: Variation;
  /** Mel position of each band's centre, in bands, as a frequency; and the two ends of the scale. */
  readonly #centresHz: Float64Array;
  readonly #unknown: readonly number[];

  constructor(takes: SharedTakes, format: SpectrogramFormat, variation: Variation) {
    this.#takes = takes;
    this.#format = format;
    this.#variation = variation;
    const { melBands, melLowHz } = format;
    this.#centresHz = Float64Array.from({ length: melBands }, (_, band) =>
      hertzOfMel(melOfHertz(melLowHz) + (band + 1) * this.#melStep),
    );
    this.#unknown = variation.narrowShare > 0 ? topSplit(format, variation.narrowHz).said : [];
  }

  get #melStep(): number {
    const { melBands, melLowHz, melHighHz } = this.#format;
    return (melOfHertz(melHighHz) - melOfHertz(melLowHz)) / (melBands + 1);
  }

  /**
   * Takes by index; with `random`, each changed by a random amount: in speed about the onset, in level, and in the size of the vocal
   * tract, which moves formants and pitch together; and some of them seen by the encoder as narrow recordings.
   */
  gather(indices: readonly number[], random?: Random): Share {
    const { frames } = this.#format;
    const values = frameValues(this.#format);
    const size = frames * values;
    const features = new Float32Array(indices.length * size);
    const digits = Uint8Array.from(indices, (index) => this.#takes.digits[index]);
    indices.forEach((index, i) => {
      const take = this.#takes.features.subarray(index * size, (index + 1) * size);
      const into = features.subarray(i * size, (i + 1) * size);
      if (random) this.#vary(take, into, random);
      else into.set(take);
    });
    const { narrowShare } = this.#variation;
    if (!random || narrowShare === 0) return { features, digits };
    const seen = features.slice();
    indices.forEach((_, i) => {
      if (random.uniform() >= narrowShare) return;
      for (let frame = i * frames; frame < (i + 1) * frames; frame++) {
        for (const place of this.#unknown) seen[frame * values + place] = 0;
      }
    });
    return { features, seen, digits };
  }

  #vary(take: Float32Array, into: Float32Array, random: Random): void {
    const { frames, melBands, hopSamples, onsetSamples, tracks } = this.#format;
    const { stretch, levelOffset, tractChange } = this.#variation;
    const values = frameValues(this.#format);
    const onset = onsetSamples / hopSamples;
    const speed = 1 + random.uniform(-stretch, stretch);
    const level = random.uniform(-levelOffset, levelOffset);
    const factor = tractChange > 0 ? Math.exp(random.uniform(-1, 1) * Math.log1p(tractChange)) : 1;
    const places = this.#placesAt(factor);
    const f0Channel = melBands + (tracks?.channels.indexOf('f0') ?? -1);
    const f0Shift = tracks ? Math.log(factor) / Math.log(tracks.f0HighHz / tracks.f0LowHz) : 0;
    for (let frame = 0; frame < frames; frame++) {
      const source = onset + (frame - onset) * speed;
      const before = Math.floor(source);
      const share = source - before;
      const at = frame * values;
      const valueAt = (m: number, band: number) => (m >= 0 && m < frames ? take[m * values + band] : 0);
      for (let band = 0; band < melBands; band++) {
        const place = places ? places[band] : band;
        const low = Math.floor(place);
        const part = place - low;
        const between = (m: number) =>
          part === 0 ? valueAt(m, low) : (1 - part) * valueAt(m, low) + part * valueAt(m, low + 1);
        const value = (1 - share) * between(before) + share * between(before + 1);
        const moved = value > 0 ? Math.min(1, Math.max(0, value + level * Math.min(1, 10 * value))) : 0;
        into[at + band] = moved;
      }
      // Pitch goes on past the ends of a clip; speed and level change neither pitch nor voicing.
      const left = Math.min(frames - 1, Math.max(0, before)) * values;
      const right = Math.min(frames - 1, Math.max(0, before + 1)) * values;
      for (let channel = melBands; channel < values; channel++) {
        const value = (1 - share) * take[left + channel] + share * take[right + channel];
        into[at + channel] =
          channel === f0Channel && factor !== 1 ? Math.min(1, Math.max(0, value + f0Shift)) : value;
      }
    }
  }

  /** Where among the bands each band is found when all frequencies are multiplied; undefined where nothing moves. */
  #placesAt(factor: number): Float64Array | undefined {
    if (factor === 1) return undefined;
    const { melBands, melLowHz } = this.#format;
    const low = melOfHertz(melLowHz);
    return this.#centresHz.map((hertz) =>
      Math.min(melBands - 1, Math.max(0, (melOfHertz(hertz / factor) - low) / this.#melStep - 1)),
    );
  }
}
