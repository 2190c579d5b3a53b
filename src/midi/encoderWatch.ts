// Finds out, from the first messages of a control that was learned, whether it is an encoder and how it says its steps.
//
// A knob says where it stands: it walks from place to place, passes 64 on its way over the middle and cannot leap from one end to
// the other; some say every place more than once. An encoder says the same small step again and again, and leaps to the other side
// of its code when it turns back. What was found may be withdrawn, as long as a knob may have said it too.
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
/** Over the middle a knob may leap: the same step so often in a row on one side, and on the other. */
const longRow = 3;
const shortRow = 2;
/** The smallest step in a row, of one turned in one direction: within a turn no finger presses a button so often; and slowly. */
const quickMs = 100;
const quickRow = 4;
const slowRow = 9;
const buttonRepeats = 4;
/** Places in a row, rising or falling: a knob; more of them where it says places twice, or was taken for an encoder. */
const knobRun = 3;
const repeatedRun = 4;
const withdrawnRun = 5;
/** An encoder that a knob might have passed for is one for good after so many more messages. */
const settledMessages = 64;
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

interface Message {
  readonly side: Side;
  readonly data: number;
  readonly ms: number;
}

/** What was heard on one side. */
interface Count {
  messages: number;
  repeats: number;
  quick: number;
  /** The longest row of the same step, and of the smallest one within a turn. */
  row: number;
  quickRow: number;
  smallRow: number;
}

/** Hears one control. */
export class EncoderWatch {
  #counts = new Map<Side, Count>();
  #last: Message | undefined;
  #leaps = 0;
  #run = 0;
  /** Messages of the same data on end, and those of them within a turn. */
  #row = 0;
  #quickRow = 0;
  #isKnobLike = false;
  #hasRun = false;
  #hasWalked = false;
  #misfits = 0;
  #messages = 0;
  #sinceFound = 0;
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
    // One that was turned in one direction only has not said yet what it is.
    if (this.#messages >= mostMessages && this.#verdict !== 'unclear')
      this.#end(isEncoding(this.#verdict) ? this.#verdict : 'absolute');
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
    const last = this.#last;
    this.#last = { side, data, ms };
    const others = [...this.#counts.keys()].filter((other) => other !== side);
    if (others.length > 1 || (others.length === 1 && !encodingOf(side, others[0]))) return this.#misfit();
    if (this.#messages === 1) this.#isKnobLike = stepsFrom(side, data) > firstSteps;
    const count = this.#counts.get(side) ?? {
      messages: 0,
      repeats: 0,
      quick: 0,
      row: 0,
      quickRow: 0,
      smallRow: 0,
    };
    this.#counts.set(side, count);
    count.messages++;
    const isLeap = last !== undefined && last.side !== side;
    if (isLeap) this.#leaps++;
    this.#follow(last?.data, data);
    this.#repeat(count, last, { side, data, ms });
    if (isEncoding(this.#verdict)) return this.#confirm(this.#verdict);
    const found = this.#found();
    if (found) {
      // A walk counts from here.
      this.#run = 0;
      return found;
    }
    if (this.#isKnobLike) return isLeap ? 'leap' : 'absolute';
    // A single message says little: it is taken for a place, as most are.
    return this.#messages === 1 || this.#isButtonLike ? 'absolute' : 'unclear';
  }

  #repeat(count: Count, last: Message | undefined, { side, data, ms }: Message): void {
    const isRepeat = last?.data === data;
    const isQuick = isRepeat && ms - last.ms <= quickMs;
    this.#row = isRepeat ? this.#row + 1 : 1;
    this.#quickRow = isQuick ? this.#quickRow + 1 : 1;
    // Some knobs say where they stand whether or not they move: a step that an encoder repeats is small.
    const steps = stepsFrom(side, data);
    if (steps > repeatedSteps) return;
    count.row = Math.max(count.row, this.#row);
    if (steps === 1) {
      count.smallRow = Math.max(count.smallRow, this.#row);
      count.quickRow = Math.max(count.quickRow, this.#quickRow);
    }
    if (!isRepeat) return;
    // A knob may say its end again and again, and places where it has walked.
    if (this.#misfits === 0 && !this.#hasWalked) this.#isKnobLike = false;
    count.repeats++;
    if (isQuick) count.quick++;
  }

  /** 127 again and again, as slowly as a finger presses: nobody is asked to turn a button. */
  get #isButtonLike(): boolean {
    const high = this.#counts.get('high');
    return this.#counts.size === 1 && high !== undefined && high.repeats - high.quick >= buttonRepeats;
  }

  /** A run of places, one beyond the other. */
  #follow(before: number | undefined, data: number): void {
    if (before === data) return;
    const step = before === undefined ? 0 : Math.sign(data - before);
    this.#run = step === Math.sign(this.#run) ? this.#run + step : step;
    const hasRepeats = [...this.#counts.values()].some(({ repeats }) => repeats > 0);
    const places = Math.abs(this.#run) + 1;
    if (places >= knobRun && !hasRepeats) this.#isKnobLike = this.#hasRun = true;
    if (places >= repeatedRun && hasRepeats) this.#isKnobLike = this.#hasRun = this.#hasWalked = true;
  }

  #found(): Verdict | undefined {
    const [one, other] = [...this.#counts];
    if (!other) return this.#foundByOne(...one);
    const encoding = encodingOf(one[0], other[0])!;
    const counts = [one[1], other[1]];
    const leastOf = (key: keyof Count) => Math.min(...counts.map((count) => count[key]));
    if (leastOf('messages') < messagesOfSide) return undefined;
    const repeats = one[1].repeats + other[1].repeats;
    const messages = one[1].messages + other[1].messages;
    const hasLeapt = this.#leaps >= leapsWithoutRepeats;
    const isSure = hasLeapt && messages >= this.#leaps + messagesBeside;
    switch (encoding) {
      case 'offset 64': {
        // Over the middle a knob may leap, too, and trembles there: each direction has to say the same twice.
        const inRow = Math.max(...counts.map(({ row }) => row)) >= longRow && leastOf('row') >= shortRow;
        return leastOf('repeats') > 0 && (inRow || hasLeapt) ? encoding : undefined;
      }
      case 'signed bit':
        return isSure || leastOf('repeats') > 0 ? encoding : undefined;
      default:
        return isSure || repeats > 0 ? this.#end(encoding) : undefined;
    }
  }

  /**
   * Turned to one side only. 1 … is to the right in two codes, which differ to the left: what comes there decides. 65 … is to the
   * right in one code and to the left in another. Repeats of 127 may be a knob that is turned on at its end, or a button.
   */
  #foundByOne(side: Side, { quickRow: quick, smallRow }: Count): Verdict | undefined {
    if (side === 'high' || side === 'above' || this.#misfits > 0 || this.#hasRun) return undefined;
    if (quick < quickRow && smallRow < slowRow) return undefined;
    return side === 'low' ? 'twos complement' : 'offset 64';
  }

  /** The other direction says which code it is; a walk takes back what was found in one direction alone, or over the middle. */
  #confirm(found: StepEncoding): Verdict {
    const [one, other] = [...this.#counts.keys()];
    const encoding = other ? encodingOf(one, other)! : found;
    const isDoubtful = !other || (encoding === 'offset 64' && this.#leaps < leapsWithoutRepeats);
    if (isDoubtful && Math.abs(this.#run) + 1 >= withdrawnRun) return this.#misfit();
    if (other && (encoding === 'twos complement' || ++this.#sinceFound >= settledMessages))
      return this.#end(encoding);
    return encoding;
  }

  #misfit(): Verdict {
    this.#counts = new Map();
    this.#last = undefined;
    this.#leaps = 0;
    this.#run = this.#row = this.#quickRow = this.#sinceFound = 0;
    this.#isKnobLike = true;
    return ++this.#misfits >= mostMisfits ? this.#end('absolute') : 'absolute';
  }
}
