// `npm run train`: the command line of a training run.
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { InputError, requireInteger } from '../src/contract/errors.ts';
import { readJson } from '../src/contract/jsonText.ts';
import { readInput } from '../src/node/inputFile.ts';
import { parseConfig } from './vae/trainingConfig.ts';
import { openOutput } from '../src/node/outputPlaces.ts';
import { fetchFsdd, userCacheFolder } from './corpus/download.ts';
import { train } from './vae/trainingRun.ts';
import { runMain } from './runCommand.ts';

async function main(): Promise<void> {
  const program = new Command('train')
    .description('Trains a digit voice model and writes its bundle.')
    .option(
      '--data <folder...>',
      'corpus folders, trained on together: in the layout of FSDD or AudioMNIST, or with a manifest.csv; without them FSDD is downloaded',
    )
    .requiredOption('--out <folder>', 'folder for the bundle and the report')
    .option('--config <file>', 'JSON file with configuration fields that differ from the defaults')
    .option('--epochs <n>', 'number of epochs', Number)
    .option('--seed <n>', 'seed of weights, order and noise', Number)
    .option('--threads <n>', 'worker threads', Number)
    .option('--resume', 'go on from the checkpoint in --out', false)
    .parse();
  const options = program.opts<{
    data?: readonly string[];
    out: string;
    config?: string;
    epochs?: number;
    seed?: number;
    threads?: number;
    resume: boolean;
  }>();
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
    data: options.data ?? (await download(abort.signal)),
    cacheFolder: join(userCacheFolder(), 'features'),
    out,
    resume: options.resume,
    signal: abort.signal,
    say: (line) => process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${line}\n`),
  });
  process.exitCode = finished ? 0 : 130;
}

/** FSDD from the cache or from its archive, with a bar while it arrives. */
async function download(signal: AbortSignal): Promise<string> {
  const bar = new SingleBar({
    format: 'downloading FSDD [{bar}] {percentage} % of {total} MB, {eta_formatted} left',
  });
  try {
    return await fetchFsdd({
      signal,
      onProgress: (bytes, total) => {
        const megabytes = Math.round(bytes / 1e6);
        if (!bar.isActive) bar.start(Math.round((total ?? 16e6) / 1e6), megabytes);
        else bar.update(megabytes);
      },
    });
  } finally {
    bar.stop();
  }
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
