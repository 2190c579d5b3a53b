// The prior map: a normalising flow from the player's style u, whose prior is N(0, I), to the latent style z, and back.
import { requireInteger } from '../contract/errors.ts';
import type { Bundle } from './bundle.ts';
import type { Manifest, PriorMapShape } from './manifest.ts';
import { couplingHalves } from './shapes.ts';

type Latent = Manifest['latent'];

/** Both ways between the player's style and the latent style, for one digit point. */
export interface PriorMap {
  /** Latent style z of a player's style u (styleDimensions numbers each). */
  toLatent(digitPoint: ArrayLike<number>, u: ArrayLike<number>): Float32Array;
  /** Player's style u of a latent style z: the inverse of `toLatent`. */
  toPlayer(digitPoint: ArrayLike<number>, z: ArrayLike<number>): Float32Array;
}

/**
 * The prior map of a bundle; the identity when it has none.
 *
 * A flow of affine couplings (RealNVP: Dinh, Sohl-Dickstein & Bengio 2017), whose scales and shifts come from a small network
 * of the kept half and the digit point, followed by a linear map: z = rotation h + digit' e + offset. Its networks use tanh
 * throughout, so a path of u gives a smooth path of z.
 * @param bundle a bundle loaded with its prior map
 */
export function priorMapOf(bundle: Pick<Bundle, 'manifest' | 'tensors'>): PriorMap {
  const { priorMap, latent } = bundle.manifest;
  if (!priorMap) {
    return { toLatent: (_, u) => Float32Array.from(u), toPlayer: (_, z) => Float32Array.from(z) };
  }
  const weights = (name: string): Float32Array => {
    const tensor = bundle.tensors.get(name);
    if (!tensor) throw new Error(`the bundle was loaded without ${name}`);
    return tensor.values;
  };
  return new CouplingFlow(priorMap, latent, weights);
}

class CouplingFlow implements PriorMap {
  readonly #latent: Latent;
  readonly #couplings: readonly Coupling[];
  readonly #rotation: Float32Array;
  readonly #inverse: Float64Array;
  readonly #digit: Float32Array;
  readonly #offset: Float32Array;

  constructor(shape: PriorMapShape, latent: Latent, weights: (name: string) => Float32Array) {
    this.#latent = latent;
    this.#couplings = Array.from(
      { length: shape.couplings },
      (_, c) => new Coupling(c, shape, latent, (layer) => weights(`priorMap.${c}.${layer}`)),
    );
    this.#rotation = weights('priorMap.rotation');
    this.#inverse = inverseOf(this.#rotation, latent.styleDimensions);
    this.#digit = weights('priorMap.digit');
    this.#offset = weights('priorMap.offset');
  }

  toLatent(digitPoint: ArrayLike<number>, u: ArrayLike<number>): Float32Array {
    this.#check(digitPoint, u);
    const h = Float64Array.from(u);
    for (const coupling of this.#couplings) coupling.run(h, digitPoint, 1);
    const z = this.#centre(digitPoint);
    multiplyInto(z, this.#rotation, h);
    return Float32Array.from(z);
  }

  toPlayer(digitPoint: ArrayLike<number>, z: ArrayLike<number>): Float32Array {
    this.#check(digitPoint, z);
    const centre = this.#centre(digitPoint);
    const h = new Float64Array(centre.length);
    multiplyInto(
      h,
      this.#inverse,
      centre.map((value, i) => z[i] - value),
    );
    for (let c = this.#couplings.length - 1; c >= 0; c--) this.#couplings[c].run(h, digitPoint, -1);
    return Float32Array.from(h);
  }

  #centre(digitPoint: ArrayLike<number>): Float64Array {
    const size = this.#offset.length;
    const centre = Float64Array.from(this.#offset);
    for (let d = 0; d < digitPoint.length; d++) {
      for (let i = 0; i < size; i++) centre[i] += digitPoint[d] * this.#digit[d * size + i];
    }
    return centre;
  }

  #check(digitPoint: ArrayLike<number>, style: ArrayLike<number>): void {
    const { styleDimensions, digitDimensions } = this.#latent;
    requireInteger('length of the digit point', digitPoint.length, digitDimensions, digitDimensions);
    requireInteger('length of the style', style.length, styleDimensions, styleDimensions);
  }
}

/** One affine coupling: the moved half is scaled and shifted by what a network makes of the kept half and the digit. */
class Coupling {
  readonly #kept: readonly [number, number];
  readonly #moved: readonly [number, number];
  readonly #bound: number;
  readonly #layers: readonly { readonly kernel: Float64Array; readonly bias: Float64Array }[];

  constructor(
    index: number,
    shape: PriorMapShape,
    { styleDimensions }: Latent,
    weights: (name: string) => Float32Array,
  ) {
    const { kept, moved } = couplingHalves(index, styleDimensions);
    this.#kept = kept;
    this.#moved = moved;
    this.#bound = shape.scaleBound;
    this.#layers = ['first', 'second', 'third'].map((layer) => ({
      kernel: new Float64Array(weights(`${layer}.kernel`)),
      bias: new Float64Array(weights(`${layer}.bias`)),
    }));
  }

  /** Moves `h` in place, forwards (1) or back (-1). */
  run(h: Float64Array, digitPoint: ArrayLike<number>, direction: 1 | -1): void {
    const [keptAt, keptLength] = this.#kept;
    const [movedAt, movedLength] = this.#moved;
    let values = new Float64Array(keptLength + digitPoint.length);
    for (let i = 0; i < keptLength; i++) values[i] = h[keptAt + i];
    for (let d = 0; d < digitPoint.length; d++) values[keptLength + d] = digitPoint[d];
    this.#layers.forEach(({ kernel, bias }, l) => {
      const next = bias.slice();
      addProduct(next, kernel, values);
      if (l < 2) for (let o = 0; o < next.length; o++) next[o] = Math.tanh(next[o]);
      values = next;
    });
    for (let i = 0; i < movedLength; i++) {
      const logScale = this.#bound * Math.tanh(values[i] / this.#bound);
      const shift = values[movedLength + i];
      const at = movedAt + i;
      h[at] = direction === 1 ? h[at] * Math.exp(logScale) + shift : (h[at] - shift) * Math.exp(-logScale);
    }
  }
}

/** Adds vector times matrix (row major) to `into`: four rows at a time, in the order of the rows, as every decode runs it. */
function addProduct(into: Float64Array, matrix: Float64Array, vector: Float64Array): void {
  const size = into.length;
  const rows = vector.length;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    const [a, b, c, d] = [vector[row], vector[row + 1], vector[row + 2], vector[row + 3]];
    const at = row * size;
    for (let o = 0; o < size; o++) {
      const k = at + o;
      into[o] =
        into[o] + a * matrix[k] + b * matrix[k + size] + c * matrix[k + 2 * size] + d * matrix[k + 3 * size];
    }
  }
  for (; row < rows; row++) {
    for (let o = 0; o < size; o++) into[o] += vector[row] * matrix[row * size + o];
  }
}

/** Adds matrix (row major) times vector to `into`. */
function multiplyInto(into: Float64Array, matrix: ArrayLike<number>, vector: ArrayLike<number>): void {
  const size = into.length;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) into[row] += matrix[row * size + column] * vector[column];
  }
}

/** Inverse of a square matrix by Gauss-Jordan elimination with partial pivoting. */
function inverseOf(matrix: Float32Array, size: number): Float64Array {
  const work = Float64Array.from(matrix);
  const inverse = new Float64Array(size * size);
  for (let i = 0; i < size; i++) inverse[i * size + i] = 1;
  const rows = [work, inverse];
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(work[row * size + column]) > Math.abs(work[pivot * size + column])) pivot = row;
    }
    const divisor = work[pivot * size + column];
    if (divisor === 0) throw new RangeError('the rotation of the prior map cannot be inverted');
    for (const values of rows) {
      for (let i = 0; i < size; i++) {
        const upper = values[pivot * size + i];
        values[pivot * size + i] = values[column * size + i];
        values[column * size + i] = upper / divisor;
      }
    }
    for (let row = 0; row < size; row++) {
      const factor = work[row * size + column];
      if (row === column || factor === 0) continue;
      for (const values of rows) {
        for (let i = 0; i < size; i++) values[row * size + i] -= factor * values[column * size + i];
      }
    }
  }
  return inverse;
}
