// A coarse and a fine controller number (n and n + 32) of one channel: whether they are the two halves of one value, by what was
// heard of them. Long comments, as each rule answers a kind of device.
import { CoupleTrial, nearMs, type Order } from './coupleTrial.ts';

/** Halves one right behind the other, in a row, before a number that was heard alone is taken for a half. */
const provenCouples = 3;
/** A fine half goes over its end when the coarse half steps: it then moves by half its way or more, backwards. */
const wrapMove = 64;
/** Two hands on two knobs: both step by so little, and in so many couples on end. */
const evenMove = 2;
const mostEven = 12;
/** A fine half that goes so far while its coarse half stays is a knob, if a knob is waited for. */
const knobMove = 32;
/** Couples whose fine half was always 0: the device has seven bits and says so twice. */
const emptyCouples = 4;
/** How much the newest step counts in the roughness of an order of halves. */
const roughnessShare = 0.2;
/** An order whose values run this much more smoothly is the right one. */
const smootherRatio = 0.5;
/** Steps heard before orders are compared. */
const comparedSteps = 3;

/** Two halves that arrive one after the other. */
export interface Halves {
  /** 14 bits. */
  raw: number;
  /** False while the coarse half is the whole value. */
  isFine: boolean;
}

/**
 * The coarse half came. Until a fine half was heard it is the whole value. A control that has fine halves gets
 * the end of the new coarse step that lies nearer to where it was: the value then never turns back when the
 * fine half follows.
 */
export function takeCoarse(pair: Halves, data: number): void {
  const before = pair.raw >> 7;
  if (!pair.isFine) pair.raw = data * 128;
  else if (data !== before) pair.raw = data * 128 + (data < before ? 127 : 0);
}

/** The fine half came, behind its coarse half. */
export function takeFine(pair: Halves, data: number): void {
  pair.isFine = true;
  pair.raw = (pair.raw & ~127) + data;
}

/** How free a fine number is to be a half: 'bound' never is, 'fresh' (bound just now, by moving it) only if its trial says so. */
export type Freedom = 'free' | 'fresh' | 'bound';

/** What is asked of the surroundings when a half comes. */
export interface Surroundings {
  readonly ms: number;
  /** True where the message before, on the same channel, was of the other half. */
  readonly isRightBehind: boolean;
  readonly freedom: Freedom;
  /** True while a parameter waits for a control: half a second has passed since the number before was touched. */
  readonly isWaiting: boolean;
}

/** What a half means: a value of the coarse number; a value of the fine number itself; nothing yet. */
export type HalfMeaning =
  { readonly of: 'coarse'; readonly value: Readonly<Halves> } | { readonly of: 'fine' } | undefined;

/** How rough the values run when halves are joined in one order. */
class Course {
  #raw: number | undefined;
  #steps = 0;
  roughness = 0;

  hear(raw: number): void {
    if (this.#raw !== undefined) {
      this.roughness += roughnessShare * (Math.abs(raw - this.#raw) - this.roughness);
      this.#steps++;
    }
    this.#raw = raw;
  }

  isSmootherThan(other: Course): boolean {
    return this.#steps >= comparedSteps && this.roughness < smootherRatio * other.roughness;
  }
}

/** Follows one pair of numbers. Nothing grows with the number of messages. */
export class FinePair {
  readonly #halves: Halves = { raw: 0, isFine: false };
  #order: Order = 'coarse first';
  #coarse: number | undefined;
  #fine: number | undefined;
  /** The half that waits for the other, since when, and what both were before it. */
  #open: { readonly half: 'coarse' | 'fine'; readonly ms: number; readonly isWaiting: boolean } | undefined;
  /** Where fine halves alone began to come while a parameter waits. */
  #loneFrom: number | undefined;
  #before: { readonly coarse: number; readonly fine: number } | undefined;
  /** A fine half that waits for its coarse one, where it comes first. */
  #held: number | undefined;
  /** Couples in a row. */
  #couples = 0;
  /** True once a half came without the other: then it takes more than one couple. */
  #wasAlone = false;
  #wraps = 0;
  #even = 0;
  /** Couples with a moved coarse half whose fine half was 0; NaN once one was not. */
  #empty = 0;
  /** Of a fine number that was called a knob, from then on. */
  #trial: CoupleTrial | undefined;
  readonly #coarseFirst = new Course();
  readonly #fineFirst = new Course();

  /** @param data 0..127 of the coarse number */
  coarse(data: number, around: Surroundings): HalfMeaning {
    const fine = this.#fine;
    if (fine !== undefined) this.#fineFirst.hear(data * 128 + fine);
    const isBehindFine = this.#isBehind('fine', around);
    if (this.#open?.half === 'coarse') this.#alone();
    if (this.#open?.half !== 'fine') this.#remember();
    this.#coarse = data;
    this.#open = { half: 'coarse', ms: around.ms, isWaiting: around.isWaiting };
    const isCouple =
      isBehindFine &&
      (this.#order === 'fine first' ||
        this.#couples === 0 ||
        this.#fineFirst.isSmootherThan(this.#coarseFirst));
    if (isCouple) this.#couple('fine first', data, fine!);
    this.#try('coarse', data, around);
    this.#judge(around.freedom, false);
    const held = this.#held ?? (isCouple ? fine : undefined);
    this.#held = undefined;
    if (this.#halves.isFine && this.#order === 'fine first' && held !== undefined) {
      this.#halves.raw = data * 128 + held;
    } else takeCoarse(this.#halves, data);
    return { of: 'coarse', value: this.#halves };
  }

  /** @param data 0..127 of the fine number */
  fine(data: number, around: Surroundings): HalfMeaning {
    const coarse = this.#coarse;
    if (coarse !== undefined) this.#coarseFirst.hear(coarse * 128 + data);
    const isBehindCoarse = this.#isBehind('coarse', around);
    const isOtherOrder =
      this.#order === 'fine first' &&
      around.isRightBehind &&
      this.#coarseFirst.isSmootherThan(this.#fineFirst);
    if (this.#open?.half !== 'coarse') this.#remember();
    const before = this.#fine;
    this.#fine = data;
    if (!around.isWaiting) this.#loneFrom = undefined;
    const isCalled = around.isWaiting && this.#isKnobOf(data, isBehindCoarse && this.#open!.isWaiting);
    const isCouple = isBehindCoarse && (this.#order === 'coarse first' || this.#couples === 0);
    if (isCalled) {
      this.#wasAlone = true;
      this.#trial = new CoupleTrial();
    }
    if (!isCalled && (isOtherOrder || isCouple)) {
      this.#couple('coarse first', coarse!, data);
      this.#held = undefined;
    } else {
      if (this.#open?.half === 'fine' && this.#couples === 0) this.#alone();
      this.#open = { half: 'fine', ms: around.ms, isWaiting: around.isWaiting };
    }
    const wasFine = this.#halves.isFine;
    this.#try('fine', data, around);
    this.#judge(around.freedom, isCalled);
    const halves = this.#halves;
    if (!halves.isFine) {
      const isUndecided = around.freedom === 'fresh' && this.#trial?.isUndecided;
      return isUndecided ? undefined : { of: 'fine' };
    }
    if (this.#order === 'coarse first') {
      // On its way down it would turn back: the coarse half was its whole value until now.
      const isFalling = !wasFine && this.#before !== undefined && coarse! < this.#before.coarse;
      takeFine(halves, isFalling ? 0 : data);
      return { of: 'coarse', value: halves };
    }
    // What was held before belongs to the coarse half as it is: no other followed.
    const lone = this.#held === undefined ? undefined : before;
    this.#held = data;
    if (lone === undefined) return undefined;
    takeFine(halves, lone);
    return { of: 'coarse', value: halves };
  }

  #isBehind(half: 'coarse' | 'fine', { isRightBehind, ms }: Surroundings): boolean {
    return isRightBehind && this.#open?.half === half && Math.abs(ms - this.#open.ms) <= nearMs;
  }

  #remember(): void {
    if (this.#coarse !== undefined && this.#fine !== undefined) {
      this.#before = { coarse: this.#coarse, fine: this.#fine };
    }
  }

  /** A half came without the other. */
  #alone(): void {
    this.#wasAlone = true;
    if (this.#couples < provenCouples) this.#couples = 0;
  }

  #couple(order: Order, coarse: number, fine: number): void {
    this.#order = order;
    this.#open = undefined;
    this.#loneFrom = undefined;
    this.#couples++;
    const before = this.#before;
    if (!before || coarse === before.coarse) return;
    this.#empty = fine === 0 ? this.#empty + 1 : NaN;
    const stepped = coarse - before.coarse;
    const moved = fine - before.fine;
    const isStep = Math.abs(stepped) <= evenMove;
    if (isStep && Math.abs(moved) >= wrapMove && Math.sign(moved) === -Math.sign(stepped)) this.#wraps++;
    const isEven = isStep && Math.abs(moved) <= evenMove;
    this.#even = isEven ? this.#even + 1 : 0;
  }

  /**
   * True for a fine number that moves by itself while a parameter waits: the coarse one was touched before, or not at all. Of a
   * proven pair it must have gone far: fine halves tremble.
   */
  #isKnobOf(data: number, isBehindWaiting: boolean): boolean {
    if (isBehindWaiting) {
      this.#loneFrom = undefined;
      return false;
    }
    this.#loneFrom ??= data;
    return !this.#isProven || Math.abs(data - this.#loneFrom) >= knobMove;
  }

  get #isProven(): boolean {
    return this.#couples >= provenCouples || this.#wraps > 0;
  }

  /** A fine number that was bound, and nothing else, is on trial. */
  #try(half: 'coarse' | 'fine', data: number, { ms, isRightBehind, freedom, isWaiting }: Surroundings): void {
    if (freedom !== 'fresh' && !isWaiting) this.#trial = undefined;
    this.#trial?.hear(half, data, ms, isRightBehind);
  }

  /** Decides anew whether the numbers are halves; not where the fine one is `called` a knob. */
  #judge(freedom: Freedom, isCalled: boolean): void {
    const verdict = this.#trial?.verdict;
    const isHalf = verdict === 'coarse first' || verdict === 'fine first';
    const isRefuted =
      freedom === 'bound' ||
      (freedom === 'fresh' && !isHalf) ||
      isCalled ||
      this.#even >= mostEven ||
      this.#empty >= emptyCouples;
    if (isRefuted) {
      this.#halves.isFine = false;
      this.#held = undefined;
    } else if (freedom === 'fresh' && isHalf) {
      this.#order = verdict;
      this.#couples = Math.max(this.#couples, provenCouples);
      this.#halves.isFine = true;
    } else if (this.#couples > 0 && (this.#isProven || !this.#wasAlone)) {
      this.#halves.isFine = true;
    }
  }
}
