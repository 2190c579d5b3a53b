// Leaky rectifier, its gradient, and sums: the element-by-element work that cost a training step most after the products.
// Pointers are byte addresses of float32 arrays in the caller's heap.

/** Floats summed in single precision before the running total takes them over: bounds the rounding error of long sums. */
const RUN: i32 = 256;

/** out = x where x > 0, slope x elsewhere. */
export function leakyRelu(x: usize, out: usize, floats: i32, slope: f32): void {
  const zero = f32x4.splat(0);
  const slopes = f32x4.splat(slope);
  const end = out + ((<usize>floats) << 2);
  const whole = out + ((<usize>(floats & ~3)) << 2);
  while (out < whole) {
    const v = v128.load(x);
    v128.store(out, v128.bitselect(v, f32x4.mul(v, slopes), f32x4.gt(v, zero)));
    x += 16;
    out += 16;
  }
  while (out < end) {
    const v = load<f32>(x);
    store<f32>(out, v > 0 ? v : v * slope);
    x += 4;
    out += 4;
  }
}

/** out = dy where x > 0, slope dy elsewhere. */
export function leakyReluGradient(x: usize, dy: usize, out: usize, floats: i32, slope: f32): void {
  const zero = f32x4.splat(0);
  const slopes = f32x4.splat(slope);
  const end = out + ((<usize>floats) << 2);
  const whole = out + ((<usize>(floats & ~3)) << 2);
  while (out < whole) {
    const d = v128.load(dy);
    v128.store(out, v128.bitselect(d, f32x4.mul(d, slopes), f32x4.gt(v128.load(x), zero)));
    x += 16;
    dy += 16;
    out += 16;
  }
  while (out < end) {
    const d = load<f32>(dy);
    store<f32>(out, load<f32>(x) > 0 ? d : d * slope);
    x += 4;
    dy += 4;
    out += 4;
  }
}

/** out[r] = factor * sum of x[r][0..columns). */
export function sumColumns(x: usize, rows: i32, columns: i32, factor: f32, out: usize): void {
  for (let r = 0; r < rows; r++) {
    let total: f64 = 0;
    for (let start = 0; start < columns; start += 4 * RUN) {
      const count = min(4 * RUN, columns - start);
      let a = f32x4.splat(0);
      let i = 0;
      for (; i + 4 <= count; i += 4) {
        a = f32x4.add(a, v128.load(x));
        x += 16;
      }
      for (; i < count; i++) {
        total += load<f32>(x);
        x += 4;
      }
      total +=
        <f64>f32x4.extract_lane(a, 0) +
        <f64>f32x4.extract_lane(a, 1) +
        (<f64>f32x4.extract_lane(a, 2) + <f64>f32x4.extract_lane(a, 3));
    }
    store<f32>(out + ((<usize>r) << 2), <f32>(total * factor));
  }
}

/** out[c] = factor * sum of x[0..rows)[c]. */
export function sumRows(x: usize, rows: i32, columns: i32, factor: f32, out: usize): void {
  const ld = (<usize>columns) << 2;
  const factors = f32x4.splat(factor);
  let c = 0;
  // Sixteen columns are one cache line, read once.
  for (; c + 16 <= columns; c += 16) {
    let t0 = f32x4.splat(0),
      t1 = t0,
      t2 = t0,
      t3 = t0;
    let from = x + ((<usize>c) << 2);
    for (let start = 0; start < rows; start += RUN) {
      const count = min(RUN, rows - start);
      let a0 = f32x4.splat(0),
        a1 = a0,
        a2 = a0,
        a3 = a0;
      for (let r = 0; r < count; r++) {
        a0 = f32x4.add(a0, v128.load(from));
        a1 = f32x4.add(a1, v128.load(from, 16));
        a2 = f32x4.add(a2, v128.load(from, 32));
        a3 = f32x4.add(a3, v128.load(from, 48));
        from += ld;
      }
      t0 = f32x4.add(t0, a0);
      t1 = f32x4.add(t1, a1);
      t2 = f32x4.add(t2, a2);
      t3 = f32x4.add(t3, a3);
    }
    const to = out + ((<usize>c) << 2);
    v128.store(to, f32x4.mul(t0, factors));
    v128.store(to, f32x4.mul(t1, factors), 16);
    v128.store(to, f32x4.mul(t2, factors), 32);
    v128.store(to, f32x4.mul(t3, factors), 48);
  }
  for (; c < columns; c++) {
    let total: f64 = 0;
    let from = x + ((<usize>c) << 2);
    for (let r = 0; r < rows; r++) {
      total += load<f32>(from);
      from += ld;
    }
    store<f32>(out + ((<usize>c) << 2), <f32>(total * factor));
  }
}
