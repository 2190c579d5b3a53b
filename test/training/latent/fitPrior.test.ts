// The fitted prior recovers the means and covariances that its takes were drawn from.
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/dsp/random.ts';
import { fitPrior } from '../../../training/latent/fitPrior.ts';

const z = 3;

/** Takes around mean (digit, speaker, 0) with standard deviations 2, 1 and 0.1 along the axes. */
function draw(perGroup: number) {
  const random = new Random(5);
  const styles: Float32Array[] = [];
  const digits: number[] = [];
  const speakers: number[] = [];
  for (let digit = 0; digit < 10; digit++) {
    for (let speaker = 0; speaker < 2; speaker++) {
      for (let i = 0; i < perGroup; i++) {
        styles.push(
          Float32Array.of(digit + 2 * random.normal(), speaker + random.normal(), 0.1 * random.normal()),
        );
        digits.push(digit);
        speakers.push(speaker);
      }
    }
  }
  return { styles, digits, speakers };
}

describe('fitPrior', () => {
  const prior = fitPrior(draw(400), 2);

  it('finds the mean of each digit and speaker', () => {
    const at = (digit: number, speaker: number, i: number) => prior.means[(digit * 2 + speaker) * z + i];
    expect(at(7, 1, 0)).toBeCloseTo(7, 0);
    expect(at(7, 1, 1)).toBeCloseTo(1, 0);
    expect(Math.abs(at(0, 0, 2))).toBeLessThan(0.05);
  });

  it('gives factors whose products are the covariances, drawn in alike along all of them', () => {
    expect(prior.factors).toHaveLength(2 * z * z);
    for (let speaker = 0; speaker < 2; speaker++) {
      const factor = prior.factors.subarray(speaker * z * z, (speaker + 1) * z * z);
      const entry = (i: number, j: number) => {
        let sum = 0;
        for (let k = 0; k < z; k++) sum += factor[i * z + k] * factor[j * z + k];
        return sum;
      };
      // Variances of 4, 1 and 0.01 times one factor: the square of the spread, which is less than 1.
      expect(entry(1, 1)).toBeGreaterThan(0.04);
      expect(entry(1, 1)).toBeLessThan(1);
      expect(entry(0, 0) / entry(1, 1)).toBeGreaterThan(3);
      expect(entry(0, 0) / entry(1, 1)).toBeLessThan(5);
      expect(Math.abs(entry(0, 1)) / entry(1, 1)).toBeLessThan(0.6);
      expect(entry(2, 2) / entry(1, 1)).toBeCloseTo(0.01, 2);
      expect(factor[1]).toBe(0);
    }
  });

  it('tells the voices apart by how their takes vary', () => {
    const takes = draw(200);
    const own = { ...takes, styles: takes.styles.map((style) => Float32Array.from(style)) };
    own.styles.forEach((style, i) => {
      if (own.speakers[i] === 1) style[0] = own.digits[i] + 0.5 * (style[0] - own.digits[i]);
    });
    const { factors } = fitPrior(own, 2);
    // 0.7 of 4 and 1, and 0.3 of their mean: 3.55 and 1.45.
    expect(factors[0] ** 2 / factors[z * z] ** 2).toBeCloseTo(3.55 / 1.45, 0);
  });

  it('gives a digit that a speaker never says the middle of those that they say', () => {
    const takes = draw(3);
    takes.speakers = takes.speakers.map((speaker, i) => (takes.digits[i] === 4 ? 0 : speaker));
    const { means } = fitPrior(takes, 2);
    const row = (digit: number) => [...means.subarray((2 * digit + 1) * z, (2 * digit + 2) * z)];
    const said = Array.from({ length: 10 }, (_, digit) => digit).filter((digit) => digit !== 4);
    row(4).forEach((value, k) => {
      const middle = said.reduce((sum, digit) => sum + row(digit)[k], 0) / said.length;
      expect(value).toBeCloseTo(middle, 5);
    });
  });

  it('leaves out takes of nobody who is a voice, and refuses a voice of no take', () => {
    const takes = draw(3);
    const more = {
      styles: [...takes.styles, takes.styles[0].map((value) => value + 50)],
      digits: [...takes.digits, 0],
      speakers: [...takes.speakers, -1],
    };
    expect(fitPrior(more, 2)).toEqual(fitPrior(takes, 2));
    expect(() => fitPrior(takes, 3)).toThrow(/speaker 2 has no training take/);
  });
});
