// Soft takeover of one binding: the control has to reach the parameter's value before it moves it.
import { parameterById, positionOf } from '../contract/parameters.ts';
import { encodingOf, nextToggle, valueOfMove, type Binding } from './bindings.ts';

/**
 * 'new': nothing heard yet; 'below', 'above': the control stands on that side of the parameter's value and has
 * to be moved up or down to it; 'active': it moves the parameter.
 */
export type PickupState = 'new' | 'below' | 'above' | 'active';

/** A control this near has reached the value: one step of seven bits. */
const reach = 1 / 127;
const pressedFrom = 64;

/** Follows one binding's control. */
export class Pickup {
  readonly #binding: Binding;
  /** Position 0..1 on the parameter's travel where the control stands, once it was heard. */
  #controlAt: number | undefined;
  /** What the control set last: the parameter is still there unless something else moved it. */
  #setValue: number | undefined;
  #isPressed = false;

  constructor(binding: Binding) {
    this.#binding = binding;
  }

  /** How things stand with the parameter at a value. */
  stateAt(value: number): PickupState {
    const { takeover, curve } = this.#binding;
    if (takeover === 'jump' || curve === 'toggle' || encodingOf(this.#binding) !== 'absolute')
      return 'active';
    if (this.#isStillAt(value)) return 'active';
    if (this.#controlAt === undefined) return 'new';
    return this.#controlAt < positionOf(parameterById(this.#binding.parameterId), value) ? 'below' : 'above';
  }

  /**
   * The control moved.
   * @param data 0..127
   * @param value the parameter's value now
   * @returns the parameter's new value, or undefined while the control has not picked it up
   */
  move(data: number, value: number): number | undefined {
    const { curve, kind, parameterId, takeover } = this.#binding;
    if (curve === 'toggle') {
      const wasPressed = this.#isPressed;
      // A note is a press; a button sends a low value when it is let go.
      this.#isPressed = kind !== 'note' && data >= pressedFrom;
      const isPress = kind === 'note' || (this.#isPressed && !wasPressed);
      return isPress ? nextToggle(this.#binding, value) : undefined;
    }
    const parameter = parameterById(parameterId);
    const wanted = valueOfMove(this.#binding, data);
    const before = this.#controlAt;
    const here = positionOf(parameter, wanted);
    this.#controlAt = here;
    if (takeover === 'pickup' && !this.#isStillAt(value)) {
      const there = positionOf(parameter, value);
      const isReached = wanted === value || Math.abs(here - there) <= reach;
      const isPassed = before !== undefined && (before - there) * (here - there) <= 0;
      if (!isReached && !isPassed) {
        this.#setValue = undefined;
        return undefined;
      }
    }
    this.#setValue = wanted;
    return wanted;
  }

  /** Texts and storage may round a value: half of the last digit shown is no move. */
  #isStillAt(value: number): boolean {
    const { choices, decimals } = parameterById(this.#binding.parameterId);
    const rounding = choices ? 0.5 : 0.5 * 10 ** -decimals;
    return this.#setValue !== undefined && Math.abs(value - this.#setValue) <= rounding + 1e-9;
  }
}
