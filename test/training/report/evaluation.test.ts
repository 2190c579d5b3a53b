// Evaluating a model: every kind of clips is counted with its interval, walks are walked, and a seed repeats itself.
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { frameValues } from '../../../src/contract/spectrogram.ts';
import { Random } from '../../../src/dsp/random.ts';
import { initWasmBackend } from '../../../src/model/kernels/nodeWasm.ts';
import { openListener } from '../../../src/model/nodeListener.ts';
import { modelOf } from '../../../src/model/nodeModel.ts';
import type { LabelledFeatures } from '../../../training/listener/confusion.ts';
import { evaluate, featuresOfSound, soundOf, type Evaluation } from '../../../training/report/evaluation.ts';
import type { Ear } from '../../../training/listener/openEar.ts';
import type { Take } from '../../../training/corpus/takes.ts';
import { wilson } from '../../../training/report/wilson.ts';
import { tinyBundle, tinyManifestVersion1 } from '../../helpers/bundle.ts';

const bundle = tinyBundle();
const { format } = bundle.manifest;

/** Takes of each digit in each voice, features at random; one in a voice that the model does not know. */
function takesOf(split: Take['split'], voices: readonly string[], seed: number): LabelledFeatures {
  const random = new Random(seed);
  const takes = voices.flatMap((speaker) =>
    Array.from({ length: 10 }, (_, digit) => ({
      file: `${digit}_${speaker}_0.wav`,
      digit,
      speaker,
      take: 0,
      split,
    })),
  );
  const length = format.frames * frameValues(format);
  return { takes, features: takes.map(() => Float32Array.from({ length }, () => random.uniform())) };
}
const train = takesOf('train', ['ann', 'ben'], 1);
const test = takesOf('test', ['ann', 'zoe'], 2);

async function evaluated(
  seed: number,
  onProgress?: (done: number, total: number) => void,
  ears: readonly Ear[] = [],
): Promise<Evaluation> {
  const model = modelOf(bundle);
  const listener = openListener(bundle);
  try {
    return await evaluate({
      model,
      listener,
      train,
      test,
      seed,
      share: 0.05,
      ears,
      ...(onProgress ? { onProgress } : {}),
    });
  } finally {
    listener.dispose();
    model.dispose();
  }
}

describe('evaluate', () => {
  const told: [number, number][] = [];
  let evaluation: Evaluation;
  let leaked = 0;
  beforeAll(async () => {
    await initWasmBackend();
    const before = tf.memory().numTensors;
    evaluation = await evaluated(1, (done, total) => told.push([done, total]));
    leaked = tf.memory().numTensors - before;
  });

  it('has a row for each kind of clips, as many as were asked for', () => {
    expect(evaluation.rows.map(({ name, clips }) => [name, clips])).toEqual([
      ['recordings, train', 1],
      ['recordings, test', 1],
      ['say', 10],
      ['sample', 10],
      ['knobs', 2 * 5],
      ['say --voice ann', 10],
      ['say --voice ben', 10],
      ['lines between voices', 10],
      ['regenerate, train', 1],
      ['regenerate, test', 1],
    ]);
    const made = evaluation.rows.slice(2).reduce((sum, { clips }) => sum + clips, 0);
    const steps = made + evaluation.walks.walks;
    expect(told.at(-1)).toEqual([steps, steps]);
    expect(leaked).toBe(0);
  });

  it('gives shares with their intervals, of the speaker only where one is meant and known', () => {
    for (const row of evaluation.rows) {
      expect(row.digitInterval).toEqual(wilson(Math.round(row.digit * row.clips), row.clips));
      expect(row.confidence).toBeGreaterThan(0);
      expect(row.confidence).toBeLessThan(1);
    }
    const named = evaluation.rows.filter(({ speaker }) => speaker !== undefined).map(({ name }) => name);
    for (const name of ['say --voice ann', 'say --voice ben', 'recordings, train'])
      expect(named).toContain(name);
    for (const name of ['say', 'sample', 'knobs', 'lines between voices']) expect(named).not.toContain(name);
    for (const { speaker, speakerInterval, clips } of evaluation.rows) {
      if (speaker === undefined) expect(speakerInterval).toBeUndefined();
      else expect(speakerInterval).toEqual(wilson(Math.round(speaker * clips), clips));
    }
  });

  it('lets judges hear every sound, and no recording', async () => {
    const always = (digit: number): Ear => ({
      listen: () => {
        throw new Error('nothing is to be differentiated');
      },
      hear: (features) =>
        Promise.resolve(features.map(() => Float32Array.from({ length: 10 }, (_, d) => Number(d === digit)))),
      dispose: () => undefined,
    });
    const { rows } = await evaluated(1, undefined, [always(3), always(8)]);
    for (const { name, judged } of rows) {
      if (name.startsWith('recordings')) expect(judged, name).toBeUndefined();
      else expect(judged, name).toHaveLength(2);
    }
    expect(rows.find(({ name }) => name === 'say')?.judged).toEqual([0.1, 0.1]);
  });

  it('counts the walks', () => {
    const { walks } = evaluation;
    expect([walks.walks, walks.points]).toEqual([50, 300]);
    expect(walks.digit * 300).toBeCloseTo(Math.round(walks.digit * 300), 6);
    expect(walks.worstConfidence).toBeGreaterThanOrEqual(0);
    expect(walks.worstConfidence).toBeLessThan(0.5);
    expect(walks.meanStep).toBeGreaterThan(0);
    expect(walks.largestStep).toBeGreaterThan(walks.meanStep);
    expect(walks.largestStep).toBeLessThan(0.5);
    expect(walks.quietestDb).toBeGreaterThanOrEqual(0);
    expect(walks.leastVoicing).toBeGreaterThanOrEqual(0);
    expect(walks.leastVoicing).toBeLessThanOrEqual(1);
  });

  it('repeats itself for a seed and draws others for another', async () => {
    expect(await evaluated(1)).toEqual(evaluation);
    expect(await evaluated(2)).not.toEqual(evaluation);
  });
});

describe('featuresOfSound', () => {
  it('gives features of the format, tracks at 0, of a model with tracks and of one without', () => {
    for (const one of [bundle, tinyBundle(tinyManifestVersion1())]) {
      const own = one.manifest.format;
      const values = frameValues(own);
      const features = new Float32Array(own.frames * values).fill(0.6);
      const heard = featuresOfSound(soundOf(features, { model: { bundle: one } as never }), own);
      expect(heard).toHaveLength(features.length);
      heard.forEach((value, i) => {
        if (i % values >= own.melBands) expect(value).toBe(0);
        else expect(value >= 0 && value <= 1).toBe(true);
      });
      expect(Math.max(...heard)).toBeGreaterThan(0.3);
    }
  });
});
