// Logarithm, sine and cosine by polynomials, over T (lanes.ts).
//
// Coefficients: weighted least squares iterated to the smallest maximum error (Lawson), in single precision.
import { add, mul, splat, sub } from './lanes';

/** Added to a number below 2^22 it leaves the nearest integer in the lowest bits of the sum. */
const MAGIC: f32 = 12582912;
/** ln 2 in two parts, of which the upper has so few bits that its product with an exponent is exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;
/** Bits of 2/3: numbers are scaled by a power of two into 2/3 .. 4/3. */
const TWO_THIRDS: i32 = 0x3f2aaaab;

/** x * a + c */
function step<T>(x: T, a: T, c: f32): T {
  return add<T>(mul<T>(x, a), splat<T>(c));
}

/** Natural logarithm of a normal number above 0; error of the polynomial 5e-8. */
export function ln<T>(x: T): T {
  let exponent: T;
  let t: T;
  if (isVector<T>()) {
    const octaves = i32x4.shr_s(i32x4.sub(x, i32x4.splat(TWO_THIRDS)), 23);
    t = f32x4.sub(i32x4.sub(x, i32x4.shl(octaves, 23)), f32x4.splat(1));
    exponent = f32x4.convert_i32x4_s(octaves);
  } else {
    const bits = reinterpret<i32>(x);
    const octaves = (bits - TWO_THIRDS) >> 23;
    t = reinterpret<f32>(bits - (octaves << 23)) - 1;
    exponent = <f32>octaves;
  }
  let p = step<T>(t, splat<T>(-0.15918623), 0.17194307);
  p = step<T>(t, p, -0.1630745);
  p = step<T>(t, p, 0.19784345);
  p = step<T>(t, p, -0.2501434);
  p = step<T>(t, p, 0.33338043);
  p = step<T>(t, p, -0.49999833);
  p = add<T>(mul<T>(mul<T>(t, t), p), mul<T>(exponent, splat<T>(LN2_LOW)));
  return add<T>(mul<T>(exponent, splat<T>(LN2_HIGH)), add<T>(t, p));
}

/** Nearest count of half turns, as `sine` and `cosine` take it; |turns| < 2^21. */
export function halfTurns<T>(turns: T): T {
  return add<T>(add<T>(turns, turns), splat<T>(MAGIC));
}

/** What is left of the turns beyond these half turns, in half turns: -1/2 .. 1/2. */
export function beyond<T>(turns: T, halves: T): T {
  return sub<T>(add<T>(turns, turns), sub<T>(halves, splat<T>(MAGIC)));
}

/** Turns the sign of `a` for an odd number of half turns. */
function flip<T>(a: T, halves: T): T {
  if (isVector<T>()) return v128.xor(a, i32x4.shl(halves, 31));
  else return reinterpret<f32>(reinterpret<i32>(a) ^ (reinterpret<i32>(halves) << 31));
}

/** Sine of `halves` half turns and `rest` beyond; error of the polynomial 4e-9. */
export function sine<T>(rest: T, halves: T): T {
  const z = mul<T>(rest, rest);
  let p = step<T>(z, splat<T>(0.07722013), -0.5980452);
  p = step<T>(z, p, 2.5500314);
  p = step<T>(z, p, -5.167707);
  p = step<T>(z, p, 3.1415925);
  return flip<T>(mul<T>(rest, p), halves);
}

/** Cosine of `halves` half turns and `rest` beyond; error of the polynomial 6e-8. */
export function cosine<T>(rest: T, halves: T): T {
  const z = mul<T>(rest, rest);
  let p = step<T>(z, splat<T>(0.22008063), -1.3320938);
  p = step<T>(z, p, 4.058451);
  p = step<T>(z, p, -4.9347954);
  return flip<T>(step<T>(z, p, 1), halves);
}
