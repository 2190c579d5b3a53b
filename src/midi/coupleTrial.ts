// A number 33..63 that was just learned, on trial: is it one half of a 14-bit control after all? Only what no knob does says so,
// and only as long as it never comes alone: what two hands do by coincidence must not take a learned control away.

/** Halves that come further apart are not two parts of one message: six bytes take 2 ms on a cable, radio adds some. */
export const nearMs = 10;
/** Couples, and marks of what no knob does among them, that make a half. */
const fewestCouples = 3;
const provenMarks = 3;
/** A knob that says again what it said before, beside one that moves; and a leap over the end of the fine half. */
const repeatMarks = 1;
const leapMarks = 2;
const wrapMarks = 3;
/** Half the way of a fine half: no hand moves a knob so far between two messages. */
const leap = 64;
/** As much may the speed of a fader change between two couples, in fine steps. */
const speedChange = 64;
/** Couples without a verdict, after which it is a knob. */
const mostCouples = 64;

/** Which half of a value the device sends first. */
export type Order = 'coarse first' | 'fine first';
export type CoupleVerdict = 'open' | 'knob' | Order;

interface Half {
  readonly half: 'coarse' | 'fine';
  readonly data: number;
  readonly ms: number;
}

/** Hears both numbers of a pair from the message on that bound the fine one. */
export class CoupleTrial {
  #verdict: CoupleVerdict = 'open';
  /** The half that waits for the other. */
  #waiting: Half | undefined;
  #order: Order | undefined;
  #couples = 0;
  #marks = 0;
  #last: { readonly coarse: number; readonly fine: number } | undefined;
  #step: { readonly coarse: number; readonly fine: number } | undefined;

  get verdict(): CoupleVerdict {
    return this.#verdict;
  }

  /** True while couples were heard and none of them decided. */
  get isUndecided(): boolean {
    return this.#verdict === 'open' && this.#couples > 0;
  }

  /** @param isRightBehind true where the message before, on the same channel, was of the other half */
  hear(half: Half['half'], data: number, ms: number, isRightBehind: boolean): void {
    if (this.#verdict !== 'open') return;
    const first = this.#waiting;
    this.#waiting = undefined;
    const isNear = isRightBehind && first !== undefined && Math.abs(ms - first.ms) <= nearMs;
    if (!first) this.#waiting = { half, data, ms };
    else if (first.half === half || !isNear) this.#verdict = 'knob';
    else if (half === 'coarse') this.#couple('fine first', data, first.data);
    else this.#couple('coarse first', first.data, data);
  }

  #couple(order: Order, coarse: number, fine: number): void {
    this.#couples++;
    if (order !== (this.#order ??= order) || this.#couples > mostCouples) {
      this.#verdict = 'knob';
      return;
    }
    const last = this.#last;
    this.#last = { coarse, fine };
    if (last) this.#compare({ coarse: coarse - last.coarse, fine: fine - last.fine });
    if (this.#couples >= fewestCouples && this.#marks >= provenMarks) this.#verdict = order;
  }

  #compare(step: { readonly coarse: number; readonly fine: number }): void {
    const before = this.#step;
    this.#step = step;
    // Of a fader that runs on, the fine half jumps back by its whole way where the coarse half steps once more.
    const turned = before ? step.fine - before.fine : 0;
    const changed = before ? turned + 128 * (step.coarse - before.coarse) : 0;
    if (Math.abs(turned) >= leap && Math.abs(changed) <= speedChange) this.#marks += wrapMarks;
    else if (Math.abs(step.fine) >= leap && step.fine * step.coarse < 0) this.#marks += leapMarks;
    else if ((step.coarse === 0) !== (step.fine === 0)) this.#marks += repeatMarks;
  }
}
