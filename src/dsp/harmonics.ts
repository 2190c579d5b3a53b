// Harmonics: the voiced part of a spectrogram as sinusoids locked to its pitch, a hop at a time, in bounded steps.
import { f0OfTrack, type TrackFormat } from '../contract/spectrogram.ts';
import type { Hertz, Samples } from '../contract/units.ts';
import { requireInteger, requireNumber } from '../contract/errors.ts';

/** Settings of a HarmonicPart. */
export interface HarmonicOptions {
  readonly sampleRate: Hertz;
  readonly fftSamples: Samples;
  /** A divisor of latencySamples. */
  readonly hopSamples: Samples;
  /** Delay to keep: that of the engine which plays the noise part. */
  readonly latencySamples: Samples;
  readonly tracks: TrackFormat;
}

/** Pieces that the work of a hop is cut into: at 60 Hz and 8 kHz each costs about as much as an FFT pair. */
const PIECES = 4;
/** Voicing fades out between these shares of the rate: what lies above is noise. */
const FADE_FROM = 0.46;
const FADE_TO = 0.48;
/** A Hann-windowed sinusoid of amplitude A reads A at its peak; the squares of its main lobe add up to this times A^2. */
const LOBE_ENERGY = 1.5;
/** Resonances of a neutral vowel as [centre, bandwidth] in hertz, whose phases the harmonics take. */
const RESONANCES: readonly (readonly [Hertz, Hertz])[] = [
  [500, 90],
  [1500, 120],
  [2500, 160],
  [3500, 220],
];

/** True when a track format has what harmonic playing needs. */
export function hasHarmonics(tracks: TrackFormat | undefined): tracks is TrackFormat {
  return tracks !== undefined && tracks.channels.includes('f0') && tracks.channels.includes('voicing1');
}

/**
 * Splits frames of magnitudes into a harmonic and a noise part by their voicing, and plays the harmonic part.
 *
 * The caller gives one frame a hop to `beginHop`, which scales the magnitudes to the noise part in place, and calls `step`
 * until it returns false; `output` then holds `hopSamples` samples that belong to the noise part's samples of the same hop:
 * output sample n of the stream lies at time n - latencySamples, frame m at m * hopSamples. The power between
 * (k - 1/2) f0 and (k + 1/2) f0, weighed by the voicing, goes to harmonic k, so the split conserves energy. Amplitudes and the
 * logarithm of f0 are interpolated between frames and phases are integrals, so nothing steps. Before the first frame there
 * is silence. The constructor allocates, nothing else does.
 */
export class HarmonicPart {
  /** The samples of the last completed hop. */
  readonly output: Float32Array;
  readonly stepsPerHop = PIECES;
  readonly #options: HarmonicOptions;
  readonly #bins: number;
  readonly #most: number;
  readonly #slots: number;
  /** Complex amplitudes, `#most` for each frame in flight; slot of the newest frame, and how far back `output` begins. */
  readonly #re: Float32Array;
  readonly #im: Float32Array;
  readonly #f0: Float64Array;
  readonly #counts: Int32Array;
  readonly #phases: Float32Array;
  /** Voicing of a bin: lower band, and the share of the one above it. */
  readonly #bandOfBin: Uint8Array;
  readonly #shareOfBin: Float32Array;
  /** What is left of the voicing at the top. */
  readonly #fadeOfBin: Float32Array;
  readonly #f0Channel: number;
  readonly #voicingChannels: Int32Array;
  /** Power, and voiced power, below the lower edge of each bin. */
  readonly #power: Float64Array;
  readonly #voiced: Float64Array;
  #newest = 0;
  #isEmpty = true;
  #turn = 0;
  #piece: number = PIECES;

  /** @throws RangeError on options out of range, naming them */
  constructor(options: HarmonicOptions) {
    const { sampleRate, fftSamples, hopSamples, latencySamples, tracks } = options;
    requireNumber('sampleRate', sampleRate, 1000, 768000);
    requireInteger('hopSamples', hopSamples, PIECES, fftSamples);
    requireInteger('latencySamples / hopSamples', latencySamples / hopSamples, 1, 1000);
    requireNumber('tracks.f0LowHz', tracks.f0LowHz, 10, sampleRate / 4);
    this.#options = options;
    this.#bins = fftSamples / 2 + 1;
    this.#most = Math.floor((FADE_TO * sampleRate) / tracks.f0LowHz) + 1;
    this.#slots = latencySamples / hopSamples + 1;
    this.output = new Float32Array(hopSamples);
    this.#re = new Float32Array(this.#slots * this.#most);
    this.#im = new Float32Array(this.#slots * this.#most);
    this.#f0 = new Float64Array(this.#slots);
    this.#counts = new Int32Array(this.#slots);
    this.#power = new Float64Array(this.#bins + 1);
    this.#voiced = new Float64Array(this.#bins + 1);
    this.#phases = Float32Array.from({ length: this.#bins + 1 }, (_, k) =>
      vowelPhase((k * sampleRate) / fftSamples),
    );
    this.#f0Channel = tracks.channels.indexOf('f0');
    const bands = Math.max(0, tracks.voicingEdgesHz.length - 1);
    this.#voicingChannels = Int32Array.from({ length: bands }, (_, b) =>
      tracks.channels.indexOf(`voicing${b + 1}`),
    );
    const centres = Array.from(
      { length: bands },
      (_, b) => (tracks.voicingEdgesHz[b] + tracks.voicingEdgesHz[b + 1]) / 2,
    );
    this.#bandOfBin = new Uint8Array(this.#bins);
    this.#shareOfBin = new Float32Array(this.#bins);
    this.#fadeOfBin = new Float32Array(this.#bins);
    for (let k = 0; k < this.#bins; k++) {
      const hertz = (k * sampleRate) / fftSamples;
      let band = 0;
      while (band < bands - 2 && hertz > centres[band + 1]) band++;
      this.#bandOfBin[k] = band;
      const share = bands > 1 ? (hertz - centres[band]) / (centres[band + 1] - centres[band]) : 0;
      this.#shareOfBin[k] = Math.min(1, Math.max(0, share));
      this.#fadeOfBin[k] = Math.min(1, Math.max(0, (FADE_TO - k / fftSamples) / (FADE_TO - FADE_FROM)));
    }
  }

  /** Exactly the state after construction. */
  reset(): void {
    this.#re.fill(0);
    this.#im.fill(0);
    this.#f0.fill(0);
    this.#counts.fill(0);
    this.output.fill(0);
    this.#newest = 0;
    this.#isEmpty = true;
    this.#turn = 0;
    this.#piece = PIECES;
  }

  /**
   * Takes the next frame: `magnitudes` (scaled as in `stftMagnitudes`, finite and >= 0) are scaled to the noise part in place;
   * `channels` holds the frame's channel values. Steps left over from the hop before are run first.
   */
  beginHop(magnitudes: Float32Array, channels: Float32Array): void {
    while (this.step());
    this.prime(magnitudes, channels);
    this.#piece = 0;
  }

  /** A hop whose samples are not wanted: as `beginHop`, without steps. `output` is not written. */
  prime(magnitudes: Float32Array, channels: Float32Array): void {
    const { tracks, sampleRate, fftSamples } = this.#options;
    this.#newest = (this.#newest + 1) % this.#slots;
    const f0 = f0OfTrack(channels[this.#f0Channel], tracks);
    if (this.#isEmpty) this.#f0.fill(f0);
    this.#isEmpty = false;
    this.#f0[this.#newest] = f0;
    const spacing = (f0 * fftSamples) / sampleRate;
    this.#split(magnitudes, channels, spacing);
    this.#gather(spacing);
  }

  /** Computes the next quarter of the hop's samples. False when nothing was left to do. */
  step(): boolean {
    if (this.#piece >= PIECES) return false;
    const { hopSamples } = this.#options;
    const begin = Math.floor((this.#piece * hopSamples) / PIECES);
    const end = Math.floor(((this.#piece + 1) * hopSamples) / PIECES);
    this.#synthesise(begin, end);
    this.#piece++;
    return true;
  }

  /** Leaves the noise part in `magnitudes`, and the voiced power in `#voiced`. */
  #split(magnitudes: Float32Array, channels: Float32Array, spacing: number): void {
    const power = this.#power;
    const voiced = this.#voiced;
    for (let k = 0; k < this.#bins; k++) {
      const square = magnitudes[k] * magnitudes[k];
      power[k + 1] = power[k] + square;
      voiced[k + 1] = voiced[k] + this.#voicingOfBin(channels, k) * square;
    }
    for (let k = 0; k < this.#bins; k++) {
      const share = this.#voicingOfBin(channels, k);
      // Noise lies between the harmonics as much as on them: its power is that of the whole interval.
      const low = Math.max(-0.5, k - 0.5 * spacing);
      const high = Math.min(this.#bins - 0.5, k + 0.5 * spacing);
      const mean = (this.#below(power, high) - this.#below(power, low)) / (high - low);
      const square = magnitudes[k] * magnitudes[k];
      const noise = Math.min(square, (1 - share) * mean);
      magnitudes[k] = Math.sqrt(Math.max(0, (1 - share) * (1 - share) * square + share * noise));
    }
  }

  #voicingOfBin(channels: Float32Array, bin: number): number {
    const band = this.#bandOfBin[bin];
    const low = this.#voicing(channels, band);
    const high = this.#voicing(channels, Math.min(band + 1, this.#voicingChannels.length - 1));
    return this.#fadeOfBin[bin] * (low + this.#shareOfBin[bin] * (high - low));
  }

  #voicing(channels: Float32Array, band: number): number {
    const channel = this.#voicingChannels[band];
    return channel < 0 ? 0 : Math.min(1, Math.max(0, channels[channel]));
  }

  /** Sum below `bin`, which may lie between bins: bin k reaches from k - 1/2 to k + 1/2. */
  #below(sums: Float64Array, bin: number): number {
    const at = Math.min(this.#bins, Math.max(0, bin + 0.5));
    const whole = Math.floor(at);
    return whole >= this.#bins ? sums[whole] : sums[whole] + (at - whole) * (sums[whole + 1] - sums[whole]);
  }

  /** Writes the newest frame's harmonics. */
  #gather(spacing: number): void {
    const base = this.#newest * this.#most;
    const count = Math.min(this.#most, Math.floor((FADE_TO * this.#options.fftSamples) / spacing));
    const voiced = this.#voiced;
    const total = voiced[this.#bins];
    // The lowest and the highest harmonic take in what lies beyond: the flanks of their main lobes.
    let below = 0;
    for (let k = 1; k <= this.#most; k++) {
      let re = 0;
      let im = 0;
      if (k <= count && total > 0) {
        const here = k < count ? this.#below(voiced, (k + 0.5) * spacing) : total;
        const amplitude = Math.sqrt(Math.max(0, here - below) / LOBE_ENERGY);
        const bin = Math.floor(k * spacing);
        const phase = this.#phases[bin] + (k * spacing - bin) * (this.#phases[bin + 1] - this.#phases[bin]);
        re = amplitude * Math.cos(phase);
        im = amplitude * Math.sin(phase);
        below = here;
      }
      this.#re[base + k - 1] = re;
      this.#im[base + k - 1] = im;
    }
    this.#counts[this.#newest] = total > 0 ? count : 0;
  }

  /** Samples `begin` .. `end` - 1 of the hop between the two oldest frames. */
  #synthesise(begin: Samples, end: Samples): void {
    const { hopSamples, sampleRate } = this.#options;
    const output = this.output;
    const from = (this.#newest + 1) % this.#slots;
    const to = (this.#newest + 2) % this.#slots;
    const count = Math.max(this.#counts[from], this.#counts[to]);
    if (count === 0) {
      for (let n = begin; n < end; n++) output[n] = 0;
      return;
    }
    const re = this.#re;
    const im = this.#im;
    const fromAt = from * this.#most;
    const toAt = to * this.#most;
    const ratio = this.#f0[to] / this.#f0[from];
    const growth = Math.pow(ratio, 1 / hopSamples);
    let step = (this.#f0[from] * Math.pow(ratio, (begin + 0.5) / hopSamples)) / sampleRate;
    let turn = this.#turn;
    for (let n = begin; n < end; n++) {
      const x = n / hopSamples;
      const cos = Math.cos(2 * Math.PI * turn);
      const sin = Math.sin(2 * Math.PI * turn);
      let wr = cos;
      let wi = sin;
      let sum = 0;
      for (let k = 0; k < count; k++) {
        const ar = re[fromAt + k];
        const ai = im[fromAt + k];
        sum += (ar + x * (re[toAt + k] - ar)) * wr - (ai + x * (im[toAt + k] - ai)) * wi;
        const next = wr * cos - wi * sin;
        wi = wr * sin + wi * cos;
        wr = next;
      }
      output[n] = sum;
      turn += step;
      turn -= Math.floor(turn);
      step *= growth;
    }
    this.#turn = turn;
  }
}

/** Phase of a neutral vowel at a frequency: resonances ring after each pulse, which spreads its energy over the period. */
function vowelPhase(hertz: Hertz): number {
  let phase = 0;
  for (const [centre, bandwidth] of RESONANCES) {
    phase -= Math.atan2(hertz * bandwidth, centre * centre + (bandwidth * bandwidth) / 4 - hertz * hertz);
  }
  return phase;
}
