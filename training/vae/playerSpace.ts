// Where players move: the training takes encoded, and the prior map that is fitted to them.
import { SingleBar } from 'cli-progress';
import { partShapes, type BundlePart } from '../../src/model/shapes.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import { bundleFormatVersion, type Manifest } from '../../src/model/manifest.ts';
import { modelOf, type NodeModel } from '../../src/model/nodeModel.ts';
import type { Corpus } from '../corpus/corpus.ts';
import { provenanceOf } from '../corpus/provenance.ts';
import { fitPriorMap } from '../latent/fitPriorMap.ts';
import type { LabelledFeatures } from '../listener/confusion.ts';
import type { TrainedListener } from '../listener/trainListener.ts';
import { viewOf, type ParameterLayout } from '../optimise/flatParameters.ts';
import { bundleTensors } from '../optimise/foldNormalisation.ts';
import type { EpochRecord } from './checkpoint.ts';
import type { MeanLosses } from './trainer.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import type { TrainedShape } from './vae.ts';

/** Takes of one side of the split. */
export interface LabelledTakes extends LabelledFeatures {
  readonly digits: readonly number[];
  /** Index into the speakers of the bundle; -1 for a speaker it does not know. */
  readonly speakers: readonly number[];
}

/** A finished run. */
export interface TrainedRun {
  readonly config: TrainingConfig;
  readonly shape: TrainedShape;
  readonly listener: TrainedListener;
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
  readonly history: readonly EpochRecord[];
  /** Its takes are those that could be used. */
  readonly corpus: Corpus;
  readonly speakers: readonly string[];
  readonly train: LabelledTakes;
  readonly test: LabelledTakes;
}

const noFigures = { takes: 0, errorShare: 0, meanSquaredError: 0, klNats: 0, digitAccuracy: 0 };

/** A bundle as far as it is known by then: without voices, directions and map. */
export interface PlayerSpace {
  readonly manifest: Omit<Manifest, 'tensors'>;
  /** Of networks, listener and prior map. */
  readonly tensors: Map<string, Float32Array>;
  /** Posterior means of the training takes. */
  readonly latents: readonly Float32Array[];
}

/** Encodes the training takes and fits the prior map. The wasm backend (or the native one) must be ready. */
export async function playerSpaceOf(
  run: Omit<TrainedRun, 'test'>,
  say: (line: string) => void,
): Promise<PlayerSpace> {
  const { shape, layout, parameters, config, listener, train } = run;
  const { digits, speakers } = train;
  const embedding = viewOf(layout.slots, parameters, 'digit.embedding');
  const anchors = rowsOf(embedding, digitCount);
  const tensors = new Map([...bundleTensors(layout, parameters, run.statistics), ...listener.tensors]);
  const draft: Omit<Manifest, 'tensors'> = {
    formatVersion: bundleFormatVersion,
    name: `${run.corpus.name} digits`,
    corpus: {
      name: run.corpus.name,
      licence: run.corpus.licence,
      attribution: run.corpus.attribution,
      url: run.corpus.url,
    },
    corpora: provenanceOf(run.corpus.parts, run.corpus.takes),
    format: shape.format,
    latent: shape.latent,
    architecture: shape.architecture,
    digitAnchors: anchors.map(rounded),
    speakers: run.speakers.map((name) => ({
      name,
      styles: anchors.map(() => new Array<number>(config.styleDimensions).fill(0)),
    })),
    directions: [],
    listener: { ...listener.shape, figures: listener.figures },
    training: config,
    history: run.history.map(({ seconds, train: seen, validation }) => ({
      seconds: Math.round(seconds),
      train: shortened(seen),
      validation: shortened(validation),
    })),
    figures: { train: noFigures, test: noFigures },
  };

  say('encoding the training takes');
  const encodings = await using(draft, tensors, ['decoder', 'encoder'], (model) =>
    model.encode(train.features),
  );
  const latents = encodings.map(({ latent }) => latent);
  const fitted = await withBar('fitting the prior map', (onStep) =>
    fitPriorMap(
      { means: latents, logVariances: encodings.map((e) => e.logVariance), digits, speakers },
      draft.digitAnchors,
      config.priorMap,
      config.seed,
      onStep,
    ),
  );
  for (const [name, values] of fitted.tensors) tensors.set(name, values);
  return { manifest: { ...draft, priorMap: fitted.shape }, tensors, latents };
}

/** Runs `work` under a progress bar with the time left. */
export async function withBar<T>(
  what: string,
  work: (onStep: (done: number, steps: number) => void) => Promise<T>,
): Promise<T> {
  const bar = new SingleBar({ format: `${what} [{bar}] {percentage} %, {eta_formatted} left` });
  try {
    return await work((done, steps) => {
      if (done === 1) bar.start(steps, done);
      else bar.update(done);
    });
  } finally {
    bar.stop();
  }
}

/** Runs `work` with a model of what has been made so far. */
export async function using<T>(
  manifest: Omit<Manifest, 'tensors'>,
  tensors: ReadonlyMap<string, Float32Array>,
  parts: readonly BundlePart[],
  work: (model: NodeModel) => Promise<T>,
): Promise<T> {
  const shapes = parts.flatMap((part) => [...partShapes(manifest, part)]);
  const shaped = shapes.map(([name, shape]) => {
    const values = tensors.get(name);
    if (!values) throw new Error(`training made no tensor ${name}`);
    return [name, { shape, values }] as const;
  });
  const model = modelOf({
    manifest: { ...manifest, tensors: [] },
    identity: { name: manifest.name, weightsHash: null },
    tensors: new Map(shaped),
  });
  try {
    return await work(model);
  } finally {
    model.dispose();
  }
}

export function rowsOf(values: Float32Array, rows: number): Float32Array[] {
  const length = values.length / rows;
  return Array.from({ length: rows }, (_, r) => values.slice(r * length, (r + 1) * length));
}

/** Five significant digits: finer than float16 and a third of the text. */
export function rounded(values: Float32Array): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(5)));
}

function shortened(losses: MeanLosses): Record<string, number> {
  return Object.fromEntries(
    Object.entries(losses).map(([name, value]) => [name, Number(value.toPrecision(4))]),
  );
}
