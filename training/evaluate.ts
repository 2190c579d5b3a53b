// `npm run evaluate`: how well a model is understood, by its own listener and by the judges, on the terminal and as a report.
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { Command, Option } from 'commander';
import { openOutput } from '../src/node/outputPlaces.ts';
import { defaultPlaying, playings, type Playing } from '../src/contract/playing.ts';
import { requireInteger, requireNumber } from '../src/contract/errors.ts';
import { loadEngineModules } from '../src/dsp/wasmLoops.node.ts';
import { openListener } from '../src/model/nodeListener.ts';
import { openModel } from '../src/model/nodeModel.ts';
import { openCorpus } from './corpus/corpus.ts';
import { userCacheFolder } from './corpus/download.ts';
import { addCorpusOptions, corpusFolders, type CorpusOptions } from './corpusOptions.ts';
import { judges } from './listener/earConfig.ts';
import { openEar, readEar } from './listener/openEar.ts';
import { initTrainingBackend } from './optimise/backend.ts';
import { evaluate } from './report/evaluation.ts';
import { evaluationTable, walkLine } from './report/evaluationText.ts';
import { measure, meanOf } from './report/figures.ts';
import { takeGroups } from './report/heardRows.ts';
import { newsOf, prepareCorpus } from './corpus/prepare.ts';
import { reportContent, writeReport } from './report/trainingReport.ts';
import { runMain } from './runCommand.ts';

interface EvaluateOptions extends CorpusOptions {
  readonly model: string;
  readonly out: string;
  readonly seed: number;
  readonly share: number;
  readonly playing: Playing;
  readonly judges: string;
}

async function main(): Promise<void> {
  const program = addCorpusOptions(new Command('evaluate'))
    .description('Measures how well a model is understood and writes a report.')
    .requiredOption('--model <dir>', 'model bundle')
    .option('--out <dir>', 'folder for the report', 'runs/evaluation')
    .option('--seed <n>', 'seed of what is drawn', Number, 1)
    .option('--share <n>', 'share of the clips to make, for a quick look', Number, 1)
    .option('--judges <dir>', "folder of the judges' files", 'training/judges')
    .addOption(
      new Option('--playing <way>', 'voiced sounds as harmonics of their pitch, or all from the spectrogram')
        .choices(playings)
        .default(defaultPlaying),
    )
    .parse();
  const options = program.opts<EvaluateOptions>();
  requireInteger('--seed', options.seed, 0, 2 ** 31);
  requireNumber('--share', options.share, 0.001, 1);
  const out = openOutput(options.out);
  const model = await openModel(options.model);
  await initTrainingBackend();
  const ears = judges.map((name) => openEar(readEar(join(options.judges, `${name}.json.gz`))));
  const listener = openListener(model.bundle);
  const { format } = model.bundle.manifest;
  const corpus = openCorpus(await corpusFolders(options));
  const preparing = new SingleBar({
    format: 'preparing [{bar}] {value}/{total} takes, {eta_formatted} left',
  });
  preparing.start(corpus.takes.length, 0);
  const prepared = await prepareCorpus(
    corpus,
    format,
    (done) => preparing.update(done),
    join(userCacheFolder(), 'features'),
  );
  preparing.stop();
  for (const line of newsOf(prepared)) process.stderr.write(`${line}\n`);
  const size = prepared.features.length / prepared.digits.length;
  const side = (split: number) => {
    const indices = [...prepared.splits.keys()].filter((i) => prepared.splits[i] === split);
    return {
      features: indices.map((i) => prepared.features.subarray(i * size, (i + 1) * size)),
      digits: indices.map((i) => prepared.digits[i]),
      takes: indices.map((i) => prepared.takes[i]),
    };
  };
  const [train, test] = [side(0), side(1)];
  const mean = meanOf(train.features);
  const lines = [];
  const groups = takeGroups(test.takes);
  const parts = groups.map(([group, indices]) => {
    const part = {
      features: indices.map((i) => test.features[i]),
      digits: indices.map((i) => test.digits[i]),
    };
    return [`held out: ${group}`, part] as const;
  });
  for (const [name, set] of [
    ['train', train],
    ['held out', test],
    ...(parts.length > 1 ? parts : []),
  ] as const) {
    const f = await measure(model, set, mean);
    const pitch =
      f.f0ErrorSemitones === undefined ? '' : `, f0 off by ${f.f0ErrorSemitones.toFixed(2)} semitones`;
    lines.push(
      `${name}: ${f.takes} takes, error share ${(100 * f.errorShare).toFixed(2)} %, KL ${f.klNats.toFixed(1)} nats, ` +
        `digit named by the encoder ${(100 * f.digitAccuracy).toFixed(2)} %${pitch}`,
    );
  }
  const bar = new SingleBar({
    format: 'hearing [{bar}] {value}/{total} clips and walks, {eta_formatted} left',
  });
  const modules = loadEngineModules();
  const evaluation = await evaluate({
    model,
    listener,
    train,
    test,
    seed: options.seed,
    share: options.share,
    playing: options.playing,
    modules,
    ears,
    onProgress: (done, total) => {
      if (!bar.isActive) bar.start(total, done);
      else bar.update(done);
    },
  });
  bar.stop();
  const tables = [evaluation.rows, evaluation.groups].filter((rows) => rows.length > 0).map(evaluationTable);
  process.stdout.write(`${[lines.join('\n'), ...tables, walkLine(evaluation.walks)].join('\n\n')}\n`);
  await writeReport(out, { ...(await reportContent(model, listener, test, options.seed)), evaluation });
  process.stdout.write(`report: ${join(out, 'report.html')}\n`);
  for (const ear of ears) ear.dispose();
  listener.dispose();
  model.dispose();
}

runMain('evaluate', main);
