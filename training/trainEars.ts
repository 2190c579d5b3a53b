// `npm run train:ears`: trains the recognisers that judge models, and those that losses hear with, and tells how well they hear.
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { InputError, requireInteger } from '../src/contract/errors.ts';
import { wideFormat } from '../src/contract/spectrogram.ts';
import { openOutput } from '../src/node/outputPlaces.ts';
import { openCorpus } from './corpus/corpus.ts';
import { userCacheFolder } from './corpus/download.ts';
import { newsOf, prepareCorpus, type PreparedCorpus } from './corpus/prepare.ts';
import { ears } from './listener/earConfig.ts';
import { earTable } from './listener/earFigures.ts';
import { openEar, readEar, recogniserOf, withoutUpper, writeEar } from './listener/openEar.ts';
import { trainRecogniser, type EarTake } from './listener/trainEar.ts';
import { initTrainingBackend } from './optimise/backend.ts';
import { runMain } from './runCommand.ts';

const size = wideFormat.frames * wideFormat.melBands;
const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function main(): Promise<void> {
  const program = new Command('train:ears')
    .description('Trains the recognisers that judge models and those that losses hear with.')
    .requiredOption('--data <folder...>', 'corpus folders: FSDD, and one of other people')
    .addOption(
      new Option('--ear <name...>', 'which to train').choices(Object.keys(ears)).default(Object.keys(ears)),
    )
    .option('--out <folder>', 'folder for their files', 'training/judges')
    .option('--seed <n>', 'seed of weights and draws', Number, 1)
    .option('--measure', 'train nothing, measure the files that are there', false)
    .parse();
  const options = program.opts<{
    data: readonly string[];
    ear: readonly string[];
    out: string;
    seed: number;
    measure: boolean;
  }>();
  requireInteger('--seed', options.seed, 0, 2 ** 31);
  const corpus = openCorpus(options.data);
  const out = openOutput(options.out);
  const prepared = await prepareCorpus(corpus, wideFormat, () => {}, join(userCacheFolder(), 'features'));
  newsOf(prepared).forEach(say);
  const takes = takesOf(prepared);
  await initTrainingBackend();
  for (const name of options.ear) {
    const config = ears[name];
    const file = join(out, `${name}.json.gz`);
    const isKnown = takes.map((_, i) => config.corpora.includes(prepared.takes[i].corpus ?? ''));
    const missing = config.corpora.find((id) => !corpus.parts.some((part) => part.id === id));
    if (missing !== undefined) {
      throw new InputError(
        `the ear ${name} learns from the corpora ${config.corpora.join(' and ')}, and --data gives no ${missing}; add its folder`,
      );
    }
    const ear = options.measure
      ? readEar(file)
      : {
          shape: config.shape,
          tensors: await trainRecogniser({
            recogniser: recogniserOf(config.shape),
            schedule: config.schedule,
            takes: takes.filter((_, i) => isKnown[i] && prepared.splits[i] === 0),
            seed: options.seed,
            say: (line) => say(`${name}: ${line}`),
          }),
        };
    const opened = openEar(ear);
    const heard = await opened.hear(takes.map(({ features }) => features));
    opened.dispose();
    const table = earTable(prepared.takes, heard, (i) => isKnown[i] && prepared.splits[i] === 0);
    if (!options.measure) writeEar(file, ear, { name, corpora: config.corpora, seed: options.seed });
    process.stdout.write(`${name}, never trained on what is measured here:\n${table}\n`);
  }
}

function takesOf({ takes, features, digits, validBands }: PreparedCorpus): EarTake[] {
  return takes.map((take, i) => ({
    features: withoutUpper(features.subarray(i * size, (i + 1) * size), validBands[i], wideFormat.melBands),
    validBands: validBands[i],
    labels: [digits[i]],
    isSynthetic: take.kind === 'synthetic',
  }));
}

runMain('train:ears', main);
