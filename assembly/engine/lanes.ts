// Arithmetic over T, which is v128 (four floats at a time) or f32 (one): each loop is written once for both.

export function add<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.add(a, b);
  else return a + b;
}

export function sub<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.sub(a, b);
  else return a - b;
}

export function mul<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.mul(a, b);
  else return a * b;
}

export function div<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.div(a, b);
  else return a / b;
}

export function root<T>(a: T): T {
  if (isVector<T>()) return f32x4.sqrt(a);
  else return sqrt<f32>(a);
}

/** The larger one; b where either is not a number. */
export function larger<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.pmax(b, a);
  else return a > b ? a : b;
}

/** The smaller one; b where either is not a number. */
export function smaller<T>(a: T, b: T): T {
  if (isVector<T>()) return f32x4.pmin(b, a);
  else return a < b ? a : b;
}

export function splat<T>(a: f32): T {
  if (isVector<T>()) return f32x4.splat(a);
  else return a;
}

/** `a` where x > 0, else `b`. */
export function wherePositive<T>(x: T, a: T, b: T): T {
  if (isVector<T>()) return v128.bitselect(a, b, f32x4.gt(x, f32x4.splat(0)));
  else return x > 0 ? a : b;
}

/** True where x > 0 in any lane. */
export function anyPositive<T>(x: T): bool {
  if (isVector<T>()) return v128.any_true(f32x4.gt(x, f32x4.splat(0)));
  else return x > 0;
}

/**
 * Turns the sign of the numbers of odd index, counted from one of even index: of `index` itself where T is one
 * number.
 */
export function flipOdd<T>(a: T, index: i32): T {
  if (isVector<T>()) return v128.xor(a, i32x4(0, i32.MIN_VALUE, 0, i32.MIN_VALUE));
  else return (index & 1) === 1 ? -a : a;
}

/**
 * Real parts of the pairs in `a` and `b`, which lie one after the other in memory. A single pair is a = re, b =
 * im.
 */
export function evens<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.shuffle<f32>(a, b, 0, 2, 4, 6);
  else return a;
}

/** Imaginary parts. */
export function odds<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.shuffle<f32>(a, b, 1, 3, 5, 7);
  else return b;
}

/** First half of the pairs of `re` and `im`, as they lie in memory. */
export function firstPairs<T>(re: T, im: T): T {
  if (isVector<T>()) return v128.shuffle<f32>(re, im, 0, 4, 1, 5);
  else return re;
}

/** Second half. */
export function lastPairs<T>(re: T, im: T): T {
  if (isVector<T>()) return v128.shuffle<f32>(re, im, 2, 6, 3, 7);
  else return im;
}

/** Sum of the lanes. */
export function total<T>(a: T): f32 {
  if (isVector<T>()) {
    const pairs = f32x4.add(a, v128.shuffle<f32>(a, a, 2, 3, 2, 3));
    return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
  } else return a;
}

/** Largest lane. */
export function largest<T>(a: T): f32 {
  if (isVector<T>()) {
    const pairs = f32x4.pmax(a, v128.shuffle<f32>(a, a, 2, 3, 2, 3));
    return max(f32x4.extract_lane(pairs, 0), f32x4.extract_lane(pairs, 1));
  } else return a;
}
