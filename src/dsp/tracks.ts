// Tracks: the channels beside the bands of a clip's features, pitch and voicing per frequency band.
import {
  faultOfTracks,
  frameValues,
  trackOfF0,
  type SpectrogramFormat,
  type TrackFormat,
} from '../contract/spectrogram.ts';
import type { Hertz, Samples, Seconds } from '../contract/units.ts';
import { filterCentred, FractionalReader, lowPass } from './fir.ts';
import { trackPitch } from './pitch.ts';

/** Pitch is tracked twice a hop where the hop is even: a fundamental may move by a tenth in 16 ms. */
const stepsOf = (hopSamples: Samples): number => (hopSamples % 2 === 0 ? 2 : 1);
/** Hann window over which voicing is measured: twice its effective length holds two periods of 60 Hz. */
const windowSeconds: Seconds = 0.05;
const filterSeconds: Seconds = 0.012;
/**
 * Periods are tried this much shorter and longer too, and the best counts: natural voices waver by half a percent from period to
 * period, which the track does not follow and which at 3 kHz is a sixth of an oscillation. Raises the mean of the top bands
 * on FSDD from 0.26 to 0.33 and leaves synthetic tones where they are.
 */
const periodTrials = [1, 1 - 0.006, 1 + 0.006];
/** Root of the power that counts as noise in every band, against a clip's peak of 0.9: quantisation to 16 bits of a quiet take. */
const noiseFloor = 1e-4;

/**
 * The channels of every frame: format.frames x channels values in [0, 1] as `TrackFormat` says. A clip without any voiced frame has an f0 channel of 0.5 throughout.
 * @param clip samples at format.sampleRate
 * @returns an empty array for a format without tracks
 * @throws RangeError for a channel that nobody knows how to measure
 */
export function trackFeatures(clip: Float32Array, format: SpectrogramFormat): Float32Array {
  const { tracks, frames } = format;
  if (!tracks) return new Float32Array(0);
  const { channels } = tracks;
  const fault = faultOfTracks(tracks, format.sampleRate);
  if (fault !== undefined) throw new RangeError(fault);
  const steps = stepsOf(format.hopSamples);
  const out = new Float32Array(frames * channels.length);
  const pitch = trackPitch(clip, {
    sampleRate: format.sampleRate,
    hopSamples: format.hopSamples / steps,
    frames: steps * (frames - 1) + 1,
    f0LowHz: tracks.f0LowHz,
    f0HighHz: tracks.f0HighHz,
  });
  const carried = carriedOn(pitch);
  const f0Channel = channels.indexOf('f0');
  if (f0Channel >= 0) {
    for (let m = 0; m < frames; m++) {
      const f0 = carried ? carried[steps * m] : undefined;
      out[m * channels.length + f0Channel] = f0 === undefined ? 0.5 : trackOfF0(f0, tracks);
    }
  }
  if (!carried) return out;
  const voicing = bandVoicing(clip, pitch, carried, format, tracks);
  voicing.forEach((band, b) => {
    const channel = channels.indexOf(`voicing${b + 1}`);
    if (channel < 0) return;
    for (let m = 0; m < frames; m++) out[m * channels.length + channel] = band[m];
  });
  return out;
}

/** Frames of more voicing than this tell the pitch of a word. */
const voicedEnough = 0.5;

/**
 * A word at the pitch of another one: its contour, moved as a whole until the medians of the voiced frames agree.
 * @param word frames x frameValues(format)
 * @param other as long; where either has no voiced frame, or the format no pitch, the word stays as it is
 * @returns a new array, or the word itself
 */
export function atPitchOf(word: Float32Array, other: Float32Array, format: SpectrogramFormat): Float32Array {
  const f0 = format.tracks?.channels.indexOf('f0') ?? -1;
  const [own, wanted] = [word, other].map((features) => medianTrack(features, format, f0));
  if (own === undefined || wanted === undefined) return word;
  const values = frameValues(format);
  return word.map((value, i) =>
    i % values === format.melBands + f0 ? Math.min(1, Math.max(0, value + wanted - own)) : value,
  );
}

/** Median of the f0 channel over voiced frames; undefined without any. */
function medianTrack(
  features: Float32Array,
  { frames, melBands, tracks, ...rest }: SpectrogramFormat,
  f0: number,
): number | undefined {
  const values = frameValues({ ...rest, melBands, tracks });
  const voicings = (tracks?.channels ?? []).flatMap((name, c) => (name.startsWith('voicing') ? [c] : []));
  if (f0 < 0 || voicings.length === 0) return undefined;
  const pitches: number[] = [];
  for (let m = 0; m < frames; m++) {
    const at = m * values + melBands;
    // The lowest range: a voiced fricative is voiced there alone.
    if (features[at + voicings[0]] > voicedEnough) pitches.push(features[at + f0]);
  }
  return pitches.length === 0 ? undefined : pitches.sort((a, b) => a - b)[pitches.length >> 1];
}

/** Bands, then channels, frame by frame: `frames * frameValues(format)` values from those of each kind. */
export function interleave(
  bands: Float32Array,
  channels: Float32Array,
  format: SpectrogramFormat,
): Float32Array {
  const { melBands, frames } = format;
  const values = frameValues(format);
  const count = values - melBands;
  const out = new Float32Array(frames * values);
  for (let m = 0; m < frames; m++) {
    out.set(bands.subarray(m * melBands, (m + 1) * melBands), m * values);
    out.set(channels.subarray(m * count, (m + 1) * count), m * values + melBands);
  }
  return out;
}

/** Unvoiced stretches bridged on a logarithmic scale, held at the ends; undefined when nothing is voiced. */
function carriedOn(f0: Float32Array): Float32Array | undefined {
  const out = f0.slice();
  let before = -1;
  for (let m = 0; m <= f0.length; m++) {
    if (m < f0.length && f0[m] === 0) continue;
    const left = before >= 0 ? f0[before] : f0[m];
    const right = m < f0.length ? f0[m] : left;
    if (left === undefined || right === undefined) return undefined;
    for (let gap = before + 1; gap < m; gap++) {
      out[gap] = left * (right / left) ** ((gap - before) / (m - before));
    }
    before = m;
  }
  return out;
}

/**
 * Share of each band's power that returns after one period, for every frame: the normalised correlation of the band with
 * itself a period later (the band-pass voicing of MELP: McCree & Barnwell 1995). The period follows the track sample by
 * sample and the two samples compared lie half a period before and after, so a glide does not look like noise.
 * @param pitch tracked f0, 0 where unvoiced, `stepsOf` a hop
 * @param carried the same without gaps
 */
function bandVoicing(
  clip: Float32Array,
  pitch: Float32Array,
  carried: Float32Array,
  format: SpectrogramFormat,
  tracks: TrackFormat,
): Float32Array[] {
  const { sampleRate, frames, hopSamples } = format;
  const stride = hopSamples / stepsOf(hopSamples);
  /** Half a period at every sample, and how far into a voiced stretch it lies. */
  const halves = new Float32Array((frames - 1) * hopSamples + 1);
  const gates = new Float32Array(halves.length);
  for (let t = 0; t < halves.length; t++) {
    const m = Math.min(Math.max(0, pitch.length - 2), Math.floor(t / stride));
    const next = Math.min(pitch.length - 1, m + 1);
    const x = t / stride - m;
    halves[t] = (0.5 * sampleRate) / (carried[m] * (carried[next] / carried[m]) ** x);
    gates[t] = (pitch[m] > 0 ? 1 - x : 0) + (pitch[next] > 0 ? x : 0);
  }
  const half = Math.round((windowSeconds * sampleRate) / 2);
  const window = Float64Array.from(
    { length: 2 * half + 1 },
    (_, i) => 0.5 + 0.5 * Math.cos((Math.PI * (i - half)) / half),
  );
  const reader = new FractionalReader();
  const floor = noiseFloor * noiseFloor * half;
  return bandSignals(clip, tracks.voicingEdgesHz, sampleRate).map((band) => {
    const shares = new Float32Array(frames);
    for (const trial of periodTrials) {
      const before = halves.map((lag, t) => reader.read(band, t - trial * lag));
      const after = halves.map((lag, t) => reader.read(band, t + trial * lag));
      for (let m = 0; m < frames; m++) {
        const centre = m * hopSamples;
        const to = Math.min(half, halves.length - 1 - centre);
        let both = 0;
        let first = 0;
        let second = 0;
        for (let n = Math.max(-half, -centre); n <= to; n++) {
          const t = centre + n;
          const w = window[n + half];
          both += w * gates[t] * before[t] * after[t];
          first += w * before[t] * before[t];
          second += w * after[t] * after[t];
        }
        const share = both / Math.sqrt((first + floor) * (second + floor));
        shares[m] = Math.min(1, Math.max(shares[m], share));
      }
    }
    return shares;
  });
}

/** The clip cut into bands at rising edges; an edge at 0 or at half the rate cuts nothing. */
function bandSignals(clip: Float32Array, edgesHz: readonly Hertz[], sampleRate: Hertz): Float32Array[] {
  const below = edgesHz.map((edge) => {
    if (edge <= 0) return new Float32Array(clip.length);
    return edge >= sampleRate / 2 ? clip : filterCentred(clip, lowPass(edge, sampleRate, filterSeconds));
  });
  return below.slice(1).map((upper, b) => upper.map((value: number, n: Samples) => value - below[b][n]));
}
