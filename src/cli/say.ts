// `numvox say` and `numvox sample`: digits spoken in styles drawn from the bundle's prior.
import { join } from 'node:path';
import { InputError } from '../contract/errors.ts';
import type { Hertz } from '../contract/units.ts';
import { loadFftModule } from '../dsp/pffft.node.ts';
import { Random } from '../dsp/random.ts';
import { digitAnchor, drawFromPrior, speakerIndex } from '../model/latent.ts';
import { openModel, type LatentPoint, type NodeModel } from '../model/nodeModel.ts';
import { openOutput } from './places.ts';
import { Report } from './report.ts';
import { writeClip } from './voice.ts';

interface CommonOptions {
  readonly seed: number;
  readonly rate?: Hertz | undefined;
  readonly model: string;
  readonly out: string;
}
/** Options of `say`. */
export interface SayOptions extends CommonOptions {
  readonly digits: readonly number[];
  /** Clips of each digit. */
  readonly count: number;
  /** A speaker of the bundle; drawn anew for each clip when absent. */
  readonly voice?: string | undefined;
}
/** Options of `sample`. */
export interface SampleOptions extends CommonOptions {
  /** Clips in all. */
  readonly count: number;
}

/** One clip to make. */
interface Draw {
  readonly name: string;
  readonly speaker: string;
  readonly point: LatentPoint;
}

/** Clips decoded at a time: enough to keep the network busy, few enough to write the first file soon. */
const clipsPerBatch = 25;

/** Speaks each digit `count` times: `{digit}_{kkk}.wav`, kkk counting from 000 for each digit. */
export async function say(options: SayOptions): Promise<void> {
  const { digits, count, seed, voice } = options;
  await withModel(options, (model) => {
    const { manifest } = model.bundle;
    const fixed = voice === undefined ? undefined : speakerIndex(manifest, voice);
    if (fixed === -1) {
      const names = manifest.speakers.map(({ name }) => name).join(', ');
      throw new InputError(`the model has no voice ${voice}; it has ${names}`);
    }
    return digits.flatMap((digit) =>
      Array.from({ length: count }, (_, k) => {
        const random = randomFor(seed, digit, k);
        const drawn = random.integer(manifest.speakers.length);
        return draw(model, digit, fixed ?? drawn, k, random);
      }),
    );
  });
}

/** Draws `count` clips freely: `{digit}_{kkk}.wav`, digit and speaker uniform, kkk counting through all of them. */
export async function sample(options: SampleOptions): Promise<void> {
  const { count, seed } = options;
  await withModel(options, (model) =>
    Array.from({ length: count }, (_, k) => {
      // A row of its own, so that `sample` does not repeat the clips of `say`.
      const random = randomFor(seed, 15, k);
      const digit = random.integer(10);
      return draw(model, digit, random.integer(model.bundle.manifest.speakers.length), k, random);
    }),
  );
}

/**
 * A generator for one clip, so that a clip does not change with the others asked for.
 * @param row 0-15
 * @param index 0-1023
 */
function randomFor(seed: number, row: number, index: number): Random {
  return new Random(seed * 16384 + row * 1024 + index);
}

function draw(model: NodeModel, digit: number, speaker: number, index: number, random: Random): Draw {
  const { bundle } = model;
  const normal = Float32Array.from({ length: bundle.manifest.latent.styleDimensions }, () => random.normal());
  return {
    name: `${digit}_${String(index).padStart(3, '0')}.wav`,
    speaker: bundle.manifest.speakers[speaker].name,
    point: {
      digit: digitAnchor(bundle.manifest, digit),
      style: drawFromPrior(bundle, digit, speaker, normal),
    },
  };
}

async function withModel(options: CommonOptions, plan: (model: NodeModel) => Draw[]): Promise<void> {
  const out = openOutput(options.out);
  const model = await openModel(options.model);
  try {
    const draws = plan(model);
    const report = new Report(draws.length);
    const writer = { format: model.bundle.manifest.format, rate: options.rate, fftModule: loadFftModule() };
    try {
      for (let start = 0; start < draws.length; start += clipsPerBatch) {
        const part = draws.slice(start, start + clipsPerBatch);
        const decoded = await model.decode(part.map(({ point }) => point));
        part.forEach(({ name, speaker }, i) => {
          const path = join(out, name);
          if (!writeClip(path, decoded[i], writer)) report.notice(`${path} is silent`);
          report.result(`${path}\t${speaker}`);
          report.step();
        });
      }
      report.finish();
    } finally {
      report.close();
    }
  } finally {
    model.dispose();
  }
}
