// `npm run train:listener`: gives a bundle a listener for strangers, and tells how well it hears, by corpus and sex.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { Command } from 'commander';
import { requireInteger } from '../src/contract/errors.ts';
import type { SpectrogramFormat } from '../src/contract/spectrogram.ts';
import { digitCount } from '../src/contract/vocabulary.ts';
import { prepareTake } from '../src/dsp/clip.ts';
import { loadBundleFromFolder, saveBundle } from '../src/model/bundle.node.ts';
import type { ListenerShape } from '../src/model/manifest.ts';
import { openListener } from '../src/model/nodeListener.ts';
import { listenerShapes } from '../src/model/shapes.ts';
import { openOutput } from '../src/node/outputPlaces.ts';
import { readWav } from '../src/node/wav.ts';
import { bandwidthOfRate, validBands } from '../src/dsp/bandwidth.ts';
import { openCorpus } from './corpus/corpus.ts';
import { userCacheFolder } from './corpus/download.ts';
import { newsOf, prepareCorpus } from './corpus/prepare.ts';
import { earScheduleSchema } from './listener/earConfig.ts';
import { strangersTable, noneLine } from './listener/earFigures.ts';
import { withoutUpper } from './listener/openEar.ts';
import {
  calibrate,
  calibrated,
  digitHead,
  isKeptBack,
  recogniserOfListener,
} from './listener/strangersListener.ts';
import { trainRecogniser, type EarTake } from './listener/trainEar.ts';
import { initTrainingBackend } from './optimise/backend.ts';
import { runMain } from './runCommand.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
/** One in so many of the other words is only measured. */
const heldOutWords = 8;

interface Options {
  readonly model: string;
  readonly data: readonly string[];
  readonly words?: string;
  readonly out?: string;
  readonly seed: number;
  readonly epochs: number;
  readonly draws: number;
}

async function main(): Promise<void> {
  const program = new Command('train:listener')
    .description('Trains a listener for strangers for a bundle, or measures the one that it has.')
    .requiredOption('--model <folder>', 'bundle whose listener is trained')
    .requiredOption('--data <folder...>', 'corpus folders, in the layouts that train takes')
    .option('--words <folder>', 'WAV files of words that are no digits, as scripts/speakWords.mjs makes them')
    .option(
      '--out <folder>',
      'folder for the bundle with its new listener; without it the old one is measured',
    )
    .option('--seed <n>', 'seed of weights and draws', Number, 1)
    .option('--epochs <n>', 'number of epochs', Number, 16)
    .option('--draws <n>', 'takes drawn for an epoch', Number, 4800)
    .parse();
  const options = program.opts<Options>();
  requireInteger('--seed', options.seed, 0, 2 ** 31);
  requireInteger('--epochs', options.epochs, 1, 100_000);
  requireInteger('--draws', options.draws, 1, 10_000_000);
  const bundle = await loadBundleFromFolder(options.model);
  const { manifest } = bundle;
  const format = { ...manifest.format, tracks: undefined };
  const corpus = openCorpus(options.data);
  const prepared = await prepareCorpus(corpus, format, () => {}, join(userCacheFolder(), 'features'));
  newsOf(prepared).forEach(say);
  const size = format.frames * format.melBands;
  const features = prepared.takes.map((_, i) =>
    withoutUpper(
      prepared.features.subarray(i * size, (i + 1) * size),
      prepared.validBands[i],
      format.melBands,
    ),
  );
  const words = options.words === undefined ? [] : wordsOf(options.words, format);
  await initTrainingBackend();
  let listener = bundle;
  if (options.out !== undefined) {
    const shape: ListenerShape = {
      bands: format.melBands / 2,
      floor: 3e-4,
      filters: [24, 48, 64],
      units: 56,
      leak: 0.2,
      heads: [digitHead, ...(manifest.listener?.heads.filter(({ name }) => name !== 'digit') ?? [])],
    };
    const training = prepared.takes.map((_, i) => prepared.splits[i] === 0);
    const back = isKeptBack(prepared.takes);
    const labelsOf = (i: number): number[] =>
      shape.heads.map(({ name, labels }) =>
        name === 'digit'
          ? prepared.digits[i]
          : name === 'speaker'
            ? labels.indexOf(prepared.takes[i].speaker)
            : labels.indexOf(prepared.takes[i].attributes?.[name] ?? ''),
      );
    const wordTakes = words.map(({ features: own, valid }): EarTake => ({
      features: own,
      validBands: valid,
      labels: shape.heads.map((_, h) => (h === 0 ? digitCount : -1)),
      isSynthetic: true,
    }));
    const takes = features.map((own, i): EarTake => ({
      features: own,
      validBands: prepared.validBands[i],
      labels: labelsOf(i),
      isSynthetic: prepared.takes[i].kind === 'synthetic',
    }));
    const trained = await trainRecogniser({
      recogniser: recogniserOfListener(format, shape),
      schedule: earScheduleSchema.parse({
        epochs: options.epochs,
        draws: options.draws,
        syntheticShare: 0.3,
      }),
      takes: [
        ...takes.filter((_, i) => training[i] && !back[i]),
        ...wordTakes.filter((_, w) => w % heldOutWords > 1),
      ],
      seed: options.seed,
      say: (line) => say(`listener: ${line}`),
    });
    const validation = [
      ...takes.filter((_, i) => training[i] && back[i]),
      ...wordTakes.filter((_, w) => w % heldOutWords === 1),
    ];
    const raw = logitsOf(trained, format, shape, validation);
    const calibration = calibrate(
      raw,
      validation.map(({ labels }) => labels[0]),
    );
    say(
      `listener: temperature ${calibration.temperature.toFixed(2)}, none ${calibration.noneBias.toFixed(2)} by ${validation.length} takes kept back`,
    );
    const tensors = new Map([...bundle.tensors].map(([name, { values }]) => [name, values]));
    for (const name of [...tensors.keys()]) if (name.startsWith('listener.')) tensors.delete(name);
    for (const [name, values] of calibrated(trained, calibration)) tensors.set(name, values);
    const out = openOutput(options.out);
    const bits = manifest.tensors.some(({ channelAxis }) => channelAxis !== undefined) ? 8 : 16;
    const draft = { ...manifest, listener: { ...shape, figures: { train: {}, test: {} } } };
    await saveBundle(out, draft, tensors, bits);
    listener = await loadBundleFromFolder(out);
  }
  const opened = openListener({ manifest: { ...listener.manifest, format }, tensors: listener.tensors });
  const heard = (await opened.hear(features)).map(({ digit }) => digit.probabilities);
  const heldWords = words.filter((__, w) => w % heldOutWords === 0).map(({ features: own }) => own);
  const none = (await opened.hear(heldWords)).map(({ digit }) => digit.probabilities);
  opened.dispose();
  process.stdout.write(`${strangersTable(prepared.takes, heard)}\n`);
  const test = heard.filter((__, i) => prepared.splits[i] === 1);
  if (none.length > 0) process.stdout.write(`${noneLine(none, test)}\n`);
}

function logitsOf(
  tensors: ReadonlyMap<string, Float32Array>,
  format: SpectrogramFormat,
  shape: ListenerShape,
  takes: readonly EarTake[],
): Float32Array[] {
  const recogniser = recogniserOfListener(format, shape);
  const weights = new Map(
    [...listenerShapes(format, shape)].map(([name, dims]) => [
      name,
      tf.tensor(tensors.get(name) ?? new Float32Array(0), dims),
    ]),
  );
  const rows = takes.map(({ features }) =>
    tf.tidy(() => {
      const input = recogniser.input(tf.tensor3d(features, [1, format.frames, format.melBands]));
      return recogniser.logits((name) => weights.get(name) as tf.Tensor, input)[0].dataSync() as Float32Array;
    }),
  );
  tf.dispose([...weights.values()]);
  return rows;
}

function wordsOf(folder: string, format: SpectrogramFormat): { features: Float32Array; valid: number }[] {
  return readdirSync(folder)
    .filter((name) => /\.wav$/i.test(name))
    .sort()
    .flatMap((name) => {
      const { samples, sampleRate } = readWav(join(folder, name));
      const { features, wordSamples } = prepareTake(samples, sampleRate, format);
      const valid = validBands(format, bandwidthOfRate(sampleRate, format.sampleRate));
      return wordSamples === 0 ? [] : [{ features: withoutUpper(features, valid, format.melBands), valid }];
    });
}

runMain('train:listener', main);
