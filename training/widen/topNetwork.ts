// The top network: infers the bands above a recording's own bandwidth from those below it, so that narrow takes teach a wide model.
import * as tf from '@tensorflow/tfjs';
import { frameValues, type SpectrogramFormat } from '../../src/contract/spectrogram.ts';
import { Random } from '../../src/dsp/random.ts';
import { validBands } from '../../src/dsp/bandwidth.ts';
import { Adam, learningRateAt } from '../optimise/adam.ts';
import { initialise, layoutOf, type ParameterLayout } from '../optimise/flatParameters.ts';
import { shuffled } from '../optimise/shuffled.ts';
import { copyOut, Variables } from '../optimise/variables.ts';
import type { TopConfig } from './topConfig.ts';

/** What the network sees of a frame and what it says of it, as places among the frame's values. */
export interface TopSplit {
  readonly seen: readonly number[];
  readonly said: readonly number[];
}

/** A trained network. */
export interface TopNetwork {
  readonly split: TopSplit;
  readonly layout: ParameterLayout;
  readonly parameters: Float32Array;
  readonly config: TopConfig;
}

/** How well upper bands are inferred, over takes whose upper bands are known. */
export interface TopFigures {
  /** Root of the mean squared difference in dB over all upper bands of frames that sound, mean over takes. */
  readonly spectralDistanceDb: number;
  /** The same of the training takes' mean spectrum above. */
  readonly meanSpectrumDb: number;
  /** Mean level of the inferred bands over that of the known ones, dB. */
  readonly biasDb: number;
}

/** What `trainTop` needs. */
export interface TopOptions {
  readonly format: SpectrogramFormat;
  /** Bands above are inferred, in Hz. */
  readonly bandwidthHz: number;
  /** Takes that are known up to the format's highest band: frames x frameValues(format) each. */
  readonly takes: readonly Float32Array[];
  readonly config: TopConfig;
  readonly seed: number;
  /** Told the mean loss after each step. */
  readonly onStep?: (done: number, steps: number, loss: number) => boolean;
}

const dbOfNeper = 20 / Math.LN10;
/** Below it, under the ceiling, a band says nothing: dB. */
const silenceDb = -66;
/** A frame sounds whose loudest band is so far above that. */
const soundingDb = 16;

/**
 * Which values of a frame a recording of a bandwidth leaves unknown: bands whose upper edge lies above it, and the voicing of
 * ranges that begin at it or end above the lowest of those.
 */
export function topSplit(format: SpectrogramFormat, bandwidthHz: number): TopSplit {
  const { melBands, tracks } = format;
  const known = validBands(format, bandwidthHz);
  const unknown = (channel: string): boolean => {
    const band = /^voicing(\d+)$/.exec(channel)?.[1];
    // A range of which half is known is known.
    return (
      band !== undefined &&
      tracks !== undefined &&
      (tracks.voicingEdgesHz[Number(band) - 1] + tracks.voicingEdgesHz[Number(band)]) / 2 > bandwidthHz
    );
  };
  const channels = tracks?.channels ?? [];
  const [seen, said]: [number[], number[]] = [[], []];
  for (let band = 0; band < melBands; band++) (band < known ? seen : said).push(band);
  channels.forEach((channel, c) => (unknown(channel) ? said : seen).push(melBands + c));
  return { seen, said };
}

/**
 * Trains a network by squared error of features. The tfjs backend must be ready. The result follows from takes, configuration and seed.
 * @returns null when `onStep` returned false
 */
export async function trainTop(options: TopOptions): Promise<TopNetwork | null> {
  const { format, takes, config, seed, onStep } = options;
  const split = topSplit(format, options.bandwidthHz);
  const layout = topLayout(split, config);
  const parameters = new Float32Array(layout.length);
  initialise(layout, parameters, new Float32Array(0), new Random(seed));
  const variables = new Variables(layout.slots);
  const adam = new Adam(layout.length);
  const gradient = new Float32Array(layout.length);
  const stepsPerEpoch = Math.ceil(takes.length / config.batch);
  const steps = stepsPerEpoch * config.epochs;
  try {
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      const random = new Random(seed * 1_000_003 + epoch);
      const order = shuffled([...takes.keys()], random);
      let total = 0;
      for (let s = 0; s < stepsPerEpoch; s++) {
        const indices = order.slice(s * config.batch, (s + 1) * config.batch);
        const { seen, said } = batchOf(
          indices.map((i) => varied(takes[i], format, config, random)),
          format,
          split,
        );
        variables.load(parameters);
        const { value, grads } = tf.variableGrads(
          () => tf.mean(tf.square(tf.sub(infer(config, variables.get, seen), said))),
          variables.all,
        );
        await copyOut(layout.slots, grads, gradient);
        const [loss] = await value.data();
        tf.dispose([seen, said, value]);
        adam.update(parameters, gradient, learningRateAt(epoch * stepsPerEpoch + s, steps, config));
        total += loss;
        if (onStep && !onStep(epoch * stepsPerEpoch + s + 1, steps, total / (s + 1))) return null;
      }
    }
  } finally {
    variables.dispose();
  }
  return { split, layout, parameters, config };
}

/** A network of parameters that were kept, float32 one after the other; undefined when they are not its own by their number. */
export function topOf(
  format: SpectrogramFormat,
  bandwidthHz: number,
  config: TopConfig,
  bytes: Uint8Array,
): TopNetwork | undefined {
  const split = topSplit(format, bandwidthHz);
  const layout = topLayout(split, config);
  if (bytes.length !== 4 * layout.length) return undefined;
  return { split, layout, parameters: new Float32Array(bytes.slice().buffer), config };
}

/** Writes what the network infers into the unknown values of takes [frames x frameValues(format)], in place, clamped to [0, 1]. */
export function fillTop(
  network: TopNetwork,
  takes: readonly Float32Array[],
  format: SpectrogramFormat,
): void {
  const { split, config, layout, parameters } = network;
  const variables = new Variables(layout.slots);
  variables.load(parameters);
  const values = frameValues(format);
  const perBatch = 64;
  try {
    for (let start = 0; start < takes.length; start += perBatch) {
      const batch = takes.slice(start, start + perBatch);
      const inferred = tf.tidy(() => {
        const { seen } = batchOf(batch, format, split);
        return infer(config, variables.get, seen).dataSync();
      });
      batch.forEach((take, i) => {
        for (let frame = 0; frame < format.frames; frame++) {
          const from = (i * format.frames + frame) * split.said.length;
          split.said.forEach((place, k) => {
            take[frame * values + place] = Math.min(1, Math.max(0, inferred[from + k]));
          });
        }
      });
    }
  } finally {
    variables.dispose();
  }
}

/** Measures a network on takes that are known above too; `training` gives the mean spectrum to compare with. */
export function measureTop(
  network: TopNetwork,
  takes: readonly Float32Array[],
  training: readonly Float32Array[],
  format: SpectrogramFormat,
): TopFigures {
  const values = frameValues(format);
  const places = network.split.said.filter((place) => place < format.melBands);
  const range = Math.log1p(format.ceiling / format.floor);
  const db = (feature: number) =>
    Math.max(
      silenceDb,
      dbOfNeper * Math.log(Math.max(1e-9, (format.floor / format.ceiling) * Math.expm1(feature * range))),
    );
  // By all bands: frames chosen by the upper ones alone would be those that any guess falls short of.
  const sounds = (take: Float32Array, frame: number): boolean => {
    const from = frame * values;
    for (let band = 0; band < format.melBands; band++) {
      if (db(take[from + band]) > silenceDb + soundingDb) return true;
    }
    return false;
  };
  const filled = takes.map((take) => take.slice());
  fillTop(network, filled, format);
  const means = new Map(
    places.map((place) => {
      let [sum, count] = [0, 0];
      for (const take of training) {
        for (let frame = 0; frame < format.frames; frame++) {
          if (!sounds(take, frame)) continue;
          sum += db(take[frame * values + place]);
          count++;
        }
      }
      return [place, sum / Math.max(1, count)] as const;
    }),
  );
  const totals = { own: 0, mean: 0, bias: 0, takes: 0 };
  takes.forEach((take, i) => {
    const sums = { own: 0, mean: 0, bias: 0, count: 0 };
    for (let frame = 0; frame < format.frames; frame++) {
      if (!sounds(take, frame)) continue;
      for (const place of places) {
        const real = db(take[frame * values + place]);
        const own = db(filled[i][frame * values + place]);
        sums.own += (own - real) ** 2;
        sums.mean += ((means.get(place) ?? 0) - real) ** 2;
        sums.bias += own - real;
        sums.count++;
      }
    }
    if (sums.count === 0) return;
    totals.own += Math.sqrt(sums.own / sums.count);
    totals.mean += Math.sqrt(sums.mean / sums.count);
    totals.bias += sums.bias / sums.count;
    totals.takes++;
  });
  const of = (total: number) => total / Math.max(1, totals.takes);
  return {
    spectralDistanceDb: of(totals.own),
    meanSpectrumDb: of(totals.mean),
    biasDb: of(totals.bias),
  };
}

function topLayout({ seen, said }: TopSplit, { units, layers, kernelFrames }: TopConfig): ParameterLayout {
  const shapes: [string, number[]][] = [];
  for (let i = 0; i < layers; i++) {
    shapes.push([`top.conv${i}.kernel`, [kernelFrames, 1, i === 0 ? seen.length : units, units]]);
    shapes.push([`top.conv${i}.bias`, [units]]);
  }
  shapes.push(['top.out.kernel', [1, 1, units, said.length]], ['top.out.bias', [said.length]]);
  return layoutOf(shapes, /^$/);
}

/** [n, frames, 1, seen] to [n, frames, 1, said]; a layer's input is added to its output where they are alike. */
function infer(
  { layers, leak }: TopConfig,
  weights: (name: string) => tf.Tensor,
  seen: tf.Tensor4D,
): tf.Tensor4D {
  const convolved = (maps: tf.Tensor4D, name: string): tf.Tensor4D =>
    tf.add(
      tf.conv2d(maps, weights(`top.${name}.kernel`) as tf.Tensor4D, 1, 'same'),
      weights(`top.${name}.bias`),
    );
  let maps = seen;
  for (let i = 0; i < layers; i++) {
    const next = tf.leakyRelu(convolved(maps, `conv${i}`), leak);
    maps = i === 0 ? next : tf.mul<tf.Tensor4D>(tf.add(maps, next), Math.SQRT1_2);
  }
  return convolved(maps, 'out');
}

function batchOf(
  takes: readonly Float32Array[],
  { frames, ...format }: SpectrogramFormat,
  { seen, said }: TopSplit,
): { seen: tf.Tensor4D; said: tf.Tensor4D } {
  const values = frameValues(format);
  const gathered = (places: readonly number[]): tf.Tensor4D => {
    const part = new Float32Array(takes.length * frames * places.length);
    let at = 0;
    for (const take of takes) {
      for (let frame = 0; frame < frames; frame++) {
        for (const place of places) part[at++] = take[frame * values + place];
      }
    }
    return tf.tensor4d(part, [takes.length, frames, 1, places.length]);
  };
  return { seen: gathered(seen), said: gathered(said) };
}

/** A take at another level and with another tilt, both of magnitudes. */
function varied(
  take: Float32Array,
  format: SpectrogramFormat,
  { levelDb, tiltDb }: TopConfig,
  random: Random,
): Float32Array {
  const { melBands, frames } = format;
  const values = frameValues(format);
  const range = Math.log1p(format.ceiling / format.floor);
  const level = random.uniform(-levelDb, levelDb) / dbOfNeper;
  const tilt = random.uniform(-tiltDb, tiltDb) / dbOfNeper;
  const changed = take.slice();
  for (let band = 0; band < melBands; band++) {
    const gain = Math.exp(level + tilt * (band / melBands - 0.5));
    for (let at = band; at < frames * values; at += values) {
      if (take[at] > 0) changed[at] = Math.min(1, Math.log1p(Math.expm1(take[at] * range) * gain) / range);
    }
  }
  return changed;
}
