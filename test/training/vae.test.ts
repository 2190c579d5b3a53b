// The VAE's loss, gradient and folding, on a tiny network.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src/dsp/random.ts';
import { initWasmBackend } from '../../src/model/kernels/node.ts';
import { decode, decoderShapes, encode, encoderShapes, type NetworkShape } from '../../src/model/network.ts';
import { Adam } from '../../training/adam.ts';
import { parseConfig } from '../../training/config.ts';
import { initialise, parameterLayout, viewOf } from '../../training/parameters.ts';
import { gatherShare } from '../../training/thread.ts';
import { bundleTensors, objective, VaeStep } from '../../training/vae.ts';

const shape: NetworkShape = {
  format: { frames: 16, melBands: 16 },
  latent: { styleDimensions: 3, digitDimensions: 2 },
  architecture: { encoderFilters: [4, 6], decoderFilters: [6, 5, 4], leak: 0.2 },
};
const config = parseConfig({});
const layout = parameterLayout(shape);

function start() {
  const random = new Random(11);
  const parameters = new Float32Array(layout.length);
  const statistics = new Float32Array(layout.statisticsLength);
  initialise(layout, parameters, statistics, random);
  const features = Float32Array.from({ length: 6 * 256 }, (_, i) => 0.5 + 0.4 * Math.sin(i * (1 + (i >> 8))));
  return { parameters, statistics, share: { features, digits: Uint8Array.of(0, 1, 2, 3, 9, 9) } };
}

beforeAll(() => initWasmBackend());

describe('VaeStep', () => {
  it('computes the gradient of its own objective (central differences)', async () => {
    const { parameters, share } = start();
    const step = new VaeStep(shape, layout, config);
    const gradient = new Float32Array(layout.length);
    const unused = new Float32Array(layout.length);
    const statistics = new Float32Array(layout.statisticsLength);
    await step.gradient(share, parameters, 1, new Random(1), gradient, statistics);
    const lossAt = async (at: number, delta: number) => {
      const moved = parameters.slice();
      moved[at] += delta;
      const sums = await step.gradient(share, moved, 1, new Random(1), unused, statistics);
      return objective(sums, config, 1);
    };
    for (const name of [
      'encoder.conv0.kernel',
      'encoder.conv1.scale',
      'decoder.up2.shift',
      'encoder.style.kernel',
      'encoder.digit.bias',
      'decoder.dense.kernel',
      'decoder.up1.kernel',
      'decoder.out.bias',
      'digit.embedding',
    ]) {
      const slot = layout.slots.find((candidate) => candidate.name === name)!;
      const view = viewOf(layout.slots, gradient, name);
      const largest = view.reduce((best, value, i) => (Math.abs(value) > Math.abs(view[best]) ? i : best), 0);
      const at = slot.offset + largest;
      const h = 2e-3;
      const slope = ((await lossAt(at, h)) - (await lossAt(at, -h))) / (2 * h);
      expect(Math.abs(slope - gradient[at]) / Math.abs(slope), name).toBeLessThan(0.05);
    }
    step.dispose();
  });

  it('learns a handful of takes by heart and leaks no tensor', async () => {
    const { parameters, statistics, share } = start();
    const step = new VaeStep(shape, layout, config);
    const adam = new Adam(layout.length);
    const gradient = new Float32Array(layout.length);
    const random = new Random(2);
    let first = 0;
    let last = 0;
    let tensors = 0;
    for (let i = 0; i < 150; i++) {
      const sums = await step.gradient(share, parameters, 0.1, random, gradient, statistics);
      adam.update(parameters, gradient, 0.01);
      if (i === 0) {
        first = objective(sums, config, 0.1);
        tensors = tf.memory().numTensors;
      }
      last = objective(sums, config, 0.1);
    }
    expect(last).toBeLessThan(0.5 * first);
    expect(tf.memory().numTensors).toBe(tensors);
    step.dispose();
  });
});

describe('bundleTensors', () => {
  it('folds batch normalisation so that encoder and decoder give the same', async () => {
    const { parameters, share } = start();
    const random = new Random(6);
    const statistics = Float32Array.from({ length: layout.statisticsLength }, () => 0.5 + random.uniform());
    for (const { name } of layout.slots) {
      if (!name.endsWith('.scale') && !name.endsWith('.shift')) continue;
      viewOf(layout.slots, parameters, name).forEach((_, i, v) => (v[i] = random.normal()));
    }
    const step = new VaeStep(shape, layout, config);
    const trained = await step.evaluate(share, parameters, statistics);
    step.dispose();

    const folded = bundleTensors(layout, parameters, statistics);
    const shapes = new Map([...encoderShapes(shape), ...decoderShapes(shape)]);
    const weights = (name: string) => tf.tensor(folded.get(name)!, shapes.get(name));
    const embedding = viewOf(layout.slots, parameters, 'digit.embedding');
    const [kl, crossEntropy, squaredError] = tf.tidy(() => {
      const features = tf.tensor3d(share.features, [6, 16, 16]);
      const { mean, logVariance, digitLogits } = encode(shape, weights, features);
      const divergence = tf.sum(
        tf.mul(0.5, tf.sub(tf.add(tf.square(mean), tf.exp(logVariance)), tf.add(logVariance, 1))),
      );
      const oneHot = tf.cast(tf.oneHot(tf.tensor1d(share.digits, 'int32'), 10), 'float32');
      const digitPoints = tf.tensor2d(
        [...share.digits].flatMap((d) => [...embedding.slice(2 * d, 2 * d + 2)]),
        [6, 2],
      );
      const output = decode(shape, weights, digitPoints, mean);
      return [
        divergence,
        tf.neg(tf.sum(tf.mul(oneHot, tf.logSoftmax(digitLogits)))),
        tf.sum(tf.square(tf.sub(output, features))),
      ].map((sum) => sum.dataSync()[0]);
    });
    expect(kl / trained.kl).toBeCloseTo(1, 4);
    expect(crossEntropy / trained.crossEntropy).toBeCloseTo(1, 4);
    // No feature of these takes is silent, so no error is excused.
    expect(squaredError / trained.squaredError).toBeCloseTo(1, 4);
  });
});

describe('gatherShare', () => {
  const format = { frames: 16, melBands: 16, hopSamples: 10, onsetSamples: 20 };
  /** A word whose features say at which frame they were taken; silent from frame 12 on. */
  const word = Float32Array.from({ length: 256 }, (_, i) =>
    i < 12 * 16 ? (1 + Math.floor(i / 16)) / 20 : 0,
  );
  const shared = { features: Float32Array.from([...word, ...word]), digits: Uint8Array.of(4, 5) };

  it('copies takes as they are', () => {
    const plain = gatherShare([1, 0], shared, { format }, config);
    expect([...plain.digits]).toEqual([5, 4]);
    expect(plain.features).toEqual(shared.features);
  });

  it('changes the speed about the onset and keeps silence silent', () => {
    const speeds: number[] = [];
    for (let seed = 0; seed < 40; seed++) {
      const { features } = gatherShare(
        [0],
        shared,
        { format },
        { stretch: 0.2, levelOffset: 0 },
        new Random(seed),
      );
      const at = (frame: number) => features[frame * 16 + 3] * 20 - 1;
      expect(at(2)).toBeCloseTo(2, 4);
      expect(features.subarray(15 * 16).every((value) => value === 0)).toBe(true);
      speeds.push((at(7) - 2) / 5);
    }
    expect(Math.min(...speeds)).toBeLessThan(0.85);
    expect(Math.max(...speeds)).toBeGreaterThan(1.15);
    expect(Math.min(...speeds)).toBeGreaterThan(0.79);
  });
});
