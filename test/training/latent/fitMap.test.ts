// The fitted map: the same for the same seed, true to the space it came from, its points evenly chosen and apart.
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/dsp/random.ts';
import { fitMap, withDigits } from '../../../training/latent/fitMap.ts';
import { mapChart } from '../../../training/report/mapChart.ts';
import { neighbourAgreement, trustworthiness } from '../../helpers/mapQuality.ts';
import type { EncodedTakes } from '../../../training/latent/fitPrior.ts';

/** Clusters of 12-dimensional styles: by speaker inside every digit, all digits about one centre as a VAE's are. */
function clusters(speakers: number, takes: number): EncodedTakes {
  const random = new Random(5);
  const vector = (deviation: number) => Float32Array.from({ length: 12 }, () => deviation * random.normal());
  const styles: Float32Array[] = [];
  const digits: number[] = [];
  const voices: number[] = [];
  for (let digit = 0; digit < 10; digit++) {
    for (let speaker = 0; speaker < speakers; speaker++) {
      const centre = vector(1);
      for (let take = 0; take < takes; take++) {
        styles.push(vector(0.3).map((value, i) => value + centre[i]));
        digits.push(digit);
        voices.push(speaker);
      }
    }
  }
  return { styles, digits, speakers: voices };
}

describe('fitMap', () => {
  const encoded = clusters(3, 10);
  const map = fitMap(encoded, 1);
  const z = 12;
  const styles = map.digits.map((_, i) => map.styles.subarray(z * i, z * (i + 1)));

  it('uses every take when there are few, with its own style and labels', () => {
    expect(map.takes).toEqual(encoded.styles.map((_, i) => i));
    expect(map.digits).toEqual(encoded.digits);
    expect(map.speakers).toEqual(encoded.speakers);
    expect(styles[17]).toEqual(encoded.styles[17]);
  });

  it('gives the same map for the same seed, another one for another', () => {
    expect(fitMap(encoded, 1).positions).toEqual(map.positions);
    expect(fitMap(encoded, 2).positions).not.toEqual(map.positions);
  });

  it('keeps digits together and, inside them, voices', () => {
    expect(neighbourAgreement(map.positions, map.digits, 8)).toBeGreaterThan(0.95);
    expect(neighbourAgreement(map.positions, map.speakers, 4)).toBeGreaterThan(0.9);
  });

  it('is trustworthy', () => {
    expect(trustworthiness(withDigits(styles, map.digits), map.positions, 8)).toBeGreaterThan(0.95);
  });

  it('fills the square up to its margins, in numbers that float16 holds, no point on another', () => {
    const { positions } = map;
    const values = [...positions];
    expect(Math.min(...values)).toBeCloseTo(0.02, 3);
    expect(Math.max(...values)).toBeCloseTo(0.98, 3);
    // Halves below 1 are multiples of 2^-11 or finer ones.
    expect(values.filter((value) => value >= 0.5).every((value) => Number.isInteger(value * 2048))).toBe(
      true,
    );
    let least = Infinity;
    for (let i = 0; i < map.digits.length; i++) {
      for (let j = 0; j < i; j++) {
        const [dx, dy] = [0, 1].map((axis) => positions[2 * i + axis] - positions[2 * j + axis]);
        least = Math.min(least, Math.hypot(dx, dy));
      }
    }
    expect(least).toBeGreaterThan(0.009);
  });

  it('chooses evenly over digits and voices when there are many, and a third of those who are none', () => {
    const { styles: all, digits, speakers } = clusters(8, 12);
    const unknown = Array.from(speakers, (speaker) => (speaker > 3 ? -1 : speaker));
    const { takes } = fitMap({ styles: all, digits, speakers: unknown }, 1, 120);
    expect(new Set(takes).size).toBe(120);
    const counts = new Map<string, number>();
    for (const i of takes) {
      const key = `${digits[i]} ${unknown[i]}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(50);
    for (const [key, count] of counts) expect(count, key).toBe(key.endsWith('-1') ? 4 : 2);
  });

  it('lays out takes that coincide, and refuses to lay out one', () => {
    const same = { styles: Array.from({ length: 6 }, () => new Float32Array(3)), digits: [1, 1, 1, 1, 1, 1] };
    const { positions } = fitMap({ ...same, speakers: [0, 0, 0, 0, 0, 0] }, 1);
    expect(positions.every((value) => value >= 0.019 && value <= 0.981)).toBe(true);
    const places = Array.from({ length: 6 }, (_, i) => `${positions[2 * i]} ${positions[2 * i + 1]}`);
    expect(new Set(places).size).toBe(6);
    expect(() => fitMap({ styles: [new Float32Array(3)], digits: [1], speakers: [0] }, 1)).toThrow(
      /two takes/,
    );
  });

  it('is drawn with a mark for every point', () => {
    const svg = mapChart(map, ['ann', 'ben', 'carl']);
    expect(svg).toMatch(/^<svg/);
    expect(svg).toContain('voice carl');
    const marks = svg.match(/<path[^>]*fill="#f28e2b"/g) ?? [];
    // Thirty takes of digit 1, and its line in the legend.
    expect(marks).toHaveLength(31);
  });
});

describe('trustworthiness', () => {
  const line = Array.from({ length: 30 }, (_, i) => [i, 0]);

  it('is 1 for a map that keeps every neighbourhood', () => {
    expect(trustworthiness(line, Float32Array.from(line.flat()), 5)).toBe(1);
  });

  it('falls for a map that has nothing to do with the space', () => {
    const random = new Random(1);
    const scattered = Float32Array.from({ length: 60 }, () => random.uniform());
    expect(trustworthiness(line, scattered, 5)).toBeLessThan(0.7);
  });
});
