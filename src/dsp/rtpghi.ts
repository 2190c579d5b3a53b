// Starting phases for one new frame: real-time phase gradient heap integration with one frame of look-ahead.
import type { Samples } from '../contract/units.ts';
import { Random } from './random.ts';

/** Gamma of a Hann window of L samples is this times L squared (Prusa & Sondergaard 2016). */
const HANN_GAMMA = 0.25645;
/** Bins this far under the frame's maximum get a random phase (Prusa & Sondergaard 2016, section 3). */
const RELATIVE_TOLERANCE = 1e-6;
/** Added to magnitudes before the logarithm, so that digital silence has one. */
const LOG_FLOOR = 1e-10;

/**
 * RTPGHI (Prusa & Sondergaard, DAFx 2016): the phase's slope along time follows from the log magnitude's slope along
 * frequency and the other way round; both are integrated from the previous frame's known phases, loudest bins first.
 * Works on frames whose phase is counted from the window's centre. The constructor allocates, `start` does not.
 */
export class PhaseStart {
  readonly #bins: number;
  readonly #seed: number;
  readonly #random: Random;
  /** Phase advance along time per unit slope of log magnitude along frequency, and the other way round. */
  readonly #timeFactor: number;
  readonly #frequencyFactor: number;
  readonly #hopAngle: number;
  readonly #logPrevious: Float64Array;
  readonly #logCurrent: Float64Array;
  readonly #logNext: Float64Array;
  /** Phase steps of the new frame, per bin: from the frame before (trapezoid rule), and per bin along frequency. */
  readonly #alongTime: Float64Array;
  readonly #alongFrequency: Float64Array;
  readonly #settled: Uint8Array;
  /** Max-heap over entries 0..bins-1 (bins of the previous frame) and bins..2*bins-1 (bins of the new one). */
  readonly #heap: Int32Array;
  readonly #keys: Float32Array;
  #heapSize = 0;

  constructor(fftSamples: Samples, hopSamples: Samples, seed: number) {
    const gamma = HANN_GAMMA * fftSamples * fftSamples;
    this.#bins = fftSamples / 2 + 1;
    this.#seed = seed;
    this.#random = new Random(this.#seed);
    this.#timeFactor = (hopSamples * fftSamples) / gamma;
    this.#frequencyFactor = -gamma / (hopSamples * fftSamples);
    this.#hopAngle = (2 * Math.PI * hopSamples) / fftSamples;
    this.#logPrevious = new Float64Array(this.#bins);
    this.#logCurrent = new Float64Array(this.#bins);
    this.#logNext = new Float64Array(this.#bins);
    this.#alongTime = new Float64Array(this.#bins);
    this.#alongFrequency = new Float64Array(this.#bins);
    this.#settled = new Uint8Array(this.#bins);
    this.#heap = new Int32Array(2 * this.#bins);
    this.#keys = new Float32Array(2 * this.#bins);
    this.reset();
  }

  /** Restarts the random phases and forgets the frames seen. */
  reset(): void {
    this.#random.reset();
    this.#logPrevious.fill(Math.log(LOG_FLOOR));
    this.#logCurrent.fill(Math.log(LOG_FLOOR));
    this.#logNext.fill(Math.log(LOG_FLOOR));
  }

  /** Takes the next frame's magnitudes; `start` then works on the frame taken one call before. */
  take(next: Float32Array): void {
    const previous = this.#logPrevious;
    const current = this.#logCurrent;
    const newest = this.#logNext;
    for (let k = 0; k < this.#bins; k++) {
      previous[k] = current[k];
      current[k] = newest[k];
      newest[k] = Math.log(next[k] + LOG_FLOOR);
    }
  }

  /**
   * Writes the starting phases (radians) of the frame of magnitudes `current` to `phases`, which on entry holds the phases
   * of the frame before it, of magnitudes `previous`. All arrays have `fftSamples / 2 + 1` elements.
   */
  start(previous: Float32Array, current: Float32Array, phases: Float64Array): void {
    const bins = this.#bins;
    const settled = this.#settled;
    const alongTime = this.#alongTime;
    const alongFrequency = this.#alongFrequency;
    this.#differentiate();
    let maximum = 0;
    for (let k = 0; k < bins; k++) maximum = Math.max(maximum, previous[k], current[k]);
    const tolerance = maximum * RELATIVE_TOLERANCE;
    this.#heapSize = 0;
    let open = 0;
    for (let k = 0; k < bins; k++) {
      if (current[k] > tolerance) {
        settled[k] = 0;
        open++;
        if (previous[k] > 0) this.#push(k, previous[k]);
      } else {
        settled[k] = 1;
        phases[k] = this.#random.uniform(0, 2 * Math.PI);
      }
    }
    while (open > 0) {
      if (this.#heapSize === 0) {
        // An isolated region of the new frame: nothing known touches it, so its loudest bin starts at 0.
        let loudest = -1;
        for (let k = 0; k < bins; k++) {
          if (settled[k] === 0 && (loudest < 0 || current[k] > current[loudest])) loudest = k;
        }
        phases[loudest] = 0;
        settled[loudest] = 1;
        open--;
        this.#push(bins + loudest, current[loudest]);
      }
      const entry = this.#pop();
      if (entry < bins) {
        if (settled[entry] === 1) continue;
        phases[entry] += alongTime[entry];
        settled[entry] = 1;
        open--;
        this.#push(bins + entry, current[entry]);
      } else {
        const bin = entry - bins;
        for (let step = -1; step <= 1; step += 2) {
          const neighbour = bin + step;
          if (neighbour < 0 || neighbour >= bins || settled[neighbour] === 1) continue;
          phases[neighbour] = phases[bin] + step * 0.5 * (alongFrequency[bin] + alongFrequency[neighbour]);
          settled[neighbour] = 1;
          open--;
          this.#push(bins + neighbour, current[neighbour]);
        }
      }
    }
  }

  /** Slopes of the log magnitudes, as phase steps; one-sided at the ends of the spectrum. */
  #differentiate(): void {
    const last = this.#bins - 1;
    const previous = this.#logPrevious;
    const current = this.#logCurrent;
    const next = this.#logNext;
    for (let k = 0; k <= last; k++) {
      const low = k === 0 ? 0 : k - 1;
      const high = k === last ? last : k + 1;
      const slope = (previous[high] - previous[low] + current[high] - current[low]) / (high - low);
      this.#alongTime[k] = 0.5 * this.#timeFactor * slope + this.#hopAngle * k;
      this.#alongFrequency[k] = 0.5 * this.#frequencyFactor * (next[k] - previous[k]);
    }
  }

  #push(entry: number, key: number): void {
    const heap = this.#heap;
    const keys = this.#keys;
    let at = this.#heapSize++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (keys[parent] >= key) break;
      keys[at] = keys[parent];
      heap[at] = heap[parent];
      at = parent;
    }
    keys[at] = key;
    heap[at] = entry;
  }

  #pop(): number {
    const heap = this.#heap;
    const keys = this.#keys;
    const top = heap[0];
    const size = --this.#heapSize;
    const key = keys[size];
    const entry = heap[size];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && keys[child + 1] > keys[child]) child++;
      if (keys[child] <= key) break;
      keys[at] = keys[child];
      heap[at] = heap[child];
      at = child;
    }
    keys[at] = key;
    heap[at] = entry;
    return top;
  }
}
