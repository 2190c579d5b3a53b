// SIMD matrix product over raw pointers in an imported memory: packing, register tiles, cache blocks.
//
// Layout after Goto & van de Geijn, "Anatomy of high-performance matrix multiplication" (2008): B is packed once into
// panels 8 columns wide, A is read by rows as it lies or, when it comes transposed, packed into panels 4 rows high, and a
// 4 x 8 tile of C stays in eight vector registers. Measured in V8 11.3 on one x64 core: this tile, its loop not unrolled,
// 25 GFLOP/s (34 with fused multiply-add); 6 x 8 spills registers (20), and every unrolled loop is slower.
// All pointers are byte addresses, all leading dimensions count floats. The module keeps no data of its own: scratch
// comes from the caller, whose heap this is.

/** Depth of a block: a panel of B is then 256 x 8 floats, 8 KB, a quarter of a 32 KB first-level cache. */
const DEPTH: i32 = 256;
/** Columns of a block of B: 256 x 96 floats, 96 KB, stay in the second-level cache while rows of A pass by. */
const COLUMNS: i32 = 96;

function madd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
}

function put(c: usize, low: v128, high: v128, accumulate: bool): void {
  v128.store(c, accumulate ? f32x4.add(v128.load(c), low) : low);
  v128.store(c, accumulate ? f32x4.add(v128.load(c, 16), high) : high, 16);
}

function putTile(
  mn: i32,
  c: usize,
  ldc: usize,
  accumulate: bool,
  c00: v128,
  c01: v128,
  c10: v128,
  c11: v128,
  c20: v128,
  c21: v128,
  c30: v128,
  c31: v128,
): void {
  put(c, c00, c01, accumulate);
  if (mn > 1) put(c + ldc, c10, c11, accumulate);
  if (mn > 2) put(c + 2 * ldc, c20, c21, accumulate);
  if (mn > 3) put(c + 3 * ldc, c30, c31, accumulate);
}

/** Floats that `packB` fills. */
export function packedFloats(depth: i32, columns: i32): i32 {
  return depth * ((columns + 7) & ~7);
}

/**
 * Packs B (depth x columns) into blocks of DEPTH rows, each in panels of 8 columns, padded with zeros.
 * `transposed`: B is stored columns x depth, `ld` apart.
 */
export function packB(depth: i32, columns: i32, b: usize, ld: i32, transposed: bool, out: usize): void {
  for (let k0 = 0; k0 < depth; k0 += DEPTH) {
    const kn = min(DEPTH, depth - k0);
    for (let n0 = 0; n0 < columns; n0 += 8) {
      const nn = min(8, columns - n0);
      if (transposed) packTransposed(kn, nn, b + ((<usize>n0 * ld + k0) << 2), (<usize>ld) << 2, out);
      else packStraight(kn, nn, b + ((<usize>k0 * ld + n0) << 2), (<usize>ld) << 2, out);
      out += (<usize>kn) << 5;
    }
  }
}

function packStraight(kn: i32, nn: i32, from: usize, ldBytes: usize, out: usize): void {
  if (nn === 8) {
    for (let k = 0; k < kn; k++) {
      v128.store(out, v128.load(from));
      v128.store(out, v128.load(from, 16), 16);
      from += ldBytes;
      out += 32;
    }
    return;
  }
  for (let k = 0; k < kn; k++) {
    for (let n = 0; n < 8; n++) store<f32>(out + (n << 2), n < nn ? load<f32>(from + (n << 2)) : 0);
    from += ldBytes;
    out += 32;
  }
}

/** Turns a 4 x 4 block: rows `ldBytes` apart at `from` become columns `stepBytes` apart at `out`. */
function turn4(from: usize, ldBytes: usize, out: usize, stepBytes: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + ldBytes);
  const r2 = v128.load(from + 2 * ldBytes);
  const r3 = v128.load(from + 3 * ldBytes);
  const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const c = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(out, v128.shuffle<f32>(a, b, 0, 1, 4, 5));
  v128.store(out + stepBytes, v128.shuffle<f32>(a, b, 2, 3, 6, 7));
  v128.store(out + 2 * stepBytes, v128.shuffle<f32>(c, d, 0, 1, 4, 5));
  v128.store(out + 3 * stepBytes, v128.shuffle<f32>(c, d, 2, 3, 6, 7));
}

function packTransposed(kn: i32, nn: i32, from: usize, ldBytes: usize, out: usize): void {
  let k = 0;
  if (nn === 8) {
    for (; k + 4 <= kn; k += 4) {
      turn4(from + (k << 2), ldBytes, out + (k << 5), 32);
      turn4(from + 4 * ldBytes + (k << 2), ldBytes, out + (k << 5) + 16, 32);
    }
  }
  for (; k < kn; k++) {
    for (let n = 0; n < 8; n++) {
      store<f32>(out + (k << 5) + (n << 2), n < nn ? load<f32>(from + <usize>n * ldBytes + (k << 2)) : 0);
    }
  }
}

/** Packs A^T (stored depth x rows, `ld` apart) into panels of 4 rows: out[panel][k][4], padded with zeros. */
function packA(kn: i32, rows: i32, a: usize, ld: i32, out: usize): void {
  const ldBytes = (<usize>ld) << 2;
  const panelBytes = (<usize>kn) << 4;
  const whole = rows & ~3;
  // Row by row, so that each cache line of A is read once however many panels share it.
  for (let k = 0; k < kn; k++) {
    let to = out + ((<usize>k) << 4);
    let m = 0;
    for (; m < whole; m += 4) {
      v128.store(to, v128.load(a + ((<usize>m) << 2)));
      to += panelBytes;
    }
    if (m < rows) {
      for (let i = 0; i < 4; i++)
        store<f32>(to + (i << 2), m + i < rows ? load<f32>(a + ((<usize>(m + i)) << 2)) : 0);
    }
    a += ldBytes;
  }
}

/** One 4 x 8 tile, C = A B or C += A B, with A read by rows `lda` bytes apart (the last one again past the `mn` there are). */
function tileRows(
  kn: i32,
  mn: i32,
  a: usize,
  lda: usize,
  b: usize,
  c: usize,
  ldc: usize,
  accumulate: bool,
): void {
  let a0 = a;
  let a1 = mn > 1 ? a0 + lda : a0;
  let a2 = mn > 2 ? a1 + lda : a1;
  let a3 = mn > 3 ? a2 + lda : a2;
  let c00 = f32x4.splat(0),
    c01 = c00,
    c10 = c00,
    c11 = c00,
    c20 = c00,
    c21 = c00,
    c30 = c00,
    c31 = c00;
  const end = b + ((<usize>kn) << 5);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const s0 = v128.load32_splat(a0);
    c00 = madd(s0, b0, c00);
    c01 = madd(s0, b1, c01);
    const s1 = v128.load32_splat(a1);
    c10 = madd(s1, b0, c10);
    c11 = madd(s1, b1, c11);
    const s2 = v128.load32_splat(a2);
    c20 = madd(s2, b0, c20);
    c21 = madd(s2, b1, c21);
    const s3 = v128.load32_splat(a3);
    c30 = madd(s3, b0, c30);
    c31 = madd(s3, b1, c31);
    a0 += 4;
    a1 += 4;
    a2 += 4;
    a3 += 4;
    b += 32;
  }
  putTile(mn, c, ldc, accumulate, c00, c01, c10, c11, c20, c21, c30, c31);
}

/**
 * The same tile with A packed as [k][4]. Apart from `tileRows`, because one tile for both needs the step along A as an
 * argument, and with that register gone every product takes 1.2 times as long (1.1 without fused multiply-add).
 */
function tilePacked(kn: i32, mn: i32, a: usize, b: usize, c: usize, ldc: usize, accumulate: bool): void {
  let c00 = f32x4.splat(0),
    c01 = c00,
    c10 = c00,
    c11 = c00,
    c20 = c00,
    c21 = c00,
    c30 = c00,
    c31 = c00;
  const end = b + ((<usize>kn) << 5);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const s0 = v128.load32_splat(a);
    c00 = madd(s0, b0, c00);
    c01 = madd(s0, b1, c01);
    const s1 = v128.load32_splat(a, 4);
    c10 = madd(s1, b0, c10);
    c11 = madd(s1, b1, c11);
    const s2 = v128.load32_splat(a, 8);
    c20 = madd(s2, b0, c20);
    c21 = madd(s2, b1, c21);
    const s3 = v128.load32_splat(a, 12);
    c30 = madd(s3, b0, c30);
    c31 = madd(s3, b1, c31);
    a += 16;
    b += 32;
  }
  putTile(mn, c, ldc, accumulate, c00, c01, c10, c11, c20, c21, c30, c31);
}

/** Copies or adds the valid part of a tile that sticks out of C on the right. */
function spill(tile: usize, mn: i32, nn: i32, c: usize, ldc: usize, accumulate: bool): void {
  for (let m = 0; m < mn; m++) {
    for (let n = 0; n < nn; n++) {
      const at = c + <usize>m * ldc + (n << 2);
      const value = load<f32>(tile + (m << 5) + (n << 2));
      store<f32>(at, accumulate ? load<f32>(at) + value : value);
    }
  }
}

/** Floats of scratch that `product` needs: one tile, and A's panels when it comes transposed. */
export function productScratchFloats(rows: i32, depth: i32, transposedA: bool): i32 {
  return 32 + (transposedA ? ((rows + 3) & ~3) * min(depth, DEPTH) : 0);
}

/**
 * C (rows x columns, `ldc` apart) = A B, or C += A B. `a` is rows x depth, `lda` apart, or depth x rows when
 * `transposedA`; `b` was packed by `packB`.
 */
export function product(
  rows: i32,
  columns: i32,
  depth: i32,
  a: usize,
  lda: i32,
  transposedA: bool,
  b: usize,
  c: usize,
  ldc: i32,
  accumulate: bool,
  scratch: usize,
): void {
  const ldaBytes = (<usize>lda) << 2;
  const ldcBytes = (<usize>ldc) << 2;
  const panels = scratch + 128;
  for (let k0 = 0; k0 < depth; k0 += DEPTH) {
    const kn = min(DEPTH, depth - k0);
    const add = accumulate || k0 > 0;
    if (transposedA) packA(kn, rows, a + <usize>k0 * ldaBytes, lda, panels);
    for (let nb = 0; nb < columns; nb += COLUMNS) {
      const ne = min(nb + COLUMNS, columns);
      for (let m0 = 0; m0 < rows; m0 += 4) {
        const mn = min(4, rows - m0);
        for (let n0 = nb; n0 < ne; n0 += 8) {
          const nn = min(8, ne - n0);
          const panel = b + <usize>n0 * ((<usize>kn) << 2);
          const whole = nn === 8;
          const to = whole ? c + <usize>m0 * ldcBytes + (n0 << 2) : scratch;
          const ld = whole ? ldcBytes : 32;
          if (transposedA)
            tilePacked(kn, mn, panels + <usize>m0 * ((<usize>kn) << 2), panel, to, ld, add && whole);
          else tileRows(kn, mn, a + <usize>m0 * ldaBytes + (k0 << 2), ldaBytes, panel, to, ld, add && whole);
          if (!whole) spill(scratch, mn, nn, c + <usize>m0 * ldcBytes + (n0 << 2), ldcBytes, add);
        }
      }
    }
    b += <usize>kn * ((<usize>((columns + 7) & ~7)) << 2);
  }
}
