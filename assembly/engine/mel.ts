// Mel inversion: Lee & Seung's multiplicative updates, over-relaxed; see src/dsp/melInverter.ts.
import { add, div, mul, root, splat, total, wherePositive } from './lanes';

/** See Loops.invertMel: bands as rows of weights, whatever their shape. */
export function invertMel(
  bins: i32,
  bands: i32,
  starts: usize,
  offsets: usize,
  weights: usize,
  share: usize,
  correction: usize,
  updates: i32,
  mel: usize,
  magnitudes: usize,
): void {
  for (let k: usize = 0; k < <usize>bins; k++) {
    store<f32>(magnitudes + (k << 2), 1);
    store<f32>(correction + (k << 2), 0);
  }
  for (let update = 0; update <= updates; update++) {
    for (let band: usize = 0; band < <usize>bands; band++) {
      const wanted = load<f32>(mel + (band << 2));
      if (!(wanted > 0) || wanted === Infinity) continue;
      const begin = load<i32>(offsets + (band << 2));
      const count = load<i32>(offsets + (band << 2), 4) - begin;
      const start = (<usize>load<i32>(starts + (band << 2))) << 2;
      const row = weights + ((<usize>begin) << 2);
      let sum: f32 = 0;
      if (ASC_FEATURE_SIMD) sum = weighted<v128>(row, magnitudes + start, count);
      else sum = weighted<f32>(row, magnitudes + start, count);
      if (!(sum > 0)) continue;
      if (ASC_FEATURE_SIMD) spread<v128>(row, correction + start, count, wanted / sum);
      else spread<f32>(row, correction + start, count, wanted / sum);
    }
    let k: usize = 0;
    if (ASC_FEATURE_SIMD) k = correct<v128>(magnitudes, correction, share, bins, k, update);
    correct<f32>(magnitudes, correction, share, bins, k, update);
  }
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

/** One multiplicative update from bin k on, as far as whole steps reach; returns the bin after. */
function correct<T>(
  magnitudes: usize,
  correction: usize,
  share: usize,
  bins: i32,
  k: usize,
  update: i32,
): usize {
  for (; k + (sizeof<T>() >> 2) <= <usize>bins; k += sizeof<T>() >> 2) {
    const at = k << 2;
    const ratio = mul<T>(load<T>(correction + at), load<T>(share + at));
    const change = update === 0 ? ratio : mul<T>(ratio, root<T>(ratio));
    store<T>(magnitudes + at, mul<T>(load<T>(magnitudes + at), change));
    store<T>(correction + at, splat<T>(0));
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
  share: usize,
  groups: i32,
  rows: usize,
  cellOfBin: usize,
  falling: usize,
  rising: usize,
  flat: usize,
  cells: usize,
  bandValues: usize,
  updates: i32,
  mel: usize,
  magnitudes: usize,
): void {
  if (ASC_FEATURE_SIMD) {
    // prettier-ignore
    updateColumns<v128>(
      bands, groups, rows, falling, rising, flat, cells, bandValues, updates, mel,
    );
  } else {
    // prettier-ignore
    updateColumns<f32>(
      bands, groups, rows, falling, rising, flat, cells, bandValues, updates, mel,
    );
  }
  for (let k: usize = 0; k < <usize>bins; k++) {
    const cell = (<usize>load<i32>(cellOfBin + (k << 2))) << 2;
    store<f32>(magnitudes + (k << 2), load<f32>(share + (k << 2)) * load<f32>(cells + cell));
  }
}

function updateColumns<T>(
  bands: i32,
  groups: i32,
  rows: usize,
  falling: usize,
  rising: usize,
  flat: usize,
  cells: usize,
  bandValues: usize,
  updates: i32,
  mel: usize,
): void {
  const bytes = (<usize>groups) << 4;
  const wanted = bandValues;
  const fallen = wanted + bytes + 16;
  const risen = fallen + bytes + 16;
  // By interval i, the ratio of the band that falls there: entry 0 stays 0, entry i is that of band i - 1.
  const ratios = risen + bytes + 16;
  for (let band: usize = 0; band < (<usize>groups) << 2; band++) {
    const value: f32 = band < <usize>bands ? load<f32>(mel + (band << 2)) : 0;
    store<f32>(wanted + (band << 2), value > 0 && value < Infinity ? value : 0);
  }
  store<f32>(ratios, 0);
  store<f32>(fallen + bytes, 0);
  sumColumns<T>(groups, rows, falling, rising, flat, fallen, risen);
  for (let update = 0; update <= updates; update++) {
    for (let at: usize = 0; at < bytes; at += sizeof<T>()) {
      const sum = add<T>(load<T>(risen + at), load<T>(fallen + at, 4));
      const ratio = div<T>(load<T>(wanted + at), sum);
      store<T>(ratios + at, wherePositive<T>(sum, ratio, splat<T>(0)), 4);
    }
    let cell: usize = 0;
    for (let group: usize = 0; group < <usize>groups; group++) {
      const cellEnd = cell + ((<usize>load<i32>(rows + (group << 2))) << 4);
      for (let lane: usize = 0; lane < 16; lane += sizeof<T>()) {
        const at = (group << 4) + lane;
        const low = load<T>(ratios + at);
        const high = load<T>(ratios + at, 4);
        let fall = splat<T>(0);
        let rise = fall;
        for (let c = cell + lane; c < cellEnd; c += 16) {
          const f = load<T>(falling + c);
          const r = load<T>(rising + c);
          const ratio = add<T>(mul<T>(f, low), mul<T>(r, high));
          // What a cell holds is the magnitude over the bin's share: the weights already contain that.
          let value: T;
          // The first pass starts from a flat spectrum, for which the plain rule gives the interpolated envelope.
          if (update === 0) value = mul<T>(load<T>(flat + c), ratio);
          else value = mul<T>(load<T>(cells + c), mul<T>(ratio, root<T>(ratio)));
          store<T>(cells + c, value);
          fall = add<T>(fall, mul<T>(f, value));
          rise = add<T>(rise, mul<T>(r, value));
        }
        store<T>(fallen + at, fall);
        store<T>(risen + at, rise);
      }
      cell = cellEnd;
    }
  }
}

/** Weighted sums of the cells of each interval, by the weights that fall and those that rise. */
function sumColumns<T>(
  groups: i32,
  rows: usize,
  falling: usize,
  rising: usize,
  values: usize,
  fallen: usize,
  risen: usize,
): void {
  let cell: usize = 0;
  for (let group: usize = 0; group < <usize>groups; group++) {
    const cellEnd = cell + ((<usize>load<i32>(rows + (group << 2))) << 4);
    for (let lane: usize = 0; lane < 16; lane += sizeof<T>()) {
      let fall = splat<T>(0);
      let rise = fall;
      for (let c = cell + lane; c < cellEnd; c += 16) {
        const value = load<T>(values + c);
        fall = add<T>(fall, mul<T>(load<T>(falling + c), value));
        rise = add<T>(rise, mul<T>(load<T>(rising + c), value));
      }
      store<T>(fallen + (group << 4) + lane, fall);
      store<T>(risen + (group << 4) + lane, rise);
    }
    cell = cellEnd;
  }
}
