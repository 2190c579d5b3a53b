// The compiled loops as such: which modules and sizes they take, how they share out memory, what stands in for them.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createLoops } from '../../src/dsp/createLoops.ts';
import { loadEngineModules } from '../../src/dsp/wasmLoops.node.ts';
import { WasmLoops, type EngineModules } from '../../src/dsp/wasmLoops.ts';

const KINDS = ['simd', 'scalar'] as const;

function modulesOf(kind: 'simd' | 'scalar'): EngineModules {
  const modules = loadEngineModules(kind);
  if (modules === undefined) throw new Error(`${kind} modules are missing: run node scripts/build-wasm.mjs`);
  return modules;
}

describe.each(KINDS)('%s', (kind) => {
  test('is what it is called', () => {
    expect(createLoops(512, modulesOf(kind), 0).kind).toBe(kind);
    const name = kind === 'simd' ? 'engine.wasm' : 'engine-scalar.wasm';
    const bytes = readFileSync(new URL(`../../generated/${name}`, import.meta.url));
    // The encoding of f32x4.add, three bytes that the module without SIMD has nowhere.
    const additions = bytes.toString('latin1').split('\xfd\xe4\x01').length - 1;
    expect(additions > 20).toBe(kind === 'simd');
    expect(additions === 0).toBe(kind === 'scalar');
  });

  test('two voices of one module do not disturb each other', () => {
    const [a, b] = [1, 2].map(() => new WasmLoops(modulesOf(kind), 512, 4096));
    const mine = a.floats(16).fill(1);
    b.floats(16).fill(2);
    expect([...mine]).toEqual(Array.from({ length: 16 }, () => 1));
  });

  test('says how much memory is left when it is used up', () => {
    const loops = new WasmLoops(modulesOf(kind), 512, 65536);
    loops.doubles(4096);
    expect(loops.integers(8000).length).toBe(8000);
    expect(() => loops.floats(1000)).toThrow(
      new RangeError('reserveBytes is used up: 4000 bytes wanted, 768 left'),
    );
    expect(() => loops.floats(-1)).toThrow(RangeError);
    expect(loops.floats(192).byteLength).toBe(768);
    expect(() => loops.floats(1)).toThrow(/0 left/);
    expect(loops.floats(0).length).toBe(0);
  });

  test('refuses sizes and modules that do not fit', () => {
    const modules = modulesOf(kind);
    for (const size of [32, 96, 160, 480, 65536]) {
      expect(new WasmLoops(modules, size, 0).fftSamples).toBe(size);
    }
    for (const size of [0, -64, 16, 48, 224, 512.5, 69120, 131072, Infinity, NaN]) {
      expect(() => new WasmLoops(modules, size, 0)).toThrow(/fftSamples must be a multiple of 32/);
    }
    expect(() => new WasmLoops(modules, 512, -1)).toThrow(/reserveBytes/);
    expect(() => new WasmLoops({ fft: modules.loops, loops: modules.fft }, 512, 0)).toThrow(TypeError);
    const empty = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    expect(() => new WasmLoops({ fft: empty, loops: modules.loops }, 512, 0)).toThrow(/modules.fft/);
    expect(() => new WasmLoops({ fft: modules.fft, loops: empty }, 512, 0)).toThrow(/modules.loops/);
  });

  test('takes whole pages of memory, one more for a byte beyond, and gives arrays that begin at 16 bytes', () => {
    for (const [reserve, pages] of [
      [0, 0],
      [1, 1],
      [65536, 1],
      [65537, 2],
    ]) {
      const loops = new WasmLoops(modulesOf(kind), 512, reserve);
      expect(() => loops.floats(16384 * pages + 1)).toThrow(`${65536 * pages} left`);
      expect(loops.floats(16384 * pages).length).toBe(16384 * pages);
    }
    const loops = new WasmLoops(modulesOf(kind), 512, 4096);
    const arrays = [loops.floats(1), loops.doubles(3), loops.integers(5), loops.floats(4), loops.doubles(1)];
    const offsets = arrays.map((array) => array.byteOffset - arrays[0].byteOffset);
    expect(offsets).toEqual([0, 16, 48, 80, 96]);
    expect(() => new WasmLoops(modulesOf(kind), 512, 2 ** 30 + 1)).toThrow(/reserveBytes/);
  });
});

test('without modules the loops are those in TypeScript', () => {
  const loops = createLoops(512, undefined, 0);
  expect(loops.kind).toBe('javascript');
  expect(loops.floats(5).length).toBe(5);
  expect(() => createLoops(1536, undefined, 0)).toThrow(/power of two/);
});
