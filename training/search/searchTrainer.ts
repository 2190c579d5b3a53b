// One run of a search on a real corpus, and the figures that it is compared by.
import { join } from 'node:path';
import { sampleDraws } from '../../src/model/latentDraws.ts';
import type { Bundle } from '../../src/model/bundle.ts';
import { loadBundleFromFolder } from '../../src/model/bundle.node.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { openListener } from '../../src/model/nodeListener.ts';
import { modelOf } from '../../src/model/nodeModel.ts';
import { readHistory, type EpochRecord } from '../vae/checkpoint.ts';
import { train, type TrainOptions } from '../vae/trainingRun.ts';
import type { SearchTrainer } from './searchRuns.ts';
import { lossNames } from '../vae/vae.ts';

const bundleFigures = [
  'errorShare',
  'meanSquaredError',
  'klNats',
  'digitAccuracy',
  'f0ErrorSemitones',
] as const;
const epochFigures = [
  'objective' as const,
  'digitAccuracy' as const,
  ...lossNames.filter((name) => name !== 'correct'),
];

/** Names of all figures of a run; f0's are missing from a run without tracks. */
export const figureNames: readonly string[] = [
  'validationErrorShare',
  ...epochFigures.map((name) => named('validation', name)),
  ...bundleFigures.map((name) => named('heldOut', name)),
  ...bundleFigures.map((name) => named('train', name)),
  'sampleHeard',
  'sampleConfidence',
  'epochs',
  'trainingSeconds',
];

/** Figures worth a column: validation first, which choices may be made by, training and held-out takes beside it. */
export const shownFigures: readonly string[] = [
  'validationErrorShare',
  'validationKl',
  'validationMisheard',
  'sampleHeard',
  'sampleConfidence',
  'trainErrorShare',
  'heldOutErrorShare',
  'heldOutKlNats',
  'heldOutDigitAccuracy',
];

/** Trains with `npm run train`'s own code; a folder with a checkpoint goes on from it. */
export function searchTrainer(options: Omit<TrainOptions, 'out' | 'resume'>): SearchTrainer {
  return async (config, folder) => {
    const runFolder = join(folder, 'training');
    const resume = (await readHistory(runFolder)) !== undefined;
    if (!(await train(config, { ...options, out: folder, resume }))) return null;
    const bundle = await loadBundleFromFolder(folder, ['decoder', 'prior-map', 'listener']);
    return {
      ...figuresOf(bundle.manifest, (await readHistory(runFolder)) ?? []),
      ...(await sampleFigures(bundle)),
    };
  };
}

const samples = 400;

/**
 * How words of u ~ N(0, I) are understood, by the run's own listener on the decoded features: share heard as meant and mean
 * confidence. Runs of one search share their listener as long as its configuration does not vary.
 */
async function sampleFigures(bundle: Bundle): Promise<Record<'sampleHeard' | 'sampleConfidence', number>> {
  const model = modelOf(bundle);
  const listener = openListener(bundle);
  try {
    const draws = sampleDraws(bundle, samples, 1);
    const hearings = await listener.hear(await model.decode(draws.map(({ point }) => point)));
    const heard = draws.filter(({ digit }, i) => hearings[i].digit.label === String(digit)).length;
    const confidence = draws.reduce((sum, { digit }, i) => sum + hearings[i].digit.probabilities[digit], 0);
    return { sampleHeard: heard / samples, sampleConfidence: confidence / samples };
  } finally {
    listener.dispose();
    model.dispose();
  }
}

/**
 * Figures of a finished run: the bundle's, and the losses on validation takes of the epoch whose weights were kept.
 * `validationErrorShare` takes the cost of the mean spectrogram from the training takes, so that runs of different
 * formats and losses can be compared without a look at the held-out takes.
 */
export function figuresOf(
  manifest: Pick<Manifest, 'format' | 'figures'>,
  history: readonly EpochRecord[],
): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const [side, values] of [
    ['heldOut', manifest.figures.test],
    ['train', manifest.figures.train],
  ] as const) {
    for (const name of bundleFigures) {
      const value = values[name];
      if (value !== undefined) figures[named(side, name)] = value;
    }
  }
  if (history.length === 0) return figures;
  const best = history.reduce((a, b) => (b.validation.objective < a.validation.objective ? b : a));
  for (const name of epochFigures) figures[named('validation', name)] = best.validation[name];
  const { meanSquaredError, errorShare } = manifest.figures.train;
  const { frames, melBands } = manifest.format;
  if (meanSquaredError > 0) {
    figures.validationErrorShare =
      (best.validation.squaredError * errorShare) / (frames * melBands * meanSquaredError);
  }
  figures.epochs = history.length;
  figures.trainingSeconds = history.reduce((sum, { seconds }) => sum + seconds, 0);
  return figures;
}

function named(side: string, name: string): string {
  return `${side}${name[0].toUpperCase()}${name.slice(1)}`;
}
