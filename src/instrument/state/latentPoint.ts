// Where in latent space a word lies: the voice's own style, drawn towards a place of the 2-D map, moved along
// by the style knobs.
import { parameters, type ParameterValues } from '../../contract/parameters.ts';
import { between, styleAt } from '../../model/latent.ts';
import type { Manifest } from '../../model/manifest.ts';
import { pointAt, type MapPoints } from '../../model/map.ts';

const knobRows = parameters.filter((row) => row.knob !== undefined).sort((a, b) => a.knob! - b.knob!);

/** Positions of the style knobs, in the order of the bundle's directions. */
export function knobsOf(values: ParameterValues): number[] {
  return knobRows.map((row) => values[row.id]);
}

/**
 * What the map adds to a voice's own style of a digit, as a vector of styleDimensions numbers: `mapAmount`
 * of the way from `styleAt(manifest, speaker, digit)` to the map's style at (`mapX`, `mapY`). Null where the
 * map moves nothing.
 *
 * The map's style is blended from points of the same digit, as styles of different digits are related only
 * loosely. Where the map has no point of that digit, or the bundle no map, the voice keeps its own style.
 * Add the vector to `styleAt(manifest, speaker, digit, knobs)`: knobs and map then move independently of
 * each other.
 * @param map the bundle's points, or null when it was loaded without them
 * @param digit 0..9, whole
 * @throws RangeError when speaker or digit is outside the bundle
 */
export function mapOffset(
  manifest: Manifest,
  map: MapPoints | null,
  values: ParameterValues,
  speaker: number,
  digit: number,
): Float32Array | null {
  const { mapX, mapY, mapAmount } = values;
  const own = styleAt(manifest, speaker, digit);
  if (!map || mapAmount === 0 || !map.digits.includes(digit)) return null;
  const { style } = pointAt(map, mapX, mapY, digit);
  return own.map((value, i) => mapAmount * (style[i] - value));
}

/**
 * The style of a word: voice, map and knobs together.
 * @param digit 0..9, whole; a morph of two digits mixes the styles of both with `latentPoint`
 */
export function latentStyle(
  manifest: Manifest,
  map: MapPoints | null,
  values: ParameterValues,
  speaker: number,
  digit: number,
): Float32Array {
  const style = styleAt(manifest, speaker, digit, knobsOf(values));
  const offset = mapOffset(manifest, map, values, speaker, digit);
  offset?.forEach((value, i) => (style[i] += value));
  return style;
}

/**
 * Digit point and style of the `digit` parameter, which may lie between two digits: each is the straight way
 * between those of both neighbours. The digit moves apart from the style: map and knobs mean the same on the
 * way.
 */
export function latentPoint(
  manifest: Manifest,
  map: MapPoints | null,
  values: ParameterValues,
  speaker: number,
): { readonly digitPoint: Float32Array; readonly style: Float32Array } {
  const low = Math.floor(values.digit);
  const high = Math.ceil(values.digit);
  const share = values.digit - low;
  const { digitAnchors } = manifest;
  return {
    digitPoint: between(digitAnchors[low], digitAnchors[high], share),
    style: between(
      latentStyle(manifest, map, values, speaker, low),
      latentStyle(manifest, map, values, speaker, high),
      share,
    ),
  };
}
