// The clip bank: the last spectrogram decoded for every slot, in memory that is allocated once.
import { frameValues, type SpectrogramFormat } from '../contract/spectrogram.ts';
import { ClipLevels } from './clipLevels.ts';
import { ClipShape } from './clipShape.ts';

/** Digits of a speaker; slot = speaker * DIGITS + digit, unless a clip says another digit. */
export const DIGITS = 10;

/**
 * Written by the kernel when a 'clip' message arrives, read by it when a voice starts; both on the audio thread,
 * between or at the start of blocks. The constructor allocates, nothing else does.
 */
export class ClipBank {
  readonly slots: number;
  /** Features of every slot, one clip after the other. */
  readonly features: Float32Array;
  readonly clipLength: number;
  readonly #styles: Float32Array;
  readonly #styleDimensions: number;
  readonly #revisions: Float64Array;
  /** What the clip of each slot says. */
  readonly #digits: Uint8Array;
  readonly #format: SpectrogramFormat;
  readonly #shapes: readonly ClipShape[];
  readonly #scores: Float64Array;
  readonly #levels: ClipLevels;
  #filled = 0;

  constructor(format: SpectrogramFormat, slots: number, styleDimensions: number) {
    this.slots = slots;
    this.clipLength = format.frames * frameValues(format);
    this.features = new Float32Array(slots * this.clipLength);
    this.#styleDimensions = styleDimensions;
    this.#styles = new Float32Array(slots * styleDimensions);
    this.#revisions = new Float64Array(slots).fill(-1);
    this.#digits = new Uint8Array(slots);
    this.#format = format;
    this.#shapes = Array.from({ length: slots }, () => new ClipShape());
    this.#scores = new Float64Array(format.frames);
    this.#levels = new ClipLevels(format);
  }

  /** Slots that hold a clip. */
  get filled(): number {
    return this.#filled;
  }

  /** Revision of a slot's clip, -1 when it holds none. */
  revision(slot: number): number {
    return this.#revisions[slot];
  }

  /** Shape of a slot's clip, overwritten when a newer one is stored. */
  shape(slot: number): ClipShape {
    return this.#shapes[slot];
  }

  /**
   * Stores a clip that has been checked (kernelMessages.ts), and measures its shape.
   * @param digit what it says, 0..9
   */
  store(slot: number, revision: number, digit: number, style: Float32Array, features: Float32Array): void {
    if (this.#revisions[slot] < 0) this.#filled++;
    this.#revisions[slot] = revision;
    this.#digits[slot] = digit;
    for (let d = 0; d < this.#styleDimensions; d++) {
      this.#styles[slot * this.#styleDimensions + d] = style[d];
    }
    const base = slot * this.clipLength;
    for (let i = 0; i < this.clipLength; i++) this.features[base + i] = features[i];
    this.#shapes[slot].measure(this.#format, this.features, base, this.#scores);
    this.#levels.measure(this.features, base, this.#shapes[slot]);
  }

  /** The slot of a digit whose clip's style is nearest to `style`; -1 when the digit has no clip. */
  nearest(digit: number, style: Float32Array): number {
    let best = -1;
    let bestDistance = Infinity;
    for (let candidate = 0; candidate < this.slots; candidate++) {
      if (this.#revisions[candidate] < 0 || this.#digits[candidate] !== digit) continue;
      let distance = 0;
      for (let d = 0; d < this.#styleDimensions; d++) {
        const difference = this.#styles[candidate * this.#styleDimensions + d] - style[d];
        distance += difference * difference;
      }
      if (best < 0 || distance < bestDistance) {
        best = candidate;
        bestDistance = distance;
      }
    }
    return best;
  }
}
