// Sample rate conversion by any rational ratio: a polyphase Kaiser-windowed sinc, streaming or over a whole signal.
import type { Hertz, Samples } from '../contract/units.ts';
import { requireInteger, requireSamples } from '../contract/errors.ts';
import { JavascriptLoops } from './javascriptLoops.ts';
import { JsFft } from './fft.ts';
import type { Loops } from './loops.ts';
import { kaiser, kaiserBeta } from './window.ts';

/** Stop band of the filter; images and aliases lie below it. */
const ATTENUATION_DB = 86;
/** Zero crossings each side, counted at the lower rate: at 8 kHz the transition band reaches from 3.66 to 4.34 kHz. */
const ZERO_CROSSINGS = 32;
/** Ratios with more phases than this interpolate between phases of a coarser table (error below -100 dB). */
const MAX_EXACT_PHASES = 1024;
const INTERPOLATED_PHASES = 512;

/** For callers that need no speed. */
const plainLoops: Loops = new JavascriptLoops(new JsFft(8));

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** At least the taps of a phase. */
function mostTaps(inputRate: Hertz, outputRate: Hertz): Samples {
  return (2 * ZERO_CROSSINGS + 4) * Math.max(1, inputRate / outputRate);
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
   * @param loops do the work of the resamplers of this filter
   * @throws RangeError on rates out of range
   */
  constructor(
    readonly inputRate: Hertz,
    readonly outputRate: Hertz,
    readonly loops: Loops = plainLoops,
  ) {
    requireInteger('inputRate', inputRate, 1000, 768000, 'whole hertz');
    requireInteger('outputRate', outputRate, 1000, 768000, 'whole hertz');
    const divisor = greatestCommonDivisor(inputRate, outputRate);
    this.outputStep = outputRate / divisor;
    this.inputStep = inputRate / divisor;
    if (inputRate === outputRate) {
      this.taps = 1;
      this.phases = 1;
      this.table = loops.floats(4);
      this.table[0] = 1;
      return;
    }
    this.phases = this.outputStep <= MAX_EXACT_PHASES ? this.outputStep : INTERPOLATED_PHASES;
    const cutoff = Math.min(1, outputRate / inputRate);
    const halfLength = ZERO_CROSSINGS / cutoff;
    this.taps = 4 * Math.ceil(halfLength / 2);
    this.table = loops.floats((this.phases + 1) * this.taps);
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

  /** Bytes that a filter takes of its loops' memory, at most. */
  static bytes(inputRate: Hertz, outputRate: Hertz): number {
    const phases = Math.min(outputRate / greatestCommonDivisor(inputRate, outputRate), MAX_EXACT_PHASES);
    return 4 * (phases + 1) * mostTaps(inputRate, outputRate) + 64;
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
    this.#buffer = filter.loops.floats(this.#capacity + filter.taps);
    this.reset();
  }

  /** Bytes that a resampler takes of its filter's loops' memory, at most. */
  static bytes(inputRate: Hertz, outputRate: Hertz, capacity: Samples): number {
    const inputStep = inputRate / greatestCommonDivisor(inputRate, outputRate);
    return 4 * (capacity + 2 * mostTaps(inputRate, outputRate) + inputStep) + 64;
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

  /** Output samples that could be pulled after pushing `count` more. */
  availableAfter(count: Samples): Samples {
    const { outputStep, inputStep, taps } = this.#filter;
    const spare = this.#fill + count - taps - this.#base;
    return spare < 0 ? 0 : Math.floor((spare * outputStep + outputStep - 1 - this.#phase) / inputStep) + 1;
  }

  /** Output samples that can be pulled now. */
  get available(): Samples {
    return this.availableAfter(0);
  }

  /** Writes `count` output samples to `output` from `at` on. Asking for more than `available` gives silence at the end. */
  pull(output: Float32Array, count: Samples, at = 0): void {
    const { loops, outputStep, inputStep, taps, phases, table } = this.#filter;
    const ready = Math.min(count, this.available);
    const buffer = this.#buffer;
    loops.interpolate(
      table,
      taps,
      phases,
      outputStep,
      inputStep,
      buffer,
      this.#base,
      this.#phase,
      output,
      at,
      ready,
    );
    const moved = this.#phase + ready * inputStep;
    const advance = Math.floor(moved / outputStep);
    this.#base += advance;
    this.#phase = moved - advance * outputStep;
    for (let n = ready; n < count; n++) output[at + n] = 0;
  }
}

/**
 * Converts a whole signal; the result starts at the same time and has ceil(length * outputRate / inputRate) samples.
 * Images and aliases lie 80 dB down up to 0.457 of the lower rate. Equal rates return a copy.
 * @throws RangeError on rates out of range, TypeError on samples that are none
 * @example
 * const at48k = resample(samples, 16000, 48000);
 */
export function resample(samples: Float32Array, inputRate: Hertz, outputRate: Hertz): Float32Array {
  requireSamples('samples', samples);
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
