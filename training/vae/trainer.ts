// The coordinator of data-parallel training: hands shares of each batch to threads, sums gradients, moves the parameters.
// Long, since a step, the epochs that are made of it, and the threads that it asks know each other.
import { Worker } from 'node:worker_threads';
import { Random } from '../../src/dsp/random.ts';
import { Adam, clipNorm, learningRateAt } from '../optimise/adam.ts';
import type { TrainingConfig } from './trainingConfig.ts';
import { initialise, parameterLayout, type ParameterLayout } from '../optimise/flatParameters.ts';
import { shuffled } from '../optimise/shuffled.ts';
import type { FromThread, SharedArrays, ThreadData, ToThread } from './thread.ts';
import {
  emptySums,
  lossNames,
  objective,
  type FreeWords,
  type Hearer,
  type LossName,
  type LossSums,
} from './vae.ts';

const statisticsDecay = 0.95;

/** The takes that a trainer works on. */
export interface TrainingData {
  /** [takes, frames, frameValues] */
  readonly features: Float32Array;
  readonly digits: Uint8Array;
}

/** Mean losses per take over a set; `digitAccuracy` is the share of takes whose digit the head names. */
export type MeanLosses = Readonly<
  Record<Exclude<LossName, 'correct'> | 'objective' | 'digitAccuracy', number>
>;

/** Trains one network; `dispose()` ends its threads. */
export class Trainer {
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  readonly statistics: Float32Array;
  readonly adam: Adam;
  readonly #config: TrainingConfig;
  readonly #shared: SharedArrays;
  readonly #threads: Thread[];
  readonly #gradient: Float32Array;

  private constructor(
    config: TrainingConfig,
    shape: ThreadData['shape'],
    data: TrainingData,
    threads: number,
    listeners: readonly Hearer[],
  ) {
    this.#config = config;
    this.layout = parameterLayout(shape);
    const { length, statisticsLength } = this.layout;
    this.#shared = {
      features: sharedFloats(data.features.length, data.features),
      digits: sharedBytes(data.digits),
      parameters: sharedFloats(length),
      statistics: sharedFloats(statisticsLength),
      gradients: Array.from({ length: threads }, () => sharedFloats(length)),
      batchStatistics: Array.from({ length: threads }, () => sharedFloats(statisticsLength)),
    };
    this.parameters = this.#shared.parameters;
    this.statistics = this.#shared.statistics;
    this.adam = new Adam(length);
    this.#gradient = new Float32Array(length);
    initialise(this.layout, this.parameters, this.statistics, new Random(config.seed));
    this.#threads = Array.from(
      { length: threads },
      (_, index) => new Thread({ index, config, shape, shared: this.#shared, listeners }),
    );
  }

  /**
   * Starts the threads and resolves when each of them is ready.
   * @param listeners hear reconstructions, when the configuration gives their losses a weight
   */
  static async start(
    config: TrainingConfig,
    shape: ThreadData['shape'],
    data: TrainingData,
    threads: number,
    listeners: readonly Hearer[] = [],
  ): Promise<Trainer> {
    const trainer = new Trainer(config, shape, data, threads, listeners);
    try {
      await Promise.all(trainer.#threads.map((thread) => thread.ready));
    } catch (error) {
      await trainer.dispose();
      throw error;
    }
    return trainer;
  }

  /** Name of the tfjs backend that the threads compute on. */
  get backend(): Promise<string> {
    return this.#threads[0].ready;
  }

  /** Live tensors in each thread after its last answer. */
  get tensorCounts(): number[] {
    return this.#threads.map((thread) => thread.tensors);
  }

  /**
   * One epoch over `indices` in an order that follows from seed and epoch alone.
   * @param onStep called after every step with losses so far; return false to stop before the next
   * @returns mean losses, or null when stopped
   */
  async epoch(
    epoch: number,
    indices: readonly number[],
    onStep: (step: number, steps: number, losses: MeanLosses) => boolean,
  ): Promise<MeanLosses | null> {
    const config = this.#config;
    const random = new Random(config.seed * 1_000_003 + epoch);
    const order = pairedOrder(indices, this.#shared.digits, random);
    const steps = Math.ceil(order.length / config.batch);
    const klWeight = klWeightAt(epoch, config);
    const vary = epoch < (1 - config.plainShare) * config.epochs;
    const sums = emptySums();
    for (let step = 0; step < steps; step++) {
      const batch = order.slice(step * config.batch, (step + 1) * config.batch);
      const rate = learningRateAt(epoch * steps + step, config.epochs * steps, config);
      add(sums, await this.#step(batch, { klWeight, vary }, rate, random));
      if (!onStep(step + 1, steps, means(sums, config, klWeight))) return null;
    }
    return means(sums, config, klWeight);
  }

  /**
   * One of the last epochs, in which the decoder alone learns.
   * @param polish what it learns beside the takes, and the moments of its own Adam
   * @returns mean losses, or null when stopped
   */
  async polishEpoch(
    epoch: number,
    indices: readonly number[],
    polish: Polish,
    onStep: (step: number, steps: number, losses: MeanLosses) => boolean,
  ): Promise<MeanLosses | null> {
    const config = this.#config;
    const random = new Random(config.seed * 1_000_003 + config.epochs + epoch);
    const order = pairedOrder(indices, this.#shared.digits, random);
    const steps = Math.ceil(order.length / config.batch);
    const schedule = { learningRate: config.polishRate, peakRate: 1, warmUpShare: 0.05 };
    const sums = emptySums();
    for (let step = 0; step < steps; step++) {
      const batch = order.slice(step * config.batch, (step + 1) * config.batch);
      const rate = learningRateAt(epoch * steps + step, config.polishEpochs * steps, schedule);
      add(sums, await this.#step(batch, { klWeight: config.klWeight, vary: false, polish }, rate, random));
      if (!onStep(step + 1, steps, means(sums, config, config.klWeight))) return null;
    }
    return means(sums, config, config.klWeight);
  }

  /** Mean losses over `indices` with running statistics, posterior means and the final KL weight. */
  async evaluate(indices: readonly number[]): Promise<MeanLosses> {
    const sums = emptySums();
    await this.#overall('evaluate', indices, (_, answer) => add(sums, answer));
    return means(sums, this.#config, this.#config.klWeight);
  }

  /**
   * Measures the statistics of batch normalisation anew over `indices`, with the parameters as they are now: the running
   * averages lag behind the weights and saw drawn styles (Wu & Johnson 2021, "precise batch normalisation").
   */
  async recalibrate(indices: readonly number[]): Promise<void> {
    const total = new Float32Array(this.statistics.length);
    await this.#overall('statistics', indices, (thread, { takes }) =>
      addScaled(total, this.#shared.batchStatistics[thread], takes / indices.length),
    );
    this.statistics.set(total);
  }

  /** Asks the threads about all of `indices`, a batch each at a time, and hands every answer on in a fixed order. */
  async #overall(
    type: 'evaluate' | 'statistics',
    indices: readonly number[],
    take: (thread: number, answer: LossSums) => void,
  ): Promise<void> {
    const chunk = this.#config.batch;
    for (let start = 0; start < indices.length; start += chunk * this.#threads.length) {
      const parts = this.#threads
        .map((_, t) => indices.slice(start + t * chunk, start + (t + 1) * chunk))
        .filter((part) => part.length > 0);
      const answers = await Promise.all(
        parts.map((part, t) => this.#threads[t].ask({ type, indices: part })),
      );
      answers.forEach((answer, t) => take(t, answer));
    }
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.end()));
  }

  async #step(
    batch: readonly number[],
    { polish, ...how }: { readonly klWeight: number; readonly vary: boolean; readonly polish?: Polish },
    rate: number,
    random: Random,
  ): Promise<LossSums> {
    const { gradients, batchStatistics } = this.#shared;
    const perThread = Math.ceil(batch.length / this.#threads.length);
    const shares = this.#threads.map((_, t) => batch.slice(t * perThread, (t + 1) * perThread));
    const answers = await Promise.all(
      shares.map((indices, t) =>
        indices.length > 0
          ? this.#threads[t].ask({
              type: 'gradient',
              indices,
              ...how,
              seed: random.bits(),
              ...(polish
                ? { free: polish.draw(Math.round(this.#config.freeShare * indices.length), random) }
                : {}),
            })
          : Promise.resolve(emptySums()),
      ),
    );
    const sums = emptySums();
    this.#gradient.fill(0);
    answers.forEach((answer, t) => {
      if (answer.takes === 0) return;
      add(sums, answer);
      const weight = answer.takes / batch.length;
      addScaled(this.#gradient, gradients[t], weight);
      const decay = 1 - (1 - statisticsDecay) * weight;
      for (const i of this.#movingStatistics(polish)) {
        this.statistics[i] = decay * this.statistics[i] + (1 - decay) * batchStatistics[t][i];
      }
    });
    if (polish) this.#holdEncoder();
    const norm = clipNorm(this.#gradient, this.#config.gradientNorm);
    if (!Number.isFinite(norm)) {
      throw new Error('the gradient is not finite; lower learningRate or peakRate in the configuration');
    }
    (polish?.adam ?? this.adam).update(this.parameters, this.#gradient, rate);
    return sums;
  }

  /** Those of the encoder stand while it does. */
  #movingStatistics(polish: Polish | undefined): readonly number[] {
    const moving = this.layout.statistics.filter(({ name }) => !polish || !isOfEncoder(name));
    return moving.flatMap(({ offset, length }) => Array.from({ length }, (_, i) => offset + i));
  }

  /** Styles mean what they meant: the prior that free words are drawn from was fitted to them. */
  #holdEncoder(): void {
    for (const { name, offset, length } of this.layout.slots) {
      if (isOfEncoder(name)) this.#gradient.fill(0, offset, offset + length);
    }
  }
}

/** What the last epochs learn with. */
export interface Polish {
  /** Moments of the decoder's parameters in these epochs. */
  readonly adam: Adam;
  /** Free words: any number of them. */
  readonly draw: (count: number, random: Random) => FreeWords;
}

const isOfEncoder = (name: string): boolean => name.startsWith('encoder.') || name === 'digit.embedding';

/** A worker thread that answers one question at a time. */
class Thread {
  readonly ready: Promise<string>;
  tensors = 0;
  readonly #worker: Worker;
  #resolve: ((sums: LossSums) => void) | null = null;
  #reject: ((error: Error) => void) | null = null;

  constructor(data: ThreadData) {
    this.#worker = new Worker(new URL('./thread.mjs', import.meta.url), { workerData: data });
    this.ready = new Promise((resolve, reject) => {
      this.#reject = reject;
      this.#worker.on('error', (error: Error) => this.#reject?.(error));
      this.#worker.on('message', (message: FromThread) => {
        switch (message.type) {
          case 'ready':
            resolve(message.backend);
            break;
          case 'done':
            this.tensors = message.tensors;
            this.#resolve?.(message.sums);
            break;
          case 'failed':
            this.#reject?.(new Error(message.message));
            break;
        }
      });
    });
  }

  ask(message: ToThread): Promise<LossSums> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#worker.postMessage(message);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Weight of the KL term in an epoch: a linear warm-up to the final weight. */
function klWeightAt(epoch: number, config: TrainingConfig): number {
  return config.klWeight * Math.min(1, (epoch + 1) / Math.max(1, config.klWarmUpEpochs));
}

/**
 * A random order in which takes of one digit stand in pairs, so that a batch holds something between which to decode; pairs
 * begin at even places but for what is left over at the end.
 */
export function pairedOrder(indices: readonly number[], digits: ArrayLike<number>, random: Random): number[] {
  const waiting = new Map<number, number>();
  const pairs: number[][] = [];
  for (const index of shuffled(indices, random)) {
    const other = waiting.get(digits[index]);
    if (other === undefined) waiting.set(digits[index], index);
    else {
      pairs.push([other, index]);
      waiting.delete(digits[index]);
    }
  }
  return [...shuffled(pairs, random).flat(), ...waiting.values()];
}

function add(sums: LossSums, more: LossSums): void {
  for (const name of [...lossNames, 'takes'] as const) sums[name] += more[name];
}

function means(sums: LossSums, config: TrainingConfig, klWeight: number): MeanLosses {
  const { correct, takes, ...losses } = sums;
  const entries = Object.entries(losses).map(([name, sum]) => [name, sum / takes]);
  return {
    ...(Object.fromEntries(entries) as Omit<MeanLosses, 'objective' | 'digitAccuracy'>),
    objective: objective(sums, config, klWeight),
    digitAccuracy: correct / takes,
  };
}

function addScaled(into: Float32Array, values: Float32Array, scale: number): void {
  for (let i = 0; i < into.length; i++) into[i] += scale * values[i];
}

function sharedFloats(length: number, values?: Float32Array): Float32Array {
  const array = new Float32Array(new SharedArrayBuffer(4 * length));
  if (values) array.set(values);
  return array;
}

function sharedBytes(values: Uint8Array): Uint8Array {
  const array = new Uint8Array(new SharedArrayBuffer(values.length));
  array.set(values);
  return array;
}
