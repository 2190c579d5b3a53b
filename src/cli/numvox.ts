// The command line: say, sample, walk, sweep, regenerate, render, listen, invert. Results on stdout, progress and errors on stderr, exit 1 on any error.
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, Option } from 'commander';
import { InputError, printable } from '../contract/errors.ts';
import { defaultPlaying, playings } from '../contract/playing.ts';
import { drumUses } from '../midi/arrangement.ts';
import type { InvertOptions } from './invertCommand.ts';
import type { ListenOptions } from './listenCommand.ts';
import {
  anchorOf,
  digitList,
  highestOutputRate,
  largestCount,
  largestSeed,
  lowestOutputRate,
  programUses,
  wholeNumber,
} from './options.ts';
import type { RegenerateOptions } from './regenerateCommand.ts';
import type { RenderOptions } from './renderCommand.ts';
import type { SampleOptions, SayOptions, SweepOptions, WalkOptions } from './sayCommand.ts';

/** Found wherever the command is started from. */
const shippedModel = fileURLToPath(new URL('../../public/models/fsdd', import.meta.url));

/** The program with its commands; it throws instead of ending the process. */
function program(): Command {
  const root = new Command('numvox')
    .description('Spoken digits from a variational autoencoder, as WAV files.')
    .exitOverride()
    .showSuggestionAfterError(false)
    .configureOutput({ outputError: () => {} });

  const common = (command: Command): Command =>
    command
      .requiredOption('--out <dir>', 'folder for the WAV files; made when missing')
      .option('--rate <hz>', 'rate of the files', wholeNumber(lowestOutputRate, highestOutputRate));
  const seed = (command: Command): Command =>
    command.option('--seed <number>', 'the same seed gives the same files', wholeNumber(0, largestSeed), 1);
  const model = (command: Command): Command =>
    command.addOption(
      new Option('--model <dir>', 'model bundle').default(shippedModel, 'public/models/fsdd'),
    );

  const played = (command: Command): Command =>
    command.addOption(
      new Option('--playing <way>', 'voiced sounds as harmonics of their pitch, or all from the spectrogram')
        .choices(playings)
        .default(defaultPlaying),
    );

  const digits = (command: Command): Command =>
    command.addOption(
      new Option('--digits <digits>', 'which digits')
        .argParser(digitList)
        .default(digitList('0123456789'), '0123456789'),
    );
  const steps = (command: Command): Command =>
    command.option('--steps <n>', 'places on the way, both ends included', wholeNumber(2, largestCount), 11);

  // The commands' modules are loaded when they are needed: --help does not wait for the network library.
  digits(played(model(seed(common(root.command('say'))))))
    .description('speak digits in styles drawn from the model: {digit}_{kkk}.wav')
    .option('--count <n>', 'clips of each digit', wholeNumber(1, largestCount), 1)
    .option('--voice <name>', 'one of the voices of the model; a voice is drawn for each clip otherwise')
    .action(async (options: SayOptions) => (await import('./sayCommand.ts')).say(options));

  played(model(seed(common(root.command('sample')))))
    .description('draw clips freely, digits uniform, styles about those of all takes: {digit}_{kkk}.wav')
    .option('--count <n>', 'clips in all', wholeNumber(1, largestCount), 1)
    .action(async (options: SampleOptions) => (await import('./sayCommand.ts')).sample(options));

  steps(played(model(common(root.command('walk')))))
    .description('a straight line in the latent space from one anchor to another: {digit}_{kkk}.wav')
    .requiredOption('--from <digit:voice>', 'where to start, such as 3:george', anchorOf)
    .requiredOption('--to <digit:voice>', 'where to end', anchorOf)
    .action(async (options: WalkOptions) => (await import('./sayCommand.ts')).walk(options));

  digits(steps(played(model(common(root.command('sweep'))))))
    .description('one knob through its whole range for each digit: {digit}_{kkk}.wav')
    .requiredOption('--knob <knob>', 'number of the knob from 1, or its name')
    .option('--voice <name>', 'voice to start from; the first of the model otherwise')
    .action(async (options: SweepOptions) => (await import('./sayCommand.ts')).sweep(options));

  played(model(common(root.command('regenerate'))))
    .description('recordings through the encoder and the decoder, under the same base names')
    .argument('<files...>', 'WAV files of one spoken digit each')
    .option('--digit <digit>', 'what they say (default: what encoder and listener hear)', wholeNumber(0, 9))
    .action(async (files: string[], options: RegenerateOptions) =>
      (await import('./regenerateCommand.ts')).regenerate(files, options),
    );

  model(root.command('render'))
    .description('a MIDI file played by the instrument, into a stereo WAV file')
    .argument('<song>', 'MIDI file')
    .requiredOption('--out <file>', 'the WAV file')
    .option('--preset <name>', 'a factory preset, or a preset file')
    .option('--dry', "the voices alone, without the page's effects")
    .option('--lyrics <text>', "words for the lyrics mode, in place of the preset's")
    .addOption(
      new Option('--set <id=value>', 'a parameter over the preset; may be given again')
        .argParser(collect)
        .default([], 'none'),
    )
    .addOption(
      new Option(
        '--programs <use>',
        'what program changes choose (presets, or with --preset nothing)',
      ).choices(programUses),
    )
    .addOption(
      new Option('--drums <use>', 'what channel 10 plays: as suits the mode, nothing, drum mode or words')
        .choices(drumUses)
        .default('auto'),
    )
    .option('--keyswitches', 'low keys choose digits and voices, as on a keyboard')
    .addOption(
      new Option(
        '--part <n:settings>',
        'a part: mute, solo, mode=, digit=, voice=, lyrics=; may be given again',
      )
        .argParser(collect)
        .default([], 'as the song has them'),
    )
    .option('--rate <hz>', 'rate of the file', wholeNumber(lowestOutputRate, highestOutputRate), 48_000)
    .option('--seed <number>', 'the same seed gives the same file', wholeNumber(1, largestSeed), 1)
    .action(async (song: string, options: RenderOptions) =>
      (await import('./renderCommand.ts')).render(song, options),
    );

  model(root.command('listen'))
    .description("what the model's listener hears: file, digit, confidence, speaker, confidence, ...")
    .argument('<files...>', 'WAV files of one spoken digit each')
    .action(async (files: string[], options: ListenOptions) =>
      (await import('./listenCommand.ts')).listen(files, options),
    );

  model(common(root.command('invert')))
    .description('copies made from magnitudes alone by the streaming kernel (no model is used)')
    .argument('<files...>', 'WAV files')
    .option('--studio', 'look-ahead 7 and 4 sweeps instead of 3 and 2')
    .option('--look-ahead <frames>', 'frames refined ahead', wholeNumber(0, 32))
    .option('--sweeps <k>', 'sweeps over them for each hop', wholeNumber(0, 16))
    .option('--hop <samples>', 'distance of frames', wholeNumber(1, 65536))
    .option('--mel', 'through 80 mel bands first')
    .action(async (files: string[], options: InvertOptions) =>
      (await import('./invertCommand.ts')).invert(files, options),
    );
  return root;
}

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}

/** One line on stderr for what the user can mend; a stack for a defect of ours. */
function explain(error: unknown): void {
  if (error instanceof CommanderError) {
    if (error.exitCode !== 0) process.stderr.write(`numvox: ${oneLine(error.message)}\n`);
  } else if (error instanceof InputError) {
    process.stderr.write(`numvox: ${oneLine(error.message)}\n`);
  } else {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`numvox: this is a defect of numvox, please report it: ${text}\n`);
  }
}

function oneLine(message: string): string {
  return printable(message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' '));
}

// A reader that has seen enough (`numvox ... | head`) is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  if (process.argv.length < 3) {
    throw new InputError(
      'give a command: say, sample, walk, sweep, regenerate, render, listen or invert; numvox --help tells more',
    );
  }
  await program().parseAsync();
} catch (error) {
  explain(error);
  process.exitCode = error instanceof CommanderError && error.exitCode === 0 ? 0 : 1;
}
