// Data entry (controllers 6 and 38) to one parameter number: two halves that come in either order.
import { nearMs } from './coupleTrial.ts';
import { takeCoarse, takeFine, type Halves } from './finePair.ts';

/** Couples that tell that the coarse half comes first. */
const provenCouples = 2;
/** Halves of one value are so much nearer to each other than to the next value's. */
const nearer = 0.5;

/** One number's data. */
export class DataEntry {
  readonly #halves: Halves = { raw: 0, isFine: false };
  #last: { readonly half: 'coarse' | 'fine'; readonly data: number; readonly ms: number } | undefined;
  /** From the message before it. */
  #gapMs = Infinity;
  #wasSelected = false;
  /** Couples that came coarse half first, since one came the other way round. */
  #coarseFirst = 0;

  /** A registered number: its coarse half sets the fine one to zero (MIDI 1.0). Answers the 14 bits. */
  register(half: 'coarse' | 'fine', data: number): number {
    const halves = this.#halves;
    halves.raw = half === 'coarse' ? data * 128 : (halves.raw & ~127) + data;
    return halves.raw;
  }

  /**
   * @param data 0..127
   * @param ms time stamp of the message
   * @param isSelected true where the number was selected right before
   * @returns the value as it is now
   */
  hear(half: 'coarse' | 'fine', data: number, ms: number, isSelected: boolean): Readonly<Halves> {
    const last = this.#last;
    const gapMs = last ? Math.abs(ms - last.ms) : Infinity;
    const isBehind = last !== undefined && last.half !== half && !isSelected;
    const isCouple = isBehind && (this.#wasSelected || (gapMs <= nearMs && gapMs < nearer * this.#gapMs));
    if (isCouple) this.#coarseFirst = half === 'fine' ? this.#coarseFirst + 1 : 0;
    if (half === 'fine') takeFine(this.#halves, data);
    else if (isBehind && (this.#coarseFirst < provenCouples || isCouple)) {
      // The fine half that came before may be this one's: most likely it is, where no order is known.
      this.#halves.raw = data * 128 + last.data;
    } else takeCoarse(this.#halves, data);
    this.#last = { half, data, ms };
    this.#gapMs = gapMs;
    this.#wasSelected = isSelected;
    return this.#halves;
  }
}
