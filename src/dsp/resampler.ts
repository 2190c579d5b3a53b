// Sample rate conversion by any rational ratio: a polyphase Kaiser-windowed sinc, streaming or over a whole signal.
import type { Hertz, Samples } from '../contract/units.ts';
import { requireInteger } from '../contract/errors.ts';
import { kaiser, kaiserBeta } from './window.ts';

/** Stop band of the filter; images and aliases lie below it. */
const ATTENUATION_DB = 86;
/** Zero crossings each side, counted at the lower rate: at 8 kHz the transition band reaches from 3.66 to 4.34 kHz. */
const ZERO_CROSSINGS = 32;
/** Ratios with more phases than this interpolate between phases of a coarser table (error below -100 dB). */
const MAX_EXACT_PHASES = 1024;
const INTERPOLATED_PHASES = 512;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The filter table of one pair of rates: immutable, shared by any number of resamplers. */
export class ResamplerFilter {
  /** Output samples per `inputStep` input samples, in lowest terms. */
  readonly outputStep: number;
  readonly inputStep: number;
  /** Taps of one phase: 1 at equal rates, otherwise a multiple of 4. */
  readonly taps: number;
  /** Rows of the table; row p holds the taps for a fractional position of p / phases. One row more than `phases`. */
  readonly phases: number;
  readonly table: Float32Array;

  /**
   * @param inputRate whole number of hertz, 1 kHz to 768 kHz
   * @param outputRate likewise
   * @throws RangeError on rates out of range
   */
  constructor(
    readonly inputRate: Hertz,
    readonly outputRate: Hertz,
  ) {
    requireInteger('inputRate', inputRate, 1000, 768000, 'whole hertz');
    requireInteger('outputRate', outputRate, 1000, 768000, 'whole hertz');
    const divisor = greatestCommonDivisor(inputRate, outputRate);
    this.outputStep = outputRate / divisor;
    this.inputStep = inputRate / divisor;
    if (inputRate === outputRate) {
      this.taps = 1;
      this.phases = 1;
      this.table = Float32Array.of(1, 0);
      return;
    }
    this.phases = this.outputStep <= MAX_EXACT_PHASES ? this.outputStep : INTERPOLATED_PHASES;
    const cutoff = Math.min(1, outputRate / inputRate);
    const halfLength = ZERO_CROSSINGS / cutoff;
    this.taps = 4 * Math.ceil(halfLength / 2);
    this.table = new Float32Array((this.phases + 1) * this.taps);
    const beta = kaiserBeta(ATTENUATION_DB);
    const row = new Float64Array(this.taps);
    for (let phase = 0; phase <= this.phases; phase++) {
      let sum = 0;
      for (let tap = 0; tap < this.taps; tap++) {
        const distance = tap - (this.taps / 2 - 1) - phase / this.phases;
        const x = Math.PI * cutoff * distance;
        row[tap] = (x === 0 ? 1 : Math.sin(x) / x) * kaiser(distance / halfLength, beta);
        sum += row[tap];
      }
      // Every phase passes a constant unchanged, so that silence with an offset carries no tone at the model rate.
      for (let tap = 0; tap < this.taps; tap++) this.table[phase * this.taps + tap] = row[tap] / sum;
    }
  }

  /** Input samples past an output sample's own time that the filter needs. 0 at equal rates. */
  get lookAheadSamples(): Samples {
    return this.taps >> 1;
  }
}

/**
 * Streaming sample rate converter: push input, pull output. Output n lies at input time n * inputRate / outputRate, without
 * delay; it becomes available once `latencySamples` input samples past that time have been pushed, so a caller that knows
 * its future pays no waiting. Input before the first push counts as silence. The constructor allocates; nothing else does.
 */
export class Resampler {
  /** Input samples that must be pushed past an output sample's time before it can be pulled. */
  readonly latencySamples: Samples;
  readonly #filter: ResamplerFilter;
  readonly #capacity: Samples;
  readonly #buffer: Float32Array;
  #fill = 0;
  #base = 0;
  #phase = 0;

  /** @param capacity most input samples that are pushed, or held back unpulled, at a time */
  constructor(filter: ResamplerFilter, capacity: Samples) {
    requireInteger('capacity', capacity, 1, 1e8);
    this.latencySamples = filter.lookAheadSamples;
    this.#filter = filter;
    this.#capacity = capacity + filter.taps + filter.inputStep;
    this.#buffer = new Float32Array(this.#capacity + filter.taps);
    this.reset();
  }

  /** Back to silence and output sample 0. */
  reset(): void {
    this.#fill = Math.max(0, (this.#filter.taps >> 1) - 1);
    this.#base = 0;
    this.#phase = 0;
    this.#buffer.fill(0);
  }

  /**
   * Takes `count` samples of `input` from `at` on.
   * @throws RangeError when more is held back than `capacity` allows
   */
  push(input: Float32Array, count: Samples, at = 0): void {
    const buffer = this.#buffer;
    if (this.#fill + count > buffer.length) {
      const keep = Math.min(this.#base, this.#fill);
      buffer.copyWithin(0, keep, this.#fill);
      this.#fill -= keep;
      this.#base -= keep;
      if (this.#fill + count > buffer.length) throw new RangeError('resampler capacity exceeded: pull first');
    }
    for (let i = 0; i < count; i++) buffer[this.#fill + i] = input[at + i];
    this.#fill += count;
  }

  /** Output samples that can be pulled now. */
  get available(): Samples {
    const { outputStep, inputStep, taps } = this.#filter;
    const spare = this.#fill - taps - this.#base;
    return spare < 0 ? 0 : Math.floor((spare * outputStep + outputStep - 1 - this.#phase) / inputStep) + 1;
  }

  /** Writes `count` output samples to `output` from `at` on. Asking for more than `available` gives silence at the end. */
  pull(output: Float32Array, count: Samples, at = 0): void {
    const { outputStep, inputStep, taps, phases, table } = this.#filter;
    const buffer = this.#buffer;
    const exact = phases === outputStep;
    for (let n = 0; n < count; n++) {
      let sum = 0;
      if (this.#base + taps <= this.#fill) {
        const base = this.#base;
        const row = exact ? this.#phase * taps : 0;
        if (taps === 1) sum = buffer[base];
        else if (exact) {
          // Four sums, because one would wait for each addition to end before the next begins.
          let sum1 = 0;
          let sum2 = 0;
          let sum3 = 0;
          for (let tap = 0; tap < taps; tap += 4) {
            sum += table[row + tap] * buffer[base + tap];
            sum1 += table[row + tap + 1] * buffer[base + tap + 1];
            sum2 += table[row + tap + 2] * buffer[base + tap + 2];
            sum3 += table[row + tap + 3] * buffer[base + tap + 3];
          }
          sum += sum1 + (sum2 + sum3);
        } else sum = this.#interpolated(base);
        this.#phase += inputStep;
        const advance = Math.floor(this.#phase / outputStep);
        this.#base += advance;
        this.#phase -= advance * outputStep;
      }
      output[at + n] = sum;
    }
  }

  /** One output sample at a fractional position between two rows of the table. */
  #interpolated(base: number): number {
    const { outputStep, taps, phases, table } = this.#filter;
    const buffer = this.#buffer;
    const position = (this.#phase / outputStep) * phases;
    const whole = Math.floor(position);
    const fraction = position - whole;
    const row = whole * taps;
    let low = 0;
    let high = 0;
    for (let tap = 0; tap < taps; tap++) {
      low += table[row + tap] * buffer[base + tap];
      high += table[row + taps + tap] * buffer[base + tap];
    }
    return low + fraction * (high - low);
  }
}

/**
 * Converts a whole signal; the result starts at the same time and has ceil(length * outputRate / inputRate) samples.
 * Images and aliases lie 80 dB down up to 0.457 of the lower rate. Equal rates return a copy.
 * @throws RangeError on rates out of range
 */
export function resample(samples: Float32Array, inputRate: Hertz, outputRate: Hertz): Float32Array {
  const filter = new ResamplerFilter(inputRate, outputRate);
  const length = Math.ceil((samples.length * outputRate) / inputRate);
  const output = new Float32Array(length);
  const chunk = 4096;
  const resampler = new Resampler(filter, chunk + filter.taps);
  const silence = new Float32Array(chunk);
  let written = 0;
  for (let at = 0; written < length; at += chunk) {
    const count = Math.max(0, Math.min(chunk, samples.length - at));
    if (count > 0) resampler.push(samples, count, at);
    if (count < chunk) resampler.push(silence, chunk - count);
    const ready = Math.min(resampler.available, length - written);
    resampler.pull(output, ready, written);
    written += ready;
  }
  return output;
}
