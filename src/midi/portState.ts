// What one port holds down, and the letting go of it: a device that went away cannot send its note-offs any
// more.
import type { MidiMessage } from './message.ts';
import type { MidiTarget } from './midiTarget.ts';

/** Channel mode message that lets go of bend, pressure, pedals and expression (MIDI 1.0, RP-015). */
export const resetControllers = 121;
const expressionController = 11;
const fullExpression = 127;
/** Sustain, portamento, sostenuto, soft, legato and hold 2: switches that are on from 64. */
const firstPedal = 64;
const lastPedal = 69;
const pedalOnFrom = 64;
/** Release velocity where nobody sensed one (MIDI 1.0). */
const plainRelease = 64;

/** A port's state of one channel, as far as the target was told of it. */
class HeldChannel {
  readonly keys = new Set<number>();
  readonly pedals = new Set<number>();
  bend = 0;
  pressure = 0;
  expression = fullExpression;
  /** True once a registered number of this port has tuned the channel. */
  isTuned = false;
  /** Bank select's halves: controllers 0 and 32. */
  readonly bank = { coarse: 0, fine: 0 };

  get isIdle(): boolean {
    return this.pedals.size === 0 && !this.bend && !this.pressure && this.expression === fullExpression;
  }

  resetControllers(): void {
    this.pedals.clear();
    this.bend = 0;
    this.pressure = 0;
    this.expression = fullExpression;
  }
}

/** What letting go asks of a target. */
export type LetGoTarget = Pick<
  MidiTarget,
  'noteOff' | 'setChannelTuning' | 'controlChange' | 'pitchBend' | 'channelPressure'
>;

/** Keys, pedals, bends, pressures, expression, tunings and banks of a port. Channels are 1..16. */
export class PortState {
  readonly #channels = Array.from({ length: 16 }, () => new HeldChannel());

  press(channel: number, note: number): void {
    this.#of(channel).keys.add(note);
  }

  release(channel: number, note: number): void {
    this.#of(channel).keys.delete(note);
  }

  holds(channel: number, note: number): boolean {
    return this.#of(channel).keys.has(note);
  }

  /** True for a message that ends what the port holds. */
  releases(message: MidiMessage): boolean {
    switch (message.type) {
      case 'noteOff':
        return this.holds(message.channel, message.note);
      case 'control':
        return message.data < pedalOnFrom && this.#of(message.channel).pedals.has(message.controller);
      case 'bend':
        return message.bend === 0 && this.#of(message.channel).bend !== 0;
      case 'pressure':
        return message.data === 0 && this.#of(message.channel).pressure !== 0;
      default:
        return false;
    }
  }

  /** No hand and no foot holds anything any more, whatever the device has not said yet; bends and tunings stay. */
  forgetHands(): void {
    for (const held of this.#channels) {
      held.keys.clear();
      held.pedals.clear();
      held.pressure = 0;
    }
  }

  /** All keys of a channel are up. */
  releaseChannel(channel: number): void {
    this.#of(channel).keys.clear();
  }

  /** -1..1 */
  bend(channel: number, bend: number): void {
    this.#of(channel).bend = bend;
  }

  pressure(channel: number, pressure: number): void {
    this.#of(channel).pressure = pressure;
  }

  /** Remembers controllers that hands and feet hold; others stay where they are put. */
  control(channel: number, controller: number, data: number): void {
    const held = this.#of(channel);
    if (controller === expressionController) held.expression = data;
    if (controller < firstPedal || controller > lastPedal) return;
    if (data >= pedalOnFrom) held.pedals.add(controller);
    else held.pedals.delete(controller);
  }

  /** Half of a bank's number, 0..127. */
  selectBank(channel: number, half: 'coarse' | 'fine', data: number): void {
    this.#of(channel).bank[half] = data;
  }

  /**
   * The bank of the next program, 0..127. Devices name bank 1 by either half, and none has more than 128 presets to
   * choose among: the half that is not 0 counts.
   */
  bank(channel: number): number {
    const { coarse, fine } = this.#of(channel).bank;
    return coarse || fine;
  }

  /** Remembers that the port has tuned a channel. */
  tune(channel: number): void {
    this.#of(channel).isTuned = true;
  }

  /** Channels that the port has tuned. */
  get tuned(): number[] {
    return this.#channels.flatMap(({ isTuned }, index) => (isTuned ? [index + 1] : []));
  }

  resetControllers(channel: number): void {
    this.#of(channel).resetControllers();
  }

  /** The bend of a channel goes back to its centre. */
  letGoOfBend(channel: number, target: LetGoTarget, ms: number): void {
    const held = this.#of(channel);
    if (held.bend) target.pitchBend(channel, 0, ms);
    held.bend = 0;
  }

  letGoOfPressure(channel: number, target: LetGoTarget, ms: number): void {
    const held = this.#of(channel);
    if (held.pressure) target.channelPressure(channel, 0, ms);
    held.pressure = 0;
  }

  /** A pedal goes up, unless another port holds it too; expression goes back to full. */
  letGoOfController(
    channel: number,
    controller: number,
    target: LetGoTarget,
    others: readonly PortState[],
    ms: number,
  ): void {
    const held = this.#of(channel);
    if (controller === expressionController && held.expression !== fullExpression) {
      held.expression = fullExpression;
      target.controlChange(channel, controller, fullExpression, ms);
    }
    const isHeldStill = others.some((other) => other.#of(channel).pedals.has(controller));
    if (held.pedals.delete(controller) && !isHeldStill) target.controlChange(channel, controller, 0, ms);
  }

  /** Lets everything go that no other port holds too: keys first, so that pedals end what they sustained. */
  letGo(target: LetGoTarget, others: readonly PortState[], ms: number): void {
    this.#channels.forEach((held, index) => {
      const channel = index + 1;
      for (const note of held.keys) {
        if (!others.some((other) => other.holds(channel, note))) {
          target.noteOff(channel, note, plainRelease, ms);
        }
      }
      held.keys.clear();
    });
    for (const channel of this.tuned) {
      this.#of(channel).isTuned = false;
      target.setChannelTuning(channel, 0, ms);
    }
    this.#channels.forEach((held, index) => {
      const channel = index + 1;
      if (held.isIdle) return;
      const busy = others.map((other) => other.#of(channel)).filter((other) => !other.isIdle);
      if (busy.length === 0) {
        target.controlChange(channel, resetControllers, 0, ms);
      } else {
        for (const pedal of held.pedals) {
          if (!busy.some((other) => other.pedals.has(pedal))) target.controlChange(channel, pedal, 0, ms);
        }
        if (held.expression !== fullExpression) {
          target.controlChange(channel, expressionController, fullExpression, ms);
        }
        if (held.bend) target.pitchBend(channel, 0, ms);
        if (held.pressure) target.channelPressure(channel, 0, ms);
      }
      held.resetControllers();
    });
  }

  #of(channel: number): HeldChannel {
    return this.#channels[channel - 1];
  }
}
