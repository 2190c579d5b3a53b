// The prior map: both ways undo each other, small moves stay small, and what does not fit is refused.
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/dsp/random.ts';
import type { Bundle } from '../../src/model/bundle.ts';
import { digitAnchor } from '../../src/model/latent.ts';
import { priorMapOf } from '../../src/model/priorMap.ts';
import { couplingHalves, priorMapShapes } from '../../src/model/shapes.ts';
import { tinyBundle, tinyManifest, tinyManifestVersion1 } from '../helpers/bundle.ts';

/** A bundle with a random map of `styleDimensions` dimensions. */
function bundleOf(styleDimensions: number, couplings: number): Bundle {
  const tiny = tinyManifest();
  const bundle = tinyBundle({
    ...tiny,
    latent: { ...tiny.latent, styleDimensions },
    priorMap: { couplings, units: 16, scaleBound: 1 },
  });
  // A random square matrix may be nearly singular; one beside a diagonal is not.
  const rotation = bundle.tensors.get('priorMap.rotation')!.values;
  for (let i = 0; i < styleDimensions; i++) rotation[i * styleDimensions + i] += 2;
  return bundle;
}

const normals = (size: number, random: Random): Float32Array =>
  Float32Array.from({ length: size }, () => random.normal());

const distance = (a: Float32Array, b: Float32Array): number =>
  Math.hypot(...a.map((value, i) => value - b[i]));

describe('priorMapOf', () => {
  it.each([
    [4, 2],
    [7, 5],
    [1, 2],
  ])('leads back to where it came from: %i dimensions, %i couplings', (size, couplings) => {
    const bundle = bundleOf(size, couplings);
    const map = priorMapOf(bundle);
    const random = new Random(1);
    for (let k = 0; k < 40; k++) {
      const digit = digitAnchor(bundle.manifest, k % 10);
      const u = normals(size, random);
      expect(distance(map.toPlayer(digit, map.toLatent(digit, u)), u)).toBeLessThan(1e-4);
      const z = normals(size, random);
      expect(distance(map.toLatent(digit, map.toPlayer(digit, z)), z)).toBeLessThan(1e-4);
    }
  });

  it('goes by the digit: one style of the player is another latent style in another digit', () => {
    const bundle = bundleOf(4, 4);
    const map = priorMapOf(bundle);
    const u = normals(4, new Random(2));
    const latents = Array.from({ length: 10 }, (_, d) => map.toLatent(digitAnchor(bundle.manifest, d), u));
    for (let d = 1; d < 10; d++) expect(distance(latents[d], latents[0])).toBeGreaterThan(0.05);
    expect(Array.from(u)).toEqual(Array.from(normals(4, new Random(2))));
  });

  it('is the identity of a bundle that has none', () => {
    const manifest = { ...tinyManifestVersion1(), tensors: [] };
    const map = priorMapOf({ manifest, tensors: new Map() });
    const style = normals(4, new Random(3));
    expect(map.toLatent(digitAnchor(manifest, 1), style)).toEqual(style);
    expect(map.toPlayer(digitAnchor(manifest, 1), style)).toEqual(style);
    expect(map.toLatent(digitAnchor(manifest, 1), style)).not.toBe(style);
  });

  it('moves by little where the style moves by little: steps of a hundredth of a range of 4', () => {
    const bundle = bundleOf(6, 6);
    const map = priorMapOf(bundle);
    const random = new Random(4);
    let largest = 0;
    for (let k = 0; k < 200; k++) {
      const digit = digitAnchor(bundle.manifest, k % 10);
      const u = normals(6, random);
      const direction = normals(6, random);
      const scale = 0.04 / Math.hypot(...direction);
      const moved = u.map((value, i) => value + scale * direction[i]);
      const step = distance(map.toLatent(digit, moved), map.toLatent(digit, u));
      expect(step).toBeGreaterThan(0);
      largest = Math.max(largest, step);
      // The way is smooth: half a step is about half as far.
      const half = u.map((value, i) => value + 0.5 * scale * direction[i]);
      const share = distance(map.toLatent(digit, half), map.toLatent(digit, u)) / step;
      expect(share).toBeGreaterThan(0.45);
      expect(share).toBeLessThan(0.55);
    }
    // The rotation stretches by about 2.7; each of the three couplings of a half by e at most.
    expect(largest).toBeLessThan(0.04 * 40);
  });

  it('names the argument whose length does not fit', () => {
    const bundle = bundleOf(4, 2);
    const map = priorMapOf(bundle);
    const digit = digitAnchor(bundle.manifest, 0);
    for (const run of [map.toLatent.bind(map), map.toPlayer.bind(map)]) {
      expect(() => run(digit, new Float32Array(5))).toThrow(RangeError);
      expect(() => run(digit, new Float32Array(5))).toThrow(/length of the style must be .*4.*got 5/);
      expect(() => run(digit.slice(1), new Float32Array(4))).toThrow(RangeError);
      expect(() => run(digit.slice(1), new Float32Array(4))).toThrow(/length of the digit point.*got 2/);
    }
  });

  it('says which tensor it lacks, and refuses a rotation without an inverse', () => {
    const { manifest, tensors } = bundleOf(4, 2);
    const some = new Map(tensors);
    some.delete('priorMap.1.second.bias');
    expect(() => priorMapOf({ manifest, tensors: some })).toThrow(/without priorMap\.1\.second\.bias/);
    tensors.get('priorMap.rotation')!.values.fill(0);
    expect(() => priorMapOf({ manifest, tensors })).toThrow(/rotation of the prior map cannot be inverted/);
  });
});

describe('couplingHalves', () => {
  it('covers an odd number of dimensions, the halves in turn', () => {
    expect(couplingHalves(0, 5)).toEqual({ kept: [0, 3], moved: [3, 2] });
    expect(couplingHalves(1, 5)).toEqual({ kept: [3, 2], moved: [0, 3] });
    const shapes = priorMapShapes(
      { couplings: 2, units: 8, scaleBound: 1 },
      { styleDimensions: 5, digitDimensions: 3 },
    );
    expect(shapes.get('priorMap.0.first.kernel')).toEqual([6, 8]);
    expect(shapes.get('priorMap.0.third.kernel')).toEqual([8, 4]);
    expect(shapes.get('priorMap.1.third.bias')).toEqual([6]);
  });
});
