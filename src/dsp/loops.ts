// The hot loops of a voice: one interface, written in TypeScript (the reference) and in WebAssembly, and the
// memory they share.
import type { Samples } from '../contract/units.ts';

/**
 * A mel filterbank as the mel inversion reads it: the weights of lines in the bands. A line at bin k reads 1 there
 * and `lobe` at both neighbours, so each band holds one line more on either side than it has bins. Starts, offsets
 * and weights as in MelFilterbank.
 */
export interface MelTables {
  readonly bands: number;
  readonly bins: number;
  readonly starts: Int32Array;
  readonly offsets: Int32Array;
  readonly weights: Float32Array;
  readonly lobe: number;
  /** One over the sum of the weights on a line; 0 where no band lies. */
  readonly share: Float32Array;
  /** Lines to start from. */
  readonly start: Float32Array;
  /** Scratch: line k at k + 1, with zeros round the `bins` lines; and a value a line. */
  readonly lines: Float32Array;
  readonly correction: Float32Array;
  /** The same weights for four bands at a time, where the filterbank allows it; see melTables.ts. */
  readonly columns?: MelColumns;
}

/**
 * A filterbank of which each line lies in no more than three neighbouring bands. Column j holds lines that lie in
 * none but bands j - 1, j and j + 1, so that those three sums are all that it adds to. Four columns are a group,
 * of as many rows as the longest of them has lines: row r of a group holds one line of each, and cells that are
 * left over weigh nothing. A cell holds its line over the line's share.
 */
export interface MelColumns {
  readonly groups: number;
  /** Rows of each group, and the cell (of all rows one after the other) of each line. */
  readonly rows: Int32Array;
  readonly cellOfLine: Int32Array;
  /** Weights of a cell in the three bands, times the line's share. */
  readonly below: Float32Array;
  readonly within: Float32Array;
  readonly above: Float32Array;
  /** What cells start from, and the sums of bands that this gives (4 * groups values). */
  readonly start: Float32Array;
  readonly startSums: Float32Array;
  /** Scratch: a value a cell, and five arrays of 4 * groups + 4 values by column or band. */
  readonly cells: Float32Array;
  readonly bandValues: Float32Array;
}

/** Constant tables and scratch of the phase start; made once for a transform and a hop, shared by all voices. */
export interface StartTables {
  readonly bins: number;
  /** Phase advance in turns of each bin's centre over a hop, less whole turns. */
  readonly hopTurns: Float32Array;
  /**
   * Turns of phase along time per neper of slope along frequency (per bin), and along frequency per neper over a
   * hop.
   */
  readonly timeFactor: number;
  readonly frequencyFactor: number;
  /** Bins under this share of the frame's maximum get a random phase. */
  readonly tolerance: number;
  /** Unit phasors, re and im of bin k at 2k: candidates along time, and rotations from bin k to k + 1. */
  readonly alongTime: Float32Array;
  readonly alongFrequency: Float32Array;
  /** Bucket queue: heads by loudness, links by entry, and which bins are settled. */
  readonly heads: Int32Array;
  readonly links: Int32Array;
  readonly settled: Int32Array;
}

/** Buckets of the phase start's queue: eight to an octave of magnitude. */
export const START_BUCKETS = 256;

/** Frames of a phase start: `bins` magnitudes and logarithms each, and packed spectra. */
export interface StartFrame {
  readonly magnitudes: Float32Array;
  readonly logs: Float32Array;
  readonly spectrum: Float32Array;
}

/** Which bands a bin's voicing comes from: the lower one, and the share of the one above it. */
export interface VoicingTables {
  readonly bins: number;
  readonly bandOfBin: Int32Array;
  readonly shareOfBin: Float32Array;
}

/**
 * The loops that cost a voice its time. Implementations agree to float tolerance (test/dsp/loops.test.ts); none
 * allocates but `floats`, `doubles` and `integers`, which are for constructors. All arrays that are passed in must
 * come from them.
 *
 * A *packed spectrum* has fftSamples values: re[0], re[fftSamples / 2], then re[k], im[k] for k from 1 to
 * fftSamples / 2 - 1, in the scale of a plain sum (`RealFft.forward`). Arrays of `bins` = fftSamples / 2 + 1
 * values are allocated by `bins` rounded up to a multiple of four, so that loops may run over the end.
 */
export interface Loops {
  readonly kind: 'simd' | 'scalar' | 'javascript';
  readonly fftSamples: Samples;
  /** Zeros, aligned to 16 bytes. @throws RangeError when the memory reserved is used up */
  floats(length: number): Float32Array;
  doubles(length: number): Float64Array;
  integers(length: number): Int32Array;

  /** Writes bins linear magnitudes whose mel magnitudes are `mel`; see MelInverter. */
  invertMel(tables: MelTables, updates: number, mel: Float32Array, magnitudes: Float32Array): void;

  /** logs[k] = ln(magnitudes[k] + LOG_FLOOR) for `bins` values; returns the largest magnitude. */
  logarithms(magnitudes: Float32Array, logs: Float32Array, bins: number): number;

  /**
   * Writes the starting spectrum of `current` by RTPGHI; see PhaseStart. `next` gives only its logarithms. Bins
   * whose level changes by less than `smooth` nepers from `previous` to `next` get a random phase; 0 turns that
   * off. `random` holds the state of the generator, one integer that is not 0.
   */
  startPhases(
    tables: StartTables,
    previous: StartFrame,
    current: StartFrame,
    next: StartFrame,
    smooth: number,
    random: Int32Array,
  ): void;

  /**
   * Griffin & Lim's projection of one frame with momentum: rebuilds the frame's spectrum from sum[at ..] times
   * `analysis`, moves on by momentum times its change since `rebuilt` (which then holds it), and writes it with
   * other lengths to `spectrum`: the given magnitudes, overshot by `relaxation` times the way to them. A length
   * that is negative turns the phase round. Where the spectrum vanishes the phase is 0.
   */
  project(
    sum: Float32Array,
    at: number,
    analysis: Float32Array,
    magnitudes: Float32Array,
    momentum: number,
    relaxation: number,
    rebuilt: Float32Array,
    spectrum: Float32Array,
  ): void;

  /** Replaces the frame's `share` of sum[at ..] by the inverse transform of `spectrum` times `window`. */
  synthesise(
    spectrum: Float32Array,
    window: Float32Array,
    share: Float32Array,
    sum: Float32Array,
    at: number,
  ): void;

  /**
   * output[n] = sum[n] * gain[n] for the first `hop` samples, then moves the first `length` of `sum` left by a
   * hop.
   */
  emit(sum: Float32Array, length: number, gain: Float32Array, hop: number, output: Float32Array): void;

  /**
   * Splits a frame by its voicing: leaves the noise part in `magnitudes` and writes the voiced power below the
   * lower edge of each bin to `voiced` (bins + 1 values). `voicing` holds a share 0..1 for each band, the last one
   * repeated once. `spacing` is f0 in bins; `power` is scratch of bins + 1 values.
   */
  split(
    tables: VoicingTables,
    voicing: Float32Array,
    spacing: number,
    magnitudes: Float32Array,
    power: Float64Array,
    voiced: Float64Array,
  ): void;

  /**
   * Amplitudes of the first `count` harmonics of a fundamental of `spacing` bins, `width` bins wide each, out of
   * (1 - x) * from + x * to (voiced power, from `split`), times unit phasors: amplitudes[2k], [2k + 1] for
   * harmonic k + 1.
   */
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
  ): void;

  /**
   * Adds `count` harmonics to output[at .. at + length - 1], their complex amplitudes going in a straight line
   * from `from` to `to` over these samples. The fundamental's phase starts at `turn` (turns); its advance starts
   * at `step` turns a sample and is multiplied by `growth` at each.
   */
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
  ): void;

  /**
   * Polyphase interpolation: output[at + n] from `taps` samples of `input` at `base`, whose fractional position is
   * phase / outputStep and moves on by inputStep / outputStep. The table has `phases` + 1 rows of `taps`; with
   * phases !== outputStep neighbouring rows are interpolated.
   */
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
  ): void;
}

/** Added to magnitudes before the logarithm, so that digital silence has one. */
export const LOG_FLOOR = 1e-10;
/**
 * A Hann-windowed sinusoid of amplitude A reads A at its peak; the squares of its main lobe add up to this times
 * A^2.
 */
export const LOBE_ENERGY = 1.5;
