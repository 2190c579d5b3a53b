// Training takes for the listener: how they are varied at each use, and copies that have been through the vocoder.
import type { Playing } from '../../src/contract/playing.ts';
import type { SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { prepareTake } from '../../src/dsp/clip.ts';
import type { Random } from '../../src/dsp/random.ts';
import { renderClip } from '../../src/worklet/renderClip.ts';
import type { ListenerConfig } from './listenerConfig.ts';
import type { EngineModules } from '../../src/dsp/wasmLoops.ts';

/** How far takes are varied; see the configuration. */
export type Variation = Pick<
  ListenerConfig,
  'stretch' | 'shiftFrames' | 'bandShift' | 'levelDb' | 'tiltDb' | 'blurShare' | 'eraseShare'
>;

/** Longest stretch of frames and of bands that is erased, as shares of all. */
const longestErasure = 0.2;
const napersPerDb = Math.LN10 / 20;

/**
 * Writes a take, varied, into `into`: other speed and onset (about the onset of the format), a vocal tract a little longer or
 * shorter, another level and spectral tilt, now and then blurred, as a decoder's output is, or with a rectangle erased
 * (SpecAugment: Park et al. 2019).
 * @param take [frames, melBands] features
 * @param into as long as `take`
 */
export function varyTake(
  take: Float32Array,
  into: Float32Array,
  format: SpectrogramFormat,
  variation: Variation,
  random: Random,
): void {
  const { frames, melBands } = format;
  const around = (limit: number): number => random.uniform(-limit, limit);
  const speed = 1 + around(variation.stretch);
  const shift = around(variation.shiftFrames);
  const bands = around(variation.bandShift);
  const level = around(variation.levelDb) * napersPerDb;
  const tilt = around(variation.tiltDb) * napersPerDb;
  const onset = format.onsetSamples / format.hopSamples;
  const range = Math.log1p(format.ceiling / format.floor);
  const gains = Float32Array.from({ length: melBands }, (_, b) =>
    Math.exp(level + tilt * (b / melBands - 0.5)),
  );
  for (let m = 0; m < frames; m++) {
    const frame = onset + (m - onset - shift) * speed;
    for (let b = 0; b < melBands; b++) {
      const value = valueAt(take, frames, melBands, frame, b + bands);
      // The gain acts on magnitudes: a soft floor's slope differs from level to level.
      const moved = value > 0 ? Math.log1p(Math.expm1(value * range) * gains[b]) / range : 0;
      into[m * melBands + b] = Math.min(1, moved);
    }
  }
  if (random.uniform() < variation.blurShare) {
    blur(into, melBands, 1, random.uniform(0, 0.3));
    blur(into, frames, melBands, random.uniform(0, 0.3));
  }
  if (random.uniform() < variation.eraseShare) erase(into, frames, melBands, random);
}

/** Bilinear interpolation; nothing sounds before and after a clip, and the edge bands go on beyond the edges. */
function valueAt(take: Float32Array, frames: number, melBands: number, frame: number, band: number): number {
  const m = Math.floor(frame);
  const inside = Math.min(melBands - 1, Math.max(0, band));
  const b = Math.min(melBands - 2, Math.floor(inside));
  const share = inside - b;
  const row = (at: number): number =>
    at < 0 || at >= frames ? 0 : take[at * melBands + b] * (1 - share) + take[at * melBands + b + 1] * share;
  return row(m) * (1 - (frame - m)) + row(m + 1) * (frame - m);
}

/** Each value mixed with both neighbours that are `step` away, in runs of `length`, in place. */
function blur(values: Float32Array, length: number, step: number, weight: number): void {
  const span = length * step;
  for (let start = 0; start < values.length; start += span) {
    for (let lane = 0; lane < step; lane++) {
      let before = values[start + lane];
      for (let i = 0; i < length; i++) {
        const at = start + lane + i * step;
        const here = values[at];
        const after = i + 1 < length ? values[at + step] : here;
        values[at] = (1 - 2 * weight) * here + weight * (before + after);
        before = here;
      }
    }
  }
}

function erase(values: Float32Array, frames: number, melBands: number, random: Random): void {
  const height = 1 + random.integer(Math.ceil(longestErasure * frames));
  const width = 1 + random.integer(Math.ceil(longestErasure * melBands));
  const top = random.integer(frames - height + 1);
  const left = random.integer(melBands - width + 1);
  for (let m = top; m < top + height; m++) {
    values.fill(0, m * melBands + left, m * melBands + left + width);
  }
}

/**
 * What a listener hears of a take that was played by the instrument at its live setting and analysed again, as a recording
 * of it would be.
 * @param take frames * frameValues(format) features
 * @returns [frames, melBands] features; undefined for a take that sounds like silence
 */
export function throughVocoder(
  take: Float32Array,
  format: SpectrogramFormat,
  playing: Playing,
  seed: number,
  modules: EngineModules | undefined,
): Float32Array | undefined {
  const played = renderClip(take, format, {
    lookAheadFrames: 3,
    sweeps: 2,
    playing,
    seed,
    modules,
  });
  const heard = prepareTake(played, format.sampleRate, { ...format, tracks: undefined });
  return heard.wordSamples === 0 ? undefined : heard.features;
}
