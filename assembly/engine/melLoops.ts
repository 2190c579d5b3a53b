// Mel inversion by multiplicative updates of lines; see src/dsp/melInverter.ts.
import { add, div, mul, root, splat, total, wherePositive } from './lanes';

/** See Loops.invertMel: bands as rows of weights, whatever their shape. */
export function invertMel(
  bins: i32,
  bands: i32,
  starts: usize,
  offsets: usize,
  weights: usize,
  lobe: f32,
  share: usize,
  start: usize,
  lines: usize,
  correction: usize,
  updates: i32,
  mel: usize,
  magnitudes: usize,
): void {
  // Line k lies at k + 1.
  const values = lines + 4;
  memory.copy(values, start, (<usize>bins) << 2);
  memory.fill(correction, 0, (<usize>bins) << 2);
  for (let update = 0; update <= updates; update++) {
    for (let band: usize = 0; band < <usize>bands; band++) {
      const wanted = load<f32>(mel + (band << 2));
      if (!(wanted > 0) || wanted === Infinity) continue;
      const begin = load<i32>(offsets + (band << 2));
      const count = load<i32>(offsets + (band << 2), 4) - begin;
      const first = (<usize>load<i32>(starts + (band << 2))) << 2;
      const row = weights + ((<usize>begin) << 2);
      let sum: f32 = 0;
      if (ASC_FEATURE_SIMD) sum = weighted<v128>(row, values + first, count);
      else sum = weighted<f32>(row, values + first, count);
      if (!(sum > 0)) continue;
      const ratio = sqrt<f32>(wanted / sum);
      if (ASC_FEATURE_SIMD) spread<v128>(row, correction + first, count, ratio);
      else spread<f32>(row, correction + first, count, ratio);
    }
    const isPlain = update === 0 || update === updates;
    let k: usize = 0;
    if (ASC_FEATURE_SIMD) k = correct<v128>(values, correction, share, bins, k, isPlain);
    correct<f32>(values, correction, share, bins, k, isPlain);
  }
  widen(lines, lobe, bins, magnitudes);
}

/** Sum of `count` weights times values. */
function weighted<T>(weights: usize, values: usize, count: i32): f32 {
  let sum = splat<T>(0);
  const end = weights + ((<usize>count) << 2);
  for (; weights + sizeof<T>() <= end; weights += sizeof<T>()) {
    sum = add<T>(sum, mul<T>(load<T>(weights), load<T>(values)));
    values += sizeof<T>();
  }
  let rest = total<T>(sum);
  for (; weights < end; weights += 4) {
    rest += load<f32>(weights) * load<f32>(values);
    values += 4;
  }
  return rest;
}

/** Adds `count` weights times `ratio` to values. */
function spread<T>(weights: usize, values: usize, count: i32, ratio: f32): void {
  const end = weights + ((<usize>count) << 2);
  const r = splat<T>(ratio);
  for (; weights + sizeof<T>() <= end; weights += sizeof<T>()) {
    store<T>(values, add<T>(load<T>(values), mul<T>(load<T>(weights), r)));
    values += sizeof<T>();
  }
  for (; weights < end; weights += 4) {
    store<f32>(values, load<f32>(values) + load<f32>(weights) * ratio);
    values += 4;
  }
}

/** One multiplicative update from line k on, as far as whole steps reach; returns the line after. */
function correct<T>(
  values: usize,
  correction: usize,
  share: usize,
  bins: i32,
  k: usize,
  isPlain: bool,
): usize {
  for (; k + (sizeof<T>() >> 2) <= <usize>bins; k += sizeof<T>() >> 2) {
    const at = k << 2;
    const mean = mul<T>(load<T>(correction + at), load<T>(share + at));
    const ratio = mul<T>(mean, mean);
    const change = isPlain ? ratio : mul<T>(ratio, ratio);
    store<T>(values + at, mul<T>(load<T>(values + at), change));
    store<T>(correction + at, splat<T>(0));
  }
  return k;
}

/** Magnitudes of the lines, each reading `lobe` in the bins beside its own. */
function widen(lines: usize, lobe: f32, bins: i32, magnitudes: usize): void {
  let k: usize = 0;
  if (ASC_FEATURE_SIMD) k = widenBy<v128>(lines, lobe, bins, k, magnitudes);
  widenBy<f32>(lines, lobe, bins, k, magnitudes);
}

function widenBy<T>(lines: usize, lobe: f32, bins: i32, k: usize, magnitudes: usize): usize {
  const share = splat<T>(lobe);
  for (; k + (sizeof<T>() >> 2) <= <usize>bins; k += sizeof<T>() >> 2) {
    const at = k << 2;
    const beside = add<T>(load<T>(lines + at), load<T>(lines + at, 8));
    store<T>(magnitudes + at, add<T>(load<T>(lines + at, 4), mul<T>(share, beside)));
  }
  return k;
}

/**
 * The same by columns of four bands: nothing is gathered and no lanes are summed up. See MelColumns in
 * src/dsp/loops.ts.
 */
export function invertMelColumns(
  bins: i32,
  bands: i32,
  lobe: f32,
  share: usize,
  lines: usize,
  groups: i32,
  rows: usize,
  cellOfLine: usize,
  below: usize,
  within: usize,
  above: usize,
  start: usize,
  startSums: usize,
  cells: usize,
  bandValues: usize,
  updates: i32,
  mel: usize,
  magnitudes: usize,
): void {
  if (ASC_FEATURE_SIMD) {
    // prettier-ignore
    updateColumns<v128>(
      bands, groups, rows, below, within, above, start, startSums, cells, bandValues, updates, mel,
    );
  } else {
    // prettier-ignore
    updateColumns<f32>(
      bands, groups, rows, below, within, above, start, startSums, cells, bandValues, updates, mel,
    );
  }
  // A line that lies in no column has no share.
  for (let k: usize = 0; k < <usize>bins; k++) {
    const cell = (<usize>load<i32>(cellOfLine + (k << 2))) << 2;
    store<f32>(lines + (k << 2), load<f32>(share + (k << 2)) * load<f32>(cells + cell), 4);
  }
  widen(lines, lobe, bins, magnitudes);
}

function updateColumns<T>(
  bands: i32,
  groups: i32,
  rows: usize,
  below: usize,
  within: usize,
  above: usize,
  start: usize,
  startSums: usize,
  cells: usize,
  bandValues: usize,
  updates: i32,
  mel: usize,
): void {
  const bytes = (<usize>groups) << 4;
  const wanted = bandValues;
  // Entry i is the root of band i - 1; what lies beyond the bands stays 0.
  const roots = wanted + bytes + 16;
  // Entry i is what column i adds to its own band, and columns i - 1 and i to the bands above and below theirs.
  const sums = roots + bytes + 16;
  const sumsAbove = sums + bytes + 16;
  const sumsBelow = sumsAbove + bytes + 16;
  for (let band: usize = 0; band < (<usize>groups) << 2; band++) {
    const value: f32 = band < <usize>bands ? load<f32>(mel + (band << 2)) : 0;
    store<f32>(wanted + (band << 2), value > 0 && value < Infinity ? value : 0);
  }
  memory.copy(sums, startSums, bytes);
  memory.fill(sumsAbove, 0, 2 * (bytes + 16));
  memory.copy(cells, start, cellBytes(groups, rows));
  for (let update = 0; update <= updates; update++) {
    for (let at: usize = 0; at < bytes; at += sizeof<T>()) {
      const sum = add<T>(load<T>(sums + at), add<T>(load<T>(sumsAbove + at), load<T>(sumsBelow + at, 4)));
      const ratio = root<T>(div<T>(load<T>(wanted + at), sum));
      store<T>(roots + at, wherePositive<T>(sum, ratio, splat<T>(0)), 4);
    }
    // The first pass starts from a flat spectrum, for which the plain rule gives the interpolated envelope; the
    // last one must not overshoot.
    const isPlain = update === 0 || update === updates;
    let cell: usize = 0;
    for (let group: usize = 0; group < <usize>groups; group++) {
      const cellEnd = cell + ((<usize>load<i32>(rows + (group << 2))) << 4);
      for (let lane: usize = 0; lane < 16; lane += sizeof<T>()) {
        const at = (group << 4) + lane;
        const rootBelow = load<T>(roots + at);
        const rootWithin = load<T>(roots + at, 4);
        const rootAbove = load<T>(roots + at, 8);
        let sum = splat<T>(0);
        let sumBelow = sum;
        let sumAbove = sum;
        for (let c = cell + lane; c < cellEnd; c += 16) {
          const b = load<T>(below + c);
          const w = load<T>(within + c);
          const a = load<T>(above + c);
          const mean = add<T>(mul<T>(w, rootWithin), add<T>(mul<T>(b, rootBelow), mul<T>(a, rootAbove)));
          const ratio = mul<T>(mean, mean);
          const change = isPlain ? ratio : mul<T>(ratio, ratio);
          const value = mul<T>(load<T>(cells + c), change);
          store<T>(cells + c, value);
          sum = add<T>(sum, mul<T>(w, value));
          sumBelow = add<T>(sumBelow, mul<T>(b, value));
          sumAbove = add<T>(sumAbove, mul<T>(a, value));
        }
        store<T>(sums + at, sum);
        store<T>(sumsBelow + at, sumBelow);
        store<T>(sumsAbove + at, sumAbove, 4);
      }
      cell = cellEnd;
    }
  }
}

/** Bytes of all cells. */
function cellBytes(groups: i32, rows: usize): usize {
  let count: usize = 0;
  for (let group: usize = 0; group < <usize>groups; group++) count += <usize>load<i32>(rows + (group << 2));
  return count << 4;
}
