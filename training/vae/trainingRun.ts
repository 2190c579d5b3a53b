// A training run: corpus in, bundle and report out; resumable, and stoppable without loss.
// Long, since the whole course of a run is here.
import { join, resolve } from 'node:path';
import { SingleBar } from 'cli-progress';
import { InputError } from '../../src/contract/errors.ts';
import {
  defaultFormat,
  defaultTracks,
  wideFormat,
  wideTracks,
  type SpectrogramFormat,
} from '../../src/contract/spectrogram.ts';
import { packBands } from '../../src/model/nodeListener.ts';
import { digitCount } from '../../src/contract/vocabulary.ts';
import { hasNativeBackend, initTrainingBackend } from '../optimise/backend.ts';
import { loadCheckpoint, requireCheckpoint, saveCheckpoint, type RunState } from './checkpoint.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import { openCorpus, type Corpus } from '../corpus/corpus.ts';
import { lossEarOf } from '../listener/lossEars.ts';
import { withoutUpper, type TrainedEar } from '../listener/openEar.ts';
import type { EarTake } from '../listener/trainEar.ts';
import { trainListener, type TrainedListener } from '../listener/trainListener.ts';
import {
  listenerFingerprint,
  readListener,
  writeListener,
  type ListenerOrigin,
} from '../listener/listenerFile.ts';
import { exportBundle } from './exportBundle.ts';
import type { LabelledTakes } from './playerSpace.ts';
import { epochText, polish } from './polishing.ts';
import { newsOf, prepareCorpus, type PreparedCorpus } from '../corpus/prepare.ts';
import { widenCorpus } from '../widen/widenCorpus.ts';
import { Trainer } from './trainer.ts';
import type { TrainedShape } from './vae.ts';

/** What `train` needs beside the configuration. */
export interface TrainOptions {
  /** Corpus folder, or several that are trained on together. */
  readonly data: string | readonly string[];
  /** Where prepared features are kept between runs; nowhere when absent. */
  readonly cacheFolder?: string;
  /** Folder for the bundle; the run's own files go into `training/` below it. */
  readonly out: string;
  readonly resume?: boolean;
  /** Aborting stops after the current step; the last finished epoch stays in the checkpoint. */
  readonly signal?: AbortSignal;
  /** Lines of news; progress bars are drawn only on a terminal. */
  readonly say?: (line: string) => void;
}

/** The network and format of a configuration. */
export function shapeOf(config: TrainingConfig): TrainedShape {
  const isWide = config.sampleRate === wideFormat.sampleRate;
  const format: SpectrogramFormat = {
    ...(isWide ? wideFormat : defaultFormat),
    frames: config.frames,
    melBands: config.melBands,
    ...(config.tracks ? { tracks: isWide ? wideTracks : defaultTracks } : {}),
  };
  const { styleDimensions, digitDimensions, encoderFilters, decoderFilters, leak, trackUnits } = config;
  return {
    format,
    latent: { styleDimensions, digitDimensions },
    architecture: { encoderFilters, decoderFilters, leak, ...(config.tracks ? { trackUnits } : {}) },
  };
}

/**
 * Trains a model and writes its bundle and report.
 * @returns false when it was stopped before the end (the checkpoint is kept)
 * @throws InputError on a bad corpus, configuration or checkpoint
 */
export async function train(config: TrainingConfig, options: TrainOptions): Promise<boolean> {
  const say = options.say ?? (() => undefined);
  const shape = shapeOf(config);
  const { format } = shape;
  const folder = resolve(options.out);
  const runFolder = join(folder, 'training');
  const listed = openCorpus(options.data);
  const prepared = await prepare(listed, format, options.cacheFolder, say);
  const corpus = { ...listed, takes: prepared.takes };
  const widened = await widenCorpus(prepared, {
    format,
    config: config.top,
    seed: config.seed,
    folders: [runFolder, ...(options.cacheFolder ? [options.cacheFolder] : [])],
    say,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (!widened) return false;
  const sides = split(prepared, config.validationShare);
  const count = (indices: readonly number[]) => indices.length;
  say(
    `${corpus.name}: ${count(sides.train)} takes to train on, ${count(sides.validation)} for validation, ${count(sides.test)} held out`,
  );

  const fingerprint = JSON.stringify({ corpus: corpus.name, takes: prepared.digits.length, format });
  // Before the listener, which takes minutes.
  if (options.resume) await requireCheckpoint(runFolder, config, fingerprint);
  const speakers = voicesOf(corpus, sides.train, config);
  const listeners: TrainedListener[] = [];
  for (const [e, ear] of [{}, ...config.ears].entries()) {
    const settings = { ...config, listener: { ...config.listener, ...ear }, seed: config.seed + e };
    const name = e === 0 ? 'listener' : `ear${e}`;
    const trained = await listenerOf(
      name,
      settings,
      options,
      format,
      corpus,
      prepared,
      sides,
      runFolder,
      say,
    );
    if (!trained) return false;
    listeners.push(trained);
  }
  const ears = await lossEarsOf(config, options, format, corpus, prepared, sides, runFolder, say);
  if (!ears) return false;
  const [listener] = listeners;
  const threads = (await hasNativeBackend()) ? 1 : config.threads;
  const trainer = await Trainer.start(config, shape, prepared, threads, [...listeners, ...ears]);
  try {
    say(`computing on ${await trainer.backend}, ${threads} thread${threads > 1 ? 's' : ''}`);
    const state: RunState = options.resume
      ? await loadCheckpoint(runFolder, config, fingerprint, trainer)
      : {
          config,
          fingerprint,
          history: [],
          bestObjective: Infinity,
          bestParameters: trainer.parameters.slice(),
          bestStatistics: trainer.statistics.slice(),
        };
    await saveCheckpoint(runFolder, state, trainer);
    if (!(await runEpochs(trainer, state, sides, runFolder, options, say))) return false;

    await recalibrate(trainer, state, sides);
    await initTrainingBackend();
    const run = {
      config,
      shape,
      listener,
      layout: trainer.layout,
      parameters: state.bestParameters,
      statistics: state.bestStatistics,
      history: [...state.history],
      corpus,
      speakers,
      train: takesOf(corpus, prepared, [...sides.train, ...sides.validation], speakers),
    };
    if (config.polishEpochs > 0 && !(await polish(trainer, run, sides, options.signal, say))) return false;
    const test = takesOf(corpus, prepared, sides.test, speakers);
    const bundle = await exportBundle({ ...run, test }, folder, runFolder, say);
    const { train: seen, test: held } = bundle.manifest.figures;
    const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
    say(`error share: train ${percent(seen.errorShare)}, held out ${percent(held.errorShare)}`);
    say(`KL: train ${seen.klNats.toFixed(1)} nats, held out ${held.klNats.toFixed(1)} nats`);
    say(`digit: train ${percent(seen.digitAccuracy)}, held out ${percent(held.digitAccuracy)}`);
    say(`bundle: ${folder}`);
    say(`report: ${join(runFolder, 'report.html')}`);
    return true;
  } finally {
    await trainer.dispose();
  }
}

/** A listener of this run, from its file when the run goes on; null when it was stopped. */
async function listenerOf(
  name: string,
  config: ListenerOrigin,
  options: TrainOptions,
  format: SpectrogramFormat,
  corpus: Corpus,
  prepared: PreparedCorpus,
  sides: Sides,
  runFolder: string,
  say: (line: string) => void,
): Promise<TrainedListener | null> {
  const fingerprint = listenerFingerprint(config, format, corpus.takes, prepared.features);
  // What is kept is what would be trained again: the listener follows from its fingerprint alone.
  const kept =
    (options.resume ? await readListener(runFolder, name, fingerprint) : undefined) ??
    (options.cacheFolder ? await readListener(options.cacheFolder, name, fingerprint) : undefined);
  if (kept) {
    await writeListener(runFolder, name, fingerprint, kept);
    return kept;
  }
  await initTrainingBackend();
  const side = (indices: readonly number[]) => ({
    features: featuresOf(prepared, indices),
    takes: indices.map((i) => corpus.takes[i]),
  });
  const { seed, listener } = config;
  const trained = await trainListener({
    format,
    train: side(sides.train),
    test: side(sides.test),
    config: listener,
    seed,
    say,
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (!trained) {
    say('stopped; the same command begins again with the listener');
    return null;
  }
  await writeListener(runFolder, name, fingerprint, trained);
  if (options.cacheFolder) await writeListener(options.cacheFolder, name, fingerprint, trained);
  return trained;
}

/** The ears of this run's loss; null when it was stopped. */
async function lossEarsOf(
  config: TrainingConfig,
  options: TrainOptions,
  format: SpectrogramFormat,
  corpus: Corpus,
  prepared: PreparedCorpus,
  sides: Sides,
  runFolder: string,
  say: (line: string) => void,
): Promise<TrainedEar[] | null> {
  if (config.lossEars.length === 0) return [];
  await initTrainingBackend();
  // They see what the first listener does.
  const fingerprint = listenerFingerprint(config, format, corpus.takes, prepared.features);
  const takes = (): EarTake[] =>
    sides.train.map((i) => ({
      features: withoutUpper(
        packBands(featuresOf(prepared, [i]), format),
        prepared.validBands[i],
        format.melBands,
      ),
      validBands: prepared.validBands[i],
      labels: [prepared.digits[i]],
      isSynthetic: corpus.takes[i].kind === 'synthetic',
    }));
  const ears: TrainedEar[] = [];
  try {
    for (const name of config.lossEars) {
      const ear = await lossEarOf(name, {
        takes,
        fingerprint,
        folders: [runFolder, ...(options.cacheFolder ? [options.cacheFolder] : [])],
        seed: config.seed,
        epochs: config.lossEarEpochs,
        say,
        ...(options.signal ? { signal: options.signal } : {}),
      });
      ears.push(ear);
    }
    return ears;
  } catch (error) {
    if (options.signal?.aborted !== true) throw error;
    say('stopped; the same command begins again with the ears');
    return null;
  }
}

async function runEpochs(
  trainer: Trainer,
  state: RunState,
  sides: Sides,
  runFolder: string,
  options: TrainOptions,
  say: (line: string) => void,
): Promise<boolean> {
  const { config } = state;
  const stepsPerEpoch = Math.ceil(sides.train.length / config.batch);
  const bar = new SingleBar({
    format: 'epoch {epoch}/{epochs} [{bar}] {percentage} % | {left} left | train {train} | held out {held}',
    hideCursor: true,
    noTTYOutput: false,
  });
  const show = { epoch: state.history.length, epochs: config.epochs, left: '-', train: '-', held: '-' };
  bar.start(config.epochs * stepsPerEpoch, state.history.length * stepsPerEpoch, show);
  const started = Date.now();
  let stepsDone = 0;
  try {
    while (state.history.length < config.epochs) {
      const epoch = state.history.length;
      const epochStarted = Date.now();
      const losses = await trainer.epoch(epoch, sides.train, (step, steps, soFar) => {
        stepsDone++;
        const remaining = (config.epochs - epoch) * steps - step;
        show.epoch = epoch + 1;
        show.left = clock(((Date.now() - started) / stepsDone) * remaining);
        show.train = soFar.objective.toFixed(1);
        bar.update(epoch * steps + step, show);
        return options.signal?.aborted !== true;
      });
      if (losses === null) {
        say(
          `stopped in epoch ${epoch + 1}; the same command with --resume goes on from epoch ${epoch + 1}'s start`,
        );
        return false;
      }
      const validation = await trainer.evaluate(sides.validation);
      show.held = validation.objective.toFixed(1);
      state.history.push({ epoch, seconds: (Date.now() - epochStarted) / 1000, train: losses, validation });
      if (validation.objective < state.bestObjective) {
        state.bestObjective = validation.objective;
        state.bestParameters.set(trainer.parameters);
        state.bestStatistics.set(trainer.statistics);
      }
      await saveCheckpoint(runFolder, state, trainer);
      say(epochText(state.history, config.epochs));
      if (epochsSinceBest(state) >= config.patience) {
        say(`early stop: the validation loss has not fallen for ${config.patience} epochs`);
        break;
      }
    }
    return true;
  } finally {
    bar.stop();
  }
}

/** Puts freshly measured normalisation statistics beside the best parameters where that lowers the validation loss. */
async function recalibrate(trainer: Trainer, state: RunState, sides: Sides): Promise<void> {
  trainer.parameters.set(state.bestParameters);
  await trainer.recalibrate(sides.train);
  if ((await trainer.evaluate(sides.validation)).objective < state.bestObjective) {
    state.bestStatistics.set(trainer.statistics);
  }
}

function epochsSinceBest(state: RunState): number {
  const best = state.history.findIndex((record) => record.validation.objective === state.bestObjective);
  return best < 0 ? 0 : state.history.length - 1 - best;
}

function clock(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const pad = (value: number) => String(value).padStart(2, '0');
  return `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`;
}

interface Sides {
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
}

/** Test takes by the corpus's rule; of each digit and speaker's training takes, one in `validationShare` is kept back. */
function split(prepared: PreparedCorpus, validationShare: number): Sides {
  const sides = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  const seen = new Map<string, number>();
  prepared.splits.forEach((side, i) => {
    if (side === 1) {
      sides.test.push(i);
      return;
    }
    const key = `${prepared.digits[i]} ${prepared.speakers[i]}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    sides[count % validationShare === 0 ? 'validation' : 'train'].push(i);
  });
  if (sides.validation.length === 0) {
    throw new InputError(
      `no digit and speaker has ${validationShare} training takes, so none is left for validation; lower validationShare in the configuration`,
    );
  }
  return sides;
}

/**
 * Names of the speakers who are voices, sorted.
 * @throws InputError when nobody says enough
 */
function voicesOf(
  corpus: Corpus,
  train: readonly number[],
  { voices: named, voiceTakes, voiceDigits }: Pick<TrainingConfig, 'voices' | 'voiceTakes' | 'voiceDigits'>,
): string[] {
  const said = new Map<string, number[]>();
  for (const i of train) {
    const { speaker, digit } = corpus.takes[i];
    said.set(speaker, [...(said.get(speaker) ?? []), digit]);
  }
  const missing = named.find((speaker) => !said.has(speaker));
  if (missing !== undefined) {
    throw new InputError(
      `training configuration: voices: ${missing} has no training take; take the name away, or give --data that has some`,
    );
  }
  if (named.length > 0) return [...named].sort();
  const voices = [...said]
    .filter(([, digits]) => {
      const different = new Set(digits).size;
      return different === digitCount || (digits.length >= voiceTakes && different >= voiceDigits);
    })
    .map(([speaker]) => speaker);
  if (voices.length === 0) {
    throw new InputError(
      `no speaker says every digit, or has ${voiceTakes} training takes of ${voiceDigits} digits, so that no voice can be made; lower voiceTakes or voiceDigits in the configuration`,
    );
  }
  return voices.sort();
}

function featuresOf({ features, digits }: PreparedCorpus, indices: readonly number[]): Float32Array[] {
  const size = features.length / digits.length;
  return indices.map((i) => features.subarray(i * size, (i + 1) * size));
}

function takesOf(
  corpus: Corpus,
  prepared: PreparedCorpus,
  indices: readonly number[],
  speakers: readonly string[],
): LabelledTakes {
  return {
    features: featuresOf(prepared, indices),
    digits: indices.map((i) => prepared.digits[i]),
    speakers: indices.map((i) => speakers.indexOf(corpus.takes[i].speaker)),
    takes: indices.map((i) => corpus.takes[i]),
  };
}

async function prepare(
  corpus: Corpus,
  format: SpectrogramFormat,
  cacheFolder: string | undefined,
  say: (line: string) => void,
): Promise<PreparedCorpus> {
  const bar = new SingleBar({ format: 'preparing [{bar}] {value}/{total} takes, {eta_formatted} left' });
  bar.start(corpus.takes.length, 0);
  try {
    const prepared = await prepareCorpus(corpus, format, (done) => bar.update(done), cacheFolder);
    bar.stop();
    newsOf(prepared).forEach(say);
    return prepared;
  } finally {
    bar.stop();
  }
}
