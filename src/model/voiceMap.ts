// The 2-D map of the latent space: corpus points in a plane, and the inverse from a place in it to latent coordinates.
import { InputError, requireInteger, requireNumber } from '../contract/errors.ts';
import type { Bundle } from './bundle.ts';
import { digitCount } from '../contract/vocabulary.ts';

/** The corpus points of a map; point i has row i of everything. */
export interface MapPoints {
  /** [N, 2] places in the unit square, row major. */
  readonly positions: Float32Array;
  /** [N, z] style vectors, row major. */
  readonly styles: Float32Array;
  /** [N] digits, 0-9. */
  readonly digits: readonly number[];
  /** [N] indices into the bundle's speakers; -1 for somebody who is no voice. */
  readonly speakers: readonly number[];
}

/** What a place of the map means. */
export interface MapPlace {
  /** Style vector, z numbers. */
  readonly style: Float32Array;
  /** How much of each digit: 10 shares, their sum is 1; pure inside a digit's island. */
  readonly digitWeights: Float32Array;
  /** Index of the corpus point that lies nearest. */
  readonly nearest: number;
}

/** Corpus points that a place is blended from; 6 to 10 differ little, fewer show facets. */
const neighbourCount = 8;

/**
 * The map of a bundle that was loaded with it.
 * @throws InputError when the bundle has no map
 */
export function mapOf(bundle: Pick<Bundle, 'manifest' | 'tensors'>): MapPoints {
  const positions = bundle.tensors.get('map.positions')?.values;
  const styles = bundle.tensors.get('map.styles')?.values;
  const { map, name } = bundle.manifest;
  if (!map || !positions || !styles) {
    throw new InputError(`the bundle ${name} has no map; train or export it again`);
  }
  return { positions, styles, digits: map.digits, speakers: map.speakers };
}

/**
 * The latent coordinates of a place: those of the nearest corpus points, blended with Franke and Little's weights
 * ((R - d)+ / (R d))^2, where R is the distance of the first point left out (Franke & Nielson 1980, "Smooth interpolation of
 * large sets of scattered data"). A point enters and leaves the blend with weight 0, so the answer is continuous, and on a
 * corpus point it is that point's own style and digit exactly.
 * @param x, y place in the unit square
 * @param digit counts only corpus points of this digit: for a player whose key has chosen it, as styles of different
 *   digits are related only loosely
 * @throws RangeError when x or y is outside [0, 1], or no point has the digit
 */
export function pointAt(map: MapPoints, x: number, y: number, digit?: number): MapPlace {
  requireNumber('x', x, 0, 1);
  requireNumber('y', y, 0, 1);
  if (digit !== undefined) requireInteger('digit', digit, 0, digitCount - 1);
  const near = nearestPoints(map, x, y, digit);
  if (near.count === 0) throw new RangeError(`digit must be one that the map has points of, got ${digit}`);
  const weights = blendWeights(near);
  const z = map.styles.length / map.digits.length;
  const style = new Float32Array(z);
  // Summed in doubles: the shares of one digit's points then round to exactly 1.
  const shares = new Float64Array(digitCount);
  weights.forEach((weight, k) => {
    if (weight === 0) return;
    const point = near.indices[k];
    shares[map.digits[point]] += weight;
    const start = point * z;
    for (let i = 0; i < z; i++) style[i] += weight * map.styles[start + i];
  });
  return { style, digitWeights: Float32Array.from(shares), nearest: near.indices[0] };
}

/** The nearest points and the next one, nearest first; of equally near ones the lower index. */
interface Nearest {
  readonly indices: Int32Array;
  readonly squaredDistances: Float64Array;
  readonly count: number;
}

function nearestPoints(map: MapPoints, x: number, y: number, digit: number | undefined): Nearest {
  const { positions, digits } = map;
  const indices = new Int32Array(neighbourCount + 1);
  const squaredDistances = new Float64Array(neighbourCount + 1).fill(Infinity);
  let count = 0;
  for (let point = 0; point < digits.length; point++) {
    if (digit !== undefined && digits[point] !== digit) continue;
    const distance = (positions[2 * point] - x) ** 2 + (positions[2 * point + 1] - y) ** 2;
    if (distance >= squaredDistances[neighbourCount]) continue;
    let place = Math.min(count, neighbourCount);
    for (; place > 0 && squaredDistances[place - 1] > distance; place--) {
      indices[place] = indices[place - 1];
      squaredDistances[place] = squaredDistances[place - 1];
    }
    indices[place] = point;
    squaredDistances[place] = distance;
    count = Math.min(count + 1, neighbourCount + 1);
  }
  return { indices, squaredDistances, count };
}

/** Weights of the nearest points, their sum is 1. */
function blendWeights({ squaredDistances, count }: Nearest): Float64Array {
  const used = Math.min(count, neighbourCount);
  const weights = new Float64Array(used);
  if (squaredDistances[0] === 0) {
    // On a corpus point the weight is infinite: it counts alone, or shares with the points that coincide with it.
    for (let k = 0; k < used; k++) weights[k] = squaredDistances[k] === 0 ? 1 : 0;
  } else {
    // A map with no point to leave out has no radius; Shepard's own 1 / d^2 is the limit of a wide one.
    const radius = count > neighbourCount ? Math.sqrt(squaredDistances[neighbourCount]) : Infinity;
    const nearest = Math.sqrt(squaredDistances[0]);
    for (let k = 0; k < used; k++) {
      const distance = Math.sqrt(squaredDistances[k]);
      // Relative to the nearest distance, so that tiny distances stay finite.
      weights[k] = ((1 - distance / radius) * (nearest / distance)) ** 2;
    }
  }
  let sum = weights.reduce((total, weight) => total + weight, 0);
  // All on one circle about the place: each is as near as the other.
  if (sum === 0) sum = weights.fill(1).length;
  for (let k = 0; k < used; k++) weights[k] /= sum;
  return weights;
}
