// Harmonic oscillators: all partials of one fundamental, several samples at a time.
import { add, mul, splat, sub } from './lanes';
import { beyond, cosine, halfTurns, sine } from './math';

/** The fundamental's phase in turns, less whole ones, and its advance a sample. */
let phase: f64 = 0;
let advance: f64 = 0;

/** The phase of a sample in turns, -1/2 .. 1/2; moves on to the next. */
function nextTurn(growth: f64): f32 {
  const turn = <f32>(phase - nearest<f64>(phase));
  phase += advance;
  phase -= floor<f64>(phase);
  advance *= growth;
  return turn;
}

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
  phase = turn;
  advance = step;
  const share = 1 / <f64>length;
  let n = 0;
  if (ASC_FEATURE_SIMD) {
    for (; n + 4 <= length; n += 4) {
      let turns = f32x4.splat(nextTurn(growth));
      turns = f32x4.replace_lane(turns, 1, nextTurn(growth));
      turns = f32x4.replace_lane(turns, 2, nextTurn(growth));
      turns = f32x4.replace_lane(turns, 3, nextTurn(growth));
      const at = f32x4.add(f32x4.splat(<f32>n), f32x4(0, 1, 2, 3));
      partials<v128>(
        from,
        to,
        count,
        turns,
        mul<v128>(at, splat<v128>(<f32>share)),
        output + ((<usize>n) << 2),
      );
    }
  }
  for (; n < length; n++) {
    partials<f32>(from, to, count, nextTurn(growth), <f32>(<f64>n * share), output + ((<usize>n) << 2));
  }
}

/** Adds the partials of samples whose fundamental stands at `turns`; amplitudes lie at x between `from` and `to`. */
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
