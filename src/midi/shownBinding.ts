// A binding as the page shows it, and the table's default controllers in the same form.
import { parameterById, type ParameterId } from '../contract/parameters.ts';
import { bindingOf, controlText, type Binding } from './bindings.ts';
import type { PickupState } from './pickup.ts';

/** 'unclear': it may be an encoder; more has to be heard. */
export type BindingState = PickupState | 'unclear';

/** A binding as the page shows it. */
export interface ShownBinding extends Binding {
  /** Names it for `update` and `unbind`. */
  readonly id: string;
  /** Device profile, or 'any' for the table's default. */
  readonly device: string;
  readonly isDefault: boolean;
  /** `CC 74 ch 1`. */
  readonly text: string;
  readonly state: BindingState;
  /** What the player has to do, '' when nothing. */
  readonly hint: string;
}

/** What the player has to do in each state. */
export const hints: Record<BindingState, string> = {
  new: 'waiting for the control to pick up',
  below: 'waiting to pick up from below',
  above: 'waiting to pick up from above',
  active: '',
  unclear: 'turn it a little further, to and fro',
};

const defaultPrefix = 'default:';

/** The table's default: its controller on every device and channel, taking over at once. */
export function shownDefault(parameterId: ParameterId, cc: number): ShownBinding {
  const binding: Binding = {
    ...bindingOf({ device: 'any', channel: 1, kind: 'cc', number: cc, data: 0 }, parameterId),
    channel: 'any',
    takeover: 'jump',
  };
  return {
    ...binding,
    id: `${defaultPrefix}${parameterId}`,
    device: 'any',
    isDefault: true,
    text: controlText(binding),
    state: 'active',
    hint: hints.active,
  };
}

/** The parameter whose default an id names, or undefined for ids of learned bindings. */
export function parameterOfDefault(id: string): ParameterId | undefined {
  return id.startsWith(defaultPrefix) ? parameterById(id.slice(defaultPrefix.length)).id : undefined;
}
