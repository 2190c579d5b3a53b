// Points that swing to and fro on a line of latent space: decoded at a few places of it, and blended in between.
import { frameValues, type SpectrogramFormat } from '../contract/spectrogram.ts';
import type { DecodeTarget, LatentLine } from './inferenceProtocol.ts';

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
/**
 * A note that stands no further from its word than this, in units of the knobs, swings as the word does: 0.12 dB from what
 * is decoded (median; 0.5 dB for 95 of 100).
 */
const nearWord = 0.6;
/** Places that a line keeps: those of a whole swing, and the next one's. */
const keptPlaces = 8;

/** What of a target counts here. */
export type PathTarget = Omit<DecodeTarget, 'revision' | 'digit'>;

/** Decodes points, all of one call at once; features of frames x frameValues each. */
export type DecodePoints = (
  points: readonly { readonly digit: Float32Array; readonly style: Float32Array }[],
) => Promise<readonly Float32Array[]>;

/** A point that has to be decoded, and the line that keeps it; without one it is the target itself. */
interface Missing {
  readonly line: Line | null;
  readonly digitPoint: Float32Array;
  readonly style: Float32Array;
}

/** What a target is summed of: a clip and its weight. */
type Sum = readonly (readonly [weight: number, features: Float32Array])[];
type Answer =
  | { readonly missing: readonly Missing[] }
  /** `swing` is added to the sum, within the range of features. */
  | { readonly sum: Sum; readonly swing?: Float32Array };

/**
 * Answers targets. One that lies on a line is blended of places that are decoded once, for as long as the line stays where
 * it is; any other is decoded where it is.
 */
export class LatentPaths {
  readonly #format: SpectrogramFormat;
  readonly #decode: DecodePoints;
  /** Lines of slots, and of the words that notes with slots of their own say. */
  readonly #lines = new Map<string, Line>();
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
    const exact = new Set<PathTarget>();
    while (answers.size < targets.length) {
      const missing: Missing[] = [];
      for (const target of targets) {
        if (answers.has(target)) continue;
        const answer = exact.has(target) ? null : this.#answer(target);
        if (answer === null) exact.add(target);
        else if ('sum' in answer)
          answers.set(target, answer.swing ? swung(answer.sum[0][1], answer.swing) : summed(answer.sum));
        else
          for (const point of answer.missing)
            if (!missing.some((other) => isOne(other, point))) missing.push(point);
      }
      const own = targets.filter((target) => exact.has(target) && !answers.has(target));
      const points = [...missing, ...own];
      if (points.length === 0) break;
      const decoded = await this.#decode(
        points.map(({ digitPoint, style }) => ({ digit: digitPoint, style })),
      );
      this.#decodes += points.length;
      missing.forEach(({ line, digitPoint, style }, k) =>
        line?.keep({ digitPoint, style, features: decoded[k] }),
      );
      own.forEach((target, k) => answers.set(target, decoded[missing.length + k]));
    }
    return targets.map((target) => answers.get(target)!);
  }

  /** What a target is summed of, or what has to be decoded for that; null where it is decoded as it is. */
  #answer(target: PathTarget): Answer | null {
    const { slot, noteId, digitPoint, style, line, wordLine } = target;
    if (!line) {
      this.#lines.delete(`slot ${slot}`);
      return null;
    }
    const own = this.#lineOf(`slot ${slot}`, noteId);
    if (!wordLine || !swingsAsWord(style, line, wordLine)) return own.at(digitPoint, style, line);
    const word = this.#lineOf(`word ${wordLine.slot}`, undefined);
    const swung = word.at(digitPoint, wordLine.style, wordLine);
    if (swung === null) return null;
    const still = word.at(digitPoint, wordLine.rest, {
      ...wordLine,
      low: wordLine.rest,
      high: wordLine.rest,
    });
    const rest = own.at(digitPoint, line.rest, { ...line, low: line.rest, high: line.rest });
    if (still === null || rest === null) return null;
    const parts = [rest, swung, still];
    const missing = parts.flatMap((part) => ('missing' in part ? part.missing : []));
    if (missing.length > 0) return { missing };
    const [[[, features]], there, here] = parts.map((part) => ('sum' in part ? part.sum : []));
    return { sum: [[1, features]], swing: word.swingTo(wordLine.style, there, here) };
  }

  #lineOf(key: string, noteId: number | undefined): Line {
    const found = this.#lines.get(key);
    if (found && found.noteId === noteId) return found;
    const line = new Line(this.#format, noteId);
    this.#lines.set(key, line);
    return line;
  }
}

interface Place {
  readonly digitPoint: Float32Array;
  readonly style: Float32Array;
  readonly features: Float32Array;
}

/** The places of one line, or of the few that a slot's point has swung on of late. */
class Line {
  readonly #format: SpectrogramFormat;
  #places: Place[] = [];
  /** Ends that were asked for and not decoded, as the line itself was on the move. */
  #passed: readonly Float32Array[] = [];
  /** The ends that were compared last, and whether they are near enough. */
  #compared: { readonly from: Float32Array; readonly to: Float32Array; readonly areNear: boolean } | null =
    null;

  #swing: { readonly style: Float32Array; readonly added: Float32Array } | null = null;

  constructor(
    format: SpectrogramFormat,
    readonly noteId: number | undefined,
  ) {
    this.#format = format;
  }

  keep(place: Place): void {
    this.#places = [...this.#places, place].slice(-keptPlaces);
    this.#passed = [];
  }

  at(digitPoint: Float32Array, style: Float32Array, { low, high }: LatentLine): Answer | null {
    const share = shareOf(style, low, high);
    const ends = [...(share < 1 ? [low] : []), ...(share > 0 ? [high] : [])];
    const absent = ends.filter((end) => !this.#placeOf(digitPoint, end));
    const isFirst = this.#places.length + this.#passed.length === 0;
    if (absent.length === ends.length && !isFirst) {
      if (!ends.some((end) => this.#passed.some((other) => isSame(other, end)))) {
        // The line itself is on the move, with a knob, and may never be seen again.
        this.#passed = ends;
        return null;
      }
    }
    if (absent.length > 0) return { missing: absent.map((end) => ({ line: this, digitPoint, style: end })) };
    return this.#between(digitPoint, low, high, share, 0);
  }

  /** Halves what lies between two places until they are near enough. */
  #between(
    digitPoint: Float32Array,
    low: Float32Array,
    high: Float32Array,
    share: number,
    halvings: number,
  ): Answer {
    const from = this.#placeOf(digitPoint, low)?.features;
    const to = this.#placeOf(digitPoint, high)?.features;
    if (share === 0 && from) return { sum: [[1, from]] };
    if (share === 1 && to) return { sum: [[1, to]] };
    if (!from || !to) return { missing: [{ line: this, digitPoint, style: from ? high : low }] };
    if (halvings === mostHalvings || this.#areNear(from, to)) {
      return {
        sum: [
          [1 - share, from],
          [share, to],
        ],
      };
    }
    const middle = low.map((value, k) => (value + high[k]) / 2);
    if (!this.#placeOf(digitPoint, middle)) return { missing: [{ line: this, digitPoint, style: middle }] };
    return share < 0.5
      ? this.#between(digitPoint, low, middle, 2 * share, halvings + 1)
      : this.#between(digitPoint, middle, high, 2 * share - 1, halvings + 1);
  }

  /** What a swing to a style adds, which all notes of a word that are near it share. */
  swingTo(style: Float32Array, there: Sum, atRest: Sum): Float32Array {
    if (this.#swing?.style !== style) {
      const [added, [[, rest]]] = [summed(there), atRest];
      for (let i = 0; i < added.length; i++) added[i] -= rest[i];
      this.#swing = { style, added };
    }
    return this.#swing.added;
  }

  #areNear(from: Float32Array, to: Float32Array): boolean {
    if (this.#compared?.from !== from || this.#compared.to !== to) {
      this.#compared = { from, to, areNear: distance(from, to, this.#format) <= farthest };
    }
    return this.#compared.areNear;
  }

  #placeOf(digitPoint: Float32Array, style: Float32Array): Place | undefined {
    return this.#places.find((place) => isSame(place.style, style) && isSame(place.digitPoint, digitPoint));
  }
}

/** How far along a line a style lies: 0 at its low end, 1 at its high one. */
function shareOf(style: Float32Array, low: Float32Array, high: Float32Array): number {
  let way = 0;
  let length = 0;
  for (let k = 0; k < style.length; k++) {
    const step = high[k] - low[k];
    way += (style[k] - low[k]) * step;
    length += step * step;
  }
  return length > 0 ? Math.min(1, Math.max(0, way / length)) : 0;
}

/** True for a point near its word's that has swung as far: not where a knob's end holds one of them back. */
function swingsAsWord(
  style: Float32Array,
  { rest }: LatentLine,
  word: NonNullable<PathTarget['wordLine']>,
): boolean {
  let apart = 0;
  for (let k = 0; k < style.length; k++) {
    apart += (rest[k] - word.rest[k]) ** 2;
    if (Math.abs(style[k] - rest[k] - (word.style[k] - word.rest[k])) > 1e-4) return false;
  }
  return apart <= nearWord ** 2;
}

function summed(sum: Sum): Float32Array {
  const [[weight, first], second] = sum;
  if (!second) return first.slice();
  const [share, other] = second;
  const features = new Float32Array(first.length);
  for (let i = 0; i < features.length; i++) features[i] = weight * first[i] + share * other[i];
  return features;
}

function swung(rest: Float32Array, swing: Float32Array): Float32Array {
  const features = new Float32Array(rest.length);
  for (let i = 0; i < features.length; i++) features[i] = Math.min(1, Math.max(0, rest[i] + swing[i]));
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

function isOne(a: Missing, b: Missing): boolean {
  return a.line === b.line && isSame(a.style, b.style) && isSame(a.digitPoint, b.digitPoint);
}

function isSame(a: Float32Array, b: Float32Array): boolean {
  if (a === b) return true;
  for (let k = 0; k < a.length; k++) if (a[k] !== b[k]) return false;
  return true;
}
