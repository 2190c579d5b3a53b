// The raw matrix product on a memory of its own: against a plain loop, and nothing touched outside its output and scratch.
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { describe, expect, it } from 'vitest';
import type { KernelExports } from '../../../src/model/kernels/heap.ts';
import { Random } from '../../../src/dsp/random.ts';

const canary = 12345;

function instantiate(name: string): { kernels: KernelExports; floats: Float32Array } {
  const bytes = readFileSync(new URL(`../../../generated/${name}`, import.meta.url));
  if (!WebAssembly.validate(bytes)) setFlagsFromString('--experimental-wasm-relaxed-simd');
  const memory = new WebAssembly.Memory({ initial: 64 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return {
    kernels: instance.exports as unknown as KernelExports,
    floats: new Float32Array(memory.buffer).fill(canary),
  };
}

describe.each(['gemm.wasm', 'gemm-relaxed.wasm'])('%s', (name) => {
  const { kernels, floats } = instantiate(name);
  const random = new Random(1);

  it.each([
    [4, 8, 16],
    [1, 1, 1],
    [7, 13, 5],
    [9, 100, 300],
    [50, 30, 257],
  ])('multiplies %i x %i, %i deep, within its bounds', (m, n, k) => {
    for (const transposed of [0, 1]) {
      for (const accumulate of [0, 1]) {
        floats.fill(canary);
        const gap = 64;
        const a = gap;
        const b = a + m * k + gap;
        const c = b + k * n + gap;
        const packed = c + m * n + gap;
        const packedLength = kernels.packedFloats(k, n);
        const scratch = packed + packedLength + gap;
        const scratchLength = kernels.productScratchFloats(m, k, transposed);
        for (let i = 0; i < m * k; i++) floats[a + i] = random.normal();
        for (let i = 0; i < k * n; i++) floats[b + i] = random.normal();
        floats.fill(accumulate ? 2 : NaN, c, c + m * n);
        kernels.packB(k, n, b * 4, n, 0, packed * 4);
        kernels.product(
          m,
          n,
          k,
          a * 4,
          transposed ? m : k,
          transposed,
          packed * 4,
          c * 4,
          n,
          accumulate,
          scratch * 4,
        );

        let worst = 0;
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = accumulate ? 2 : 0;
            for (let d = 0; d < k; d++) {
              sum += floats[a + (transposed ? d * m + i : i * k + d)] * floats[b + d * n + j];
            }
            worst = Math.max(worst, Math.abs(sum - floats[c + i * n + j]));
          }
        }
        expect(worst).toBeLessThan(1e-4);
        for (const [start, end] of [
          [0, a],
          [a + m * k, b],
          [b + k * n, c],
          [c + m * n, packed],
          [packed + packedLength, scratch],
          [scratch + scratchLength, scratch + scratchLength + gap],
        ]) {
          expect(floats.subarray(start, end).every((value) => value === canary)).toBe(true);
        }
      }
    }
  });
});
