// What a learned binding is: which control moves which parameter, over which range, along which curve.
import {
  parameterById,
  positionOf,
  valueAt,
  type Parameter,
  type ParameterId,
} from '../contract/parameters.ts';

/**
 * 'cc14' is a controller whose fine half was heard; it answers to the same messages as 'cc'. 'rpn' is one that is stepped up
 * and down.
 */
export const controlKinds = ['cc', 'cc14', 'nrpn', 'rpn', 'bend', 'pressure', 'note', 'program'] as const;
export type ControlKind = (typeof controlKinds)[number];

/**
 * 'linear' follows the parameter's own travel; 'exponential' moves slowly at first, 'logarithmic' fast at
 * first; 'toggle' goes to the other end of the range, or to the next choice, each time the control is pressed.
 */
export const bindingCurves = ['linear', 'exponential', 'logarithmic', 'toggle'] as const;
export type BindingCurve = (typeof bindingCurves)[number];

/**
 * 'pickup': nothing moves until the control has reached the parameter's value; 'jump': the parameter follows at
 * once.
 */
export const takeovers = ['pickup', 'jump'] as const;
export type Takeover = (typeof takeovers)[number];

/** A control that moved. */
export interface ControlMove {
  /** Name of the device's profile. */
  readonly device: string;
  /** 1..16. */
  readonly channel: number;
  readonly kind: ControlKind;
  /** Controller, note or parameter number; 0 for bend, pressure and program, of which a channel has one. */
  readonly number: number;
  /** 0..127, with fractions; 64 is the centre of a bend. For programs the program. */
  readonly data: number;
  /** Of a parameter number that was stepped by 96 or 97: 1 or -1. `data` says nothing then. */
  readonly steps?: number;
}

/**
 * One binding, as profiles keep it. Values are in the parameter's unit; min above max turns the control round.
 */
export interface Binding {
  readonly channel: number | 'any';
  readonly kind: ControlKind;
  readonly number: number;
  readonly parameterId: ParameterId;
  readonly min: number;
  readonly max: number;
  readonly curve: BindingCurve;
  readonly takeover: Takeover;
  /** How its data is meant; absent for 'absolute'. */
  readonly encoding?: Encoding;
}

/**
 * How a control's data is meant. 'absolute': where it stands. The others say steps: 'twos complement' 1, 2 … to the right and
 * 127, 126 … to the left; 'signed bit' 65, 66 … to the left; 'offset 64' 65, 66 … to the right and 63, 62 … to the left;
 * 'increments' by the controllers 96 and 97 behind a parameter number.
 */
export const encodings = ['absolute', 'twos complement', 'signed bit', 'offset 64', 'increments'] as const;
export type Encoding = (typeof encodings)[number];

/** How a binding's data is meant. */
export function encodingOf({ encoding = 'absolute' }: Pick<Binding, 'encoding'>): Encoding {
  return encoding;
}

/** The encodings that a control of a kind can have. */
export function encodingsOf(kind: ControlKind): readonly Encoding[] {
  switch (kind) {
    case 'cc':
      return encodings.filter((encoding) => encoding !== 'increments');
    case 'nrpn':
      return ['absolute', 'increments'];
    case 'rpn':
      return ['increments'];
    default:
      return ['absolute'];
  }
}

const isController = (kind: ControlKind) => kind === 'cc' || kind === 'cc14';

/** True when a binding listens to this control. */
export function matches(binding: Binding, move: ControlMove): boolean {
  const isSameKind = binding.kind === move.kind || (isController(binding.kind) && isController(move.kind));
  const isHeard = binding.channel === 'any' || binding.channel === move.channel;
  const isSameWay = (encodingOf(binding) === 'increments') === (move.steps !== undefined);
  return isSameKind && isHeard && isSameWay && binding.number === move.number;
}

/**
 * The binding that learning makes of a move: the whole range, and pickup where a control stays where it is put.
 */
export function bindingOf(move: ControlMove, parameterId: ParameterId): Binding {
  const { channel, kind, number } = move;
  const { min, max } = parameterById(parameterId);
  const curve = kind === 'note' ? 'toggle' : 'linear';
  const takeover = isController(kind) || kind === 'nrpn' ? 'pickup' : 'jump';
  const encoding = move.steps === undefined ? {} : ({ encoding: 'increments' } as const);
  return { channel, kind, number, parameterId, min, max, curve, takeover, ...encoding };
}

/** A control in words: `CC 74 ch 1`, `pitch bend`, `NRPN 12 ch 3`. */
export function controlText({ kind, number, channel }: Pick<Binding, 'kind' | 'number' | 'channel'>): string {
  const where = channel === 'any' ? '' : ` ch ${channel}`;
  switch (kind) {
    case 'cc':
      return `CC ${number}${where}`;
    case 'cc14':
      return `CC ${number} (14 bit)${where}`;
    case 'nrpn':
    case 'rpn':
      return `${kind.toUpperCase()} ${number}${where}`;
    case 'bend':
      return `pitch bend${where}`;
    case 'note':
      return `note ${number}${where}`;
    case 'pressure':
    case 'program':
      return `${kind}${where}`;
  }
}

/** Steepness of the bent curves: the slope grows a hundredfold from one end to the other. */
const bentRatio = 100;

/** Where along its range a binding's parameter is when its control has gone a share of its way, both 0..1. */
export function shaped(curve: BindingCurve, share: number): number {
  if (curve === 'exponential') return (Math.pow(bentRatio, share) - 1) / (bentRatio - 1);
  if (curve === 'logarithmic') return Math.log(1 + share * (bentRatio - 1)) / Math.log(bentRatio);
  return share;
}

/** The share of a control's way that leads there. */
export function unshaped(curve: BindingCurve, place: number): number {
  if (curve === 'exponential') return shaped('logarithmic', place);
  return curve === 'logarithmic' ? shaped('exponential', place) : place;
}

/**
 * Share 0..1 of the control's way. A range that is symmetric about zero has its middle on 64, as
 * valueOfController has it.
 */
function shareOf(parameter: Parameter, { min, max, curve }: Binding, data: number): number {
  const isSymmetric = parameter.curve === 'linear' && min === -max && curve === 'linear';
  if (!isSymmetric) return data / 127;
  return data <= 64 ? data / 128 : 0.5 + (data - 64) / 126;
}

/** The value that a binding's control asks for. Toggles have none of their own: see nextToggle. */
export function valueOfMove(binding: Binding, data: number): number {
  const parameter = parameterById(binding.parameterId);
  // A program picks the choice of its number: over 128 programs the first choices would all be the same.
  if (binding.kind === 'program' && parameter.choices) {
    return Math.min(parameter.max, Math.max(parameter.min, data));
  }
  const from = positionOf(parameter, binding.min);
  const to = positionOf(parameter, binding.max);
  return valueAt(parameter, from + (to - from) * shaped(binding.curve, shareOf(parameter, binding, data)));
}

/** Where a toggle goes from a value: the next choice of the range, round and round, or the farther end. */
export function nextToggle({ parameterId, min, max }: Binding, value: number): number {
  const low = Math.min(min, max);
  const high = Math.max(min, max);
  if (parameterById(parameterId).choices)
    return value + 1 > high || value < low ? low : Math.round(value) + 1;
  return value - low < high - value ? high : low;
}

/** @throws RangeError when a binding's range lies outside its parameter's */
export function requireRange({ parameterId, min, max }: Binding): void {
  const parameter = parameterById(parameterId);
  for (const value of [min, max]) {
    if (value >= parameter.min && value <= parameter.max) continue;
    throw new RangeError(
      `range of ${parameterId} must lie within ${parameter.min} to ${parameter.max}, got ${min} to ${max}`,
    );
  }
}

/** @throws RangeError for an encoding that the control's kind has not */
export function requireEncoding(binding: Binding): void {
  const possible = encodingsOf(binding.kind);
  if (possible.includes(encodingOf(binding))) return;
  throw new RangeError(
    `encoding of ${controlText(binding)} must be one of ${possible.join(', ')}, got ${binding.encoding}`,
  );
}
