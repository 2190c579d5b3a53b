// Fitting the prior map: it whitens what it was fitted to, fits it closer than a Gaussian does, and repeats itself.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../../src/dsp/random.ts';
import { initWasmBackend } from '../../../src/model/kernels/nodeWasm.ts';
import { priorMapOf, type PriorMap } from '../../../src/model/priorMap.ts';
import { priorMapShapes } from '../../../src/model/shapes.ts';
import {
  fitPriorMap,
  priorMapConfigSchema,
  type FittedPriorMap,
  type PosteriorTakes,
} from '../../../training/latent/fitPriorMap.ts';
import { tinyManifest } from '../../helpers/bundle.ts';

const size = 4;
const takesPerDigit = 300;
const said = [3, 7];
const anchors = Array.from({ length: 10 }, (_, d) => [Math.cos(d), Math.sin(d), d / 10]);

/** Two digits, each a bend in two dimensions and two clusters in the two others, turned and moved by the digit. */
function bentTakes(
  seed: number,
): PosteriorTakes & { readonly digits: number[]; readonly speakers: number[] } {
  const random = new Random(seed);
  const means: Float32Array[] = [];
  const digits: number[] = [];
  const speakers: number[] = [];
  for (const [d, digit] of said.entries()) {
    for (let i = 0; i < takesPerDigit; i++) {
      const speaker = i % 2;
      const along = 1.5 * random.normal();
      const side = speaker === 0 ? -1 : 1;
      means.push(
        Float32Array.of(
          along + 2 * d,
          (d === 0 ? 0.5 : -0.5) * along * along + 0.15 * random.normal(),
          side + 0.15 * random.normal(),
          (d === 0 ? side : -side) + 0.15 * random.normal() - d,
        ),
      );
      digits.push(digit);
      speakers.push(speaker);
    }
  }
  return {
    means,
    logVariances: means.map(() => new Float32Array(size).fill(-9)),
    digits,
    speakers,
  };
}

const settings = {
  couplings: 4,
  units: 16,
  batch: 128,
  learningRate: 5e-3,
  jitter: 0.03,
  weightDecay: 0,
  contraction: 0,
};

function fit(steps: number, seed: number, more: object = {}): Promise<FittedPriorMap> {
  const config = priorMapConfigSchema.parse({ ...settings, steps, ...more });
  return fitPriorMap(bentTakes(1), anchors, config, seed);
}

/** The map as the instrument runs it. */
function mapOfFit({ shape, tensors }: FittedPriorMap): PriorMap {
  const latent = { styleDimensions: size, digitDimensions: 3 };
  const shaped = [...priorMapShapes(shape, latent)].map(
    ([name, dims]) => [name, { shape: dims, values: tensors.get(name) ?? new Float32Array(0) }] as const,
  );
  const manifest = { ...tinyManifest(), latent, priorMap: shape, tensors: [] };
  return priorMapOf({ manifest, tensors: new Map(shaped) });
}

function determinant(rows: number[][]): number {
  const m = rows.map((row) => [...row]);
  let product = 1;
  for (let c = 0; c < m.length; c++) {
    const pivot = m
      .slice(c)
      .reduce((best, row, i) => (Math.abs(row[c]) > Math.abs(m[best][c]) ? c + i : best), c);
    if (pivot !== c) product = -product;
    [m[c], m[pivot]] = [m[pivot], m[c]];
    product *= m[c][c];
    for (let r = c + 1; r < m.length; r++) {
      const factor = m[r][c] / m[c][c];
      for (let k = c; k < m.length; k++) m[r][k] -= factor * m[c][k];
    }
  }
  return product;
}

/** Mean negative log-likelihood of the takes in nats, by the change of variables: central differences give the Jacobian. */
function meanNats(map: PriorMap, takes: PosteriorTakes, every = 1): number {
  const h = 1e-2;
  let sum = 0;
  let count = 0;
  for (let i = 0; i < takes.means.length; i += every) {
    const anchor = anchors[takes.digits[i]];
    const z = takes.means[i];
    const u = map.toPlayer(anchor, z);
    const columns = Array.from({ length: size }, (_, k) => {
      const moved = (by: number) =>
        map.toPlayer(
          anchor,
          z.map((value, j) => (j === k ? value + by : value)),
        );
      const [up, down] = [moved(h), moved(-h)];
      return Array.from(up, (value, j) => (value - down[j]) / (2 * h));
    });
    const square = u.reduce((total, value) => total + value * value, 0);
    sum += 0.5 * square + 0.5 * size * Math.log(2 * Math.PI) - Math.log(Math.abs(determinant(columns)));
    count++;
  }
  return sum / count;
}

/** Mean distance from styles drawn for each digit to the nearest take of it. */
function meanNearest(map: PriorMap, takes: PosteriorTakes): number {
  const random = new Random(9);
  let sum = 0;
  const draws = 200;
  for (let k = 0; k < draws; k++) {
    const digit = said[k % 2];
    const z = map.toLatent(
      anchors[digit],
      Float32Array.from({ length: size }, () => random.normal()),
    );
    let nearest = Infinity;
    takes.means.forEach((take, i) => {
      if (takes.digits[i] !== digit) return;
      nearest = Math.min(nearest, Math.hypot(...take.map((value, j) => value - z[j])));
    });
    sum += nearest / draws;
  }
  return sum;
}

describe('fitPriorMap', () => {
  const takes = bentTakes(1);
  const others = bentTakes(2);
  let fitted: FittedPriorMap;
  /** One step from the identity: the linear part alone, a Gaussian for each digit. */
  let linear: FittedPriorMap;
  let map: PriorMap;

  beforeAll(async () => {
    await initWasmBackend();
    fitted = await fit(400, 1);
    linear = await fit(1, 1);
    map = mapOfFit(fitted);
  });

  it('whitens the takes it was fitted to, in every dimension', () => {
    for (const one of [map, mapOfFit(linear)]) {
      const styles = takes.means.map((z, i) => one.toPlayer(anchors[takes.digits[i]], z));
      for (let k = 0; k < size; k++) {
        const mean = styles.reduce((sum, u) => sum + u[k], 0) / styles.length;
        const variance = styles.reduce((sum, u) => sum + (u[k] - mean) ** 2, 0) / styles.length;
        expect(Math.abs(mean)).toBeLessThan(0.15);
        expect(variance).toBeGreaterThan(0.65);
        expect(variance).toBeLessThan(1.35);
      }
    }
  });

  it('finds likelier what it was fitted to, and other takes of the kind, than a Gaussian does', () => {
    const gaussian = mapOfFit(linear);
    expect(meanNats(map, takes, 3)).toBeLessThan(meanNats(gaussian, takes, 3) - 1);
    expect(meanNats(map, others, 3)).toBeLessThan(meanNats(gaussian, others, 3) - 1);
  });

  it('lands nearer to the takes than draws of a Gaussian', () => {
    expect(meanNearest(map, takes)).toBeLessThan(0.65 * meanNearest(mapOfFit(linear), takes));
  });

  it('counts the nats that the map itself gives', () => {
    // What is counted is the likelihood of whitened takes: the rotation's volume lies between.
    const rotation = fitted.tensors.get('priorMap.rotation')!;
    const rows = Array.from({ length: size }, (_, r) =>
      Array.from(rotation.subarray(r * size, (r + 1) * size)),
    );
    const whitened = meanNats(map, takes) - Math.log(Math.abs(determinant(rows)));
    // 0.11 apart here: a running mean over the last fifty batches, of takes with a little noise.
    expect(Math.abs(fitted.trainNats - whitened)).toBeLessThan(0.3);
    expect(fitted.trainNats).toBeLessThan(0.5 * size * Math.log(2 * Math.PI) + 0.5 * size - 0.5);
  });

  it('makes every tensor that the bundle wants, all finite, and leaves none with the backend', async () => {
    const before = tf.memory().numTensors;
    const { shape, tensors } = await fit(3, 1);
    expect(tf.memory().numTensors).toBe(before);
    const shapes = priorMapShapes(shape, { styleDimensions: size, digitDimensions: 3 });
    expect([...tensors.keys()].sort()).toEqual([...shapes.keys()].sort());
    for (const [name, dims] of shapes) {
      expect(tensors.get(name)).toHaveLength(dims.reduce((a, b) => a * b, 1));
      expect(tensors.get(name)!.every(Number.isFinite)).toBe(true);
    }
  });

  it('repeats itself for a seed, tells its steps, and goes by the seed', async () => {
    const told: number[] = [];
    const config = priorMapConfigSchema.parse({ ...settings, steps: 5 });
    const first = await fitPriorMap(takes, anchors, config, 4, (done, steps) => told.push(done / steps));
    expect(told).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
    expect((await fit(5, 4)).tensors).toEqual(first.tensors);
    expect((await fit(5, 5)).tensors).not.toEqual(first.tensors);
  });

  it('draws takes to the mean of their digit and speaker before the fit when told to', async () => {
    const whole = mapOfFit(await fit(1, 1, { contraction: 0 }));
    const drawn = mapOfFit(await fit(1, 1, { contraction: 0.5 }));
    // The clusters stand, the scatter about them halves: along the bend a deviation of the prior reaches half as far.
    const reach = (one: PriorMap) => {
      const random = new Random(3);
      const firsts = Array.from(
        { length: 300 },
        () =>
          one.toLatent(
            anchors[3],
            Float32Array.from({ length: size }, () => random.normal()),
          )[0],
      );
      const mean = firsts.reduce((a, b) => a + b) / firsts.length;
      return Math.sqrt(firsts.reduce((sum, value) => sum + (value - mean) ** 2, 0) / firsts.length);
    };
    expect(reach(drawn) / reach(whole)).toBeGreaterThan(0.4);
    expect(reach(drawn) / reach(whole)).toBeLessThan(0.6);
  });
});
