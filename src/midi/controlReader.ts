// Control changes of one port as values: 14-bit pairs, and parameter numbers with their data entry (MIDI 1.0).
//
// webmidi has events for parameter numbers, but forgets a number that another controller interrupts, and knows
// no pairs.

/** What a control change turned out to mean. `data` is 0..127, with fractions where 14 bits came. */
export type ControlEvent =
  | {
      readonly type: 'control';
      readonly channel: number;
      readonly controller: number;
      readonly data: number;
      /** True where both halves of a pair are known. */
      readonly isFine: boolean;
    }
  | { readonly type: 'nrpn'; readonly channel: number; readonly number: number; readonly data: number }
  /** Coarse and fine data entry as they are: registered numbers each divide them in their own way. */
  | {
      readonly type: 'rpn';
      readonly channel: number;
      readonly number: number;
      readonly coarse: number;
      readonly fine: number;
    }
  | {
      readonly type: 'step';
      readonly of: 'rpn' | 'nrpn';
      readonly channel: number;
      readonly number: number;
      readonly by: 1 | -1;
    };

const dataEntry = 6;
const dataEntryFine = 38;
const increment = 96;
const decrement = 97;
const nrpnFine = 98;
const nrpnCoarse = 99;
const rpnFine = 100;
const rpnCoarse = 101;
/** Selecting this number selects nothing (MIDI 1.0: the null function). */
const nullNumber = 0x3fff;
const firstFineController = 32;
/** Controllers 1..31 pair with 33..63; 0 with 32 names a bank, which is no quantity. */
const lastCoarseController = 31;
/** Numbers whose values are remembered for a channel. More are in use only where something floods. */
const rememberedNumbers = 256;

/**
 * 14 bits on the scale of 7: 0 and 127 at the ends, and the centre 8192 exactly on 64, so that a fine control's
 * middle means what a coarse control's middle means.
 */
export function dataOf14(raw: number): number {
  return raw <= 8192 ? raw / 128 : 64 + ((raw - 8192) * 63) / 8191;
}

/** Two halves that arrive one after the other. */
interface Pair {
  raw: number;
  isFine: boolean;
}

/**
 * The coarse half came. Until a fine half was heard it is the whole value. A control that has fine halves gets
 * the end of the new coarse step that lies nearer to where it was: the value then never turns back when the
 * fine half follows.
 */
function takeCoarse(pair: Pair, data: number): number {
  if (!pair.isFine) {
    pair.raw = data * 128;
    return data;
  }
  const before = pair.raw >> 7;
  if (data !== before) pair.raw = data * 128 + (data < before ? 127 : 0);
  return dataOf14(pair.raw);
}

function takeFine(pair: Pair, data: number): number {
  pair.isFine = true;
  pair.raw = (pair.raw & ~127) + data;
  return dataOf14(pair.raw);
}

interface Selection {
  of: 'rpn' | 'nrpn';
  coarse?: number;
  fine?: number;
}

class Channel {
  readonly pairs = new Map<number, Pair>();
  readonly numbers = new Map<number, Pair>();
  selection: Selection | undefined;
}

/** One port's control changes. Nothing grows with the number of messages. */
export class ControlReader {
  readonly #channels = Array.from({ length: 16 }, () => new Channel());

  /**
   * Reads one control change; undefined when it only prepares what comes, or is data entry to no parameter.
   * @param channel 1..16
   * @param controller 0..127
   * @param data 0..127
   */
  read(channel: number, controller: number, data: number): ControlEvent | undefined {
    const state = this.#channels[channel - 1];
    switch (controller) {
      case nrpnCoarse:
        state.selection = { ...this.#selected(state, 'nrpn'), coarse: data };
        return undefined;
      case nrpnFine:
        state.selection = { ...this.#selected(state, 'nrpn'), fine: data };
        return undefined;
      case rpnCoarse:
        state.selection = { ...this.#selected(state, 'rpn'), coarse: data };
        return undefined;
      case rpnFine:
        state.selection = { ...this.#selected(state, 'rpn'), fine: data };
        return undefined;
      case dataEntry:
      case dataEntryFine:
      case increment:
      case decrement:
        // A device that never selected a parameter has an ordinary knob there.
        if (state.selection) return this.#enter(state, state.selection, channel, controller, data);
    }
    return this.#control(state, channel, controller, data);
  }

  /** The other half of a selection of the same kind stays: devices may send one half alone. */
  #selected(state: Channel, of: Selection['of']): Selection {
    return state.selection?.of === of ? state.selection : { of };
  }

  #enter(
    state: Channel,
    { of, coarse, fine }: Selection,
    channel: number,
    controller: number,
    data: number,
  ): ControlEvent | undefined {
    if (coarse === undefined || fine === undefined) return undefined;
    const number = coarse * 128 + fine;
    if (number === nullNumber) return undefined;
    if (controller === increment || controller === decrement) {
      return { type: 'step', of, channel, number, by: controller === increment ? 1 : -1 };
    }
    const key = of === 'rpn' ? -1 - number : number;
    let pair = state.numbers.get(key);
    if (!pair) {
      if (state.numbers.size >= rememberedNumbers) state.numbers.clear();
      state.numbers.set(key, (pair = { raw: 0, isFine: false }));
    }
    if (of === 'rpn') {
      // MIDI 1.0: a coarse half sets the fine half to zero.
      pair.raw = controller === dataEntry ? data * 128 : (pair.raw & ~127) + data;
      return { type: 'rpn', channel, number, coarse: pair.raw >> 7, fine: pair.raw & 127 };
    }
    const value = controller === dataEntry ? takeCoarse(pair, data) : takeFine(pair, data);
    return { type: 'nrpn', channel, number, data: value };
  }

  #control(state: Channel, channel: number, controller: number, data: number): ControlEvent {
    if (controller >= 1 && controller <= lastCoarseController) {
      let pair = state.pairs.get(controller);
      if (!pair) state.pairs.set(controller, (pair = { raw: 0, isFine: false }));
      return { type: 'control', channel, controller, data: takeCoarse(pair, data), isFine: pair.isFine };
    }
    const coarse = controller - firstFineController;
    const pair = coarse <= lastCoarseController ? state.pairs.get(coarse) : undefined;
    // Without a coarse half it is a control of its own: many devices have plain knobs on 33..63.
    if (!pair) return { type: 'control', channel, controller, data, isFine: false };
    return { type: 'control', channel, controller: coarse, data: takeFine(pair, data), isFine: true };
  }
}
