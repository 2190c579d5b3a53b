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

/** A module with a memory 'd' and functions that give numbers below 64, by their names of one byte or more. */
function moduleOf(functions: Readonly<Record<string, number>>): WebAssembly.Module {
  const names = Object.keys(functions);
  const section = (id: number, items: readonly (readonly number[])[]): number[] => {
    const bytes = [items.length, ...items.flat()];
    return [id, bytes.length, ...bytes];
  };
  const exported = (name: string, type: number, index: number): number[] => [
    name.length,
    ...Array.from(name, (letter) => letter.charCodeAt(0)),
    type,
    index,
  ];
  return new WebAssembly.Module(
    Uint8Array.of(
      ...[0, 97, 115, 109, 1, 0, 0, 0],
      // Of no arguments, one i32 comes back.
      ...section(1, [[96, 0, 1, 127]]),
      ...section(
        3,
        names.map(() => [0]),
      ),
      ...section(5, [[0, 1]]),
      ...section(7, [exported('d', 2, 0), ...names.map((name, i) => exported(name, 0, i))]),
      ...section(
        10,
        names.map((name) => [4, 0, 65, functions[name], 11]),
      ),
    ),
  );
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

  test('leaves memory to the loops alone: what is taken first is zeros, whatever was computed', () => {
    const loops = new WasmLoops(modulesOf(kind), 32, 4096);
    const free = loops.floats(900);
    const [spectrum, window, share, sum] = [32, 32, 32, 32].map((length) => loops.floats(length).fill(1));
    loops.synthesise(spectrum, window, share, sum, 0);
    expect(free.every((value) => value === 0)).toBe(true);
  });

  test('refuses modules that lack some of their functions, and a transform that finds no room', () => {
    const { fft, loops } = modulesOf(kind);
    expect(() => new WasmLoops({ fft, loops: moduleOf({ emit: 1 }) }, 512, 0)).toThrow(/modules.loops/);
    expect(() => new WasmLoops({ fft: moduleOf({ e: 1, f: 1 }), loops }, 512, 0)).toThrow(/modules.fft/);
    for (const given of [
      { k: 0, f: 16 },
      { k: 16, f: 0 },
    ]) {
      const short = moduleOf({ e: 1, j: 1, p: 1, ...given });
      expect(() => new WasmLoops({ fft: short, loops }, 512, 0)).toThrow(/no transform of 512 samples/);
    }
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
