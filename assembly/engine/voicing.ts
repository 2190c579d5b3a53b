// The voicing of a frame: its noise part, and the power that its harmonics take.
import { frameScratch } from './frames';

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

/** See Loops.split. */
export function split(
  bins: i32,
  bandOfBin: usize,
  shareOfBin: usize,
  fadeOfBin: usize,
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
    voicedBelow += <f64>load<f32>(fadeOfBin + at) * <f64>share * square;
    store<f64>(power + 2 * at, below, 8);
    store<f64>(voiced + 2 * at, voicedBelow, 8);
  }
  const highest = <f64>bins - 0.5;
  for (let k: usize = 0; k < <usize>bins; k++) {
    const at = k << 2;
    const share = <f64>load<f32>(shares + at);
    // Noise lies between the harmonics as much as on them: its power is that of the whole interval.
    const begin = max<f64>(-0.5, <f64>k - 0.5 * spacing);
    const end = min<f64>(highest, <f64>k + 0.5 * spacing);
    const mean = (sumBelow(power, bins, end) - sumBelow(power, bins, begin)) / (end - begin);
    const magnitude = <f64>load<f32>(magnitudes + at);
    const square = magnitude * magnitude;
    const rest = 1 - share;
    const noise = min<f64>(square, rest * mean);
    store<f32>(magnitudes + at, <f32>sqrt<f64>(max<f64>(0, rest * rest * square + share * noise)));
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
  for (let k = 1; k <= count; k++) {
    // The lowest and the highest harmonic take in what lies beyond: the flanks of their main lobes.
    const low = k === 1 ? -0.5 : <f64>k * spacing - 0.5 * width;
    const high = k === count ? <f64>bins - 0.5 : <f64>k * spacing + 0.5 * width;
    const inFrom = sumBelow(from, bins, high) - sumBelow(from, bins, low);
    const inTo = sumBelow(to, bins, high) - sumBelow(to, bins, low);
    const amplitude = <f32>sqrt<f64>(max<f64>(0, scale * (inFrom + x * (inTo - inFrom))));
    const at = (<usize>(k - 1)) << 3;
    store<f32>(amplitudes + at, amplitude * load<f32>(phasors + at));
    store<f32>(amplitudes + at, amplitude * load<f32>(phasors + at, 4), 4);
  }
}
