// Air: harmonics and noise above the model's highest frequency, made at the context's rate, free of aliases.
import type { Hertz, Samples } from '../contract/units.ts';
import { JsFft } from './fft.ts';
import { Random } from './random.ts';

/** Share of the context rate above which nothing sounds. */
const TOP = 0.45;
/** Where harmonics begin and noise comes in, as shares of the model's rate: there the model's own go out. */
const HARMONICS_FROM = 0.47;
const NOISE_FROM = 0.475;
const NOISE_FULL = 0.52;
/** Least and greatest fall of the level, decibels a kilohertz. An s falls little up to 8 kHz; vowels fall fast. */
const LEAST_FALL = 1;
const GREATEST_FALL = 9;
const NEPERS_OF_DECIBELS = Math.LN10 / 20;
/** Samples of the noise that repeats, which has to be long: 1.4 s at 48 kHz. */
const NOISE_SAMPLES = 65536;
/** Entries of the table of sines; read along straight lines its error is 3e-7. */
const SINES = 4096;
/** Pieces that may wait to be heard. */
const WAITING = 32;

const sines = Float64Array.from({ length: SINES + 1 }, (_, i) => Math.sin((2 * Math.PI * i) / SINES));

/** What the voices of one pair of rates share; immutable. */
export class AirTables {
  /** False where the context's rate leaves no room above the model's highest frequency. */
  readonly hasRoom: boolean;
  /**
   * Noise that falls least and most; at the model's highest frequency as dense as white noise of unit power below
   * it.
   */
  readonly flat: Float32Array;
  readonly steep: Float32Array;
  readonly harmonicsFrom: Hertz;
  readonly top: Hertz;

  /** @param seed of the noise, a whole number from 1 */
  constructor(
    readonly modelRate: Hertz,
    readonly contextRate: Hertz,
    seed: number,
  ) {
    this.harmonicsFrom = HARMONICS_FROM * modelRate;
    this.top = TOP * contextRate;
    this.hasRoom = this.top > 1.1 * NOISE_FULL * modelRate;
    this.flat = this.#noise(LEAST_FALL, seed);
    this.steep = this.#noise(GREATEST_FALL, seed);
  }

  /** The same phases for every slope, so that mixtures of two are as loud as what lies between. */
  #noise(fall: number, seed: number): Float32Array {
    const { modelRate, contextRate } = this;
    if (!this.hasRoom) return new Float32Array(0);
    const size = NOISE_SAMPLES;
    const random = new Random(seed);
    const re = new Float32Array(size / 2 + 1);
    const im = new Float32Array(size / 2 + 1);
    const from = NOISE_FROM * modelRate;
    const full = NOISE_FULL * modelRate;
    // A cosine in every bin whose power is the bin's share of the band that the model's noise fills.
    const amplitude = Math.sqrt((2 * contextRate) / size / (modelRate / 2));
    for (let k = 1; k < size / 2; k++) {
      const hertz = (k * contextRate) / size;
      const phase = random.uniform(0, 2 * Math.PI);
      if (hertz <= from || hertz >= this.top) continue;
      const fadeIn = Math.min(1, (hertz - from) / (full - from));
      const fadeOut = Math.min(1, (this.top - hertz) / (0.05 * this.top));
      const level = Math.exp((-fall * NEPERS_OF_DECIBELS * (hertz - modelRate / 2)) / 1000);
      const part = (amplitude * Math.sqrt(fadeIn) * fadeOut * level * size) / 2;
      re[k] = part * Math.cos(phase);
      im[k] = part * Math.sin(phase);
    }
    const samples = new Float32Array(size);
    new JsFft(size).inverse(re, im, samples);
    return samples;
  }
}

/** Levels at the end of a piece, per voice. */
export interface AirLevels {
  readonly f0Hz: Hertz;
  /** Where the levels were measured, below the model's highest frequency. */
  readonly atHz: Hertz;
  /** Amplitude of a harmonic there. */
  readonly harmonic: number;
  /** Root mean square of white noise in the model's band that is as dense as the noise there. */
  readonly noise: number;
  /** Fall of both, nepers a hertz. */
  readonly slope: number;
}

/**
 * Makes the air of one voice. `push` tells the levels at the end of each piece of the model's samples, in step
 * with what its resampler is given; `add` adds to what the resampler gives. Between pieces levels and pitch are
 * straight lines.
 *
 * All harmonics from the first above the model's own to the last below the top are one geometric series, whose
 * sum is known: sum of r^k e^(i k t) for k = a .. b is (z^a - z^(b+1)) / (1 - z), z = r e^(i t). That costs the
 * same however many there are, and has no aliases. The outermost ones come and go with a weight, so that none
 * steps when the pitch glides. Their phases are equal, as are those of the upper harmonics of a voice, whose
 * energy comes with the closing of its folds. The constructor allocates, nothing else does.
 */
export class Air {
  readonly #tables: AirTables;
  /** Model samples a context sample. */
  readonly #step: number;
  /** A ring of pieces: where each ends, in model samples, and the levels there. */
  readonly #ends = new Float64Array(WAITING);
  readonly #f0 = new Float64Array(WAITING);
  readonly #harmonic = new Float64Array(WAITING);
  readonly #noise = new Float64Array(WAITING);
  readonly #slope = new Float64Array(WAITING);
  #pushed = 0;
  /** Number of the piece that is heard, and the first context sample beyond it. */
  #heard = 0;
  #heardUntil: Samples = 0;
  /** Context samples since the beginning. */
  #samples: Samples = 0;
  #turn = 0;
  #noiseAt: Samples = 0;

  constructor(tables: AirTables) {
    this.#tables = tables;
    this.#step = tables.modelRate / tables.contextRate;
    this.reset(0);
  }

  /** Silence; @param place 0..1, where in the noise it begins */
  reset(place: number): void {
    this.#ends.fill(0);
    this.#f0.fill(0);
    this.#harmonic.fill(0);
    this.#noise.fill(0);
    this.#slope.fill(0);
    // Entry 0 is what lies before the first piece.
    this.#pushed = 1;
    this.#heard = 0;
    this.#heardUntil = 0;
    this.#samples = 0;
    this.#turn = 0;
    this.#noiseAt = Math.floor(place * NOISE_SAMPLES);
  }

  /** A piece of `count` model samples, at least one, whose end has these levels times `amount`. */
  push(count: Samples, levels: AirLevels, amount: number): void {
    const before = (this.#pushed - 1) % WAITING;
    const entry = this.#pushed++ % WAITING;
    this.#ends[entry] = this.#ends[before] + count;
    // A pitch that is not known yet or any more stays.
    const f0 = levels.f0Hz > 0 ? levels.f0Hz : this.#f0[before];
    if (!(this.#f0[before] > 0)) this.#f0[before] = f0;
    this.#f0[entry] = f0;
    const fall = Math.min(GREATEST_FALL, Math.max(LEAST_FALL, (1000 * levels.slope) / NEPERS_OF_DECIBELS));
    const nepers = (fall * NEPERS_OF_DECIBELS) / 1000;
    const { harmonicsFrom, modelRate } = this.#tables;
    this.#slope[entry] = fall;
    this.#harmonic[entry] =
      amount * levels.harmonic * Math.exp(-nepers * Math.max(0, harmonicsFrom - levels.atHz));
    this.#noise[entry] = amount * levels.noise * Math.exp(-nepers * Math.max(0, modelRate / 2 - levels.atHz));
  }

  /** Adds the next `count` samples to output[0 .. count - 1]; returns how many of them were not silent. */
  add(output: Float32Array, count: Samples): Samples {
    let sounding = 0;
    let n = 0;
    while (n < count) {
      while (this.#samples >= this.#heardUntil && this.#heard < this.#pushed - 1) {
        this.#heard++;
        this.#heardUntil = Math.ceil(this.#ends[this.#heard % WAITING] / this.#step);
      }
      const to = this.#heard % WAITING;
      const from = (this.#heard + WAITING - 1) % WAITING;
      // Beyond what was pushed the last levels stay.
      const left = this.#samples < this.#heardUntil ? this.#heardUntil - this.#samples : count - n;
      const length = Math.min(count - n, left);
      const isSilent = this.#harmonic[from] + this.#harmonic[to] + this.#noise[from] + this.#noise[to] === 0;
      if (isSilent) this.#samples += length;
      else {
        this.#addPiece(from, to, output, n, length);
        sounding += length;
      }
      n += length;
    }
    return sounding;
  }

  #addPiece(from: number, to: number, output: Float32Array, at: Samples, length: Samples): void {
    const { contextRate, harmonicsFrom, top, flat, steep } = this.#tables;
    const begin = this.#ends[from];
    const span = this.#ends[to] - begin;
    const hasHarmonics = this.#harmonic[from] + this.#harmonic[to] > 0;
    for (let n = 0; n < length; n++) {
      const x = Math.min(1, Math.max(0, (this.#samples * this.#step - begin) / span));
      const fall = this.#slope[from] + x * (this.#slope[to] - this.#slope[from]);
      const level = this.#noise[from] + x * (this.#noise[to] - this.#noise[from]);
      const i = (this.#noiseAt + this.#samples) & (NOISE_SAMPLES - 1);
      const steepness = (fall - LEAST_FALL) / (GREATEST_FALL - LEAST_FALL);
      let sample = level * (flat[i] + steepness * (steep[i] - flat[i]));
      if (hasHarmonics) {
        const f0 = this.#f0[from] + x * (this.#f0[to] - this.#f0[from]);
        const amplitude = this.#harmonic[from] + x * (this.#harmonic[to] - this.#harmonic[from]);
        this.#turn += f0 / contextRate;
        this.#turn -= Math.floor(this.#turn);
        const slope = (fall * NEPERS_OF_DECIBELS) / 1000;
        if (amplitude > 0) sample += amplitude * series(this.#turn, f0, slope, harmonicsFrom, top);
      }
      output[at + n] += sample;
      this.#samples++;
    }
  }
}

/**
 * Sum of the harmonics between two frequencies, falling from 1 at the lower one; the outermost have weights 0..1.
 */
function series(turn: number, f0: Hertz, slope: number, low: Hertz, top: Hertz): number {
  const first = low / f0 + 0.5;
  const a = Math.floor(first) + 1;
  const aWeight = a - first;
  // The one beyond the last whole one is silent when it reaches the top.
  const last = top / f0 - 1;
  const b = Math.floor(last);
  const bWeight = last - b;
  if (b < a) return 0;
  const cos = cosine(turn);
  const sin = sine(turn);
  const r = Math.exp(-slope * f0);
  // The series from the harmonic before the first whole one, whose weight it has, to the one beyond the last.
  const ra = Math.exp(-slope * ((a - 1) * f0 - low));
  const ta = (a - 1) * turn;
  const aRe = ra * cosine(ta);
  const aIm = ra * sine(ta);
  const rb = Math.exp(-slope * ((b + 1) * f0 - low));
  const tb = (b + 1) * turn;
  const bRe = rb * cosine(tb);
  const bIm = rb * sine(tb);
  const zRe = r * cos;
  const zIm = r * sin;
  // z^a - z^(b+1) over 1 - z; z^a is z^(a-1) times z.
  const nRe = aRe * zRe - aIm * zIm - bRe;
  const nIm = aRe * zIm + aIm * zRe - bIm;
  const dRe = 1 - zRe;
  const power = dRe * dRe + zIm * zIm;
  const whole = (nRe * dRe - nIm * zIm) / power;
  return whole + aWeight * aRe + bWeight * bRe;
}

function sine(turn: number): number {
  const at = (turn - Math.floor(turn)) * SINES;
  const i = Math.floor(at);
  return sines[i] + (at - i) * (sines[i + 1] - sines[i]);
}

function cosine(turn: number): number {
  return sine(turn + 0.25);
}
