// What a clip is like as a word: its steady vowel, its end, and the pitch of its vowel.
import { f0OfTrack, frameValues, type SpectrogramFormat } from '../contract/spectrogram.ts';
import type { Decibels, Frames, Hertz } from '../contract/units.ts';

/** Feature above which a band counts as heard. */
const AUDIBLE_FEATURE = 0.05;
/** Frames on each side over which the score of a frame is averaged: a vowel lasts longer than a burst. */
const SCORE_REACH = 2;
/** Weight of unvoiced frames beside voiced ones; it decides in words that have no voiced frame. */
const UNVOICED_WEIGHT = 0.05;
/** How much change from frame to frame, as a share of the frame, counts against it. */
const CHANGE_WEIGHT = 10;
/**
 * Part of the best score that frames of the steady stretch have at least, and how far it reaches from the best.
 */
const STRETCH_SHARE = 0.6;
const STRETCH_REACH = 6;

/** Measured when a clip is stored. Places are in frames of the clip. */
export class ClipShape {
  /** Middle of the steady vowel; in a word without a voiced frame the loudest steady place. */
  steady: Frames = 0;
  /** First and last frame of the steady stretch. */
  steadyFrom: Frames = 0;
  steadyTo: Frames = 0;
  /** Last frame in which any band sounds; 0 in a silent clip. */
  end: Frames = 0;
  /** Pitch in the middle of the vowel; 0 without tracks. */
  pitchHz: Hertz = 0;
  /** What brings the word, and its held vowel, to the common loudness; see ClipLevels. */
  wordDb: Decibels = 0;
  vowelDb: Decibels = 0;

  /** Takes over another shape. */
  copy(other: ClipShape): void {
    this.steady = other.steady;
    this.steadyFrom = other.steadyFrom;
    this.steadyTo = other.steadyTo;
    this.end = other.end;
    this.pitchHz = other.pitchHz;
    this.wordDb = other.wordDb;
    this.vowelDb = other.vowelDb;
  }

  /**
   * Measures a clip whose features begin at `features[at]`. Allocates nothing.
   * @param scores scratch of format.frames values
   */
  measure(format: SpectrogramFormat, features: Float32Array, at: number, scores: Float64Array): void {
    const { frames, melBands, tracks } = format;
    const values = frameValues(format);
    this.end = lastSounding(format, features, at);
    const f0 = tracks ? tracks.channels.indexOf('f0') : -1;
    const voicing = tracks ? tracks.channels.indexOf('voicing1') : -1;
    for (let m = 0; m < frames; m++) {
      const base = at + m * values;
      const before = at + Math.max(0, m - 1) * values;
      const after = at + Math.min(frames - 1, m + 1) * values;
      let sum = 0;
      let change = 0;
      for (let band = 0; band < melBands; band++) {
        sum += features[base + band];
        change += Math.abs(features[after + band] - features[before + band]);
      }
      // Features are logarithms, so that this power of their mean is about that of a level.
      const level = Math.pow(sum / melBands, 4);
      const voiced = voicing >= 0 ? Math.min(1, Math.max(0, features[base + melBands + voicing])) : 1;
      scores[m] = (level * (UNVOICED_WEIGHT + voiced)) / (1 + (CHANGE_WEIGHT * change) / (sum + 1e-9));
    }
    let best = 0;
    let bestScore = -1;
    for (let m = 0; m <= this.end; m++) {
      const score = meanScore(scores, frames, m);
      if (score > bestScore) {
        bestScore = score;
        best = m;
      }
    }
    let from = best;
    let to = best;
    const least = STRETCH_SHARE * bestScore;
    while (from > 0 && best - from < STRETCH_REACH && meanScore(scores, frames, from - 1) >= least) from--;
    while (to < this.end && to - best < STRETCH_REACH && meanScore(scores, frames, to + 1) >= least) to++;
    // Two frames at least: a loop needs some way to go.
    if (to - from < 2) {
      from = Math.max(0, best - 1);
      to = Math.min(frames - 1, best + 1);
    }
    this.steadyFrom = from;
    this.steadyTo = to;
    this.steady = Math.min(to, Math.max(from, best));
    this.pitchHz = 0;
    if (tracks && f0 >= 0) {
      // Where the vowel is held, so that a held note is in tune whatever its contour.
      const first = Math.max(0, this.steady - 1);
      const last = Math.min(frames - 1, this.steady + 1);
      let sum = 0;
      for (let m = first; m <= last; m++) sum += features[at + m * values + melBands + f0];
      this.pitchHz = f0OfTrack(sum / (last - first + 1), tracks);
    }
  }
}

function meanScore(scores: Float64Array, frames: Frames, m: Frames): number {
  let sum = 0;
  for (let i = m - SCORE_REACH; i <= m + SCORE_REACH; i++) sum += i >= 0 && i < frames ? scores[i] : 0;
  return sum / (2 * SCORE_REACH + 1);
}

function lastSounding(format: SpectrogramFormat, features: Float32Array, at: number): Frames {
  const values = frameValues(format);
  for (let frame = format.frames - 1; frame > 0; frame--) {
    for (let band = 0; band < format.melBands; band++) {
      if (features[at + frame * values + band] > AUDIBLE_FEATURE) return frame;
    }
  }
  return 0;
}
