// Whether what a decoder gave can be a word, and the features that are made of it: nothing else reaches the kernel.
import { frameValues, type SpectrogramFormat } from '../contract/spectrogram.ts';

/**
 * Bands and tracks lie in [0, 1] where the model is sure, and a little beyond. The shipped model's, over 6,000 styles around all
 * voices and digits: bands from -1.0 to 1.4 and tracks from -2.5 to 2.6 as far as knobs, maps and offsets reach (3 from a
 * voice in every dimension), -2.0 to 2.3 and -16.6 to 7.3 at 8.
 */
const farthestBand = 8;
const farthestTrack = 32;
/** Every one of those words has bands that lie 0.72 apart or more; a lost graphics context gives zeros, and says nothing of it. */
const leastContrast = 0.05;

/** What a decoder gave is no word: the decoder is at fault, or the point is one where its model has nothing to say. */
export class NoWordError extends Error {
  override readonly name = 'NoWordError';
}

/**
 * Features of a clip, clamped to [0, 1].
 * @param decoded what the network gave, frames x frameValues; overwritten and returned
 * @throws NoWordError for a wrong length, numbers that are not finite or far out of range, and bands that are all alike
 */
export function clipFeatures(decoded: Float32Array, format: SpectrogramFormat): Float32Array {
  const values = frameValues(format);
  const length = format.frames * values;
  if (decoded.length !== length) {
    throw new NoWordError(`${decoded.length} numbers instead of ${length} for a word`);
  }
  let lowest = 1;
  let highest = 0;
  for (let i = 0; i < length; i++) {
    const value = decoded[i];
    const isBand = i % values < format.melBands;
    if (!Number.isFinite(value)) throw new NoWordError('numbers that are not finite');
    const farthest = isBand ? farthestBand : farthestTrack;
    if (Math.abs(value) > farthest) {
      throw new NoWordError(`${value.toPrecision(3)} where nothing lies beyond ${farthest}`);
    }
    const clamped = Math.min(1, Math.max(0, value));
    if (isBand) {
      lowest = Math.min(lowest, clamped);
      highest = Math.max(highest, clamped);
    }
    decoded[i] = clamped;
  }
  if (highest - lowest < leastContrast) throw new NoWordError('a word without any sound in it');
  return decoded;
}
