// The hot loops in TypeScript: the reference of the WebAssembly ones, and what runs where there is no WebAssembly.
// Long, to be read beside the interface as a whole.
import type { Samples } from '../contract/units.ts';
import type { RealFft } from './fft.ts';
import {
  LOBE_ENERGY,
  LOG_FLOOR,
  START_BUCKETS,
  type Loops,
  type MelTables,
  type StartFrame,
  type StartTables,
  type VoicingTables,
} from './loops.ts';

const TURN = 2 * Math.PI;

/** Loops over any RealFft. */
export class JavascriptLoops implements Loops {
  readonly kind = 'javascript';
  readonly fftSamples: Samples;
  readonly #fft: RealFft;
  readonly #time: Float32Array;
  readonly #re: Float32Array;
  readonly #im: Float32Array;
  readonly #bits = new Float32Array(1);
  readonly #word = new Int32Array(this.#bits.buffer);
  /** Loudest bucket of the queue that may hold an entry. */
  #top = 0;

  /** @param fft may be shared with others between calls */
  constructor(fft: RealFft) {
    this.fftSamples = fft.size;
    this.#fft = fft;
    this.#time = new Float32Array(fft.size);
    this.#re = new Float32Array(fft.size / 2 + 1);
    this.#im = new Float32Array(fft.size / 2 + 1);
  }

  floats(length: number): Float32Array {
    return new Float32Array(length);
  }

  doubles(length: number): Float64Array {
    return new Float64Array(length);
  }

  integers(length: number): Int32Array {
    return new Int32Array(length);
  }

  invertMel(tables: MelTables, updates: number, mel: Float32Array, magnitudes: Float32Array): void {
    const { bins, bands, starts, offsets, weights, lobe, share, start, lines, correction } = tables;
    for (let k = 0; k < bins; k++) {
      lines[k + 1] = start[k];
      correction[k] = 0;
    }
    for (let update = 0; update <= updates; update++) {
      for (let band = 0; band < bands; band++) {
        const wanted = mel[band];
        if (!(wanted > 0) || wanted === Infinity) continue;
        const begin = offsets[band];
        const end = offsets[band + 1];
        const first = starts[band] - begin;
        let sum = 0;
        for (let i = begin; i < end; i++) sum += weights[i] * lines[first + i + 1];
        if (!(sum > 0)) continue;
        const root = Math.sqrt(wanted / sum);
        for (let i = begin; i < end; i++) correction[first + i] += weights[i] * root;
      }
      // The first pass starts from a flat spectrum, for which the plain rule gives the interpolated envelope; the
      // last one must not overshoot.
      const isPlain = update === 0 || update === updates;
      for (let k = 0; k < bins; k++) {
        const root = correction[k] * share[k];
        const ratio = root * root;
        lines[k + 1] *= isPlain ? ratio : ratio * ratio;
        correction[k] = 0;
      }
    }
    for (let k = 0; k < bins; k++) magnitudes[k] = lines[k + 1] + lobe * (lines[k] + lines[k + 2]);
  }

  logarithms(magnitudes: Float32Array, logs: Float32Array, bins: number): number {
    let most = 0;
    for (let k = 0; k < bins; k++) {
      most = Math.max(most, magnitudes[k]);
      logs[k] = Math.log(magnitudes[k] + LOG_FLOOR);
    }
    return most;
  }

  startPhases(
    tables: StartTables,
    previous: StartFrame,
    current: StartFrame,
    next: StartFrame,
    smooth: number,
    random: Int32Array,
  ): void {
    const { bins, alongTime, alongFrequency, heads, settled } = tables;
    this.#differentiate(tables, previous, current, next);
    let most = 0;
    for (let k = 0; k < bins; k++) most = Math.max(most, previous.magnitudes[k], current.magnitudes[k]);
    const tolerance = most * tables.tolerance;
    heads.fill(-1);
    this.#top = 0;
    let open = 0;
    for (let k = 0; k < bins; k++) {
      const isSmooth = Math.abs(next.logs[k] - previous.logs[k]) < smooth;
      if (current.magnitudes[k] > tolerance && !isSmooth) {
        settled[k] = 0;
        open++;
        if (previous.magnitudes[k] > 0) this.#push(tables, k, previous.magnitudes[k]);
      } else {
        settled[k] = 1;
        const turn = TURN * nextUniform(random);
        alongTime[2 * k] = Math.cos(turn);
        alongTime[2 * k + 1] = Math.sin(turn);
      }
    }
    while (open > 0) {
      const entry = this.#pop(tables);
      if (entry < 0) {
        // An isolated region of the new frame: nothing known touches it, so its loudest bin starts at 0.
        let loudest = -1;
        for (let k = 0; k < bins; k++) {
          if (settled[k] === 0 && (loudest < 0 || current.magnitudes[k] > current.magnitudes[loudest]))
            loudest = k;
        }
        alongTime[2 * loudest] = 1;
        alongTime[2 * loudest + 1] = 0;
        settled[loudest] = 1;
        open--;
        this.#push(tables, bins + loudest, current.magnitudes[loudest]);
      } else if (entry < bins) {
        if (settled[entry] === 1) continue;
        settled[entry] = 1;
        open--;
        this.#push(tables, bins + entry, current.magnitudes[entry]);
      } else {
        const bin = entry - bins;
        const re = alongTime[2 * bin];
        const im = alongTime[2 * bin + 1];
        if (bin > 0 && settled[bin - 1] === 0) {
          // Down: the rotation from the lower bin to this one, undone.
          const cos = alongFrequency[2 * bin - 2];
          const sin = alongFrequency[2 * bin - 1];
          alongTime[2 * bin - 2] = re * cos + im * sin;
          alongTime[2 * bin - 1] = im * cos - re * sin;
          settled[bin - 1] = 1;
          open--;
          this.#push(tables, bins + bin - 1, current.magnitudes[bin - 1]);
        }
        if (bin + 1 < bins && settled[bin + 1] === 0) {
          const cos = alongFrequency[2 * bin];
          const sin = alongFrequency[2 * bin + 1];
          alongTime[2 * bin + 2] = re * cos - im * sin;
          alongTime[2 * bin + 3] = im * cos + re * sin;
          settled[bin + 1] = 1;
          open--;
          this.#push(tables, bins + bin + 1, current.magnitudes[bin + 1]);
        }
      }
    }
    const { spectrum, magnitudes } = current;
    // Windows begin half their length before the centre that phases are counted from: odd bins turn by half a
    // turn.
    for (let k = 1; k < bins - 1; k++) {
      const magnitude = (k & 1) === 1 ? -magnitudes[k] : magnitudes[k];
      spectrum[2 * k] = magnitude * alongTime[2 * k];
      spectrum[2 * k + 1] = magnitude * alongTime[2 * k + 1];
    }
    spectrum[0] = magnitudes[0] * alongTime[0];
    spectrum[1] = magnitudes[bins - 1] * alongTime[2 * bins - 2];
  }

  /** Unit phasors: the phases before, moved on by a hop, and the steps from each bin to the next. */
  #differentiate(tables: StartTables, previous: StartFrame, current: StartFrame, next: StartFrame): void {
    const { bins, hopTurns, alongTime, alongFrequency, timeFactor, frequencyFactor } = tables;
    const last = bins - 1;
    const before = previous.spectrum;
    const p = previous.logs;
    const c = current.logs;
    const n = next.logs;
    for (let k = 0; k <= last; k++) {
      // One-sided at the ends of the spectrum.
      const low = k === 0 ? 0 : k - 1;
      const high = k === last ? last : k + 1;
      const slope = (p[high] - p[low] + c[high] - c[low]) / (high - low);
      const turn = TURN * (0.5 * timeFactor * slope + hopTurns[k]);
      let re = k === last ? before[1] : before[2 * k];
      let im = k === 0 || k === last ? 0 : before[2 * k + 1];
      if ((k & 1) === 1) {
        re = -re;
        im = -im;
      }
      const length = Math.sqrt(re * re + im * im);
      re = length > 0 ? re / length : 1;
      im = length > 0 ? im / length : 0;
      const cos = Math.cos(turn);
      const sin = Math.sin(turn);
      alongTime[2 * k] = re * cos - im * sin;
      alongTime[2 * k + 1] = im * cos + re * sin;
      if (k === last) break;
      const step = 0.25 * frequencyFactor * (n[k] - p[k] + n[k + 1] - p[k + 1]);
      alongFrequency[2 * k] = Math.cos(TURN * step);
      alongFrequency[2 * k + 1] = Math.sin(TURN * step);
    }
  }

  /** Eight buckets to an octave, read off the number's exponent and upper fraction bits. */
  #push(tables: StartTables, entry: number, magnitude: number): void {
    this.#bits[0] = magnitude;
    // Magnitudes of up to 2^16 in the FFT's scale; what is 32 octaves below shares the lowest bucket.
    const bucket = Math.min(START_BUCKETS - 1, Math.max(0, (this.#word[0] >> 20) - (127 + 16 - 32) * 8));
    tables.links[entry] = tables.heads[bucket];
    tables.heads[bucket] = entry;
    if (bucket > this.#top) this.#top = bucket;
  }

  /** An entry of the loudest bucket; -1 when all are empty. */
  #pop(tables: StartTables): number {
    const { heads, links } = tables;
    while (this.#top > 0 && heads[this.#top] < 0) this.#top--;
    const entry = heads[this.#top];
    if (entry >= 0) heads[this.#top] = links[entry];
    return entry;
  }

  project(
    sum: Float32Array,
    at: number,
    analysis: Float32Array,
    magnitudes: Float32Array,
    momentum: number,
    relaxation: number,
    rebuilt: Float32Array,
    spectrum: Float32Array,
  ): void {
    const size = this.fftSamples;
    const half = size / 2;
    const time = this.#time;
    const re = this.#re;
    const im = this.#im;
    for (let n = 0; n < size; n++) time[n] = sum[at + n] * analysis[n];
    this.#fft.forward(time, re, im);
    const reach = 1 + relaxation;
    for (let k = 1; k < half; k++) {
      const ur = re[k] + momentum * (re[k] - rebuilt[2 * k]);
      const ui = im[k] + momentum * (im[k] - rebuilt[2 * k + 1]);
      rebuilt[2 * k] = re[k];
      rebuilt[2 * k + 1] = im[k];
      const power = ur * ur + ui * ui;
      if (power > 0) {
        const scale = (reach * magnitudes[k]) / Math.sqrt(power) - relaxation;
        spectrum[2 * k] = scale * ur;
        spectrum[2 * k + 1] = scale * ui;
      } else {
        // A vanishing bin takes phase 0: kept at zero it could never start to sound.
        spectrum[2 * k] = reach * magnitudes[k];
        spectrum[2 * k + 1] = 0;
      }
    }
    const first = re[0] + momentum * (re[0] - rebuilt[0]);
    const last = re[half] + momentum * (re[half] - rebuilt[1]);
    rebuilt[0] = re[0];
    rebuilt[1] = re[half];
    spectrum[0] = reach * (first < 0 ? -magnitudes[0] : magnitudes[0]) - relaxation * first;
    spectrum[1] = reach * (last < 0 ? -magnitudes[half] : magnitudes[half]) - relaxation * last;
  }

  synthesise(
    spectrum: Float32Array,
    window: Float32Array,
    share: Float32Array,
    sum: Float32Array,
    at: number,
  ): void {
    const size = this.fftSamples;
    const half = size / 2;
    const time = this.#time;
    const re = this.#re;
    const im = this.#im;
    for (let k = 1; k < half; k++) {
      re[k] = spectrum[2 * k];
      im[k] = spectrum[2 * k + 1];
    }
    re[0] = spectrum[0];
    re[half] = spectrum[1];
    im[0] = 0;
    im[half] = 0;
    this.#fft.inverse(re, im, time);
    for (let n = 0; n < size; n++) {
      const value = time[n] * window[n];
      sum[at + n] += value - share[n];
      share[n] = value;
    }
  }

  emit(sum: Float32Array, length: number, gain: Float32Array, hop: number, output: Float32Array): void {
    for (let n = 0; n < hop; n++) output[n] = sum[n] * gain[n];
    sum.copyWithin(0, hop, length);
    sum.fill(0, length - hop, length);
  }

  split(
    tables: VoicingTables,
    voicing: Float32Array,
    spacing: number,
    magnitudes: Float32Array,
    power: Float64Array,
    voiced: Float64Array,
  ): void {
    const { bins, bandOfBin, shareOfBin } = tables;
    for (let k = 0; k < bins; k++) {
      const square = magnitudes[k] * magnitudes[k];
      const low = voicing[bandOfBin[k]];
      const share = low + shareOfBin[k] * (voicing[bandOfBin[k] + 1] - low);
      power[k + 1] = power[k] + square;
      voiced[k + 1] = voiced[k] + share * square;
    }
    for (let k = 0; k < bins; k++) {
      const low = voicing[bandOfBin[k]];
      const share = low + shareOfBin[k] * (voicing[bandOfBin[k] + 1] - low);
      // Noise lies between the harmonics as much as on them: its power is that of the whole interval.
      const begin = Math.max(-0.5, k - 0.5 * spacing);
      const end = Math.min(bins - 0.5, k + 0.5 * spacing);
      const mean = (sumBelow(power, bins, end) - sumBelow(power, bins, begin)) / (end - begin);
      const square = magnitudes[k] * magnitudes[k];
      const noise = Math.min(square, (1 - share) * mean);
      magnitudes[k] = Math.sqrt(Math.max(0, (1 - share) * (1 - share) * square + share * noise));
    }
  }

  gather(
    from: Float64Array,
    to: Float64Array,
    x: number,
    bins: number,
    spacing: number,
    width: number,
    count: number,
    phasors: Float32Array,
    amplitudes: Float32Array,
  ): void {
    const scale = spacing / (width * LOBE_ENERGY);
    for (let k = 1; k <= count; k++) {
      // The lowest and the highest harmonic take in what lies beyond: the flanks of their main lobes.
      const low = k === 1 ? -0.5 : k * spacing - 0.5 * width;
      const high = k === count ? bins - 0.5 : k * spacing + 0.5 * width;
      const inFrom = sumBelow(from, bins, high) - sumBelow(from, bins, low);
      const inTo = sumBelow(to, bins, high) - sumBelow(to, bins, low);
      const amplitude = Math.sqrt(Math.max(0, scale * (inFrom + x * (inTo - inFrom))));
      amplitudes[2 * k - 2] = amplitude * phasors[2 * k - 2];
      amplitudes[2 * k - 1] = amplitude * phasors[2 * k - 1];
    }
  }

  harmonics(
    from: Float32Array,
    to: Float32Array,
    count: number,
    turn: number,
    step: number,
    growth: number,
    output: Float32Array,
    at: number,
    length: number,
  ): void {
    let phase = turn;
    let advance = step;
    for (let n = 0; n < length; n++) {
      const x = n / length;
      const cos = Math.cos(TURN * phase);
      const sin = Math.sin(TURN * phase);
      let wr = cos;
      let wi = sin;
      let sum = 0;
      for (let k = 0; k < count; k++) {
        const ar = from[2 * k];
        const ai = from[2 * k + 1];
        sum += (ar + x * (to[2 * k] - ar)) * wr - (ai + x * (to[2 * k + 1] - ai)) * wi;
        const next = wr * cos - wi * sin;
        wi = wr * sin + wi * cos;
        wr = next;
      }
      output[at + n] += sum;
      phase += advance;
      phase -= Math.floor(phase);
      advance *= growth;
    }
  }

  interpolate(
    table: Float32Array,
    taps: number,
    phases: number,
    outputStep: number,
    inputStep: number,
    input: Float32Array,
    base: number,
    phase: number,
    output: Float32Array,
    at: number,
    count: number,
  ): void {
    const isExact = phases === outputStep;
    for (let n = 0; n < count; n++) {
      const position = isExact ? phase : (phase / outputStep) * phases;
      const whole = Math.floor(position);
      const row = whole * taps;
      // Four sums, because one would wait for each addition to end before the next begins.
      let sum = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      if (taps === 1) sum = input[base];
      else {
        for (let tap = 0; tap < taps; tap += 4) {
          sum += table[row + tap] * input[base + tap];
          sum1 += table[row + tap + 1] * input[base + tap + 1];
          sum2 += table[row + tap + 2] * input[base + tap + 2];
          sum3 += table[row + tap + 3] * input[base + tap + 3];
        }
        sum += sum1 + (sum2 + sum3);
      }
      if (!isExact) {
        let above = 0;
        for (let tap = 0; tap < taps; tap++) above += table[row + taps + tap] * input[base + tap];
        sum += (position - whole) * (above - sum);
      }
      output[at + n] = sum;
      phase += inputStep;
      const advance = Math.floor(phase / outputStep);
      base += advance;
      phase -= advance * outputStep;
    }
  }
}

/** Sum below `bin`, which may lie between bins: bin k reaches from k - 1/2 to k + 1/2. */
function sumBelow(sums: Float64Array, bins: number, bin: number): number {
  const at = Math.min(bins, Math.max(0, bin + 0.5));
  const whole = Math.floor(at);
  return whole >= bins ? sums[bins] : sums[whole] + (at - whole) * (sums[whole + 1] - sums[whole]);
}

/**
 * Uniform in [0, 1): Marsaglia's xorshift (2003) with shifts 13, 17, 5, the same 32 bits in every implementation.
 */
function nextUniform(state: Int32Array): number {
  let x = state[0];
  x ^= x << 13;
  x ^= x >>> 17;
  x ^= x << 5;
  state[0] = x;
  return (x >>> 8) / 16777216;
}
