// Control changes of one port as values: 14-bit pairs, and parameter numbers with their data entry (MIDI 1.0).
import { DataEntry } from './dataEntry.ts';
import { FinePair, type Freedom, type HalfMeaning, type Halves } from './finePair.ts';

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
/** Controllers 1..31 pair with 33..63; 0 with 32 names a bank, which is no quantity. */
const firstFineController = 32;
const endOfPairs = 64;
/** Numbers whose values are remembered for a channel. More are in use only where something floods. */
const rememberedNumbers = 256;

/**
 * 14 bits on the scale of 7: 0 and 127 at the ends, and the centre 8192 exactly on 64, so that a fine control's
 * middle means what a coarse control's middle means.
 */
export function dataOf14(raw: number): number {
  return raw <= 8192 ? raw / 128 : 64 + ((raw - 8192) * 63) / 8191;
}

/** Both halves as data 0..127. */
function dataOf({ raw, isFine }: Readonly<Halves>): number {
  return isFine ? dataOf14(raw) : raw >> 7;
}

interface Selection {
  of: 'rpn' | 'nrpn';
  coarse?: number;
  fine?: number;
}

class Channel {
  readonly pairs = new Map<number, FinePair>();
  readonly numbers = new Map<number, DataEntry>();
  selection: Selection | undefined;
  /** The controller of the message before; NaN before the first. */
  last = NaN;
}

/** What is known of the device's learned controls. */
export interface PairingHints {
  /** How free a controller number 33..63 is to be the fine half of another. */
  freedomOf(channel: number, controller: number): Freedom;
  /** True while a parameter waits for a control. */
  isWaiting(): boolean;
}

const noHints: PairingHints = { freedomOf: () => 'free', isWaiting: () => false };

/** One port's control changes. Nothing grows with the number of messages. */
export class ControlReader {
  readonly #channels = Array.from({ length: 16 }, () => new Channel());
  readonly #hints: PairingHints;

  /** @param hints default: nothing is learned */
  constructor(hints = noHints) {
    this.#hints = hints;
  }

  /**
   * Reads one control change; undefined when it only prepares what comes, or is data entry to no parameter.
   * @param channel 1..16
   * @param controller 0..127
   * @param data 0..127
   * @param ms time stamp of the message: halves of one value come close together
   */
  read(channel: number, controller: number, data: number, ms = 0): ControlEvent | undefined {
    const state = this.#channels[channel - 1];
    const last = state.last;
    state.last = controller;
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
        if (state.selection) return this.#enter(state, state.selection, channel, controller, data, ms, last);
    }
    if (controller < 1 || controller === firstFineController || controller >= endOfPairs) {
      return { type: 'control', channel, controller, data, isFine: false };
    }
    const coarse = controller % firstFineController;
    const fine = coarse + firstFineController;
    let pair = state.pairs.get(coarse);
    if (!pair) state.pairs.set(coarse, (pair = new FinePair()));
    const isCoarse = controller === coarse;
    const around = {
      ms,
      isRightBehind: last === (isCoarse ? fine : coarse),
      freedom: this.#hints.freedomOf(channel, fine),
      isWaiting: this.#hints.isWaiting(),
    };
    const meaning: HalfMeaning = isCoarse ? pair.coarse(data, around) : pair.fine(data, around);
    if (!meaning) return undefined;
    // Without evidence of a coarse half it is a control of its own: many devices have plain knobs on 33..63.
    if (meaning.of === 'fine') return { type: 'control', channel, controller: fine, data, isFine: false };
    const { value } = meaning;
    return { type: 'control', channel, controller: coarse, data: dataOf(value), isFine: value.isFine };
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
    ms: number,
    last: number,
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
      state.numbers.set(key, (pair = new DataEntry()));
    }
    const half = controller === dataEntry ? 'coarse' : 'fine';
    if (of === 'rpn') {
      const raw = pair.register(half, data);
      return { type: 'rpn', channel, number, coarse: raw >> 7, fine: raw & 127 };
    }
    const isSelected = last >= nrpnFine && last <= rpnCoarse;
    return { type: 'nrpn', channel, number, data: dataOf(pair.hear(half, data, ms, isSelected)) };
  }
}
