// The top network: which values are unknown, what it learns of a corpus whose upper bands follow from its lower ones, and who is widened.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { frameValues, wideFormat, wideTracks } from '../../../src/contract/spectrogram.ts';
import { Random } from '../../../src/dsp/random.ts';
import { initWasmBackend } from '../../../src/model/kernels/nodeWasm.ts';
import { FeatureRows } from '../../../training/corpus/featureRows.ts';
import type { PreparedCorpus } from '../../../training/corpus/prepare.ts';
import { validBands } from '../../../src/dsp/bandwidth.ts';
import { topConfigSchema } from '../../../training/widen/topConfig.ts';
import { fillTop, measureTop, topSplit, trainTop } from '../../../training/widen/topNetwork.ts';
import { widenCorpus } from '../../../training/widen/widenCorpus.ts';

const format = { ...wideFormat, frames: 8, melBands: 16, tracks: wideTracks };
const values = frameValues(format);
const bandwidthHz = 3700;
const known = validBands(format, bandwidthHz);
const config = topConfigSchema.parse({
  units: 24,
  layers: 2,
  kernelFrames: 3,
  epochs: 150,
  learningRate: 3e-3,
});

/** Takes whose upper bands mirror the lower ones: what is to be learnt can be. */
function takes(count: number, seed: number): Float32Array[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const take = new Float32Array(format.frames * values);
    for (let frame = 0; frame < format.frames; frame++) {
      const level = random.uniform(0.3, 0.9);
      const slope = random.uniform(-0.2, 0.2);
      for (let band = 0; band < format.melBands; band++) {
        const mirrored = band < known ? band : 2 * known - 1 - band;
        take[frame * values + band] = level + slope * (mirrored / known - 0.5);
      }
      take.fill(0.4, frame * values + format.melBands, (frame + 1) * values);
    }
    return take;
  });
}

beforeAll(async () => {
  await initWasmBackend();
});

describe('topSplit', () => {
  it('leaves unknown what lies above a bandwidth, voicing included', () => {
    const whole = { ...wideFormat, tracks: wideTracks };
    const { seen, said } = topSplit(whole, bandwidthHz);
    expect([...seen, ...said].sort((a, b) => a - b)).toEqual([...Array(frameValues(whole)).keys()]);
    expect(said.filter((place) => place < 96)).toEqual([...Array(24).keys()].map((k) => 72 + k));
    // Of six channels the pitch and four ranges of voicing are known: the fourth up to 4 kHz, the fifth not.
    expect(said.filter((place) => place >= 96)).toEqual([101]);
    expect(topSplit(whole, 8000).said).toEqual([]);
  });
});

describe('trainTop', () => {
  it('infers what follows from the lower bands, leaves those as they are, and leaks no tensor', async () => {
    const [train, heldOut] = [takes(96, 1), takes(24, 2)];
    const before = tf.memory().numTensors;
    const network = await trainTop({ format, bandwidthHz, takes: train, config, seed: 3 });
    const figures = measureTop(network!, heldOut, train, format);
    expect(tf.memory().numTensors).toBe(before);
    expect(figures.spectralDistanceDb).toBeLessThan(0.4 * figures.meanSpectrumDb);
    expect(Math.abs(figures.biasDb)).toBeLessThan(1.5);
    const filled = heldOut.map((take) => take.slice());
    for (const take of filled) {
      for (let frame = 0; frame < format.frames; frame++) {
        take.fill(0, frame * values + known, frame * values + format.melBands);
      }
    }
    fillTop(network!, filled, format);
    const { seen, said } = topSplit(format, bandwidthHz);
    filled.forEach((take, i) => {
      for (let frame = 0; frame < format.frames; frame++) {
        for (const place of seen)
          expect(take[frame * values + place]).toBe(heldOut[i][frame * values + place]);
        for (const place of said) {
          expect(Math.abs(take[frame * values + place] - heldOut[i][frame * values + place])).toBeLessThan(
            0.2,
          );
        }
      }
    });
  });

  it('follows from its seed, and stops when it is told', async () => {
    const some = takes(8, 1);
    const short = { ...config, epochs: 2 };
    const one = await trainTop({ format, bandwidthHz, takes: some, config: short, seed: 3 });
    const again = await trainTop({ format, bandwidthHz, takes: some, config: short, seed: 3 });
    const other = await trainTop({ format, bandwidthHz, takes: some, config: short, seed: 4 });
    expect(again!.parameters).toEqual(one!.parameters);
    expect(other!.parameters).not.toEqual(one!.parameters);
    expect(
      await trainTop({ format, bandwidthHz, takes: some, config, seed: 3, onStep: () => false }),
    ).toBeNull();
  });
});

describe('widenCorpus', () => {
  const folder = mkdtempSync(join(tmpdir(), 'numvox-widen-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function corpus(narrow: (take: number) => boolean): PreparedCorpus {
    const all = takes(48, 5);
    all.forEach((take, i) => {
      if (!narrow(i)) return;
      for (let frame = 0; frame < format.frames; frame++) {
        take.fill(0, frame * values + known, frame * values + format.melBands);
      }
    });
    const features = new Float32Array(all.length * format.frames * values);
    all.forEach((take, i) => features.set(take, i * take.length));
    return {
      takes: all.map((_, i) => ({
        file: `${i}.wav`,
        digit: 0,
        speaker: 'a',
        take: i,
        split: 'train',
        bandwidthHz: narrow(i) ? bandwidthHz : 8000,
      })),
      features,
      rows: new FeatureRows([], values),
      digits: new Uint8Array(all.length),
      speakers: new Uint16Array(all.length),
      splits: new Uint8Array(all.length),
      durations: new Float32Array(all.length),
      validBands: Uint16Array.from(all, (_, i) => (narrow(i) ? known : format.melBands)),
      cutTakes: 0,
      leftOut: [],
      mended: [],
      notes: [],
      fromCache: false,
    };
  }
  const options = { format, config, seed: 1, folders: [folder], say: () => undefined };

  it('fills narrow takes alone, keeps its network and goes on with it', async () => {
    const prepared = corpus((take) => take >= 40);
    const before = prepared.features.slice();
    expect(await widenCorpus(prepared, options)).toBe(true);
    const size = format.frames * values;
    expect(prepared.features.subarray(0, 40 * size)).toEqual(before.subarray(0, 40 * size));
    for (let i = 40; i < 48; i++) {
      const at = i * size + known;
      expect(prepared.features[at]).toBeGreaterThan(0.1);
    }
    const kept = readdirSync(folder);
    expect(kept).toHaveLength(1);
    const again = corpus((take) => take >= 40);
    // Training again would ask the signal first and stop.
    expect(await widenCorpus(again, { ...options, signal: AbortSignal.abort() })).toBe(true);
    expect(again.features).toEqual(prepared.features);
  });

  it('does nothing to a corpus that is wide, and stops when it is told', async () => {
    const prepared = corpus(() => false);
    const before = prepared.features.slice();
    const never = { ...options, folders: [], signal: AbortSignal.abort() };
    expect(await widenCorpus(prepared, never)).toBe(true);
    expect(prepared.features).toEqual(before);
    expect(
      await widenCorpus(
        corpus((take) => take < 8),
        never,
      ),
    ).toBe(false);
  });

  it('says what to do when nothing tells how wide takes sound', async () => {
    await expect(
      widenCorpus(
        corpus(() => true),
        options,
      ),
    ).rejects.toThrow(InputError);
    await expect(
      widenCorpus(
        corpus(() => true),
        options,
      ),
    ).rejects.toThrow(/--data|8000/);
  });
});
