// The three convolutions for a single output channel (a decoder's last layer), without a matrix product: a product would
// pad that one column to a panel of 8. In NHWC a patch's rows are contiguous, and so are the filter's, so that one output is
// `kernelHeight` dot products. Measured on 48 x 80 x 16 -> 1, batch 32: 60 ms for the three as products, 22 ms so.

function dot(a: usize, b: usize, floats: i32): f32 {
  let s = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= floats; i += 4) {
    s = f32x4.add(s, f32x4.mul(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
  }
  let total =
    f32x4.extract_lane(s, 0) +
    f32x4.extract_lane(s, 1) +
    (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3));
  for (; i < floats; i++) {
    total += load<f32>(a) * load<f32>(b);
    a += 4;
    b += 4;
  }
  return total;
}

/** to += factor * from. */
function addScaled(to: usize, from: usize, floats: i32, factor: f32): void {
  const factors = f32x4.splat(factor);
  let i = 0;
  for (; i + 4 <= floats; i += 4) {
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(factors, v128.load(from))));
    to += 16;
    from += 16;
  }
  for (; i < floats; i++) {
    store<f32>(to, load<f32>(to) + factor * load<f32>(from));
    to += 4;
    from += 4;
  }
}

/**
 * As `convolution` with one output channel. Towards the filter each image is summed apart (in `scratch`, as many floats as
 * the filter has), so that long sums keep their accuracy.
 */
export function narrowConvolution(
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
  scratch: usize,
): void {
  const filterBytes = (<usize>(kernelHeight * kernelWidth * channels)) << 2;
  const imageBytes = (<usize>(height * width * channels)) << 2;
  if (direction === 1) memory.fill(x, 0, <usize>batch * imageBytes);
  if (direction === 2) memory.fill(f, 0, filterBytes);
  for (let n = 0; n < batch; n++) {
    if (direction === 2) memory.fill(scratch, 0, filterBytes);
    for (let oy = 0; oy < outHeight; oy++) {
      const y0 = oy * strideY - padTop;
      const top = max(0, -y0);
      const bottom = min(kernelHeight, height - y0);
      for (let ox = 0; ox < outWidth; ox++) {
        const x0 = ox * strideX - padLeft;
        const left = max(0, -x0);
        const floats = (min(kernelWidth, width - x0) - left) * channels;
        const value = load<f32>(y);
        let sum: f32 = 0;
        for (let ky = top; ky < bottom; ky++) {
          const patch = x + ((<usize>(((y0 + ky) * width + x0 + left) * channels)) << 2);
          const tap = (<usize>((ky * kernelWidth + left) * channels)) << 2;
          if (direction === 0) sum += dot(patch, f + tap, floats);
          else if (direction === 1) addScaled(patch, f + tap, floats, value);
          else addScaled(scratch + tap, patch, floats, value);
        }
        if (direction === 0) store<f32>(y, sum);
        y += 4;
      }
    }
    if (direction === 2) addScaled(f, scratch, <i32>(filterBytes >> 2), 1);
    x += imageBytes;
  }
}
