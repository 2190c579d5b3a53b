// From trained parameters to a bundle on disk: prior, anchors, directions, figures, float16 weights and the report.
import type { SpectrogramFormat } from '../src/contract/spectrogram.ts';
import { Random } from '../src/dsp/random.ts';
import type { Bundle } from '../src/model/bundle.ts';
import { partShapes } from '../src/model/bundle.ts';
import { loadBundleFromFolder, saveBundle } from '../src/model/bundle.node.ts';
import { digitAnchor, drawFromPrior } from '../src/model/latent.ts';
import { bundleFormatVersion, digitCount, type Manifest } from '../src/model/manifest.ts';
import type { NetworkShape } from '../src/model/network.ts';
import { modelOf, type NodeModel } from '../src/model/nodeModel.ts';
import type { EpochRecord } from './checkpoint.ts';
import type { TrainingConfig } from './config.ts';
import type { CorpusSource } from './corpus.ts';
import { meanOf, measure, mostLikelyDigit, reconstruct } from './evaluate.ts';
import type { ParameterLayout } from './parameters.ts';
import { viewOf } from './parameters.ts';
import { fitPrior } from './prior.ts';
import { writeReport } from './report.ts';
import { bundleTensors } from './vae.ts';

/** Takes of one side of the split. */
export interface LabelledTakes {
  readonly features: readonly Float32Array[];
  readonly digits: readonly number[];
  /** Index into the speakers of the bundle; -1 for a speaker it does not know. */
  readonly speakers: readonly number[];
  readonly names: readonly string[];
}

/** A finished run. */
export interface TrainedRun {
  readonly config: TrainingConfig;
  readonly shape: NetworkShape;
  readonly format: SpectrogramFormat;
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
  readonly history: readonly EpochRecord[];
  readonly corpus: CorpusSource;
  readonly speakers: readonly string[];
  readonly train: LabelledTakes;
  readonly test: LabelledTakes;
}

const directionCount = 8;
const shownTakes = 20;
const samplesPerDigit = 4;
const noFigures = { takes: 0, errorShare: 0, meanSquaredError: 0, klNats: 0, digitAccuracy: 0 };

/**
 * Writes the bundle into `folder` and its report into `reportFolder`; the wasm backend (or the native one) must be ready.
 * The figures are measured on the bundle as read back, float16 rounding included.
 */
export async function exportBundle(run: TrainedRun, folder: string, reportFolder: string): Promise<Bundle> {
  const { shape, layout, parameters, config } = run;
  const tensors = bundleTensors(layout, parameters, run.statistics);
  const embedding = viewOf(layout.slots, parameters, 'digit.embedding');
  const anchors = rowsOf(embedding, digitCount);
  const draft: Omit<Manifest, 'tensors'> = {
    formatVersion: bundleFormatVersion,
    name: `${run.corpus.name} digits`,
    corpus: {
      name: run.corpus.name,
      licence: run.corpus.licence,
      attribution: run.corpus.attribution,
      url: run.corpus.url,
    },
    format: run.format,
    latent: shape.latent,
    architecture: shape.architecture,
    digitAnchors: anchors.map(rounded),
    speakers: run.speakers.map((name) => ({
      name,
      styles: anchors.map(() => new Array<number>(config.styleDimensions).fill(0)),
    })),
    directions: [],
    training: config,
    figures: { train: noFigures, test: noFigures },
  };

  const encoder = modelOf({ manifest: { ...draft, tensors: [] }, tensors: shaped(draft, tensors) });
  const encodings = await encoder.encode(run.train.features);
  encoder.dispose();
  const prior = fitPrior(
    { styles: encodings.map((e) => e.style), digits: run.train.digits, speakers: run.train.speakers },
    run.speakers.length,
    Math.min(directionCount, config.styleDimensions),
  );
  tensors.set('prior.means', prior.means);
  tensors.set('prior.factors', prior.factors);
  const means = rowsOf(prior.means, digitCount * run.speakers.length);
  const manifest = {
    ...draft,
    speakers: run.speakers.map((name, s) => ({
      name,
      styles: anchors.map((_, d) => rounded(means[d * run.speakers.length + s])),
    })),
    directions: prior.directions.map((vector, k) => ({ name: `style ${k + 1}`, vector: rounded(vector) })),
  };
  await saveBundle(folder, manifest, tensors);

  const model = modelOf(await loadBundleFromFolder(folder));
  const mean = meanOf(run.train.features);
  const figures = {
    train: await measure(model, run.train, mean),
    test: await measure(model, run.test, mean),
  };
  await saveBundle(folder, { ...manifest, figures }, tensors);
  const bundle = await loadBundleFromFolder(folder);
  await report(run, bundle, model, reportFolder);
  model.dispose();
  return bundle;
}

async function report(run: TrainedRun, bundle: Bundle, model: NodeModel, folder: string): Promise<void> {
  const random = new Random(run.config.seed);
  const count = Math.min(shownTakes, run.test.features.length);
  const stride = Math.floor(run.test.features.length / count);
  // Takes are sorted by digit and speaker: a step beside the stride visits all of both.
  const shown = Array.from({ length: count }, (_, k) => k * stride + ((7 * k) % stride));
  const { encodings, reconstructions } = await reconstruct(
    model,
    shown.map((i) => run.test.features[i]),
  );
  const samples: Float32Array[][] = [];
  for (let k = 0; k < samplesPerDigit; k++) {
    const points = Array.from({ length: digitCount }, (_, digit) => {
      const normal = Float32Array.from({ length: run.config.styleDimensions }, () => random.normal());
      const style = drawFromPrior(bundle, digit, random.integer(run.speakers.length), normal);
      return { digit: digitAnchor(bundle.manifest, digit), style };
    });
    samples.push(await model.decode(points));
  }
  await writeReport(folder, {
    manifest: bundle.manifest,
    history: run.history,
    reconstructions: shown.map((take, i) => ({
      original: run.test.features[take],
      reconstruction: reconstructions[i],
      caption: `${run.test.names[take]} heard as ${mostLikelyDigit(encodings[i])}`,
    })),
    samples,
  });
}

function shaped(
  manifest: Omit<Manifest, 'tensors'>,
  tensors: ReadonlyMap<string, Float32Array>,
): Bundle['tensors'] {
  const shapes = new Map([...partShapes(manifest, 'decoder'), ...partShapes(manifest, 'encoder')]);
  return new Map(
    [...shapes].map(([name, shape]) => {
      const values = tensors.get(name);
      if (!values) throw new Error(`training made no tensor ${name}`);
      return [name, { shape, values }];
    }),
  );
}

function rowsOf(values: Float32Array, rows: number): Float32Array[] {
  const length = values.length / rows;
  return Array.from({ length: rows }, (_, r) => values.slice(r * length, (r + 1) * length));
}

/** Five significant digits: finer than float16 and a third of the text. */
function rounded(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(5)));
}
