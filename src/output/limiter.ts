// The peak limiter at the end of the chain: no delay, never above its ceiling, bit-exact below it.
import { requireNumber } from '../contract/errors.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';

/** A ceiling moves by 1 in this time. */
const ceilingSeconds: Seconds = 0.1;

/** Largest amplitude of what goes to the speakers. */
export const outputCeiling = 0.97;

/**
 * Stereo-linked peak limiter with instant attack.
 *
 * Web Audio's DynamicsCompressorNode, which Tone.Limiter wraps, delays the signal by 6 ms (288 samples at 48 kHz, measured in
 * Chromium 156), raises quiet signals by its make-up gain and lets a tone of amplitude 2 through at 1.56. Here the envelope
 * e[n] = max(|x[n]|, r e[n-1]) is at least |x|, so |x| * ceiling / max(e, ceiling) <= ceiling at every sample, and since e is
 * continuous wherever x is, the gain has no step of its own.
 */
export class Limiter {
  /** Samples by which the output lags the input. */
  readonly latencySamples: Samples = 0;
  #ceiling: number;
  /** Where the ceiling moves to, and by how much with each sample. */
  #ceilingTo: number;
  readonly #ceilingStep: number;
  readonly #release: number;
  #envelope = 0;

  /**
   * @param ceiling largest output amplitude, 0.01..1
   * @param releaseSeconds time in which the envelope falls by 1/e, 0.001..10
   * @throws RangeError naming the argument, its range and the value
   */
  constructor(sampleRate: Hertz, ceiling = outputCeiling, releaseSeconds: Seconds = 0.08) {
    requireNumber('sampleRate', sampleRate, 1000, 768_000);
    this.#ceiling = this.#ceilingTo = requireNumber('ceiling', ceiling, 0.01, 1);
    this.#ceilingStep = 1 / (ceilingSeconds * sampleRate);
    requireNumber('releaseSeconds', releaseSeconds, 0.001, 10);
    this.#release = Math.exp(-1 / (releaseSeconds * sampleRate));
  }

  /** Forgets what it has heard. */
  reset(): void {
    this.#envelope = 0;
  }

  /** Goes to another ceiling, 0.01..1, by 1 in 0.1 s: never in a step. */
  moveCeiling(ceiling: number): void {
    this.#ceilingTo = requireNumber('ceiling', ceiling, 0.01, 1);
  }

  /** Limits `input` into `output` (arrays of channels, equal lengths; may be the same). Non-finite samples become 0. */
  process(input: readonly Float32Array[], output: readonly Float32Array[]): void {
    const channels = Math.min(input.length, output.length);
    if (channels === 0) return;
    const samples = output[0].length;
    let envelope = this.#envelope;
    let ceiling = this.#ceiling;
    const to = this.#ceilingTo;
    const step = this.#ceilingStep;
    for (let n = 0; n < samples; n++) {
      if (ceiling !== to)
        ceiling = to > ceiling ? Math.min(to, ceiling + step) : Math.max(to, ceiling - step);
      let peak = 0;
      for (let c = 0; c < channels; c++) {
        const magnitude = Math.abs(input[c][n]);
        if (magnitude > peak && magnitude < Infinity) peak = magnitude;
      }
      envelope = Math.max(peak, envelope * this.#release);
      const gain = envelope > ceiling ? ceiling / envelope : 1;
      for (let c = 0; c < channels; c++) {
        const sample = input[c][n];
        // NaN fails both comparisons.
        output[c][n] = sample > -Infinity && sample < Infinity ? sample * gain : 0;
      }
    }
    this.#ceiling = ceiling;
    this.#envelope = envelope > 1e-20 ? envelope : 0;
  }
}
