// The options by which the training commands are told their corpora: folders, and names of corpora that are downloaded.
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { fetchCorpora, parseCorpusNames } from './corpus/fetchCorpora.ts';

/** What the options give. */
export interface CorpusOptions {
  readonly data?: readonly string[];
  readonly corpus?: string;
}

/** Adds `--data` and `--corpus` to a command. */
export function addCorpusOptions(program: Command): Command {
  return program
    .option(
      '--data <folder...>',
      'corpus folders, taken together: in the layout of FSDD, AudioMNIST or Speech Commands, or with a manifest.csv',
    )
    .option(
      '--corpus <names>',
      'corpora to download and take too, of fsdd, speech-commands, audiomnist, separated by commas; fsdd where neither is given',
    );
}

/** Folders of all corpora that are asked for; what is not in the cache is downloaded, with a bar that shows the time left. */
export async function corpusFolders(
  { data = [], corpus }: CorpusOptions,
  signal?: AbortSignal,
): Promise<string[]> {
  const names = corpus !== undefined ? parseCorpusNames(corpus) : data.length === 0 ? ['fsdd' as const] : [];
  const bar = new SingleBar({
    format: '{step} {name} [{bar}] {percentage} % of {total} {unit}, {eta_formatted} left',
  });
  let shown = '';
  try {
    const fetched = await fetchCorpora(names, {
      ...(signal ? { signal } : {}),
      onStep: (name, step, done, total) => {
        const [scale, unit] = step === 'downloading' ? [1e6, 'MB'] : [1, 'files'];
        const value = Math.round(done / scale);
        if (shown !== `${name} ${step}`) {
          shown = `${name} ${step}`;
          bar.stop();
          bar.start(Math.max(1, Math.round((total ?? done) / scale)), value, { name, step, unit });
        } else {
          // Of what is known only about, there may be more.
          if (value > bar.getTotal()) bar.setTotal(value);
          bar.update(value);
        }
      },
    });
    return [...data, ...fetched];
  } finally {
    bar.stop();
  }
}
