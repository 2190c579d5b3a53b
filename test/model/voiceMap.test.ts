// The inverse of the 2-D map: through the corpus points, continuous between them, whole at its worst places.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/contract/errors.ts';
import { Random } from '../../src/dsp/random.ts';
import { mapOf, pointAt, type MapPoints } from '../../src/model/voiceMap.ts';
import { smallManifest } from '../helpers/manifest.ts';

/** Points scattered over the square, the digit by the tenth of x: ten stripes. */
function stripes(points = 400, z = 5): MapPoints {
  const random = new Random(1);
  const positions = Float32Array.from({ length: 2 * points }, () => random.uniform(0.02, 0.98));
  return {
    positions,
    styles: Float32Array.from({ length: points * z }, () => random.normal()),
    digits: Array.from({ length: points }, (_, i) => Math.floor(10 * positions[2 * i])),
    speakers: new Array<number>(points).fill(0),
  };
}

function placed(places: readonly (readonly [number, number])[], digits: readonly number[]): MapPoints {
  return {
    positions: Float32Array.from(places.flat()),
    styles: Float32Array.from(places, (_, i) => i),
    digits,
    speakers: places.map(() => 0),
  };
}

const sum = (values: Float32Array) => values.reduce((total, value) => total + value, 0);

describe('pointAt', () => {
  const map = stripes();

  it('gives every corpus point its own style and digit, exactly', () => {
    map.digits.forEach((digit, i) => {
      const { style, digitWeights, nearest } = pointAt(map, map.positions[2 * i], map.positions[2 * i + 1]);
      expect(nearest).toBe(i);
      expect(style).toEqual(map.styles.slice(5 * i, 5 * i + 5));
      expect(digitWeights[digit]).toBe(1);
    });
  });

  it('has finite styles within those of the points, and shares of digits that add up to 1', () => {
    const unit = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(unit, unit, (x, y) => {
        const { style, digitWeights } = pointAt(map, x, y);
        expect(style.every((value) => Math.abs(value) < 5)).toBe(true);
        expect(sum(digitWeights)).toBeCloseTo(1, 6);
        expect(digitWeights.every((weight) => weight >= 0)).toBe(true);
      }),
    );
  });

  it('moves little when the place moves little, wherever neighbours come and go', () => {
    const largest = (steps: number) => {
      let worst = 0;
      let before = pointAt(map, 0, 0.5);
      for (let k = 1; k <= steps; k++) {
        const now = pointAt(map, k / steps, 0.5 + 0.3 * Math.sin((6 * k) / steps));
        now.style.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - before.style[i]))));
        now.digitWeights.forEach(
          (value, d) => (worst = Math.max(worst, Math.abs(value - before.digitWeights[d]))),
        );
        before = now;
      }
      return worst;
    };
    // A jump would be as large at any step length.
    const [coarse, fine] = [largest(20_000), largest(200_000)];
    expect(fine).toBeLessThan(0.05);
    expect(fine).toBeLessThan(0.15 * coarse);
  });

  it('is of one digit where all near points are, and of two on their border', () => {
    const inside = pointAt(map, 0.55, 0.5).digitWeights;
    expect(inside[5]).toBe(1);
    const border = pointAt(map, 0.5, 0.5).digitWeights;
    expect(border[4]).toBeGreaterThan(0);
    expect(border[5]).toBeGreaterThan(0);
  });

  it('blends points of one digit alone when the digit is given', () => {
    const { digitWeights, nearest } = pointAt(map, 0.9, 0.5, 2);
    expect(digitWeights[2]).toBe(1);
    expect(map.digits[nearest]).toBe(2);
  });

  it('shares between points that coincide, even when all do', () => {
    const twins = placed(
      [
        [0.5, 0.5],
        [0.5, 0.5],
        [0.75, 0.5],
      ],
      [1, 2, 3],
    );
    const { style, digitWeights } = pointAt(twins, 0.5, 0.5);
    expect(style[0]).toBe(0.5);
    expect([digitWeights[1], digitWeights[2], digitWeights[3]]).toEqual([0.5, 0.5, 0]);
    const heap = placed(
      Array.from({ length: 12 }, () => [0.25, 0.25] as const),
      new Array<number>(12).fill(4),
    );
    for (const x of [0.25, 0.5]) {
      const place = pointAt(heap, x, 0.25);
      expect(place.digitWeights[4]).toBe(1);
      expect(place.style[0]).toBeCloseTo(3.5, 6);
    }
  });

  it('needs no more than one point', () => {
    const one = placed([[0.5, 0.5]], [7]);
    expect(pointAt(one, 0.1, 0.9).digitWeights[7]).toBe(1);
  });

  it('stays finite beside a point, at the least distance that numbers have', () => {
    const near = placed(
      [
        [0, 0],
        [0.5, 0.5],
      ],
      [0, 1],
    );
    const { style, digitWeights } = pointAt(near, Number.MIN_VALUE, 1e-160);
    expect(style[0]).toBeCloseTo(0, 6);
    expect(sum(digitWeights)).toBeCloseTo(1, 6);
  });

  it('refuses places outside the square and digits without points', () => {
    expect(() => pointAt(map, 1.01, 0.5)).toThrow(/x must be a number from 0 to 1, got 1.01/);
    expect(() => pointAt(map, 0.5, NaN)).toThrow(RangeError);
    expect(() => pointAt(placed([[0.5, 0.5]], [7]), 0.5, 0.5, 3)).toThrow(/digit.*got 3/);
  });
});

describe('mapOf', () => {
  const manifest = { ...smallManifest(), map: { digits: [3, 4], speakers: [0, 1] } };
  const tensor = (...values: number[]) => ({ shape: [2, 2], values: Float32Array.from(values) });

  it('reads the map of a bundle', () => {
    const tensors = new Map([
      ['map.positions', tensor(0.25, 0.5, 0.75, 0.5)],
      ['map.styles', tensor(1, 2, 3, 4)],
    ]);
    expect(pointAt(mapOf({ manifest, tensors }), 0.75, 0.5).style).toEqual(Float32Array.of(3, 4));
  });

  it('says what to do about a bundle without one', () => {
    const bundle = { manifest: smallManifest(), tensors: new Map() };
    expect(() => mapOf(bundle)).toThrow(InputError);
    expect(() => mapOf(bundle)).toThrow(/train or export it again/);
  });
});
