// `npm run search`: the command line of a hyperparameter search.
import { join } from 'node:path';
import { Command } from 'commander';
import { InputError } from '../src/contract/errors.ts';
import { readInput } from '../src/node/inputFile.ts';
import { writeWhole } from '../src/node/files.ts';
import { openOutput } from '../src/node/outputPlaces.ts';
import { openCorpus } from './corpus/corpus.ts';
import { userCacheFolder } from './corpus/download.ts';
import { addCorpusOptions, corpusFolders, type CorpusOptions } from './corpusOptions.ts';
import { readGrid } from './search/grid.ts';
import { ranked, requireFigure, searchReport } from './search/searchReport.ts';
import { mergeResults, parseShard, readResults, runSearch, type SearchResult } from './search/searchRuns.ts';
import { figureNames, searchTrainer, shownFigures } from './search/searchTrainer.ts';
import { runMain } from './runCommand.ts';

interface SearchOptions extends CorpusOptions {
  readonly grid?: string;
  readonly out: string;
  readonly by: string;
  readonly retry: boolean;
  readonly shard?: string;
  readonly merge?: readonly string[];
}

async function main(): Promise<void> {
  const program = addCorpusOptions(new Command('search'))
    .description('Trains every configuration of a grid, or some drawn from it, and ranks them.')
    .option('--grid <file>', 'JSON file with the values to try')
    .requiredOption('--out <folder>', 'folder for results and runs; what is done there is not done again')
    .option('--by <figure>', 'figure to rank by', 'validationErrorShare')
    .option('--retry', 'repeat runs that failed', false)
    .option(
      '--shard <i/n>',
      'do share i of n of the runs, i from 1 on; --out may be one folder for all shares',
    )
    .option('--merge <folder...>', 'train nothing: add the results of searches in these folders to --out')
    .parse();
  const options = program.opts<SearchOptions>();
  const by = requireFigure(options.by, figureNames);
  const shard = options.shard === undefined ? undefined : parseShard(options.shard);
  const say = (line: string) => process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${line}\n`);
  if (options.merge) {
    const out = openOutput(options.out);
    say(`${mergeResults(options.merge, out)} results in ${out}`);
    writeReport(out, readResults(out), by);
    tell(out, by, say);
    return;
  }
  if (options.grid === undefined) {
    throw new InputError(
      'there must be a --grid file, or --merge with the folders of searches; give one of them',
    );
  }
  const configs = readGrid(Buffer.from(readInput(options.grid, 'settings')).toString('utf8'), options.grid);
  const abort = new AbortController();
  process.once('SIGINT', () => {
    process.stderr.write('\nstopping after this step (again: at once)\n');
    abort.abort();
    process.once('SIGINT', () => process.exit(130));
  });
  const data = await corpusFolders(options, abort.signal);
  const corpus = openCorpus(data);
  const out = openOutput(options.out);
  const finished = await runSearch({
    configs,
    corpus: `${corpus.name}, ${corpus.takes.length} takes`,
    out,
    train: searchTrainer({
      data,
      cacheFolder: join(userCacheFolder(), 'features'),
      signal: abort.signal,
      say,
    }),
    retry: options.retry,
    shard,
    signal: abort.signal,
    say,
    onResults: (results) => writeReport(out, results, by),
  });
  const isRanked = tell(out, by, say);
  process.exitCode = !finished ? 130 : isRanked ? 0 : 1;
}

function reportOf(out: string): string {
  return join(out, 'search.html');
}

function writeReport(out: string, results: readonly SearchResult[], by: string): void {
  writeWhole(reportOf(out), searchReport(results, by, shownFigures));
}

/** Tells the best runs of all; false where there is none. */
function tell(out: string, by: string, say: (line: string) => void): boolean {
  const best = ranked(readResults(out), by);
  for (const { id, figures } of best.slice(0, 3)) say(`${id}: ${by} ${figures[by]}`);
  say(`report: ${reportOf(out)}`);
  return best.length > 0;
}

runMain('search', main);
