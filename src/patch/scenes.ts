// Four scenes, A to D, each a full state of the parameters, and the blend of them that an XY pad or one knob
// asks for.
import { requireInteger, requireNumber } from '../contract/errors.ts';
import {
  parameters,
  positionOf,
  valueAt,
  type Parameter,
  type ParameterId,
  type ParameterValues,
} from '../contract/parameters.ts';
import { changedValues, completeValues, sceneCount, type PartialValues } from './preset.ts';

/** Names of the scenes, in their order. */
export const sceneNames = ['A', 'B', 'C', 'D'] as const;

/** Shares of the four scenes, 0..1 each; their sum is 1. */
export type SceneWeights = readonly [number, number, number, number];

/** A scene, or null where none is stored: it then stands for the live values. */
export type Scenes = readonly (ParameterValues | null)[];

/** What says where the blend stands: whichever of the two was moved last. */
export type SceneMover = 'pad' | 'knob';

/** No scene is stored. */
export const noScenes: Scenes = sceneNames.map(() => null);

/**
 * Shares at a place of the pad: A lies at (0, 0), B at (1, 0), C at (0, 1), D at (1, 1), and between them is
 * bilinear.
 * @param x, y 0..1
 * @throws RangeError outside the pad
 */
export function padWeights(x: number, y: number): SceneWeights {
  requireNumber('x', x, 0, 1);
  requireNumber('y', y, 0, 1);
  return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
}

/**
 * Shares at a place of the knob: 0 is A, 1 is B, 2 is C, 3 is D; between two scenes the others are silent.
 * @param position 0..3
 * @throws RangeError outside
 */
export function knobWeights(position: number): SceneWeights {
  requireNumber('position', position, 0, sceneCount - 1);
  const weight = (scene: number) => Math.max(0, 1 - Math.abs(position - scene));
  return [weight(0), weight(1), weight(2), weight(3)];
}

/**
 * The values that sound: the live ones, moved towards the blend of the scenes by `sceneAmount` of the live
 * values.
 * @param values live values, as the player set them; they are not changed
 * @param scenes four scenes; an empty one counts as the live values
 */
export function blend(values: ParameterValues, scenes: Scenes, weights: SceneWeights): ParameterValues {
  const amount = values.sceneAmount;
  const states: ParameterValues[] = [values];
  // The live values have what the amount leaves over, and the share of every empty scene.
  const shares = [1];
  scenes.forEach((scene, k) => {
    const share = amount * weights[k];
    if (!scene || share === 0) return;
    states.push(scene);
    shares.push(share);
    shares[0] -= share;
  });
  // One scene alone: exactly it, without rounding.
  if (states.length === 2 && amount === 1 && shares[1] === 1) return reached(values, states[1]);
  if (states.length === 1) return { ...values };
  shares[0] = Math.max(0, shares[0]);
  const blended: Record<ParameterId, number> = { ...values };
  for (const row of parameters) {
    if (row.blend === 'smooth' || row.blend === 'rounded') blended[row.id] = smooth(row, states, shares);
    else if (row.blend === 'switches') blended[row.id] = largest(row.id, states, shares);
  }
  return blended;
}

/** The pad's blend at the live values' `sceneX` and `sceneY`. */
export function padBlend(values: ParameterValues, scenes: Scenes): ParameterValues {
  return blend(values, scenes, padWeights(values.sceneX, values.sceneY));
}

/** The knob's blend at the live values' `sceneKnob`. */
export function knobBlend(values: ParameterValues, scenes: Scenes): ParameterValues {
  return blend(values, scenes, knobWeights(values.sceneKnob));
}

function reached(values: ParameterValues, scene: ParameterValues): ParameterValues {
  const result: Record<ParameterId, number> = { ...scene };
  for (const { id, blend } of parameters) if (blend === 'never') result[id] = values[id];
  return result;
}

function smooth(row: Parameter, states: readonly ParameterValues[], shares: readonly number[]): number {
  const first = states[0][row.id];
  // What all agree on stays as it is to the last bit.
  if (states.every((state) => state[row.id] === first)) return first;
  const position = states.reduce((sum, state, k) => sum + shares[k] * positionOf(row, state[row.id]), 0);
  const value = valueAt(row, position);
  return row.blend === 'rounded' ? Math.round(value) : value;
}

/** The choice that has the largest share in sum; of equal ones the state that comes first. */
function largest(id: ParameterId, states: readonly ParameterValues[], shares: readonly number[]): number {
  let best = states[0][id];
  let bestShare = -1;
  for (const { [id]: choice } of states) {
    const share = states.reduce((sum, state, k) => sum + (state[id] === choice ? shares[k] : 0), 0);
    // A share that is larger only by rounding is no larger.
    if (share <= bestShare + 1e-9) continue;
    best = choice;
    bestShare = share;
  }
  return best;
}

/**
 * The four scenes of the instrument, and which of pad and knob was moved last: that one says what is
 * blended.
 */
export class SceneBank {
  #scenes = noScenes;
  #mover: SceneMover = 'pad';

  /** Scenes A to D; null where none is stored. Another list after each change: undo keeps the one before. */
  get scenes(): Scenes {
    return this.#scenes;
  }

  /** Whichever of pad and knob was moved last. */
  get mover(): SceneMover {
    return this.#mover;
  }

  /**
   * The scenes with one that keeps the values, or is empty with null; `restore` takes them over.
   * @param index 0..3 for A..D
   * @throws RangeError outside
   */
  with(index: number, values: ParameterValues | null): Scenes {
    return this.#scenes.with(requireScene(index), values && { ...values });
  }

  /**
   * The live values after recalling a scene: its own, but where pad, knob, amount and volume stand stays.
   * Null for an empty one.
   * @throws RangeError for an index outside 0..3
   */
  recall(index: number, values: ParameterValues): ParameterValues | null {
    const scene = this.#scenes[requireScene(index)];
    return scene && reached(values, scene);
  }

  /** To be told of every parameter that is moved, so that the pad's and the knob's own moves are known. */
  parameterMoved(id: ParameterId): void {
    if (id === 'sceneX' || id === 'sceneY') this.#mover = 'pad';
    else if (id === 'sceneKnob') this.#mover = 'knob';
  }

  /** Takes over other scenes, or those that undo has kept; what is left out stays. */
  restore({ scenes = this.#scenes, mover = this.#mover }: { scenes?: Scenes; mover?: SceneMover }): void {
    this.#scenes = scenes;
    this.#mover = mover;
  }

  /** The values that sound for these live values: they themselves where no scene counts. */
  blend(values: ParameterValues): ParameterValues {
    // Most sounds have no scenes, and a controller asks a hundred times a second.
    if (values.sceneAmount === 0 || this.#scenes === noScenes) return values;
    return this.#mover === 'pad' ? padBlend(values, this.#scenes) : knobBlend(values, this.#scenes);
  }

  /** What a preset stores: undefined when no scene is set. */
  toPreset(): (PartialValues | null)[] | undefined {
    if (this.#scenes.every((scene) => scene === null)) return undefined;
    return this.#scenes.map((scene) => scene && changedValues(scene));
  }

  /** Takes a preset's scenes; without any, all are emptied. */
  load(scenes: readonly (PartialValues | null)[] | undefined): void {
    this.restore({ scenes: completeScenes(scenes), mover: 'pad' });
  }
}

/** The scenes of a preset, in full; without any, `noScenes`. */
export function completeScenes(scenes: readonly (PartialValues | null)[] | undefined): Scenes {
  if (!scenes?.some((scene) => scene)) return noScenes;
  return sceneNames.map((_, k) => {
    const scene = scenes[k];
    return scene ? completeValues(scene) : null;
  });
}

function requireScene(index: number): number {
  return requireInteger('scene', index, 0, sceneCount - 1, '0 is scene A');
}
