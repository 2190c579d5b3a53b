// Conv2D and its two gradients for the wasm backend, as blocked matrix products (see assembly/convolution.ts).
import {
  backend_util,
  type Conv2DAttrs,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { KernelHeap } from './heap.ts';

type Conv2DInfo = backend_util.Conv2DInfo;

/** Which of the three sides of a convolution is computed from the other two. */
const toOutput = 0;
const toInput = 1;
const toFilter = 2;
type Direction = typeof toOutput | typeof toInput | typeof toFilter;

/** Floats of one block of gathered patches: 192 KB, so that it stays in a 512 KB second-level cache with the filter. */
const blockFloats = 48 * 1024;

function convInfo(
  attrs: Conv2DAttrs | Conv2DBackpropFilterAttrs | Conv2DBackpropInputAttrs,
  inputShape: number[],
  filterShape: number[],
): Conv2DInfo {
  const dilations = 'dilations' in attrs ? attrs.dilations : 1;
  return backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attrs.strides,
    dilations,
    attrs.pad,
    attrs.dimRoundingMode,
    false,
    backend_util.convertConv2DDataFormat(attrs.dataFormat),
  );
}

/** Whether these kernels cover a convolution: channels last, no dilation, float32. */
export function coversConvolution(
  attrs: Pick<Conv2DAttrs, 'dataFormat'> & Partial<Pick<Conv2DAttrs, 'dilations'>>,
  ...tensors: TensorInfo[]
): boolean {
  const dilations = attrs.dilations ?? 1;
  return (
    attrs.dataFormat === 'NHWC' &&
    (Array.isArray(dilations) ? dilations.every((d) => d === 1) : dilations === 1) &&
    tensors.every((tensor) => tensor.dtype === 'float32')
  );
}

function run(
  heap: KernelHeap,
  direction: Direction,
  info: Conv2DInfo,
  x: TensorInfo,
  f: TensorInfo,
  y: TensorInfo,
): void {
  const k = info.filterHeight * info.filterWidth * info.inChannels;
  const isNarrow = info.outChannels === 1;
  const positions = info.batchSize * info.outHeight * info.outWidth;
  const rows = Math.max(4, Math.floor(blockFloats / k) & ~3);
  const block = Math.min(rows, (positions + 3) & ~3);
  const scratch = heap.scratch(
    isNarrow ? k : heap.exports.convolutionScratchFloats(direction, k, info.outChannels, block),
  );
  const shape = [
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels],
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
    ...[info.padInfo.top, info.padInfo.left, info.outHeight, info.outWidth],
  ];
  const addresses = [heap.addressOf(x), heap.addressOf(f), heap.addressOf(y)] as const;
  if (isNarrow) heap.exports.narrowConvolution(direction, ...addresses, ...shape, scratch);
  else heap.exports.convolution(direction, ...addresses, ...shape, info.outChannels, block, scratch);
}

/** y [n, oh, ow, co] = x [n, h, w, ci] * filter [kh, kw, ci, co]. */
export function conv2d(heap: KernelHeap, x: TensorInfo, filter: TensorInfo, attrs: Conv2DAttrs): TensorInfo {
  const info = convInfo(attrs, x.shape, filter.shape);
  const y = heap.makeOutput(info.outShape);
  run(heap, toOutput, info, x, filter, y);
  return y;
}

/** dx [n, h, w, ci] from dy [n, oh, ow, co]: also the forward pass of a transposed convolution. */
export function conv2dBackpropInput(
  heap: KernelHeap,
  dy: TensorInfo,
  filter: TensorInfo,
  attrs: Conv2DBackpropInputAttrs,
): TensorInfo {
  const info = convInfo(attrs, attrs.inputShape, filter.shape);
  const dx = heap.makeOutput(info.inShape);
  run(heap, toInput, info, dx, filter, dy);
  return dx;
}

/** dfilter [kh, kw, ci, co] from x [n, h, w, ci] and dy [n, oh, ow, co]. */
export function conv2dBackpropFilter(
  heap: KernelHeap,
  x: TensorInfo,
  dy: TensorInfo,
  attrs: Conv2DBackpropFilterAttrs,
): TensorInfo {
  const info = convInfo(attrs, x.shape, attrs.filterShape);
  const filter = heap.makeOutput(info.filterShape);
  run(heap, toFilter, info, x, filter, dy);
  return filter;
}
