// The yardstick of cost: one forward and one inverse transform by pffft, inside its own memory.
import type { Samples } from '../../src/contract/units.ts';

/** One ordered pair of transforms of pffft, forward and back in place, without any copying. */
export function transformPair(module: WebAssembly.Module, size: Samples): () => void {
  const { exports } = new WebAssembly.Instance(module, {
    a: { a: () => undefined, b: () => 0, c: () => undefined },
  });
  const calls = exports as unknown as Record<string, (...values: number[]) => number>;
  calls.e();
  const setup = calls.k(size, 0);
  const [data, work] = [calls.f(4 * size), calls.f(4 * size)];
  const view = new Float32Array((exports.d as WebAssembly.Memory).buffer, data, size);
  return () => {
    view[3] = 1;
    calls.p(setup, data, data, work, 0);
    calls.p(setup, data, data, work, 1);
    // Unscaled, the pair multiplies by the size: what it leaves must not grow beyond all numbers.
    view.fill(0);
  };
}
