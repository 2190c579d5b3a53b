// Points that move to and fro on a line of latent space: decoded at a few places of it, and blended in between.
import type { SpectrogramFormat } from '../contract/spectrogram.ts';
import { frameValues } from '../contract/spectrogram.ts';
import type { DecodeTarget } from './inferenceProtocol.ts';

/**
 * Ends whose clips differ by more than this get a place between them: root mean square of what sounds in either, in
 * features; 4.4 dB. Over 400 lines of all voices, digits and directions, the middle of nearer ends was 0.11 dB from what
 * is decoded there (median; 0.36 dB for 95 of 100, 0.73 dB at most). Nobody hears less than 1 dB.
 */
const farthest = 0.05;
/** Bands below this in both clips are masked by their neighbours. */
const audibleFeature = 0.3;
/** Ends are halved no more often than this. */
const mostHalvings = 2;
/** Places that a slot keeps: those of a whole swing, and the next one's. */
const keptPlaces = 8;

/** What of a target counts here. */
export type PathTarget = Pick<DecodeTarget, 'slot' | 'noteId' | 'digitPoint' | 'style' | 'between'>;

/** Decodes points, all of one call at once; features of frames x frameValues each. */
export type DecodePoints = (
  points: readonly { readonly digit: Float32Array; readonly style: Float32Array }[],
) => Promise<readonly Float32Array[]>;

interface Place {
  readonly digitPoint: Float32Array;
  readonly style: Float32Array;
  readonly features: Float32Array;
}

interface Slot {
  readonly noteId: number | undefined;
  /** The latest last. */
  places: Place[];
  /** Ends that were asked for and not decoded, as the line itself was on the move. */
  passed: readonly Float32Array[];
}

/** The share of two places, the latter's. */
interface Blend {
  readonly low: Float32Array;
  readonly high: Float32Array;
  readonly share: number;
}

/**
 * Answers targets. One that says between which two points it lies is blended of these, which are decoded once for as long
 * as the slot's point swings between them; any other is decoded where it is.
 */
export class LatentPaths {
  readonly #format: SpectrogramFormat;
  readonly #decode: DecodePoints;
  readonly #slots = new Map<number, Slot>();
  #decodes = 0;

  constructor(format: SpectrogramFormat, decode: DecodePoints) {
    this.#format = format;
    this.#decode = decode;
  }

  /** Points decoded so far. */
  get decodes(): number {
    return this.#decodes;
  }

  /**
   * Features of each target, in their order; arrays of their own, which the caller may give away.
   * @throws whatever decoding throws
   */
  async features(targets: readonly PathTarget[]): Promise<Float32Array[]> {
    const answers = new Map<PathTarget, Float32Array>();
    const open = new Set(targets);
    while (open.size > 0) {
      const missing: { readonly target: PathTarget; readonly style: Float32Array; readonly isPlace: boolean }[] =
        [];
      for (const target of open) {
        const wanted = this.#wantedBy(target);
        if (wanted === null) missing.push({ target, style: target.style, isPlace: false });
        else if ('share' in wanted) {
          answers.set(target, blended(wanted));
          open.delete(target);
        } else for (const style of wanted) missing.push({ target, style, isPlace: true });
      }
      if (missing.length === 0) break;
      const decoded = await this.#decode(
        missing.map(({ target, style }) => ({ digit: target.digitPoint, style })),
      );
      this.#decodes += missing.length;
      missing.forEach(({ target, style, isPlace }, k) => {
        if (isPlace) this.#keep(target, style, decoded[k]);
        else {
          answers.set(target, decoded[k]);
          open.delete(target);
        }
      });
    }
    return targets.map((target) => answers.get(target)!);
  }

  /** The styles that a target is still to be decoded at, how it is blended, or null where it is decoded as it is. */
  #wantedBy(target: PathTarget): readonly Float32Array[] | Blend | null {
    const { slot, noteId, between } = target;
    if (!between) {
      this.#slots.delete(slot);
      return null;
    }
    let state = this.#slots.get(slot);
    const isNew = !state || state.noteId !== noteId;
    if (!state || isNew) {
      state = { noteId, places: [], passed: [] };
      this.#slots.set(slot, state);
    }
    const share = shareOf(target.style, between);
    const ends = [...(share < 1 ? [between.low] : []), ...(share > 0 ? [between.high] : [])];
    const missing = ends.filter((style) => !this.#placeOf(target, style));
    const isElsewhere = missing.length === ends.length && !isNew && state.places.length + state.passed.length > 0;
    if (isElsewhere && !ends.some((style) => state.passed.some((other) => isSame(other, style)))) {
      // The line itself is on the move, with a knob, and may never be seen again.
      state.passed = ends;
      return null;
    }
    if (missing.length > 0) return missing;
    return this.#near(target, between.low, between.high, share, 0);
  }

  /** Halves what lies between two places until they are near enough. */
  #near(
    target: PathTarget,
    low: Float32Array,
    high: Float32Array,
    share: number,
    halvings: number,
  ): readonly Float32Array[] | Blend {
    const from = this.#placeOf(target, low)?.features;
    const to = this.#placeOf(target, high)?.features;
    if (!from || !to) {
      const only = (from ?? to)!;
      return { low: only, high: only, share: 0 };
    }
    if (share === 0 || share === 1 || halvings === mostHalvings || distance(from, to, this.#format) <= farthest) {
      return { low: from, high: to, share };
    }
    const middle = low.map((value, k) => (value + high[k]) / 2);
    if (!this.#placeOf(target, middle)) return [middle];
    return share < 0.5
      ? this.#near(target, low, middle, 2 * share, halvings + 1)
      : this.#near(target, middle, high, 2 * share - 1, halvings + 1);
  }

  #placeOf({ slot, digitPoint }: PathTarget, style: Float32Array): Place | undefined {
    return this.#slots
      .get(slot)
      ?.places.find((place) => isSame(place.style, style) && isSame(place.digitPoint, digitPoint));
  }

  #keep({ slot, digitPoint }: PathTarget, style: Float32Array, features: Float32Array): void {
    const state = this.#slots.get(slot)!;
    state.places = [...state.places, { digitPoint, style, features }].slice(-keptPlaces);
    state.passed = [];
  }
}

/** How far along the line a style lies: 0 at its low end, 1 at its high one. */
function shareOf(style: Float32Array, { low, high }: NonNullable<PathTarget['between']>): number {
  let way = 0;
  let length = 0;
  for (let k = 0; k < style.length; k++) {
    const step = high[k] - low[k];
    way += (style[k] - low[k]) * step;
    length += step * step;
  }
  return length > 0 ? Math.min(1, Math.max(0, way / length)) : 0;
}

function blended({ low, high, share }: Blend): Float32Array {
  if (share === 0) return low.slice();
  if (share === 1) return high.slice();
  const features = new Float32Array(low.length);
  for (let i = 0; i < features.length; i++) features[i] = low[i] + share * (high[i] - low[i]);
  return features;
}

/** How far two clips lie apart where either of them sounds, in features. */
function distance(a: Float32Array, b: Float32Array, format: SpectrogramFormat): number {
  const values = frameValues(format);
  let sum = 0;
  let count = 0;
  for (let at = 0; at < a.length; at += values) {
    for (let i = at; i < at + format.melBands; i++) {
      if (a[i] < audibleFeature && b[i] < audibleFeature) continue;
      sum += (a[i] - b[i]) ** 2;
      count++;
    }
  }
  return count > 0 ? Math.sqrt(sum / count) : 0;
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  if (a === b) return true;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}
