// Harmonic oscillators: all partials of one fundamental, several samples at a time.
import { add, mul, splat, sub } from './lanes';
import { beyond, cosine, halfTurns, sine } from './math';

/** See Loops.harmonics. */
export function harmonics(
  from: usize,
  to: usize,
  count: i32,
  turn: f64,
  step: f64,
  growth: f64,
  output: usize,
  length: i32,
): void {
  const share = 1 / <f64>length;
  let n = 0;
  if (ASC_FEATURE_SIMD) {
    // Advances up to each of eight samples, by the one of the first: written out, as a chain of sums would wait
    // for itself.
    const growth2 = growth * growth;
    const sum2 = 1 + growth;
    const sum4 = sum2 + growth2 * sum2;
    const growth4 = growth2 * growth2;
    const low = f64x2(0, 1);
    const high = f64x2(sum2, sum2 + growth2);
    const low4 = f64x2.add(f64x2.splat(sum4), f64x2.mul(f64x2.splat(growth4), low));
    const high4 = f64x2.add(f64x2.splat(sum4), f64x2.mul(f64x2.splat(growth4), high));
    for (; n + 8 <= length; n += 8) {
      const turnsA = turnsOf(turn, step, low, high);
      const turnsB = turnsOf(turn, step, low4, high4);
      partialsOfTwo(from, to, count, turnsA, turnsB, n, <f32>share, output + ((<usize>n) << 2));
      turn += step * (sum4 + growth4 * sum4);
      turn -= nearest<f64>(turn);
      step *= growth4 * growth4;
    }
    for (; n + 4 <= length; n += 4) {
      const x = f32x4.mul(f32x4.add(f32x4.splat(<f32>n), f32x4(0, 1, 2, 3)), f32x4.splat(<f32>share));
      partials<v128>(from, to, count, turnsOf(turn, step, low, high), x, output + ((<usize>n) << 2));
      turn += step * sum4;
      step *= growth4;
    }
  }
  for (; n < length; n++) {
    turn -= nearest<f64>(turn);
    partials<f32>(from, to, count, <f32>turn, <f32>(<f64>n * share), output + ((<usize>n) << 2));
    turn += step;
    step *= growth;
  }
}

/** The phases of four samples in turns, less whole ones; `low` and `high` are their distances in steps. */
function turnsOf(turn: f64, step: f64, low: v128, high: v128): v128 {
  const a = f64x2.add(f64x2.splat(turn), f64x2.mul(f64x2.splat(step), low));
  const b = f64x2.add(f64x2.splat(turn), f64x2.mul(f64x2.splat(step), high));
  const nearA = f32x4.demote_f64x2_zero(f64x2.sub(a, f64x2.nearest(a)));
  const nearB = f32x4.demote_f64x2_zero(f64x2.sub(b, f64x2.nearest(b)));
  return v128.shuffle<f32>(nearA, nearB, 0, 1, 4, 5);
}

/**
 * Adds the partials of samples whose fundamental stands at `turns`; amplitudes lie at x between `from` and `to`.
 */
function partials<T>(from: usize, to: usize, count: i32, turns: T, x: T, output: usize): void {
  const halves = halfTurns<T>(turns);
  const rest = beyond<T>(turns, halves);
  const cos = cosine<T>(rest, halves);
  const sin = sine<T>(rest, halves);
  let re = cos;
  let im = sin;
  let sum = splat<T>(0);
  const end = from + ((<usize>count) << 3);
  while (from < end) {
    const fromRe = load<f32>(from);
    const fromIm = load<f32>(from, 4);
    const a = add<T>(splat<T>(fromRe), mul<T>(x, splat<T>(load<f32>(to) - fromRe)));
    const b = add<T>(splat<T>(fromIm), mul<T>(x, splat<T>(load<f32>(to, 4) - fromIm)));
    sum = add<T>(sum, sub<T>(mul<T>(a, re), mul<T>(b, im)));
    const next = sub<T>(mul<T>(re, cos), mul<T>(im, sin));
    im = add<T>(mul<T>(re, sin), mul<T>(im, cos));
    re = next;
    from += 8;
    to += 8;
  }
  store<T>(output, add<T>(load<T>(output), sum));
}

/**
 * The same for two times four samples, n and n + 4 of the piece on: they share the loads and hide each other's
 * delays.
 */
function partialsOfTwo(
  from: usize,
  to: usize,
  count: i32,
  turnsA: v128,
  turnsB: v128,
  n: i32,
  share: f32,
  output: usize,
): void {
  let halves = halfTurns<v128>(turnsA);
  let rest = beyond<v128>(turnsA, halves);
  const cosA = cosine<v128>(rest, halves);
  const sinA = sine<v128>(rest, halves);
  halves = halfTurns<v128>(turnsB);
  rest = beyond<v128>(turnsB, halves);
  const cosB = cosine<v128>(rest, halves);
  const sinB = sine<v128>(rest, halves);
  const xA = f32x4.mul(f32x4.add(f32x4.splat(<f32>n), f32x4(0, 1, 2, 3)), f32x4.splat(share));
  const xB = f32x4.add(xA, f32x4.splat(4 * share));
  let reA = cosA;
  let imA = sinA;
  let reB = cosB;
  let imB = sinB;
  let sumA = f32x4.splat(0);
  let sumB = sumA;
  const end = from + ((<usize>count) << 3);
  while (from < end) {
    const re = v128.load32_splat(from);
    const im = v128.load32_splat(from, 4);
    const riseRe = f32x4.sub(v128.load32_splat(to), re);
    const riseIm = f32x4.sub(v128.load32_splat(to, 4), im);
    const aA = f32x4.add(re, f32x4.mul(xA, riseRe));
    const bA = f32x4.add(im, f32x4.mul(xA, riseIm));
    const aB = f32x4.add(re, f32x4.mul(xB, riseRe));
    const bB = f32x4.add(im, f32x4.mul(xB, riseIm));
    sumA = f32x4.add(sumA, f32x4.sub(f32x4.mul(aA, reA), f32x4.mul(bA, imA)));
    sumB = f32x4.add(sumB, f32x4.sub(f32x4.mul(aB, reB), f32x4.mul(bB, imB)));
    const nextA = f32x4.sub(f32x4.mul(reA, cosA), f32x4.mul(imA, sinA));
    const nextB = f32x4.sub(f32x4.mul(reB, cosB), f32x4.mul(imB, sinB));
    imA = f32x4.add(f32x4.mul(reA, sinA), f32x4.mul(imA, cosA));
    imB = f32x4.add(f32x4.mul(reB, sinB), f32x4.mul(imB, cosB));
    reA = nextA;
    reB = nextB;
    from += 8;
    to += 8;
  }
  v128.store(output, f32x4.add(v128.load(output), sumA));
  v128.store(output, f32x4.add(v128.load(output, 16), sumB), 16);
}
