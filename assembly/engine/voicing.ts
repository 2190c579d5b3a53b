// The voicing of a frame: its noise part, and the power that its harmonics take.
import { frameScratch } from './frames';
import { add, larger, mul, root, smaller, splat, sub } from './lanes';

/** As LOBE_ENERGY in src/dsp/loops.ts. */
const LOBE_ENERGY: f64 = 1.5;

/** Sum below `bin`, which may lie between bins: bin k reaches from k - 1/2 to k + 1/2. */
function sumBelow(sums: usize, bins: i32, bin: f64): f64 {
  const at = min<f64>(<f64>bins, max<f64>(0, bin + 0.5));
  const whole = min(bins - 1, <i32>at);
  const from = sums + ((<usize>whole) << 3);
  const low = load<f64>(from);
  return low + (at - <f64>whole) * (load<f64>(from, 8) - low);
}

/** The same of (1 - x) * from + x * to. */
function mixedBelow(from: usize, to: usize, x: f64, bins: i32, bin: f64): f64 {
  const low = sumBelow(from, bins, bin);
  return low + x * (sumBelow(to, bins, bin) - low);
}

/** See Loops.split. */
export function split(
  bins: i32,
  bandOfBin: usize,
  shareOfBin: usize,
  voicing: usize,
  spacing: f64,
  magnitudes: usize,
  power: usize,
  voiced: usize,
): void {
  const shares = frameScratch;
  let below = load<f64>(power);
  let voicedBelow = load<f64>(voiced);
  for (let k: usize = 0; k < <usize>bins; k++) {
    const at = k << 2;
    const magnitude = load<f32>(magnitudes + at);
    const square = <f64>magnitude * <f64>magnitude;
    const band = voicing + ((<usize>load<i32>(bandOfBin + at)) << 2);
    const low = load<f32>(band);
    const share = low + load<f32>(shareOfBin + at) * (load<f32>(band, 4) - low);
    store<f32>(shares + at, share);
    below += square;
    voicedBelow += <f64>share * square;
    store<f64>(power + 2 * at, below, 8);
    store<f64>(voiced + 2 * at, voicedBelow, 8);
  }
  // Away from the ends of the spectrum the interval of a bin, its centre give or take half the spacing, moves on
  // by a bin as the bin does: the shares of the bins at its edges stay what they are.
  const first = min(bins, <i32>max<f64>(0, ceil<f64>(min<f64>(<f64>bins, 0.5 * spacing - 0.5))));
  const end = max(first, <i32>max<f64>(0, ceil<f64>(<f64>bins - 0.5 - 0.5 * spacing)));
  leaveNoiseAtEnds(0, first, bins, spacing, magnitudes, shares, power);
  let k = first;
  if (ASC_FEATURE_SIMD) k = leaveNoise<v128>(k, end, spacing, magnitudes, shares, power);
  k = leaveNoise<f32>(k, end, spacing, magnitudes, shares, power);
  leaveNoiseAtEnds(k, bins, bins, spacing, magnitudes, shares, power);
}

/** Magnitude of the noise in a bin of this magnitude, voiced to this share, in an interval of this mean power. */
function noiseOf<T>(magnitude: T, share: T, mean: T): T {
  const square = mul<T>(magnitude, magnitude);
  const rest = sub<T>(splat<T>(1), share);
  const noise = smaller<T>(square, mul<T>(rest, mean));
  const left = add<T>(mul<T>(mul<T>(rest, rest), square), mul<T>(share, noise));
  return root<T>(larger<T>(left, splat<T>(0)));
}

/** Two sums at `sums`, as far between the bins as `share` says. */
function between(sums: usize, share: f64): v128 {
  const low = v128.load(sums);
  return f64x2.add(low, f64x2.mul(f64x2.splat(share), f64x2.sub(v128.load(sums, 8), low)));
}

/** Mean powers between the sums at `below` and those at `above`, `scale` being one over their distance. */
function meansOf<T>(below: usize, above: usize, share: f64, shareAbove: f64, scale: f64): T {
  if (isVector<T>()) {
    const s = f64x2.splat(scale);
    const a = f64x2.mul(s, f64x2.sub(between(above, shareAbove), between(below, share)));
    const b = f64x2.mul(s, f64x2.sub(between(above + 16, shareAbove), between(below + 16, share)));
    return v128.shuffle<f32>(f32x4.demote_f64x2_zero(a), f32x4.demote_f64x2_zero(b), 0, 1, 4, 5);
  } else {
    const low = load<f64>(below) + share * (load<f64>(below, 8) - load<f64>(below));
    const high = load<f64>(above) + shareAbove * (load<f64>(above, 8) - load<f64>(above));
    return <f32>(scale * (high - low));
  }
}

/**
 * Leaves the noise in the bins from k to `end`, whose intervals lie inside the spectrum; returns the bin it came
 * to.
 */
function leaveNoise<T>(k: i32, end: i32, spacing: f64, magnitudes: usize, shares: usize, power: usize): i32 {
  const low = <f64>k + 0.5 - 0.5 * spacing;
  const high = <f64>k + 0.5 + 0.5 * spacing;
  const share = low - floor<f64>(low);
  const shareAbove = high - floor<f64>(high);
  let below = power + ((<usize>(<i32>low)) << 3);
  let above = power + ((<usize>(<i32>high)) << 3);
  const step = <i32>(sizeof<T>() >> 2);
  const scale = 1 / spacing;
  for (; k + step <= end; k += step) {
    const at = (<usize>k) << 2;
    const mean = meansOf<T>(below, above, share, shareAbove, scale);
    store<T>(magnitudes + at, noiseOf<T>(load<T>(magnitudes + at), load<T>(shares + at), mean));
    below += (<usize>step) << 3;
    above += (<usize>step) << 3;
  }
  return k;
}

/** The same where the interval may reach beyond an end of the spectrum, which cuts it off. */
function leaveNoiseAtEnds(
  k: i32,
  end: i32,
  bins: i32,
  spacing: f64,
  magnitudes: usize,
  shares: usize,
  power: usize,
): void {
  for (; k < end; k++) {
    const at = (<usize>k) << 2;
    const low = max<f64>(-0.5, <f64>k - 0.5 * spacing);
    const high = min<f64>(<f64>bins - 0.5, <f64>k + 0.5 * spacing);
    const mean = <f32>((sumBelow(power, bins, high) - sumBelow(power, bins, low)) / (high - low));
    store<f32>(magnitudes + at, noiseOf<f32>(load<f32>(magnitudes + at), load<f32>(shares + at), mean));
  }
}

/** See Loops.gather. */
export function gather(
  from: usize,
  to: usize,
  x: f64,
  bins: i32,
  spacing: f64,
  width: f64,
  count: i32,
  phasors: usize,
  amplitudes: usize,
): void {
  const scale = spacing / (width * LOBE_ENERGY);
  const isSeamless = width === spacing;
  // The lowest and the highest harmonic take in what lies beyond: the flanks of their main lobes.
  let low = mixedBelow(from, to, x, bins, -0.5);
  for (let k = 1; k <= count; k++) {
    const middle = <f64>k * spacing;
    if (!isSeamless && k > 1) low = mixedBelow(from, to, x, bins, middle - 0.5 * width);
    const high = mixedBelow(from, to, x, bins, k === count ? <f64>bins - 0.5 : middle + 0.5 * width);
    const amplitude = <f32>sqrt<f64>(max<f64>(0, scale * (high - low)));
    const at = (<usize>(k - 1)) << 3;
    store<f32>(amplitudes + at, amplitude * load<f32>(phasors + at));
    store<f32>(amplitudes + at, amplitude * load<f32>(phasors + at, 4), 4);
    // Where the intervals touch, one ends where the next begins.
    low = high;
  }
}
