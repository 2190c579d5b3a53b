// BatchMatMul for the wasm backend, any transposition, batches equal or broadcast from one (see assembly/gemm.ts).
import { util, type BatchMatMulAttrs, type TensorInfo } from '@tensorflow/tfjs-core';
import type { KernelHeap } from './heap.ts';

function batchOf(tensor: TensorInfo): number {
  return util.sizeFromShape(tensor.shape.slice(0, -2));
}

/** Whether this kernel covers a product: float32, and batch dimensions that are equal or all 1 on one side. */
export function coversMatMul(a: TensorInfo, b: TensorInfo): boolean {
  const same = util.arraysEqual(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return (
    a.dtype === 'float32' &&
    b.dtype === 'float32' &&
    util.sizeFromShape(a.shape) > 0 &&
    util.sizeFromShape(b.shape) > 0 &&
    (same || batchOf(a) === 1 || batchOf(b) === 1)
  );
}

/**
 * c [..., m, n] = a [..., m, k] b [..., k, n], either side transposed in its last two dimensions.
 * @throws RangeError when the inner dimensions differ.
 */
export function batchMatMul(
  heap: KernelHeap,
  a: TensorInfo,
  b: TensorInfo,
  attrs: Pick<BatchMatMulAttrs, 'transposeA' | 'transposeB'>,
): TensorInfo {
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [m, k] = attrs.transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [kb, n] = attrs.transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (k !== kb) {
    throw new RangeError(
      `matMul needs equal inner dimensions, got [${a.shape.join(', ')}]${attrs.transposeA ? ' transposed' : ''} and ` +
        `[${b.shape.join(', ')}]${attrs.transposeB ? ' transposed' : ''}`,
    );
  }
  const batchA = batchOf(a);
  const batchB = batchOf(b);
  const outer = batchA >= batchB && a.shape.length >= b.shape.length ? a : b;
  const c = heap.makeOutput([...outer.shape.slice(0, -2), m, n]);
  const { packedFloats, productScratchFloats, packB, product } = heap.exports;
  const transposeA = Number(attrs.transposeA);
  const packedLength = packedFloats(k, n);
  const packed = heap.scratch(packedLength + productScratchFloats(m, k, transposeA));
  const rest = packed + packedLength * 4;
  const batch = Math.max(batchA, batchB);
  for (let i = 0; i < batch; i++) {
    if (i === 0 || batchB > 1) {
      packB(k, n, heap.addressOf(b) + i * k * n * 4, bColumns, Number(attrs.transposeB), packed);
    }
    const from = heap.addressOf(a) + (batchA > 1 ? i * m * k * 4 : 0);
    product(m, n, k, from, aColumns, transposeA, packed, heap.addressOf(c) + i * m * n * 4, n, 0, rest);
  }
  return c;
}
