// The three convolutions of a training step as blocked matrix products: im2col, product, col2im, a block at a time.
//
// Images are NHWC, filters [height][width][in][out] (TensorFlow's layout). With K = height * width * in and one row per
// output position: forward Y = col(X) F; towards the input col(dX) += dY F^T; towards the filter dF = col(X)^T dY
// (Chellapilla et al., "High performance convolutional neural networks for document processing", 2006).
// A block of rows is sized by the caller so that its columns stay in the second-level cache.
import { packB, packedFloats, product, productScratchFloats } from './gemm';

function copyFloats(to: usize, from: usize, floats: i32): void {
  let i = 0;
  for (; i + 4 <= floats; i += 4) v128.store(to + (i << 2), v128.load(from + (i << 2)));
  for (; i < floats; i++) store<f32>(to + (i << 2), load<f32>(from + (i << 2)));
}

function zeroFloats(to: usize, floats: i32): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= floats; i += 4) v128.store(to + (i << 2), zero);
  for (; i < floats; i++) store<f32>(to + (i << 2), 0);
}

function addFloats(to: usize, from: usize, floats: i32): void {
  let i = 0;
  for (; i + 4 <= floats; i += 4) {
    v128.store(to + (i << 2), f32x4.add(v128.load(to + (i << 2)), v128.load(from + (i << 2))));
  }
  for (; i < floats; i++) store<f32>(to + (i << 2), load<f32>(to + (i << 2)) + load<f32>(from + (i << 2)));
}

/**
 * Moves the patches of output positions [first, first + count) between the image and rows of K floats: gathers them, zeros
 * outside the image (im2col), or with `scatter` adds the rows back to where they were read from (col2im).
 */
function movePatches(
  scatter: bool,
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
  outHeight: i32,
  outWidth: i32,
  first: i32,
  count: i32,
  col: usize,
): void {
  const rowFloats = kernelWidth * channels;
  const perImage = outHeight * outWidth;
  const imageBytes = (<usize>(height * width * channels)) << 2;
  let image = x + <usize>(first / perImage) * imageBytes;
  let oy = (first % perImage) / outWidth;
  let ox = first % outWidth;
  for (let r = 0; r < count; r++) {
    const x0 = ox * strideX - padLeft;
    const left = max(0, -x0);
    const right = min(kernelWidth, width - x0);
    for (let ky = 0; ky < kernelHeight; ky++) {
      const iy = oy * strideY - padTop + ky;
      if (iy < 0 || iy >= height || right <= left) {
        if (!scatter) zeroFloats(col, rowFloats);
      } else {
        const inside = image + ((<usize>((iy * width + x0 + left) * channels)) << 2);
        const taps = col + ((<usize>(left * channels)) << 2);
        const floats = (right - left) * channels;
        if (scatter) {
          addFloats(inside, taps, floats);
        } else {
          if (left > 0) zeroFloats(col, left * channels);
          copyFloats(taps, inside, floats);
          if (right < kernelWidth) {
            zeroFloats(col + ((<usize>(right * channels)) << 2), (kernelWidth - right) * channels);
          }
        }
      }
      col += (<usize>rowFloats) << 2;
    }
    if (++ox === outWidth) {
      ox = 0;
      if (++oy === outHeight) {
        oy = 0;
        image += imageBytes;
      }
    }
  }
}

/** Floats of scratch for one convolution; `direction` is 0 forward, 1 towards the input, 2 towards the filter. */
export function convolutionScratchFloats(direction: i32, k: i32, outChannels: i32, block: i32): i32 {
  const columns = block * k;
  if (direction === 0) return packedFloats(k, outChannels) + columns + productScratchFloats(block, k, false);
  if (direction === 1)
    return packedFloats(outChannels, k) + columns + productScratchFloats(block, outChannels, false);
  return packedFloats(block, outChannels) + columns + productScratchFloats(k, block, true);
}

/**
 * Runs one convolution. `x` is the side with `height` x `width` x `channels`, `y` the side with `outHeight` x `outWidth`
 * x `outChannels`, `f` the filter; `direction` says which of the three is written (0: y, 1: x, 2: f).
 */
export function convolution(
  direction: i32,
  x: usize,
  f: usize,
  y: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
  outHeight: i32,
  outWidth: i32,
  outChannels: i32,
  block: i32,
  scratch: usize,
): void {
  const k = kernelHeight * kernelWidth * channels;
  const positions = batch * outHeight * outWidth;
  const packed = scratch;
  let floats = packedFloats(k, outChannels);
  if (direction === 1) floats = packedFloats(outChannels, k);
  if (direction === 2) floats = packedFloats(block, outChannels);
  const col = packed + ((<usize>floats) << 2);
  const rest = col + ((<usize>(block * k)) << 2);
  // A 1 x 1 kernel at stride 1 needs no gathering: the image already is its column matrix.
  const plain =
    kernelHeight === 1 &&
    kernelWidth === 1 &&
    strideY === 1 &&
    strideX === 1 &&
    padTop === 0 &&
    padLeft === 0 &&
    outHeight === height &&
    outWidth === width;
  if (direction === 0) packB(k, outChannels, f, outChannels, false, packed);
  if (direction === 1) {
    packB(outChannels, k, f, outChannels, true, packed);
    if (!plain) zeroFloats(x, batch * height * width * channels);
  }
  for (let first = 0; first < positions; first += block) {
    const count = min(block, positions - first);
    const out = y + ((<usize>(first * outChannels)) << 2);
    const rows = plain ? x + ((<usize>(first * k)) << 2) : col;
    if (direction === 1)
      product(count, k, outChannels, out, outChannels, false, packed, rows, k, false, rest);
    if (!plain) {
      movePatches(
        direction === 1,
        x,
        height,
        width,
        channels,
        kernelHeight,
        kernelWidth,
        strideY,
        strideX,
        padTop,
        padLeft,
        outHeight,
        outWidth,
        first,
        count,
        col,
      );
    }
    if (direction === 0)
      product(count, outChannels, k, rows, k, false, packed, out, outChannels, false, rest);
    if (direction === 2) {
      packB(count, outChannels, out, outChannels, false, packed);
      product(k, outChannels, count, rows, k, true, packed, f, outChannels, first > 0, rest);
    }
  }
}
