// The VAE's loss, gradient and folding, on a tiny network.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { defaultFormat, defaultTracks, frameValues, wideFormat } from '../../../src/contract/spectrogram.ts';
import { hertzOfMel, melOfHertz } from '../../../src/dsp/mel.ts';
import { Random } from '../../../src/dsp/random.ts';
import { initWasmBackend } from '../../../src/model/kernels/nodeWasm.ts';
import { decoderShapes, encoderShapes, listenerShapes } from '../../../src/model/shapes.ts';
import { decode, encode } from '../../../src/model/network.ts';
import { Adam } from '../../../training/optimise/adam.ts';
import { parseConfig } from '../../../training/vae/trainingConfig.ts';
import { initialise, parameterLayout, viewOf } from '../../../training/optimise/flatParameters.ts';
import { TakeShares } from '../../../training/vae/takeShares.ts';
import { validBands } from '../../../src/dsp/bandwidth.ts';
import { ears, lossEars } from '../../../training/listener/earConfig.ts';
import { earShapes } from '../../../training/listener/earNetwork.ts';
import {
  objective,
  VaeStep,
  type FrozenListener,
  type Hearer,
  type TrainedShape,
} from '../../../training/vae/vae.ts';
import { bundleTensors } from '../../../training/optimise/foldNormalisation.ts';
import { tinyListener } from '../../helpers/bundle.ts';

const shape: TrainedShape = {
  format: { ...defaultFormat, frames: 16, melBands: 16 },
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

const tracked: TrainedShape = {
  ...shape,
  format: { ...shape.format, tracks: defaultTracks },
  architecture: { ...shape.architecture, trackUnits: 5 },
};
const trackedLayout = parameterLayout(tracked);
const trackedValues = frameValues(tracked.format);

/** A listener of random weights: it hears something of everything. */
function frozenListener(): FrozenListener {
  const random = new Random(21);
  const tensors = [...listenerShapes(tracked.format, tinyListener)].map(([name, dims]) => {
    const length = dims.reduce((a, b) => a * b, 1);
    return [name, Float32Array.from({ length }, () => 0.5 * random.normal())] as const;
  });
  return { shape: tinyListener, tensors: new Map(tensors) };
}

/** Four takes with tracks: the first two and the last two of one digit each. */
function startTracked() {
  const random = new Random(12);
  const parameters = new Float32Array(trackedLayout.length);
  const statistics = new Float32Array(trackedLayout.statisticsLength);
  initialise(trackedLayout, parameters, statistics, random);
  // A quiet output is clamped before it is heard, where it has no slope.
  viewOf(trackedLayout.slots, parameters, 'decoder.out.bias').fill(0.4);
  const features = Float32Array.from(
    { length: 4 * 16 * trackedValues },
    (_, i) => 0.5 + 0.4 * Math.sin(i * 1.3),
  );
  return { parameters, statistics, share: { features, digits: Uint8Array.of(2, 2, 7, 7) } };
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

  it('computes the gradient of the track and listener terms too', async () => {
    const { parameters, share } = startTracked();
    const all = parseConfig({ mixShare: 0.5, swapWeight: 20, swapShare: 0.5 });
    const step = new VaeStep(tracked, trackedLayout, all, [frozenListener()]);
    const gradient = new Float32Array(trackedLayout.length);
    const unused = new Float32Array(trackedLayout.length);
    const statistics = new Float32Array(trackedLayout.statisticsLength);
    const sums = await step.gradient(share, parameters, 1, new Random(1), gradient, statistics);
    for (const name of ['trackError', 'misheard', 'mismatch', 'mixMisheard', 'swapMisheard'] as const) {
      expect(sums[name], name).toBeGreaterThan(0);
    }
    const lossAt = async (at: number, delta: number) => {
      const moved = parameters.slice();
      moved[at] += delta;
      const moment = await step.gradient(share, moved, 1, new Random(1), unused, statistics);
      return objective(moment, all, 1);
    };
    for (const [name, h] of [
      ['decoder.track.bias', 1e-2],
      ['decoder.trackHidden.kernel', 2e-3],
      ['decoder.out.bias', 2e-3],
      ['decoder.dense.kernel', 2e-3],
      ['digit.embedding', 2e-3],
    ] as const) {
      const slot = trackedLayout.slots.find((candidate) => candidate.name === name)!;
      const view = viewOf(trackedLayout.slots, gradient, name);
      const largest = view.reduce((best, value, i) => (Math.abs(value) > Math.abs(view[best]) ? i : best), 0);
      const at = slot.offset + largest;
      const slope = ((await lossAt(at, h)) - (await lossAt(at, -h))) / (2 * h);
      expect(Math.abs(slope - gradient[at]) / Math.abs(slope), name).toBeLessThan(0.05);
    }
    step.dispose();
  });

  it('lets each of the listener terms pull by itself', async () => {
    const { parameters, share } = startTracked();
    const silent = { misheardWeight: 0, mismatchWeight: 0, mixWeight: 0, mixShare: 0.5 };
    const run = async (weights: object): Promise<Float32Array> => {
      const step = new VaeStep(tracked, trackedLayout, parseConfig({ ...silent, ...weights }), [
        frozenListener(),
      ]);
      const gradient = new Float32Array(trackedLayout.length);
      const statistics = new Float32Array(trackedLayout.statisticsLength);
      const sums = await step.gradient(share, parameters, 1, new Random(1), gradient, statistics);
      expect(sums.mixMisheard > 0).toBe('mixWeight' in weights);
      expect(sums.swapMisheard > 0).toBe('swapWeight' in weights);
      step.dispose();
      return viewOf(trackedLayout.slots, gradient, 'decoder.up1.kernel').slice();
    };
    const none = await run({});
    for (const name of ['misheardWeight', 'mismatchWeight', 'mixWeight', 'swapWeight']) {
      expect(await run({ [name]: 50 }), name).not.toEqual(none);
    }
  });

  it('hears with ears beside listeners, as much as with each, and leaves no tensor of them behind', async () => {
    const before = tf.memory().numTensors;
    const wide: TrainedShape = { ...shape, format: wideFormat };
    const wideLayout = parameterLayout(wide);
    const random = new Random(13);
    const parameters = new Float32Array(wideLayout.length);
    const statistics = new Float32Array(wideLayout.statisticsLength);
    initialise(wideLayout, parameters, statistics, random);
    const { frames, melBands } = wideFormat;
    const features = Float32Array.from({ length: 2 * frames * melBands }, () => random.uniform());
    const share = { features, digits: Uint8Array.of(4, 5) };
    const hearers = lossEars.map((name) => {
      const { shape: ear } = ears[name];
      const tensors = [...earShapes(ear)].map(([tensor, dims]) => {
        const length = dims.reduce((a, b) => a * b, 1);
        return [tensor, Float32Array.from({ length }, () => 0.1 * random.normal())] as const;
      });
      return { shape: ear, tensors: new Map(tensors) };
    });
    const heardBy = async (some: readonly Hearer[]) => {
      const step = new VaeStep(wide, wideLayout, config, some);
      const { misheard, mismatch } = await step.evaluate(share, parameters, statistics);
      step.dispose();
      return { misheard, mismatch };
    };
    const [first, second] = [await heardBy([hearers[0]]), await heardBy([hearers[1]])];
    const both = await heardBy(hearers);
    expect(first.misheard).toBeGreaterThan(0.1);
    expect(first.misheard).not.toBe(second.misheard);
    expect(both.misheard).toBeCloseTo((first.misheard + second.misheard) / 2, 3);
    expect(both.mismatch / ((first.mismatch + second.mismatch) / 2)).toBeCloseTo(1, 3);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('counts f0 only as far as a frame is voiced', async () => {
    const { parameters, statistics, share } = startTracked();
    const step = new VaeStep(tracked, trackedLayout, config);
    const before = tf.memory().numTensors;
    const errorWith = async (voicing: number, f0: number): Promise<number> => {
      const features = share.features.map((value, i) => {
        const channel = (i % trackedValues) - 16;
        return channel < 0 ? value : channel === 0 ? f0 : voicing;
      });
      return (await step.evaluate({ ...share, features }, parameters, statistics)).trackError;
    };
    expect(await errorWith(0, 0.9)).toBe(await errorWith(0, 0.1));
    const [low, high] = [await errorWith(1, 0.1), await errorWith(1, 0.9)];
    expect(Math.abs(high - low)).toBeGreaterThan(100);
    // Half voiced, half as much.
    const half = (await errorWith(0.5, 0.9)) - (await errorWith(0.5, 0.1));
    expect(half / (high - low)).toBeCloseTo(0.5, 3);
    expect(tf.memory().numTensors).toBe(before);
    step.dispose();
  });

  it('hears itself in silence as well, and leaves no tensor behind with a listener', async () => {
    const { parameters, statistics, share } = startTracked();
    const before = tf.memory().numTensors;
    const step = new VaeStep(tracked, trackedLayout, parseConfig({ mixShare: 0.5 }), [frozenListener()]);
    const gradient = new Float32Array(trackedLayout.length);
    const open = tf.memory().numTensors;
    const quiet = { ...share, features: new Float32Array(share.features.length) };
    for (const one of [share, quiet]) {
      await step.gradient(one, parameters, 1, new Random(1), gradient, statistics);
      expect(gradient.every(Number.isFinite)).toBe(true);
      const sums = await step.evaluate(one, parameters, statistics);
      expect(Object.values(sums).every(Number.isFinite)).toBe(true);
      expect(sums.mixMisheard).toBe(0);
      await step.statistics(one, parameters, statistics);
    }
    expect(tf.memory().numTensors).toBe(open);
    step.dispose();
    expect(tf.memory().numTensors).toBe(before);
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

describe('TakeShares', () => {
  const format = { ...defaultFormat, frames: 16, melBands: 16, hopSamples: 10, onsetSamples: 20 };
  const still = { stretch: 0, levelOffset: 0, tractChange: 0, narrowShare: 0, narrowHz: 2000 };
  /** A word whose features say at which frame they were taken; silent from frame 12 on. */
  const word = Float32Array.from({ length: 256 }, (_, i) =>
    i < 12 * 16 ? (1 + Math.floor(i / 16)) / 20 : 0,
  );
  const shared = { features: Float32Array.from([...word, ...word]), digits: Uint8Array.of(4, 5) };

  it('copies takes as they are', () => {
    const plain = new TakeShares(shared, format, still).gather([1, 0]);
    expect([...plain.digits]).toEqual([5, 4]);
    expect(plain.features).toEqual(shared.features);
  });

  it('changes the speed about the onset and keeps silence silent', () => {
    const speeds: number[] = [];
    for (let seed = 0; seed < 40; seed++) {
      const { features } = new TakeShares(shared, format, { ...still, stretch: 0.2 }).gather(
        [0],
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

  it('moves all frequencies and the pitch with the size of the speaker', () => {
    const withTracks = { ...format, tracks: defaultTracks };
    const values = frameValues(withTracks);
    const take = new Float32Array(16 * values);
    for (let m = 0; m < 16; m++) {
      // One loud band, in the middle.
      take[m * values + 8] = 1;
      take[m * values + 16] = 0.5;
    }
    const tall = { features: take, digits: Uint8Array.of(3) };
    const [low, high] = [melOfHertz(format.melLowHz), melOfHertz(format.melHighHz)];
    const { f0LowHz, f0HighHz } = defaultTracks;
    const factors = Array.from({ length: 60 }, (_, seed) => {
      const { features } = new TakeShares(tall, withTracks, { ...still, tractChange: 0.25 }).gather(
        [0],
        new Random(seed),
      );
      const frame = features.subarray(5 * values, 6 * values);
      const weight = frame.subarray(0, 16).reduce((sum, value) => sum + value, 0);
      const centre = frame.subarray(0, 16).reduce((sum, value, b) => sum + (b * value) / weight, 0);
      const hertz = hertzOfMel(low + ((centre + 1) / 17) * (high - low));
      const was = hertzOfMel(low + (9 / 17) * (high - low));
      const pitch = (f0HighHz / f0LowHz) ** (frame[16] - 0.5);
      // A band's centre moves in steps of what two bands share.
      expect(hertz / was / pitch).toBeGreaterThan(0.9);
      expect(hertz / was / pitch).toBeLessThan(1.1);
      expect([...frame.subarray(17)]).toEqual([0, 0, 0, 0]);
      return pitch;
    });
    expect(Math.min(...factors)).toBeGreaterThan(1 / 1.2501);
    expect(Math.min(...factors)).toBeLessThan(0.85);
    expect(Math.max(...factors)).toBeGreaterThan(1.15);
    expect(Math.max(...factors)).toBeLessThan(1.2501);
  });

  it('shows some takes to the encoder as narrow recordings, and owes all of them', () => {
    const narrow = new TakeShares(shared, format, { ...still, narrowShare: 0.5 });
    const shares = Array.from({ length: 40 }, (_, seed) => narrow.gather([0], new Random(seed)));
    const known = validBands(format, still.narrowHz);
    expect(known).toBeGreaterThan(4);
    expect(known).toBeLessThan(14);
    const narrowed = shares.filter(({ features, seen }) => {
      expect(features).toEqual(word);
      const isNarrow = seen![16 + known] === 0;
      for (let i = 0; i < word.length; i++) {
        expect(seen![i]).toBe(isNarrow && i % 16 >= known ? 0 : word[i]);
      }
      return isNarrow;
    });
    expect(narrowed.length).toBeGreaterThan(8);
    expect(narrowed.length).toBeLessThan(32);
    expect(narrow.gather([0]).seen).toBeUndefined();
  });

  it('stretches tracks with the bands and holds them past the ends of the clip', () => {
    const withTracks = { ...format, tracks: defaultTracks };
    const values = frameValues(withTracks);
    const take = new Float32Array(16 * values);
    for (let m = 0; m < 16; m++) {
      take.fill((1 + m) / 20, m * values, m * values + 16);
      // f0 rises by the frame, voicing stands.
      take[m * values + 16] = m / 16;
      take.fill(0.7, m * values + 17, (m + 1) * values);
    }
    const tracks = { features: take, digits: Uint8Array.of(3) };
    const plain = new TakeShares(tracks, withTracks, still).gather([0]);
    expect(plain.features).toEqual(take);
    const speeds: number[] = [];
    for (let seed = 0; seed < 40; seed++) {
      const stretch = { stretch: 0.2, levelOffset: 0.05 };
      const { features } = new TakeShares(tracks, withTracks, { ...still, ...stretch }).gather(
        [0],
        new Random(seed),
      );
      const f0 = (frame: number) => 16 * features[frame * values + 16];
      const speed = (f0(9) - 2) / 7;
      speeds.push(speed);
      for (let frame = 0; frame < 16; frame++) {
        expect(f0(frame)).toBeCloseTo(Math.min(15, Math.max(0, 2 + (frame - 2) * speed)), 4);
        for (let channel = 17; channel < values; channel++) {
          expect(features[frame * values + channel]).toBeCloseTo(0.7, 5);
        }
      }
      // The level moves the bands of a frame alike, and bands and tracks have one speed.
      const band = (frame: number) => 20 * features[frame * values + 3] - 1;
      expect((band(9) - band(2)) / 7).toBeCloseTo(speed, 4);
    }
    expect(Math.min(...speeds)).toBeLessThan(0.85);
    expect(Math.max(...speeds)).toBeGreaterThan(1.15);
  });
});
