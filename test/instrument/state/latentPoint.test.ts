// Latent points: voice, map and knobs add up, each apart from the others, and the digit moves apart from the
// style.
import { describe, expect, it } from 'vitest';
import { defaultValues, type ParameterValues } from '../../../src/contract/parameters.ts';
import { styleAt } from '../../../src/model/latent.ts';
import type { MapPoints } from '../../../src/model/map.ts';
import { knobsOf, latentPoint, latentStyle, mapOffset } from '../../../src/instrument/state/latentPoint.ts';
import { smallManifest } from '../../helpers/manifest.ts';

const manifest = smallManifest();
/** Two points of digit 3 and one of digit 4. */
const map: MapPoints = {
  positions: Float32Array.of(0, 0, 1, 1, 0.5, 0.5),
  styles: Float32Array.of(10, 20, -10, 0, 7, 7),
  digits: [3, 3, 4],
  speakers: [0, 1, 2],
};
const at = (changes: Partial<ParameterValues>): ParameterValues => ({ ...defaultValues(), ...changes });

describe('latent point', () => {
  it('is the voice alone while the map is at 0, missing, or without the digit', () => {
    expect(mapOffset(manifest, map, at({ mapAmount: 0 }), 1, 3)).toBeNull();
    expect(mapOffset(manifest, null, at({ mapAmount: 1 }), 1, 3)).toBeNull();
    expect(mapOffset(manifest, map, at({ mapAmount: 1 }), 1, 5)).toBeNull();
    expect(latentStyle(manifest, map, at({}), 1, 3)).toEqual(styleAt(manifest, 1, 3));
  });

  it("goes from the voice's own style to the map's, of the same digit only", () => {
    const values = at({ mapX: 0, mapY: 0, mapAmount: 1 });
    expect([...latentStyle(manifest, map, values, 2, 3)]).toEqual([10, 20]);
    expect([...latentStyle(manifest, map, values, 2, 4)]).toEqual([7, 7]);
    expect([...latentStyle(manifest, map, { ...values, mapAmount: 0.5 }, 2, 3)]).toEqual([6, 11.5]);
    const corner = at({ mapX: 1, mapY: 1, mapAmount: 1 });
    expect([...latentStyle(manifest, map, corner, 0, 3)]).toEqual([-10, 0]);
  });

  it('adds the knobs to wherever voice and map are', () => {
    const values = at({ mapX: 0, mapY: 0, mapAmount: 1, style1: 0.5, style2: -2 });
    expect(knobsOf(values)).toEqual([0.5, -2, 0, 0, 0, 0, 0, 0]);
    expect([...latentStyle(manifest, map, values, 2, 3)]).toEqual([10.5, 18]);
    const offset = mapOffset(manifest, map, values, 2, 3) ?? [];
    const sum = styleAt(manifest, 2, 3, knobsOf(values)).map((value, i) => value + offset[i]);
    expect([...sum]).toEqual([10.5, 18]);
  });

  it('moves between digits in a straight line, with the style of both', () => {
    const values = at({ mapX: 0, mapY: 0, mapAmount: 1, digit: 3.25 });
    const { digitPoint, style } = latentPoint(manifest, map, values, 2);
    expect([...digitPoint]).toEqual([3.25]);
    expect([...style]).toEqual([9.25, 16.75]);
    expect([...latentPoint(manifest, map, at({ digit: 9 }), 1).digitPoint]).toEqual([9]);
    expect([...latentPoint(manifest, map, at({ digit: 9 }), 1).style]).toEqual([1, 9]);
  });
});
