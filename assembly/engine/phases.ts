// Starting phases of a frame by RTPGHI: logarithms, phase gradients, and their integration.
// Long, since its parts share one scratch and one queue.
import { frameSamples, frameScratch } from './frames';
import {
  add,
  anyPositive,
  div,
  evens,
  firstPairs,
  flipOdd,
  larger,
  largest,
  lastPairs,
  mul,
  odds,
  root,
  splat,
  sub,
  wherePositive,
} from './lanes';
import { beyond, cosine, halfTurns, ln, sine } from './math';

/** As LOG_FLOOR and START_BUCKETS in src/dsp/loops.ts. */
const LOG_FLOOR: f32 = 1e-10;
const BUCKETS: i32 = 256;
/** Upper bits of a magnitude (exponent and three of the fraction) of the lowest bucket: 32 octaves under 2^16. */
const LOWEST_BUCKET: i32 = (127 + 16 - 32) * 8;
/** No part of a unit phasor is as large. */
const RANDOM: f32 = 3;

/** See Loops.logarithms. */
export function logarithms(magnitudes: usize, logs: usize, bins: i32): f32 {
  let k: usize = 0;
  let most: f32 = 0;
  const count = <usize>bins;
  if (ASC_FEATURE_SIMD) {
    let m = f32x4.splat(0);
    for (; k + 4 <= count; k += 4) {
      const magnitude = load<v128>(magnitudes + (k << 2));
      m = larger<v128>(magnitude, m);
      store<v128>(logs + (k << 2), ln<v128>(add<v128>(magnitude, splat<v128>(LOG_FLOOR))));
    }
    most = largest<v128>(m);
  }
  for (; k < count; k++) {
    const magnitude = load<f32>(magnitudes + (k << 2));
    most = larger<f32>(magnitude, most);
    store<f32>(logs + (k << 2), ln<f32>(magnitude + LOG_FLOOR));
  }
  return most;
}

/** The largest of `bins` values of two arrays, at least 0. */
function loudestOf<T>(a: usize, b: usize, bins: i32): f32 {
  const end = a + ((<usize>bins) << 2);
  let most = splat<T>(0);
  for (; a + sizeof<T>() <= end; a += sizeof<T>()) {
    most = larger<T>(load<T>(a), larger<T>(load<T>(b), most));
    b += sizeof<T>();
  }
  let found = largest<T>(most);
  for (; a < end; a += 4) {
    found = larger<f32>(load<f32>(a), larger<f32>(load<f32>(b), found));
    b += 4;
  }
  return found;
}

/**
 * The phase before, moved on by `turn` turns: writes the unit phasors of the bins from k on to alongTime + 8 k.
 * `a` and `b` hold re and im of the frame before.
 */
function advance<T>(a: T, b: T, turn: T, k: i32, alongTime: usize): void {
  // Windows begin half their length before the centre that phases are counted from: odd bins turn by half a turn.
  const re = flipOdd<T>(evens<T>(a, b), k);
  const im = flipOdd<T>(odds<T>(a, b), k);
  const power = add<T>(mul<T>(re, re), mul<T>(im, im));
  const scale = div<T>(splat<T>(1), root<T>(power));
  const unitRe = wherePositive<T>(power, mul<T>(re, scale), splat<T>(1));
  const unitIm = wherePositive<T>(power, mul<T>(im, scale), splat<T>(0));
  const halves = halfTurns<T>(turn);
  const rest = beyond<T>(turn, halves);
  const cos = cosine<T>(rest, halves);
  const sin = sine<T>(rest, halves);
  const newRe = sub<T>(mul<T>(unitRe, cos), mul<T>(unitIm, sin));
  const newIm = add<T>(mul<T>(unitIm, cos), mul<T>(unitRe, sin));
  const to = alongTime + ((<usize>k) << 3);
  store<T>(to, firstPairs<T>(newRe, newIm));
  store<T>(to, lastPairs<T>(newRe, newIm), sizeof<T>());
}

/** Candidates along time and rotations along frequency, for the bins below the highest. */
function differentiate<T>(
  half: i32,
  hopTurns: usize,
  timeFactor: f32,
  frequencyFactor: f32,
  alongTime: usize,
  alongFrequency: usize,
  logsBefore: usize,
  before: usize,
  logs: usize,
  logsAfter: usize,
): void {
  const forTime = splat<T>(0.25 * timeFactor);
  const forFrequency = splat<T>(0.25 * frequencyFactor);
  for (let k = 0; k < half; k += sizeof<T>() >> 2) {
    const at = (<usize>k) << 2;
    const p = logsBefore + at;
    const c = logs + at;
    const n = logsAfter + at;
    const pHigh = load<T>(p, 4);
    // At bin 0 this reads the word before the array; the caller does that bin again.
    const slope = add<T>(sub<T>(pHigh, load<T>(p - 4)), sub<T>(load<T>(c, 4), load<T>(c - 4)));
    const turn = add<T>(mul<T>(forTime, slope), load<T>(hopTurns + at));
    advance<T>(load<T>(before + 2 * at), load<T>(before + 2 * at, sizeof<T>()), turn, k, alongTime);
    const change = add<T>(sub<T>(load<T>(n), load<T>(p)), sub<T>(load<T>(n, 4), pHigh));
    const step = mul<T>(forFrequency, change);
    const halves = halfTurns<T>(step);
    const rest = beyond<T>(step, halves);
    const cos = cosine<T>(rest, halves);
    const sin = sine<T>(rest, halves);
    store<T>(alongFrequency + 2 * at, firstPairs<T>(cos, sin));
    store<T>(alongFrequency + 2 * at, lastPairs<T>(cos, sin), sizeof<T>());
  }
}

/** A real bin at an end of the spectrum, where the slope is one-sided. */
function advanceEnd(
  k: i32,
  low: usize,
  high: usize,
  re: f32,
  hopTurns: usize,
  timeFactor: f32,
  alongTime: usize,
  logsBefore: usize,
  logs: usize,
): void {
  const rise = load<f32>(logsBefore + high) - load<f32>(logsBefore + low);
  const slope = rise + (load<f32>(logs + high) - load<f32>(logs + low));
  const turn: f32 = 0.5 * timeFactor * slope + load<f32>(hopTurns + ((<usize>k) << 2));
  advance<f32>(re, 0, turn, k, alongTime);
}

/** Uniform in [0, 1): Marsaglia's xorshift (2003) with shifts 13, 17, 5, on the state at `random`. */
function nextUniform(random: usize): f32 {
  let x = load<u32>(random);
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  store<u32>(random, x);
  return <f32>(x >> 8) * (1.0 / 16777216.0);
}

/**
 * Where a magnitude's bucket lies from the first: eight to an octave, read off the exponent and upper fraction
 * bits.
 */
function bucketOf(magnitude: f32): usize {
  const bucket = (reinterpret<i32>(magnitude) >> 20) - LOWEST_BUCKET;
  return (<usize>min(BUCKETS - 1, max(0, bucket))) << 2;
}

/** The same of `count` magnitudes. */
function findBuckets(magnitudes: usize, buckets: usize, count: i32): void {
  let k = 0;
  if (ASC_FEATURE_SIMD) {
    for (; k + 4 <= count; k += 4) {
      const bits = i32x4.shr_s(v128.load(magnitudes + ((<usize>k) << 2)), 20);
      const bucket = i32x4.max_s(i32x4.sub(bits, i32x4.splat(LOWEST_BUCKET)), i32x4.splat(0));
      const held = i32x4.min_s(bucket, i32x4.splat(BUCKETS - 1));
      v128.store(buckets + ((<usize>k) << 2), i32x4.shl(held, 2));
    }
  }
  for (; k < count; k++) {
    const at = (<usize>k) << 2;
    store<i32>(buckets + at, bucketOf(load<f32>(magnitudes + at)));
  }
}

/** See Loops.startPhases. */
export function startPhases(
  bins: i32,
  hopTurns: usize,
  timeFactor: f32,
  frequencyFactor: f32,
  relativeTolerance: f64,
  alongTime: usize,
  alongFrequency: usize,
  heads: usize,
  links: usize,
  magnitudesBefore: usize,
  logsBefore: usize,
  before: usize,
  magnitudes: usize,
  logs: usize,
  spectrum: usize,
  logsAfter: usize,
  smooth: f64,
  random: usize,
): void {
  const half = bins - 1;
  const last = (<usize>half) << 2;
  let most: f32;
  if (ASC_FEATURE_SIMD) {
    // prettier-ignore
    differentiate<v128>(
      half, hopTurns, timeFactor, frequencyFactor, alongTime, alongFrequency, logsBefore, before, logs, logsAfter,
    );
    most = loudestOf<v128>(magnitudesBefore, magnitudes, bins);
  } else {
    // prettier-ignore
    differentiate<f32>(
      half, hopTurns, timeFactor, frequencyFactor, alongTime, alongFrequency, logsBefore, before, logs, logsAfter,
    );
    most = loudestOf<f32>(magnitudesBefore, magnitudes, bins);
  }
  const bottom = load<f32>(before);
  const top = load<f32>(before, 4);
  advanceEnd(0, 0, 4, bottom, hopTurns, timeFactor, alongTime, logsBefore, logs);
  advanceEnd(half, last - 4, last, top, hopTurns, timeFactor, alongTime, logsBefore, logs);
  // Entry `bins` and the one before the first are walls, so that no bin needs to look where the spectrum ends.
  const buckets = frameScratch;
  const settled = buckets + last + 8;
  store<u8>(settled - 1, 1);
  store<u8>(settled + bins, 1);
  findBuckets(magnitudes, buckets, bins);
  const tolerance = <f64>most * relativeTolerance;
  // prettier-ignore
  const open = scatter(
    bins, tolerance, alongTime, heads, links, settled,
    magnitudesBefore, logsBefore, magnitudes, logsAfter, smooth, random,
  );
  // prettier-ignore
  integrate(
    bins, open, alongTime, alongFrequency, heads, links, settled, magnitudes, buckets, bucketOf(most),
  );
  const lowest = load<f32>(magnitudes) * realPart(alongTime);
  const highest = load<f32>(magnitudes + last) * realPart(alongTime + 2 * last);
  if (ASC_FEATURE_SIMD) compose<v128>(half, magnitudes, alongTime, spectrum);
  else compose<f32>(half, magnitudes, alongTime, spectrum);
  store<f32>(spectrum, lowest);
  store<f32>(spectrum, highest, 4);
}

/**
 * Random phases for bins that are quiet or smooth; queues what is known of the others, and returns how many those
 * are. A random phase is left in turns, marked by RANDOM in the place of an imaginary part: `compose` makes
 * phasors of four at a time.
 */
function scatter(
  bins: i32,
  tolerance: f64,
  alongTime: usize,
  heads: usize,
  links: usize,
  settled: usize,
  magnitudesBefore: usize,
  logsBefore: usize,
  magnitudes: usize,
  logsAfter: usize,
  smooth: f64,
  random: usize,
): i32 {
  for (let bucket: usize = 0; bucket < <usize>BUCKETS; bucket += 2) store<i64>(heads + (bucket << 2), -1);
  let open = 0;
  for (let k = 0; k < bins; k++) {
    const at = (<usize>k) << 2;
    const change = <f64>load<f32>(logsAfter + at) - <f64>load<f32>(logsBefore + at);
    if (<f64>load<f32>(magnitudes + at) > tolerance && !(abs(change) < smooth)) {
      store<u8>(settled + k, 0);
      open++;
      const known = load<f32>(magnitudesBefore + at);
      if (known > 0) {
        const head = heads + bucketOf(known);
        store<i32>(links + at, load<i32>(head));
        store<i32>(head, k);
      }
    } else {
      store<u8>(settled + k, 1);
      store<f32>(alongTime + 2 * at, nextUniform(random));
      store<f32>(alongTime + 2 * at, RANDOM, 4);
    }
  }
  return open;
}

/** The loudest bin that is not settled. */
function loudestOpen(bins: i32, settled: usize, magnitudes: usize): i32 {
  let loudest = -1;
  let most: f32 = 0;
  for (let k = 0; k < bins; k++) {
    if (load<u8>(settled + k) !== 0) continue;
    const magnitude = load<f32>(magnitudes + ((<usize>k) << 2));
    if (loudest < 0 || magnitude > most) {
      loudest = k;
      most = magnitude;
    }
  }
  return loudest;
}

/**
 * Puts `entry` into the bucket at `head` where `isWanted`; otherwise writes go to `spare`. Returns the top bucket
 * after.
 */
function enqueue(
  isWanted: i32,
  entry: i32,
  bucket: usize,
  heads: usize,
  links: usize,
  top: usize,
  spare: usize,
): usize {
  const head = select<usize>(heads + bucket, spare, isWanted);
  const link = select<usize>(links + ((<usize>entry) << 2), spare, isWanted);
  store<i32>(link, load<i32>(head));
  store<i32>(head, entry);
  return max(top, select<usize>(bucket, 0, isWanted));
}

/**
 * Settles the `open` bins that are left, loudest neighbours first; no bucket above `top` holds an entry.
 *
 * Whether a neighbour is open is a coin toss, which a processor guesses wrong half of the time: what a closed one
 * must not get is written to a spare place, not skipped by a branch. With branches a phase start on speech takes
 * 1.13 times as long. (Time it on many different frames: a few in turn are learnt by heart.)
 */
function integrate(
  bins: i32,
  open: i32,
  alongTime: usize,
  alongFrequency: usize,
  heads: usize,
  links: usize,
  settled: usize,
  magnitudes: usize,
  buckets: usize,
  top: usize,
): void {
  const spare = frameScratch + ((<usize>frameSamples) << 2) - 16;
  while (open > 0) {
    let entry = load<i32>(heads + top);
    while (entry < 0 && top > 0) {
      top -= 4;
      entry = load<i32>(heads + top);
    }
    if (entry < 0) {
      // An isolated region of the new frame: nothing known touches it, so its loudest bin starts at 0.
      const loudest = loudestOpen(bins, settled, magnitudes);
      store<f32>(alongTime + ((<usize>loudest) << 3), 1);
      store<f32>(alongTime + ((<usize>loudest) << 3), 0, 4);
      store<u8>(settled + loudest, 1);
      open--;
      const bucket = <usize>load<i32>(buckets + ((<usize>loudest) << 2));
      top = enqueue(1, bins + loudest, bucket, heads, links, top, spare);
      continue;
    }
    store<i32>(heads + top, load<i32>(links + ((<usize>entry) << 2)));
    if (entry < bins) {
      const isOpen = (<i32>load<u8>(settled + entry)) ^ 1;
      store<u8>(settled + entry, 1);
      open -= isOpen;
      // With both neighbours settled it has nothing to give.
      const isLast = load<u8>(settled + entry - 1) & load<u8>(settled + entry, 1);
      const isWanted = isOpen & (isLast ^ 1);
      const bucket = <usize>load<i32>(buckets + ((<usize>entry) << 2));
      top = enqueue(isWanted, bins + entry, bucket, heads, links, top, spare);
      continue;
    }
    const bin = entry - bins;
    const phasor = alongTime + ((<usize>bin) << 3);
    const rotation = alongFrequency + ((<usize>bin) << 3);
    const re = load<f32>(phasor);
    const im = load<f32>(phasor, 4);
    const isLowOpen = (<i32>load<u8>(settled + bin - 1)) ^ 1;
    const isHighOpen = (<i32>load<u8>(settled + bin, 1)) ^ 1;
    const givesLow = isLowOpen & ((<i32>load<u8>(settled + bin - 2)) ^ 1);
    const givesHigh = isHighOpen & ((<i32>load<u8>(settled + bin, 2)) ^ 1);
    store<u8>(settled + bin - 1, 1);
    store<u8>(settled + bin, 1, 1);
    open -= isLowOpen + isHighOpen;
    // Down: the rotation from the lower bin to this one, undone.
    const cosLow = load<f32>(rotation - 8);
    const sinLow = load<f32>(rotation - 4);
    const low = select<usize>(phasor - 8, spare, isLowOpen);
    store<f32>(low, re * cosLow + im * sinLow);
    store<f32>(low, im * cosLow - re * sinLow, 4);
    const cosHigh = load<f32>(rotation);
    const sinHigh = load<f32>(rotation, 4);
    const high = select<usize>(phasor + 8, spare, isHighOpen);
    store<f32>(high, re * cosHigh - im * sinHigh);
    store<f32>(high, im * cosHigh + re * sinHigh, 4);
    const bucket = buckets + ((<usize>bin) << 2);
    const bucketLow = <usize>load<i32>(bucket - 4);
    const bucketHigh = <usize>load<i32>(bucket, 4);
    top = enqueue(givesLow, entry - 1, bucketLow, heads, links, top, spare);
    top = enqueue(givesHigh, entry + 1, bucketHigh, heads, links, top, spare);
  }
}

/** Real part of the phasor at `phasor`, which may be a random phase. */
function realPart(phasor: usize): f32 {
  const re = load<f32>(phasor);
  if (load<f32>(phasor, 4) !== RANDOM) return re;
  const halves = halfTurns<f32>(re);
  return cosine<f32>(beyond<f32>(re, halves), halves);
}

/** Magnitudes times phasors, turned back by half a turn at odd bins, for the bins below the highest. */
function compose<T>(half: i32, magnitudes: usize, alongTime: usize, spectrum: usize): void {
  for (let k = 0; k < half; k += sizeof<T>() >> 2) {
    const at = (<usize>k) << 2;
    const magnitude = flipOdd<T>(load<T>(magnitudes + at), k);
    const a = load<T>(alongTime + 2 * at);
    const b = load<T>(alongTime + 2 * at, sizeof<T>());
    let re = evens<T>(a, b);
    let im = odds<T>(a, b);
    const random = sub<T>(im, splat<T>(0.5 * (RANDOM + 1)));
    if (anyPositive<T>(random)) {
      const halves = halfTurns<T>(re);
      const rest = beyond<T>(re, halves);
      re = wherePositive<T>(random, cosine<T>(rest, halves), re);
      im = wherePositive<T>(random, sine<T>(rest, halves), im);
    }
    re = mul<T>(magnitude, re);
    im = mul<T>(magnitude, im);
    store<T>(spectrum + 2 * at, firstPairs<T>(re, im));
    store<T>(spectrum + 2 * at, lastPairs<T>(re, im), sizeof<T>());
  }
}
