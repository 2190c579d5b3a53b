// Harmonics: the voiced part of a spectrogram as sinusoids locked to a pitch, in pieces of a hop.
// Long, since what is split off a frame and what is played of it share a ring of frames and the pitch.
import { f0OfTrack } from '../contract/spectrogram.ts';
import type { Frames, Hertz, Samples } from '../contract/units.ts';
import type { AirLevels } from './air.ts';
import {
  FADE_TO,
  type HarmonicOptions,
  harmonicsOf,
  type HarmonicTables,
  LOWEST_F0,
  LOWEST_TILT_LOG,
  PIECES,
  TILT_PIVOT,
} from './harmonicTables.ts';
import { LOBE_ENERGY } from './loops.ts';
import { padded } from './phaseTables.ts';

/**
 * How a voice sounds beside its pitch. Formants and tilt of the harmonics follow at once; what is noise follows
 * when the next frame is read.
 */
export interface Timbre {
  /** How much of the clip's own contour, round its reference pitch, rides on a pitch that is asked for; 0..2. */
  readonly intonation: number;
  /** Factor on the frequencies of the envelope of harmonics and noise. */
  readonly formantRatio: number;
  /** Share of the voiced power that is played as noise, 0..1. */
  readonly breath: number;
  /** How far a vowel is held in the frame, 0..1: the noise of its recordings is turned down there. */
  readonly vowelShare?: number;
  /** Exponent of the ratio of a frequency to 1 kHz: 1 for 6 dB an octave. */
  readonly tilt: number;
  /** Whether anything above the model's highest frequency is asked for: its level is measured then. 0 for no. */
  readonly air: number;
}

/** Clips as they are. */
export const plainTimbre: Timbre = { intonation: 0, formantRatio: 1, breath: 0, tilt: 0, air: 0 };

/** Harmonics fade out from this share of the rate to FADE_TO, so that one that crosses the top makes no step. */
const FADE_FROM = 0.46;
/**
 * Noise of up to this share of a band's power counts as none: measured voicing leaves 0.0062 of a vowel without
 * any (tones.test.ts), which would be heard as hiss 38 dB below it.
 */
const PURE_NOISE = 0.007;
/** Share of its noise power that a held vowel keeps: without any it is too even to be a voice (held.test.ts). */
const HELD_NOISE = 0.02;
/**
 * Voicing of the lowest band from which a frame begins to count as a vowel, and from which it does. Corpora bring the hiss of
 * their rooms, and models doubt their voicing: the vowels of the shipped model have 1 to 46 % of noise.
 */
const VOWEL_FROM = 0.05;
const VOWEL_TO = 0.25;
/**
 * Bands, as shares of the rate, whose levels give level and slope of what is continued above: below the
 * harmonics' fade.
 */
const AIR_LOW: readonly [number, number] = [0.25, 0.35];
const AIR_HIGH: readonly [number, number] = [0.37, 0.46];

/**
 * Splits frames of magnitudes into a harmonic and a noise part by their voicing, and plays the harmonic part.
 *
 * `take` is called for every frame that a PhaseEngine reads, `nextHop` for every hop that it emits, and `piece`
 * four times for every hop that is heard, as late as its samples are needed: pitch is read then, so that it
 * answers at once whatever the look-ahead. The power between (k - 1/2) f0 and (k + 1/2) f0, weighed by the
 * voicing, goes to harmonic k, so the split conserves energy; at a pitch that is not the frame's own the
 * envelope is read with the wider spacing of the two, which smooths out the harmonics that it was made of.
 * Amplitudes and the logarithm of f0 are interpolated between pieces and phases are integrals, so nothing steps.
 * The constructor allocates, nothing else does.
 */
export class HarmonicPart {
  readonly #tables: HarmonicTables;
  readonly #slots: number;
  /** By slot of a frame: voiced power below each bin's lower edge, and the natural pitch. */
  readonly #voiced: readonly Float64Array[];
  readonly #f0: Float64Array;
  /** Logarithm of that pitch over the clip's reference, and the share of voiced power that is noise. */
  readonly #contour: Float64Array;
  readonly #breath: Float64Array;
  /** Power a bin near the top of the spectrum, voiced and not, and the slope there in nepers a hertz. */
  readonly #topVoiced: Float64Array;
  readonly #topNoise: Float64Array;
  readonly #topSlope: Float64Array;
  /** Gains of the bins at a tilt. */
  readonly #tiltGains: Float32Array;
  #tiltOfGains = 0;
  /** Amplitudes at the beginning and at the end of a piece, and how many of them. */
  #from: Float32Array;
  #to: Float32Array;
  #count = 0;
  #taken: Frames = 0;
  /** Number of the frame in whose middle the present hop begins. */
  #hop = 0;
  /**
   * What `#setPitch` finds, the pitch that is played (at the end of the last piece) and the clip's own, then the
   * fundamental's phase in turns. In an array, since numbers that are returned, or kept in fields, are allocated.
   */
  readonly #pitch = new Float64Array(3);
  #isSounding = false;

  constructor(tables: HarmonicTables) {
    const { loops, options } = tables;
    const bins = options.fftSamples / 2 + 1;
    this.#tables = tables;
    this.#slots = slotsOf(options);
    this.#voiced = Array.from({ length: this.#slots }, () => loops.doubles(bins + 1));
    this.#f0 = new Float64Array(this.#slots);
    this.#contour = new Float64Array(this.#slots);
    this.#breath = new Float64Array(this.#slots);
    this.#topVoiced = new Float64Array(this.#slots);
    this.#topNoise = new Float64Array(this.#slots);
    this.#topSlope = new Float64Array(this.#slots);
    this.#tiltGains = new Float32Array(bins).fill(1);
    this.#from = loops.floats(2 * padded(tables.most));
    this.#to = loops.floats(2 * padded(tables.most));
    this.reset();
  }

  /** Bytes that a part takes of its loops' memory, at most. */
  static bytes(options: HarmonicOptions): number {
    return slotsOf(options) * (4 * options.fftSamples + 48) + 16 * (harmonicsOf(options.sampleRate) + 8);
  }

  /** Exactly the state after construction. */
  reset(): void {
    const { hopSamples, fftSamples } = this.#tables.options;
    for (let i = 0; i < this.#slots; i++) this.#voiced[i].fill(0);
    this.#f0.fill(0);
    this.#contour.fill(0);
    this.#breath.fill(0);
    this.#topVoiced.fill(0);
    this.#topNoise.fill(0);
    this.#topSlope.fill(0);
    this.#taken = 0;
    // The first hop that an engine emits begins half a window before the middle of the first frame.
    this.#hop = -fftSamples / (2 * hopSamples) - 1;
    this.#pitch[TURN] = 0;
    this.#pitch[PLAYED] = 0;
    // What sounds anew writes its amplitudes first.
    this.#isSounding = false;
  }

  /**
   * Takes the next frame: `magnitudes` (of the loops' memory, scaled as in `stftMagnitudes`, finite and >= 0)
   * are scaled to the noise part in place; `channels` holds the frame's channel values.
   * @param referenceHz pitch of the clip at which its contour adds nothing; 0 for none
   */
  take(
    magnitudes: Float32Array,
    channels: Float32Array,
    timbre: Timbre = plainTimbre,
    referenceHz: Hertz = 0,
  ): void {
    this.takeAgain(this.#taken++, magnitudes, channels, timbre, referenceHz);
  }

  /**
   * As `take`, for a frame that was taken before; 0 is the first. Two hops after it was emitted it is heard no
   * more.
   */
  takeAgain(
    frame: Frames,
    magnitudes: Float32Array,
    channels: Float32Array,
    timbre: Timbre = plainTimbre,
    referenceHz: Hertz = 0,
  ): void {
    const { loops, options, voicing, voicingChannels, shares, power, f0Channel } = this.#tables;
    const slot = frame % this.#slots;
    for (let band = 0; band < shares.length; band++) {
      const channel = voicingChannels[Math.min(band, voicingChannels.length - 1)];
      shares[band] = channel < 0 ? 0 : shareOf(channels[channel]);
    }
    const held = timbre.vowelShare ?? 0;
    if (held > 0) purify(shares, held);
    const f0 = f0OfTrack(channels[f0Channel], options.tracks);
    this.#f0[slot] = f0;
    const spacing = (f0 * options.fftSamples) / options.sampleRate;
    loops.split(voicing, shares, spacing, magnitudes, power, this.#voiced[slot]);
    this.#contour[slot] = referenceHz > 0 ? Math.log(f0 / referenceHz) : 0;
    this.#breath[slot] = timbre.breath;
    if (timbre.breath > 0) this.#breathe(magnitudes, this.#voiced[slot], spacing, timbre.breath);
    if (timbre.formantRatio !== 1) this.#warp(magnitudes, timbre.formantRatio);
    if (timbre.air > 0) this.#measureTop(slot, magnitudes);
    else {
      this.#topVoiced[slot] = 0;
      this.#topNoise[slot] = 0;
    }
    if (timbre.tilt !== 0) {
      const gains = this.#gainsOf(timbre.tilt);
      for (let k = 0; k < gains.length; k++) magnitudes[k] *= gains[k];
    }
  }

  /** Forgets the last frames, which will be taken anew. */
  untake(count: Frames): void {
    this.#taken -= count;
  }

  /** Adds a share of the voiced power to the noise, spread over the spacing of the harmonics that it was in. */
  #breathe(magnitudes: Float32Array, voiced: Float64Array, spacing: number, share: number): void {
    const { bins } = this.#tables.voicing;
    for (let k = 0; k < bins; k++) {
      const low = Math.max(-0.5, k - 0.5 * spacing);
      const high = Math.min(bins - 0.5, k + 0.5 * spacing);
      const density = (sumBelow(voiced, bins, high) - sumBelow(voiced, bins, low)) / (high - low);
      magnitudes[k] = Math.sqrt(magnitudes[k] * magnitudes[k] + share * Math.max(0, density));
    }
  }

  /** Moves the envelope of the noise along the frequencies; its power stays, but for what leaves the spectrum. */
  #warp(magnitudes: Float32Array, ratio: number): void {
    const { voicing, warped } = this.#tables;
    const { bins } = voicing;
    warped[0] = 0;
    for (let k = 0; k < bins; k++) warped[k + 1] = warped[k] + magnitudes[k] * magnitudes[k];
    for (let k = 0; k < bins; k++) {
      const low = (k - 0.5) / ratio;
      const high = (k + 0.5) / ratio;
      const power = sumBelow(warped, bins, high) - sumBelow(warped, bins, low);
      magnitudes[k] = Math.sqrt(Math.max(0, power));
    }
  }

  /** Level and slope of the upper bands, which what lies above them goes on from. */
  #measureTop(slot: number, magnitudes: Float32Array): void {
    const { options } = this.#tables;
    const voiced = this.#voiced[slot];
    const binHertz = options.sampleRate / options.fftSamples;
    const high0 = Math.round(AIR_HIGH[0] * options.fftSamples);
    const high1 = Math.round(AIR_HIGH[1] * options.fftSamples);
    const low0 = Math.round(AIR_LOW[0] * options.fftSamples);
    const low1 = Math.round(AIR_LOW[1] * options.fftSamples);
    const topNoise = meanSquare(magnitudes, high0, high1);
    const topVoiced = (voiced[high1] - voiced[high0]) / (high1 - high0);
    const low = meanSquare(magnitudes, low0, low1) + (voiced[low1] - voiced[low0]) / (low1 - low0);
    const distance = (binHertz * (high0 + high1 - low0 - low1)) / 2;
    this.#topVoiced[slot] = topVoiced;
    this.#topNoise[slot] = topNoise;
    this.#topSlope[slot] = (0.5 * Math.log((low + SMALLEST) / (topNoise + topVoiced + SMALLEST))) / distance;
  }

  #gainsOf(tilt: number): Float32Array {
    const gains = this.#tiltGains;
    if (this.#tiltOfGains !== tilt) {
      this.#tiltOfGains = tilt;
      const { binLogs } = this.#tables;
      for (let k = 0; k < gains.length; k++) gains[k] = Math.exp(tilt * binLogs[k]);
    }
    return gains;
  }

  /**
   * Level of what goes on above the model's highest frequency, at the end of a piece of the present hop.
   * @param index 0..3, the piece of the hop
   */
  topOf(index: number, top: { -readonly [K in keyof AirLevels]: AirLevels[K] }): void {
    const { options } = this.#tables;
    const from = this.#slot(this.#hop);
    const to = this.#slot(this.#hop + 1);
    const x = (index + 1) / PIECES;
    const breath = between(this.#breath[from], this.#breath[to], x);
    const voiced = Math.max(0, between(this.#topVoiced[from], this.#topVoiced[to], x)) * (1 - breath);
    const spacing = (this.#pitch[PLAYED] * options.fftSamples) / options.sampleRate;
    top.f0Hz = this.#pitch[PLAYED];
    top.harmonic = this.#isSounding ? Math.sqrt((voiced * spacing) / LOBE_ENERGY) : 0;
    // White noise of unit power has magnitudes whose squares are 6 / fftSamples in the mean (Hann window).
    const noise = (between(this.#topNoise[from], this.#topNoise[to], x) * options.fftSamples) / 6;
    top.noise = Math.sqrt(Math.max(0, noise));
    top.atHz = TOP_SHARE * options.sampleRate;
    top.slope = between(this.#topSlope[from], this.#topSlope[to], x);
  }

  /** Number of the frame in whose middle the present hop ends. */
  get aim(): Frames {
    return this.#hop + 1;
  }

  /** Moves on to the next hop, as the engine emits it. */
  nextHop(): void {
    this.#hop++;
  }

  /**
   * Adds the next piece's samples, hopSamples / 4 of them, to `output` from `at` on.
   * @param index 0..3, the piece of the hop
   * @param pitchHz fundamental to be reached at the end of the piece; 0 for the clip's own
   * @param pitchRatio factor on either
   * @returns how many harmonics were added
   */
  piece(
    index: number,
    pitchHz: Hertz,
    pitchRatio: number,
    output: Float32Array,
    at: Samples,
    timbre: Timbre = plainTimbre,
  ): number {
    const { loops, options, voicing } = this.#tables;
    const { hopSamples, sampleRate } = options;
    const from = this.#slot(this.#hop);
    const to = this.#slot(this.#hop + 1);
    const { bins } = voicing;
    if (!(this.#voiced[from][bins] + this.#voiced[to][bins] > 0)) {
      this.#isSounding = false;
      return 0;
    }
    const length = hopSamples / PIECES;
    if (!this.#isSounding) {
      this.#isSounding = true;
      this.#setPitch(from, to, index, pitchHz, pitchRatio, timbre);
      this.#count = this.#gather(from, to, index, timbre, this.#from);
    }
    const begin = this.#pitch[PLAYED];
    this.#setPitch(from, to, index + 1, pitchHz, pitchRatio, timbre);
    const end = this.#pitch[PLAYED];
    const reached = this.#gather(from, to, index + 1, timbre, this.#to);
    const count = Math.max(this.#count, reached);
    for (let i = 2 * this.#count; i < 2 * count; i++) this.#from[i] = 0;
    for (let i = 2 * reached; i < 2 * count; i++) this.#to[i] = 0;
    const growth = Math.pow(end / begin, 1 / length);
    const step = (begin / sampleRate) * Math.sqrt(growth);
    loops.harmonics(this.#from, this.#to, count, this.#pitch[TURN], step, growth, output, at, length);
    const advance = growth === 1 ? length * step : (step * (Math.pow(growth, length) - 1)) / (growth - 1);
    this.#pitch[TURN] = (this.#pitch[TURN] + advance) % 1;
    this.#count = reached;
    const used = this.#from;
    this.#from = this.#to;
    this.#to = used;
    return count;
  }

  #slot(frame: number): number {
    return (frame + this.#slots) % this.#slots;
  }

  /** Finds the pitch `quarters` of the way between two frames; a frame that never came has that of the other. */
  #setPitch(
    from: number,
    to: number,
    quarters: number,
    pitchHz: Hertz,
    pitchRatio: number,
    timbre: Timbre,
  ): void {
    const x = quarters / PIECES;
    const a = this.#f0[from] > 0 ? this.#f0[from] : this.#f0[to];
    const b = this.#f0[to] > 0 ? this.#f0[to] : a;
    const own = a === b ? a : a * Math.pow(b / a, x);
    const highest = HIGHEST_SHARE * this.#tables.options.sampleRate;
    let played = (pitchHz > 0 ? pitchHz : own) * pitchRatio;
    if (pitchHz > 0 && timbre.intonation > 0) {
      played *= Math.exp(timbre.intonation * between(this.#contour[from], this.#contour[to], x));
    }
    this.#pitch[PLAYED] = Math.min(highest, Math.max(LOWEST_F0, played));
    this.#pitch[OWN] = Math.min(highest, Math.max(LOWEST_F0, own));
  }

  /** Writes the amplitudes at the pitch that `#setPitch` found; returns how many. */
  #gather(from: number, to: number, quarters: number, timbre: Timbre, amplitudes: Float32Array): number {
    const { loops, options, voicing, phasors, most } = this.#tables;
    const binsOfHertz = options.fftSamples / options.sampleRate;
    const spacing = this.#pitch[PLAYED] * binsOfHertz;
    // Where the envelope is read: a formant that moves up is read lower down.
    const read = spacing / timbre.formantRatio;
    const own = this.#pitch[OWN] * binsOfHertz;
    // One more than sound: the last one takes in all that lies above and is silent, so that none steps when
    // their number changes.
    const count = Math.min(most, Math.floor((FADE_TO * options.fftSamples) / spacing) + 1);
    loops.gather(
      this.#voiced[from],
      this.#voiced[to],
      quarters / PIECES,
      voicing.bins,
      read,
      Math.max(own, read),
      count,
      phasors,
      amplitudes,
    );
    const fadeFrom = FADE_FROM * options.fftSamples;
    const fadeTo = FADE_TO * options.fftSamples;
    for (let k = count; k * spacing > fadeFrom; k--) {
      const fade = Math.max(0, (fadeTo - k * spacing) / (fadeTo - fadeFrom));
      amplitudes[2 * k - 2] *= fade;
      amplitudes[2 * k - 1] *= fade;
    }
    if (timbre.tilt !== 0 || this.#breath[from] + this.#breath[to] > 0) {
      this.#shade(
        between(this.#breath[from], this.#breath[to], quarters / PIECES),
        timbre.tilt,
        amplitudes,
        count,
      );
    }
    return count;
  }

  /** Takes what is breathed off the amplitudes, and tilts them. */
  #shade(breath: number, tilt: number, amplitudes: Float32Array, count: number): void {
    const { numberLogs } = this.#tables;
    const voiced = Math.sqrt(Math.max(0, 1 - breath));
    const f0Log = Math.log(this.#pitch[PLAYED] / TILT_PIVOT);
    for (let k = 1; k <= count; k++) {
      const log = Math.max(LOWEST_TILT_LOG, f0Log + numberLogs[k]);
      const gain = tilt === 0 ? voiced : voiced * Math.exp(tilt * log);
      amplitudes[2 * k - 2] *= gain;
      amplitudes[2 * k - 1] *= gain;
    }
  }
}

/** Middle of the band that `topOf` gives the level of, as a share of the rate. */
const TOP_SHARE = (AIR_HIGH[0] + AIR_HIGH[1]) / 2;
/** Power a bin that counts as silence. */
const SMALLEST = 1e-16;
function between(a: number, b: number, x: number): number {
  return a + x * (b - a);
}

function meanSquare(values: Float32Array, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += values[k] * values[k];
  return sum / (to - from);
}

/** Sum below `bin`, which may lie between bins: bin k reaches from k - 1/2 to k + 1/2. */
function sumBelow(sums: Float64Array, bins: number, bin: number): number {
  const at = Math.min(bins, Math.max(0, bin + 0.5));
  const whole = Math.floor(at);
  return whole >= bins ? sums[bins] : sums[whole] + (at - whole) * (sums[whole + 1] - sums[whole]);
}

/** Places in a part's `#pitch`. */
const PLAYED = 0;
const OWN = 1;
const TURN = 2;
/** Highest fundamental, as a share of the rate. */
const HIGHEST_SHARE = 0.4;

/** Turns the noise of a vowel down as far as it is held; what has no voice in its lowest band is no vowel. */
function purify(shares: Float32Array, held: number): void {
  const voiced = Math.min(1, Math.max(0, (shares[0] - VOWEL_FROM) / (VOWEL_TO - VOWEL_FROM)));
  const kept = 1 - held * voiced * (1 - HELD_NOISE);
  for (let band = 0; band < shares.length; band++) shares[band] = 1 - kept * (1 - shares[band]);
}

/** Voiced share of a channel's value; noise well above PURE_NOISE stays as it is. */
function shareOf(voicing: number): number {
  const noise = 1 - Math.min(1, Math.max(0, voicing));
  if (!(noise > PURE_NOISE)) return 1;
  const pure = PURE_NOISE * PURE_NOISE;
  return 1 - (noise * (1 - pure / (noise * noise))) / (1 - pure);
}

function slotsOf(options: HarmonicOptions): number {
  return options.maxLookAheadFrames + options.fftSamples / (2 * options.hopSamples) + 4;
}
