// Polyphase interpolation between sample rates: outputs that start at the same input sample share its loads.
import { add, firstPairs, lastPairs, mul, splat, total } from './lanes';

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
  const end = output + ((<usize>count) << 2);
  if (phases !== outputStep) {
    between(table, taps, <f64>phases / <f64>outputStep, outputStep, inputStep, input, phase, output, end);
    return;
  }
  const stepBytes = rowBytes * inputStep;
  while (output < end) {
    if (taps === 1) {
      store<f32>(output, load<f32>(input));
      phase += inputStep;
      output += 4;
    } else {
      const row = table + rowBytes * phase;
      let some = 1;
      if (output + 24 <= end && phase + 5 * inputStep < outputStep) {
        if (ASC_FEATURE_SIMD) sixRows<v128>(row, stepBytes, input, rowBytes, output);
        else sixRows<f32>(row, stepBytes, input, rowBytes, output);
        some = 6;
      } else if (output + 12 <= end && phase + 2 * inputStep < outputStep) {
        if (ASC_FEATURE_SIMD) threeRows<v128>(row, stepBytes, input, rowBytes, output);
        else threeRows<f32>(row, stepBytes, input, rowBytes, output);
        some = 3;
      } else if (ASC_FEATURE_SIMD) store<f32>(output, product<v128>(row, input, rowBytes));
      else store<f32>(output, product<f32>(row, input, rowBytes));
      phase += some * inputStep;
      output += (<usize>some) << 2;
    }
    // Seldom more than one turn, and a division would cost as much as several.
    while (phase >= outputStep) {
      phase -= outputStep;
      input += 4;
    }
  }
}

/** Positions that fall between the rows of the table. */
function between(
  table: usize,
  taps: i32,
  scale: f64,
  outputStep: i32,
  inputStep: i32,
  input: usize,
  phase: i32,
  output: usize,
  end: usize,
): void {
  const rowBytes = (<usize>taps) << 2;
  for (; output < end; output += 4) {
    const position = <f64>phase * scale;
    const whole = <i32>position;
    const share = <f32>(position - <f64>whole);
    const row = table + rowBytes * whole;
    if (taps === 1) {
      const sum = load<f32>(input);
      store<f32>(output, sum + share * (load<f32>(row + rowBytes) * sum - sum));
    } else if (ASC_FEATURE_SIMD) store<f32>(output, blend<v128>(row, share, input, rowBytes));
    else store<f32>(output, blend<f32>(row, share, input, rowBytes));
    phase += inputStep;
    while (phase >= outputStep) {
      phase -= outputStep;
      input += 4;
    }
  }
}

/**
 * Scalar product of a row and the input, summed in the order of the six and three rows: which of the three makes an output
 * depends on how blocks are split, which must not be heard in its last bit.
 */
function product<T>(row: usize, input: usize, rowBytes: usize): f32 {
  const end = row + rowBytes;
  let sum = splat<T>(0);
  while (row < end) {
    sum = add<T>(sum, mul<T>(load<T>(row), load<T>(input)));
    row += sizeof<T>();
    input += sizeof<T>();
  }
  return total<T>(sum);
}

/** (1 - share) times the product with a row, plus share times the product with the row after. */
function blend<T>(row: usize, share: f32, input: usize, rowBytes: usize): f32 {
  const end = row + rowBytes;
  let after = end;
  let sum = splat<T>(0);
  let sum1 = sum;
  while (row < end) {
    const x = load<T>(input);
    sum = add<T>(sum, mul<T>(load<T>(row), x));
    sum1 = add<T>(sum1, mul<T>(load<T>(after), x));
    row += sizeof<T>();
    after += sizeof<T>();
    input += sizeof<T>();
  }
  const low = total<T>(sum);
  return low + share * (total<T>(sum1) - low);
}

/** Stores the sums of the lanes of four. */
function storeTotals<T>(a: T, b: T, c: T, d: T, output: usize): void {
  if (isVector<T>()) {
    const ab = add<T>(firstPairs<T>(a, b), lastPairs<T>(a, b));
    const cd = add<T>(firstPairs<T>(c, d), lastPairs<T>(c, d));
    // ab holds a, b, a, b; its two halves are still to be added.
    const low = v128.shuffle<f32>(ab, cd, 0, 1, 4, 5);
    const high = v128.shuffle<f32>(ab, cd, 2, 3, 6, 7);
    v128.store(output, f32x4.add(low, high));
  } else {
    store<f32>(output, a);
    store<f32>(output, b, 4);
    store<f32>(output, c, 8);
    store<f32>(output, d, 12);
  }
}

/** Products of the input with three rows, `step` bytes apart. */
function threeRows<T>(row: usize, step: usize, input: usize, rowBytes: usize, output: usize): void {
  const end = row + rowBytes;
  let row1 = row + step;
  let row2 = row1 + step;
  let sum0 = splat<T>(0);
  let sum1 = sum0;
  let sum2 = sum0;
  while (row < end) {
    const x = load<T>(input);
    sum0 = add<T>(sum0, mul<T>(load<T>(row), x));
    sum1 = add<T>(sum1, mul<T>(load<T>(row1), x));
    sum2 = add<T>(sum2, mul<T>(load<T>(row2), x));
    row += sizeof<T>();
    row1 += sizeof<T>();
    row2 += sizeof<T>();
    input += sizeof<T>();
  }
  store<f32>(output, total<T>(sum0));
  store<f32>(output, total<T>(sum1), 4);
  store<f32>(output, total<T>(sum2), 8);
}

/** Products of the input with six rows, `step` bytes apart. */
function sixRows<T>(row: usize, step: usize, input: usize, rowBytes: usize, output: usize): void {
  const end = row + rowBytes;
  let row1 = row + step;
  let row2 = row1 + step;
  let row3 = row2 + step;
  let row4 = row3 + step;
  let row5 = row4 + step;
  let sum0 = splat<T>(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  let sum4 = sum0;
  let sum5 = sum0;
  while (row < end) {
    const x = load<T>(input);
    sum0 = add<T>(sum0, mul<T>(load<T>(row), x));
    sum1 = add<T>(sum1, mul<T>(load<T>(row1), x));
    sum2 = add<T>(sum2, mul<T>(load<T>(row2), x));
    sum3 = add<T>(sum3, mul<T>(load<T>(row3), x));
    sum4 = add<T>(sum4, mul<T>(load<T>(row4), x));
    sum5 = add<T>(sum5, mul<T>(load<T>(row5), x));
    row += sizeof<T>();
    row1 += sizeof<T>();
    row2 += sizeof<T>();
    row3 += sizeof<T>();
    row4 += sizeof<T>();
    row5 += sizeof<T>();
    input += sizeof<T>();
  }
  storeTotals<T>(sum0, sum1, sum2, sum3, output);
  store<f32>(output, total<T>(sum4), 16);
  store<f32>(output, total<T>(sum5), 20);
}
