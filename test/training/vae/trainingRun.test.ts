// A whole run at toy size: train, stop, resume, export, load, decode; the same seed gives the same weights.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputError } from '../../../src/contract/errors.ts';
import { defaultTracks, frameValues } from '../../../src/contract/spectrogram.ts';
import { bundleParts } from '../../../src/model/shapes.ts';
import { loadBundleFromFolder } from '../../../src/model/bundle.node.ts';
import { digitAnchor, drawFromPrior, styleAt } from '../../../src/model/latent.ts';
import type { Manifest } from '../../../src/model/manifest.ts';
import { mapOf, pointAt } from '../../../src/model/voiceMap.ts';
import { openListener } from '../../../src/model/nodeListener.ts';
import { openModel } from '../../../src/model/nodeModel.ts';
import { readWav } from '../../../src/node/wav.ts';
import { renderClip } from '../../../src/worklet/renderClip.ts';
import { parseConfig } from '../../../training/vae/trainingConfig.ts';
import { openCorpus } from '../../../training/corpus/corpus.ts';
import { prepareCorpus } from '../../../training/corpus/prepare.ts';
import { shapeOf, train } from '../../../training/vae/trainingRun.ts';
import type { Random } from '../../../src/dsp/random.ts';
import { Adam } from '../../../training/optimise/adam.ts';
import type { FrozenListener } from '../../../training/vae/vae.ts';
import { Trainer } from '../../../training/vae/trainer.ts';
import { flacBytes } from '../../helpers/flacBytes.ts';
import { webAudioLoads } from '../../helpers/webAudio.ts';
import { writeSyntheticCorpus } from '../../helpers/syntheticCorpus.ts';

const config = parseConfig({
  seed: 7,
  epochs: 40,
  learningRate: 3e-3,
  batch: 16,
  peakRate: 2,
  klWarmUpEpochs: 2,
  validationShare: 4,
  styleDimensions: 4,
  digitDimensions: 3,
  encoderFilters: [6, 8],
  decoderFilters: [8, 6, 4],
  melBands: 40,
  trackUnits: 12,
  threads: 2,
  listener: { epochs: 1, bands: 20, filters: [4, 6], units: 8, vocoderShare: 0.1 },
  priorMap: { steps: 20, couplings: 2, units: 8, batch: 32 },
  polishEpochs: 2,
});

let root = '';
let data = '';
let cacheFolder = '';
const folder = (name: string) => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'numvox-run-'));
  data = folder('corpus');
  cacheFolder = folder('cache');
  writeSyntheticCorpus(data, { layout: 'fsdd', speakers: 2, takes: 9, seed: 2 });
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

/** The files of a bundle. */
async function read(name: string): Promise<unknown[]> {
  const weights = bundleParts.map((part) => readFile(join(folder(name), `${part}.bin`), 'base64'));
  const manifest = JSON.parse(await readFile(join(folder(name), 'manifest.json'), 'utf8')) as Manifest;
  // How long an epoch took depends on the machine's day.
  const history = manifest.history?.map((epoch) => ({ ...epoch, seconds: 0 }));
  return [{ ...manifest, history }, ...(await Promise.all(weights))];
}

describe('a training run', () => {
  it('learns, exports a bundle that loads and plays, and writes its report', async () => {
    const lines: string[] = [];
    expect(
      await train(config, { data, cacheFolder, out: folder('straight'), say: (line) => lines.push(line) }),
    ).toBe(true);
    const model = await openModel(folder('straight'));
    const { manifest } = model.bundle;
    expect(manifest.speakers).toHaveLength(2);
    expect(manifest.figures.test).toMatchObject({ takes: 100 });
    expect(manifest.corpora).toEqual([
      {
        corpus: 'corpus',
        licence: 'MIT',
        attribution: 'synthesised by numvox',
        url: '',
        clips: { train: 80, test: 100 },
        speakers: 2,
        clipsHash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      },
    ]);
    expect(manifest.figures.test.errorShare).toBeLessThan(1);
    const losses = lines.flatMap((line) => /train ([\d.]+) \(/.exec(line)?.[1] ?? []).map(Number);
    // The last two are those of polishing.
    expect(losses).toHaveLength(42);
    expect(manifest.history).toHaveLength(42);
    expect(manifest.history?.map(({ train: seen }) => seen.freeMisheard > 0)).toEqual([
      ...new Array<boolean>(40).fill(false),
      true,
      true,
    ]);
    expect(losses[39]).toBeLessThan(0.5 * losses[0]);

    const point = { digit: digitAnchor(manifest, 3), style: styleAt(manifest, 1, 3) };
    const drawn = {
      digit: point.digit,
      style: drawFromPrior(model.bundle, 3, 0, new Float32Array(4).fill(0.5)),
    };
    const [features, other] = await model.decode([point, drawn]);
    expect(features).toHaveLength(manifest.format.frames * frameValues(manifest.format));
    expect(features.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(other).not.toEqual(features);
    expect(manifest.format.tracks).toEqual(defaultTracks);
    expect(manifest.figures.test.f0ErrorSemitones).toBeLessThan(12);
    expect(manifest.directions).toHaveLength(4);
    expect(new Set(manifest.directions.map(({ name }) => name)).size).toBe(4);
    const map = mapOf(model.bundle);
    expect(map.digits).toHaveLength(80);
    const place = pointAt(map, map.positions[0], map.positions[1]);
    place.style.forEach((value, i) => expect(value).toBeCloseTo(map.styles[i], 5));
    const listener = openListener(model.bundle);
    const [heard] = await listener.hear([features]);
    listener.dispose();
    expect(Object.keys(heard)).toEqual(['digit', 'speaker']);
    // The player's styles of the takes are what the prior map makes of their latent ones.
    const latent = model.priorMap.toLatent(point.digit, point.style);
    const back = model.priorMap.toPlayer(point.digit, latent);
    back.forEach((value, i) => expect(value).toBeCloseTo(point.style[i], 4));
    const sound = renderClip(features, manifest.format, { seed: 1 });
    expect(sound.every(Number.isFinite)).toBe(true);
    expect(Math.max(...sound.map(Math.abs))).toBeGreaterThan(0.01);
    model.dispose();

    const report = await readFile(join(folder('straight'), 'training', 'report.html'), 'utf8');
    expect(report).toContain('<svg');
    for (const picture of ['reconstructions.png', 'hard-6.png', 'prior-samples.png']) {
      expect((await stat(join(folder('straight'), 'training', picture))).size).toBeGreaterThan(1000);
    }
  });

  it('stopped in its second epoch and resumed, ends with the very same bundle', async () => {
    const abort = new AbortController();
    const stopped = train(config, {
      data,
      cacheFolder,
      out: folder('resumed'),
      signal: abort.signal,
      say: (line) => {
        if (line.startsWith('epoch 1/')) abort.abort();
      },
    });
    expect(await stopped).toBe(false);
    await expect(loadBundleFromFolder(folder('resumed'))).rejects.toThrow(InputError);
    expect(await train(config, { data, cacheFolder, out: folder('resumed'), resume: true })).toBe(true);
    expect(await read('resumed')).toEqual(await read('straight'));
  });

  it('will not resume without a checkpoint, or with another configuration', async () => {
    const lines: string[] = [];
    const options = { data, cacheFolder, resume: true, say: (line: string) => lines.push(line) };
    const none = train(config, { ...options, out: folder('none') });
    await expect(none).rejects.toThrow(/there is no checkpoint/);
    const other = train(parseConfig({ ...config, seed: 8 }), { ...options, out: folder('straight') });
    await expect(other).rejects.toThrow(/another configuration or corpus/);
    // It says so before it trains a listener.
    expect(lines.filter((line) => line.startsWith('listener'))).toEqual([]);
  });

  it('ends early when the validation loss stops falling', async () => {
    const lines: string[] = [];
    const stuck = parseConfig({ ...config, epochs: 80, learningRate: 1e-12, patience: 2 });
    expect(
      await train(stuck, { data, cacheFolder, out: folder('stuck'), say: (line) => lines.push(line) }),
    ).toBe(true);
    expect(lines.some((line) => line.startsWith('early stop'))).toBe(true);
    expect(lines.filter((line) => line.startsWith('epoch ')).length).toBeLessThan(40);
  });
});

it.runIf(await webAudioLoads())(
  "trains on FLAC in AudioMNIST's folders without metadata, and tells what it left out",
  async () => {
    const bare = folder('bare');
    writeSyntheticCorpus(bare, { layout: 'audiomnist', speakers: 3, takes: 2, seed: 3 });
    await rm(join(bare, 'audioMNIST_meta.txt'));
    for (const name of await readdir(bare, { recursive: true })) {
      if (!name.endsWith('.wav')) continue;
      const { samples, sampleRate } = readWav(join(bare, name));
      await rm(join(bare, name));
      await writeFile(join(bare, name.replace('.wav', '.flac')), flacBytes(samples, sampleRate));
    }
    await writeFile(join(bare, '02', '6_02_1.flac'), 'no sound');
    const lines: string[] = [];
    const short = parseConfig({ ...config, epochs: 1, validationShare: 2 });
    expect(
      await train(short, { data: bare, out: folder('bare-model'), say: (line) => lines.push(line) }),
    ).toBe(true);
    expect(lines[0]).toMatch(/^left out: .*6_02_1\.flac is not a WAV file but a text file/);
    const { manifest } = (await openModel(folder('bare-model'))).bundle;
    expect(manifest.speakers.map(({ name }) => name)).toEqual(['01', '02']);
    expect(manifest.listener?.heads.map(({ name }) => name)).toEqual(['digit', 'speaker']);
  },
);

describe('Trainer', () => {
  it('leaks no tensor over an epoch', async () => {
    const shape = shapeOf(config);
    const prepared = await prepareCorpus(openCorpus(data), shape.format, undefined, cacheFolder);
    const trainer = await Trainer.start(config, shape, prepared, 2);
    const indices = [...prepared.digits.keys()];
    const counts: number[][] = [];
    for (let epoch = 0; epoch < 3; epoch++) {
      await trainer.epoch(epoch, indices, () => true);
      await trainer.evaluate(indices);
      await trainer.recalibrate(indices);
      counts.push(trainer.tensorCounts);
    }
    await trainer.dispose();
    expect(counts[0].every((count) => count > 0)).toBe(true);
    expect(counts[1]).toEqual(counts[0]);
    expect(counts[2]).toEqual(counts[0]);
  });

  it('polishes the decoder alone, towards free words, and takes its draws from the seed', async () => {
    const shape = shapeOf(config);
    const prepared = await prepareCorpus(openCorpus(data), shape.format, undefined, cacheFolder);
    const ear = await readKeptListener(folder('straight'));
    const indices = [...prepared.digits.keys()];
    const { styleDimensions } = shape.latent;
    const run = async () => {
      const trainer = await Trainer.start(config, shape, prepared, 2, [ear]);
      const before = trainer.parameters.slice();
      const asked: number[] = [];
      const polish = {
        adam: new Adam(before.length),
        draw: (count: number, random: Random) => {
          asked.push(count);
          return {
            digits: Uint8Array.from({ length: count }, () => random.integer(10)),
            styles: Float32Array.from({ length: count * styleDimensions }, () => random.normal()),
          };
        },
      };
      const losses = await trainer.polishEpoch(0, indices, polish, () => true);
      const stopped = await trainer.polishEpoch(1, indices, polish, () => false);
      const after = trainer.parameters.slice();
      await trainer.dispose();
      return { layout: trainer.layout, before, after, losses, stopped, asked };
    };
    const first = await run();
    expect(first.losses!.freeMisheard).toBeGreaterThan(0.1);
    expect(first.stopped).toBeNull();
    // Half of each thread's share of a batch of sixteen.
    expect(Math.max(...first.asked)).toBe(4);
    for (const { name, offset, length } of first.layout.slots) {
      const [was, is] = [first.before, first.after].map((all) => all.slice(offset, offset + length));
      if (name.startsWith('encoder.') || name === 'digit.embedding') expect(is, name).toEqual(was);
      else expect(is, name).not.toEqual(was);
    }
    expect((await run()).after).toEqual(first.after);
  });
});

/** The listener that a run has kept. */
async function readKeptListener(out: string): Promise<FrozenListener> {
  const kept = JSON.parse(await readFile(join(out, 'training', 'listener.json'), 'utf8')) as {
    shape: FrozenListener['shape'];
    tensors: Record<string, string>;
  };
  const tensors = Object.entries(kept.tensors).map(([name, text]) => {
    const bytes = new Uint8Array(Buffer.from(text, 'base64'));
    return [name, new Float32Array(bytes.buffer)] as const;
  });
  return { shape: kept.shape, tensors: new Map(tensors) };
}

describe('a configuration', () => {
  it('names voices only of people who are trained on', async () => {
    const stranger = parseConfig({ ...config, voices: ['nobody'] });
    await expect(train(stranger, { data, cacheFolder, out: folder('nobody') })).rejects.toThrow(
      /voices: nobody has no training take; take the name away/,
    );
  });

  it('of the wide voices is sound', async () => {
    const file = new URL('../../../training/wide.json', import.meta.url);
    const wide = parseConfig(JSON.parse(await readFile(file, 'utf8')));
    expect(shapeOf(wide).format).toMatchObject({ sampleRate: 16_000, melBands: 96 });
    expect(wide.listener.bands).toBe(48);
  });

  it('lets ears hear the wide format alone', () => {
    expect(() => parseConfig({ lossEars: ['lossWide'] })).toThrow(
      /lossEars: ears hear the wide format alone/,
    );
    expect(parseConfig({ sampleRate: 16_000, lossEars: ['lossWide'] }).lossEars).toEqual(['lossWide']);
    expect(() => parseConfig({ sampleRate: 16_000, lossEars: ['strangers'] })).toThrow(/lossEars/);
  });

  it('names the fields that are wrong', () => {
    expect(() => parseConfig({ epochs: 0, colour: 'red' })).toThrow(/epochs.*colour|colour.*epochs/);
  });
});
