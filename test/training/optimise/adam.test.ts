// Adam and its schedule against the published update rule.
import { describe, expect, it } from 'vitest';
import { Adam, clipNorm, learningRateAt } from '../../../training/optimise/adam.ts';
import { parseConfig } from '../../../training/vae/trainingConfig.ts';

describe('Adam', () => {
  it('follows algorithm 1 of Kingma & Ba on a changing gradient', () => {
    const adam = new Adam(2);
    const parameters = Float32Array.of(1, -2);
    let [m, v] = [0, 0];
    let expected = 1;
    for (let t = 1; t <= 20; t++) {
      const g = Math.cos(t) + 0.3;
      adam.update(parameters, Float32Array.of(g, 0), 0.01);
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      expected -= (0.01 * (m / (1 - 0.9 ** t))) / (Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8);
    }
    expect(parameters[0]).toBeCloseTo(expected, 4);
    expect(parameters[1]).toBe(-2);
  });

  it('finds the minimum of a badly scaled bowl', () => {
    const adam = new Adam(2);
    const x = Float32Array.of(3, -3);
    for (let t = 0; t < 3000; t++) adam.update(x, Float32Array.of(200 * x[0], 0.02 * x[1]), 0.01);
    expect(Math.abs(x[0])).toBeLessThan(0.02);
    expect(Math.abs(x[1])).toBeLessThan(0.02);
  });
});

describe('the learning rate', () => {
  const config = parseConfig({ learningRate: 1e-3, peakRate: 2, warmUpShare: 0.25 });

  it('rises from a tenth to the peak, then falls to nearly nothing, without a step', () => {
    const rates = Array.from({ length: 1001 }, (_, step) => learningRateAt(step, 1000, config));
    expect(rates[0]).toBeCloseTo(1e-4, 8);
    expect(Math.max(...rates)).toBeCloseTo(2e-3, 8);
    expect(rates.indexOf(Math.max(...rates))).toBe(250);
    expect(rates[1000]).toBeLessThan(2e-6);
    for (let i = 1; i < rates.length; i++) expect(Math.abs(rates[i] - rates[i - 1])).toBeLessThan(2e-5);
  });
});

describe('clipNorm', () => {
  it('returns the norm and scales only what exceeds the limit', () => {
    const small = Float32Array.of(3, 4);
    expect(clipNorm(small, 10)).toBeCloseTo(5, 6);
    expect([...small]).toEqual([3, 4]);
    expect(clipNorm(small, 1)).toBeCloseTo(5, 6);
    expect(Math.hypot(...small)).toBeCloseTo(1, 6);
  });
});
