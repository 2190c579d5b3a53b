// Finds out, from the first messages of a control that was learned, whether it is an encoder and how it says its steps.
//
// A knob says where it stands: it never says the same twice in a row (but at its ends, where some go on turning), passes 64 on
// its way over the middle and cannot leap from one end to the other. An encoder says the same small step again and again, and
// leaps to the other side of its code when it turns back.
import type { StepEncoding } from './encoders.ts';

/** Sides of the three codes: 1 …, … 127, 65 … and … 63, each as far as the next begins. */
type Side = 'low' | 'high' | 'above' | 'below';
/** A first turn is slow: data further from its side's end than this is a place. */
const firstSteps = 4;
const repeatedSteps = 8;
/** Messages on each side, and repeats, that tell an encoder that is turned to and fro. */
const messagesOfSide = 2;
/** Without repeats so many times to and fro, and so many messages beside: a button may say its two ends in turn. */
const leapsWithoutRepeats = 3;
const messagesBeside = 3;
/** Repeats that tell one turned in one direction: within a turn no finger presses a button so often; and slowly. */
const quickMs = 100;
const quickRepeats = 3;
const slowRepeats = 8;
const buttonRepeats = 4;
/** In a row, rising or falling: a knob. */
const knobRun = 3;
/** So often must a control be in the wrong place, and so many messages may come, before it is a knob for good. */
const mostMisfits = 8;
const mostMessages = 200;

/**
 * 'absolute': what it says is a place. 'unclear': a little more has to be heard. 'leap': a knob, most likely, but this message
 * may be an encoder that turns back. Else an encoder.
 */
export type Verdict = 'absolute' | 'unclear' | 'leap' | StepEncoding;

/** True for a verdict that is an encoder's code. */
export function isEncoding(verdict: Verdict): verdict is StepEncoding {
  return verdict !== 'absolute' && verdict !== 'unclear' && verdict !== 'leap';
}

function sideOf(data: number): Side | undefined {
  if (!Number.isInteger(data) || data % 64 === 0) return undefined;
  if (data < 32) return 'low';
  if (data < 64) return 'below';
  return data < 96 ? 'above' : 'high';
}

/** Steps to the nearer end of a side. */
function stepsFrom(side: Side, data: number): number {
  return { low: data, below: 64 - data, above: data - 64, high: 128 - data }[side];
}

function encodingOf(one: Side, other: Side): StepEncoding | undefined {
  const both = new Set([one, other]);
  if (both.has('low'))
    return both.has('high') ? 'twos complement' : both.has('above') ? 'signed bit' : undefined;
  return both.has('above') && both.has('below') ? 'offset 64' : undefined;
}

/** Hears one control. */
export class EncoderWatch {
  #counts = new Map<Side, { messages: number; repeats: number; quick: number }>();
  #last: { readonly side: Side; readonly data: number; readonly ms: number } | undefined;
  #leaps = 0;
  #run = 0;
  #isKnobLike = false;
  #hasRun = false;
  #misfits = 0;
  #messages = 0;
  #verdict: Verdict = 'absolute';
  #isOver = false;

  /** True once nothing can change the verdict any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @param data 0..127 as the message has it; 14-bit values are places */
  hear(data: number, ms: number): Verdict {
    if (this.#isOver) return this.#verdict;
    this.#messages++;
    this.#verdict = this.#judge(data, ms);
    if (this.#messages >= mostMessages) this.#end(isEncoding(this.#verdict) ? this.#verdict : 'absolute');
    return this.#verdict;
  }

  #end(verdict: Verdict): Verdict {
    this.#isOver = true;
    return (this.#verdict = verdict);
  }

  #judge(data: number, ms: number): Verdict {
    const side = sideOf(data);
    // No encoder says that it has not moved.
    if (side === undefined) return this.#end('absolute');
    const known = this.#verdict;
    if (isEncoding(known)) return this.#confirm(known, side);
    const last = this.#last;
    this.#last = { side, data, ms };
    const others = [...this.#counts.keys()].filter((other) => other !== side);
    if (others.length > 1 || (others.length === 1 && !encodingOf(side, others[0]))) return this.#misfit();
    if (this.#messages === 1) this.#isKnobLike = stepsFrom(side, data) > firstSteps;
    const count = this.#counts.get(side) ?? { messages: 0, repeats: 0, quick: 0 };
    this.#counts.set(side, count);
    count.messages++;
    const isLeap = last !== undefined && last.side !== side;
    if (isLeap) this.#leaps++;
    // Some knobs say where they stand whether or not they move: a step that an encoder repeats is small.
    if (last?.data === data && stepsFrom(side, data) <= repeatedSteps) {
      // A knob may say its end again and again.
      if (this.#misfits === 0) this.#isKnobLike = false;
      count.repeats++;
      if (ms - last.ms <= quickMs) count.quick++;
    }
    this.#follow(last?.data, data);
    const found = this.#found();
    if (found) return found;
    if (this.#isKnobLike) return isLeap ? 'leap' : 'absolute';
    // A single message says little: it is taken for a place, as most are.
    return this.#messages === 1 || this.#isButtonLike ? 'absolute' : 'unclear';
  }

  /** 127 again and again, as slowly as a finger presses: nobody is asked to turn a button. */
  get #isButtonLike(): boolean {
    const high = this.#counts.get('high');
    return this.#counts.size === 1 && high !== undefined && high.repeats - high.quick >= buttonRepeats;
  }

  /** A run of places, one beyond the other. */
  #follow(before: number | undefined, data: number): void {
    const step = before === undefined ? 0 : Math.sign(data - before);
    const goesOn = step !== 0 && step === Math.sign(this.#run);
    this.#run = goesOn ? this.#run + step : step;
    const hasRepeats = [...this.#counts.values()].some(({ repeats }) => repeats > 0);
    if (Math.abs(this.#run) + 1 >= knobRun && !hasRepeats) this.#isKnobLike = this.#hasRun = true;
  }

  #found(): Verdict | undefined {
    const [one, other] = [...this.#counts];
    if (!other) return this.#foundByOne(...one);
    const encoding = encodingOf(one[0], other[0])!;
    const repeats = one[1].repeats + other[1].repeats;
    const messages = one[1].messages + other[1].messages;
    const isToAndFro = Math.min(one[1].messages, other[1].messages) >= messagesOfSide;
    if (!isToAndFro) return undefined;
    // Over the middle a knob may leap, too: each direction has to say the same twice.
    const isClear =
      encoding === 'offset 64'
        ? Math.min(one[1].repeats, other[1].repeats) > 0
        : repeats > 0 || (this.#leaps >= leapsWithoutRepeats && messages >= this.#leaps + messagesBeside);
    return isClear ? this.#end(encoding) : undefined;
  }

  /**
   * Turned to one side only. 1 … is to the right in two codes, which differ to the left: what comes there decides. Repeats of
   * 127 may be a knob that is turned on at its end, or a button.
   */
  #foundByOne(side: Side, { repeats, quick }: { repeats: number; quick: number }): Verdict | undefined {
    if (side === 'high' || this.#misfits > 0 || this.#hasRun) return undefined;
    if (quick < quickRepeats && repeats < slowRepeats) return undefined;
    if (side === 'below') return this.#end('offset 64');
    return side === 'low' ? 'twos complement' : 'offset 64';
  }

  /** The other direction says which code it is. */
  #confirm(found: StepEncoding, side: Side): Verdict {
    const [first] = this.#counts.keys();
    const encoding = side === first ? undefined : encodingOf(first, side);
    return encoding ? this.#end(encoding) : found;
  }

  #misfit(): Verdict {
    this.#counts = new Map();
    this.#last = undefined;
    this.#leaps = 0;
    this.#run = 0;
    this.#isKnobLike = true;
    return ++this.#misfits >= mostMisfits ? this.#end('absolute') : 'absolute';
  }
}
