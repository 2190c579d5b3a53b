// Polyphase interpolation between sample rates.
import { add, mul, splat, total } from './lanes';

/** Scalar product of `taps` (a multiple of four) floats. */
function dot<T>(a: usize, b: usize, taps: i32): f32 {
  const end = a + ((<usize>taps) << 2);
  // Two sums, because one would wait for each addition to end before the next begins.
  let sum = splat<T>(0);
  let sum1 = sum;
  for (; a + 2 * sizeof<T>() <= end; a += 2 * sizeof<T>()) {
    sum = add<T>(sum, mul<T>(load<T>(a), load<T>(b)));
    sum1 = add<T>(sum1, mul<T>(load<T>(a, sizeof<T>()), load<T>(b, sizeof<T>())));
    b += 2 * sizeof<T>();
  }
  if (a < end) sum = add<T>(sum, mul<T>(load<T>(a), load<T>(b)));
  return total<T>(add<T>(sum, sum1));
}

function product(row: usize, input: usize, taps: i32): f32 {
  if (taps === 1) return load<f32>(row) * load<f32>(input);
  if (ASC_FEATURE_SIMD) return dot<v128>(row, input, taps);
  else return dot<f32>(row, input, taps);
}

/** See Loops.interpolate. */
export function interpolate(
  table: usize,
  taps: i32,
  phases: i32,
  outputStep: i32,
  inputStep: i32,
  input: usize,
  phase: i32,
  output: usize,
  count: i32,
): void {
  const rowBytes = (<usize>taps) << 2;
  const isExact = phases === outputStep;
  const scale = <f64>phases / <f64>outputStep;
  for (let n: usize = 0; n < <usize>count; n++) {
    const position = isExact ? <f64>phase : <f64>phase * scale;
    const whole = <i32>position;
    const row = table + <usize>whole * rowBytes;
    let sum = taps === 1 ? load<f32>(input) : product(row, input, taps);
    if (!isExact) sum += <f32>(position - <f64>whole) * (product(row + rowBytes, input, taps) - sum);
    store<f32>(output + (n << 2), sum);
    phase += inputStep;
    const moved = phase / outputStep;
    input += (<usize>moved) << 2;
    phase -= moved * outputStep;
  }
}
