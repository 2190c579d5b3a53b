// How weights lie in a bundle's files: float16, or whole numbers of 8 bits with a float16 scale for each channel.
import { Float16Array } from '@petamoriken/float16';
import type { TensorEntry } from './manifestShape.ts';

/** Where a tensor's bytes lie and how they are to be read. */
export type WeightPlace = Pick<TensorEntry, 'shape' | 'byteOffset' | 'channelAxis'>;

const bytesOfHalf = 2;
/** Whole numbers of 8 bits, the same on both sides of 0. */
const most = 127;

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Length in bytes of a tensor; even, so that what follows can be float16. */
export function bytesOfTensor({ shape, channelAxis }: Omit<WeightPlace, 'byteOffset'>): number {
  const values = product(shape);
  if (channelAxis === undefined) return bytesOfHalf * values;
  return bytesOfHalf * shape[channelAxis] + values + (values % 2);
}

/** Values of a tensor that lies wholly within the bytes at an even offset. */
export function readWeights(bytes: ArrayBuffer, place: WeightPlace): Float32Array {
  const { shape, byteOffset, channelAxis } = place;
  const length = product(shape);
  if (channelAxis === undefined) return Float32Array.from(new Float16Array(bytes, byteOffset, length));
  const channels = shape[channelAxis];
  const scales = Float32Array.from(new Float16Array(bytes, byteOffset, channels));
  const whole = new Int8Array(bytes, byteOffset + bytesOfHalf * channels, length);
  const values = new Float32Array(length);
  const run = product(shape.slice(channelAxis + 1));
  for (let i = 0; i < length; i++) values[i] = whole[i] * scales[Math.floor(i / run) % channels];
  return values;
}

/**
 * The bytes of a tensor.
 * @throws Error when a value does not fit float16
 */
export function writeWeights(
  values: Float32Array,
  { shape, channelAxis }: Omit<WeightPlace, 'byteOffset'>,
): Uint8Array {
  const bytes = new Uint8Array(bytesOfTensor({ shape, channelAxis }));
  if (channelAxis === undefined) {
    const halves = Float16Array.from(values);
    if (!halves.every(Number.isFinite)) throw new Error('does not fit float16');
    bytes.set(new Uint8Array(halves.buffer));
    return bytes;
  }
  const channels = shape[channelAxis];
  const run = product(shape.slice(channelAxis + 1));
  const channelOf = (i: number) => Math.floor(i / run) % channels;
  const peaks = new Float32Array(channels);
  values.forEach((value, i) => {
    const channel = channelOf(i);
    peaks[channel] = Math.max(peaks[channel], Math.abs(value));
  });
  const scales = Float16Array.from(peaks, (peak) => peak / most);
  if (!scales.every(Number.isFinite)) throw new Error('does not fit 8 bits with a float16 scale');
  bytes.set(new Uint8Array(scales.buffer));
  const whole = new Int8Array(bytes.buffer, bytesOfHalf * channels, values.length);
  values.forEach((value, i) => {
    // The scale as it is read back: rounded, it may be a little too small for the largest value.
    const scale = scales[channelOf(i)];
    whole[i] = scale === 0 ? 0 : Math.max(-most, Math.min(most, Math.round(value / scale)));
  });
  return bytes;
}

/**
 * Along which axis a tensor of a network has a scale of its own for each channel: that of the output, for each has a range of its own.
 * Undefined for biases and what is not a kernel, which are few and are kept as float16.
 */
export function channelAxisOf(name: string, shape: readonly number[]): number | undefined {
  if (!name.endsWith('.kernel') || !/^(decoder|encoder|listener)\./.test(name)) return undefined;
  // A transposed convolution's kernel ends with its inputs.
  return name.startsWith('decoder.up') ? shape.length - 2 : shape.length - 1;
}
