// How takes are varied for an ear that shall know strangers: other tract, speed, room, noise, line and level, all on mel magnitudes.
import type { SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { hertzOfMel, melOfHertz } from '../../src/dsp/mel.ts';
import type { Random } from '../../src/dsp/random.ts';

/** Varies takes of a format that has no tracks. */
export class EarVariation {
  readonly #format: SpectrogramFormat;
  readonly #range: number;
  readonly #centreHz: readonly number[];

  constructor(format: SpectrogramFormat) {
    const { melBands, floor, ceiling } = format;
    this.#format = format;
    this.#range = Math.log1p(ceiling / floor);
    this.#centreHz = Array.from({ length: melBands }, (_, b) => hertzOfMel(this.#mel(b)));
  }

  /** Features as mel magnitudes. */
  magnitudes(features: ArrayLike<number>): Float32Array {
    const { floor } = this.#format;
    return Float32Array.from(
      features,
      (value) => floor * Math.expm1(Math.min(1, Math.max(0, value)) * this.#range),
    );
  }

  /**
   * Writes the features of a take, varied, into `into`.
   * @param take [frames, melBands] magnitudes
   * @param valid how many of its lowest bands are known; those above are 0 in `into`
   * @param other magnitudes of another word that may be heard behind it
   * @param strength factor on all changes; 0 leaves the take as it is
   * @param into [frames, melBands]
   */
  vary(
    take: Float32Array,
    valid: number,
    other: Float32Array,
    strength: number,
    random: Random,
    into: Float32Array,
  ): void {
    const { frames, melBands, floor } = this.#format;
    const around = (limit: number): number => strength * random.uniform(-limit, limit);
    const happens = (share: number): boolean => random.uniform() < share * Math.min(1, strength);
    let top = this.#warp(take, valid, Math.exp(around(0.17)), Math.exp(around(0.26)), around(3), into);
    if (happens(0.4)) this.#room(into, random);
    colour(into, melBands, around);
    if (happens(0.6)) noise(into, other, melBands, random);
    texture(into, strength * random.uniform(0, 0.5), random);
    if (happens(0.55))
      top = Math.min(top, this.#bandsBelow(happens(0.5) ? 3700 : random.uniform(3100, 7000)));
    const bottom = happens(0.25) ? this.#bandsBelow(random.uniform(150, 350)) : 0;
    const gain = Math.exp(around(10) * (Math.LN10 / 20));
    for (let m = 0; m < frames; m++) {
      const at = m * melBands;
      for (let b = 0; b < melBands; b++) {
        const magnitude = b < bottom ? into[at + b] * 0.05 : into[at + b];
        into[at + b] = b < top ? Math.min(1, Math.log1p((magnitude * gain) / floor) / this.#range) : 0;
      }
    }
    if (happens(0.5)) erase(into, frames, melBands, random);
  }

  #mel(band: number): number {
    const { melLowHz, melHighHz, melBands } = this.#format;
    const low = melOfHertz(melLowHz);
    return low + ((band + 1) * (melOfHertz(melHighHz) - low)) / (melBands + 1);
  }

  /** Bands whose centre lies below a frequency. */
  #bandsBelow(hz: number): number {
    const first = this.#centreHz.findIndex((centre) => centre >= hz);
    return first < 0 ? this.#format.melBands : first;
  }

  /** Another vocal tract and pitch (`tract` times all frequencies) and another speed; returns how many bands are known then. */
  #warp(
    take: Float32Array,
    valid: number,
    tract: number,
    speed: number,
    shift: number,
    into: Float32Array,
  ): number {
    const { frames, melBands, onsetSamples, hopSamples } = this.#format;
    const onset = onsetSamples / hopSamples;
    const [origin, step] = [this.#mel(0), this.#mel(1) - this.#mel(0)];
    const from = this.#centreHz.map((hz) => (melOfHertz(hz / tract) - origin) / step);
    const rowAt = (frame: number): number => (frame < 0 || frame >= frames ? -1 : frame * melBands);
    const edge = valid - 1;
    for (let m = 0; m < frames; m++) {
      const frame = onset + (m - onset - shift) * speed;
      const first = Math.floor(frame);
      const share = frame - first;
      const [a, b] = [rowAt(first), rowAt(first + 1)];
      for (let band = 0; band < melBands; band++) {
        const place = Math.min(edge, Math.max(0, from[band]));
        const low = Math.min(edge - 1, Math.floor(place));
        const part = place - low;
        const before = a < 0 ? 0 : take[a + low] * (1 - part) + take[a + low + 1] * part;
        const after = b < 0 ? 0 : take[b + low] * (1 - part) + take[b + low + 1] * part;
        into[m * melBands + band] = before * (1 - share) + after * share;
      }
    }
    if (valid === melBands) return melBands;
    const beyond = from.findIndex((place) => place > edge + 0.5);
    return beyond < 0 ? melBands : beyond;
  }

  /** Each band's energy dies away behind it, as between walls: a reverberation time of 0.1 to 0.7 s. */
  #room(into: Float32Array, random: Random): void {
    const { frames, melBands, hopSamples, sampleRate } = this.#format;
    const decay = 10 ** ((-6 * hopSamples) / sampleRate / random.uniform(0.1, 0.7));
    const wet = random.uniform(0.05, 0.5);
    const tail = new Float32Array(melBands);
    for (let m = 0; m < frames; m++) {
      for (let b = 0; b < melBands; b++) {
        const power = into[m * melBands + b] ** 2;
        into[m * melBands + b] = Math.sqrt(power + wet * tail[b]);
        tail[b] = decay * (tail[b] + (1 - decay) * power);
      }
    }
  }
}

/** A smooth equaliser of five points. */
function colour(into: Float32Array, melBands: number, around: (limit: number) => number): void {
  const points = Array.from({ length: 5 }, () => (around(8) * Math.LN10) / 20);
  const gains = Float32Array.from({ length: melBands }, (_, b) => {
    const place = (b / melBands) * 4;
    const low = Math.floor(place);
    return Math.exp(points[low] * (low + 1 - place) + points[low + 1] * (place - low));
  });
  for (let i = 0; i < into.length; i++) into[i] *= gains[i % melBands];
}

/** Noise of a random colour 12 to 50 dB below the word's loudest value, or another word 18 to 50 dB below. */
function noise(into: Float32Array, other: Float32Array, melBands: number, random: Random): void {
  const loudest = into.reduce((most, value) => Math.max(most, value), 0);
  const isWord = random.uniform() < 0.15;
  const level = loudest * 10 ** (-random.uniform(isWord ? 18 : 12, 50) / 20);
  if (isWord) {
    const most = other.reduce((a, b) => Math.max(a, b), 1e-9);
    const shift = random.integer(into.length / melBands) * melBands;
    for (let i = shift; i < into.length; i++) {
      into[i] = Math.hypot(into[i], (other[i - shift] * level) / most);
    }
    return;
  }
  const tilt = random.uniform(-4, 1.5);
  const hum = random.uniform(0, 2);
  for (let i = 0; i < into.length; i++) {
    const band = i % melBands;
    const shape = Math.exp(tilt * (band / melBands)) * (band < 8 ? 1 + hum : 1);
    // The magnitude of Gaussian noise is Rayleigh distributed; a mel band averages several bins.
    const grain = Math.sqrt(0.4 - 0.6 * Math.log(1 - random.uniform()));
    into[i] = Math.hypot(into[i], level * shape * grain);
  }
}

/** Graininess of codecs and of phase reconstruction. */
function texture(into: Float32Array, depth: number, random: Random): void {
  if (depth < 0.1) return;
  for (let i = 0; i < into.length; i++) into[i] *= 1 + depth * random.uniform(-0.7, 0.7);
}

/** A stretch of frames, and one of bands, of nothing (SpecAugment: Park et al. 2019). */
function erase(values: Float32Array, frames: number, melBands: number, random: Random): void {
  const length = 1 + random.integer(7);
  const start = random.integer(frames - length);
  if (random.uniform() < 0.6) values.fill(0, start * melBands, (start + length) * melBands);
  const width = 2 + random.integer(12);
  const low = random.integer(melBands - width);
  for (let m = 0; m < frames; m++) values.fill(0, m * melBands + low, m * melBands + low + width);
}
