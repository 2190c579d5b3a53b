// `npm run judge`: how clips are understood by the judges, recognisers that no model's loss ever heard with.
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { InputError } from '../src/contract/errors.ts';
import { reasonOf } from '../src/contract/fileFaults.ts';
import { readWav } from '../src/node/wav.ts';
import { judges } from './listener/earConfig.ts';
import { judgementTable, type JudgedClip } from './listener/earFigures.ts';
import { openEar, earFeatures, readEar } from './listener/openEar.ts';
import { initTrainingBackend } from './optimise/backend.ts';
import { runMain } from './runCommand.ts';

async function main(): Promise<void> {
  const program = new Command('judge')
    .description('How clips are understood by recognisers that no loss ever heard with.')
    .argument('<folder...>', 'folders of {digit}_{anything}.wav, as say, sample and regenerate write them')
    .option('--judges <folder>', "folder of the judges' files", 'training/judges')
    .option(
      '--bandwidth <Hz>',
      'up to which the clips tell anything, where their rate does not say it',
      Number,
    )
    .option('--wrong', 'name the clips that are misheard', false)
    .parse();
  const options = program.opts<{ judges: string; bandwidth?: number; wrong: boolean }>();
  const clips = program.args.flatMap((folder) => clipsOf(folder, options.bandwidth));
  await initTrainingBackend();
  for (const name of judges) {
    const ear = openEar(readEar(join(options.judges, `${name}.json.gz`)));
    const heard = await ear.hear(clips.map(({ features }) => features));
    ear.dispose();
    process.stdout.write(`judge ${name}:\n${judgementTable(clips, heard)}\n`);
    if (!options.wrong) continue;
    clips.forEach(({ file, digit }, i) => {
      const best = heard[i].indexOf(Math.max(...heard[i]));
      if (best !== digit) process.stdout.write(`${file}\t${best}\t${heard[i][best].toFixed(3)}\n`);
    });
  }
}

function clipsOf(folder: string, bandwidthHz: number | undefined): JudgedClip[] {
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    throw new InputError(`cannot read the folder ${folder}: ${reasonOf(error)}`);
  }
  const clips = names.filter((name) => /^\d_.*\.wav$/i.test(name));
  if (clips.length === 0) {
    throw new InputError(
      `${folder} holds no clips named {digit}_{anything}.wav; numvox say and sample write such`,
    );
  }
  return clips.map((name) => {
    const file = join(folder, name);
    const { samples, sampleRate } = readWav(file);
    const features = earFeatures(samples, sampleRate, bandwidthHz);
    if (!features) throw new InputError(`${file} is silent: there is no word to judge in it`);
    return { file, set: basename(folder), digit: Number(name[0]), features };
  });
}

runMain('judge', main);
