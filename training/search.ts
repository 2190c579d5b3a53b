// `npm run search`: the command line of a hyperparameter search.
import { join } from 'node:path';
import { Command } from 'commander';
import { readInput } from '../src/node/inputFile.ts';
import { writeWhole } from '../src/node/files.ts';
import { openOutput } from '../src/node/outputPlaces.ts';
import { openCorpus } from './corpus/corpus.ts';
import { userCacheFolder } from './corpus/download.ts';
import { readGrid } from './search/grid.ts';
import { ranked, requireFigure, searchReport } from './search/searchReport.ts';
import { readResults, runSearch } from './search/searchRuns.ts';
import { figureNames, searchTrainer, shownFigures } from './search/searchTrainer.ts';
import { runMain } from './runCommand.ts';

async function main(): Promise<void> {
  const program = new Command('search')
    .description('Trains every configuration of a grid, or some drawn from it, and ranks them.')
    .requiredOption('--grid <file>', 'JSON file with the values to try')
    .requiredOption('--data <folder...>', 'corpus folders, in the layouts that train takes')
    .requiredOption('--out <folder>', 'folder for results and runs; what is done there is not done again')
    .option('--by <figure>', 'figure to rank by', 'validationErrorShare')
    .option('--retry', 'repeat runs that failed', false)
    .parse();
  const options = program.opts<{
    grid: string;
    data: readonly string[];
    out: string;
    by: string;
    retry: boolean;
  }>();
  const by = requireFigure(options.by, figureNames);
  const configs = readGrid(Buffer.from(readInput(options.grid, 'settings')).toString('utf8'), options.grid);
  const corpus = openCorpus(options.data);
  const out = openOutput(options.out);
  const abort = new AbortController();
  process.once('SIGINT', () => {
    process.stderr.write('\nstopping after this step (again: at once)\n');
    abort.abort();
    process.once('SIGINT', () => process.exit(130));
  });
  const say = (line: string) => process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${line}\n`);
  const report = join(out, 'search.html');
  const finished = await runSearch({
    configs,
    corpus: `${corpus.name}, ${corpus.takes.length} takes`,
    out,
    train: searchTrainer({
      data: options.data,
      cacheFolder: join(userCacheFolder(), 'features'),
      signal: abort.signal,
      say,
    }),
    retry: options.retry,
    signal: abort.signal,
    say,
    onResults: (results) => writeWhole(report, searchReport(results, by, shownFigures)),
  });
  const best = ranked(readResults(out), by);
  for (const { id, figures } of best.slice(0, 3)) say(`${id}: ${by} ${figures[by]}`);
  say(`report: ${report}`);
  process.exitCode = !finished ? 130 : best.length > 0 ? 0 : 1;
}

runMain('search', main);
