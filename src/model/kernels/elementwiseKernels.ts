// Leaky rectifier, its gradient, sums and means, and copies that copy nothing, for the wasm backend.
import {
  backend_util,
  util,
  type CastAttrs,
  type LeakyReluAttrs,
  type SumAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { KernelHeap } from './heap.ts';

/** Name of the kernel that gradients.ts asks for where a backend has it. */
export const leakyReluGradient = 'LeakyReluGrad';

/** x where x > 0, alpha x elsewhere. */
export function leakyRelu(heap: KernelHeap, x: TensorInfo, attrs: LeakyReluAttrs): TensorInfo | undefined {
  if (x.dtype !== 'float32') return undefined;
  const out = heap.makeOutput(x.shape);
  heap.exports.leakyRelu(heap.addressOf(x), heap.addressOf(out), util.sizeFromShape(x.shape), attrs.alpha);
  return out;
}

/** dy where x > 0, alpha dy elsewhere; shapes equal. */
export function leakyReluGrad(
  heap: KernelHeap,
  x: TensorInfo,
  dy: TensorInfo,
  attrs: LeakyReluAttrs,
): TensorInfo {
  const out = heap.makeOutput(x.shape);
  const floats = util.sizeFromShape(x.shape);
  heap.exports.leakyReluGradient(
    heap.addressOf(x),
    heap.addressOf(dy),
    heap.addressOf(out),
    floats,
    attrs.alpha,
  );
  return out;
}

/**
 * Sum (or mean) over the leading or the trailing axes, which is what biases, normalisation and losses need; undefined for
 * axes in the middle. Accumulates in runs, so that long sums keep float32's relative accuracy.
 */
export function reduce(
  heap: KernelHeap,
  x: TensorInfo,
  attrs: SumAttrs,
  isMean: boolean,
): TensorInfo | undefined {
  const rank = x.shape.length;
  const size = util.sizeFromShape(x.shape);
  if (x.dtype !== 'float32' || size === 0) return undefined;
  const axes = util.parseAxisParam(attrs.axis, x.shape);
  const sorted = [...axes].sort((a, b) => a - b);
  const isLeading = sorted.every((axis, i) => axis === i);
  const isTrailing = sorted.every((axis, i) => axis === rank - sorted.length + i);
  if (!isLeading && !isTrailing) return undefined;
  const [kept, reduced] = backend_util.computeOutAndReduceShapes(x.shape, sorted);
  const count = util.sizeFromShape(reduced);
  const rest = size / count;
  const factor = isMean ? 1 / count : 1;
  const out = heap.makeOutput(attrs.keepDims ? backend_util.expandShapeToKeepDim(kept, sorted) : kept);
  if (isTrailing || rest === 1) {
    heap.exports.sumColumns(heap.addressOf(x), rest, count, factor, heap.addressOf(out));
  } else {
    heap.exports.sumRows(heap.addressOf(x), count, rest, factor, heap.addressOf(out));
  }
  return out;
}

/** The same data under a new tensor: the stock kernel copies, though no kernel of the backend writes to its inputs. */
export function identity(heap: KernelHeap, x: TensorInfo): TensorInfo {
  return heap.share(x);
}

/** A cast to the type that the tensor has already; undefined for a real conversion. */
export function cast(heap: KernelHeap, x: TensorInfo, attrs: CastAttrs): TensorInfo | undefined {
  return x.dtype === attrs.dtype ? heap.share(x) : undefined;
}
