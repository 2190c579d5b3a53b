// Mel inversion: Lee & Seung's multiplicative updates, over-relaxed; see src/dsp/melInverter.ts.
import { add, mul, root, splat, total } from './lanes';

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
