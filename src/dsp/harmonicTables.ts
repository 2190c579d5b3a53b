// What the harmonic parts of one format share: harmonics' phases, voicing of bins, logarithms of a tilt, and the constants of all.
import type { TrackFormat } from '../contract/spectrogram.ts';
import type { Frames, Hertz, Samples } from '../contract/units.ts';
import { requireInteger, requireNumber } from '../contract/errors.ts';
import type { Loops, VoicingTables } from './loops.ts';
import { padded } from './phaseTables.ts';

/** Pivot of a tilt. */
export const TILT_PIVOT: Hertz = 1000;
/** Where a tilt does not go on any lower. */
const TILT_LOWEST: Hertz = 100;
/** Logarithm over the pivot of the lowest frequency that a tilt reaches. */
export const LOWEST_TILT_LOG = Math.log(TILT_LOWEST / TILT_PIVOT);

/** Settings of a HarmonicPart. */
export interface HarmonicOptions {
  readonly sampleRate: Hertz;
  readonly fftSamples: Samples;
  /** A multiple of PIECES. */
  readonly hopSamples: Samples;
  readonly maxLookAheadFrames: Frames;
  readonly tracks: TrackFormat;
}

/** Pieces of a hop: pitch and amplitudes are set anew at the end of each, every 4 ms at 8 kHz and hop 128. */
export const PIECES = 4;
/** Lowest fundamental that is played: the lowest key of a piano. */
export const LOWEST_F0: Hertz = 27.5;
/** Share of the rate at which harmonics have faded out. */
export const FADE_TO = 0.48;
/** Resonances of a neutral vowel as [centre, bandwidth] in hertz, whose phases the harmonics take. */
const RESONANCES: readonly (readonly [Hertz, Hertz])[] = [
  [500, 90],
  [1500, 120],
  [2500, 160],
  [3500, 220],
];
/**
 * Fundamental at which the harmonics have those phases; fixed, so that a glide moves no phase but by its own
 * course.
 */
const PHASE_F0: Hertz = 130;

/** True when a track format has what harmonic playing needs. */
export function hasHarmonics(tracks: TrackFormat | undefined): tracks is TrackFormat {
  return tracks !== undefined && tracks.channels.includes('f0') && tracks.channels.includes('voicing1');
}

/** What all harmonic parts of one format share; immutable but for scratch. */
export class HarmonicTables {
  readonly voicing: VoicingTables;
  /** Unit phasors of the harmonics. */
  readonly phasors: Float32Array;
  /** Most harmonics. */
  readonly most: number;
  readonly f0Channel: number;
  readonly voicingChannels: Int32Array;
  readonly power: Float64Array;
  /** Voicing of each band, the last one twice. */
  readonly shares: Float32Array;
  /** Logarithms of bins' frequencies over the pivot of a tilt, and of whole numbers. */
  readonly binLogs: Float64Array;
  readonly numberLogs: Float64Array;
  /** Scratch of bins + 1 values. */
  readonly warped: Float64Array;

  /** @throws RangeError on options out of range */
  constructor(
    readonly loops: Loops,
    readonly options: HarmonicOptions,
  ) {
    const { sampleRate, fftSamples, hopSamples, tracks } = options;
    requireNumber('sampleRate', sampleRate, 1000, 768000);
    requireInteger(
      'hopSamples / 4',
      hopSamples / PIECES,
      1,
      fftSamples,
      'choose a hop that is a multiple of 4',
    );
    requireNumber('tracks.f0LowHz', tracks.f0LowHz, 10, sampleRate / 4);
    const bins = fftSamples / 2 + 1;
    this.most = harmonicsOf(sampleRate);
    this.phasors = loops.floats(2 * padded(this.most));
    for (let k = 1; k <= this.most; k++) {
      const phase = vowelPhase(k * PHASE_F0);
      this.phasors[2 * k - 2] = Math.cos(phase);
      this.phasors[2 * k - 1] = Math.sin(phase);
    }
    this.f0Channel = tracks.channels.indexOf('f0');
    const edges = tracks.voicingEdgesHz;
    const bands = Math.max(1, edges.length - 1);
    this.voicingChannels = Int32Array.from({ length: bands }, (_, b) =>
      tracks.channels.indexOf(`voicing${b + 1}`),
    );
    this.shares = loops.floats(bands + 1);
    this.power = loops.doubles(bins + 1);
    this.warped = new Float64Array(bins + 1);
    const binHertz = sampleRate / fftSamples;
    this.binLogs = Float64Array.from({ length: bins }, (_, k) => tiltLog(k * binHertz));
    this.numberLogs = Float64Array.from({ length: this.most + 1 }, (_, k) => Math.log(k));
    this.voicing = {
      bins,
      bandOfBin: loops.integers(padded(bins)),
      shareOfBin: loops.floats(padded(bins)),
    };
    const { bandOfBin, shareOfBin } = this.voicing;
    const centre = (b: number): Hertz => (edges[b] + edges[b + 1]) / 2;
    for (let k = 0; k < bins; k++) {
      const hertz = (k * sampleRate) / fftSamples;
      let band = 0;
      while (band < bands - 2 && hertz > centre(band + 1)) band++;
      bandOfBin[k] = band;
      const share = bands > 1 ? (hertz - centre(band)) / (centre(band + 1) - centre(band)) : 0;
      shareOfBin[k] = Math.min(1, Math.max(0, share));
      // By where a harmonic lies (see #gather), not by where its energy does: that would leave some at its end.
    }
  }
}

/** Logarithm of a frequency over the pivot of a tilt; where it does not go on, of the lowest that it does. */
function tiltLog(hertz: Hertz): number {
  return Math.log(Math.max(TILT_LOWEST, hertz) / TILT_PIVOT);
}

/** Most harmonics at a rate, one silent one included. */
export function harmonicsOf(sampleRate: Hertz): number {
  return Math.floor((FADE_TO * sampleRate) / LOWEST_F0) + 1;
}

/**
 * Phase of a neutral vowel at a frequency: resonances ring after each pulse, which spreads its energy over the
 * period.
 */
function vowelPhase(hertz: Hertz): number {
  let phase = 0;
  for (const [centre, bandwidth] of RESONANCES) {
    phase -= Math.atan2(hertz * bandwidth, centre * centre + (bandwidth * bandwidth) / 4 - hertz * hertz);
  }
  return phase;
}
