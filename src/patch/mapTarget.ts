// Where the map of voices leads: a style for every digit, that the performer draws each voice's own style
// towards.
import type { ParameterValues } from '../contract/parameters.ts';
import { pointAt, type MapPoints } from '../model/voiceMap.ts';

/** A style for each digit, and how far to go there from the voice's own. */
export interface MapTarget {
  /** The player's style of a digit 0..9, styleDimensions numbers. */
  readonly styleOf: (digit: number) => Float32Array;
  /** 0 is the voice's own style, 1 is the map's. */
  readonly share: number;
}

/**
 * The place (`mapX`, `mapY`) of the map by `mapAmount`, for `Performer.setStyleTarget`; null where the map
 * moves nothing. Knobs move on from wherever voice and map lead, and the digit stays what keys and `digit`
 * say: of the map only points of the same digit count, as styles of different digits are related only
 * loosely. Of a digit that has no point on the map, the style is blended from all.
 * @param map the bundle's points, or null when it was loaded without them
 */
export function mapTarget(map: MapPoints | null, values: ParameterValues): MapTarget | null {
  const { mapX, mapY, mapAmount } = values;
  if (!map || mapAmount === 0) return null;
  return {
    styleOf: (digit) => pointAt(map, mapX, mapY, map.digits.includes(digit) ? digit : undefined).style,
    share: mapAmount,
  };
}
