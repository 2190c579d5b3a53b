// `npm run train`: the command line of a training run.
import { join } from 'node:path';
import { Command } from 'commander';
import { InputError, requireInteger } from '../src/contract/errors.ts';
import { readJson } from '../src/contract/jsonText.ts';
import { readInput } from '../src/node/inputFile.ts';
import { parseConfig } from './vae/trainingConfig.ts';
import { openOutput } from '../src/node/outputPlaces.ts';
import { userCacheFolder } from './corpus/download.ts';
import { addCorpusOptions, corpusFolders, type CorpusOptions } from './corpusOptions.ts';
import { train } from './vae/trainingRun.ts';
import { runMain } from './runCommand.ts';

async function main(): Promise<void> {
  const program = addCorpusOptions(new Command('train'))
    .description('Trains a digit voice model and writes its bundle.')
    .requiredOption('--out <folder>', 'folder for the bundle and the report')
    .option('--config <file>', 'JSON file with configuration fields that differ from the defaults')
    .option('--epochs <n>', 'number of epochs', Number)
    .option('--seed <n>', 'seed of weights, order and noise', Number)
    .option('--threads <n>', 'worker threads', Number)
    .option('--resume', 'go on from the checkpoint in --out', false)
    .parse();
  const options = program.opts<
    CorpusOptions & {
      out: string;
      config?: string;
      epochs?: number;
      seed?: number;
      threads?: number;
      resume: boolean;
    }
  >();
  const { epochs, seed, threads } = options;
  if (epochs !== undefined) requireInteger('--epochs', epochs, 1, 100_000);
  if (seed !== undefined) requireInteger('--seed', seed, 0, 2 ** 31);
  if (threads !== undefined) requireInteger('--threads', threads, 1, 64);
  const fields = options.config ? readFields(options.config) : {};
  const given = Object.fromEntries(
    Object.entries({ epochs, seed, threads }).filter(([, value]) => value !== undefined),
  );
  const abort = new AbortController();
  process.once('SIGINT', () => {
    process.stderr.write('\nstopping after this step (again: at once)\n');
    abort.abort();
    process.once('SIGINT', () => process.exit(130));
  });
  const config = parseConfig({ ...fields, ...given });
  const out = openOutput(options.out);
  const finished = await train(config, {
    data: await corpusFolders(options, abort.signal),
    cacheFolder: join(userCacheFolder(), 'features'),
    out,
    resume: options.resume,
    signal: abort.signal,
    say: (line) => process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${line}\n`),
  });
  process.exitCode = finished ? 0 : 130;
}

function readFields(path: string): Record<string, unknown> {
  const text = Buffer.from(readInput(path, 'settings')).toString('utf8');
  const json = readJson(text, { where: path, wanted: 'a configuration', longest: text.length });
  if (typeof json === 'object' && json !== null && !Array.isArray(json))
    return json as Record<string, unknown>;
  throw new InputError(
    `${path} must hold the fields of a configuration as one JSON object, such as {"epochs": 40}`,
  );
}

runMain('train', main);
