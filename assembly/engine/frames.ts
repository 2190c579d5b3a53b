// Loops round the transform: projection, synthesis and output of overlapping frames.
import { add, div, evens, firstPairs, lastPairs, mul, odds, root, splat, sub, wherePositive } from './lanes';
import { transform } from './pffftImports';

/** Samples of a frame. */
export let frameSamples: i32 = 0;
let setup: usize = 0;
let work: usize = 0;
/** Scratch of one frame. */
export let frameScratch: usize = 0;

/** Sets the transform and its scratch of `samples` floats each; once, before all others. */
export function configure(samples: i32, fftSetup: usize, fftWork: usize, scratch: usize): void {
  frameSamples = samples;
  setup = fftSetup;
  work = fftWork;
  frameScratch = scratch;
}

/** See Loops.project. */
export function project(
  sum: usize,
  analysis: usize,
  magnitudes: usize,
  momentum: f32,
  relaxation: f32,
  rebuilt: usize,
  spectrum: usize,
): void {
  if (ASC_FEATURE_SIMD) projectBy<v128>(sum, analysis, magnitudes, momentum, relaxation, rebuilt, spectrum);
  else projectBy<f32>(sum, analysis, magnitudes, momentum, relaxation, rebuilt, spectrum);
}

function projectBy<T>(
  sum: usize,
  analysis: usize,
  magnitudes: usize,
  momentum: f32,
  relaxation: f32,
  rebuilt: usize,
  spectrum: usize,
): void {
  const bytes = (<usize>frameSamples) << 2;
  const time = frameScratch;
  for (let at: usize = 0; at < bytes; at += sizeof<T>()) {
    store<T>(time + at, mul<T>(load<T>(sum + at), load<T>(analysis + at)));
  }
  transform(setup, time, spectrum, work, 0);
  const bottom = load<f32>(spectrum);
  const top = load<f32>(spectrum, 4);
  const first = bottom + momentum * (bottom - load<f32>(rebuilt));
  const last = top + momentum * (top - load<f32>(rebuilt, 4));
  const m = splat<T>(momentum);
  const overshot: f32 = 1 + relaxation;
  const reach = splat<T>(overshot);
  const back = splat<T>(relaxation);
  // Slot 0 holds two real bins and is written anew below.
  let magnitude = magnitudes;
  for (let at: usize = 0; at < bytes; at += 2 * sizeof<T>()) {
    const a = load<T>(spectrum + at);
    const b = load<T>(spectrum + at, sizeof<T>());
    const ua = add<T>(a, mul<T>(m, sub<T>(a, load<T>(rebuilt + at))));
    const ub = add<T>(b, mul<T>(m, sub<T>(b, load<T>(rebuilt + at, sizeof<T>()))));
    store<T>(rebuilt + at, a);
    store<T>(rebuilt + at, b, sizeof<T>());
    const re = evens<T>(ua, ub);
    const im = odds<T>(ua, ub);
    const power = add<T>(mul<T>(re, re), mul<T>(im, im));
    const wanted = mul<T>(reach, load<T>(magnitude));
    const scale = sub<T>(div<T>(wanted, root<T>(power)), back);
    // A vanishing bin takes phase 0: kept at zero it could never start to sound.
    const newRe = wherePositive<T>(power, mul<T>(scale, re), wanted);
    const newIm = wherePositive<T>(power, mul<T>(scale, im), splat<T>(0));
    store<T>(spectrum + at, firstPairs<T>(newRe, newIm));
    store<T>(spectrum + at, lastPairs<T>(newRe, newIm), sizeof<T>());
    magnitude += sizeof<T>();
  }
  const lowest = overshot * load<f32>(magnitudes);
  const highest = overshot * load<f32>(magnitudes + (bytes >> 1));
  store<f32>(spectrum, (first < 0 ? -lowest : lowest) - relaxation * first);
  store<f32>(spectrum, (last < 0 ? -highest : highest) - relaxation * last, 4);
}

/** See Loops.synthesise. */
export function synthesise(spectrum: usize, window: usize, share: usize, sum: usize): void {
  if (ASC_FEATURE_SIMD) synthesiseBy<v128>(spectrum, window, share, sum);
  else synthesiseBy<f32>(spectrum, window, share, sum);
}

function synthesiseBy<T>(spectrum: usize, window: usize, share: usize, sum: usize): void {
  const bytes = (<usize>frameSamples) << 2;
  const time = frameScratch;
  transform(setup, spectrum, time, work, 1);
  const scale = splat<T>(1 / <f32>frameSamples);
  for (let at: usize = 0; at < bytes; at += sizeof<T>()) {
    const value = mul<T>(mul<T>(load<T>(time + at), scale), load<T>(window + at));
    store<T>(sum + at, add<T>(load<T>(sum + at), sub<T>(value, load<T>(share + at))));
    store<T>(share + at, value);
  }
}

/** See Loops.emit. */
export function emit(sum: usize, length: i32, gain: usize, hop: i32, output: usize): void {
  let n = 0;
  if (ASC_FEATURE_SIMD) {
    for (; n + 4 <= hop; n += 4) {
      const at = (<usize>n) << 2;
      store<v128>(output + at, mul<v128>(load<v128>(sum + at), load<v128>(gain + at)));
    }
  }
  for (; n < hop; n++) {
    const at = (<usize>n) << 2;
    store<f32>(output + at, load<f32>(sum + at) * load<f32>(gain + at));
  }
  const moved = (<usize>hop) << 2;
  const kept = ((<usize>length) << 2) - moved;
  memory.copy(sum, sum + moved, kept);
  memory.fill(sum + kept, 0, moved);
}
