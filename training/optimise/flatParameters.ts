// The trainable parameters as one flat vector: layout, initial values and views by name.
import type { Random } from '../../src/dsp/random.ts';
import { decoderShapes, encoderShapes, type NetworkShape } from '../../src/model/shapes.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';

/** Where each tensor lies in the flat vector. */
export interface ParameterSlot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** Layout of trainable parameters and, apart, of the running statistics of batch normalisation. */
export interface ParameterLayout {
  readonly slots: readonly ParameterSlot[];
  readonly length: number;
  readonly statistics: readonly ParameterSlot[];
  readonly statisticsLength: number;
}

/**
 * The layout that a network trains with. The convolutions of encoder and decoder carry a scale and a shift after batch
 * normalisation in place of the bias that they carry in a bundle.
 */
export function parameterLayout(shape: NetworkShape): ParameterLayout {
  return layoutOf(
    [
      ...encoderShapes(shape),
      ...decoderShapes(shape),
      ['digit.embedding', [digitCount, shape.latent.digitDimensions]],
    ],
    /^(encoder\.conv\d+|decoder\.up\d+)\.bias$/,
  );
}

/**
 * The layout of tensors one after the other.
 * @param normalisedBias matches the biases that batch normalisation replaces; its first group is the layer's name
 */
export function layoutOf(
  shapes: Iterable<readonly [string, readonly number[]]>,
  normalisedBias: RegExp,
): ParameterLayout {
  const trainable: [string, readonly number[]][] = [];
  const statistics: [string, readonly number[]][] = [];
  for (const [name, dims] of shapes) {
    const layer = normalisedBias.exec(name)?.[1];
    if (layer === undefined) trainable.push([name, dims]);
    else {
      trainable.push([`${layer}.scale`, dims], [`${layer}.shift`, dims]);
      statistics.push([`${layer}.mean`, dims], [`${layer}.variance`, dims]);
    }
  }
  const slots = place(trainable);
  const placed = place(statistics);
  return { slots, length: total(slots), statistics: placed, statisticsLength: total(placed) };
}

function place(tensors: readonly [string, readonly number[]][]): ParameterSlot[] {
  let offset = 0;
  return tensors.map(([name, shape]) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const slot = { name, shape, offset, length };
    offset += length;
    return slot;
  });
}

const total = (slots: readonly ParameterSlot[]): number => slots.reduce((sum, slot) => sum + slot.length, 0);

/** The part of `vector` that holds a tensor. */
export function viewOf(slots: readonly ParameterSlot[], vector: Float32Array, name: string): Float32Array {
  const slot = slots.find((candidate) => candidate.name === name);
  if (!slot) throw new Error(`no parameter is called ${name}`);
  return vector.subarray(slot.offset, slot.offset + slot.length);
}

/**
 * Writes initial values: kernels normal with variance 2 / fan-in (He et al. 2015), heads and output layer smaller, scales
 * and variances 1, the rest 0, the digit embedding N(0, 1).
 */
export function initialise(
  layout: ParameterLayout,
  parameters: Float32Array,
  statistics: Float32Array,
  random: Random,
): void {
  for (const { name, shape, offset, length } of layout.slots) {
    const values = parameters.subarray(offset, offset + length);
    if (name.endsWith('.scale')) values.fill(1);
    else if (name.endsWith('.kernel') || name === 'digit.embedding') {
      const deviation = initialDeviation(name, shape);
      for (let i = 0; i < length; i++) values[i] = deviation * random.normal();
    } else values.fill(0);
  }
  for (const { name, offset, length } of layout.statistics) {
    statistics.fill(name.endsWith('.variance') ? 1 : 0, offset, offset + length);
  }
}

function initialDeviation(name: string, shape: readonly number[]): number {
  if (name === 'digit.embedding') return 1;
  if (name.startsWith('decoder.up')) {
    // Stride 2: each output cell of a 4x4 transposed convolution sums a quarter of the kernel's taps over the inputs.
    return Math.sqrt(2 / ((shape[0] * shape[1] * shape[3]) / 4));
  }
  const fanIn = shape.slice(0, -1).reduce((a, b) => a * b, 1);
  // A quiet output at the start: silence is the best first guess, and the first epoch need not unlearn noise.
  const gain = name === 'decoder.out.kernel' ? 0.01 : name.startsWith('encoder.style') ? 0.5 : 2;
  return Math.sqrt(gain / fanIn);
}
